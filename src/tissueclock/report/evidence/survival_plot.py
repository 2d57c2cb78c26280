"""Survival as journals print it: steps with intervals and censoring marks, and the numbers at risk below."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.survival.analysis import Curve, Incidence, SurvivalAnalysis
from tissueclock.evidence.survival.data import Numbers, at_risk
from tissueclock.report.evidence.drawing import add_axes, new_figure, pictures
from tissueclock.report.evidence.estimate_rows import fixed, level_words, p_words
from tissueclock.report.plot import nice_ticks

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9", "#e69f00")
_STYLES = ("-", "--", "-.", ":")
_WIDTH_IN, _PANEL_IN, _ROW_IN = 7.0, 3.5, 0.2
_LEGEND_ROW_IN, _AXIS_IN, _FOOT_IN = 0.21, 0.62, 0.33
_RIGHT_IN, _EDGE_IN, _LETTER_IN, _SMALL_LETTER_IN = 0.35, 0.2, 0.08, 0.072
_SMALL_PT = 8.0
_MOST_BANDS = 3
"""More bands than these hide each other (our choice); the table has every interval."""


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """One step curve from `start`: its name, colour, style, times, heights, interval, and censoring marks."""

    name: str
    colour: str
    style: str
    start: float
    times: Numbers
    heights: Numbers
    interval: tuple[Numbers, Numbers] | None
    marks: Numbers


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand, in inches."""

    left: float
    width: float
    table: float
    legend: float
    notes: tuple[str, ...]
    notes_left: float

    @property
    def table_bottom(self) -> float:
        """Where the table of people at risk ends, above the notes and the foot."""
        return _FOOT_IN + 0.1 + _ROW_IN * len(self.notes)

    @property
    def height(self) -> float:
        """Of the whole figure."""
        return self.legend + _PANEL_IN + _AXIS_IN + self.table + self.table_bottom

    @property
    def inner(self) -> float:
        """The width of the axes."""
        return self.width - self.left - _RIGHT_IN


def survival_pictures(found: SurvivalAnalysis, unit: str) -> dict[str, bytes]:
    """Return the curves, and where causes compete the cumulative incidence of each, as SVG and PNG."""
    files = pictures("survival", draw_survival(found, unit))
    if found.competing:
        files |= pictures("survival-incidence", draw_incidence(found, unit))
    return files


def draw_survival(found: SurvivalAnalysis, unit: str) -> Figure:
    """Return the Kaplan-Meier curves; `unit` is that of time, empty if unknown."""
    lines = [_survival_line(curve, at, found) for at, curve in enumerate(found.curves)]
    event = "any event" if found.competing else "the event"
    tests = () if found.competing else tuple(_test_words(found))
    return _draw(found, lines, f"Share without {event}", unit, tests)


def draw_incidence(found: SurvivalAnalysis, unit: str) -> Figure:
    """Return the incidence of each cause: a colour a group, a style a cause, bands for the first."""
    lines = [_incidence_line(one, found) for one in found.incidences]
    tests = [f"Gray's test, cause {one.cause}: {p_words(one.p)}." for one in found.gray if one.p is not None]
    return _draw(found, lines, "Cumulative incidence", unit, tests)


def _survival_line(found: Curve, at: int, whole: SurvivalAnalysis) -> _Line:
    curve = found.curve
    return _Line(
        found.group,
        _COLOURS[at % len(_COLOURS)],
        _STYLES[at % len(_STYLES)],
        1.0,
        curve.times,
        curve.survival,
        curve.interval(whole.asked.scale, whole.asked.level),
        curve.times[curve.censored > 0],
    )


def _incidence_line(found: Incidence, whole: SurvivalAnalysis) -> _Line:
    groups = [curve.group for curve in whole.curves]
    place = whole.causes.index(found.cause)
    return _Line(
        f"{found.group}, cause {found.cause}" if len(groups) > 1 else f"cause {found.cause}",
        _COLOURS[groups.index(found.group) % len(_COLOURS)],
        _STYLES[place % len(_STYLES)],
        0.0,
        found.curve.times,
        found.curve.incidence,
        found.curve.interval(whole.asked.level) if place == 0 else None,
        np.zeros(0),
    )


def _test_words(found: SurvivalAnalysis) -> Iterator[str]:
    if found.log_rank.p is not None:
        yield f"Log-rank test: {p_words(found.log_rank.p)}."
    if found.cox is not None:
        for one in found.cox.coefficients[: len(found.curves) - 1]:
            low, high = one.interval
            span = f"{level_words(found.asked.level)} {fixed(low, 2)} to {fixed(high, 2)}"
            yield f"Hazard ratio, {one.name}: {fixed(one.hazard_ratio, 2)} ({span})."


