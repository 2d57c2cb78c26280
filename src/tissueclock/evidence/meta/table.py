"""The studies of a meta-analysis with what else is known of them, as in the rows of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.meta.regression import Moderator
from tissueclock.evidence.meta.studies import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTable:
    """Studies of one kind, and further columns by name: one word a study, as it was written.

    `notes` say what a reader must know of the table itself.
    """

    studies: tuple[Study, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    def words(self, name: str) -> tuple[str, ...]:
        """Return a column; UsageError if there is none, InputError where a study has no word in it."""
        if name not in self.columns:
            known = ", ".join(self.columns) or "none"
            raise UsageError(f"there is no column '{name}'.", remedy=f"Further columns of the file: {known}.")
        for study, word in zip(self.studies, self.columns[name], strict=True):
            if not word:
                raise InputError(
                    f"'{name}' is empty for '{study.study}'.", remedy="Fill it in, or leave the study out."
                )
        return self.columns[name]

    def moderator(self, name: str) -> Moderator:
        """Return a column as numbers where all are, as words where none is; InputError for a mixture."""
        words = self.words(name)
        numbers = [_number(word) for word in words]
        if None not in numbers:
            return Moderator(name=name, values=cast(tuple[float, ...], tuple(numbers)))
        if all(number is None for number in numbers):
            return Moderator(name=name, values=words)
        stray = words[numbers.index(None)]
        raise InputError(
            f"'{name}' holds numbers and words ('{stray}').", remedy="Write numbers only, or words only."
        )


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
