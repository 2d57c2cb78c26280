"""Invented cases at and near the limits of trials, most of them eligible but for one criterion.

Cases that are random throughout would nearly all be ineligible for many reasons, and would test little.
The generator is seeded and is the standard library's own: the same seed gives the same cases anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from tissueclock.eligibility.decide import Gate, Readable, comparable, gates_of, readable
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.definition import Kind
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.rule import Leaf, Rule, Within, leaves

_SHARE_BUT_FOR_ONE = 0.7
"""Our choice: the cases that lack one criterion of their trial; the others vary in up to four facts."""

_SHARE_WITHHELD = 0.1
_MOST_CHANGES, _MOST_TRIES = 4, 50
_SOURCE = "invented"

_Change = Fact | str
"""A fact to put into a case, or the name of one to take out."""


@dataclass(frozen=True, slots=True)
class Invented:
    """A case, the trial that it was made for, and the one gate that it does not pass ("" for none sought)."""

    trial: str
    facts: CaseFacts
    lacks: str


@dataclass(frozen=True, slots=True)
class _Start:
    """A trial: its eligible worked cases, its gates, and the changes that each gate's comparisons suggest."""

    trial: Protocol
    cases: tuple[tuple[CaseFacts, Readable], ...]
    gates: Mapping[str, Gate]
    changes: Mapping[str, tuple[_Change, ...]]


def invented_cases(protocols: Sequence[Protocol], seed: int, count: int) -> Iterator[Invented]:
    """Yield `count` cases, turn by turn made from eligible worked cases of each trial.

    Raises ValueError if a trial has no eligible worked case.
    """
    random = Random(seed)  # noqa: S311 - invented patients, not secrets
    starts = [_start(trial) for trial in protocols]
    for number in range(count):
        start = starts[number % len(starts)]
        case, seen = random.choice(start.cases)
        one = _but_for_one(start, seen, random) if random.random() < _SHARE_BUT_FOR_ONE else None
        if one is None:
            yield Invented(start.trial.id, _varied(start, case, random), "")
        else:
            yield Invented(start.trial.id, _changed(case, one[1]), one[0])


def _start(trial: Protocol) -> _Start:
    cases = [derived(case.facts()) for case in trial.cases if case.expect == "eligible"]
    if not cases:
        raise ValueError(f"'{trial.id}' has no eligible worked case")
    return _Start(
        trial,
        tuple((case, readable(case)) for case in cases),
        gates_of(trial),
        {item.id: tuple(_changes(item.rule)) for item in trial.criteria},
    )


def _changes(rule: Rule) -> Iterator[_Change]:
    for leaf in leaves(rule):
        yield from _values(leaf)
        yield leaf.fact


def _but_for_one(start: _Start, seen: Readable, random: Random) -> tuple[str, _Change] | None:
    """Return a gate and a change after which no other gate stands in the way; None if none was found."""
    for _ in range(_MOST_TRIES):
        name = random.choice(tuple(start.gates))
        change = random.choice(start.changes[name])
        after = {key: value for key, value in seen.items() if key != _name(change)}
        if isinstance(change, Fact):
            after[change.name] = comparable(change.known)
        if [gate for gate, ask in start.gates.items() if not ask(after)] == [name]:
            return name, change
    return None


def _varied(start: _Start, case: CaseFacts, random: Random) -> CaseFacts:
    """Return the case with a few facts that the trial reads at or near a limit, withheld, or gone."""
    for _ in range(random.randint(0, _MOST_CHANGES)):
        change = random.choice(random.choice(tuple(start.changes.values())))
        if isinstance(change, Fact) and random.random() < _SHARE_WITHHELD:
            change = change.withheld(("invented-gate",))
        case = _changed(case, change)
    return case


def _changed(case: CaseFacts, change: _Change) -> CaseFacts:
    if isinstance(change, Fact):
        return case.with_facts(change)
    return CaseFacts({name: fact for name, fact in case.items() if name != change})


def _name(change: _Change) -> str:
    return change.name if isinstance(change, Fact) else change


def _values(leaf: Leaf) -> tuple[Fact, ...]:
    """Return facts on every side of a comparison, in every kind of number that facts come in."""
    definition = definition_of(leaf.fact)
    values: list[Any]
    if isinstance(leaf, Within):
        step = Decimal(1) if definition.kind is Kind.INTEGER else Decimal("0.01")
        near = [Decimal(limit) + shift * step for limit in leaf.limits for shift in (-1, 0, 1)]
        near = [value for value in near if not definition.complaint(value)]
        values = [int(value) if definition.kind is Kind.INTEGER else value for value in near]
        if definition.kind is Kind.NUMBER:
            values += [float(value) for value in near] + [Fraction(value) for value in near]
    elif definition.kind is Kind.BOOLEAN:
        values = [True, False]
    elif definition.kind is Kind.CHOICE:
        values = list(definition.choices)
    else:
        values = [frozenset(), *(frozenset([word]) for word in definition.choices)]
    facts = [Fact(name=leaf.fact, value=value, source=_SOURCE) for value in values]
    if definition.may_be_infinite:
        facts.append(Fact(name=leaf.fact, value=None, infinite=True, source=_SOURCE))
    return tuple(facts)
