"""The intervals of one table of two groups by every method, one panel a measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.two_groups.effect import Effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.methods.base import DEFAULT
from tissueclock.report.evidence.drawing import add_axes, new_figure
from tissueclock.report.evidence.effect_words import level_words, value_words

_WIDTH_IN = 7.2
_ROW_IN, _HEAD_IN, _AXIS_IN, _FOOT_IN = 0.19, 0.28, 0.40, 0.22
_LEFT, _RIGHT = 0.385, 0.71
_INK, _MUTED, _ACCENT = "#1b2733", "0.42", "#1f5f8b"
_OVER_STRATA = "mantel-haenszel"
_WIDEST_RATIO = 100.0
"""An interval that goes farther from the middle estimate is cut, with an arrow, so that others are seen."""
_TITLES: Mapping[Measure, str] = MappingProxyType(
    {Measure.RR: "Risk ratio", Measure.OR: "Odds ratio", Measure.RD: "Risk difference"}
)


def draw_effects(effects: Sequence[Effect], title: str) -> Figure:
    """Return one panel a measure with a row a method, ratios on a log axis; `title` names the table."""
    panels = [
        [item for item in effects if item.measure is measure]
        for measure in Measure
        if any(item.measure is measure for item in effects)
    ]
    heights = [_HEAD_IN + _ROW_IN * len(panel) + _AXIS_IN for panel in panels]
    height = 0.42 + sum(heights) + _FOOT_IN
    figure = new_figure(_WIDTH_IN, height)
    level = level_words(effects[0].level)
    figure.text(0.02, 1 - 0.16 / height, title, fontsize=11, fontweight="bold", va="center", color=_INK)
    figure.text(
        0.98, 1 - 0.16 / height, f"{level} intervals", fontsize=8.5, va="center", ha="right", color=_MUTED
    )
    top = height - 0.42
    for panel, tall in zip(panels, heights, strict=True):
        bottom = top - tall + _AXIS_IN
        axes = add_axes(figure, _LEFT, bottom / height, _RIGHT - _LEFT, (tall - _HEAD_IN - _AXIS_IN) / height)
        _panel(axes, panel)
        top -= tall
    return figure


def _panel(axes: Axes, panel: Sequence[Effect]) -> None:
    measure = panel[0].measure
    low, high = _window(panel)
    if measure is not Measure.RD:
        axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(panel) - 0.4, -0.6)
    axes.axvline(measure.null, color="0.6", linewidth=0.8, zorder=1)
    for at, item in enumerate(panel):
        _row(axes, at, item, (low, high))
    _ticks(axes, measure, (low, high))
    axes.text(
        -0.035, 1.02, _TITLES[measure], transform=axes.transAxes, ha="right", va="bottom", fontsize=9.5,
        fontweight="bold", color=_INK,
    )  # fmt: skip


def _row(axes: Axes, at: int, item: Effect, window: tuple[float, float]) -> None:
    """Draw one interval: a line with a dot, arrows where it goes on, its name and its numbers."""
    own = item.method in (DEFAULT[item.measure], _OVER_STRATA)
    colour, weight = (_ACCENT, "bold") if own else (_INK, "normal")
    low, high = max(item.ci_low, window[0]), min(item.ci_high, window[1])
    axes.plot([low, high], [at, at], color=colour, linewidth=1.8 if own else 1.2, solid_capstyle="butt")
    for end, cut, arrow in ((low, item.ci_low < window[0], "<"), (high, item.ci_high > window[1], ">")):
        if cut:
            axes.plot([end], [at], arrow, color=colour, markersize=4.5, clip_on=False)
    if item.estimate is not None and window[0] <= item.estimate <= window[1]:
        axes.plot([item.estimate], [at], "s" if own else "o", color=colour, markersize=4.5, zorder=3)
    place = axes.get_yaxis_transform()
    axes.text(
        -0.035,
        at,
        item.title,
        transform=place,
        ha="right",
        va="center",
        fontsize=7.8,
        color=colour,
        fontweight=weight,
    )
    axes.text(
        1.035,
        at,
        _numbers(item),
        transform=place,
        ha="left",
        va="center",
        fontsize=7.8,
        color=colour,
        fontweight=weight,
    )


def _numbers(item: Effect) -> str:
    difference = item.measure is Measure.RD
    parts = (
        value_words(value, difference=difference) for value in (item.estimate, item.ci_low, item.ci_high)
    )
    estimate, low, high = (part.replace("infinity", "∞").replace("-", "−") for part in parts)
    return f"{estimate} ({low} to {high})"


def _window(panel: Sequence[Effect]) -> tuple[float, float]:
    """Return what the axis shows: every end that is not too far off, and no effect."""
    measure = panel[0].measure
    if measure is Measure.RD:
        ends = [end for item in panel for end in (item.ci_low, item.ci_high)] + [0.0]
        margin = 0.05 * (max(ends) - min(ends)) or 0.05
        return max(-1.0, min(ends) - margin), min(1.0, max(ends) + margin)
    known = [x for item in panel if (x := item.estimate) is not None and 0 < x < math.inf]
    middle = sorted(known)[len(known) // 2] if known else 1.0
    reach = (middle / _WIDEST_RATIO, middle * _WIDEST_RATIO)
    ends = [end for item in panel for end in (item.ci_low, item.ci_high) if reach[0] <= end <= reach[1]]
    ends += [1.0, middle]
    return min(ends) / 1.12, max(ends) * 1.12


def _ticks(axes: Axes, measure: Measure, window: tuple[float, float]) -> None:
    """Put round numbers under the axis, and no row marks beside it."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", labelsize=8, colors=_INK)
    if measure is Measure.RD:
        axes.locator_params(axis="x", nbins=6)
        return
    steps = (1.0, 2.0, 5.0) if window[1] / window[0] < 200 else (1.0,)
    ticks = [step * 10.0**power for power in range(-12, 13) for step in steps]
    shown = [tick for tick in ticks if window[0] <= tick <= window[1]]
    axes.set_xticks(shown, labels=[f"{tick:g}" for tick in shown])
    axes.minorticks_off()