def _draw(
    found: SurvivalAnalysis, lines: Sequence[_Line], y_label: str, unit: str, tests: Sequence[str]
) -> Figure:
    columns = _legend_columns(lines)
    lines = _few_bands(lines)
    notes = [*tests, *_bands_words(found, lines)]
    layout = _layout(found, math.ceil(len(lines) / columns) if len(lines) > 1 else 0, notes)
    figure = new_figure(layout.width, layout.height)
    bottom = layout.table_bottom + layout.table + _AXIS_IN
    axes = add_axes(
        figure,
        layout.left / layout.width,
        bottom / layout.height,
        layout.inner / layout.width,
        _PANEL_IN / layout.height,
    )
    last = max(float(curve.curve.times[-1]) for curve in found.curves) or 1.0
    ticks = [tick for tick in nice_ticks(0.0, last) if tick <= 1.02 * last]
    for line in lines:
        _draw_line(axes, line)
    heights = nice_ticks(0.0, _highest(lines), 5)
    axes.set(xlim=(0, 1.02 * last), ylim=(0, 1.01 * heights[-1]), xticks=ticks, ylabel=y_label)
    axes.set_yticks(heights, [f"{100 * height:g} %" for height in heights])
    axes.set_xlabel(f"Time, {unit}" if unit else "Time")
    if len(lines) > 1:
        place = {"loc": "lower left", "bbox_to_anchor": (-0.015, 1.0)}
        axes.legend(frameon=False, fontsize=9, ncols=columns, handlelength=2.6, **place)
    _risk_table(figure, found, ticks, layout, 1.02 * last)
    for row, words in enumerate(reversed(layout.notes)):
        y = (_FOOT_IN + _ROW_IN * (row + 0.4)) / layout.height
        figure.text(layout.notes_left / layout.width, y, words, fontsize=_SMALL_PT, va="center")
    return figure


def _few_bands(lines: Sequence[_Line]) -> Sequence[_Line]:
    """Return the lines, without their intervals where these are too many to be told apart."""
    many = sum(line.interval is not None for line in lines) > _MOST_BANDS
    return [replace(line, interval=None) for line in lines] if many else lines


def _bands_words(found: SurvivalAnalysis, lines: Sequence[_Line]) -> Iterator[str]:
    level = level_words(found.asked.level)
    if all(line.interval for line in lines):
        yield f"Bands are {level} intervals."
    elif any(line.interval for line in lines):
        yield f"Bands are {level} intervals, of cause {found.causes[0]} only."


def _highest(lines: Sequence[_Line]) -> float:
    """Return how high the axis must reach: to all of survival, or to the highest end of an incidence."""
    ends = [line.interval[1] if line.interval else line.heights for line in lines]
    return max(float(np.nanmax([line.start, *end])) for line, end in zip(lines, ends, strict=True))


def _legend_columns(lines: Sequence[_Line]) -> int:
    """Return how many names stand side by side."""
    widest = 0.8 + _LETTER_IN * max(len(line.name) for line in lines)
    fitting = max(1, min(len(lines), int(_WIDTH_IN / widest)))
    return math.ceil(len(lines) / math.ceil(len(lines) / fitting))


def _layout(found: SurvivalAnalysis, legend_rows: int, notes: Sequence[str]) -> _Layout:
    names = [curve.group for curve in found.curves] if len(found.curves) > 1 else []
    left = max([0.85, *(0.35 + _LETTER_IN * len(name) for name in names)])
    width = _WIDTH_IN + left - 0.85
    letters = int((width - 2 * _EDGE_IN) / _SMALL_LETTER_IN)
    fitting = all(len(note) * _SMALL_LETTER_IN < width - left - _EDGE_IN for note in notes)
    return _Layout(
        left=left,
        width=width,
        table=_ROW_IN * (len(found.curves) + 1),
        legend=0.2 + _LEGEND_ROW_IN * legend_rows,
        notes=tuple(line for note in notes for line in textwrap.wrap(note, letters)),
        notes_left=left if fitting else _EDGE_IN,
    )


def _draw_line(axes: Axes, line: _Line) -> None:
    """Draw one curve from time 0 to its last time, with its band and the marks of who was censored."""
    times = np.concatenate([[0.0], line.times])
    heights = np.concatenate([[line.start], line.heights])
    axes.step(
        times, heights, where="post", color=line.colour, ls=line.style, lw=1.7, label=line.name, zorder=3
    )
    if line.interval is not None:
        low, high = (np.concatenate([[line.start], end]) for end in line.interval)
        axes.fill_between(times, low, high, step="post", color=line.colour, alpha=0.13, lw=0, zorder=1)
    places = np.searchsorted(times, line.marks, side="right") - 1
    axes.plot(line.marks, heights[places], "|", color=line.colour, ms=6, mew=1.0, zorder=4)


def _risk_table(
    figure: Figure, found: SurvivalAnalysis, ticks: Sequence[float], layout: _Layout, end: float
) -> None:
    """Write how many are at risk at each tick below the axis, a row a group, names in the curves' colours."""
    top = layout.table_bottom + layout.table
    left = layout.left / layout.width
    figure.text(left, (top - 0.06) / layout.height, "At risk", fontsize=_SMALL_PT, weight="bold", va="center")
    for row, one in enumerate(found.curves, start=1):
        y = (top - 0.06 - _ROW_IN * row) / layout.height
        if len(found.curves) > 1:
            colour = _COLOURS[(row - 1) % len(_COLOURS)]
            at = (layout.left - 0.22) / layout.width
            figure.text(
                at, y, one.group, color=colour, fontsize=_SMALL_PT, ha="right", va="center", weight="bold"
            )
        times = np.repeat(one.curve.times, one.curve.events + one.curve.censored)
        for tick, count in zip(ticks, at_risk(times, np.array(ticks)), strict=True):
            x = (layout.left + layout.inner * tick / end) / layout.width
            figure.text(x, y, str(count), fontsize=_SMALL_PT, ha="center", va="center")
