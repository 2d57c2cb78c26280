"""The perfusion maps as rows of coloured slices, each with its own scale and unit."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView, evenly, levels_with
from tissueclock.report.colour import LEVELS, map_colours
from tissueclock.report.format import compact, height_text
from tissueclock.report.model import MAP_NAMES, ReportModel
from tissueclock.report.montage import TILE_PX, Tile, label_tile
from tissueclock.report.plot import nice_ticks

SLICES_PER_MAP = 6
_TITLES = MappingProxyType(
    {
        "cbf": "CBF, cerebral blood flow",
        "cbv": "CBV, cerebral blood volume",
        "mtt": "MTT, mean transit time",
        "tmax": "Tmax, time to the peak of the residue function",
        "ttp": "TTP, time to peak",
        "delay": "Delay of the bolus by fitted residues, no rule reads it",
        "flow": "Flow by fitted residues, no rule reads it",
    }
)
_FIXED_TICKS = MappingProxyType(
    {
        "tmax": (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0),
        "delay": (0.0, 2.0, 4.0, 6.0, 8.0, 10.0),
        "mtt": (0.0, 5.0, 10.0, 15.0, 20.0),
    }
)
_TIMES_MEDIAN = 2.0
_PERCENTILES = (2.0, 98.0)
"""Fixed scales where limits are in seconds; flow and volume to twice the brain's median, so that vessels,
many times brighter, do not set the scale; arrival from its own percentiles (all our choice)."""


@dataclass(frozen=True, eq=False)
class MapRow:
    """One map: its title, unit, slices, and the ticks of its colour scale from end to end.

    `rule` is the limit that is marked on the scale, None for a map without one; `note` says what is amiss.
    """

    name: str
    title: str
    unit: str
    ticks: tuple[float, ...]
    tiles: tuple[Tile, ...]
    rule: float | None = None
    note: str = ""

    @property
    def heading(self) -> str:
        """The title with its unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    def tick_text(self, tick: float) -> str:
        """Return a tick in print; beyond the ends nothing is lost, only drawn alike."""
        signs = {self.high: "≥ "} | ({} if self.low == 0 else {self.low: "≤ "})
        return f"{signs.get(tick, '')}{compact(tick)}"

    @property
    def low(self) -> float:
        """The value that is drawn darkest, and everything below it."""
        return self.ticks[0]

    @property
    def high(self) -> float:
        """The value that is drawn brightest, and everything above it."""
        return self.ticks[-1]

    @property
    def scale_text(self) -> str:
        """The colour scale in words."""
        return f"dark is {compact(self.low)}, bright is {compact(self.high)} {self.unit} or more".rstrip()

    def share(self, value: float) -> float:
        """Return where `value` stands on the scale, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


def map_levels(model: ReportModel) -> list[int]:
    """Return the slices that the map rows show: evenly through the middle of the brain."""
    levels = levels_with(model.brain, model.grid)
    trim = len(levels) // (SLICES_PER_MAP + 2)
    return evenly(levels[trim : len(levels) - trim], SLICES_PER_MAP)


def map_rows(model: ReportModel) -> tuple[MapRow, ...]:
    """Return a row for every map that the model has, in the order of MAP_NAMES."""
    view, levels = AxialView.around(model.grid, model.brain, TILE_PX), map_levels(model)
    shown = model.brain if model.faint is None else model.brain & ~model.faint
    rules = {ladder.name: ladder.rule for ladder in model.ladders if ladder.unit == "s"}
    return tuple(
        _row(name, model.maps[name], shown, view, levels, rules.get(name))
        for name in MAP_NAMES
        if name in model.maps
    )


def colour_bar(width_px: int, height_px: int) -> Image.Image:
    """Return the colour scale as a picture, low at the left."""
    index = np.arange(width_px) * (LEVELS - 1) // max(1, width_px - 1)
    return Image.fromarray(np.repeat(map_colours()[index][None], height_px, axis=0))


def coloured(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return finite numbers as RGB, ... x 3, clipped to the scale."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(map_colours()[np.rint(share * (LEVELS - 1)).astype(np.intp)])


def scale_ticks(name: str, values: NDArray[np.float32]) -> tuple[float, ...]:
    """Return the ticks of a map's colour scale, ends included, from its finite values inside the brain."""
    if name in _FIXED_TICKS:
        return _FIXED_TICKS[name]
    if values.size == 0:
        return (0.0, 1.0)
    if name == "ttp":
        low, high = (float(value) for value in np.percentile(values, _PERCENTILES))
        return nice_ticks(low, high)
    return nice_ticks(0.0, _TIMES_MEDIAN * float(np.median(values)))


def _row(
    name: str,
    volume: Volume,
    brain: NDArray[np.bool_],
    view: AxialView,
    levels: list[int],
    rule: float | None,
) -> MapRow:
    shown = np.isfinite(volume.array) & brain
    ticks = scale_ticks(name, volume.array[shown])
    tiles = tuple(_tile(volume, shown, view, level, ticks) for level in levels)
    note = "" if shown.any() else "This map holds no number inside the brain."
    inside = rule if rule is not None and ticks[0] <= rule <= ticks[-1] else None
    return MapRow(name, _TITLES[name], volume.unit, ticks, tiles, inside, note)


def _tile(
    volume: Volume, shown: NDArray[np.bool_], view: AxialView, level: int, ticks: tuple[float, ...]
) -> Tile:
    rgb = coloured(_smooth(volume, shown, view, level), ticks[0], ticks[-1])
    rgb[~view.enlarged_mask(shown, level)] = 0
    picture, position = Image.fromarray(rgb), view.position_mm(level)
    label_tile(picture, position)
    return Tile(picture, position, f"{volume.quantity} map, slice {height_text(position)}")


def _smooth(volume: Volume, shown: NDArray[np.bool_], view: AxialView, level: int) -> NDArray[np.float32]:
    """Return a slice at picture size, interpolated among shown voxels only: black never bleeds in."""
    weight = view.plane(shown, level).astype(np.float32)
    values = np.where(weight > 0, view.plane(volume.array, level), 0).astype(np.float32)
    total = np.maximum(view.enlarged(weight), 1e-3)
    return np.asarray(view.enlarged(values) / total)
