"""The axis of effects: what it shows, where it is cut, and its ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tissueclock.evidence.meta.normal import Interval
from tissueclock.report.evidence.drawing import text_width_in
from tissueclock.report.evidence.forest.numbers import number
from tissueclock.report.evidence.forest.parts import Forest, Line, Mark
from tissueclock.report.format import compact
from tissueclock.report.plot import nice_ticks

_ROOM = 0.04  # of the axis, on both sides of what it shows
_BEYOND = math.log(4)
"""How far past the outermost estimate a long interval of a ratio is followed before a cut (our choice)."""
WIDEST_RATIO = 1e12
"""A larger ratio comes of numbers that cannot be, and would leave no room for others."""
_TICK_PT, _TICK_SPACE, _MOST_TICKS = 7.5, 1.35, 9
_RATIO_TICKS = (
    (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5),
    (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0),
    (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0),
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    (0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0),
    tuple(10.0**power for power in range(-6, 7)),
)
"""Round ratios, the densest first: those are taken that reach the ends of the axis and stand apart."""


Ticks = tuple[tuple[float, ...], tuple[str, ...]]
"""Round numbers and their labels."""


@dataclass(frozen=True, slots=True)
class Window:
    """The ends of the axis on the natural scale, and its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]

    def holds(self, value: float) -> bool:
        """Tell whether a value lies on the axis."""
        return self.low <= value <= self.high

    def clipped(self, ends: Interval) -> Interval:
        """Return the part of an interval that the axis shows; an interval beside it shrinks to an end."""
        low, high = (min(max(end, self.low), self.high) for end in ends)
        return low, high


def window_of(forest: Forest, width_in: float) -> Window:
    """Return the axis of a plot: all estimates and pooled intervals, and others as far as they are useful."""
    there, back = (math.log, math.exp) if forest.ratio else (_same, _same)
    low, high = _span(forest, there)
    room = _ROOM * (high - low)
    low, high = back(low - room), back(high + room)
    return Window(low, high, *ticks_between(low, high, width_in, ratio=forest.ratio))


def ticks_between(low: float, high: float, width_in: float, *, ratio: bool) -> Ticks:
    """Return round numbers between the ends, which stand apart, and their labels."""
    return _ratio_ticks(low, high, width_in) if ratio else _ticks(low, high, width_in)


def _same(value: float) -> float:
    return value


def _span(forest: Forest, there: Callable[[float], float]) -> Interval:
    """Return what is shown on the axis's own scale."""
    drawn = [line for line in forest.lines if line.mark is not Mark.NONE]
    core = [
        there(line.estimate) for line in drawn if line.estimate is not None and _can(line.estimate, forest)
    ]
    core += [there(end) for line in drawn if line.mark is Mark.DIAMOND for end in _ends(line, forest)]
    core += [there(forest.null)] if forest.null is not None else []
    low, high = min(core), max(core)
    reach = max(0.75 * (high - low), _BEYOND if forest.ratio else 0.0)
    whole = [there(end) for line in drawn for end in _ends(line, forest)] + core
    low, high = max(min(whole), low - reach), min(max(whole), high + reach)
    return (low, high) if high > low else (low - 1, high + 1)


def _ends(line: Line, forest: Forest) -> list[float]:
    return [end for end in line.ci or () if _can(end, forest)]


def _can(value: float, forest: Forest) -> bool:
    """Tell whether a value has a place on the scale: a ratio of 0 has none, nor one beyond all reason."""
    return math.isfinite(value) and (1 / WIDEST_RATIO < value < WIDEST_RATIO or not forest.ratio)


def _ratio_ticks(low: float, high: float, width_in: float) -> Ticks:
    for steps in _RATIO_TICKS:
        inside = tuple(tick for tick in steps if low <= tick <= high)
        reaches = steps[0] <= low * 1.5 and high <= steps[-1] * 1.5
        if reaches and len(inside) >= 2 and _stand_apart(inside, low, high, width_in):
            return inside, tuple(map(compact, inside))
    inside = tuple(tick for tick in nice_ticks(low, high, 3) if low <= tick <= high and tick > 0)
    return inside, tuple(map(compact, inside))


def _stand_apart(ticks: Sequence[float], low: float, high: float, width_in: float) -> bool:
    """Tell whether the labels of ratios leave room between each other."""
    if len(ticks) > _MOST_TICKS:
        return False
    scale = width_in / math.log(high / low)
    return _clear([scale * math.log(tick / low) for tick in ticks], list(map(compact, ticks)))


def _clear(places_in: Sequence[float], labels: Sequence[str]) -> bool:
    """Tell whether labels at these places, inches, leave room between each other."""
    widths = [text_width_in(label, _TICK_PT) for label in labels]
    return all(
        right - left >= _TICK_SPACE * (first + second) / 2
        for left, right, first, second in zip(places_in, places_in[1:], widths, widths[1:], strict=False)
    )


def _ticks(low: float, high: float, width_in: float) -> Ticks:
    """Return as many round numbers as stand apart, with the same decimals; two at least."""
    for target in range(7, 1, -1):
        ticks = tuple(tick for tick in nice_ticks(low, high, target) if low <= tick <= high)
        decimals = max((len(f"{tick:.10g}".partition(".")[2]) for tick in ticks), default=0)
        labels = tuple(number(tick, decimals) for tick in ticks)
        places = [width_in * (tick - low) / (high - low) for tick in ticks]
        if _clear(places, labels):
            break
    return ticks, labels
