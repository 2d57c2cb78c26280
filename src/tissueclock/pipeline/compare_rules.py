"""The verdicts of rules on the volumes of two sources: where they agree, and which cases flip.

A trial is judged by those of its imaging criteria that both sources can answer in at least one case: a file
of volumes has no ASPECTS, and would otherwise decide nothing. What is left out is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from tissueclock.core.truth import Truth
from tissueclock.eligibility.cohort.kappa import cohen_kappa
from tissueclock.eligibility.evaluate import judged
from tissueclock.eligibility.finding import find
from tissueclock.eligibility.outcome import Decision, Outcome
from tissueclock.eligibility.profiles import classify
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Criterion, ProfileDefinition, Protocol, Role
from tissueclock.protocol.registry import profiles, protocols
from tissueclock.protocol.rule import Rule, Within, rule_text
from tissueclock.report.comparison import OPEN, Flip, RuleAgreement

Both = Mapping[str, tuple[CaseFacts, CaseFacts]]
"""The cases of both sources by id: ours and theirs, with all that follows by definition."""

_Outcomes = Mapping[str, Outcome]
_Verdicts = Mapping[str, tuple[str, str]]

_DECISIONS = (Decision.ELIGIBLE.value, Decision.INELIGIBLE.value, OPEN)
_ANSWERS = ("yes", "no", OPEN)
_WORDS = MappingProxyType({Truth.YES: "yes", Truth.NO: "no", Truth.UNKNOWN: OPEN})


@dataclass(frozen=True, slots=True)
class _Limit:
    """A plain rule: one limit of one fact, and whose limit it is."""

    id: str
    rule: Rule
    whose: str


def _below(core_ml: int, whose: str) -> _Limit:
    rule = Within(fact="core_ml", high=Decimal(core_ml), includes_high=False)
    return _Limit(f"core-below-{core_ml}", rule, whose)


_LIMITS = (
    _below(15, "our choice"),
    _below(50, "RESCUE END-LOW"),
    _below(70, "DEFUSE 3"),
    _Limit(
        "ratio-above-1.2",
        Within(fact="mismatch_ratio", low=Decimal("1.2"), includes_low=False),
        "EXTEND",
    ),
    _Limit("ratio-from-1.8", Within(fact="mismatch_ratio", low=Decimal("1.8")), "DEFUSE 3"),
    _Limit("mismatch-from-15", Within(fact="mismatch_ml", low=Decimal(15)), "DEFUSE 3"),
)
"""Limits that decide in trials; a trial's verdict may hide which of its limits flipped a case."""


def rule_agreements(both: Both) -> tuple[tuple[RuleAgreement, ...], tuple[str, ...]]:
    """Return the agreement of every rule that a source can answer, and the ids of the others."""
    found = [_limit(limit, both) for limit in _LIMITS]
    found += [_profile(definition, both) for definition in profiles().values()]
    found += [_trial(trial, both) for trial in protocols().values()]
    told = tuple(rule for rule in found if _is_told(rule))
    return told, tuple(rule.id for rule in found if rule not in told)


def _is_told(rule: RuleAgreement) -> bool:
    """Return whether any case has a verdict: the last cell of the table counts those that have none."""
    return sum(map(sum, rule.counts)) > rule.counts[-1][-1]


def _limit(limit: _Limit, both: Both) -> RuleAgreement:
    title = f"{rule_text(limit.rule)} ({limit.whose})"
    verdicts = _verdicts(both, lambda case: _WORDS[find(limit.rule, case).truth])
    return _agreement(limit.id, "limit", title, _ANSWERS, verdicts)


def _profile(definition: ProfileDefinition, both: Both) -> RuleAgreement:
    words = (*definition.labels, OPEN)
    verdicts = _verdicts(both, lambda case: classify(definition, case).label)
    name = f"profile-{definition.id}"  # a trial may have the same id
    return _agreement(name, "profile", definition.title, words, verdicts)


def _trial(trial: Protocol, both: Both) -> RuleAgreement:
    imaging = [item for item in trial.criteria if item.imaging and item.role is not Role.STRATUM]
    outcomes = {
        case: (_outcomes(imaging, ours), _outcomes(imaging, theirs)) for case, (ours, theirs) in both.items()
    }
    asked, left_out = _split(imaging, outcomes.values())
    verdicts = {
        case: (_decision(asked, ours), _decision(asked, theirs)) for case, (ours, theirs) in outcomes.items()
    }
    return _agreement(trial.id, "trial", trial.title, _DECISIONS, verdicts, asked=asked, left_out=left_out)


def _outcomes(criteria: Iterable[Criterion], case: CaseFacts) -> _Outcomes:
    return {item.id: judged(item, case)[0] for item in criteria}


def _split(
    imaging: Sequence[Criterion], outcomes: Iterable[tuple[_Outcomes, _Outcomes]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the criteria that are asked, and those that are left out.

    Asked are those that decided who may enter; where imaging decided nothing, those that decided who was
    analysed (DEFUSE 2).
    """
    answered = {
        name
        for ours, theirs in outcomes
        for name in ours
        if Outcome.UNKNOWN not in (ours[name], theirs[name])
    }
    gates = any(item.role is Role.GATE and item.id in answered for item in imaging)
    role = Role.GATE if gates else Role.ANALYSIS
    names = [item.id for item in imaging if item.role is role]
    return (
        tuple(name for name in names if name in answered),
        tuple(name for name in names if name not in answered),
    )


def _decision(asked: Iterable[str], outcomes: _Outcomes) -> str:
    """Return what `assess` would decide from these criteria alone."""
    found = [outcomes[name] for name in asked]
    if Outcome.FAIL in found:
        return Decision.INELIGIBLE.value
    if Outcome.UNKNOWN in found or Outcome.PASS not in found:
        return OPEN
    return Decision.ELIGIBLE.value


def _verdicts(both: Both, answer: Callable[[CaseFacts], str]) -> _Verdicts:
    return {case: (answer(ours), answer(theirs)) for case, (ours, theirs) in both.items()}


def _agreement(
    name: str,
    kind: str,
    title: str,
    words: Sequence[str],
    verdicts: _Verdicts,
    *,
    asked: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
) -> RuleAgreement:
    """Count verdicts; `words` end with the one that is no verdict."""
    cells: dict[tuple[str, str], list[str]] = {(a, b): [] for a in words for b in words}
    for case, pair in verdicts.items():
        cells[pair].append(case)
    counts = tuple(tuple(len(cells[a, b]) for b in words) for a in words)
    flipped = [(pair, tuple(cases)) for pair, cases in cells.items() if pair[0] != pair[1] and cases]
    return RuleAgreement(
        id=name,
        kind=kind,
        title=title,
        verdicts=tuple(words),
        counts=counts,
        kappa=cohen_kappa([row[:-1] for row in counts[:-1]]),
        flips=tuple(Flip(ours=a, theirs=b, cases=cases) for (a, b), cases in flipped),
        asked=asked,
        left_out=left_out,
    )
