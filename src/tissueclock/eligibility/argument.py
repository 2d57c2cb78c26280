"""What a case argues besides trials: under guidelines, by time alone and by tissue, and against itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tissueclock.core.quality import QualityFlag
from tissueclock.eligibility.guidelines import GuidelineAssessment, under
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.doubts import doubtful
from tissueclock.facts.haemorrhage import haemorrhage_warnings
from tissueclock.facts.territory import territory_warnings
from tissueclock.protocol.guideline import NO_LEVEL, Recommendation, Treatment, View
from tissueclock.protocol.model import Confidence, Protocol, Role
from tissueclock.protocol.registry import guidelines

VIEW_WORDS: Mapping[View, str] = MappingProxyType({View.TIME: "time alone", View.TISSUE: "tissue"})
TREATMENT_WORDS: Mapping[Treatment, str] = MappingProxyType(
    {Treatment.IVT: "thrombolysis", Treatment.EVT: "thrombectomy"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A case under every guideline, and what in it hardly fits together."""

    guidelines: tuple[GuidelineAssessment, ...]
    checks: tuple[QualityFlag, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what `assess --json` has besides profiles and trials."""
        return {
            "guidelines": {item.guideline.id: item.to_json() for item in self.guidelines},
            "checks": [flag.to_json() for flag in self.checks],
        }


def argument_of(case: CaseFacts, trials: Sequence[Protocol]) -> Argument:
    """Read every registered guideline for a complete case, and check what fits together.

    `trials` are those that were asked: a check says how many of them have no criterion on haemorrhage.
    """
    unasked = sum(not _asks_haemorrhage(trial) for trial in trials)
    return Argument(
        guidelines=tuple(under(guideline, case) for guideline in guidelines().values()),
        checks=(
            *haemorrhage_warnings(case, unasked=unasked, trials=len(trials)),
            *territory_warnings(case),
            *doubtful(case),
        ),
    )


def _asks_haemorrhage(trial: Protocol) -> bool:
    return any(item.role is Role.GATE and "ich_on_imaging" in item.facts for item in trial.criteria)


def level_words(item: Recommendation) -> str:
    """Return the level of evidence, empty for an opinion, for which none was graded."""
    return "" if item.level == NO_LEVEL else item.level


def recalled_words(confidence: Confidence) -> str:
    """Return a mark for what was not read in a source, empty for what was."""
    return "" if confidence is Confidence.FOUND else f"[{confidence.value}]"


def grade_words(item: Recommendation) -> str:
    """Return class and level, marked where they are recalled."""
    grade = ", ".join(filter(None, (item.strength, level_words(item))))
    return f"{grade} {recalled_words(item.grade_confidence)}".rstrip()
