"""Facts that follow from one another: what one changes to change a fact, and the case after a change.

What follows by definition is one table, `facts.dependency`; the predicates of trials are added here, which
follow from what their criteria read. `changed` starts from what was typed or measured and derives all else
anew (`eligibility.predicates.derived`); `eligibility.view` is the fast way to the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.definition import FactValue
from tissueclock.facts.dependency import DEPENDENCIES, follows_from, same_as
from tissueclock.protocol.model import Criterion
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.rule import facts_of

_DERIVED = "criteria of "
"""How the source of a derived predicate begins."""

_SOURCE = "changed, to see what the verdict would be"


@cache
def predicate_criteria() -> Mapping[str, tuple[Criterion, ...]]:
    """Return the criteria behind each fact that says whether a patient meets another trial's rule."""
    return MappingProxyType(
        {
            item.fact: tuple(found for found in trial.criteria if found.id in item.criteria)
            for trial in protocols().values()
            for item in trial.predicates
        }
    )


@cache
def predicate_reads() -> Mapping[str, tuple[str, ...]]:
    """Return the facts that the criteria of each predicate read."""
    return MappingProxyType(
        {
            name: tuple(dict.fromkeys(fact for item in criteria for fact in facts_read(item)))
            for name, criteria in predicate_criteria().items()
        }
    )


def facts_read(criterion: Criterion) -> tuple[str, ...]:
    """Return the facts that a criterion and its condition read."""
    condition = criterion.applies_when
    return (*criterion.facts, *(facts_of(condition) if condition is not None else ()))


def behind(case: CaseFacts, name: str) -> tuple[str, ...]:
    """Return the facts that `name` of `case` was derived from, predicates included; none if it was typed."""
    if name in predicate_criteria() and name in case and case[name].source.startswith(_DERIVED):
        return predicate_reads()[name]
    return follows_from(case, name)


def roots(case: CaseFacts, name: str) -> tuple[str, ...]:
    """Return the facts that one changes to change the fact called `name`: itself, if nothing is behind it."""
    found, waiting = dict.fromkeys((name,)), [name]
    while waiting:
        fresh = [other for other in behind(case, waiting.pop()) if other not in found]
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return tuple(other for other in found if not behind(case, other))


@cache
def reach(name: str) -> frozenset[str]:
    """Return the fact called `name` and every one that can follow from it, in any case."""
    found, waiting = {name}, [name]
    while waiting:
        one = waiting.pop()
        after = {item.name for item in DEPENDENCIES if one in item.behind}
        after |= {predicate for predicate, reads in predicate_reads().items() if one in reads}
        waiting += after - found
        found |= after
    return frozenset(found)


def typed(case: CaseFacts) -> CaseFacts:
    """Return the case as it was typed or measured, without what follows."""
    return CaseFacts.of(fact for name, fact in case.items() if not behind(case, name))


def changed(case: CaseFacts, values: Mapping[str, FactValue]) -> CaseFacts:
    """Return the complete case with other values for some facts, known as if a person had typed them.

    Raises InputError if the values are implausible or contradict the other facts.
    """
    gone = {*values, *(other for name in values for other in same_as(name))}
    kept = (fact for name, fact in typed(case).items() if name not in gone)
    new = (Fact(name=name, value=value, source=_SOURCE) for name, value in values.items())
    return derived(CaseFacts.of([*kept, *new]))
