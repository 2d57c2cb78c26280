"""What evaluating rules over facts gives: outcomes, assessments and profiles, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Outcome(Enum):
    """Whether a criterion stands in the way: an exclusion that applies is a FAIL."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Decision(Enum):
    """The answer of an assessment; it has three values and is not usable as a bool."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNDETERMINED = "undetermined"

    def __bool__(self) -> bool:
        raise TypeError("a Decision has three values: compare it with Decision.ELIGIBLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """One criterion's outcome, the facts that its rule reads, and why."""

    id: str
    kind: str
    facts: tuple[str, ...]
    outcome: Outcome
    text: str
    because: str
    confidence: str
    role: str

    def to_json(self) -> dict[str, Any]:
        """Return the result as in `result.json`."""
        return {
            "id": self.id,
            "kind": self.kind,
            "facts": list(self.facts),
            "outcome": self.outcome.value,
            "text": self.text,
            "because": self.because,
            "confidence": self.confidence,
            "role": self.role,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A patient against one trial's rule.

    `missing` names the facts whose absence left a criterion open; `borderline` the facts whose interval
    straddles a limit (it never changes the decision); `withheld_by` the quality gates that hid a fact;
    `assumed` says what was assumed, for example a narrower scope. `gates` is how many criteria of the trial
    decide, asked or not; `unread` what of its lists no source was read for, empty where the trial refuses.
    """

    trial: str
    title: str
    digest: str
    decision: Decision
    criteria: tuple[CriterionResult, ...]
    missing: tuple[str, ...] = ()
    borderline: tuple[str, ...] = ()
    withheld_by: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    gates: int = 0
    unread: str = ""

    def __bool__(self) -> bool:
        raise TypeError("an Assessment has three answers: read its decision")

    def to_json(self) -> dict[str, Any]:
        """Return the assessment as in `result.json`."""
        return {
            "decision": self.decision.value,
            "title": self.title,
            "digest": self.digest,
            "missing": list(self.missing),
            "borderline": list(self.borderline),
            "withheld_by": list(self.withheld_by),
            "assumed": list(self.assumed),
            "criteria": [result.to_json() for result in self.criteria],
        }


UNDETERMINED = "undetermined"
"""The class of a profile that the known facts cannot settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The class that a profile's rules give, with reasons; `name` is e.g. 'defuse-2'."""

    name: str
    title: str
    digest: str
    label: str
    because: str
    missing: tuple[str, ...] = ()
    withheld_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the class and its reasons as JSON values."""
        return {
            "class": self.label,
            "title": self.title,
            "digest": self.digest,
            "because": self.because,
            "missing": list(self.missing),
            "withheld_by": list(self.withheld_by),
            "notes": list(self.notes),
        }
