"""A table of follow-up, a row a person, read for the analysis of survival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.survival.analysis import Covariates
from tissueclock.evidence.survival.data import FollowUp, follow_up
from tissueclock.pipeline.column_table import MISSING, ColumnTable, read_columns

_MOST_CAUSES = 20
_MOST_VALUES = 12
"""A column of words with more values is no covariate but a name or a date (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns hold what; `strata` are crossed; `reference` is the group to compare with."""

    time: str
    event: str
    group: str | None = None
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    reference: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read."""
        group = (self.group,) if self.group else ()
        return (self.time, self.event, *group, *self.strata, *self.covariates)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadFollowUp:
    """The follow-up, covariates where there are any, and how many rows were left out as incomplete."""

    data: FollowUp
    covariates: Covariates | None
    left_out: int


def read_follow_up(path: Path, columns: Columns, *, skip_incomplete: bool = False) -> ReadFollowUp:
    """Read a table of follow-up.

    Raises UsageError where there is no such file, column or reference, InputError where a cell is missing
    (unless such rows are to be skipped), a time is negative, or an event is no code from 0.
    """
    whole = read_columns(path)
    whole.require(columns.named)
    table, left_out = _complete(whole, columns.named, skip_incomplete)
    times, causes = _times(table, columns.time), _causes(table, columns.event)
    groups = _words(table, columns.group) if columns.group else ["all"] * len(times)
    strata = [", ".join(row) for row in zip(*(_words(table, one) for one in columns.strata), strict=True)]
    order = _first(columns.reference, groups, table.file)
    data = follow_up(times, causes, groups, strata, order)
    return ReadFollowUp(data=data, covariates=_covariates(table, columns.covariates), left_out=left_out)


def _complete(whole: ColumnTable, named: Sequence[str], skip: bool) -> tuple[ColumnTable, int]:
    """Return the table without rows that lack a cell of a named column, and how many these were."""
    places = [whole.titles.index(title) for title in named]
    kept = [at for at, row in enumerate(whole.rows) if all(row[place] not in MISSING for place in places)]
    lost = len(whole.rows) - len(kept)
    if lost and not skip:
        line = next(line for at, line in enumerate(whole.lines) if at not in set(kept))
        raise InputError(
            f"{lost} rows lack a cell of {', '.join(named)}, the first on line {line}.",
            where=whole.file,
            remedy="Fill them in, or leave them out with --skip-incomplete; they will be counted.",
        )
    if not kept:
        raise InputError("no row is complete.", where=whole.file, remedy="Fill in the columns.")
    rows, lines = tuple(whole.rows[at] for at in kept), tuple(whole.lines[at] for at in kept)
    return ColumnTable(file=whole.file, titles=whole.titles, rows=rows, lines=lines), lost


def _times(table: ColumnTable, title: str) -> list[float]:
    times = [number for number in table.numbers(title) if number is not None]
    for line, time in zip(table.lines, times, strict=True):
        if time < 0:
            raise table.refusal(line, title, "is a time below 0", "Write the time since the start.")
    return times


def _causes(table: ColumnTable, title: str) -> list[int]:
    causes = [number for number in table.whole_numbers(title) if number is not None]
    for line, cause in zip(table.lines, causes, strict=True):
        if not 0 <= cause <= _MOST_CAUSES:
            raise table.refusal(
                line, title, "is no event", "Write 0 for none, 1 for the event, 2 and on for others."
            )
    if 1 not in causes:
        raise InputError(
            f"nobody had the event: column '{title}' has no 1.",
            where=table.file,
            remedy="Write 0 for none, 1 for the event, 2 and on for events that compete with it.",
        )
    return causes


def _words(table: ColumnTable, title: str) -> list[str]:
    return [word for word in table.texts(title) if word is not None]


def _first(reference: str | None, groups: Sequence[str], file: str) -> tuple[str, ...]:
    """Return the groups in the order of the file, the reference before the others."""
    order = tuple(dict.fromkeys(groups))
    if reference is None:
        return order
    if reference not in order:
        raise UsageError(
            f"there is no group '{reference}'.", where=file, remedy=f"Groups are: {', '.join(order)}."
        )
    return (reference, *(name for name in order if name != reference))


def _covariates(table: ColumnTable, titles: Sequence[str]) -> Covariates | None:
    """Return numbers as they are, and of words one indicator for each but the first by the alphabet."""
    names: list[str] = []
    columns: list[NDArray[np.float64]] = []
    for title in titles:
        if table.is_numeric(title):
            names.append(title)
            columns.append(np.array(table.numbers(title), dtype=np.float64))
            continue
        words = _words(table, title)
        values = sorted(set(words))
        if len(values) > _MOST_VALUES:
            raise InputError(
                f"column '{title}' has {len(values)} different words.",
                where=table.file,
                remedy="A covariate is a number, or one of a few words.",
            )
        names += [f"{title}: {value} v {values[0]}" for value in values[1:]]
        columns += [np.array([word == value for word in words], dtype=np.float64) for value in values[1:]]
    return Covariates(names=tuple(names), values=np.column_stack(columns)) if columns else None
