"""The page on diffusion: DWI, ADC and FLAIR with core and delayed tissue drawn in, and the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tissueclock.facts.case import Fact
from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView, evenly, levels_with, reoriented
from tissueclock.report.diffusion_model import DelayView, DiffusionView
from tissueclock.report.format import height_text, interval_text, printed, rounded, sentence
from tissueclock.report.maps import SLICES_PER_MAP, MapRow, coloured
from tissueclock.report.model import ReportModel, Window
from tissueclock.report.montage import (
    CORE_OVERLAY,
    HYPOPERFUSED_OVERLAY,
    TILE_PX,
    Overlay,
    Tile,
    draw,
    grey,
    label_tile,
)

ADC_TICKS = (0.0, 400.0, 800.0, 1200.0, 1600.0, 2000.0)
"""The scale of ADC, in 10^-6 mm2/s: fluid lies beyond it (our choice)."""
_LINE = Overlay(CORE_OVERLAY.rgb, CORE_OVERLAY.outline_rgb, 0.0, dashed=False)
_ON_GREY = Overlay(CORE_OVERLAY.rgb, CORE_OVERLAY.rgb, 0.0, dashed=False)
_DELAY_LINE = Overlay(HYPOPERFUSED_OVERLAY.rgb, HYPOPERFUSED_OVERLAY.outline_rgb, 0.0, dashed=True)
READ_BY_EYE = (
    "The ratio is measured; whether FLAIR shows the lesion to the eye is another fact (dwi_flair_mismatch), "
    "which this never sets."
)


@dataclass(frozen=True, eq=False)
class ImageRow:
    """One contrast as a row of slices; `scale` holds the colour scale of ADC, None for grey images."""

    title: str
    tiles: tuple[Tile, ...]
    scale: MapRow | None = None


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A row of the table: what it is, the number in print, and a note."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class DiffusionFigures:
    """The page's pictures, its rows of numbers by heading, and the sentences below."""

    rows: tuple[ImageRow, ...]
    tables: tuple[tuple[str, tuple[NumberRow, ...]], ...]
    notes: tuple[str, ...]


def diffusion_figures(model: ReportModel) -> DiffusionFigures | None:
    """Draw the page on diffusion; None where there is none."""
    shown = model.diffusion
    if shown is None:
        return None
    return DiffusionFigures(
        rows=tuple(_rows(shown)),
        tables=tuple(_tables(model, shown)),
        notes=tuple(_notes(shown)),
    )


def _rows(shown: DiffusionView) -> Iterator[ImageRow]:
    view = AxialView.around(shown.grid, shown.brain, TILE_PX)
    levels = _levels(shown)
    dwi = [_grey_tile(shown, shown.dwi, "DWI", view, level, delay=True) for level in levels]
    drawn = f"{shown.core_rule} outlined" + (f", {shown.delay.rule} dashed" if shown.delay else "")
    yield ImageRow(f"DWI, {drawn}", tuple(dwi))
    scale = MapRow("adc", "ADC", shown.adc.unit, ADC_TICKS, (), shown.limit_adc)
    tiles = [_adc_tile(shown, view, level) for level in levels]
    yield ImageRow(f"ADC in {shown.adc.unit}, {drawn}", tuple(tiles), scale)
    if shown.flair is not None:
        flair = [_grey_tile(shown, shown.flair, "FLAIR", view, level, delay=False) for level in levels]
        yield ImageRow(f"FLAIR, registered, {shown.core_rule} outlined", tuple(flair))


def _levels(shown: DiffusionView) -> list[int]:
    """Return the slices to show: evenly through the lesion and beyond it, else through the brain."""
    brain = levels_with(shown.brain, shown.grid)
    if not shown.core.any():
        trim = len(brain) // (SLICES_PER_MAP + 2)
        return evenly(brain[trim : len(brain) - trim], SLICES_PER_MAP)
    with_core = levels_with(shown.core, shown.grid)
    first, last = with_core[0], with_core[-1]
    missing = max(0, SLICES_PER_MAP - (last - first + 1))
    first, last = first - (missing + 1) // 2, last + missing // 2
    near = [level for level in brain if first <= level <= last]
    return evenly(near or with_core, SLICES_PER_MAP)


def _grey_tile(
    shown: DiffusionView, volume: Volume, name: str, view: AxialView, level: int, *, delay: bool
) -> Tile:
    window = Window.spanning(volume.array[shown.brain], 99.5)
    rgb = grey(volume, window, view, level)
    if delay and shown.delay is not None:
        rgb = draw(rgb, view.enlarged_mask(shown.delay.hypoperfused, level), _DELAY_LINE)
    rgb = draw(rgb, view.enlarged_mask(shown.core, level), _ON_GREY)
    return _labelled(rgb, shown, name, view, level)


