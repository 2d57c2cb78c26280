"""Two sources of volumes of the same cases, compared: every measure, and the verdict of every rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tissueclock.core.errors import InputError
from tissueclock.evidence.agreement.pairs import agreement
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.vocabulary import definition_of, is_imaging, vocabulary
from tissueclock.pipeline.compare_rules import Both, rule_agreements
from tissueclock.pipeline.volumes import read_volumes
from tissueclock.report.comparison import Comparison, Measure, Pair


def compare_volumes(ours: Path, theirs: Path) -> Comparison:
    """Compare two sources case by case; raises UsageError or InputError where one cannot be read.

    Differences are ours minus theirs, of the values as given, unrounded. A case is the same case where its id
    is the same, letter by letter.
    """
    return compare_cases(read_volumes(ours), read_volumes(theirs))


def compare_cases(ours: Mapping[str, CaseFacts], theirs: Mapping[str, CaseFacts]) -> Comparison:
    """Compare complete cases by id; raises InputError where both share no id, or nothing measured."""
    both = {case: (facts, theirs[case]) for case, facts in ours.items() if case in theirs}
    if not both:
        raise InputError(
            f"no case id is in both: ours has {len(ours)} cases, theirs {len(theirs)}.",
            remedy="Check the columns of ids: they must be written alike.",
        )
    measures = _measures(both)
    rules, silent = rule_agreements(both)
    if not measures and not rules:
        raise InputError(
            "no imaging fact is known on both sides of any case.",
            remedy="Name the columns as facts: core_ml, hypoperfused_ml; the reference of facts lists all.",
        )
    return Comparison(
        both=len(both),
        only_ours=tuple(case for case in ours if case not in theirs),
        only_theirs=tuple(case for case in theirs if case not in ours),
        measures=measures,
        rules=rules,
        silent=silent,
    )


def _measures(both: Both) -> tuple[Measure, ...]:
    names = [name for name, item in vocabulary().items() if item.numeric and is_imaging(name)]
    found = {measure.name: measure for name in names if (measure := _measure(name, both))}
    tmax6, hypoperfused = found.get("tmax6_ml"), found.get("hypoperfused_ml")
    if tmax6 and hypoperfused and tmax6.pairs == hypoperfused.pairs:
        del found["tmax6_ml"]  # the same numbers, which one of the two names stands for
    return tuple(found.values())


def _measure(name: str, both: Both) -> Measure | None:
    """Return the agreement of one quantity, None where no case has it as a number on both sides."""
    pairs, left_out = [], Counter[str]()
    for case, (ours, theirs) in both.items():
        reason = _reason(ours.get(name), theirs.get(name))
        if reason:
            left_out[reason] += 1
        else:
            pairs.append(Pair(case=case, ours=_number(ours[name]), theirs=_number(theirs[name])))
    if not pairs:
        return None
    definition = definition_of(name)
    return Measure(
        name=name,
        label=definition.label,
        unit=definition.unit,
        pairs=tuple(pairs),
        agreement=agreement([pair.ours for pair in pairs], [pair.theirs for pair in pairs]),
        left_out=dict(left_out),
    )


def _reason(ours: Fact | None, theirs: Fact | None) -> str:
    """Return why a pair has no difference, empty where it has one."""
    facts = (ours, theirs)
    if any(fact is None or (fact.value is None and not fact.infinite) for fact in facts):
        return "unknown on a side"
    if any(fact and fact.withheld_by for fact in facts):
        return "withheld by a quality gate"
    return "infinite (core of 0 mL)" if any(fact and fact.infinite for fact in facts) else ""


def _number(fact: Fact) -> float:
    """Return the value of a fact that has a number; its kind was asked for before."""
    return float(fact.value)  # type: ignore[arg-type]
