"""What is missing, ordered by how many trials one more fact would settle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.borders import borders_of
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.finding import unique
from tissueclock.eligibility.links import changed, predicate_criteria, predicate_reads, reach
from tissueclock.eligibility.moves import every_value
from tissueclock.eligibility.outcome import Assessment, Decision
from tissueclock.eligibility.view import View, predicates_missing
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.consistency import RELATED
from tissueclock.facts.dependency import same_as
from tissueclock.facts.vocabulary import definition_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFact:
    """A fact that is not known, and the trials (by id) that it matters to.

    `open_in`: a criterion is open for want of it. `settles`: trials, undetermined now, in which some value of
    it alone gives a definite verdict; `admits`: those among them in which some value makes the patient
    eligible, so that it is the last gap. `gives` are other missing facts that follow from it.
    """

    name: str
    open_in: tuple[str, ...]
    settles: tuple[str, ...]
    admits: tuple[str, ...]
    gives: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fact with counts and trials as JSON values."""
        return {
            "fact": self.name,
            "unit": definition_of(self.name).unit,
            "open": len(self.open_in),
            "settles": len(self.settles),
            "admits": len(self.admits),
            "open_in": list(self.open_in),
            "settles_in": list(self.settles),
            "admits_in": list(self.admits),
            "gives": list(self.gives),
        }


def missing_by_trials(
    asked: Sequence[Asked], case: CaseFacts, assessments: Sequence[Assessment]
) -> tuple[MissingFact, ...]:
    """Return every missing fact: those that settle most trials first, then those that admit to most.

    `case` is complete; `asked` and `assessments` belong together, one each a trial.
    """
    seen = View.of(case)
    pairs = [
        _Open(view, assessment, frozenset(_behind(case, seen, assessment.missing)))
        for view, assessment in zip(asked, assessments, strict=True)
    ]
    names = unique(name for assessment in assessments for name in assessment.missing)
    wanted = unique(_asked_for(case, seen, names))
    return tuple(sorted((_missing_fact(pairs, case, seen, name, names) for name in wanted), key=_place))


@dataclass(frozen=True, slots=True)
class _Open:
    """One trial with its assessment, and all that is missing, the facts behind derived ones included."""

    view: Asked
    assessment: Assessment
    missing: frozenset[str]


def _missing_fact(
    pairs: Sequence[_Open], case: CaseFacts, seen: View, name: str, names: Sequence[str]
) -> MissingFact:
    touched = [item for item in pairs if not item.missing.isdisjoint(reach(name))]
    gives: set[str] = set()
    settled: dict[str, frozenset[Decision]] = {}
    after: dict[Any, View] = {}
    for item in touched:
        values = _values(item.view, seen, name)
        after |= {value: seen.after(name, value) for value in values if value not in after}
        gives.update(other for value in values for other in after[value].seen.keys() - seen.seen.keys())
        if item.assessment.decision is Decision.UNDETERMINED:
            settled[item.assessment.trial] = _definite(
                item.view, case, name, {value: after[value] for value in values}
            )
    told = {name, *gives}
    return MissingFact(
        name=name,
        open_in=tuple(item.assessment.trial for item in touched if not item.missing.isdisjoint(told)),
        settles=tuple(trial for trial, verdicts in settled.items() if verdicts),
        admits=tuple(trial for trial, verdicts in settled.items() if Decision.ELIGIBLE in verdicts),
        gives=tuple(other for other in names if other in gives and other != name),
    )


def _place(item: MissingFact) -> tuple[int, int, int]:
    return -len(item.settles), -len(item.admits), -len(item.open_in)


def _asked_for(case: CaseFacts, seen: View, names: Sequence[str]) -> Iterator[str]:
    """Yield the facts that one would ask for: what is behind a missing fact before it, glucose once.

    Another trial's predicate may be typed, so it is asked for too, after the facts that its criteria miss.
    """
    for name in _behind(case, seen, names):
        if name in predicate_criteria() or not _facts_behind(case, seen, name):
            yield min(name, *same_as(name)) if same_as(name) and same_as(name)[0] in names else name


def _behind(case: CaseFacts, seen: View, names: Iterable[str]) -> tuple[str, ...]:
    """Return the facts with those behind each that are missing too, the deepest first."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys((*_behind(case, seen, _facts_behind(case, seen, name)), name))
    return tuple(found)


def _facts_behind(case: CaseFacts, seen: View, name: str) -> tuple[str, ...]:
    """Return the missing facts from which a missing one would follow.

    Of a core and a volume the one that is unknown, if the other is known; of a predicate all that its
    criteria miss, once a case holds anything that they read.
    """
    if name in predicate_criteria():
        if not case.keys() & set(predicate_reads()[name]):
            return ()
        return unique(fact for ask in predicates_missing()[name] for fact in ask(seen.seen))
    for core, volume, *follow in RELATED:
        if name in follow:
            unknown = tuple(other for other in (core, volume) if other not in seen.seen)
            return unknown if len(unknown) == 1 else ()
    return ()


def _values(view: Asked, seen: View, name: str) -> tuple[Any, ...]:
    """Return one value of the fact for each answer that it can give in a trial."""
    words = view.words.get(name, frozenset())
    return every_value(definition_of(name), borders_of(view, seen.seen, name), words)


def _definite(view: Asked, case: CaseFacts, name: str, after: Mapping[Any, View]) -> frozenset[Decision]:
    """Return the definite verdicts that some value of one more fact gives."""
    found: set[Decision] = set()
    for value, then in after.items():
        decision = view.decide(then)
        if (
            decision is not Decision.UNDETERMINED
            and decision not in found
            and _agrees(view, case, name, value, decision)
        ):
            found.add(decision)
    return frozenset(found)


def _agrees(view: Asked, case: CaseFacts, name: str, value: Any, decision: Decision) -> bool:
    """Tell whether the slow `assess` says the same of the whole case, which the value may contradict."""
    try:
        after = changed(case, {name: value})
    except InputError:
        return False
    return assess(view.trial, after, view.scope).decision is decision
