"""Why a comparison holds or not, in one sentence whose printed number never contradicts the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import count

from tissueclock.core.exact import Number, exact
from tissueclock.core.truth import Truth
from tissueclock.facts.case import Fact
from tissueclock.facts.definition import FactDefinition
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.rule import Is, Leaf, OneOf, Within

_MOST_TYPED_DECIMALS = 4  # our choice: a number with more is a measurement, and is rounded in print


def sentence(leaf: Leaf, fact: Fact | None, truth: Truth) -> str:
    """Return the reason for the truth of a comparison, with the value, unit and limit that it used."""
    definition = definition_of(leaf.fact)
    if truth is Truth.UNKNOWN or fact is None:
        return absence(leaf.fact, fact)
    if isinstance(leaf, Is):
        said = f" ({fact.reason})" if fact.reason else ""
        return f"{definition.label}: {'yes' if fact.value else 'no'}{said}"
    if isinstance(leaf, OneOf):
        among = "is among" if truth is Truth.YES else "is not among"
        return f"{definition.label} {_words(leaf, fact)} {among} {', '.join(sorted(leaf.words))}"
    return f"{definition.label} {_position(leaf, fact, definition)}"


def absence(name: str, fact: Fact | None) -> str:
    """Return why rules cannot read the fact called `name`."""
    label = definition_of(name).label
    start = label if label.lower() == name else f"{label} ({name})"
    if fact is None:
        return f"{start} is not stated"
    if fact.withheld_by:
        return f"{start} is withheld by {', '.join(fact.withheld_by)}"
    return f"{start} is unknown: {fact.reason}"


def printed_number(value: Number, limits: Sequence[Number], decimals: int) -> str:
    """Return `value` rounded to `decimals`, or to as many more as put it on its own side of every limit.

    A number that a person typed, or a whole one, is printed as it is.
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and -int(value.as_tuple().exponent) <= _MOST_TYPED_DECIMALS:
        return f"{value:f}"
    number, borders = exact(value), [exact(limit) for limit in limits]
    for digits in count(decimals):
        units = round(number * 10**digits)
        rounded = Fraction(units, 10**digits)
        if all(_side(rounded, border) == _side(number, border) for border in borders):
            return f"{Decimal(units).scaleb(-digits):f}"
    raise AssertionError("unreachable: with enough digits a number is on its own side")


def _side(number: Fraction, border: Fraction) -> int:
    return (number > border) - (number < border)


def _words(leaf: OneOf, fact: Fact) -> str:
    if isinstance(fact.value, frozenset):
        shared = fact.value & leaf.words
        return ", ".join(sorted(shared or fact.value)) or "(none)"
    return str(fact.value)


def _position(leaf: Within, fact: Fact, definition: FactDefinition) -> str:
    if fact.infinite:
        return "is infinite, above every limit"
    value = fact.value
    if value is None or isinstance(value, (str, frozenset)):
        raise TypeError(f"'{fact.name}' is not a number")
    number = printed_number(value, leaf.limits, 1 if definition.unit else 2)
    return f"{_with_unit(number, definition)} {_relation(leaf, exact(value), definition)}"


def _relation(leaf: Within, number: Fraction, definition: FactDefinition) -> str:
    for limit, includes, beyond in (
        (leaf.low, leaf.includes_low, "above"),
        (leaf.high, leaf.includes_high, "below"),
    ):
        if limit is not None and number == exact(limit):
            at = "is at" if includes else f"is at, not {beyond},"
            return f"{at} the limit of {_with_unit(limit, definition)}"
    if leaf.low is not None and leaf.high is not None and exact(leaf.low) < number < exact(leaf.high):
        return f"lies between {leaf.low} and {_with_unit(leaf.high, definition)}"
    nearest = min(leaf.limits, key=lambda limit: abs(number - exact(limit)))
    side = "above" if number > exact(nearest) else "below"
    return f"is {side} the limit of {_with_unit(nearest, definition)}"


def _with_unit(number: object, definition: FactDefinition) -> str:
    return f"{number} {definition.unit}".strip()
