"""What `assess` shows besides trials: a case under guidelines, by time alone and by tissue, and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tissueclock.eligibility.guidelines import GuidelineAssessment, RecommendationResult, Support, under
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.haemorrhage import haemorrhage_warnings
from tissueclock.facts.territory import territory_warnings
from tissueclock.protocol.guideline import NO_LEVEL, Recommendation, Treatment, View
from tissueclock.protocol.model import Confidence, Protocol, Role
from tissueclock.protocol.registry import guidelines

_VIEWS: Mapping[View, str] = MappingProxyType({View.TIME: "time alone", View.TISSUE: "tissue"})
_TREATMENTS: Mapping[Treatment, str] = MappingProxyType(
    {Treatment.IVT: "thrombolysis", Treatment.EVT: "thrombectomy"}
)


def argument_of(case: CaseFacts, trials: Sequence[Protocol]) -> tuple[dict[str, Any], list[str]]:
    """Return what `assess --json` has besides profiles and trials, and the rows that say the same.

    `trials` are those that were asked: a check says how many of them have no criterion on haemorrhage.
    """
    read = [under(guideline, case) for guideline in guidelines().values()]
    unasked = sum(not _asks_haemorrhage(trial) for trial in trials)
    warnings = (
        *haemorrhage_warnings(case, unasked=unasked, trials=len(trials)),
        *territory_warnings(case),
    )
    document = {
        "guidelines": {item.guideline.id: item.to_json() for item in read},
        "checks": [flag.to_json() for flag in warnings],
    }
    checks = [f"{flag.id}\tcheck\t{flag.level.value}\t{flag.text}" for flag in warnings]
    return document, [*guideline_lines(read), *checks]


def _asks_haemorrhage(trial: Protocol) -> bool:
    return any(item.role is Role.GATE and "ich_on_imaging" in item.facts for item in trial.criteria)


def guideline_lines(read: Iterable[GuidelineAssessment]) -> Iterator[str]:
    """Yield, for each guideline, what each view says, and every recommendation that applies or is open."""
    for item in read:
        head = f"{item.guideline.issuer}, {item.guideline.version}"
        yield f"{item.guideline.id}\tguideline\t{views_words(item)}\t{head}"
        for result in item.results:
            if result.support is not Support.NO:
                yield f"  {_line(result)}"


def views_words(item: GuidelineAssessment) -> str:
    """Return what time alone and tissue say of each treatment, in one line."""
    return "; ".join(
        f"{_VIEWS[view]}: "
        + ", ".join(f"{_TREATMENTS[treatment]} {answer.value}" for treatment, answer in answers.items())
        for view, answers in item.views.items()
        if answers
    )


def grade_words(item: Recommendation) -> str:
    """Return class and level, marked where they are recalled."""
    mark = "" if item.grade_confidence is Confidence.FOUND else f" [{item.grade_confidence.value}]"
    level = "" if item.level == NO_LEVEL else f", {item.level}"
    return f"{item.strength}{level}{mark}"


def _line(result: RecommendationResult) -> str:
    item = result.recommendation
    return "\t".join(
        (
            item.id,
            result.support.value,
            item.view.value,
            item.treatment.value,
            grade_words(item),
            result.because,
        )
    )
