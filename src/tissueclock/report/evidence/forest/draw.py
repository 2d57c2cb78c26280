"""The forest plot drawn: columns of text, squares by weight, diamonds, bars, and the axis of effects."""

from __future__ import annotations

import math

from tissueclock.report.evidence.drawing import LETTERS, Axes, Figure, add_axes, new_figure
from tissueclock.report.evidence.forest.axis import Window, window_of
from tissueclock.report.evidence.forest.layout import (
    HEAD_PT,
    INDENT_IN,
    LINE_IN,
    MARGIN_IN,
    SMALL_LINE_IN,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    Layout,
    lay_out,
)
from tissueclock.report.evidence.forest.parts import Forest, Line, Mark

_INK, _GREY, _LIGHT = "0.1", "0.45", "0.6"
_LARGEST_PT, _SMALLEST_PT, _POINT_PT, _ARROW_PT = 10.0, 2.6, 4.0, 4.5
_DIAMOND, _BAR = 0.34, 0.13  # half heights, in lines
_LINE_PT = 1.0
_BASE_IN = 0.04
"""How far the base of letters lies below the middle of their line."""


def draw_forest(forest: Forest) -> Figure:
    """Draw the plot: two columns of a journal wide, or wider where its columns ask; it is safe in grey."""
    layout = lay_out(forest)
    figure = new_figure(layout.width, layout.height)
    _write_head(figure, forest, layout)
    window = window_of(forest, layout.plot_right - layout.plot_left)
    axes = _axes(figure, forest, layout, window)
    largest = max((line.share for line in forest.lines), default=0.0)
    for place, line in enumerate(forest.lines):
        _write_line(figure, line, layout, place)
        _draw_line(axes, line, place, window, largest)
    _write_foot(figure, forest, layout, axes, window)
    return figure


