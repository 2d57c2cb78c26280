"""Strict reading of TOML tables: every key is known, every value has its type, every error has its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from tissueclock.core.errors import InputError

Word = TypeVar("Word", bound=Enum)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table of a file; `path` says where in it, for example `criterion[3].rule`."""

    values: Mapping[str, Any]
    file: str
    path: str = ""

    @property
    def place(self) -> str:
        """The file and the path, for errors."""
        return f"{self.file}: {self.path}" if self.path else self.file

    def only(self, *known: str) -> Table:
        """Return this table; raises InputError if it has a key that is not among `known`."""
        unknown = [key for key in self.values if key not in known]
        if unknown:
            raise InputError(
                f"unknown key '{unknown[0]}'.", where=self.place, remedy=f"Known: {', '.join(known)}."
            )
        return self

    def has(self, key: str) -> bool:
        """Tell whether the key is given."""
        return key in self.values

    def get(self, key: str, kind: type[Item], name_of_kind: str) -> Item:
        """Return a value of a given type; raises InputError if it is missing or of another type."""
        if key not in self.values:
            raise InputError(f"the key '{key}' is missing.", where=self.place, remedy="Add it.")
        value = self.values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"'{key}' must be {name_of_kind}.", where=self.place)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty; `default` where the key is absent, if one is given."""
        if default is not None and key not in self.values:
            return default
        text = self.get(key, str, "a text").strip()
        if not text:
            raise InputError(f"'{key}' is empty.", where=self.place)
        return text

    def day(self, key: str) -> date:
        """Return a date."""
        return self.get(key, date, "a date such as 2018-02-22")

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        """Return a member of `words` by its value."""
        if default is not None and key not in self.values:
            return default
        text = self.text(key)
        for member in words:
            if member.value == text:
                return member
        known = ", ".join(str(member.value) for member in words)
        raise InputError(f"'{key}' is '{text}'.", where=self.place, remedy=f"Known: {known}.")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where the key is absent."""
        found = self.get(key, list, "a list of texts") if key in self.values else []
        if not all(isinstance(text, str) for text in found):
            raise InputError(f"'{key}' must be a list of texts.", where=self.place)
        return tuple(found)

    def table(self, key: str) -> Table:
        """Return a sub-table; an empty one where the key is absent."""
        found: Mapping[str, Any] = self.get(key, dict, "a table") if key in self.values else {}
        return self._inner(found, key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return an array of tables; empty where the key is absent. Places count from 1."""
        found = self.get(key, list, "an array of tables") if key in self.values else []
        if not all(isinstance(item, Mapping) for item in found):
            raise InputError(f"'{key}' must be an array of tables.", where=self.place)
        return tuple(self._inner(item, f"{key}[{index}]") for index, item in enumerate(found, start=1))

    def _inner(self, values: Mapping[str, Any], key: str) -> Table:
        return Table(values, self.file, f"{self.path}.{key}" if self.path else key)


@contextmanager
def errors_at(place: str) -> Iterator[None]:
    """Give an InputError that has no place this one."""
    try:
        yield
    except InputError as error:
        if error.where:
            raise
        raise InputError(error.found, where=place, remedy=error.remedy) from error


def each(tables: tuple[Table, ...], build: Callable[[Table], Item]) -> tuple[Item, ...]:
    """Build a value from each table, with the table's place in what it raises."""
    found = []
    for table in tables:
        with errors_at(table.place):
            found.append(build(table))
    return tuple(found)
