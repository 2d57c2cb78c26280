"""The cells of one column of a cohort: each distinct text is read and checked once, then looked up.

The rules of a cell are those of a single case: `cell_value`, `typed_value` and the vocabulary's complaint.
What is kept of a value is a code, one character, that a `Coder` gives it; a column is then a text of codes.
"""

from __future__ import annotations

from collections.abc import Callable

from tissueclock.core.errors import InputError
from tissueclock.facts.case import Infinite
from tissueclock.facts.definition import FactDefinition, FactValue
from tissueclock.facts.delimited import cell_value
from tissueclock.facts.entries import typed_value

BAD, UNKNOWN = "\0", "\1"
"""The codes of a cell that is refused, and of one that holds nothing."""

FIRST_CODE = 2
"""Codes of values start here."""

Known = FactValue | Infinite
Coder = Callable[[Known], str]
"""Gives a known value its code: one character from `chr(FIRST_CODE)` on."""

_MOST_KEPT = 50_000
"""Our choice: a column whose texts are nearly all different is not kept whole."""


def read_cell(definition: FactDefinition, text: str) -> FactValue | None:
    """Return the value of a cell, None for an empty one; raises InputError with the reason alone.

    The reason never repeats the text, which may be a name or a date in the wrong column.
    """
    value = typed_value(definition, cell_value(definition, text.strip()))
    complaint = "" if value is None else definition.complaint(value)
    if complaint:
        raise InputError(complaint)
    return value


class Cells(dict[str, str]):
    """The codes of the texts of one column, made when a text is first met; `BAD` where it is refused."""

    def __init__(self, definition: FactDefinition, coder: Coder) -> None:
        super().__init__()
        self.definition = definition
        self._coder = coder

    def __missing__(self, text: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        code = self[text] = self._code(text)
        return code

    def complaint(self, text: str) -> str:
        """Return what is wrong with a text, empty where nothing is."""
        try:
            read_cell(self.definition, text)
        except InputError as error:
            return error.found
        return ""

    def _code(self, text: str) -> str:
        try:
            value = read_cell(self.definition, text)
        except InputError:
            return BAD
        return UNKNOWN if value is None else self._coder(value)
