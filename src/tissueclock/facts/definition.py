"""What a fact is: its name, kind, unit, plausible range and meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

FactValue = bool | int | float | Decimal | Fraction | str | frozenset[str]
"""What a fact may hold.

A Decimal is a number as a person wrote it, with its digits; a Fraction is an exact number, for example a
ratio derived from two decimals; a float is a measurement.
"""

_MOST_DECIMALS = (
    30  # our choice: no measurement has more, and exact arithmetic on such numbers takes for ever
)


class Kind(Enum):
    """The kind of value that a fact holds."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactDefinition:
    """One entry of the vocabulary.

    `label` is the short name in a sentence; `low` and `high` bound what is plausible (both included), not
    what is eligible; `choices` lists the words of a CHOICE or SET; `synonyms` are the names under which
    exports of others know the fact; `other_units` lists (unit, factor into this fact's unit) where the factor
    belongs to what is measured, as for mg/dL and mmol/L.
    """

    name: str
    label: str
    kind: Kind
    definition: str
    source: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    other_units: tuple[tuple[str, Fraction], ...] = ()
    may_be_infinite: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the fact is a number (NUMBER or INTEGER)."""
        return self.kind in (Kind.NUMBER, Kind.INTEGER)

    def complaint(self, value: object) -> str:
        """Return what is wrong with `value` as this fact, or an empty string."""
        if self.kind is Kind.BOOLEAN:
            return "" if isinstance(value, bool) else "must be true or false"
        if self.kind is Kind.CHOICE:
            known = isinstance(value, str) and value in self.choices
            return "" if known else f"must be one of {', '.join(self.choices)}"
        if self.kind is Kind.SET:
            return self._complaint_about_set(value)
        return self._complaint_about_number(value)

    def _complaint_about_set(self, value: object) -> str:
        if not isinstance(value, frozenset) or not value <= set(self.choices):
            return f"must be a list of words out of {', '.join(self.choices)}"
        return ""

    def _complaint_about_number(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, Fraction)):
            return "must be a number"
        if not _is_finite(value):
            return "must be finite"
        if _has_too_many_decimals(value):
            return f"must have at most {_MOST_DECIMALS} decimals"
        if self.kind is Kind.INTEGER and value != int(value):
            return "must be a whole number"
        if self.low is not None and value < self.low:
            return f"is below what is plausible ({_with_unit(self.low, self.unit)})"
        if self.high is not None and value > self.high:
            return f"is above what is plausible ({_with_unit(self.high, self.unit)})"
        return ""


def _is_finite(value: int | float | Decimal | Fraction) -> bool:
    return isinstance(value, (int, Fraction)) or math.isfinite(value)


def _has_too_many_decimals(value: int | float | Decimal | Fraction) -> bool:
    return isinstance(value, Decimal) and -int(value.as_tuple().exponent) > _MOST_DECIMALS


def _with_unit(limit: float, unit: str) -> str:
    return f"{limit:g} {unit}".strip()
