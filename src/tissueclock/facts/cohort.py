"""Many cases in one CSV: a header of fact names or synonyms, a row a case, an empty cell unknown.

Without a column of ids the cases are numbered from 1. The file is read in batches of rows, so that memory
does not grow with it, but for the ids, which are kept to find one that comes twice. A row that cannot be read
is named by its line, with the column and the reason; what its cells hold is never repeated, since a name or a
date may stand in the wrong column.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

from tissueclock.core.errors import InputError, UsageError
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.clock import MOMENTS, PREFIX
from tissueclock.facts.cohort_cells import BAD, Cells, Coder, Title
from tissueclock.facts.cohort_derive import CLOCK, RELATED, SOURCE, Derivation
from tissueclock.facts.delimited import ID_COLUMNS, entry_of_cell, is_long
from tissueclock.facts.entries import case_from_entries
from tissueclock.facts.vocabulary import NOT_REPEATED, is_known

_BATCH_ROWS = 2048  # our choice: large enough that the work per batch does not count
_MOST_LISTED = 10
_MOST_COLUMNS = 3

_Row = tuple[int, list[str]]
"""The line on which a row starts, counted from 1, and its cells."""

_Named = tuple[str, _Row]
"""A row that can be read so far, and its id."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first row: titles as written, what each column holds, and in which one the ids stand, if any.

    A name is a fact's, a moment's with the clock's prefix, or "" for the ids.
    """

    titles: tuple[str, ...]
    names: tuple[str, ...]
    id_column: int | None

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that the columns hold, in the order of the file."""
        return tuple(name for name in self.names if name and not name.startswith(PREFIX))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some cases: their lines and ids, and for each fact that has a column one code a case."""

    lines: Sequence[int]
    ids: Sequence[str]
    codes: Mapping[str, str]

    def without(self, places: Collection[int]) -> Batch:
        """Return the batch without the cases at these places."""
        kept = [at for at in range(len(self.ids)) if at not in places]
        return Batch(
            [self.lines[at] for at in kept],
            [self.ids[at] for at in kept],
            {name: "".join([codes[at] for at in kept]) for name, codes in self.codes.items()},
        )


@dataclass(slots=True)
class Refusals:
    """The rows that were not read: how many, their lines, and of the first ones the reasons."""

    lines: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        """Note one row."""
        self.lines.append(line)
        if len(self.reasons) < _MOST_LISTED:
            self.reasons.append(f"line {line}: {reason}")

    def sentence(self) -> str:
        """Return what is wrong, in one sentence, the first reasons one by one."""
        count, listed = len(self.lines), len(self.reasons)
        more = f"; and {count - listed} more" if count > listed else ""
        return f"{count} {'row' if count == 1 else 'rows'} cannot be read: {'; '.join(self.reasons)}{more}."


def is_cohort(path: Path) -> bool:
    """Tell whether a file is a CSV with more than one row under a header of names."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    with _opened(path) as file:
        head = list(islice(_rows(file), 3))
    return len(head) == 3 and not is_long(head[0][1])


def read_header(path: Path) -> Header:
    """Return the header of a cohort; raises UsageError or InputError as `read_batches`."""
    with _opened(path) as file:
        return _header(_rows(file))


def read_batches(
    path: Path, coders: Mapping[str, Coder], refusals: Refusals, *, skip_bad_rows: bool = False
) -> Iterator[Batch]:
    """Yield the cases of a CSV in the order of the file, as codes of the facts that `coders` names.

    Every cell of every column is checked, and every row for facts that contradict each other; what follows by
    definition is derived as `derive.complete` does. Rows that are not read are noted in `refusals`; unless
    `skip_bad_rows` is set, the end of the file raises InputError with them.

    Raises UsageError if there is no such file; InputError if it cannot be read, its header is wrong or an id
    comes twice.
    """
    with _opened(path) as file:
        rows = _rows(file)
        reader = _Reader(_header(rows), coders, refusals)
        while chunk := list(islice(rows, _BATCH_ROWS)):
            yield reader.batch(chunk)
        if refusals.lines and not skip_bad_rows:
            raise InputError(refusals.sentence(), remedy="Correct them, or leave them out: --skip-bad-rows.")


