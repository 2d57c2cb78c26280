"""A CSV file as columns of text under their titles, with refusals that name line and column, never a cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.files import content_of
from tissueclock.pipeline.csv_records import read_records

MISSING = frozenset({"", "NA"})
"""Cells that say that nothing is known."""
_LARGEST = 1e100
"""What is larger is no measurement; its square would be no number."""
_LARGEST_COUNT = 10**9
"""More people than that are a mistake (our choice)."""


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """A table: the file's name, its titles, its rows, and the line that each row stands on."""

    file: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def require(self, titles: Sequence[str]) -> None:
        """Raise UsageError for a title that the table does not have."""
        for title in titles:
            if title not in self.titles:
                raise UsageError(
                    f"it has no column '{title}'.",
                    where=self.file,
                    remedy=f"It has: {', '.join(self.titles)}.",
                )

    def texts(self, title: str) -> tuple[str | None, ...]:
        """Return a column as text, None where a cell is empty or NA."""
        self.require([title])
        at = self.titles.index(title)
        return tuple(None if row[at] in MISSING else row[at] for row in self.rows)

    def numbers(self, title: str) -> tuple[float | None, ...]:
        """Return a column as numbers, None where a cell is empty or NA; InputError for any other word."""
        cells = zip(self.texts(title), self.lines, strict=True)
        return tuple(None if cell is None else self._number(cell, line, title) for cell, line in cells)

    def whole_numbers(self, title: str) -> tuple[int | None, ...]:
        """Return a column as whole numbers, None where a cell is empty or NA."""
        found = []
        for number, line in zip(self.numbers(title), self.lines, strict=True):
            if number is not None and (number != int(number) or abs(number) > _LARGEST_COUNT):
                what = "is no whole number" if abs(number) <= _LARGEST_COUNT else "is no count so large"
                raise self.refusal(line, title, what, "Write a count as a whole number.")
            found.append(None if number is None else int(number))
        return tuple(found)

    def is_numeric(self, title: str) -> bool:
        """Return whether every cell of a column that is not missing is a number."""
        return all(cell is None or number_of(cell) is not None for cell in self.texts(title))

    def refusal(self, line: int, title: str, what: str, remedy: str) -> InputError:
        """Return the error of one cell."""
        return InputError(f"line {line}, column '{title}': the cell {what}.", where=self.file, remedy=remedy)

    def _number(self, cell: str, line: int, title: str) -> float:
        number = number_of(cell)
        if number is None:
            raise self.refusal(
                line, title, "is no number", "Write decimals with a point, and NA for unknown."
            )
        return number


def number_of(text: str) -> float | None:
    """Return the number that a text is, None if it is none, infinite or beyond all measure."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < _LARGEST and "_" not in text else None


def read_columns(path: Path) -> ColumnTable:
    """Read a CSV file in UTF-8 with a first line of titles.

    Raises UsageError where there is no such file, InputError where it is no such table.
    """
    found = read_records(content_of(path), path.name)
    return ColumnTable(file=path.name, titles=found.titles, rows=found.rows, lines=found.lines)
