"""Facts files: TOML, JSON or CSV with one case. Decimals keep their digits; what is missing stays unknown."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError, UsageError
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.delimited import entries_of_csv
from tissueclock.facts.entries import ENTRY_KEYS, case_from_entries, case_from_table
from tissueclock.facts.exports import EXPORT_NAMES
from tissueclock.facts.vocabulary import NOT_REPEATED, is_known, quoted, vocabulary

_LARGEST = 5_000_000  # bytes; our choice: a thousand facts take less

SOURCE = "facts file"
"""The source of a fact whose file names none. The file's name is no source: it may hold a patient's name."""


def read_case(path: Path) -> CaseFacts:
    """Read one case from a `.toml`, `.json` or `.csv` file.

    TOML and JSON map a fact's name to a value or to `{value, unit, interval, source, reason}`; an empty
    mapping is a valid case; null, or a table without a value, is unknown. CSV has the columns
    `fact,value[,unit]`, or one row under a header of names; an empty cell is unknown. A JSON file may also be
    a `result.json`, whose facts keep their source, interval and failed gates.

    Raises UsageError if there is no such file, InputError (naming the file, the fact and what to do) if it
    cannot be read or holds an unknown name, a wrong type or unit, an implausible value or a name twice.
    Values under names that are not facts are never repeated.
    """
    reader = _READERS.get(path.suffix.lower())
    if not os.path.exists(path):
        raise UsageError(
            "there is no such file.", where=path.name, remedy="Check the path of the facts file."
        )
    if reader is None:
        raise InputError("this is not a facts file.", where=path.name, remedy="Use .toml, .json or .csv.")
    text = ""
    try:
        text = _text(path)
        return reader(text)
    except InputError as error:
        line = _line_of(error, text)
        where = f"{path.name}, line {line}" if line else path.name
        raise InputError(error.found, where=where, remedy=error.remedy) from error


def _line_of(error: InputError, text: str) -> int | None:
    """Return the line on which what an error is about is given; None where it does not say."""
    named = error.about or next(iter(re.findall(r"'([A-Za-z0-9_.-]+)'", error.found)), "")
    if not named:
        return None
    written = "|".join(map(re.escape, _spellings(named)))
    as_key = re.compile(rf"""(?:^|[\[{{,;\s"'.])(?:{written})["']?\s*[=:,;\]\n]""", re.IGNORECASE)
    found = as_key.search(text)
    return text.count("\n", 0, found.end() - 1) + 1 if found else None


def _spellings(name: str) -> tuple[str, ...]:
    """Return the names under which a fact may stand in a file; one with dots also by its last part."""
    if name not in vocabulary():
        return name, name.rpartition(".")[2]
    exported = (spelling for spelling, meant in EXPORT_NAMES.items() if meant.fact == name)
    return name, *vocabulary()[name].synonyms, *exported


def _text(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise InputError(
            "it is too large for one case.", remedy="A CSV of many cases goes to 'assess' alone."
        )
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError("it cannot be read.", remedy="Check that it is a file that you may read.") from error
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text.", remedy="Save it as UTF-8.") from error


def _from_toml(text: str) -> CaseFacts:
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # a ValueError: a number of thousands of digits
        # The parser's message can quote the file, so only the place is taken from it.
        place = re.search(r"at (line \d+, column \d+|end of document)", str(error))
        raise _malformed("TOML", place.group() if place else "") from error
    return case_from_table(table, SOURCE)


def _from_json(text: str) -> CaseFacts:
    try:
        table = json.loads(text, parse_float=Decimal, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise _malformed("JSON", f"at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise _malformed("JSON", "") from error
    if not isinstance(table, Mapping):
        raise InputError("it must be one object of fact name: value.", remedy="One file holds one case.")
    if _is_result(table):
        return _from_result(json.loads(text)["facts"])
    return case_from_table(table, SOURCE)


def _is_result(table: Mapping[str, Any]) -> bool:
    """Tell whether a JSON document is a `result.json` or what `assess --json` prints, not a facts file."""
    return isinstance(table.get("facts"), Mapping) and "disclaimer" in table


def _from_result(facts: Mapping[str, Any]) -> CaseFacts:
    """Return the facts of a result; its numbers are measurements, so floats, not decimals that were typed."""
    return case_from_table(facts, "result file")


def _from_csv(text: str) -> CaseFacts:
    return case_from_entries(entries_of_csv(text), SOURCE)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        shown = quoted(twice) if is_known(twice) or twice in ENTRY_KEYS else NOT_REPEATED
        raise InputError(f"an entry {shown} is given twice.", remedy="Keep one of them.", about=twice)
    return found


def _malformed(language: str, place: str) -> InputError:
    return InputError(
        f"it is not valid {language}{f' {place}' if place else ''}.", remedy="Correct the file."
    )


_READERS: Mapping[str, Callable[[str], CaseFacts]] = MappingProxyType(
    {".toml": _from_toml, ".json": _from_json, ".csv": _from_csv}
)
