"""A case against guidelines: what time alone would recommend, what tissue would, and what is open.

Nothing here decides about a trial. A recommendation supports (or advises against) its treatment only where
its rule definitely holds; an unknown fact leaves it open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from tissueclock.core.truth import Truth
from tissueclock.eligibility.finding import find, gates_of, unique
from tissueclock.facts.case import CaseFacts
from tissueclock.protocol.guideline import Guideline, Recommendation, Treatment, View
from tissueclock.protocol.model import Confidence


class Support(Enum):
    """What a recommendation, or a whole view, says about a treatment; not usable as a bool."""

    SUPPORTS = "supports"
    AGAINST = "against"
    OPEN = "open"
    NO = "does-not-apply"

    def __bool__(self) -> bool:
        raise TypeError("a Support has four values: compare it with Support.SUPPORTS")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationResult:
    """What one recommendation says of a case, and why; `missing` are the facts that leave it open."""

    recommendation: Recommendation
    support: Support
    because: str
    missing: tuple[str, ...] = ()
    withheld_by: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        item = self.recommendation
        return {
            "id": item.id,
            "treatment": item.treatment.value,
            "view": item.view.value,
            "class": item.strength,
            "level": item.level,
            "support": self.support.value,
            "text": item.text,
            "because": self.because,
            "facts": list(item.facts),
            "missing": list(self.missing),
            "withheld_by": list(self.withheld_by),
            "confidence": item.confidence.value,
            "grade_confidence": item.grade_confidence.value,
            "source": item.source,
            "place": item.place,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineAssessment:
    """A case under one guideline: every recommendation, and each view's answer on each treatment.

    A view supports a treatment if one of its recommendations does; else it is open if one is open; else it
    is against if one is. A treatment on which a view has no recommendation is left out.
    """

    guideline: Guideline
    results: tuple[RecommendationResult, ...]

    def __bool__(self) -> bool:
        raise TypeError("an assessment under a guideline has many answers: read its views")

    @property
    def views(self) -> Mapping[View, Mapping[Treatment, Support]]:
        """The answer of each view on each treatment."""
        return MappingProxyType({view: self._answers(view) for view in View})

    def _answers(self, view: View) -> Mapping[Treatment, Support]:
        found = {}
        for treatment in Treatment:
            said = [
                result.support
                for result in self.results
                if result.recommendation.view is view and result.recommendation.treatment is treatment
            ]
            if said:
                found[treatment] = strongest(said)
        return MappingProxyType(found)

    def to_json(self) -> dict[str, Any]:
        """Return the assessment as JSON values."""
        return {
            "title": self.guideline.title,
            "issuer": self.guideline.issuer,
            "version": self.guideline.version,
            "date": self.guideline.day.isoformat(),
            "digest": self.guideline.digest,
            "views": {
                view.value: {treatment.value: answer.value for treatment, answer in answers.items()}
                for view, answers in self.views.items()
            },
            "recommendations": [result.to_json() for result in self.results],
        }


def under(guideline: Guideline, case: CaseFacts) -> GuidelineAssessment:
    """Read `guideline` for `case` as it is (derived facts come from `facts.derive.complete`)."""
    results = tuple(_result(item, case) for item in guideline.recommendations)
    return GuidelineAssessment(guideline=guideline, results=results)


def label_of(assessment: GuidelineAssessment) -> str:
    """Return the answer as a worked case states it: the ids that apply, `undetermined` or `none`."""
    applying = [
        result.recommendation.id
        for result in assessment.results
        if result.support in (Support.SUPPORTS, Support.AGAINST)
    ]
    return assessment.guideline.label(applying, is_open=bool(missing_of(assessment)))


def missing_of(assessment: GuidelineAssessment) -> tuple[str, ...]:
    """Return the facts that leave a recommendation open, each once."""
    return unique(name for result in assessment.results for name in result.missing)


def strongest(said: Sequence[Support]) -> Support:
    """Return what counts of several answers: support, else what is open, else advice against."""
    ranked = (Support.SUPPORTS, Support.OPEN, Support.AGAINST)
    return next((answer for answer in ranked if answer in said), Support.NO)


def _result(item: Recommendation, case: CaseFacts) -> RecommendationResult:
    finding = find(item.rule, case)
    holds = Support.AGAINST if item.against else Support.SUPPORTS
    support = {Truth.YES: holds, Truth.NO: Support.NO, Truth.UNKNOWN: Support.OPEN}[finding.truth]
    return RecommendationResult(
        recommendation=item,
        support=support,
        because=_marked(item, finding.because, support),
        missing=finding.missing,
        withheld_by=gates_of(finding.missing, case),
    )


def _marked(item: Recommendation, because: str, support: Support) -> str:
    """Return the reason, with a mark where an answer rests on what was recalled."""
    if item.confidence is Confidence.FOUND or support is Support.OPEN:
        return because
    return f"{because} (this recommendation is {item.confidence.value})"
