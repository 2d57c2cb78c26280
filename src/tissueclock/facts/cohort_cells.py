"""The cells of one column of a cohort: each distinct text is read and checked once, then looked up.

The rules of a cell are those of a single case: `entry_of_cell`, `typed_value` and the vocabulary's complaint.
What is kept of a value is a code, one character, that a `Coder` gives it; a column is then a text of codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from tissueclock.core.errors import InputError
from tissueclock.facts.case import Infinite
from tissueclock.facts.definition import FactDefinition, FactValue
from tissueclock.facts.delimited import entry_of_cell
from tissueclock.facts.entries import factor_of_name, typed_value
from tissueclock.facts.vocabulary import definition_of, resolved

BAD, UNKNOWN = "\0", "\1"
"""The codes of a cell that is refused, and of one that holds nothing."""

FIRST_CODE = 2
"""Codes of values start here."""

Known = FactValue | Infinite
Coder = Callable[[Known], str]
"""Gives a known value its code: one character from `chr(FIRST_CODE)` on."""

_MOST_KEPT = 50_000
"""Our choice: a column whose texts are nearly all different is not kept whole."""


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a column: as written, the fact that it means, and the factor into the fact's unit."""

    written: str
    definition: FactDefinition
    factor: Fraction

    @classmethod
    def of(cls, written: str) -> Title:
        """Read a title; raises InputError for one that means no fact or leaves the unit open."""
        return cls(written, definition_of(resolved(written).fact), factor_of_name(written))


def read_cell(title: Title, text: str) -> FactValue | None:
    """Return the value of a cell, None for an empty one; raises InputError with the reason alone.

    The reason never repeats the text, which may be a name or a date in the wrong column.
    """
    definition = title.definition
    value = typed_value(definition, entry_of_cell(title.written, text.strip()), title.factor)
    complaint = "" if value is None else definition.complaint(value)
    if complaint:
        raise InputError(complaint)
    return value


class Cells(dict[str, str]):
    """The codes of the texts of one column, made when a text is first met; `BAD` where it is refused."""

    def __init__(self, title: Title, coder: Coder) -> None:
        super().__init__()
        self.title = title
        self._coder = coder

    def __missing__(self, text: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        code = self[text] = self._code(text)
        return code

    def complaint(self, text: str) -> str:
        """Return what is wrong with a text, empty where nothing is."""
        try:
            read_cell(self.title, text)
        except InputError as error:
            return error.found
        return ""

    def _code(self, text: str) -> str:
        try:
            value = read_cell(self.title, text)
        except InputError:
            return BAD
        return UNKNOWN if value is None else self._coder(value)
