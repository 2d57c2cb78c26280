"""Volumes of many cases from one source: a CSV with a column of ids, or a folder of our results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tissueclock.core.errors import InputError, UsageError
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.cohort import read_cases, read_header
from tissueclock.facts.delimited import ID_COLUMNS
from tissueclock.facts.derive import complete
from tissueclock.facts.files import read_case

RESULT = "result.json"


def is_volumes(path: Path) -> bool:
    """Return whether a path is a CSV, or a folder that holds results of ours at any depth."""
    return path.suffix.lower() == ".csv" or (path.is_dir() and next(path.rglob(RESULT), None) is not None)


def read_volumes(path: Path) -> Mapping[str, CaseFacts]:
    """Return the cases of a source by id, with all that follows by definition.

    The id is what the CSV's column of ids says, or the folder in which a result stands. Raises UsageError
    where there is no such file, InputError where it has no column of ids, an id comes twice, or facts cannot
    be read or contradict each other.
    """
    if path.exists() and not is_volumes(path):
        raise UsageError(
            f"'{path.name}' is neither a CSV nor a folder of results.", remedy="Name one of these."
        )
    pairs = _results(path) if path.is_dir() else _rows(path)
    found: dict[str, CaseFacts] = {}
    for number, (name, case) in enumerate(pairs, start=1):
        if not name or name in found:
            raise InputError(
                f"the id of case {number} {'is that of an earlier case' if name else 'is empty'}.",
                where=path.name,
                remedy="Give every case an id of its own.",
            )
        try:
            found[name] = complete(case)
        except InputError as error:
            raise InputError(f"case {number}: {error.found}", where=path.name, remedy=error.remedy) from error
    if not found:
        raise InputError("it holds no case.", where=path.name, remedy="Give one row a case.")
    return found


def _rows(path: Path) -> Iterator[tuple[str, CaseFacts]]:
    if read_header(path).id_column is None:
        raise InputError(
            "it has no column of case ids.", where=path.name, remedy=f"Add one: {', '.join(ID_COLUMNS)}."
        )
    yield from read_cases(path)


def _results(path: Path) -> Iterator[tuple[str, CaseFacts]]:
    for file in sorted(path.rglob(RESULT)):
        inside = file.parent.relative_to(path).as_posix()
        yield path.resolve().name if inside == "." else inside, read_case(file)
