"""A table of plain text with a title a column, for analyses of evidence: read, checked, never guessed at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tissueclock.core.errors import InputError
from tissueclock.pipeline.csv_records import read_records


@dataclass(frozen=True, slots=True)
class PlainTable:
    """The titles and rows of a CSV.

    A row is a mapping of title to cell, both without spaces around them; `lines` are the rows' lines.
    """

    file: str
    titles: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[int, ...]

    def require(self, titles: Sequence[str]) -> None:
        """Raise InputError unless every title is there."""
        missing = [title for title in titles if title not in self.titles]
        if missing:
            raise InputError(
                f"it has no column '{missing[0]}'.",
                where=self.file,
                remedy=f"Its columns are: {', '.join(self.titles)}.",
            )

    def numbered(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the place of every row, for errors, and the row."""
        for line, row in zip(self.lines, self.rows, strict=True):
            yield f"{self.file}, line {line}", row


def read_plain_table(content: bytes, file: str) -> PlainTable:
    """Return the table in a CSV (UTF-8, commas). Raises InputError for anything that is not one."""
    found = read_records(content, file)
    rows = tuple(dict(zip(found.titles, cells, strict=True)) for cells in found.rows)
    return PlainTable(file, found.titles, rows, found.lines)


def whole_number(text: str, title: str, place: str) -> int:
    """Return a cell as a whole number; raises InputError with its place."""
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"'{title}' is '{text}'.", where=place, remedy="It is a whole number, 0 or more."
        ) from None
