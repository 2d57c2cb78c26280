"""The appraisal of one trial, made from its file alone: what it asked, what it can say, what is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.eligibility.related import Related, related
from tissueclock.facts.definition import Kind
from tissueclock.facts.vocabulary import definition_of, is_imaging, judgement_parts
from tissueclock.protocol.model import Confidence, Criterion, CriterionKind, Protocol, Role

_FATE = re.compile(r"\b(stopped|completed|recruiting)\b", re.IGNORECASE)
_SIZE = re.compile(r"\b\d+ (randomised )?patients\b")
_GAP = re.compile(
    r"\b(incomplete|could not be read|in no source|not evaluated|breaks? off|not in what was read)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=\.) ")


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


def _population(trial: Protocol) -> tuple[str, ...]:
    """Return what a fact decides: inclusions, strata, limits on tissue that exclude; and count the rest."""
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
    if item.kind is CriterionKind.EXCLUSION:  # a trial may print its rule on tissue as what excludes
        return item.role is Role.GATE and any(map(_is_measured_tissue, item.facts))
    return any(judgement_parts(name) is None and name != "consent" for name in item.facts)


def _is_measured_tissue(name: str) -> bool:
    return is_imaging(name) and definition_of(name).kind in (Kind.NUMBER, Kind.INTEGER)


def _statement(item: Criterion) -> str:
    role = "" if item.role is Role.GATE else f" ({item.role.value} only)"
    mark = "" if item.confidence is Confidence.FOUND else f" [{item.confidence.value}]"
    start = "Excluded: " if item.kind is CriterionKind.EXCLUSION else ""
    return f"{start}{item.text}{role}{mark}"


def _comparator(trial: Protocol) -> str:
    if trial.randomisation is None and len(trial.arms) == 1:
        return "None: a trial of one arm"
    if trial.randomisation is None:
        return f"None was assigned; compared were: {'; '.join(trial.arms)}"
    treated = _treatment(trial.arms[0])
    return "; ".join(arm for arm in trial.arms[1:] if _treatment(arm) != treated) or "Not stated"


def _treatment(arm: str) -> str:
    """Return an arm's treatment without the stratum that may stand before it: `penumbral, embolectomy`."""
    return arm.rpartition(", ")[2]


def _design(trial: Protocol) -> tuple[str, ...]:
    drawn = trial.randomisation
    if drawn is None:
        return ("Not randomised", *_fate(trial))
    mark = "" if drawn.confidence is Confidence.FOUND else f" [{drawn.confidence.value}]"
    strata = f"; strata: {', '.join(drawn.strata)}" if drawn.strata else ""
    return (f"Randomised {drawn.ratio}; method: {drawn.method}{strata}{mark}", *_fate(trial))


def _fate(trial: Protocol) -> tuple[str, ...]:
    """Return the sentences of the notes that say how many patients there were, and how it ended."""
    sizes, fates = _sentences(trial, _SIZE)[:1], _sentences(trial, _FATE)
    return fates if any(map(_SIZE.search, fates)) else (*sizes, *fates)


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
    if trial.unread:  # says what the notes say of gaps, in one line
        return (*lines, f"Not read in any source, so not asked: {trial.unread}")
    return (*lines, *_sentences(trial, _GAP))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
