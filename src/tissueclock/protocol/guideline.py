"""A guideline as data: recommendations, each a rule over facts with the strength that its issuer gave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.facts.vocabulary import judgement_parts
from tissueclock.protocol.model import UNDETERMINED, Confidence, Reading, WorkedCase
from tissueclock.protocol.rule import Rule, facts_of

NOTHING = "none"
"""What a worked case expects where definitely no recommendation applies."""


NO_LEVEL = "none"
"""The level of an opinion, for which no evidence was graded."""


class Grading(Enum):
    """Whose words for strength and certainty a guideline uses."""

    AHA = "aha"
    GRADE = "grade"


class View(Enum):
    """What a recommendation selects by: the clock alone, or the state of the tissue."""

    TIME = "time"
    TISSUE = "tissue"


class Treatment(Enum):
    """What a recommendation is about."""

    IVT = "ivt"
    EVT = "evt"


AGAINST = frozenset({"III: no benefit", "III: harm", "strong against", "weak against"})
"""The classes that advise against the treatment."""

CLASSES: Mapping[Grading, tuple[str, ...]] = MappingProxyType(
    {
        Grading.AHA: ("I", "IIa", "IIb", "III: no benefit", "III: harm"),
        Grading.GRADE: ("strong", "weak", "expert consensus", "strong against", "weak against"),
    }
)
"""The classes of recommendation of each grading, the strongest first."""

LEVELS: Mapping[Grading, tuple[str, ...]] = MappingProxyType(
    {
        Grading.AHA: ("A", "B-R", "B-NR", "C-LD", "C-EO"),
        Grading.GRADE: ("high", "moderate", "low", "very low", NO_LEVEL),
    }
)
"""The levels of evidence of each grading, the most certain first; an expert consensus has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One recommendation: whom it is about (`rule`), how strong it is, and how it is known.

    `strength` and `level` are words of the guideline's grading; a strength of AGAINST advises against.
    `confidence` is how the rule is known, `grade_confidence` how strength and level are.
    """

    id: str
    text: str
    strength: str
    level: str
    treatment: Treatment
    view: View
    rule: Rule
    confidence: Confidence
    grade_confidence: Confidence
    source: str
    place: str

    def __post_init__(self) -> None:
        for name in self.facts:
            if judgement_parts(name) is not None:
                raise InputError(
                    f"the recommendation '{self.id}' reads the judgement '{name}'.",
                    remedy="Judgements belong to trials: read a fact of the vocabulary.",
                )

    @property
    def facts(self) -> tuple[str, ...]:
        """The names in the rule."""
        return facts_of(self.rule)

    @property
    def against(self) -> bool:
        """Whether it advises against the treatment."""
        return self.strength in AGAINST


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """One edition of a guideline; `day` is when it appeared, `digest` that of the file's bytes.

    A worked case expects `undetermined`, `none`, or the ids that apply, in the file's order with commas.
    """

    id: str
    title: str
    issuer: str
    version: str
    day: date
    citation: str
    grading: Grading
    recommendations: tuple[Recommendation, ...]
    cases: tuple[WorkedCase, ...]
    digest: str
    notes: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()

    def __post_init__(self) -> None:
        _refuse_duplicates("recommendation", self.ids)
        _refuse_duplicates("worked case", (case.name for case in self.cases))
        if not self.recommendations:
            raise InputError(f"'{self.id}' has no recommendation.")
        for item in self.recommendations:
            _check_grade(self.grading, item)
        for reading in self.readings:
            for name in reading.criteria:
                self._check_id(name, "a reading")
        for case in self.cases:
            self._check_expectation(case)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the recommendations, in the order of the file."""
        return tuple(item.id for item in self.recommendations)

    def label(self, applying: Iterable[str], *, is_open: bool) -> str:
        """Return the answer to a case: the ids that apply, else whether any is open."""
        chosen = frozenset(applying)
        named = [name for name in self.ids if name in chosen]
        return ", ".join(named) or (UNDETERMINED if is_open else NOTHING)

    def _check_expectation(self, case: WorkedCase) -> None:
        if case.fails is not None:
            raise InputError(
                f"the worked case '{case.name}' has 'fails'.", remedy="Say in 'expect' what applies."
            )
        if case.expect in (NOTHING, UNDETERMINED):
            return
        names = case.expect.split(", ")
        for name in names:
            self._check_id(name, f"the worked case '{case.name}'")
        if case.expect != self.label(names, is_open=False):
            raise InputError(
                f"the worked case '{case.name}' expects '{case.expect}'.",
                remedy="Name each recommendation once, in the order of the file.",
            )

    def _check_id(self, name: str, what: str) -> None:
        if name not in self.ids:
            raise InputError(
                f"{what} names '{name}', which is no recommendation of '{self.id}'.",
                remedy=f"Known: {', '.join(self.ids)}.",
            )


def _check_grade(grading: Grading, item: Recommendation) -> None:
    for noun, word, known in (
        ("class", item.strength, CLASSES[grading]),
        ("level", item.level, LEVELS[grading]),
    ):
        if word not in known:
            raise InputError(f"the {noun} of '{item.id}' is '{word}'.", remedy=f"Known: {', '.join(known)}.")


def _refuse_duplicates(noun: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"the {noun} '{twice[0]}' is given twice.", remedy="Rename one of them.")
