"""Answers that volumes give at a limit, by the truth and as measured; where they differ, a verdict flips."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from tissueclock.eligibility.evaluate import judged
from tissueclock.eligibility.finding import borderline
from tissueclock.eligibility.outcome import Outcome
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact, Infinite
from tissueclock.protocol.model import Criterion
from tissueclock.protocol.registry import protocols

_SOURCE = "truth of a digital patient"
_YES, _NO, _OPEN = "yes", "no", "open"
_RULES = MappingProxyType(
    {
        "DEFUSE 3": ("defuse-3", ("core-volume", "mismatch-ratio", "mismatch-volume")),
        "EXTEND": ("extend", ("core-volume", "mismatch-ratio", "mismatch-volume")),
    }
)
"""The criteria on volumes, read from the registered trials' own files; the others are left out."""
_LIMITS: tuple[tuple[str, str, float], ...] = (
    ("core < 15 mL", "core_ml", 15.0),
    ("core < 50 mL", "core_ml", 50.0),
    ("core < 70 mL", "core_ml", 70.0),
    ("mismatch < 15 mL", "mismatch_ml", 15.0),
    ("ratio < 1.2", "mismatch_ratio", 1.2),
    ("ratio < 1.8", "mismatch_ratio", 1.8),
)
ANSWERS = (*(name for name, _, _ in _LIMITS), *_RULES)
"""Every question, in the order of the tables."""
_FAR_ML, _FAR_RATIO = 5.0, 0.2

_Question = Callable[[CaseFacts], str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question: 'yes', 'no' or 'open' by the truth and as measured.

    `borderline` says whether an interval of the measurement holds a limit of the question, and `far` whether
    the true volumes lie more than 5 mL and 0.2 of ratio from every one.
    """

    true: str
    measured: str
    far: bool
    borderline: bool

    @property
    def flips(self) -> bool:
        """Whether measured and true say opposite things; an open answer is none."""
        return {self.true, self.measured} == {_YES, _NO}

    @property
    def is_open(self) -> bool:
        """Whether the truth has an answer and the measurement gives none."""
        return self.true != _OPEN and self.measured == _OPEN


def true_case(core_ml: float | None, tmax6_ml: float) -> CaseFacts:
    """Return the true volumes as a case, with what follows from them; the core is unknown on DSC."""
    core = Fact(name="core_ml", value=core_ml, source=_SOURCE, reason="" if core_ml is not None else "DSC")
    return derived(CaseFacts.of([core, Fact(name="tmax6_ml", value=tmax6_ml, source=_SOURCE)]))


def verdicts(true: CaseFacts, measured: CaseFacts) -> Mapping[str, Verdict]:
    """Answer every question of ANSWERS for both cases (completed ones); what is withheld is open."""
    asked: dict[str, tuple[_Question, bool, bool]] = {}
    for name, fact, limit in _LIMITS:
        near = _holds(measured, fact, limit)
        asked[name] = partial(_below, fact=fact, limit=limit), _is_far(true, ((fact, limit),)), near
    for name, (trial, criteria) in _RULES.items():
        near = any(borderline(item.rule, measured) for item in _criteria(trial, criteria))
        asked[name] = partial(_rule, trial=trial, criteria=criteria), _is_far(true, _LIMITS_OF[name]), near
    return {name: Verdict(ask(true), ask(measured), far, near) for name, (ask, far, near) in asked.items()}


def _holds(case: CaseFacts, name: str, limit: float) -> bool:
    interval = case[name].interval if name in case else None
    return interval is not None and interval[0] < limit <= interval[1]


def _criteria(trial: str, ids: tuple[str, ...]) -> list[Criterion]:
    return [item for item in protocols()[trial].criteria if item.id in ids]


_LIMITS_OF: Mapping[str, tuple[tuple[str, float], ...]] = MappingProxyType(
    {
        "DEFUSE 3": (("core_ml", 70.0), ("mismatch_ratio", 1.8), ("mismatch_ml", 15.0)),
        "EXTEND": (("core_ml", 70.0), ("mismatch_ratio", 1.2), ("mismatch_ml", 10.0)),
    }
)
"""Only for `far`: how near the truth lies to a limit. The verdict itself is the trial file's."""


def _below(case: CaseFacts, fact: str, limit: float) -> str:
    value = case[fact].known if fact in case else None
    if isinstance(value, Infinite):
        return _NO
    number = _number(value)
    return _OPEN if number is None else _YES if number < limit else _NO


def _rule(case: CaseFacts, trial: str, criteria: tuple[str, ...]) -> str:
    outcomes = [judged(item, case)[0] for item in _criteria(trial, criteria)]
    if Outcome.FAIL in outcomes:
        return _NO
    return _YES if outcomes and set(outcomes) == {Outcome.PASS} else _OPEN


def _is_far(case: CaseFacts, limits: tuple[tuple[str, float], ...]) -> bool:
    """Return whether every known fact lies far from its limit; an infinite ratio does."""
    for fact, limit in limits:
        number = _number(case[fact].known if fact in case else None)
        if number is not None and abs(number - limit) <= (_FAR_RATIO if fact.endswith("ratio") else _FAR_ML):
            return False
    return True


def _number(value: object) -> float | None:
    if value is None or isinstance(value, (bool, str, Infinite)):
        return None
    return float(value)  # type: ignore[arg-type] # exact fractions and decimals are numbers, too
