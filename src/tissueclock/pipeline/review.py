"""Files of a systematic review: records in RIS, and the counts of its flow in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.core.files import text_of
from tissueclock.evidence.review.duplicates import Search, deduplicate
from tissueclock.evidence.review.prisma import Flow, FlowError, Included, Part, Reading
from tissueclock.evidence.review.ris import Record, RisError, read_ris

_REMOVED = ("duplicates", "automation", "other")
_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "identified": ("databases", "registers", "other"),
        "removed": _REMOVED,
        "screened": ("n", "excluded"),
        "reports": ("sought", "not_retrieved", "assessed", "excluded"),
        "other": ("sought", "not_retrieved", "assessed", "excluded"),
        "included": ("studies", "reports"),
        "previous": ("studies", "reports"),
    }
)
_NEEDED = ("identified", "removed", "screened", "reports", "included")


def read_search(paths: Sequence[Path]) -> Search:
    """Read records of one or more RIS files, and put those that are one together.

    Raises UsageError where there is no such file, InputError where one is no RIS or holds no record.
    """
    records: list[Record] = []
    for path in paths:
        try:
            found = read_ris(text_of(path), path.name)
        except RisError as error:
            raise InputError(
                f"line {error.line}: {error}.", where=path.name, remedy="Export the search as RIS again."
            ) from error
        if not found:
            raise InputError("it holds no record.", where=path.name, remedy="Export the search as RIS.")
        records.extend(found)
    return deduplicate(records)


def read_flow(path: Path) -> Flow:
    """Read the counts of a flow.

    Raises UsageError where there is no such file, InputError where it is no such table or its counts do not
    add up, with every sum that is wrong.
    """
    document = _document(path)
    try:
        return _flow(document, path.name)
    except FlowError as error:
        found = "; ".join(error.mismatches)
        count = len(error.mismatches)
        raise InputError(
            f"the counts do not add up: {found}.",
            where=path.name,
            remedy=f"Correct {'this sum' if count == 1 else f'these {count} sums'}.",
        ) from error


def _document(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(text_of(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"it is not valid TOML: {error}.", where=path.name, remedy="Mend it.") from error
    for name in _NEEDED:
        if name not in document:
            raise InputError(
                f"it has no table [{name}].", where=path.name, remedy="Write every step's counts."
            )
    for name, table in document.items():
        if name not in _KEYS or not isinstance(table, dict):
            known = ", ".join(f"[{key}]" for key in _KEYS)
            raise InputError(f"'{name}' is no table of a flow.", where=path.name, remedy=f"Tables: {known}.")
        for key in table:
            if key not in _KEYS[name]:
                known = ", ".join(_KEYS[name])
                raise InputError(f"[{name}] has no '{key}'.", where=path.name, remedy=f"It has: {known}.")
    return document


def _flow(document: Mapping[str, Any], file: str) -> Flow:
    found, removed, screened = (document[name] for name in ("identified", "removed", "screened"))
    return Flow(
        databases=_parts(found, "identified", "databases", file, needed=True),
        registers=_parts(found, "identified", "registers", file),
        other_sources=_parts(found, "identified", "other", file),
        removed=tuple(
            Part(name, _count(removed, "removed", name, file)) for name in _REMOVED if name in removed
        ),
        screened=_count(screened, "screened", "n", file),
        screened_out=_count(screened, "screened", "excluded", file),
        reading=_reading(document, "reports", file),
        other=_reading(document, "other", file) if "other" in document else None,
        included=_included(document, "included", file),
        previous=_included(document, "previous", file) if "previous" in document else None,
    )


def _reading(document: Mapping[str, Any], name: str, file: str) -> Reading:
    table = document[name]
    return Reading(
        sought=_count(table, name, "sought", file),
        not_retrieved=_count(table, name, "not_retrieved", file),
        assessed=_count(table, name, "assessed", file),
        excluded=_parts(table, name, "excluded", file, needed=True),
    )


def _included(document: Mapping[str, Any], name: str, file: str) -> Included:
    studies, reports = (_count(document[name], name, key, file) for key in ("studies", "reports"))
    return Included(studies=studies, reports=reports)


def _parts(
    table: Mapping[str, Any], name: str, key: str, file: str, *, needed: bool = False
) -> tuple[Part, ...]:
    parts = table.get(key, None if needed else {})
    if not isinstance(parts, dict):
        raise InputError(
            f"[{name}] {key} is no table of names and counts.",
            where=file,
            remedy=f'Write {key} = {{ "a name" = 12, "another" = 3 }}.',
        )
    return tuple(Part(part, _count(parts, f"{name}.{key}", part, file)) for part in parts)


def _count(table: Mapping[str, Any], name: str, key: str, file: str) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        what = "is missing" if value is None else "is no count"
        raise InputError(
            f"[{name}] '{key}' {what}.", where=file, remedy="Write a whole number, 0 where there were none."
        )
    return value
