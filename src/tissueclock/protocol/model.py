"""What a trial's or a profile's file says, as frozen values that are valid or not constructed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.definition import Kind
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.vocabulary import definition_of, is_imaging, judgement_parts
from tissueclock.protocol.rule import Leaf, Limit, Rule, facts_of, forced_leaves
from tissueclock.protocol.standing import AUTHORED, REGISTERED, Origin, Standing, State

DECISIONS = ("eligible", "ineligible", "undetermined")
"""What a worked case of a trial may expect."""

UNDETERMINED = "undetermined"
"""What a worked case of a profile may expect besides the classes."""


class CriterionKind(Enum):
    """Whether a criterion must hold or must not hold."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class Role(Enum):
    """What a criterion was for: who may enter, how patients were stratified, or who was analysed."""

    GATE = "gate"
    STRATUM = "stratum"
    ANALYSIS = "analysis"


class Confidence(Enum):
    """How the criterion is known: read in a public source, or from expert memory."""

    FOUND = "found"
    RECALLED = "recalled"
    UNCERTAIN = "recalled-uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One printed limit or statement. `rule` is the statement itself: an exclusion's rule excludes.

    `applies_when` None means always. `source` is what was read and `place` where in it.
    """

    id: str
    kind: CriterionKind
    text: str
    rule: Rule
    source: str
    place: str
    confidence: Confidence
    role: Role = Role.GATE
    applies_when: Rule | None = None
    origin: Origin = AUTHORED

    @property
    def facts(self) -> tuple[str, ...]:
        """The names in the rule."""
        return facts_of(self.rule)

    @property
    def demands(self) -> tuple[tuple[Leaf, bool], ...]:
        """(comparison, whether it has to hold) for what everybody must satisfy whom the criterion lets in."""
        holds = self.kind is CriterionKind.INCLUSION
        return tuple((leaf, holds) for leaf in forced_leaves(self.rule, holds=holds))

    @property
    def imaging(self) -> bool:
        """Whether the rule reads a fact that imaging measures."""
        return any(is_imaging(name) for name in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedCase:
    """A case with its expected answer; where stated, also what fails and what is missing, exactly."""

    name: str
    entries: Mapping[str, Any]
    expect: str
    fails: tuple[str, ...] | None = None
    missing: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", MappingProxyType(dict(self.entries)))

    def facts(self) -> CaseFacts:
        """Build the facts as typed (nothing derived); raises InputError where one is not valid."""
        return case_from_table(self.entries, "worked case")


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomisation:
    """How patients were allocated; an empty `strata` means that none are known."""

    ratio: str
    method: str
    confidence: Confidence
    source: str
    strata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit, `after_h` hours after randomisation or, without one, after treatment; 0 is the first.

    `window` is what the source allows around it, empty where it says nothing.
    """

    name: str
    after_h: Limit
    confidence: Confidence
    assessments: tuple[str, ...] = ()
    window: str = ""

    def __post_init__(self) -> None:
        if self.after_h < 0:
            raise InputError(f"the visit '{self.name}' lies before the first one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the trial's own protocol, from the day on which it was in force."""

    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A question that the source leaves open, how the file reads it, and the criteria that it touches."""

    question: str
    reading: str
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """A yes-or-no fact that says whether these criteria of the trial hold: how another trial refers to it.

    `text` says what it means. Raises InputError if the fact is not in the vocabulary or not a yes-or-no.
    """

    fact: str
    text: str
    criteria: tuple[str, ...]

    def __post_init__(self) -> None:
        if definition_of(self.fact).kind is not Kind.BOOLEAN or judgement_parts(self.fact):
            raise InputError(f"the predicate '{self.fact}' is no yes-or-no fact of the vocabulary.")
        if not self.criteria:
            raise InputError(f"the predicate '{self.fact}' names no criterion.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One trial: its rule, where each part was read, and cases that show it.

    `as_of` is the date of the document that the numbers rest on; `digest` is that of the file's bytes.
    `unread` says which of the trial's criteria were read in no source, if any is known to be missing.
    Only criteria are evaluated: arms, endpoint, conduct, notes and readings are for readers. `bottom_line`
    and `criticisms` are opinions of whoever wrote the file, about what the design can and cannot say.
    """

    id: str
    title: str
    registration: str
    citation: str
    as_of: date
    intervention: str
    arms: tuple[str, ...]
    primary_endpoint: str
    imaging_note: str
    criteria: tuple[Criterion, ...]
    cases: tuple[WorkedCase, ...]
    digest: str
    notes: tuple[str, ...] = ()
    unread: str = ""
    bottom_line: str = ""
    criticisms: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    randomisation: Randomisation | None = None
    visits: tuple[Visit, ...] = ()
    versions: tuple[Version, ...] = ()
    readings: tuple[Reading, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    standing: Standing = REGISTERED

    @property
    def draft(self) -> bool:
        """Whether a program made it and nobody confirmed it: such a trial judges nobody."""
        return self.standing.state is State.DRAFT

    def __post_init__(self) -> None:
        _refuse_duplicates("criterion", (criterion.id for criterion in self.criteria))
        _refuse_duplicates("worked case", (case.name for case in self.cases))
        if all(criterion.role is not Role.GATE for criterion in self.criteria):
            raise InputError(f"'{self.id}' has no criterion that decides who may enter.")
        for criterion in self.criteria:
            _check_judgements(self.id, criterion)
            if criterion.origin.is_open and not self.draft:
                raise InputError(
                    f"the criterion '{criterion.id}' is a guess or in doubt, and the file is no draft.",
                    remedy="Settle it, or set the state to draft.",
                )
        for case in self.cases:
            _check_expectation(case, DECISIONS)
        _check_conduct(self)
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileClass:
    """One class of a profile; classes are tried in the order of the file."""

    label: str
    text: str
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileNote:
    """A sentence that stands beside the class unless the fact `unless_known` is known."""

    text: str
    unless_known: str

    def __post_init__(self) -> None:
        definition_of(self.unless_known)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDefinition:
    """A pattern of tissue as ordered classes; `otherwise` is the class where none of their rules holds.

    Unless every fact of `requires` is known the class is undetermined, whatever the rules say.
    """

    id: str
    title: str
    citation: str
    source: str
    classes: tuple[ProfileClass, ...]
    otherwise: str
    otherwise_text: str
    cases: tuple[WorkedCase, ...]
    digest: str
    requires: tuple[str, ...] = ()
    notes: tuple[ProfileNote, ...] = ()

    def __post_init__(self) -> None:
        _refuse_duplicates("class", self.labels)
        _refuse_duplicates("worked case", (case.name for case in self.cases))
        if UNDETERMINED in self.labels:
            raise InputError(f"'{self.id}' has a class of the name '{UNDETERMINED}'.")
        for name in self.requires:
            definition_of(name)
        for case in self.cases:
            _check_expectation(case, (*self.labels, UNDETERMINED))

    @property
    def labels(self) -> tuple[str, ...]:
        """Every class, in order, the one that is left over last."""
        return (*(item.label for item in self.classes), self.otherwise)


def _refuse_duplicates(noun: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"the {noun} '{twice[0]}' is given twice.", remedy="Rename one of them.")


def _check_judgements(trial: str, criterion: Criterion) -> None:
    for name in criterion.facts:
        if judgement_parts(name) not in (None, (trial, criterion.id)):
            raise InputError(
                f"the criterion '{criterion.id}' reads the judgement '{name}'.",
                remedy=f"Its own one is judgement.{trial}.{criterion.id}.",
            )


def _check_conduct(protocol: Protocol) -> None:
    _refuse_duplicates("visit", (visit.name for visit in protocol.visits))
    _check_order("visits", [visit.after_h for visit in protocol.visits])
    _check_order("versions", [version.day.toordinal() for version in protocol.versions])
    known = {criterion.id for criterion in protocol.criteria}
    for noun, items in (("reading", protocol.readings), ("predicate", protocol.predicates)):
        for name in (name for item in items for name in item.criteria):
            if name not in known:
                raise InputError(f"a {noun} names '{name}', which is no criterion of '{protocol.id}'.")
    _refuse_duplicates("predicate", (predicate.fact for predicate in protocol.predicates))
    for predicate in protocol.predicates:
        _check_predicate(protocol, predicate)


def _check_predicate(protocol: Protocol, predicate: Predicate) -> None:
    criteria = [item for item in protocol.criteria if item.id in predicate.criteria]
    if any(item.role is not Role.GATE for item in criteria):
        raise InputError(f"the predicate '{predicate.fact}' names a criterion that decides nothing.")
    read = {fact for item in criteria for fact in item.facts}
    if read & {item.fact for item in protocol.predicates}:
        raise InputError(f"the predicate '{predicate.fact}' rests on a predicate of '{protocol.id}'.")


def _check_order(noun: str, places: Sequence[Limit]) -> None:
    if any(later < earlier for earlier, later in pairwise(places)):
        raise InputError(f"the {noun} are not in the order of time.", remedy="Put the earliest one first.")


def _check_expectation(case: WorkedCase, answers: tuple[str, ...]) -> None:
    if case.expect not in answers:
        raise InputError(
            f"the worked case '{case.name}' expects '{case.expect}'.", remedy=f"Known: {', '.join(answers)}."
        )
