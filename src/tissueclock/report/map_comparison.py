"""Our masks beside those of another program's maps: volumes, overlap, and the slices with both."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView, every_nth, levels_with
from tissueclock.report.comparison_page import page
from tissueclock.report.format import height_text, rounded
from tissueclock.report.model import Window
from tissueclock.report.montage import SLICE_LIMIT, TILE_PX, Overlay, draw, grey, label_tile
from tissueclock.report.plain.page import section, table

_BOTH = Overlay((255, 255, 255), (255, 255, 255), 0.45, dashed=False)
_OURS = Overlay((64, 156, 255), (64, 156, 255), 0.55, dashed=False)
_THEIRS = Overlay((255, 168, 40), (255, 168, 40), 0.45, dashed=True)
_KEY = ((_BOTH, "both"), (_OURS, "ours only (solid)"), (_THEIRS, "theirs only (dashed)"))
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class MaskPair:
    """One tissue by both: volumes in mL, each on its own grid, and the overlap on ours.

    `theirs_kept_ml` and `dice_kept` are without the clusters that we drop; `dice` is None where both are
    empty. `theirs` is their mask on our grid.
    """

    name: str
    rule: str
    ours: Mask
    theirs: Mask
    ours_ml: float
    theirs_ml: float
    theirs_kept_ml: float
    dice: float | None
    dice_kept: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and the rule."""
        return {
            "rule": self.rule,
            "ours_ml": self.ours_ml,
            "theirs_ml": self.theirs_ml,
            "difference_ml": self.ours_ml - self.theirs_ml,
            "dice": self.dice,
            "theirs_without_small_clusters_ml": self.theirs_kept_ml,
            "dice_without_small_clusters": self.dice_kept,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class MapComparison:
    """One scan of ours against another program's maps of it."""

    pairs: tuple[MaskPair, ...]
    same_grid: bool
    notes: tuple[str, ...]
    background: Volume
    brain: Mask

    def to_json(self) -> dict[str, Any]:
        """Return volumes, overlaps and what was assumed."""
        return {
            "difference": "ours minus theirs",
            "same_grid": self.same_grid,
            "tissue": {pair.name: pair.to_json() for pair in self.pairs},
            "notes": list(self.notes),
        }


def map_lines(found: MapComparison) -> Iterator[str]:
    """Yield the comparison as rows, tab-separated, name first."""
    for pair in found.pairs:
        yield "\t".join((pair.name, pair.rule, *_cells(pair)))
    for note in found.notes:
        yield f"note\t{note}"


def _cells(pair: MaskPair) -> tuple[str, ...]:
    difference, kept = pair.ours_ml - pair.theirs_ml, rounded(pair.theirs_kept_ml, 1)
    return (
        f"ours {rounded(pair.ours_ml, 1)} mL",
        f"theirs {rounded(pair.theirs_ml, 1)} mL",
        f"difference {rounded(difference, 1)} mL",
        f"Dice {_overlap(pair.dice)}",
        f"without small clusters theirs {kept} mL, Dice {_overlap(pair.dice_kept)}",
    )


def _overlap(value: float | None) -> str:
    return "undefined (both empty)" if value is None else rounded(value, 2)


def map_page(found: MapComparison) -> str:
    """Return the page with the table and, for each tissue, the slices with both outlines."""
    return page("Our masks and another program's maps", _body(found))


def _body(found: MapComparison) -> Iterator[str]:
    heads = (
        "tissue",
        "limit",
        "ours",
        "theirs",
        "difference",
        "overlap",
        "theirs without small clusters",
    )
    yield section("Volumes", table(heads, [_row(pair) for pair in found.pairs]))
    yield "<p>This page names no patient; the report of the analysis does.</p>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
    yield section("How their maps were read", f"<ul>{notes}</ul>")
    for pair in found.pairs:
        key = "".join(f"{_image(_swatch(item), text)} {text} &nbsp; " for item, text in _KEY)
        yield section(f"{pair.name}: {pair.rule}", f"<p>{key}</p>", "".join(_tiles(found, pair)))


def _row(pair: MaskPair) -> tuple[str, ...]:
    volumes = (pair.ours_ml, pair.theirs_ml, pair.ours_ml - pair.theirs_ml)
    shown = (f"{rounded(ml, 1)} mL" for ml in volumes)
    kept = f"{rounded(pair.theirs_kept_ml, 1)} mL, Dice {_overlap(pair.dice_kept)}"
    return pair.name, pair.rule, *shown, f"Dice {_overlap(pair.dice)}", kept


def _tiles(found: MapComparison, pair: MaskPair) -> Iterator[str]:
    view = AxialView.around(found.background.grid, found.brain, TILE_PX)
    window = _window(found)
    for level in every_nth(levels_with(found.brain, found.background.grid), SLICE_LIMIT):
        rgb = grey(found.background, window, view, level)
        for mask, overlay in (
            (pair.ours & pair.theirs, _BOTH),
            (pair.ours & ~pair.theirs, _OURS),
            (pair.theirs & ~pair.ours, _THEIRS),
        ):
            rgb = draw(rgb, view.enlarged_mask(mask, level), overlay)
        picture, position = Image.fromarray(rgb), view.position_mm(level)
        label_tile(picture, position)
        yield _image(picture, f"Slice {height_text(position)} with {pair.name} by both")


def _window(found: MapComparison) -> Window:
    inside = found.background.array[found.brain]
    high = float(np.percentile(inside[np.isfinite(inside)], 98)) if np.isfinite(inside).any() else 1.0
    return Window(level=high / 2, width=max(high, 1e-6) * 1.3)


def _swatch(overlay: Overlay) -> Image.Image:
    ground = np.full((18, 28, 3), 70, dtype=np.uint8)
    return Image.fromarray(draw(ground, np.pad(np.ones((14, 24), dtype=bool), 2), overlay))


def _image(picture: Image.Image, words: str) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{text}" style="margin:2px">'
