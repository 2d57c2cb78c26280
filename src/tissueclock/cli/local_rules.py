"""A rule in a file of the user's own: linted first, and judged like a registered trial."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.files import content_of
from tissueclock.core.provenance import digest
from tissueclock.eligibility.judge import judge
from tissueclock.protocol.lint.finding import Level, LintFinding
from tissueclock.protocol.lint.linter import lint
from tissueclock.protocol.load import SETTINGS, parse_protocol
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registry import protocol, protocols, with_settings

_MOST_SHOWN = 8
"""Findings in one sentence; the linter shows all of them."""


def chosen_trials(words: Sequence[str] | None, settings: Sequence[str] = ()) -> tuple[Protocol, ...]:
    """Return the trials that are asked for, by id or as files that end in .toml; by default all registered.

    `settings` (`NAME=VALUE`) change how a registered trial reads what its source leaves open; a file of the
    user's own says that itself. A file is linted first. Raises UsageError for an id or a file that does not
    exist, or for two trials with one id; InputError, with the findings, for a file with an error.
    """
    wanted = _settings(settings)
    if words is None:
        return _set(tuple(protocols().values()), wanted)
    found = [_trial(word) for word in dict.fromkeys(words)]
    ids = [trial.id for trial in found]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            f"two of the trials have the id '{twice}'.",
            remedy="Give the edited copy an id of its own, or ask one.",
        )
    return _set(tuple(found), wanted)


def _settings(words: Sequence[str]) -> dict[str, str]:
    """Return `NAME=VALUE` texts as a mapping; raises UsageError for another form, name or value."""
    found = {}
    for word in words:
        name, _, value = word.partition("=")
        if value not in SETTINGS.get(name, ()):
            known = "; ".join(f"{key}={'|'.join(values)}" for key, values in SETTINGS.items())
            raise UsageError(f"there is no setting '{word}'.", remedy=f"Known: {known}.")
        found[name] = value
    return found


def _set(trials: tuple[Protocol, ...], settings: Mapping[str, str]) -> tuple[Protocol, ...]:
    """Return the trials with these settings; raises UsageError where none of them has one that is named."""
    for name in settings:
        if not any(name in trial.settings for trial in trials if _is_registered(trial)):
            raise UsageError(f"none of the trials has the setting '{name}'.", remedy="Leave --setting out.")
    return tuple(with_settings(trial, settings) if _is_registered(trial) else trial for trial in trials)


def _is_registered(trial: Protocol) -> bool:
    return protocols().get(trial.id) is trial


def _trial(word: str) -> Protocol:
    return _local(Path(word)) if word.endswith(".toml") else protocol(word)


def _local(path: Path) -> Protocol:
    content = content_of(path)
    errors = [item for item in lint(content, path.name, judge) if item.level is Level.ERROR]
    if errors:
        raise InputError(
            _listed(errors),
            where=path.name,
            remedy="Correct the file; 'tissueclock protocol lint FILE' shows all that it finds.",
        )
    table = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    if "class" in table or "otherwise" in table:
        raise InputError(
            "it is a profile, not a trial.",
            where=path.name,
            remedy="Profiles are always asked, without --trial.",
        )
    return parse_protocol(table, path.name, digest(content))


def _listed(errors: Sequence[LintFinding]) -> str:
    number = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
    shown = "; ".join(f"line {item.line} ({item.check}): {item.found}" for item in errors[:_MOST_SHOWN])
    more = f"; and {len(errors) - _MOST_SHOWN} more" if len(errors) > _MOST_SHOWN else ""
    return f"the linter finds {number}: {shown}{more}"
