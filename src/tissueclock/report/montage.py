"""The slices with core and hypoperfusion drawn in, as RGB tiles.

The core is filled magenta with a solid white outline, the hypoperfusion a translucent green with a dashed
green outline: told apart by fill and line, not by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView, every_nth, levels_with, reoriented
from tissueclock.report.canvas import font
from tissueclock.report.colour import CORE_RGB, HYPOPERFUSED_RGB, MARKER_RGB
from tissueclock.report.format import height_text, rounded
from tissueclock.report.model import Location, ReportModel, Window

TILE_PX = 256
SLICE_LIMIT = 36
"""Of more slices than these, every second, third ... is shown, and the report says so (our choice)."""

_TEXT_RGB = (235, 238, 240)
_DASH_PX = 4
_LINE_PX = 2
_COLUMNS = (6, 5, 4)
_WHITE = (255, 255, 255)


@dataclass(frozen=True, eq=False)
class Tile:
    """One slice as a picture: radiological, with R and L and its height, and what it shows in words."""

    image: Image.Image
    position_mm: float
    description: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """How a mask is drawn."""

    rgb: tuple[int, int, int]
    outline_rgb: tuple[int, int, int]
    opacity: float
    dashed: bool


CORE_OVERLAY = Overlay(CORE_RGB, _WHITE, 0.62, dashed=False)
HYPOPERFUSED_OVERLAY = Overlay(HYPOPERFUSED_RGB, HYPOPERFUSED_RGB, 0.30, dashed=True)


def shown_levels(model: ReportModel, limit: int = SLICE_LIMIT) -> list[int]:
    """Return the slices that a montage of at most `limit` shows, feet to head."""
    return every_nth(levels_with(model.brain, model.grid), limit)


def legend(model: ReportModel) -> tuple[tuple[Image.Image, str], ...]:
    """Return what the overlays mean, as (swatch, text), for the masks that the model has."""
    entries = (
        (model.core, CORE_OVERLAY, f"Core ({model.core_rule}): magenta, solid outline"),
        (
            model.hypoperfused,
            HYPOPERFUSED_OVERLAY,
            f"Hypoperfused ({model.delay_rule}): green, dashed outline",
        ),
    )
    return tuple((_swatch(overlay), text) for mask, overlay, text in entries if mask is not None)


def columns_for(tiles: int) -> int:
    """Return how many columns leave the fewest gaps in the last row."""
    return tiles if tiles <= max(_COLUMNS) else min(_COLUMNS, key=lambda columns: -tiles % columns)


def summary_tiles(model: ReportModel) -> tuple[Tile, ...]:
    """Return the montage, feet to head: the baseline image with both masks."""
    view = AxialView.around(model.grid, model.brain, TILE_PX)
    return tuple(_summary_tile(model, view, level) for level in shown_levels(model))


def location_tile(model: ReportModel, name: str, location: Location) -> Tile:
    """Return the slice that holds the voxel of a curve, with a ring around it; the crop never loses it."""
    shown = model.brain.copy()
    shown[location.voxel] = True
    view = AxialView.around(model.grid, shown, TILE_PX)
    x, y, level = view.pixel_of(location.voxel)
    picture = Image.fromarray(grey(model.background, model.window, view, level))
    _ring(picture, x, y)
    position = view.position_mm(level)
    label_tile(picture, position)
    return Tile(picture, position, f"Slice {height_text(position)} with a ring around the {name}")


def grey(background: Volume, window: Window, view: AxialView, level: int) -> NDArray[np.uint8]:
    """Return one slice of the background as RGB bytes, height x width x 3; what is not finite is black."""
    plane = np.nan_to_num(view.plane(background.array, level).astype(np.float32), nan=-np.inf)
    shade = np.clip((plane - window.level) / window.width + 0.5, 0, 1)
    enlarged = np.clip(view.enlarged(shade), 0, 1)
    return np.repeat(np.rint(255 * enlarged).astype(np.uint8)[:, :, None], 3, axis=2)


def draw(rgb: NDArray[np.uint8], mask: NDArray[np.bool_], overlay: Overlay) -> NDArray[np.uint8]:
    """Return the picture with a mask of its size filled and outlined."""
    painted = rgb.astype(np.float32)
    painted[mask] += overlay.opacity * (np.array(overlay.rgb, dtype=np.float32) - painted[mask])
    line = outline(mask) & (_dashes(mask.shape) if overlay.dashed else True)
    painted[line] = overlay.outline_rgb
    return np.rint(painted).astype(np.uint8)


def outline(mask: NDArray[np.bool_], line_px: int = _LINE_PX) -> NDArray[np.bool_]:
    """Return the pixels of a mask within `line_px` of its edge; the picture's own edge counts as one."""
    inner = mask
    for _ in range(line_px):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def _swatch(overlay: Overlay) -> Image.Image:
    ground = np.full((18, 28, 3), 70, dtype=np.uint8)
    inside = np.pad(np.ones((14, 24), dtype=bool), 2)
    return Image.fromarray(draw(ground, inside, overlay))


def _dashes(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a pattern that interrupts lines of every direction, diagonals included."""
    rows, columns = np.indices(shape) // _DASH_PX
    return np.asarray((columns + 2 * rows) % 4 < 2)


def _summary_tile(model: ReportModel, view: AxialView, level: int) -> Tile:
    rgb = grey(model.background, model.window, view, level)
    for mask, overlay in ((model.hypoperfused, HYPOPERFUSED_OVERLAY), (model.core, CORE_OVERLAY)):
        if mask is not None:
            rgb = draw(rgb, view.enlarged_mask(mask, level), overlay)
    picture, position = Image.fromarray(rgb), view.position_mm(level)
    label_tile(picture, position)
    return Tile(picture, position, _description(model, position, level))


def _ring(picture: Image.Image, x: float, y: float) -> None:
    """Draw a ring around a pixel, yellow on black so that it stands on any grey."""
    pen = ImageDraw.Draw(picture)
    for extra, rgb, width in ((1, (0, 0, 0), 4), (0, MARKER_RGB, 2)):
        radius = TILE_PX / 28 + extra
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=rgb, width=width)


def label_tile(picture: Image.Image, position_mm: float) -> None:
    """Write R, L and the height of the slice, outlined so that they stand on any grey."""
    pen, (width, height) = ImageDraw.Draw(picture), picture.size
    letters = font(TILE_PX // 15)
    for text, place, anchor in (
        ("R", (6, 5), "lt"),
        ("L", (width - 6, 5), "rt"),
        (height_text(position_mm), (5, height - 4), "ls"),
    ):
        pen.text(
            place, text, fill=_TEXT_RGB, font=letters, anchor=anchor, stroke_width=2, stroke_fill=(0, 0, 0)
        )


def _description(model: ReportModel, position_mm: float, level: int) -> str:
    parts = [
        f"{word} {slice_ml(mask, model, level)} mL"
        for word, mask in (("core", model.core), ("hypoperfused", model.hypoperfused))
        if mask is not None
    ]
    return f"{slice_text(position_mm)}: {', '.join(parts) or 'no lesion mask'}"


def slice_text(position_mm: float) -> str:
    """Return a slice in words, by its height."""
    return f"Slice {height_text(position_mm)}"


def slice_ml(mask: NDArray[np.bool_], model: ReportModel, level: int) -> str:
    """Return the volume of a mask in one slice, mL."""
    voxels = int(np.count_nonzero(reoriented(mask, model.grid)[:, :, level]))
    return rounded(voxels * model.grid.voxel_ml, 1)
