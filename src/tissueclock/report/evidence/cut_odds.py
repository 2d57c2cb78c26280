"""The odds ratio at each cut of the modified Rankin Scale beside the common one: are they proportional?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tissueclock.evidence.ordinal.analysis import OrdinalAnalysis
from tissueclock.evidence.ordinal.estimate import Estimate
from tissueclock.report.evidence.drawing import Axes, Figure, add_axes, new_figure, plain
from tissueclock.report.evidence.ordinal_lines import cells_of_test, estimate_words
from tissueclock.report.format import compact

_WIDTH_IN, _ROW_IN, _REST_IN = 7.4, 0.34, 1.65
_TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_WIDEST = (0.04, 120.0)
"""Intervals are cut off here, with an arrow: beyond it the axis says no more (our choice)."""
_FOOTNOTE = "* an empty cell: 1/2 was added to all four"
_BAND, _MARK = "0.88", "#016f9d"


def cut_odds(found: OrdinalAnalysis, *, title: str) -> Figure:
    """Draw the odds ratios of being up to each grade, adjusted where the analysis is, over the common one."""
    rows = rows_of(found)
    height = _REST_IN + _ROW_IN * (len(rows) + 1)
    figure = new_figure(_WIDTH_IN, height)
    figure.text(0.02, 1 - 0.12 / height, plain(title), fontsize=10.5, fontweight="bold", va="top")
    test = ", ".join(cells_of_test(found.proportionality))
    figure.text(0.02, 1 - 0.38 / height, f"Test of proportional odds: {test}", fontsize=8.5, va="top")
    bottom, share = 0.78 / height, (_ROW_IN * (len(rows) + 1)) / height
    axes = add_axes(figure, 0.14, bottom, 0.56, share)
    _draw(axes, rows, found.common_or.estimate)
    head = f"OR ({100 * found.settings.level:g} % CI)"
    axes.text(1.04, 1.0, head, transform=axes.transAxes, fontsize=8.5, va="center", fontweight="bold")
    if any(_added(effect) for _, effect in rows):
        figure.text(0.98, 0.24 / height, _FOOTNOTE, fontsize=7, ha="right", va="bottom")
    return figure


def rows_of(found: OrdinalAnalysis) -> list[tuple[str, Estimate]]:
    """Return the odds ratio at each cut that holds patients on both sides."""
    if found.adjusted:
        return [(_named(cut), effect) for cut, effect in found.adjusted.at_cuts]
    cuts = found.dichotomies
    return [(_named(cut.cut), cut.odds_ratio) for cut in cuts if cut.odds_ratio.estimate is not None]


def _named(cut: str) -> str:
    return f"mRS {'0' if cut == '0-0' else cut.replace('-', '–')}"


def _draw(axes: Axes, rows: Sequence[tuple[str, Estimate]], common: Estimate) -> None:
    drawn = [effect for _, effect in (*rows, ("", common)) if effect.ci_low is not None]
    low, high = _range(drawn)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(-0.6, len(rows) + 0.7)
    axes.spines["left"].set_visible(False)
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [compact(tick) for tick in ticks], fontsize=8)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("Odds ratio for a better outcome (log scale)", fontsize=8.5)
    axes.axvline(1, color="0.3", linewidth=0.8)
    if common.ci_low is not None and common.ci_high is not None and common.estimate is not None:
        axes.axvspan(max(common.ci_low, low), min(common.ci_high, high), color=_BAND, zorder=0)
        axes.axvline(common.estimate, color=_MARK, linewidth=0.9, linestyle=(0, (4, 2)))
    named = [(name, effect, "s") for name, effect in rows] + [("common", common, "D")]
    axes.set_yticks(range(len(named)), [name for name, _, _ in named][::-1], fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    for place, (_, effect, marker) in enumerate(reversed(named)):
        _row(axes, place, effect, marker, (low, high))


def _row(axes: Axes, height: float, effect: Estimate, marker: str, ends: tuple[float, float]) -> None:
    axes.annotate(
        plain(estimate_words(effect)) + (" *" if _added(effect) else ""),
        (1.04, height),
        xycoords=("axes fraction", "data"),
        fontsize=8.5,
        va="center",
        annotation_clip=False,
    )
    if effect.estimate is None or effect.ci_low is None or effect.ci_high is None:
        return
    inside = max(effect.ci_low, ends[0]), min(effect.ci_high, ends[1])
    axes.plot(inside, (height, height), color=_MARK, linewidth=1.4, solid_capstyle="butt")
    for limit, end, arrow in ((effect.ci_low, ends[0], "<"), (effect.ci_high, ends[1], ">")):
        if limit != min(max(limit, ends[0]), ends[1]):
            axes.plot(end, height, marker=arrow, color=_MARK, markersize=5, clip_on=False)
    if ends[0] <= effect.estimate <= ends[1]:
        axes.plot(effect.estimate, height, marker=marker, color=_MARK, markersize=6 if marker == "s" else 7)


def _added(effect: Estimate) -> bool:
    return "added" in effect.method


def _range(drawn: Sequence[Estimate]) -> tuple[float, float]:
    """Return the ends of the axis: every interval and 1, with some room, up to the widest."""
    limits = [limit for effect in drawn for limit in (effect.ci_low, effect.ci_high) if limit]
    low, high = min([0.5, *limits]), max([2.0, *limits])
    room = math.exp(0.04 * math.log(high / low))
    return max(low / room, _WIDEST[0]), min(high * room, _WIDEST[1])
