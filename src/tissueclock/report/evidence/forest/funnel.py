"""The funnel plot: effects against their standard errors, and where chance alone would put them.

Grey bands are where an effect alone would have p of 0.1, 0.05 and 0.01 (Peters JL, J Clin Epidemiol
2008;61:991); the dashed lines hold 95 % of studies of one true effect, the pooled one (Sterne JA, Egger M,
J Clin Epidemiol 2001;54:1046).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tissueclock.evidence.meta.bias.panel import Filled
from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.normal import critical
from tissueclock.evidence.meta.studies import StudyEffect
from tissueclock.evidence.meta.synthesis import Synthesis
from tissueclock.report.evidence.drawing import LETTERS, Axes, Figure, add_axes, new_figure
from tissueclock.report.evidence.forest.axis import WIDEST_RATIO, ticks_between
from tissueclock.report.evidence.forest.layout import SMALL_LINE_IN, SMALL_PT, TEXT_PT, TITLE_PT, wrapped
from tissueclock.report.evidence.forest.numbers import decimals_for, measure_words
from tissueclock.report.evidence.forest.numbers import effect as effect_words
from tissueclock.report.evidence.forest.words import ForestWords
from tissueclock.report.plot import nice_ticks

FEWEST = 3
"""Fewer studies show no funnel."""
_WIDTH_IN, _PLOT_IN = 5.4, 3.4
_LEFT_IN, _RIGHT_IN, _AXIS_IN, _FOOT_IN = 0.75, 0.25, 0.55, 0.2
_BANDS = ((0.9, "0.95"), (0.95, "0.89"), (0.99, "0.83"))
_LINES = 0.95
_INK = "0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Where the axis of effects runs, on the analysis scale, and how it is labelled on the natural one."""

    low: float
    high: float
    deepest: float
    null: float | None
    back: Callable[[float], float]


def draw_funnel(found: Synthesis, words: ForestWords) -> Figure:
    """Draw three studies or more; with `--bias` also those that trim and fill (L0) mirrors in.

    A measure whose scale is no logarithm and no line (arcsine, logit) keeps its analysis scale.
    """
    filled = _filled(found)
    scale = _scale(found, filled)
    inside = _WIDTH_IN - _LEFT_IN - _RIGHT_IN
    title = wrapped(words.title, TITLE_PT, _WIDTH_IN - 0.24, bold=True)
    subtitle = wrapped(words.subtitle, TEXT_PT, _WIDTH_IN - 0.24)
    notes = [
        line for text in _notes(found, words, filled) for line in wrapped(text, SMALL_PT, _WIDTH_IN - 0.24)
    ]
    bottom = _FOOT_IN + SMALL_LINE_IN * len(notes) + _AXIS_IN
    height = bottom + _PLOT_IN + 0.2 * len(title) + 0.16 * len(subtitle) + 0.2
    figure = new_figure(_WIDTH_IN, height)
    _write(figure, height, title, subtitle, notes)
    axes = add_axes(figure, _LEFT_IN / _WIDTH_IN, bottom / height, inside / _WIDTH_IN, _PLOT_IN / height)
    _set_axes(axes, found.request.measure, words, scale, inside)
    _draw_regions(axes, found, scale)
    _draw_points(axes, found, words, filled)
    return figure


def _filled(found: Synthesis) -> Filled | None:
    """Return the trim and fill that is drawn: L0's, where it settled."""
    filled = found.bias.filled if found.bias else ()
    return next((one for one in filled if one.estimator == "L0" and one.found), None)


def _scale(found: Synthesis, filled: Filled | None) -> _Scale:
    measure = found.request.measure
    effects = [row.effect for row in found.rows] + list(
        filled.found.filled if filled and filled.found else ()
    )
    deepest = 1.08 * max(math.sqrt(one.vi) for one in effects)
    reach = critical(_LINES) * deepest
    null = _null(measure)
    ends = [one.yi for one in effects] + [found.pooled.beta - reach, found.pooled.beta + reach]
    ends += [null] if null is not None else []
    farthest = math.log(WIDEST_RATIO) if measure.ratio else math.inf
    low, high = max(min(ends), -farthest), min(max(ends), farthest)
    room = 0.03 * (high - low)
    back = math.exp if measure.ratio else _same
    return _Scale(low=low - room, high=high + room, deepest=deepest, null=null, back=back)


def _same(value: float) -> float:
    return value


def _null(measure: Measure) -> float | None:
    if measure.null is None:
        return None
    return math.log(measure.null) if measure.ratio else measure.null


def _set_axes(axes: Axes, measure: Measure, words: ForestWords, scale: _Scale, width_in: float) -> None:
    axes.set_xlim(scale.low, scale.high)
    axes.set_ylim(scale.deepest, 0)
    ticks, labels = ticks_between(
        scale.back(scale.low), scale.back(scale.high), width_in, ratio=measure.ratio
    )
    places = [math.log(tick) if measure.ratio else tick for tick in ticks]
    axes.set_xticks(places, labels, fontsize=SMALL_PT + 0.5, fontfamily=LETTERS)
    errors = [tick for tick in nice_ticks(0, scale.deepest, 5) if tick <= scale.deepest]
    axes.set_yticks(errors, [f"{tick:.3g}" for tick in errors], fontsize=SMALL_PT + 0.5, fontfamily=LETTERS)
    axes.tick_params(length=3, width=0.7)
    name = words.axis or measure_words(measure)
    plain = measure.ratio or measure.null is not None or measure.name == "PR"
    axes.set_xlabel(
        f"{name} (log scale)" if measure.ratio else name if plain else f"{name} (analysis scale)",
        fontsize=TEXT_PT,
        fontfamily=LETTERS,
    )
    error = "Standard error of its logarithm" if measure.ratio else "Standard error"
    axes.set_ylabel(error, fontsize=TEXT_PT, fontfamily=LETTERS)


