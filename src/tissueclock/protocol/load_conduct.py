"""TOML tables -> how a trial was run: randomisation, visits, versions, readings of what is left open, and
the predicates by which other trials refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tissueclock.core.errors import InputError
from tissueclock.protocol.model import Confidence, Predicate, Randomisation, Reading, Version, Visit
from tissueclock.protocol.rule import Limit
from tissueclock.protocol.table import Table

KEYS = ("randomisation", "visit", "version", "reading", "predicate")
"""The keys of a trial's file that this module reads."""

_HOURS_A_DAY = 24
_LONGEST = 1_000_000  # our choice: a century in hours


def parse_randomisation(table: Table, sources: Mapping[str, str]) -> Randomisation | None:
    """Build the randomisation from `[randomisation]`; None where the table is absent, as in a cohort."""
    if not table.values:
        return None
    table.only("ratio", "method", "strata", "confidence", "source")
    return Randomisation(
        ratio=table.text("ratio"),
        method=table.text("method"),
        strata=table.texts("strata"),
        confidence=table.word("confidence", Confidence),
        source=source_of(table, sources),
    )


def parse_visit(table: Table) -> Visit:
    """Build a visit from `[[visit]]`, whose time is `after_h` hours or `after_d` days."""
    table.only("name", "after_h", "after_d", "assessments", "window", "confidence")
    return Visit(
        name=table.text("name"),
        after_h=_hours(table),
        assessments=table.texts("assessments"),
        window=table.text("window", ""),
        confidence=table.word("confidence", Confidence),
    )


def parse_version(table: Table) -> Version:
    """Build a version of the trial's protocol from `[[version]]`."""
    table.only("day", "text")
    return Version(day=table.day("day"), text=table.text("text"))


def parse_reading(table: Table) -> Reading:
    """Build a reading from `[[reading]]`."""
    table.only("question", "reading", "criteria")
    return Reading(
        question=table.text("question"), reading=table.text("reading"), criteria=table.texts("criteria")
    )


def parse_predicate(table: Table) -> Predicate:
    """Build a predicate from `[[predicate]]`."""
    table.only("fact", "text", "criteria")
    return Predicate(fact=table.text("fact"), text=table.text("text"), criteria=table.texts("criteria"))


def source_of(table: Table, sources: Mapping[str, str]) -> str:
    """Return the full name of the source that `table` names; raises InputError for one that is not listed."""
    source = table.text("source")
    if source not in sources:
        raise InputError(f"there is no source '{source}'.", remedy=f"Known: {', '.join(sources)}.")
    return sources[source]


def _hours(table: Table) -> Limit:
    given = [key for key in ("after_h", "after_d") if table.has(key)]
    if len(given) != 1:
        raise InputError("a visit needs either 'after_h' or 'after_d'.")
    value = table.values[given[0]]
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise InputError(f"'{given[0]}' must be a number.")
    if not Decimal(value).is_finite() or not -_LONGEST <= value <= _LONGEST:
        raise InputError(f"'{given[0]}' is longer than any follow-up.")
    return value * _HOURS_A_DAY if given[0] == "after_d" else value
