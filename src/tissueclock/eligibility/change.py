"""One fact's part of a change, in words: `core_ml 71 -> below 70 mL`, and how far that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tissueclock.core.exact import exact
from tissueclock.eligibility.moves import Move
from tissueclock.eligibility.wording import printed_number
from tissueclock.facts.case import Fact
from tissueclock.facts.definition import FactValue, Kind
from tissueclock.facts.vocabulary import definition_of

_DECIMALS, _MOST_DECIMALS = 2, 6
"""Of a limit with more digits (98 / 1.8 mL), rounded so that what is said stays true; and of any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Another value of one fact.

    `before` and `after` are in print; `value`, one value that `after` describes, was verified.
    For numbers `distance` is how far the limit lies, in `unit`, and `share` that as a share of the present
    value; `of_interval` is it as a part of the way to the end of the fact's interval (under 1: the limit lies
    inside it), None where none is known.
    """

    name: str
    before: str
    after: str
    value: FactValue
    unit: str
    distance: Fraction | None = None
    share: Fraction | None = None
    of_interval: Fraction | None = None

    def text(self) -> str:
        """Return the change in words."""
        return f"{self.name} {self.before} -> {self.after}"

    def distance_text(self) -> str:
        """Return how far it is, with the interval where one is known; empty for words."""
        if self.distance is None:
            return ""
        text = _away(self.distance, self.unit) if self.distance else "at the limit"
        if self.of_interval is None:
            return text
        if not self.distance:
            return f"{text}, inside its interval"
        if self.of_interval < 1:
            return f"{text}, inside its interval ({float(self.of_interval):.2g} of the way to its end)"
        return f"{text}, {float(self.of_interval):.2g} times as far as its interval reaches"

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "fact": self.name,
            "before": self.before,
            "after": self.after,
            "example": _plain(self.value),
            "unit": self.unit,
            "distance": _plain(self.distance),
            "distance_share": _plain(self.share),
            "distance_of_interval": _plain(self.of_interval),
        }


def change_of(fact: Fact, first: Move, last: Move, stop: Move | None) -> Change:
    """Return the change of `fact` by the move `first`.

    `last` is the farthest move that has the same effect, `stop` the one after it, which has not (or None).
    """
    return Change(
        name=fact.name,
        before=_printed(fact, first),
        after=_after(first, last, stop),
        value=first.value,
        unit=fact.unit,
        distance=first.distance,
        share=None if first.distance is None else first.share,
        of_interval=_of_interval(fact, first),
    )


def shown(value: object) -> str:
    """Return a value that is no number in print."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(sorted(value)) or "none") if isinstance(value, frozenset) else str(value)


def _printed(fact: Fact, move: Move) -> str:
    value = fact.value
    if move.edge is None or isinstance(value, (str, frozenset, bool)) or value is None:
        return shown(value)
    return printed_number(value, (move.edge,), 1 if fact.unit else 2)


def _after(first: Move, last: Move, stop: Move | None) -> str:
    """Return the values that have the effect, as far as the next limit that ends it."""
    if first.edge is None:
        return shown(first.value)
    unit = definition_of(first.name).unit
    if last is first and stop is not None and _is_alone(first, stop):
        return f"{_decimal(first.edge, first.way)} {unit}".rstrip()
    near = _near(first.edge, first.way, unit, beyond=first.beyond)
    far = "" if stop is None else _far(last, stop)
    return f"{near}, {far}" if far else near


def _is_alone(first: Move, stop: Move) -> bool:
    """Tell whether only one number has the effect: a limit itself, or one whole number."""
    if definition_of(first.name).kind is Kind.INTEGER:
        return first.edge is not None and stop.edge is not None and abs(stop.edge - first.edge) == 1
    return not first.beyond


def _near(edge: Fraction, way: int, unit: str, *, beyond: bool) -> str:
    number = f"{_decimal(edge, way)} {unit}".rstrip()
    if beyond:
        return f"{'above' if way > 0 else 'below'} {number}"
    return f"{number} or {'more' if way > 0 else 'less'}"


def _far(last: Move, stop: Move) -> str:
    """Return where the stretch of values ends: before the next limit, or at the last one."""
    if last.beyond and stop.edge is not None:
        return f"{'below' if stop.way > 0 else 'above'} {_decimal(stop.edge, -stop.way)}"
    return (
        f"{'up' if last.way > 0 else 'down'} to {_decimal(last.edge, -last.way)}"
        if last.edge is not None
        else ""
    )


def _decimal(number: Fraction, way: int) -> str:
    """Return a number as a decimal; one with more digits is rounded in the direction `way`."""
    for digits in range(_MOST_DECIMALS + 1):
        if (number * 10**digits).denominator == 1:
            return f"{float(number):.{digits}f}"
    scaled = number * 10**_DECIMALS
    units = math.ceil(scaled) if way > 0 else math.floor(scaled)
    return f"{float(Fraction(units, 10**_DECIMALS)):.{_DECIMALS}f}".rstrip("0").rstrip(".")


def _away(distance: Fraction, unit: str) -> str:
    number = _decimal(distance, 1)
    one = unit[:-1] if number == "1" and len(unit) > 1 and unit.endswith("s") else unit
    return f"{number} {one}".rstrip() + " away"


def _of_interval(fact: Fact, move: Move) -> Fraction | None:
    if fact.interval is None or move.distance is None or fact.value is None:
        return None
    if isinstance(fact.value, (str, frozenset)):
        return None
    room = abs(exact(fact.interval[1 if move.way > 0 else 0]) - exact(fact.value))
    return move.distance / room if room else None


def _plain(value: object) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    return sorted(value) if isinstance(value, frozenset) else value
