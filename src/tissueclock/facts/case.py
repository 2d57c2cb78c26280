"""The case: what is known about one patient, as facts by name. Nothing unknown ever reads as known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.definition import FactDefinition, FactValue
from tissueclock.facts.vocabulary import definition_of


class Infinite:
    """The value of a ratio whose denominator is zero: above every lower limit, below no upper one."""

    def __repr__(self) -> str:
        return "INFINITE"


INFINITE = Infinite()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact about a case.

    `value` None means unknown, with a `reason`, unless `infinite` is set. `interval` is a pair of numbers in
    the fact's unit. `withheld_by` names the quality gates that failed: the value is printed, but rules do
    not see it. Raises InputError if the name is not in the vocabulary, or the value has the wrong type or
    is implausible.
    """

    name: str
    value: FactValue | None
    source: str
    reason: str = ""
    infinite: bool = False
    interval: tuple[float, float] | None = None
    observed_at: str | None = None
    withheld_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        definition = definition_of(self.name)
        if isinstance(self.value, float):
            # A subclass of float (numpy has one) prints as something that is not a decimal.
            object.__setattr__(self, "value", float(self.value))
        if self.infinite and (self.value is not None or not definition.may_be_infinite):
            raise InputError(f"'{self.name}' cannot be infinite here.")
        if self.value is not None:
            _check_value(definition, self.value)
        elif not self.infinite and not self.reason:
            raise InputError(f"'{self.name}' is unknown without a reason.")
        if self.interval is not None:
            object.__setattr__(self, "interval", _checked_interval(definition, self.interval))

    @property
    def unit(self) -> str:
        """The unit, from the vocabulary."""
        return definition_of(self.name).unit

    @property
    def known(self) -> FactValue | Infinite | None:
        """What rules may read: the value, INFINITE, or None where it is unknown or withheld."""
        if self.withheld_by:
            return None
        return INFINITE if self.infinite else self.value

    def withheld(self, gates: tuple[str, ...]) -> Fact:
        """Return the fact as withheld by the failed gates (none given: unchanged)."""
        return replace(self, withheld_by=tuple(dict.fromkeys(self.withheld_by + gates))) if gates else self

    def to_json(self) -> dict[str, Any]:
        """Return the fact as in `result.json`."""
        document: dict[str, Any] = {
            "value": _json_value(self.value),
            "unit": self.unit,
            "interval": list(self.interval) if self.interval else None,
            "source": self.source,
        }
        if self.infinite:
            document["infinite"] = True
        if self.reason:
            document["reason"] = self.reason
        if self.observed_at:
            document["observed_at"] = self.observed_at
        if self.withheld_by:
            document |= {"withheld": True, "withheld_by": list(self.withheld_by)}
        return document


@dataclass(frozen=True, slots=True)
class CaseFacts(Mapping[str, Fact]):
    """The facts of one case by name; a name that is absent is unknown."""

    facts: Mapping[str, Fact]

    def __post_init__(self) -> None:
        if any(name != fact.name for name, fact in self.facts.items()):
            raise ValueError("a fact must stand under its own name")
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    @classmethod
    def of(cls, facts: Iterable[Fact] = ()) -> CaseFacts:
        """Build a case from facts; a name given twice is refused."""
        by_name: dict[str, Fact] = {}
        for fact in facts:
            if fact.name in by_name:
                raise InputError(f"'{fact.name}' is given twice.", remedy="Keep one of them.")
            by_name[fact.name] = fact
        return cls(by_name)

    def __getitem__(self, name: str) -> Fact:
        return self.facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def known(self, name: str) -> FactValue | Infinite | None:
        """Return what rules may read of `name`: None where it is absent, unknown or withheld.

        Raises InputError if no such fact exists in the vocabulary.
        """
        definition_of(name)
        fact = self.facts.get(name)
        return None if fact is None else fact.known

    def with_facts(self, *facts: Fact) -> CaseFacts:
        """Return the case with facts added or replaced."""
        return CaseFacts({**self.facts, **{fact.name: fact for fact in facts}})

    def to_json(self) -> dict[str, Any]:
        """Return the facts as in `result.json`, in this case's order."""
        return {name: fact.to_json() for name, fact in self.facts.items()}


def _check_value(definition: FactDefinition, value: FactValue) -> None:
    complaint = definition.complaint(value)
    if complaint:
        raise InputError(
            f"'{definition.name}'{_echo(value)} {complaint}.", remedy=f"Meaning: {definition.definition}."
        )


def _echo(value: object) -> str:
    # Texts and long numbers may be a name, a birth date or an ID that was typed into the wrong place.
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return ""
    return f" = {value}" if -1000 < float(value) < 1000 else ""


def _checked_interval(definition: FactDefinition, interval: tuple[float, float]) -> tuple[float, float]:
    low, high = float(interval[0]), float(interval[1])
    if not definition.numeric:
        raise InputError(f"'{definition.name}' is not a number and has no interval.")
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise InputError(
            f"the interval of '{definition.name}' must be two finite numbers, the lower one first."
        )
    return low, high


def _json_value(value: FactValue | None) -> Any:
    if isinstance(value, (Decimal, Fraction)):
        return float(value)
    return sorted(value) if isinstance(value, frozenset) else value
