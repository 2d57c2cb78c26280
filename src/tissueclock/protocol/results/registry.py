"""The published results that this version holds: one TOML file a trial, in `protocol/published/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.core.registry import TomlRegistry
from tissueclock.protocol.results.load import parse_results
from tissueclock.protocol.results.model import PublishedResults

_PUBLISHED = TomlRegistry("published result of", "tissueclock.protocol.published", exact_decimals=True)


@cache
def published() -> Mapping[str, PublishedResults]:
    """Return the published results of every trial that has some, by the trial's id, sorted.

    A digest is that of the file, apart from the rule's: a corrected count leaves the rule as it was.
    """
    found = {}
    for name, document in _PUBLISHED.entries().items():
        entry = parse_results(document.table, f"{name}.toml", document.digest)
        if entry.trial != name:
            raise InputError(
                f"its trial is '{entry.trial}'.", where=f"{name}.toml", remedy="Name it as the file."
            )
        found[name] = entry
    return MappingProxyType(dict(sorted(found.items())))


def results(trial: str) -> PublishedResults:
    """Return the published results of a trial; raises UsageError with the trials that have some."""
    _PUBLISHED.get(trial)
    return published()[trial]
