"""Do the volumes, the mismatch and the ratio of a case fit together, within the rounding of their digits?

A typed number stands for every number that rounds to it: 50 for 49.5 to 50.5, 1.8 for 1.75 to 1.85. Facts
contradict each other if no core and no hypoperfused volume lie within all of them. All arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from tissueclock.core.errors import InputError
from tissueclock.core.exact import Number, exact, rounding
from tissueclock.facts.case import CaseFacts, Fact

Span = tuple[Fraction, Fraction]
"""The lowest and the highest number that a fact stands for."""

Line = tuple[Fraction, Fraction]
"""A bound on the hypoperfused volume that is linear in the core volume: slope and offset."""

Related = tuple[str, str, str, str]
"""The facts that define each other: the core, a volume, their difference and their ratio."""

LADDER = ("tmax2_ml", "tmax4_ml", "tmax6_ml", "tmax8_ml", "tmax10_ml")
"""Volumes each of which lies inside the one before."""

RELATED = (
    ("core_ml", "hypoperfused_ml", "mismatch_ml", "mismatch_ratio"),
    ("core_ml", "tmax2_ml", "mismatch_tmax2_ml", "mismatch_ratio_tmax2"),
)
"""Every core and volume whose difference and ratio are facts."""

_FLOAT_NOISE = Fraction(1, 10**9)  # relative; a float is a measurement whose last digits are noise
_ZERO = Fraction(0)


def number_of(fact: Fact) -> Number:
    """Return the value of a numeric fact; raises ValueError where it has none."""
    if fact.value is None or isinstance(fact.value, (str, frozenset)):
        raise ValueError(f"'{fact.name}' has no number")
    return fact.value


def span_of(fact: Fact) -> Span:
    """Return the span of a numeric fact; raises ValueError where it has no value."""
    number = number_of(fact)
    middle, slack = exact(number), rounding(number)
    if isinstance(number, float):
        slack = max(slack, abs(middle) * _FLOAT_NOISE)
    return middle - slack, middle + slack


def known_span(case: CaseFacts, name: str) -> Span | None:
    """Return the span of a numeric fact of the case, None where rules do not see a value."""
    fact = case.get(name)
    return None if fact is None or fact.known is None or fact.infinite else span_of(fact)


def check_ladder(case: CaseFacts) -> None:
    """Raise InputError if more tissue is above a longer Tmax than above a shorter one."""
    for shorter, longer in combinations(LADDER, 2):
        low, high = known_span(case, shorter), known_span(case, longer)
        if low and high and low[1] < high[0]:
            raise InputError(
                f"{_shown(case, longer)} is more than {_shown(case, shorter)}, which includes it.",
                remedy="Correct one of them.",
            )


def check_volumes(case: CaseFacts) -> None:
    """Raise InputError if core, hypoperfused volume, mismatch and ratio contradict each other.

    Tmax above 2 s has a mismatch and a ratio of its own, checked the same way.
    """
    for names in RELATED:
        if _feasible(case, names):
            continue
        given = [_shown(case, name) for name in names if name in case and case[name].known is not None]
        raise InputError(
            f"{', '.join(given)} contradict each other by more than the rounding of their digits.",
            remedy="Correct them, or leave out the mismatch and the ratio: they follow from the volumes.",
        )


def _feasible(case: CaseFacts, names: Related) -> bool:
    """Tell whether some core volume lets every bound on the hypoperfused volume hold.

    Each pair of a lower and an upper bound is one linear inequality in the core volume, so that together
    they leave an interval of it, possibly empty.
    """
    low, high = known_span(case, names[0]) or (_ZERO, None)
    low = max(low, _ZERO)
    ratio = case.get(names[3])
    if ratio is not None and ratio.infinite and ratio.known is not None:
        high = _ZERO if high is None else min(high, _ZERO)
    for lower, upper in _pairs(case, names):
        slope, room = lower[0] - upper[0], upper[1] - lower[1]  # slope * core <= room
        if slope == 0 and room < 0:
            return False
        if slope > 0:
            high = room / slope if high is None else min(high, room / slope)
        if slope < 0:
            low = max(low, room / slope)
    return high is None or low <= high


def _pairs(case: CaseFacts, names: Related) -> Iterator[tuple[Line, Line]]:
    bounds = list(_bounds(case, names))
    lowers = [lower for lower, _ in bounds] + [(_ZERO, _ZERO)]
    return ((lower, upper) for lower in lowers for _, upper in bounds)


def _bounds(case: CaseFacts, names: Related) -> Iterator[tuple[Line, Line]]:
    """Yield (lower, upper) bounds on the hypoperfused volume, one pair a known fact."""
    volume, difference, ratio = (known_span(case, name) for name in names[1:])
    if volume:
        yield (_ZERO, volume[0]), (_ZERO, volume[1])
    if difference:
        yield (Fraction(1), difference[0]), (Fraction(1), difference[1])
    if ratio:
        yield (ratio[0], _ZERO), (ratio[1], _ZERO)


def _shown(case: CaseFacts, name: str) -> str:
    return f"{name} = {shown_value(case[name])}"


def shown_value(fact: Fact) -> str:
    """Return the value as it was typed, for a message."""
    if fact.infinite:
        return "infinite"
    if isinstance(fact.value, Fraction):
        return f"{float(fact.value):.6g}"
    return ", ".join(sorted(fact.value)) if isinstance(fact.value, frozenset) else str(fact.value)
