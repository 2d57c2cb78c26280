"""Pictures of the cases that were measured worst: what was found, missed and found too much, by slice."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from tissueclock.bench.validation.agreement import Mask
from tissueclock.bench.validation.patient_case import SimulatedPatient, simulate
from tissueclock.bench.validation.rows import PatientRow
from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView, evenly, levels_with
from tissueclock.report.model import Window
from tissueclock.report.montage import Overlay, draw, grey, label_tile

_TILE_PX, _TILES, _COLOURS = 224, 5, 48
_FOUND = Overlay((70, 160, 90), (70, 160, 90), 0.45, dashed=False)
_MISSED = Overlay((60, 120, 230), (60, 120, 230), 1.0, dashed=False)
_TOO_MUCH = Overlay((240, 140, 30), (240, 140, 30), 1.0, dashed=False)


def picture(row: PatientRow, seed: int, why: str) -> bytes:
    """Simulate a case again and return it as PNG: the core where `why` names it, else Tmax > 6 s."""
    case = simulate(row, seed)
    found, true = _masks(case, "core" in why)
    strip = _strip(case, found, true)
    out = io.BytesIO()
    strip.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


def _masks(case: SimulatedPatient, of_core: bool) -> tuple[Mask, Mask]:
    if case.measured is None:
        raise ValueError("a refused case has no picture")
    if of_core and case.core is not None and case.found_core is not None:
        return case.found_core, case.core
    return case.measured.masks.hypoperfused, case.hypoperfused


def _strip(case: SimulatedPatient, found: Mask, true: Mask) -> Image.Image:
    """Return slices beside each other, from the feet up; the patient's right is on the left."""
    truth = case.patient.truth
    background = case.measured.background if case.measured else truth.physics.cbf
    view = AxialView.around(background.grid, truth.brain.array.astype(bool), _TILE_PX)
    levels = evenly(levels_with(found ^ true, background.grid), _TILES)
    tiles = [
        _tile(background, _window(background, truth.brain.array), view, lv, found, true) for lv in levels
    ]
    width, height = view.size_px
    strip = Image.new("RGB", ((width + 4) * len(tiles) - 4, height), (255, 255, 255))
    for number, tile in enumerate(tiles):
        strip.paste(tile, (number * (width + 4), 0))
    return strip


def _tile(
    background: Volume, window: Window, view: AxialView, level: int, found: Mask, true: Mask
) -> Image.Image:
    rgb = grey(background, window, view, level)
    for mask, overlay in ((found & true, _FOUND), (true & ~found, _MISSED), (found & ~true, _TOO_MUCH)):
        rgb = draw(rgb, view.enlarged_mask(mask, level), overlay)
    tile = Image.fromarray(rgb)
    label_tile(tile, view.position_mm(level))
    return tile


def _window(background: Volume, brain: Any) -> Window:
    low, high = np.percentile(background.array[brain.astype(bool)], [2, 98])
    return Window(level=float(low + high) / 2, width=max(2.0 * float(high - low), 1.0))
