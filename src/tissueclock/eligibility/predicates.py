"""What follows for a case by definition and by the rules of trials to which other trials refer.

MR CLEAN-LATE leaves out who meets the clinical and perfusion criteria of DAWN or DEFUSE 3: each of these is a
yes-or-no fact, derived here from the criteria that the other trial's file names as its predicate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.eligibility.decide import Readable, gates_of
from tissueclock.eligibility.evaluate import judged
from tissueclock.eligibility.finding import gates_of as quality_gates_of
from tissueclock.eligibility.finding import unique
from tissueclock.eligibility.outcome import Outcome
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.model import Predicate, Protocol
from tissueclock.protocol.registry import protocols

_Predicate = Callable[[Readable], bool | None]


def derived(case: CaseFacts) -> CaseFacts:
    """Return the case with all that follows by definition, the registered trials' predicates included.

    Raises InputError if facts contradict each other, or a typed predicate what its criteria say.
    """
    return with_predicates(complete(case), protocols().values())


def with_predicates(case: CaseFacts, trials: Iterable[Protocol]) -> CaseFacts:
    """Return the case with each predicate of `trials` as a fact; what stays open is unknown, with the reason.

    Nothing is added where the case holds none of the facts that a predicate reads. A person may type the
    answer; one that its criteria contradict raises InputError.
    """
    for trial in trials:
        for predicate in trial.predicates:
            fact = _derived(predicate, trial, case)
            case = case if fact is None else case.with_facts(fact)
    return case


def predicate_tests(trials: Iterable[Protocol]) -> Mapping[str, _Predicate]:
    """Return each predicate of `trials` by its fact, as a function of what is readable."""
    return MappingProxyType({item.fact: _test(item, trial) for trial in trials for item in trial.predicates})


@cache
def registered_predicates() -> Mapping[str, _Predicate]:
    """Return the registered trials' predicates, as `predicate_tests`."""
    return predicate_tests(protocols().values())


def _derived(predicate: Predicate, trial: Protocol, case: CaseFacts) -> Fact | None:
    criteria = [item for item in trial.criteria if item.id in predicate.criteria]
    read = {name for item in criteria for name in item.facts}
    if not read & case.keys():
        return None
    found = {item.id: judged(item, case) for item in criteria}
    outcomes = [outcome for outcome, _ in found.values()]
    failing = [name for name, (outcome, _) in found.items() if outcome is Outcome.FAIL]
    typed = case.known(predicate.fact)
    if not failing and Outcome.UNKNOWN in outcomes:
        missing = unique(name for _, finding in found.values() for name in finding.missing)
        return None if predicate.fact in case else _open(predicate, trial, missing, case)
    if typed is not None and typed is bool(failing):
        raise InputError(_contradiction(predicate, trial, failing), remedy="Correct it, or leave it out.")
    if typed is not None:
        return None
    return Fact(name=predicate.fact, value=not failing, source=_source(predicate, trial, failing))


def _open(predicate: Predicate, trial: Protocol, missing: tuple[str, ...], case: CaseFacts) -> Fact:
    labels = ", ".join(definition_of(name).label for name in missing)
    reason = f"{trial.title}'s criteria are open: {labels} unknown"
    return Fact(
        name=predicate.fact,
        value=None,
        source=f"criteria of {trial.title}",
        reason=reason,
        withheld_by=quality_gates_of(missing, case),
    )


def _source(predicate: Predicate, trial: Protocol, failing: list[str]) -> str:
    why = f"fails {', '.join(failing)}" if failing else f"meets {', '.join(predicate.criteria)}"
    return f"criteria of {trial.title}, digest {trial.digest[:12]}: {why}"


def _contradiction(predicate: Predicate, trial: Protocol, failing: list[str]) -> str:
    if failing:
        return f"'{predicate.fact}' is given as true, but {trial.title}'s {', '.join(failing)} fails."
    return f"'{predicate.fact}' is given as false, but all that {trial.title} asks is met."


def _test(predicate: Predicate, trial: Protocol) -> _Predicate:
    gates = tuple(ask for name, ask in gates_of(trial).items() if name in predicate.criteria)

    def test(seen: Readable) -> bool | None:
        answers = [ask(seen) for ask in gates]
        if False in answers:
            return False
        return None if None in answers else True

    return test
