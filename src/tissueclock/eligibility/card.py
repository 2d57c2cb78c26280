"""The appraisal of one trial, made from its file alone: what it asked, what it can say, what is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.eligibility.limits import (
    in_order_of_interest,
    limit_words,
    printed_limits,
    says_nothing,
    selecting_facts,
)
from tissueclock.facts.vocabulary import definition_of, judgement_parts
from tissueclock.protocol.model import Confidence, Criterion, CriterionKind, Protocol, Role

_MOST_RELATED = 2  # our choice: a card is one page
_MOST_DIFFERENCES = 3
_FATE = re.compile(r"\b(stopped|completed|recruiting)\b", re.IGNORECASE)
_GAP = re.compile(r"\b(incomplete|not be read|in no source|not evaluated)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=\.) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another trial: how many selecting facts it shares with this one, and where their limits differ."""

    id: str
    title: str
    shared: int
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the relation as JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "shared_facts": self.shared,
            "differences": list(self.differences),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One page about one trial. Every text is the file's own or counted from it.

    `bottom_line` and `criticisms` are opinions of whoever wrote the file; `known` says how much of it was
    read; `results` are lines that the caller has from elsewhere, none by default.
    """

    id: str
    title: str
    registration: str
    citation: str
    as_of: str
    digest: str
    population: tuple[str, ...]
    intervention: str
    comparator: str
    outcome: str
    design: tuple[str, ...]
    bottom_line: str
    criticisms: tuple[str, ...]
    related: tuple[Related, ...]
    known: tuple[str, ...]
    sources: tuple[str, ...]
    results: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the card as JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "registration": self.registration,
            "citation": self.citation,
            "as_of": self.as_of,
            "digest": self.digest,
            "population": list(self.population),
            "intervention": self.intervention,
            "comparator": self.comparator,
            "outcome": self.outcome,
            "design": list(self.design),
            "results": list(self.results),
            "bottom_line": self.bottom_line,
            "criticisms": list(self.criticisms),
            "related": [item.to_json() for item in self.related],
            "known": list(self.known),
            "sources": list(self.sources),
        }


def appraise(trial: Protocol, others: Iterable[Protocol], results: Sequence[str] = ()) -> Card:
    """Return the card of `trial`, held against `others` (itself among them or not).

    `results` are published results as lines, where the caller has them.
    """
    return Card(
        id=trial.id,
        title=trial.title,
        registration=trial.registration,
        citation=trial.citation,
        as_of=trial.as_of.isoformat(),
        digest=trial.digest,
        population=_population(trial),
        intervention=trial.intervention,
        comparator=_comparator(trial),
        outcome=trial.primary_endpoint,
        design=_design(trial),
        bottom_line=trial.bottom_line,
        criticisms=trial.criticisms,
        related=related(trial, others),
        known=_known(trial),
        sources=_sources(trial),
        results=tuple(results),
    )


def related(trial: Protocol, others: Iterable[Protocol]) -> tuple[Related, ...]:
    """Return the trials that share the most selecting facts, the closest first."""
    own = set(selecting_facts(trial))  # of trials that share as many, the one with fewer of its own first
    candidates = []
    for other in others:
        theirs = set(selecting_facts(other))
        if other.id != trial.id and own & theirs:
            candidates.append((-len(own & theirs), len(theirs - own), other.id, other))
    return tuple(
        Related(
            id=other.id,
            title=other.title,
            shared=-count,
            differences=differences(trial, other),
        )
        for count, _, _, other in sorted(candidates, key=lambda item: item[:3])[:_MOST_RELATED]
    )


def differences(trial: Protocol, other: Protocol) -> tuple[str, ...]:
    """Return where the limits on shared selecting facts differ, what imaging measures first.

    Limits that are the same and decide in only one of the two are named together, last.
    """
    ours, theirs = printed_limits(trial), printed_limits(other)
    shared = [
        name
        for name in in_order_of_interest(selecting_facts(trial))
        if all(name in limits and not says_nothing(name, limits[name]) for limits in (ours, theirs))
    ]
    found = [
        f"{definition_of(name).label} {limit_words(name, theirs[name])}, "
        f"where {trial.title} has {limit_words(name, ours[name])}"
        for name in shared
        if theirs[name].values != ours[name].values
    ]
    same = [name for name in shared if theirs[name].values == ours[name].values]
    for title, (here, there) in ((trial.title, (ours, theirs)), (other.title, (theirs, ours))):
        names = [name for name in same if here[name].analysis and not there[name].analysis]
        if names:
            labels = ", ".join(definition_of(name).label for name in names)
            found.insert(
                _MOST_DIFFERENCES - 1, f"the same limits on {labels}, in {title} for the analysis only"
            )
    return tuple(found[:_MOST_DIFFERENCES])


def _population(trial: Protocol) -> tuple[str, ...]:
    """Return the inclusions that a fact decides, those of imaging and strata too, and a count of the rest."""
    shown = [item for item in trial.criteria if _is_shown(item)]
    gates = [item for item in trial.criteria if item.role is Role.GATE and item not in shown]
    left = sum(item.kind is CriterionKind.INCLUSION for item in gates)
    excluded = sum(item.kind is CriterionKind.EXCLUSION for item in gates)
    rest = [
        _count(number, noun)
        for number, noun in ((left, "further inclusion"), (excluded, "exclusion"))
        if number
    ]
    return (*(_statement(item) for item in shown), *([f"and {' and '.join(rest)}"] if rest else ()))


def _is_shown(item: Criterion) -> bool:
    measured = any(judgement_parts(name) is None and name != "consent" for name in item.facts)
    return item.kind is CriterionKind.INCLUSION and measured


def _statement(item: Criterion) -> str:
    role = "" if item.role is Role.GATE else f" ({item.role.value} only)"
    mark = "" if item.confidence is Confidence.FOUND else f" [{item.confidence.value}]"
    return f"{item.text}{role}{mark}"


def _comparator(trial: Protocol) -> str:
    if trial.randomisation is None:
        return f"None was assigned; compared were: {'; '.join(trial.arms)}"
    return "; ".join(trial.arms[1:]) or "Not stated"


def _design(trial: Protocol) -> tuple[str, ...]:
    drawn = trial.randomisation
    if drawn is None:
        return ("Not randomised", *_fate(trial))
    mark = "" if drawn.confidence is Confidence.FOUND else f" [{drawn.confidence.value}]"
    strata = f"; strata: {', '.join(drawn.strata)}" if drawn.strata else ""
    return (f"Randomised {drawn.ratio}; method: {drawn.method}{strata}{mark}", *_fate(trial))


def _fate(trial: Protocol) -> tuple[str, ...]:
    """Return the sentences of the notes that say whether the trial was stopped or completed."""
    return _sentences(trial, _FATE)


def _sentences(trial: Protocol, pattern: re.Pattern[str]) -> tuple[str, ...]:
    sentences = (text for note in trial.notes for text in _SENTENCE.split(note))
    return tuple(text.rstrip(".") for text in sentences if pattern.search(text))


def _sources(trial: Protocol) -> tuple[str, ...]:
    drawn = (trial.randomisation.source,) if trial.randomisation else ()
    return tuple(dict.fromkeys((*(item.source for item in trial.criteria), *drawn)))


def _known(trial: Protocol) -> tuple[str, ...]:
    recalled = [item.id for item in trial.criteria if item.confidence is not Confidence.FOUND]
    total = len(trial.criteria)
    lines = [f"{total - len(recalled)} of {total} criteria were read in a source"]
    if recalled:
        lines.append(f"Recalled, not read: {', '.join(recalled)}")
    if trial.readings:
        lines.append(f"Sources leave {_count(len(trial.readings), 'question')} open, which the file settles")
    return (*lines, *_sentences(trial, _GAP))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
