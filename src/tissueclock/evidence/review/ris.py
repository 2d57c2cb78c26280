"""Records of a literature search in the RIS format: read line by line, with the place of what cannot be read.

A record begins with `TY  - ` and ends with `ER  - `; between them each line is a tag of two characters and
its value, and a line without a tag goes on with the value before. What a list of records does not need is
dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_TAG = re.compile(r"^([A-Z][A-Z0-9]) {1,3}- ?(.*)$")
_MEDLINE = re.compile(r"^PMID ?- ?\d")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_TITLES = ("TI", "T1", "CT")
_JOURNALS = ("JO", "JF", "T2", "JA", "J2")
_AUTHORS = ("AU", "A1")
_DATES = ("PY", "Y1", "DA")
_PUBMED = re.compile(r"medline|pubmed|\bnlm\b", re.IGNORECASE)
_PMID = re.compile(r"[1-9]\d{4,7}")


class RisError(ValueError):
    """The text is no RIS; the message says why, and `line` where, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: what it is and where it was read. What its source does not say is empty, or None.

    `doi` is in small letters and without an address before it; `year` is that of publication.
    """

    source: str
    line: int
    kind: str
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    volume: str = ""
    issue: str = ""
    first_page: str = ""
    last_page: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return every part by its name."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(item) if isinstance(item, tuple) else item for name, item in found.items()}


def read_ris(text: str, source: str) -> tuple[Record, ...]:
    """Return the records of a text; `source` says where it is from. Raises RisError where it is no RIS."""
    return tuple(_record(fields, source, line) for line, fields in _records(text))


_Fields = dict[str, list[str]]


def _records(text: str) -> Iterator[tuple[int, _Fields]]:
    """Yield the line on which each record begins, and its values by tag."""
    start, fields, last = 0, _Fields(), ""
    for number, line in enumerate(text.splitlines(), start=1):
        found = _TAG.match(line.rstrip())
        tag, value = (found[1], found[2].strip()) if found else ("", line.strip())
        if not start:
            if tag == "TY":
                start, fields, last = number, {"TY": [value]}, "TY"
            elif line.strip():
                raise RisError(_outside(line), number)
        elif tag == "ER":
            yield start, fields
            start = 0
        elif tag == "TY":
            raise RisError(f"a record begins before the one of line {start} has ended (ER)", number)
        elif tag:
            fields.setdefault(tag, []).append(value)
            last = tag
        elif value:
            fields[last][-1] = f"{fields[last][-1]} {value}".strip()
    if start:
        raise RisError("the record that begins here does not end (ER): the file is cut off", start)


def _outside(line: str) -> str:
    """Return why a line that stands in no record is none of RIS."""
    if _MEDLINE.match(line):
        return "it is in MEDLINE's format"
    if line.lstrip().startswith("@"):
        return "it is BibTeX"
    return "a line stands outside of records, which begin with 'TY  - '"


def _record(fields: _Fields, source: str, line: int) -> Record:
    return Record(
        source=source,
        line=line,
        kind=_first(fields, ("TY",)),
        title=_first(fields, _TITLES),
        authors=tuple(name for tag in _AUTHORS for name in fields.get(tag, []) if name),
        year=_year(_first(fields, _DATES)),
        journal=_first(fields, _JOURNALS),
        volume=_first(fields, ("VL",)),
        issue=_first(fields, ("IS",)),
        first_page=_first(fields, ("SP",)),
        last_page=_first(fields, ("EP",)),
        doi=_doi(fields),
        pmid=_pmid(fields),
        url=_first(fields, ("UR", "L2")),
        abstract=_first(fields, ("AB", "N2")),
        keywords=tuple(word for word in fields.get("KW", []) if word),
    )


def _first(fields: _Fields, tags: Sequence[str]) -> str:
    return next((value for tag in tags for value in fields.get(tag, []) if value), "")


def _year(text: str) -> int | None:
    found = _YEAR.search(text)
    return int(found[1]) if found else None


def _doi(fields: _Fields) -> str:
    """Return the DOI that is stated, or that an address of the record holds."""
    places = (*fields.get("DO", []), *fields.get("M3", []), *fields.get("UR", []))
    found = next((match for place in places if (match := _DOI.search(place))), None)
    return found[0].lower().rstrip(".,;)") if found else ""


def _pmid(fields: _Fields) -> str:
    """Return the PubMed id: in an address of PubMed, or the accession number in a record of MEDLINE.

    Other databases number their records too: the same number of two databases says nothing.
    """
    addresses = (re.search(r"pubmed[^/]*/(\d{5,8})(?!\d)", value) for value in fields.get("UR", []))
    found = next((match[1] for match in addresses if match), "")
    if found or not any(_PUBMED.search(name) for tag in ("DB", "DP") for name in fields.get(tag, [])):
        return found
    return next((value for value in fields.get("AN", []) if _PMID.fullmatch(value)), "")
