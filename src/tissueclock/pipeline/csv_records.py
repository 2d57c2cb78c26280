"""A CSV as titles and rows of text, each with its line: the one reader behind all tables of evidence."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tissueclock.core.errors import InputError

ROWS_REMEDY = "The first line holds titles, each other line a row."


@dataclass(frozen=True, slots=True)
class CsvRecords:
    """A table of text: the file's name, its titles, its rows, and the line that each row stands on.

    Cells have no spaces around them; every row has as many as there are titles.
    """

    file: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]


def read_records(content: bytes, file: str, fixed: frozenset[str] = frozenset()) -> CsvRecords:
    """Return the table in a CSV (UTF-8, commas, a first line of titles); blank lines are nothing.

    Titles of `fixed` meaning are found in any letter case. Raises InputError for anything that is no such
    table, with its line and never a cell.
    """
    found = _filled(_text(content, file), file)
    if len(found) < 2:
        raise InputError("it holds no rows.", where=file, remedy=ROWS_REMEDY)
    (_, head), *body = found
    titles = tuple(title.lower() if title.lower() in fixed else title for title in head)
    _check_titles(titles, file)
    for line, cells in body:
        if len(cells) != len(titles):
            raise InputError(
                f"it has {len(cells)} cells under {len(titles)} titles.",
                where=f"{file}, line {line}",
                remedy="Separate cells by commas, and write decimals with a point.",
            )
    return CsvRecords(file, titles, tuple(cells for _, cells in body), tuple(line for line, _ in body))


def _text(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text.", where=file, remedy="Save it as CSV in UTF-8.") from error


def _filled(text: str, file: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows that hold anything with their lines, from 1."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader]
    except csv.Error as error:
        raise InputError("it is not valid CSV.", where=file, remedy="Check its quotation marks.") from error
    return [(line, cells) for line, cells in rows if any(cells)]


def _check_titles(titles: Sequence[str], file: str) -> None:
    if len(titles) == 1 and (";" in titles[0] or "\t" in titles[0]):
        raise InputError("its cells are not separated by commas.", where=file, remedy="Save it with commas.")
    if "" in titles:
        raise InputError(
            f"column {titles.index('') + 1} has no title.", where=file, remedy="Give every column a title."
        )
    title, times = Counter(titles).most_common(1)[0]
    if times > 1:
        raise InputError(f"the column '{title}' comes twice.", where=file, remedy="Name each column once.")
