"""A table of plain text with a title a column, for analyses of evidence: read, checked, never guessed at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tissueclock.core.errors import InputError


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
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is no UTF-8 text.", where=file, remedy="Save it as CSV in UTF-8.") from None
    found = list(_records(text, file))
    if len(found) < 2:
        raise InputError("it holds no rows.", where=file, remedy="Write titles, then one row a line.")
    (_, head), *body = found
    titles = tuple(cell.strip() for cell in head)
    _check_titles(titles, file)
    rows = tuple(_row(titles, cells, f"{file}, line {line}") for line, cells in body)
    return PlainTable(file, titles, rows, tuple(line for line, _ in body))


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError("it is not valid CSV.", where=file, remedy="Check its quotation marks.") from error


def _check_titles(titles: Sequence[str], file: str) -> None:
    if "" in titles:
        raise InputError("a column has no title.", where=file, remedy="Give every column one.")
    for title in titles:
        if titles.count(title) > 1:
            raise InputError(f"two columns are called '{title}'.", where=file, remedy="Rename one.")


def _row(titles: Sequence[str], cells: Sequence[str], place: str) -> Mapping[str, str]:
    if len(cells) != len(titles):
        raise InputError(
            f"it has {len(cells)} cells under {len(titles)} titles.",
            where=place,
            remedy="Write decimals with a point, and one cell a title.",
        )
    return dict(zip(titles, (cell.strip() for cell in cells), strict=True))


def whole_number(text: str, title: str, place: str) -> int:
    """Return a cell as a whole number; raises InputError with its place."""
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"'{title}' is '{text}'.", where=place, remedy="It is a whole number, 0 or more."
        ) from None