def read_cases(path: Path, wanted: str | None = None) -> Iterator[tuple[str, CaseFacts]]:
    """Yield (id, facts as typed) of every row, or of the one with the id `wanted`.

    It is slow, since it builds every fact: for a look at single cases. Errors are those of `read_batches`.
    """
    with _opened(path) as file:
        rows = _rows(file)
        header = _header(rows)
        for number, (line, cells) in enumerate(rows, start=1):
            if len(cells) != len(header.names):
                raise InputError(f"line {line}: {_length(cells, header)}.")
            name = _id(header, cells, number)
            if wanted in (None, name):
                yield name, _case(header, line, cells)


def case_called(path: Path, wanted: str) -> CaseFacts:
    """Return the facts of the case with this id, as typed; raises UsageError where there is none."""
    found = next(read_cases(path, wanted), None)
    if found is None:
        raise UsageError("there is no case of that id.", where=path.name, remedy="Check the id column.")
    return found[1]


class _Reader:
    """The columns of one file, with what has been looked up and which ids have been seen."""

    def __init__(self, header: Header, coders: Mapping[str, Coder], refusals: Refusals) -> None:
        self._header = header
        self._refusals = refusals
        self._seen: dict[str, int] = {}
        self._read = 0
        self._cells = {
            place: Cells(Title.of(header.titles[place]), coders.get(name, _no_code))
            for place, name in enumerate(header.names)
            if name in header.facts
        }
        self._related = tuple(_related(header, coders))

    def batch(self, rows: Sequence[_Row]) -> Batch:
        """Return the rows that can be read as codes; the others are noted."""
        bad: list[tuple[int, str]] = []
        kept = [(name, row) for row in rows if (name := self._id(row, bad))]
        columns = self._columns(kept)
        if any(BAD in column for column in columns.values()):
            kept = _without(kept, self._bad_cells, bad)
            columns = self._columns(kept)
        related = self._follow(kept)
        if any(BAD in column for column in related.values()):
            kept = _without(kept, self._contradiction, bad)
            columns, related = self._columns(kept), self._follow(kept)
        for line, reason in sorted(bad):
            self._refusals.add(line, reason)
        by_fact = {self._header.names[at]: codes for at, codes in columns.items()}
        lines, ids = [row[0] for _, row in kept], [name for name, _ in kept]
        return Batch(lines, ids, by_fact | related)

    def _id(self, row: _Row, bad: list[tuple[int, str]]) -> str:
        """Return the id of a row, "" (noted in `bad`) if it has none or lacks cells; twice is refused."""
        line, cells = row
        self._read += 1
        if len(cells) != len(self._header.names):
            bad.append((line, _length(cells, self._header)))
            return ""
        name = _id(self._header, cells, self._read)
        if not name:
            bad.append((line, "it has no id"))
        elif self._seen.setdefault(name, line) != line:
            raise InputError(
                f"the id on line {line} is that of line {self._seen[name]}.",
                remedy="Give every case an id of its own.",
            )
        return name

    def _columns(self, kept: Sequence[_Named]) -> dict[int, str]:
        turned = list(zip(*(cells for _, (_, cells) in kept), strict=True))
        if not turned:
            return dict.fromkeys(self._cells, "")
        return {at: "".join(map(cells.__getitem__, turned[at])) for at, cells in self._cells.items()}

    def _follow(self, kept: Sequence[_Named]) -> dict[str, str]:
        """Return the codes of what follows by definition, by fact."""
        found: dict[str, str] = {}
        for places, outputs, derivation in self._related:
            texts = (tuple([cells[at] for at in places]) for _, (_, cells) in kept)
            codes = "".join(map(derivation.__getitem__, texts))
            found |= {name: codes[at :: len(outputs)] for at, name in enumerate(outputs)}
        return found

    def _bad_cells(self, cells: Sequence[str]) -> str:
        found = [(at, column) for at, column in self._cells.items() if column[cells[at]] == BAD]
        reasons = [
            f"column {self._header.titles[at]} {column.complaint(cells[at])}"
            for at, column in found[:_MOST_COLUMNS]
        ]
        more = [f"and {len(found) - _MOST_COLUMNS} more columns"] if len(found) > _MOST_COLUMNS else []
        return ", ".join(reasons + more)

    def _contradiction(self, cells: Sequence[str]) -> str:
        texts = ((tuple([cells[at] for at in places]), derivation) for places, _, derivation in self._related)
        return next((reason for row, derivation in texts if (reason := derivation.complaint(row))), "")


