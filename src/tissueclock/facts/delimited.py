"""One case as comma-separated text: `fact,value[,unit]` a line, or one row under a header of names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.facts.clock import PREFIX
from tissueclock.facts.definition import FactDefinition, Kind
from tissueclock.facts.vocabulary import definition_of, is_known, resolved

ID_COLUMNS = ("case_id", "id", "subject", "record_id", "usubjid")
"""Titles, in any letter case, of a column that names cases and is no fact."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_YES, _NO = ("true", "yes", "1", "y"), ("false", "no", "0", "n")
_NO_WORDS = "none"


def entries_of_csv(text: str) -> Iterator[tuple[str, Any]]:
    """Yield (fact name, entry) of the one case in `text`; an empty cell is an unknown value.

    Yes-or-no facts are true/false, yes/no or 1/0; lists are separated by semicolons, `none` is the empty
    list. Raises InputError for anything else, without repeating what a line without a header holds.
    """
    rows = _rows(text)
    if not rows:
        raise InputError("it is empty.", remedy="The first line must be fact,value or a row of fact names.")
    header = [title.strip() for title in rows[0]]
    yield from _long(rows, len(header)) if is_long(header) else _wide(rows, header)


def is_long(header: Sequence[str]) -> bool:
    """Tell whether a header is that of one case with a fact a line: `fact,value` and perhaps `unit`."""
    return [title.strip().lower() for title in header] in (["fact", "value"], ["fact", "value", "unit"])


def _rows(text: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InputError("it is not valid CSV.", remedy="Check its quotation marks.") from error
    return [row for row in rows if any(cell.strip() for cell in row)]


def _long(rows: list[list[str]], columns: int) -> Iterator[tuple[str, Any]]:
    for row in rows[1:]:
        if len(row) > columns:
            raise InputError("a line has more cells than the header.", remedy="Write decimals with a point.")
        name, text, unit = (*(cell.strip() for cell in row), "", "")[:3]
        value = entry_of_cell(name, text)
        yield name, ({"value": value, "unit": unit} if unit else value)


def _wide(rows: list[list[str]], header: list[str]) -> Iterator[tuple[str, Any]]:
    if not any(is_known(title) or title.startswith(PREFIX) for title in header):
        raise InputError(
            "its first line names no fact.",
            remedy="The first line must be fact,value or a row of fact names, separated by commas.",
        )
    if len(rows) != 2:
        raise InputError(
            f"it holds {len(rows) - 1} cases.",
            remedy="Give one row; 'assess' alone reads a cohort.",
        )
    if len(rows[1]) != len(header):
        raise InputError("its row and its header differ in length.", remedy="Write decimals with a point.")
    for name, cell in zip(header, rows[1], strict=True):
        if name.lower() in ID_COLUMNS:
            continue
        yield name, entry_of_cell(name, cell.strip())


def entry_of_cell(name: str, text: str) -> Any:
    """Return a cell under a title as the kind of its fact, None for an empty one.

    Text that does not fit stays text, to be refused; so does a moment of the clock, to be read later.
    """
    if name.startswith(PREFIX):
        return text or None
    definition = definition_of(resolved(name).fact)
    return cell_value(definition, text) if text else None


def cell_value(definition: FactDefinition, text: str) -> Any:
    """Return a cell that is not empty as the kind of its fact, or as the text that it is."""
    if definition.numeric:
        return Decimal(text) if _NUMBER.fullmatch(text) else text
    if definition.kind is Kind.BOOLEAN:
        return True if text.lower() in _YES else False if text.lower() in _NO else text
    if definition.kind is Kind.SET:
        return [] if text == _NO_WORDS else [word.strip() for word in text.split(";")]
    return text
