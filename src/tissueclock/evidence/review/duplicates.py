"""The same report found twice: which records of a search are one, by what, and which may be.

Two records are one where they have the same DOI or PubMed id, or the same title by the same first author in
the same year, unless two DOIs or PubMed ids say that they differ. The same title without that is for a person
to judge: it is told and not removed (a conference abstract, a preprint, a second part).
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tissueclock.evidence.review.ris import Record

_LEAST_LETTERS = 12
"""A shorter title (`Stroke`, `Reply`) says too little to be compared (our choice)."""
_FILLED = (
    *("title", "authors", "year", "journal", "volume", "issue", "first_page", "last_page"),
    *("doi", "pmid", "url", "abstract", "keywords"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that stays, with an id, and what was empty filled in from its duplicates."""

    id: str
    record: Record

    def to_json(self) -> dict[str, Any]:
        """Return the record under its id."""
        return {"id": self.id, **self.record.to_json()}


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that was removed, the id of the one that stays, and why they are one."""

    record: Record
    of: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """Return where it was read, and what it is a duplicate of."""
        where = {"source": self.record.source, "line": self.record.line, "title": self.record.title}
        return {**where, "of": self.of, "why": self.why}


@dataclass(frozen=True, slots=True)
class Search:
    """The records of a search: those that stay, duplicates, and pairs that a person must judge.

    `found` is how many records each source gave, in the order of the sources.
    """

    found: tuple[tuple[str, int], ...]
    kept: tuple[Kept, ...]
    duplicates: tuple[Duplicate, ...]
    possible: tuple[tuple[str, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return records, duplicates, and the counts that a flow diagram needs."""
        return {
            "found": [{"source": source, "records": count} for source, count in self.found],
            "identified": sum(count for _, count in self.found),
            "duplicates_removed": len(self.duplicates),
            "to_screen": len(self.kept),
            "records": [one.to_json() for one in self.kept],
            "duplicates": [one.to_json() for one in self.duplicates],
            "possible_duplicates": [
                {"first": first, "second": second, "why": why} for first, second, why in self.possible
            ],
        }


def deduplicate(records: Sequence[Record]) -> Search:
    """Return the search without its duplicates; of equal records the first stays."""
    head, why = _heads(records)
    ids = {at: f"r{number}" for number, at in enumerate((at for at in head if head[at] == at), start=1)}
    members: dict[int, list[Record]] = defaultdict(list)
    for at, first in head.items():
        members[first].append(records[at])
    kept = tuple(Kept(name, _filled(members[at])) for at, name in ids.items())
    return Search(
        found=tuple(Counter(record.source for record in records).items()),
        kept=kept,
        duplicates=tuple(Duplicate(records[at], ids[head[at]], why[at]) for at in head if at not in ids),
        possible=tuple(_possible(kept)),
    )


def _heads(records: Sequence[Record]) -> tuple[dict[int, int], dict[int, str]]:
    """Return for each record the first that it is one with (perhaps itself), and why.

    A record that is one with two earlier ones joins these, unless an identifier tells them apart.
    """
    head = {at: at for at in range(len(records))}
    why: dict[int, str] = {}
    known: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        for reason, key in _keys(record):
            for other in known[key]:
                first, second = sorted((_head(head, other), _head(head, at)))
                if first != second and not _differ(records[first], records[second]):
                    head[second], why[second] = first, reason
            known[key].append(at)
    return {at: _head(head, at) for at in head}, why


def _head(head: Mapping[int, int], at: int) -> int:
    while head[at] != at:
        at = head[at]
    return at


def _keys(record: Record) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what makes a record one with another, the surest first, each with its name."""
    if record.doi:
        yield "same DOI", ("doi", record.doi)
    if record.pmid:
        yield "same PubMed id", ("pmid", record.pmid)
    title, author = plain(record.title), _surname(record)
    if len(title) >= _LEAST_LETTERS and author and record.year:
        yield "same title, first author and year", ("title", title, author, str(record.year))


def _differ(first: Record, second: Record) -> bool:
    """Return whether an identifier that both have says that they are two."""
    pairs = ((first.doi, second.doi), (first.pmid, second.pmid))
    same = any(a and a == b for a, b in pairs)
    return not same and any(a and b and a != b for a, b in pairs)


def plain(text: str) -> str:
    """Return a text without case, accents, spaces and signs, so that two spellings of a title are one."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _surname(record: Record) -> str:
    """Return the first author's family name: what stands before a comma, or the first word."""
    first = record.authors[0] if record.authors else ""
    return plain(first.split(",")[0] if "," in first else first.split(" ")[0])


def _filled(same: Sequence[Record]) -> Record:
    """Return the first of equal records, its gaps filled from the others in their order."""
    found: dict[str, Any] = {}
    for name in _FILLED:
        values = (getattr(record, name) for record in same)
        found[name] = next((value for value in values if value), getattr(same[0], name))
    return replace(same[0], **found)


def _possible(kept: Iterable[Kept]) -> Iterator[tuple[str, str, str]]:
    """Yield pairs of records that stay with one title: what sets them apart is not enough to tell."""
    by_title: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        title = plain(one.record.title)
        if len(title) >= _LEAST_LETTERS:
            for other in by_title[title]:
                yield other.id, one.id, f"same title, {_apart(other.record, one.record)}"
            by_title[title].append(one)


def _apart(first: Record, second: Record) -> str:
    for name, a, b in (
        ("DOI", first.doi, second.doi),
        ("PubMed id", first.pmid, second.pmid),
        ("year", first.year, second.year),
        ("first author", _surname(first), _surname(second)),
    ):
        if a and b and a != b:
            return f"another {name}"
    return "but too little else to compare"
