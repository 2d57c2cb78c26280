"""What values a comparison leaves to its fact: intervals of numbers, or words and answers. All exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tissueclock.core.exact import exact
from tissueclock.facts.definition import FactDefinition, Kind
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.rule import Is, Leaf, OneOf, Within


@dataclass(frozen=True, slots=True, order=True)
class End:
    """One end of an interval: a number, and on which side of it the end lies (-1 before, +1 behind)."""

    number: Fraction
    side: int


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers between two ends; None is no end."""

    low: End | None
    high: End | None

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low is not None and self.high is not None and self.low >= self.high

    def and_(self, other: Interval) -> Interval:
        """Return the numbers that lie in both."""
        lows = [end for end in (self.low, other.low) if end is not None]
        highs = [end for end in (self.high, other.high) if end is not None]
        return Interval(max(lows, default=None), min(highs, default=None))

    def text(self) -> str:
        """Return the interval as people write it, for example `80 < .. <= 90`."""
        low = "" if self.low is None else f"{_shown(self.low)} {'<=' if self.low.side < 0 else '<'} "
        high = "" if self.high is None else f" {'<=' if self.high.side > 0 else '<'} {_shown(self.high)}"
        return f"{low}..{high}"


Numbers = tuple[Interval, ...]
"""Intervals that do not touch, the lowest first."""

Values = Numbers | frozenset[object]
"""What a fact may be: numbers, or words and answers. A SET fact has no Values: it holds several words."""


def values_of(leaf: Leaf) -> Values | None:
    """Return the values with which a comparison holds; None for a fact that holds several words."""
    definition = definition_of(leaf.fact)
    if isinstance(leaf, Is):
        return frozenset([leaf.answer])
    if isinstance(leaf, OneOf):
        return None if definition.kind is Kind.SET else frozenset(leaf.words)
    low = None if leaf.low is None else End(exact(leaf.low), -1 if leaf.includes_low else 1)
    high = None if leaf.high is None else End(exact(leaf.high), 1 if leaf.includes_high else -1)
    return both((Interval(low, high),), plausible(definition))


def others(leaf: Leaf) -> Values | None:
    """Return the plausible values with which a comparison does not hold."""
    held, definition = values_of(leaf), definition_of(leaf.fact)
    return None if held is None else without(plausible(definition), held)


def plausible(definition: FactDefinition) -> Values:
    """Return every value that the vocabulary allows."""
    if definition.kind is Kind.BOOLEAN:
        return frozenset([True, False])
    if not definition.numeric:
        return frozenset(definition.choices)
    low = None if definition.low is None else End(exact(definition.low), -1)
    high = None if definition.high is None else End(exact(definition.high), 1)
    return (Interval(low, high),)


def both(first: Values, second: Values) -> Values:
    """Return the values that lie in both."""
    if isinstance(first, frozenset) or isinstance(second, frozenset):
        return frozenset(first) & frozenset(second)
    crossed = (one.and_(other) for one in first for other in second)
    return tuple(interval for interval in crossed if not interval.empty)


def without(first: Values, second: Values) -> Values:
    """Return the values of the first that do not lie in the second."""
    if isinstance(first, frozenset) or isinstance(second, frozenset):
        return frozenset(first) - frozenset(second)
    left: Values = first
    for interval in second:
        outside = []
        if interval.low is not None:
            outside.append(Interval(None, interval.low))
        if interval.high is not None:
            outside.append(Interval(interval.high, None))
        left = both(left, tuple(outside))
    return left


def holdable(name: str, values: Values) -> bool:
    """Tell whether the fact can have one of the values: a whole number needs one inside the interval."""
    if isinstance(values, frozenset) or definition_of(name).kind is not Kind.INTEGER:
        return bool(values)
    return any(map(_has_whole_number, values))


def shown(values: Values) -> str:
    """Return the values in one line."""
    if isinstance(values, frozenset):
        return ", ".join(sorted(map(str, values)))
    return " or ".join(interval.text() for interval in values)


def limits(leaves: Iterable[Leaf]) -> list[Within]:
    """Return the comparisons of numbers."""
    return [leaf for leaf in leaves if isinstance(leaf, Within)]


def _has_whole_number(interval: Interval) -> bool:
    if interval.low is None or interval.high is None:
        return True
    first = -(-interval.low.number // 1)
    if first == interval.low.number and interval.low.side > 0:
        first += 1
    last = interval.high.number // 1
    if last == interval.high.number and interval.high.side < 0:
        last -= 1
    return first <= last


def _shown(end: End) -> str:
    return f"{float(end.number):g}"