def _without(
    kept: Sequence[_Named], complaint: Callable[[Sequence[str]], str], bad: list[tuple[int, str]]
) -> list[_Named]:
    """Return the rows about which there is no complaint; the others are added to `bad`."""
    good = []
    for item in kept:
        line, cells = item[1]
        reason = complaint(cells).rstrip(".")
        if reason:
            bad.append((line, reason))
        else:
            good.append(item)
    return good


def _related(
    header: Header, coders: Mapping[str, Coder]
) -> Iterator[tuple[tuple[int, ...], tuple[str, ...], Derivation]]:
    """Yield the columns that are bound to each other, what can follow from them, and how."""
    moments, times = CLOCK
    clock = () if set(moments).isdisjoint(header.names) else ((moments + times, times),)
    for group, outputs in (*RELATED, *clock):
        places = tuple(at for at, name in enumerate(header.names) if name in group)
        if places:
            wanted = {name: coders.get(name, _no_code) for name in outputs}
            yield places, outputs, Derivation([header.titles[at] for at in places], wanted)


def _no_code(value: object) -> str:
    """Stand for every value of a fact that no rule reads."""
    return "x"


def _id(header: Header, cells: Sequence[str], number: int) -> str:
    return str(number) if header.id_column is None else cells[header.id_column].strip()


def _case(header: Header, line: int, cells: Sequence[str]) -> CaseFacts:
    columns = zip(header.names, header.titles, cells, strict=True)
    try:
        entries = [(title, entry_of_cell(title, cell.strip())) for name, title, cell in columns if name]
        return case_from_entries(entries, SOURCE)
    except InputError as error:
        raise InputError(f"line {line}: {error.found}", remedy=error.remedy) from error


def _length(cells: Sequence[str], header: Header) -> str:
    return f"it has {len(cells)} cells under a header of {len(header.names)}"


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a CSV; every error that reading it raises names the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except FileNotFoundError:
        raise UsageError(
            "there is no such file.", where=path.name, remedy="Check the path of the facts file."
        ) from None
    except OSError as error:
        raise InputError(
            "it cannot be read.", where=path.name, remedy="Check that it is a file that you may read."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text.", where=path.name, remedy="Save it as UTF-8.") from error
    except InputError as error:
        raise InputError(error.found, where=path.name, remedy=error.remedy) from error


def _rows(file: TextIO) -> Iterator[_Row]:
    """Yield the rows that hold anything, each with the line on which it starts."""
    reader = csv.reader(file, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells) and any(map(str.strip, cells)):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"it is not valid CSV at line {line}.", remedy="Check its quotation marks."
        ) from error


def _header(rows: Iterator[_Row]) -> Header:
    _, cells = next(rows, (0, []))
    titles = tuple(cell.strip() for cell in cells)
    id_columns = [at for at, title in enumerate(titles) if title.lower() in ID_COLUMNS]
    if not any(is_known(title) or title.startswith(PREFIX) for title in titles):
        raise InputError(
            "its first line names no fact.",
            remedy="The first line must be a row of fact names, separated by commas.",
        )
    if len(id_columns) > 1:
        raise InputError(f"it has {len(id_columns)} columns of ids.", remedy="Keep one of them.")
    names = tuple("" if at in id_columns else _name(at, title) for at, title in enumerate(titles))
    for at, name in enumerate(names):
        if name and name in names[:at]:
            raise InputError(f"'{name}' has two columns.", remedy="Keep one of them.")
    return Header(titles, names, id_columns[0] if id_columns else None)


def _name(at: int, title: str) -> str:
    """Return what the column with a title holds; raises InputError where it is nothing that cases have."""
    moment = title.removeprefix(PREFIX)
    if moment != title:
        if moment in MOMENTS:
            return title
        raise InputError(
            f"column {at + 1}: there is no moment {NOT_REPEATED}.",
            remedy=f"Known: {', '.join(MOMENTS)}.",
        )
    try:
        return Title.of(title).definition.name
    except InputError as error:
        raise InputError(f"column {at + 1}: {error.found}", remedy=error.remedy) from error
