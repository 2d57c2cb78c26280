"""Facts that follow from one another: what one changes to change a fact, and what changes with it.

The mismatch and its ratio follow from two volumes, the hypoperfused volume from Tmax > 6 s where it was taken
from there, glucose in one unit from the other, and whether a patient meets another trial's rule from what it
reads. `following` is the fast way (what rules may read), `changed` the slow one (a whole case, through
`eligibility.predicates.derived`); they must agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any

from tissueclock.eligibility.decide import Readable
from tissueclock.eligibility.predicates import derived, registered_predicates
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.clinical_facts import GLUCOSE_MG_DL_PER_MMOL_L
from tissueclock.facts.definition import FactValue
from tissueclock.protocol.model import Criterion
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.rule import facts_of

CORE, HYPOPERFUSED, TMAX6 = "core_ml", "hypoperfused_ml", "tmax6_ml"
MISMATCH, RATIO = "mismatch_ml", "mismatch_ratio"
FROM_VOLUMES = (MISMATCH, RATIO)
GLUCOSE: Mapping[str, tuple[str, Fraction]] = MappingProxyType(
    {
        "glucose_mg_dl": ("glucose_mmol_l", 1 / GLUCOSE_MG_DL_PER_MMOL_L),
        "glucose_mmol_l": ("glucose_mg_dl", GLUCOSE_MG_DL_PER_MMOL_L),
    }
)
"""The same fact in the other unit, and the factor to it."""

_DERIVED = "criteria of "
"""How the source of a derived predicate begins."""

_SOURCE = "changed, to see what the verdict would be"


def hypoperfused_root(case: CaseFacts) -> str:
    """Return the fact behind the hypoperfused volume: `tmax6_ml` where the two are the same number."""
    tmax6, volume = case.known(TMAX6), case.known(HYPOPERFUSED)
    return TMAX6 if tmax6 is not None and tmax6 == volume else HYPOPERFUSED


def has_volumes(case: CaseFacts) -> bool:
    """Tell whether both volumes are known, so that mismatch and ratio follow from them."""
    return case.known(CORE) is not None and case.known(HYPOPERFUSED) is not None


def roots(case: CaseFacts, name: str) -> tuple[str, ...]:
    """Return the facts that one changes to change the fact called `name`: itself, if nothing is behind it."""
    if name in FROM_VOLUMES and has_volumes(case):
        return (CORE, hypoperfused_root(case))
    if name == HYPOPERFUSED:
        return (hypoperfused_root(case),)
    if name in GLUCOSE:
        return (_glucose_root(case, name),)
    if name in case and _is_predicate(case, name):
        read = (fact for item in predicate_criteria()[name] for fact in facts_read(item))
        return tuple(dict.fromkeys(root for fact in read for root in roots(case, fact)))
    return (name,)


def following(case: CaseFacts, seen: Readable, name: str, value: Any) -> Readable:
    """Return what rules may read once the fact `name` of `case` has another value, with all that follows."""
    after = {**seen, name: value}
    if name in (CORE, HYPOPERFUSED, TMAX6):
        if name == TMAX6 and _is_copied(case):
            after[HYPOPERFUSED] = value
        _follow_volumes(after)
    if name in GLUCOSE:
        other, factor = GLUCOSE[name]
        after[other] = value * factor
    _follow_predicates(case, after, name)
    return after


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


def facts_read(criterion: Criterion) -> tuple[str, ...]:
    """Return the facts that a criterion and its condition read."""
    condition = criterion.applies_when
    return (*criterion.facts, *(facts_of(condition) if condition is not None else ()))


def changed(case: CaseFacts, values: Mapping[str, FactValue]) -> CaseFacts:
    """Return the complete case with other values for some facts, known as if a person had typed them.

    Raises InputError if the values are implausible or contradict the other facts.
    """
    stale = _stale(case, frozenset(values))
    kept = (fact for name, fact in case.items() if name not in stale and name not in values)
    typed = (Fact(name=name, value=value, source=_SOURCE) for name, value in values.items())
    return derived(CaseFacts.of([*kept, *typed]))


def _is_copied(case: CaseFacts) -> bool:
    """Tell whether the hypoperfused volume is, or would be, that of Tmax > 6 s."""
    volume = case.get(HYPOPERFUSED)
    return volume is None or volume.value is None or hypoperfused_root(case) == TMAX6


def _glucose_root(case: CaseFacts, name: str) -> str:
    other = GLUCOSE[name][0]
    if case.known(name) is None or case.known(other) is None:
        return other if case.known(other) is not None else "glucose_mg_dl"
    return other if case[name].source == f"{other}, converted" else name


def _follow_volumes(seen: dict[str, Any]) -> None:
    if CORE not in seen or HYPOPERFUSED not in seen:
        return
    core, volume = Fraction(seen[CORE]), Fraction(seen[HYPOPERFUSED])
    seen[MISMATCH] = volume - core
    if core:
        seen[RATIO] = volume / core
    elif volume:
        seen[RATIO] = math.inf
    else:
        seen.pop(RATIO, None)


def _stale(case: CaseFacts, names: frozenset[str]) -> frozenset[str]:
    """Return what was derived from the facts that change, and has to be derived anew."""
    stale = {GLUCOSE[name][0] for name in names if name in GLUCOSE}
    if names & {CORE, HYPOPERFUSED, TMAX6} and has_volumes(case):
        stale |= set(FROM_VOLUMES)
    if TMAX6 in names and hypoperfused_root(case) == TMAX6:
        stale.add(HYPOPERFUSED)
    stale |= {name for name in predicate_criteria() if name in case and _is_predicate(case, name)}
    return frozenset(stale)


def _is_predicate(case: CaseFacts, name: str) -> bool:
    """Tell whether a fact was derived from another trial's criteria, and not typed."""
    return name in predicate_criteria() and case[name].source.startswith(_DERIVED)


def _follow_predicates(case: CaseFacts, seen: dict[str, Any], changed_name: str) -> None:
    for name, test in registered_predicates().items():
        if name != changed_name and (name not in case or _is_predicate(case, name)):
            answer = test(seen)
            seen.pop(name, None)
            if answer is not None:
                seen[name] = answer