def _draw_regions(axes: Axes, found: Synthesis, scale: _Scale) -> None:
    deep, centre = scale.deepest, found.pooled.beta
    if scale.null is not None:
        axes.set_facecolor("0.98")
        for (level, grey), (outer, _) in zip(_BANDS, (*_BANDS[1:], (None, "")), strict=True):
            _band(axes, scale, level, outer, grey)
        axes.plot([scale.null] * 2, [0, deep], color=_INK, linewidth=0.8, zorder=2)
    reach = critical(_LINES) * deep
    axes.plot(
        [centre - reach, centre, centre + reach],
        [deep, 0, deep],
        color="0.25",
        linewidth=0.9,
        dashes=(4, 3),
        zorder=2,
    )
    axes.plot([centre] * 2, [0, deep], color="0.25", linewidth=0.7, dashes=(1, 2), zorder=2)


def _band(axes: Axes, scale: _Scale, level: float, outer: float | None, grey: str) -> None:
    """Shade where p lies between two levels, on both sides of no effect."""
    null, deep = scale.null or 0.0, scale.deepest
    for side in (-1, 1):
        inner = null + side * critical(level) * deep
        if outer is None:
            end = scale.low if side < 0 else scale.high
            corners, depths = [null, inner, end, end], [0.0, deep, deep, 0.0]
        else:
            corners, depths = [null, inner, null + side * critical(outer) * deep], [0.0, deep, deep]
        axes.fill(corners, depths, facecolor=grey, edgecolor="none", zorder=1)


def _draw_points(axes: Axes, found: Synthesis, words: ForestWords, filled: Filled | None) -> None:
    for index, row in enumerate(found.rows):
        recalled = bool(words.recalled) and words.recalled[index]
        _point(axes, row.effect, shape="s" if recalled else "o", face="white" if recalled else "0.3", layer=4)
    for one in filled.found.filled if filled and filled.found else ():
        _point(axes, one, shape="o", face="white", layer=3)


def _point(axes: Axes, effect: StudyEffect, *, shape: str, face: str, layer: int) -> None:
    axes.plot(
        [effect.yi],
        [math.sqrt(effect.vi)],
        shape,
        markersize=5.0,
        markerfacecolor=face,
        markeredgecolor=_INK,
        markeredgewidth=0.8,
        zorder=layer,
    )


def _notes(found: Synthesis, words: ForestWords, filled: Filled | None) -> list[str]:
    notes = [
        "Dashed: where 95% of studies of the pooled effect would lie if nothing but chance moved them; "
        "dotted: the pooled effect."
    ]
    if found.request.measure.null is not None:
        notes.append("Shades, from light to dark: p of the single study below 0.1, 0.05 and 0.01.")
    if filled:
        notes.append(_filled_words(found, filled))
    beyond = sum(abs(row.effect.yi) > math.log(WIDEST_RATIO) for row in found.rows)
    if found.request.measure.ratio and beyond:
        notes.append(f"Beyond the axis, and not shown: {beyond} of {len(found.rows)} studies.")
    notes.append("Asymmetry has other causes than unpublished studies: chance and true differences too.")
    return [*notes, *(["Open squares: recalled, read in no source."] if any(words.recalled) else [])]


def _filled_words(found: Synthesis, filled: Filled) -> str:
    if filled.found is None or filled.pooled is None or not filled.found.missing:
        return "Trim and fill (L0) mirrors in no study."
    values = [value for row in found.rows for value in (row.estimate, *row.ci)]
    decimals = decimals_for(values, ratio=found.request.measure.ratio)
    pooled = effect_words(filled.pooled.estimate, filled.pooled.ci, decimals)
    count = filled.found.missing
    noun = "study" if count == 1 else "studies"
    return (
        f"Trim and fill (L0) mirrors in {count} {noun} on the {filled.found.side} (open circles); "
        f"with them {pooled}."
    )


def _write(
    figure: Figure, height: float, title: Sequence[str], subtitle: Sequence[str], notes: Sequence[str]
) -> None:
    at = height - 0.1
    left = 0.12 / _WIDTH_IN
    for lines, size, step, weight in ((title, TITLE_PT, 0.2, "bold"), (subtitle, TEXT_PT, 0.16, "normal")):
        for line in lines:
            figure.text(
                left,
                at / height,
                line,
                fontsize=size,
                fontfamily=LETTERS,
                fontweight=weight,
                va="top",
                parse_math=False,
                color=_INK,
            )
            at -= step
    at = _FOOT_IN + SMALL_LINE_IN * len(notes) - 0.11
    for line in notes:
        figure.text(
            left, at / height, line, fontsize=SMALL_PT, fontfamily=LETTERS, parse_math=False, color="0.25"
        )
        at -= SMALL_LINE_IN
