"""Printed intervals beside what the counts give, drawn: which of them cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from tissueclock.evidence.check.checker import CheckReport
from tissueclock.evidence.check.finding import Level
from tissueclock.evidence.check.model import PrintedResult
from tissueclock.evidence.check.reproduce import first_known, has_exact_counts
from tissueclock.report.evidence.drawing import add_axes, new_figure, pictures

_WIDTH_IN = 9.0
_ROW_IN = 0.42
_HEAD_IN, _FOOT_IN, _GAP_IN = 0.72, 0.62, 0.75
_LEFT, _RIGHT = 0.29, 0.60
_MOST_IDS = 2
_NAME_AT = -0.88
_LONGEST_NAME = 38
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_COLOURS: Mapping[Level | None, str] = MappingProxyType(
    {None: "0.15", Level.INFO: "0.15", Level.WARNING: "#b26a00", Level.ERROR: "#a3142e"}
)
_MARKERS: Mapping[Level | None, str] = MappingProxyType(
    {None: "s", Level.INFO: "s", Level.WARNING: "^", Level.ERROR: "X"}
)
_RECOMPUTED = "#1f77b4"


@dataclass(frozen=True, slots=True)
class _Row:
    """One printed effect, its worst finding, and the limits that its counts give where they are printed."""

    name: str
    words: str
    printed: tuple[float, float, float]
    level: Level | None
    findings: str
    recomputed: tuple[float, float, float] | None


def check_pictures(report: CheckReport) -> dict[str, bytes]:
    """Return `check.svg` and `check.png`; nothing where no effect with an interval was read."""
    rows = [(result, row) for result in report.document.results if (row := _row(result, report)) is not None]
    ratios = [row for result, row in rows if result.measure.is_ratio]
    differences = [row for result, row in rows if result.measure.is_difference]
    panels = [
        (words, found, log)
        for words, found, log in (("ratio (log scale)", ratios, True), ("difference", differences, False))
        if found
    ]
    if not panels:
        return {}
    height = (
        _HEAD_IN
        + _FOOT_IN
        + sum(_ROW_IN * len(found) for _, found, _ in panels)
        + _GAP_IN * (len(panels) - 1)
    )
    figure = new_figure(_WIDTH_IN, height)
    figure.text(
        0.017, 1 - 0.28 / height, "Printed intervals, and what the counts give", fontsize=11, weight="bold"
    )
    _legend(figure, height)
    top = height - _HEAD_IN
    for words, found, log in panels:
        size = _ROW_IN * len(found)
        axes = add_axes(figure, _LEFT, (top - size) / height, _RIGHT - _LEFT, size / height)
        _draw(axes, found, words, log=log)
        top -= size + _GAP_IN
    return pictures("check", figure)


def _legend(figure: Figure, height_in: float) -> None:
    keys = [
        Line2D(
            [], [], color=_COLOURS[level], marker=_MARKERS[level], markersize=6, linewidth=1.6, label=words
        )
        for level, words in ((None, "printed"), (Level.WARNING, "warning"), (Level.ERROR, "error"))
    ]
    keys.append(
        Line2D(
            [],
            [],
            color=_RECOMPUTED,
            linestyle=(0, (3, 1.5)),
            linewidth=1.0,
            label="by the commonest method, from counts",
        )
    )
    figure.legend(
        handles=keys,
        loc="upper left",
        bbox_to_anchor=(0.28, 1 - 0.30 / height_in),
        ncols=4,
        frameon=False,
        fontsize=7.5,
    )


def _row(result: PrintedResult, report: CheckReport) -> _Row | None:
    estimate, interval = result.estimate, result.interval
    if estimate is None or interval is None:
        return None
    numbers = (estimate.number, interval.low.number, interval.high.number)
    if result.measure.is_ratio and min(numbers) <= 0:
        return None
    found = [item for item in report.findings if (item.result, item.where) == (result.name, result.where)]
    alarms = [item for item in found if item.level is not Level.INFO]
    level = next((level for level in Level if any(item.level is level for item in found)), None)
    known = first_known(result) if has_exact_counts(result) and not result.adjusted else None
    name = result.name if len(result.name) <= _LONGEST_NAME else f"{result.name[: _LONGEST_NAME - 3]}..."
    return _Row(
        name=name,
        words=result.shown,
        printed=numbers,
        level=level,
        findings="\n".join(tuple(dict.fromkeys(item.id for item in alarms))[:_MOST_IDS]),
        recomputed=None if known is None else (known.estimate, known.low, known.high),
    )


def _draw(axes: Axes, rows: Sequence[_Row], words: str, *, log: bool) -> None:
    for place, row in enumerate(rows):
        _draw_row(axes, place, row)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.yaxis.set_major_locator(NullLocator())
    axes.spines["left"].set_visible(False)
    axes.axvline(1 if log else 0, color="0.6", linewidth=0.8, zorder=0)
    axes.set_xlabel(words)
    ends = [x for row in rows for x in (*row.printed, *(row.recomputed or ())) if math.isfinite(x)]
    low, high = min(*ends, 1 if log else 0), max(*ends, 1 if log else 0)
    if log:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.25, high * 1.25)
        axes.set_xticks([tick for tick in _TICKS if low / 1.25 <= tick <= high * 1.25])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))


def _draw_row(axes: Axes, place: int, row: _Row) -> None:
    colour = _COLOURS[row.level]
    estimate, low, high = row.printed
    above = -0.12 if row.recomputed else 0.0
    axes.plot([low, high], [place + above] * 2, color=colour, linewidth=1.6, solid_capstyle="butt")
    axes.plot([estimate], [place + above], marker=_MARKERS[row.level], color=colour, markersize=6)
    if row.recomputed:
        middle, least, most = row.recomputed
        axes.plot(
            [least, most], [place + 0.18] * 2, color=_RECOMPUTED, linewidth=1.0, linestyle=(0, (3, 1.5))
        )
        axes.plot([middle], [place + 0.18], marker="|", color=_RECOMPUTED, markersize=6)
    across = axes.get_yaxis_transform()
    axes.text(_NAME_AT, place, row.name, transform=across, ha="left", va="center", fontsize=8)
    axes.text(1.03, place, row.words, transform=across, ha="left", va="center", fontsize=8)
    axes.text(1.62, place, row.findings, transform=across, ha="left", va="center", fontsize=7.5, color=colour)
