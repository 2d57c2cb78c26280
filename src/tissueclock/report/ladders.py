"""Masks of one map at several limits as pictures: nested, ordered by lightness, each with its contour.

The worse the tissue, the lighter the colour; every limit has a dark contour, and that of the preset's rule a
solid white one. Lightness and lines alone tell the steps apart, without hue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from tissueclock.report.axial import AxialView, every_nth, levels_with
from tissueclock.report.colour import ladder_colours
from tissueclock.report.format import Printed, compact, interval_text, printed
from tissueclock.report.model import Ladder, ReportModel
from tissueclock.report.montage import (
    TILE_PX,
    Tile,
    grey,
    label_tile,
    outline,
    slice_ml,
    slice_text,
)

LADDER_SLICE_LIMIT = 18
"""Of more slices than these, every second, third ... is shown, and the report says so (our choice)."""

_OPACITY, _FAINT_OPACITY = 0.82, 0.5
"""Steps wider than the rule's are fainter, so that the anatomy shows through them (our choice)."""
_DIMMED = 0.7
"""The anatomy is darker than in the montage, so that steps look lighter than it (our choice)."""
_CONTOUR_RGB = (10, 10, 10)
_RULE_RGB = (255, 255, 255)
_SWATCH_PX = (28, 18)


@dataclass(frozen=True, eq=False)
class Rung:
    """One limit of a ladder: its colour, what it says, its volume in print, and the fact behind it."""

    swatch: Image.Image
    text: str
    fact: str
    value: Printed
    interval: str
    is_rule: bool


@dataclass(frozen=True, eq=False)
class LadderFigure:
    """A ladder as a montage, with a line for every limit."""

    name: str
    title: str
    rungs: tuple[Rung, ...]
    tiles: tuple[Tile, ...]


def ladder_figures(model: ReportModel) -> tuple[LadderFigure, ...]:
    """Return every ladder of the model, drawn."""
    view = AxialView.around(model.grid, model.brain, TILE_PX)
    return tuple(
        LadderFigure(
            ladder.name,
            f"{ladder.title}, {ladder.unit}",
            _rungs(model, ladder),
            tuple(_tile(model, ladder, view, level) for level in ladder_levels(model, ladder)),
        )
        for ladder in model.ladders
    )


def ladder_levels(model: ReportModel, ladder: Ladder) -> list[int]:
    """Return the slices that a ladder shows: those that hold any of it, and one beyond each end."""
    every = levels_with(model.brain, model.grid)
    held = set(levels_with(ladder.masks[0], model.grid)) if ladder.masks[0].any() else set(every)
    near = [number for number, level in enumerate(every) if level in held]
    return every_nth(every[max(0, near[0] - 1) : near[-1] + 2] if near else every, LADDER_SLICE_LIMIT)


def limit_text(ladder: Ladder, limit: float) -> str:
    """Return a limit in print: "Tmax > 6 s"."""
    return f"{ladder.quantity} {ladder.sign} {compact(limit)} {ladder.unit}"


def _rungs(model: ReportModel, ladder: Ladder) -> tuple[Rung, ...]:
    colours = zip(ladder_colours(len(ladder.limits)), _opacities(ladder), strict=True)
    rows = zip(ladder.limits, ladder.facts, colours, strict=True)
    return tuple(
        Rung(
            _swatch(rgb, opacity, limit == ladder.rule),
            limit_text(ladder, limit),
            fact,
            printed(model.facts.get(fact), 1),
            _interval(model, fact),
            limit == ladder.rule,
        )
        for limit, fact, (rgb, opacity) in rows
    )


def _interval(model: ReportModel, name: str) -> str:
    fact = model.facts.get(name)
    text = "" if fact is None else interval_text(fact, 1)
    return f"{text} mL" if text else ""


def _tile(model: ReportModel, ladder: Ladder, view: AxialView, level: int) -> Tile:
    anatomy = _DIMMED * grey(model.background, model.window, view, level).astype(np.float32)
    rgb = anatomy.copy()
    masks = [view.enlarged_mask(mask, level) for mask in ladder.masks]
    for mask, colour, opacity in zip(masks, ladder_colours(len(masks)), _opacities(ladder), strict=True):
        # over the grey, not over the wider step, so that each step keeps its lightness
        rgb[mask] = (1 - opacity) * anatomy[mask] + opacity * np.array(colour, dtype=np.float32)
    for limit, mask in zip(ladder.limits, masks, strict=True):
        if limit != ladder.rule:
            rgb[outline(mask, 1)] = _CONTOUR_RGB
    for limit, mask in zip(ladder.limits, masks, strict=True):
        if limit == ladder.rule:
            rgb[outline(mask)] = _RULE_RGB
    picture, position = Image.fromarray(np.rint(rgb).astype(np.uint8)), view.position_mm(level)
    label_tile(picture, position)
    return Tile(picture, position, _description(model, ladder, position, level))


def _opacities(ladder: Ladder) -> list[float]:
    reached = ladder.limits.index(ladder.rule) if ladder.rule in ladder.limits else 0
    return [_OPACITY if number >= reached else _FAINT_OPACITY for number in range(len(ladder.limits))]


def _swatch(colour: tuple[int, int, int], opacity: float, is_rule: bool) -> Image.Image:
    width, height = _SWATCH_PX
    ground = np.full((height, width, 3), 70, dtype=np.uint8)
    inside = np.pad(np.ones((height - 4, width - 4), dtype=bool), 2)
    ground[inside] = np.rint((1 - opacity) * 90 + opacity * np.array(colour)).astype(np.uint8)
    ground[outline(inside, 2 if is_rule else 1)] = _RULE_RGB if is_rule else _CONTOUR_RGB
    return Image.fromarray(ground)


def _description(model: ReportModel, ladder: Ladder, position_mm: float, level: int) -> str:
    parts = [
        f"{limit_text(ladder, limit)} {slice_ml(mask, model, level)} mL"
        for limit, mask in zip(ladder.limits, ladder.masks, strict=True)
    ]
    return f"{slice_text(position_mm)}: {', '.join(parts)}"
