"""Where the mRS of two arms comes from: a CSV of counts or of patients, or what a trial published."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.files import content_of
from tissueclock.evidence.ordinal.rows import OrdinalRows, Term, category_term
from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.facts.delimited import ID_COLUMNS
from tissueclock.pipeline.csv_records import read_records
from tissueclock.protocol.registry import protocol
from tissueclock.protocol.results.model import PublishedResults
from tissueclock.protocol.results.mrs import SEVEN_LEVELS
from tissueclock.protocol.results.parts import Outcome
from tissueclock.protocol.results.registry import published, results
from tissueclock.protocol.results.values import HIGHEST_GRADE, Kind

ARM, MRS = "arm", "mrs"
_MISSING = ("", "na", "n/a", "nan", "null", ".")
_MOST_CATEGORIES = 30
"""A column of words with more kinds of them is taken for an id or a remark (our choice)."""
_LEVEL = re.compile(r"\d+(-\d+)?")
_SHOWN = (Kind.MRS_SHIFT, Kind.UTILITY_MRS, *HIGHEST_GRADE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a user chose about a file: the treatment, the covariates, and what to do with missing values.

    `covariates` None: every column that is not an arm, a grade, an id or the strata.
    """

    treatment: str | None = None
    covariates: tuple[str, ...] | None = None
    categorical: tuple[str, ...] = ()
    strata: str | None = None
    exclude_missing: bool = False

    @property
    def of_patients(self) -> bool:
        """Whether something was chosen that only a file of patients has."""
        return bool(self.covariates or self.categorical or self.strata or self.exclude_missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalInput:
    """The two arms with where they are from; `notes` are sentences that belong beside every result.

    `published` is what the trial printed, ready for JSON, and `doubt` what its file says about the counts.
    """

    data: MrsTable | OrdinalRows
    title: str
    notes: tuple[str, ...] = ()
    citation: str = ""
    confidence: str = ""
    published: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def table(self) -> MrsTable:
        """The counts by arm."""
        return self.data if isinstance(self.data, MrsTable) else self.data.table()

    def merged_5_6(self) -> OrdinalInput:
        """Return it with 5 and 6 as one level; raises InputError where other levels are merged with them."""
        return OrdinalInput(
            data=self.data.merged_5_6(),
            title=self.title,
            notes=(*self.notes, "The grades 5 and 6 are one level."),
            citation=self.citation,
            confidence=self.confidence,
            published=self.published,
        )

    def to_json(self) -> dict[str, Any]:
        """Return where the arms are from."""
        return {
            "title": self.title,
            "citation": self.citation or None,
            "confidence": self.confidence or None,
            "published": [dict(item) for item in self.published],
            "notes": list(self.notes),
        }


def read_ordinal(path: Path, choices: Choices | None = None) -> OrdinalInput:
    """Read a CSV of counts (`arm,0,1,2,3,4,5,6`) or of patients (`arm,mrs[,covariates]`).

    Raises UsageError where there is no such file or a chosen column or arm is not in it, InputError for what
    is no such table: a grade beyond 6, an empty arm, one arm or three, a missing value that nobody excluded.
    """
    chosen = choices or Choices()
    records = read_records(content_of(path), path.name, frozenset((ARM, MRS)))
    header, rows = list(records.titles), [list(row) for row in records.rows]
    try:
        if ARM not in header:
            raise InputError(
                f"it has no column '{ARM}'.", remedy="The first line is arm,0,1,2,3,4,5,6 or arm,mrs."
            )
        read = _read_patients if MRS in header else _read_counts
        return read(header, rows, chosen, path.stem)
    except InputError as error:
        raise InputError(error.found, where=path.name, remedy=error.remedy) from error
    except UsageError as error:
        raise UsageError(error.found, where=path.name, remedy=error.remedy) from error


def published_ordinal(trial: str) -> OrdinalInput:
    """Return the published scale of a trial; UsageError if unknown, InputError where there are no counts."""
    found = results(trial)
    both = found.mrs()
    if both is None:
        raise InputError(
            _why_no_counts(found),
            where=f"{trial}.toml",
            remedy=f"Trials with counts: {', '.join(_with_counts())}.",
        )
    names = [arm.name for arm in found.arms]
    recalled = both.confidence.value
    notes = [f"The counts are {recalled}: see the trial's file."] if recalled != "found" else []
    notes += [both.doubt] if both.doubt else []
    notes += [] if both.randomised else ["The arms were not allocated by chance."]
    return OrdinalInput(
        data=MrsTable(
            arms=(names[0], names[1]),
            counts=(both.treatment.counts, both.control.counts),
            levels=both.treatment.levels,
        ),
        title=protocol(trial).title,
        notes=tuple(notes),
        citation=found.citation,
        confidence=recalled,
        published=tuple(
            _effect(item)
            for item in found.outcomes
            if item.effect and item.kind in _SHOWN and not item.stratum
        ),
    )


def _with_counts() -> list[str]:
    return [name for name, found in published().items() if found.mrs() is not None]


def _why_no_counts(found: PublishedResults) -> str:
    reasons = [f"{arm.name}: {arm.mrs.status}." for arm in found.arms if arm.mrs and not arm.mrs.counts]
    return " ".join(("there are no certain counts of the scale in both arms.", *reasons))


def _effect(outcome: Outcome) -> dict[str, Any]:
    effect = outcome.effect
    assert effect is not None  # noqa: S101 - only such outcomes come here
    limits = "" if effect.interval is None else f" ({effect.interval[0]} to {effect.interval[1]})"
    return {
        "outcome": outcome.id,
        "text": f"{effect.measure.value} {effect.estimate}{limits}",
        "measure": effect.measure.value,
        "estimate": None if effect.estimate is None else float(effect.estimate),
        "ci": None if effect.interval is None else [float(limit) for limit in effect.interval],
        "adjusted": effect.adjusted,
        "p": None if outcome.p is None else str(outcome.p),
        "confidence": outcome.origin.of("estimate").value,
    }


def _read_counts(header: list[str], rows: list[list[str]], choices: Choices, title: str) -> OrdinalInput:
    if choices.of_patients:
        raise UsageError(
            "a choice about covariates, strata or missing values was made.",
            remedy="It needs a file of patients: arm,mrs and the covariates.",
        )
    levels = tuple(name for name in header if name != ARM)
    for name in levels:
        if not _LEVEL.fullmatch(name) or not all(part in SEVEN_LEVELS for part in name.split("-")):
            raise InputError(f"there is no mRS of '{name}'.", remedy="The columns are arm and 0 to 6.")
    counts: dict[str, tuple[int, ...]] = {}
    for number, row in enumerate(rows, start=1):
        name = row[header.index(ARM)]
        if not name or name in counts:
            raise InputError(f"row {number} names no new arm.", remedy="Give each arm one row and a name.")
        counts[name] = tuple(
            _count(cell, number, level) for cell, level in zip(row, header, strict=True) if level != ARM
        )
    first, second = _two_arms(tuple(counts), choices.treatment)
    table = MrsTable(arms=(first, second), counts=(counts[first], counts[second]), levels=levels)
    return OrdinalInput(data=table, title=title, notes=_about_arms(first, second, choices))


def _count(cell: str, number: int, level: str) -> int:
    if not re.fullmatch(r"[+-]?\d+(\.0*)?", cell):
        raise InputError(
            f"the count of row {number} at '{level}' is no whole number.",
            remedy="Give patients, 0 where none.",
        )
    return int(float(cell))


def _two_arms(names: Sequence[str], treatment: str | None) -> tuple[str, str]:
    if len(names) != 2:
        raise InputError(
            f"it has {len(names)} arm{'s' if len(names) != 1 else ''}: {', '.join(names[:5])}.",
            remedy="Two are compared: leave two in the file.",
        )
    if treatment is not None and treatment not in names:
        raise UsageError(f"there is no arm '{treatment}'.", remedy=f"Known: {', '.join(names)}.")
    first = treatment or names[0]
    return first, next(name for name in names if name != first)


def _about_arms(first: str, second: str, choices: Choices) -> tuple[str, ...]:
    """Warn where the arms are coded 0 and 1 and the 0 comes first, as a control usually does."""
    if choices.treatment is None and (first, second) == ("0", "1"):
        return (
            "The arm 0 comes first in the file, so it is the treatment here; --treatment 1 turns it round.",
        )
    return ()


def _read_patients(header: list[str], rows: list[list[str]], choices: Choices, title: str) -> OrdinalInput:
    names = _covariates(header, choices)
    used = [ARM, MRS, *names, *([choices.strata] if choices.strata else [])]
    columns = {name: [row[header.index(name)] for row in rows] for name in dict.fromkeys(used)}
    columns, notes = _without_missing(columns, choices)
    level_of = tuple(_grade(cell, number) for number, cell in enumerate(columns[MRS], start=1))
    first, second = _two_arms(tuple(dict.fromkeys(columns[ARM])), choices.treatment)
    found = OrdinalRows(
        arms=(first, second),
        level_of=level_of,
        first=tuple(cell == first for cell in columns[ARM]),
        terms=tuple(_term(name, columns[name], name in choices.categorical) for name in names),
        strata=tuple(columns[choices.strata]) if choices.strata else (),
    )
    return OrdinalInput(data=found, title=title, notes=(*_about_arms(first, second, choices), *notes))


def _covariates(header: list[str], choices: Choices) -> tuple[str, ...]:
    """Return the columns to adjust for; raises UsageError where one that was named is not there."""
    named = (*(choices.covariates or ()), *choices.categorical, *([choices.strata] if choices.strata else []))
    for name in named:
        if name not in header or name in (ARM, MRS):
            raise UsageError(f"there is no column '{name}' to use.", remedy=f"Known: {', '.join(header)}.")
    if choices.covariates is not None:
        extra = [name for name in choices.categorical if name not in choices.covariates]
        return (*choices.covariates, *extra)
    left_out = {ARM, MRS, *([choices.strata] if choices.strata not in choices.categorical else [])}
    return tuple(name for name in header if name not in left_out and name.lower() not in ID_COLUMNS)


def _without_missing(
    columns: Mapping[str, list[str]], choices: Choices
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    missing = {name: sum(map(_is_missing, cells)) for name, cells in columns.items()}
    counted = ", ".join(f"{name} ({count})" for name, count in missing.items() if count)
    if not counted:
        return dict(columns), ()
    if not choices.exclude_missing:
        raise InputError(
            f"values are missing: {counted}.",
            remedy="Fill them in, or leave such patients out with --missing exclude.",
        )
    size = len(columns[ARM])
    kept = [
        place for place in range(size) if not any(_is_missing(cells[place]) for cells in columns.values())
    ]
    if not kept:
        raise InputError("every patient has a missing value.", remedy="Use fewer covariates.")
    note = f"{size - len(kept)} of {size} patients are left out; missing: {counted}."
    return {name: [cells[place] for place in kept] for name, cells in columns.items()}, (note,)


def _is_missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _grade(cell: str, number: int) -> int:
    if not re.fullmatch(r"\d+(\.0*)?", cell):
        raise InputError(f"the mRS of row {number} is no whole number.", remedy="Give 0 to 6.")
    grade = int(float(cell))
    if grade >= len(SEVEN_LEVELS):
        raise InputError(f"the mRS of row {number} is {grade}.", remedy="The scale is from 0 to 6.")
    return grade


def _term(name: str, cells: Sequence[str], categorical: bool) -> Term:
    numbers = [_number(cell) for cell in cells]
    known = [number for number in numbers if number is not None]
    if len(known) == len(cells) and not categorical:
        return Term(name=name, labels=(name,), columns=(tuple(known),))
    kinds = len(set(cells))
    if kinds > _MOST_CATEGORIES:
        raise InputError(
            f"the column '{name}' has {kinds} categories.",
            remedy=f"Name the columns to adjust for with --covariates; up to {_MOST_CATEGORIES} categories.",
        )
    return category_term(name, cells)


def _number(cell: str) -> float | None:
    return float(cell) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell) else None