def _axes(figure: Figure, forest: Forest, layout: Layout, window: Window) -> Axes:
    tall, wide = layout.heads_bottom - layout.lines_bottom, layout.plot_right - layout.plot_left
    axes = add_axes(
        figure,
        layout.plot_left / layout.width,
        layout.lines_bottom / layout.height,
        wide / layout.width,
        tall / layout.height,
    )
    axes.patch.set_visible(False)
    if forest.ratio:
        axes.set_xscale("log")
    axes.set_xlim(window.low, window.high)
    axes.set_ylim(len(forest.lines) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(window.ticks, window.labels, fontsize=SMALL_PT + 0.5, fontfamily=LETTERS)
    axes.set_xticks([], minor=True)
    axes.plot(
        [MARGIN_IN / layout.width, 1 - MARGIN_IN / layout.width],
        [layout.heads_bottom / layout.height] * 2,
        transform=figure.transFigure,
        clip_on=False,
        color=_INK,
        linewidth=_LINE_PT,
    )
    axes.tick_params(axis="x", length=3, width=0.7, pad=2)
    axes.spines["bottom"].set_linewidth(0.7)
    drawn = [place for place, line in enumerate(forest.lines) if line.mark is not Mark.NONE]
    first, last = (drawn[0] - 0.5, drawn[-1] + 0.5) if drawn else (0, 0)
    if forest.null is not None and window.holds(forest.null):
        axes.plot([forest.null] * 2, [len(forest.lines) - 0.5, -0.5], color=_INK, linewidth=0.8, zorder=1)
    if forest.reference is not None and window.holds(forest.reference):
        axes.plot([forest.reference] * 2, [last, first], color=_GREY, linewidth=0.7, dashes=(4, 3), zorder=1)
    return axes


def _draw_line(axes: Axes, line: Line, place: int, window: Window, largest: float) -> None:
    if line.mark is Mark.NONE or line.ci is None:
        return
    if line.mark is Mark.DIAMOND:
        _diamond(axes, line, place, window)
    elif line.mark is Mark.BAR:
        _bar(axes, line, place, window)
    else:
        _interval(axes, line, place, window)
        if line.estimate is not None and window.holds(line.estimate):
            _square(axes, line, line.estimate, place, largest)
    for end, cut, arrow in zip(
        (window.low, window.high), (line.ci[0] < window.low, line.ci[1] > window.high), "<>", strict=True
    ):
        if cut:
            axes.plot([end], [place], arrow, color=_INK, markersize=_ARROW_PT, clip_on=False, zorder=3)


def _interval(axes: Axes, line: Line, place: int, window: Window) -> None:
    if line.ci is not None:
        axes.plot(
            window.clipped(line.ci),
            [place] * 2,
            color=_INK,
            linewidth=_LINE_PT,
            solid_capstyle="butt",
            zorder=2,
        )


def _square(axes: Axes, line: Line, estimate: float, place: int, largest: float) -> None:
    """Draw the estimate: a square whose area is the weight, or a dot; open where it was recalled."""
    size, shape = _POINT_PT, "o"
    if line.mark is Mark.SQUARE:
        shape = "s"
        size = max(_SMALLEST_PT, _LARGEST_PT * math.sqrt(line.share / largest)) if largest > 0 else _POINT_PT
    axes.plot(
        [estimate],
        [place],
        shape,
        markersize=size,
        markerfacecolor="white" if line.recalled else _GREY,
        markeredgecolor=_INK,
        markeredgewidth=0.8,
        zorder=3,
    )


def _diamond(axes: Axes, line: Line, place: int, window: Window) -> None:
    if line.ci is None or line.estimate is None:
        return
    low, high = window.clipped(line.ci)
    across = [low, line.estimate, high, line.estimate]
    along = [place, place - _DIAMOND, place, place + _DIAMOND]
    axes.fill(across, along, facecolor=_LIGHT if line.sub else _INK, edgecolor=_INK, linewidth=0.8, zorder=3)


def _bar(axes: Axes, line: Line, place: int, window: Window) -> None:
    if line.ci is not None:
        low, high = window.clipped(line.ci)
        across, along = [low, high, high, low], [place - _BAR] * 2 + [place + _BAR] * 2
        axes.fill(across, along, facecolor=_GREY, edgecolor=_INK, linewidth=0.6, zorder=2)


def _write_head(figure: Figure, forest: Forest, layout: Layout) -> None:
    at = layout.height - 0.1
    for words in layout.title:
        _text(figure, layout, MARGIN_IN, at, words, size=TITLE_PT, bold=True, va="top")
        at -= 0.2
    for words in layout.subtitle:
        _text(figure, layout, MARGIN_IN, at, words, va="top")
        at -= 0.16
    base = layout.heads_bottom + 0.07
    places = (MARGIN_IN, *layout.cells, layout.effect, layout.weight)
    for place, head in zip(places, forest.heads, strict=True):
        for above, words in enumerate(reversed(head.split("\n"))):
            at = base + above * SMALL_LINE_IN
            ha = "left" if place == MARGIN_IN else "right"
            _text(figure, layout, place, at, words, size=HEAD_PT, bold=True, ha=ha)
    middle = (layout.plot_left + layout.plot_right) / 2
    _text(figure, layout, middle, base, forest.axis, size=HEAD_PT, bold=True, ha="center")


def _write_line(figure: Figure, line: Line, layout: Layout, place: int) -> None:
    at = layout.heads_bottom - (place + 0.5) * LINE_IN - _BASE_IN
    size = SMALL_PT if line.small else TEXT_PT
    left = MARGIN_IN + line.indent * INDENT_IN
    if line.shown_name:
        _text(figure, layout, left, at, line.shown_name, size=size, bold=line.bold, over=line.small)
    texts = (*line.cells, line.effect, line.weight) if line.cells else (line.effect, line.weight)
    places = (*layout.cells, layout.effect, layout.weight) if line.cells else (layout.effect, layout.weight)
    for right, words in zip(places, texts, strict=True):
        if words:
            _text(figure, layout, right, at, words, size=size, bold=line.bold, ha="right")


def _write_foot(figure: Figure, forest: Forest, layout: Layout, axes: Axes, window: Window) -> None:
    at = layout.lines_bottom - 0.36
    if layout.favours and forest.null is not None:
        share = axes.transLimits.transform(axes.transScale.transform((forest.null, 0)))[0]
        null = layout.plot_left + float(share) * (layout.plot_right - layout.plot_left)
        left, right = forest.favours
        _text(figure, layout, null - 0.06, at, f"← {left}", size=SMALL_PT + 0.5, ha="right")
        _text(figure, layout, null + 0.06, at, f"{right} →", size=SMALL_PT + 0.5)
        at -= 0.2
    at -= 0.02
    for words in layout.footer:
        _text(figure, layout, MARGIN_IN, at, words, size=SMALL_PT, grey=True)
        at -= SMALL_LINE_IN


def _text(
    figure: Figure,
    layout: Layout,
    x_in: float,
    y_in: float,
    words: str,
    *,
    size: float = TEXT_PT,
    bold: bool = False,
    ha: str = "left",
    va: str = "baseline",
    grey: bool = False,
    over: bool = False,
) -> None:
    """Write words at a place in inches; `over` hides what is drawn below them."""
    figure.text(
        x_in / layout.width,
        y_in / layout.height,
        words,
        fontsize=size,
        fontfamily=LETTERS,
        fontweight="bold" if bold else "normal",
        ha=ha,
        va=va,
        color="0.25" if grey else _INK,
        parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4} if over else None,
    )