def _adc_tile(shown: DiffusionView, view: AxialView, level: int) -> Tile:
    array = np.where(shown.brain & np.isfinite(shown.adc.array), shown.adc.array, 0.0).astype(np.float32)
    rgb = coloured(view.enlarged(view.plane(array, level)), ADC_TICKS[0], ADC_TICKS[-1])
    rgb[~view.enlarged_mask(shown.brain, level)] = 0
    if shown.delay is not None:
        rgb = draw(rgb, view.enlarged_mask(shown.delay.hypoperfused, level), _DELAY_LINE)
    rgb = draw(rgb, view.enlarged_mask(shown.core, level), _LINE)
    return _labelled(rgb, shown, "ADC", view, level)


def _labelled(rgb: np.ndarray, shown: DiffusionView, name: str, view: AxialView, level: int) -> Tile:
    picture, position = Image.fromarray(rgb), view.position_mm(level)
    label_tile(picture, position)
    voxels = int(np.count_nonzero(reoriented(shown.core, shown.grid)[:, :, level]))
    core_ml = rounded(voxels * shown.grid.voxel_ml, 1)
    return Tile(picture, position, f"{name}, slice {height_text(position)}: core {core_ml} mL")


def _tables(model: ReportModel, shown: DiffusionView) -> Iterator[tuple[str, tuple[NumberRow, ...]]]:
    yield "Core on diffusion", tuple(_core_rows(model, shown))
    yield "Core at other limits, cleaned alike", tuple(_ladder_rows(shown))
    if shown.registrations:
        yield "Registration to diffusion (rigid, mutual information)", tuple(_registration_rows(shown))
    if shown.flair_verdict is not None:
        yield "DWI against FLAIR", tuple(_flair_rows(model, shown))


def _core_rows(model: ReportModel, shown: DiffusionView) -> Iterator[NumberRow]:
    yield NumberRow(f"ADC < {shown.limit_adc:g} before cleaning", _ml(shown.before_ml))
    for name, ml in shown.removed_ml.items():
        yield NumberRow(f"removed: {name}", _ml(ml))
    fact = model.facts.get("core_adc_ml")
    value = printed(fact, 1)
    interval = f"{interval_text(fact, 1)} mL (90 %)" if fact is not None and fact.interval else ""
    yield NumberRow("Core", value.marked, interval)
    usual = f"{rounded(shown.tissue_adc, 0)} x {shown.adc.unit}"
    yield NumberRow("Median ADC of the brain's tissue", usual, "some 800 is usual; limits are absolute")
    if shown.delay is not None:
        yield from _delay_rows(shown.delay)


def _delay_rows(delay: DelayView) -> Iterator[NumberRow]:
    yield NumberRow("Core within delayed tissue", _ml(delay.overlap_ml))
    yield NumberRow("Core outside it (reperfused)", _ml(delay.reperfused_ml), "reported, never taken away")
    if delay.unseen_ml:
        yield NumberRow("Core beyond the perfusion slab", _ml(delay.unseen_ml))


def _ladder_rows(shown: DiffusionView) -> Iterator[NumberRow]:
    for limit, ml in shown.ladder_ml.items():
        yield NumberRow(f"ADC < {limit:g}", _ml(ml), "the rule's limit" if limit == shown.limit_adc else "")
    yield NumberRow(
        f"ADC < {shown.scaled_limit_adc:.0f}",
        _ml(shown.scaled_ml),
        "scaled to this scan's tissue: information, feeds no rule",
    )


def _registration_rows(shown: DiffusionView) -> Iterator[NumberRow]:
    for row in shown.registrations:
        yield NumberRow(
            row.name,
            f"residual {rounded(row.residual_mm, 1)} mm",
            f"moved by {rounded(row.shift_mm, 1)} mm and {rounded(row.turn_deg, 1)} degrees; "
            f"overlap of the heads (Dice) {rounded(row.overlap, 2)}",
        )


def _flair_rows(model: ReportModel, shown: DiffusionView) -> Iterator[NumberRow]:
    fact: Fact | None = model.facts.get("flair_sir")
    interval = f"{interval_text(fact, 2)} (95 %, bootstrap)" if fact is not None and fact.interval else ""
    yield NumberRow("FLAIR signal of the lesion over its mirror image", printed(fact, 2).marked, interval)
    yield NumberRow("Reading", shown.flair_verdict or "", sentence(shown.flair_because or ""))
    if shown.flair_compared_ml is not None:
        yield NumberRow("Compared with its mirror image", _ml(shown.flair_compared_ml))


def _notes(shown: DiffusionView) -> Iterator[str]:
    yield sentence(f"ADC was {shown.origin}")
    yield "Volumes are counted on the diffusion's own voxels" + (
        "; mismatch is a difference of volumes." if shown.delay is not None else "."
    )
    if shown.flair_verdict is not None:
        yield READ_BY_EYE


def _ml(value: float) -> str:
    return f"{rounded(value, 1)} mL"
