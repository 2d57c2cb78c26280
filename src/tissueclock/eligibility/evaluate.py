"""A case against a trial's rule: every criterion with its reason, and one decision.

Unknown is never yes: a trial is only ELIGIBLE if every criterion that decides was answered, and only
INELIGIBLE if one definitely fails.
"""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.core.errors import UsageError
from tissueclock.core.truth import Truth
from tissueclock.eligibility.finding import Finding, borderline, find, gates_of, unique
from tissueclock.eligibility.outcome import Assessment, CriterionResult, Decision, Outcome
from tissueclock.eligibility.standing import capped, draft_words
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.model import Confidence, Criterion, CriterionKind, Protocol, Role

SCOPES = ("imaging", "computable", "full")
"""Which criteria are asked: those that read measured imaging, those that the given facts decide, all."""

_Judged = tuple[Criterion, Outcome, Finding]


def assess(protocol: Protocol, case: CaseFacts, scope: str = "full") -> Assessment:
    """Assess `case` as it is (derived facts come from `facts.derive.complete`) against `protocol`.

    Criteria whose role is stratum or analysis are answered but do not decide. With a narrower scope the
    criteria left out are named in `assumed`; one that is open because a quality gate withholds a fact is
    never left out. A draft is never decided. Where the trial does not refuse, `assumed` also has what of its
    lists was never read. Raises UsageError for an unknown scope.
    """
    if scope not in SCOPES:
        raise UsageError(f"there is no scope '{scope}'.", remedy=f"Known: {', '.join(SCOPES)}.")
    answers = [(criterion, *judged(criterion, case)) for criterion in protocol.criteria]
    asked = [item for item in answers if _is_asked(item, case, scope)]
    gates = [item for item in asked if item[0].role is Role.GATE]
    missing = unique(name for _, _, finding in gates for name in finding.missing)
    decision = capped(protocol, _decision([outcome for _, outcome, _ in gates]))
    unread = "" if decision is Decision.INELIGIBLE else protocol.unread
    return Assessment(
        trial=protocol.id,
        title=protocol.title,
        digest=protocol.digest,
        decision=decision,
        criteria=tuple(_result(item) for item in asked),
        missing=missing,
        borderline=_borderline(asked, case),
        withheld_by=gates_of(missing, case),
        assumed=(
            *draft_words(protocol),
            *_settings(protocol),
            *_left_out(answers, asked, scope),
            *_only_recalled(gates),
            *_unread_words(unread),
        ),
        gates=sum(criterion.role is Role.GATE for criterion in protocol.criteria),
        unread=unread,
    )


def judged(criterion: Criterion, case: CaseFacts) -> tuple[Outcome, Finding]:
    """Return the outcome of one criterion, with the reason and what is missing if it is open."""
    finding = find(criterion.rule, case)
    outcome = _outcome(criterion.kind, finding.truth)
    if criterion.applies_when is None:
        return outcome, finding
    applies = find(criterion.applies_when, case)
    if applies.truth is Truth.NO:
        return Outcome.NOT_APPLICABLE, Finding(Truth.NO, f"does not apply ({applies.because})")
    if applies.truth is Truth.YES or outcome is Outcome.PASS:
        return outcome, finding
    because = f"open whether it applies ({applies.because}); {finding.because}"
    return Outcome.UNKNOWN, Finding(Truth.UNKNOWN, because, unique(applies.missing + finding.missing))


def _outcome(kind: CriterionKind, truth: Truth) -> Outcome:
    if truth is Truth.UNKNOWN:
        return Outcome.UNKNOWN
    wanted = Truth.YES if kind is CriterionKind.INCLUSION else Truth.NO
    return Outcome.PASS if truth is wanted else Outcome.FAIL


def _decision(outcomes: Sequence[Outcome]) -> Decision:
    """Return the decision; without a single PASS nothing was shown, so it stays open."""
    if Outcome.FAIL in outcomes:
        return Decision.INELIGIBLE
    if Outcome.UNKNOWN in outcomes or Outcome.PASS not in outcomes:
        return Decision.UNDETERMINED
    return Decision.ELIGIBLE


def _is_asked(item: _Judged, case: CaseFacts, scope: str) -> bool:
    criterion, outcome, finding = item
    if scope == "imaging":
        return criterion.imaging
    if scope == "computable":
        return outcome is not Outcome.UNKNOWN or bool(gates_of(finding.missing, case))
    return True


def _result(item: _Judged) -> CriterionResult:
    criterion, outcome, finding = item
    marked = outcome is Outcome.FAIL and criterion.confidence is not Confidence.FOUND
    return CriterionResult(
        id=criterion.id,
        kind=criterion.kind.value,
        facts=criterion.facts,
        outcome=outcome,
        text=criterion.text,
        because=f"{finding.because} (this criterion is {criterion.confidence.value})"
        if marked
        else finding.because,
        confidence=criterion.confidence.value,
        role=criterion.role.value,
    )


def _borderline(asked: Sequence[_Judged], case: CaseFacts) -> tuple[str, ...]:
    applicable = [criterion for criterion, outcome, _ in asked if outcome is not Outcome.NOT_APPLICABLE]
    return unique(name for criterion in applicable for name in borderline(criterion.rule, case))


def _settings(protocol: Protocol) -> list[str]:
    return [f"setting {name} = {value}" for name, value in protocol.settings.items()]


def _left_out(judged: Sequence[_Judged], asked: Sequence[_Judged], scope: str) -> list[str]:
    if scope == "full":
        return []
    if not asked:
        return [f"scope {scope}: there is no criterion to ask, so nothing is decided"]
    kept = {criterion.id for criterion, _, _ in asked}
    names = [criterion.id for criterion, _, _ in judged if criterion.id not in kept]
    return [f"scope {scope}: taken as met without an answer: {', '.join(names)}"] if names else []


def _only_recalled(gates: Sequence[_Judged]) -> list[str]:
    failed = [criterion for criterion, outcome, _ in gates if outcome is Outcome.FAIL]
    if not failed or any(criterion.confidence is Confidence.FOUND for criterion in failed):
        return []
    names = ", ".join(criterion.id for criterion in failed)
    return [f"the verdict rests on recalled criteria alone: {names}"]


def _unread_words(unread: str) -> tuple[str, ...]:
    return (f"not read in any source, so not asked: {unread}",) if unread else ()
