"""The studies of a meta-analysis from a CSV: a row a study, its numbers in columns of fixed names."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.files import content_of
from tissueclock.evidence.meta.measures.base import MEASURES, Measure
from tissueclock.evidence.meta.studies import Given, OneArm, Study, TwoArm, TwoMeans
from tissueclock.evidence.meta.table import StudyTable
from tissueclock.pipeline.csv_records import read_records

STUDY = "study"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WHOLE = frozenset({"ai", "n1i", "ci", "n2i", "xi", "ni"})
"""Columns that hold whole numbers."""
_KINDS = (TwoArm, OneArm, TwoMeans, Given)
_FORMS = "study,ai,n1i,ci,n2i or study,xi,ni or study,yi,vi or study,m1i,sd1i,n1i,m2i,sd2i,n2i"
_REMEDY = f"Its first line names columns, with commas between: {_FORMS}."
GENERIC = "GEN"

Row = Mapping[str, str]


def measure_for(name: str | None, header: Sequence[str]) -> Measure:
    """Return the measure that was named; where none was, that of effects as given, if the file has them.

    Raises UsageError for an unknown name, or where counts come without a measure; InputError where there are
    neither counts nor effects.
    """
    if name is not None:
        return MEASURES.get(name)
    if _has(header, Given) and not any(_has(header, kind) for kind in (TwoArm, OneArm, TwoMeans)):
        return MEASURES.get(GENERIC)
    kinds = [kind for kind in _KINDS if _has(header, kind)]
    if not kinds or STUDY not in header:
        raise InputError("its columns are not those of studies.", remedy=_REMEDY)
    fitting = [one.name for one in MEASURES.entries().values() if one.takes in kinds]
    raise UsageError("no measure was named.", remedy=f"Add --measure {'|'.join(fitting)}.")


def read_study_table(path: Path, measure_name: str | None) -> tuple[StudyTable, Measure]:
    """Return the studies of a file, and the measure that they are read for.

    Counts are taken where the measure is computed from them, else effects with variances (`vi`, or `sei`).
    Raises UsageError where there is no such file, InputError for what does not fit, with its line.
    """
    header, rows = _read(path)
    try:
        measure = measure_for(measure_name, header)
        kind = _kind(measure, header)
        studies = tuple(_study(kind, row, line) for line, row in rows)
        further = _further(header, rows)
        return StudyTable(studies=studies, columns=further, notes=_notes(studies)), measure
    except InputError as error:
        raise InputError(
            error.found, where=f"{path.name}{', ' if error.where else ''}{error.where}", remedy=error.remedy
        ) from error


def _read(path: Path) -> tuple[tuple[str, ...], list[tuple[int, Row]]]:
    """Return the titles, those of fixed meaning in small letters, and (line, cells by title) of every row."""
    fixed = frozenset({STUDY, "sei", *(name for kind in _KINDS for name in kind.columns)})
    found = read_records(content_of(path), path.name, fixed)
    rows = zip(found.lines, found.rows, strict=True)
    return found.titles, [(line, dict(zip(found.titles, cells, strict=True))) for line, cells in rows]


def _has(header: Sequence[str], kind: type[Study]) -> bool:
    """Return whether a file has the columns of a kind of study."""
    if kind is Given:
        return "yi" in header and ("vi" in header or "sei" in header)
    return set(kind.columns) <= set(header)


def _kind(measure: Measure, header: Sequence[str]) -> type[Study]:
    """Return the kind of study to read: that of the measure, else effects as given."""
    if STUDY not in header:
        raise InputError("it has no column 'study'.", remedy=_REMEDY)
    for kind in (measure.takes, Given):
        if _has(header, kind):
            return kind
    wanted = ",".join(measure.takes.columns)
    missing = [name for name in measure.takes.columns if name not in header]
    raise InputError(
        f"{measure.name} is computed from {wanted}, and '{missing[0]}' is missing.",
        remedy=_REMEDY,
    )


def _study(kind: type[Study], row: Row, line: int) -> Study:
    if not row[STUDY]:
        raise InputError("the study has no name.", where=f"line {line}", remedy="Name it.")
    try:
        numbers = {name: _cell(row, name) for name in _names(kind, row)}
        if "sei" in numbers:
            numbers["vi"] = _squared(numbers.pop("sei"))
        return kind(study=row[STUDY], **numbers)  # type: ignore[arg-type]
    except ValueError as error:
        raise InputError(
            f"{error}.", where=f"line {line}, '{row[STUDY]}'", remedy="Correct it, or leave the study out."
        ) from error


def _names(kind: type[Study], row: Row) -> list[str]:
    """Return the columns that a study is read from."""
    if kind is not Given:
        return list(kind.columns)
    size = ["ni"] if row.get("ni") else []
    return ["yi", "vi" if "vi" in row else "sei", *size]


def _cell(row: Row, name: str) -> float | int:
    text = row[name]
    if not text:
        raise ValueError(f"{name} is empty")
    if not _NUMBER.fullmatch(text) or math.isinf(float(text)):
        raise ValueError(f"{name} is '{text}', which is no number")
    number = float(text)
    if name not in _WHOLE:
        return number
    if number != int(number):
        raise ValueError(f"{name} is {text}; patients and events are whole numbers")
    return int(number)


def _squared(error: float) -> float:
    if not error > 0:
        raise ValueError(f"sei is {error:g}; a standard error is above 0")
    return error**2


def _further(header: Sequence[str], rows: Sequence[tuple[int, Row]]) -> Mapping[str, tuple[str, ...]]:
    """Return all columns but the study's name as words; a number may serve as a moderator too."""
    return MappingProxyType(
        {title: tuple(row[title] for _, row in rows) for title in header if title and title != STUDY}
    )


def _notes(studies: Sequence[Study]) -> tuple[str, ...]:
    """Return a note of names that come more than once; InputError for a study that is there twice."""
    whole = [study for study, number in Counter(studies).items() if number > 1]
    if whole:
        raise InputError(
            f"'{whole[0].study}' is there twice with the same numbers.",
            remedy="Leave one of the rows out; two studies that happen to be alike need names of their own.",
        )
    names = [name for name, number in Counter(study.study for study in studies).items() if number > 1]
    return tuple(f"{name} is the name of more than one study" for name in names)
