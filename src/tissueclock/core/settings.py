"""Frozen settings: each layer owns its dataclass; a preset's table must state every field, in range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from tissueclock.core.errors import InputError

SettingsType = TypeVar("SettingsType")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a setting means and which values it may take, both ends included."""

    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def complaint(self, value: object) -> str:
        """Return what is wrong with `value`, or an empty string; every item of a tuple has to be in range."""
        if isinstance(value, tuple):
            return next(filter(None, map(self.complaint, value)), "")
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return ""
        if not math.isfinite(value):
            return "must be finite"
        if self.low is not None and not value >= self.low:
            return f"must be at least {self.low:g}"
        if self.high is not None and not value <= self.high:
            return f"must be at most {self.high:g}"
        return ""


def setting(
    help: str, *, low: float | None = None, high: float | None = None, choices: tuple[str, ...] = ()
) -> Any:
    """Declare one field of a settings dataclass, with its meaning and its range."""
    return field(metadata={"limits": Limits(help, low, high, choices)})


def settings_from_table(cls: type[SettingsType], table: Mapping[str, Any], where: str) -> SettingsType:
    """Build the frozen settings `cls` from a TOML table.

    Raises InputError for an unknown key, a missing key, a wrong type or a value out of range: a setting
    that decides a number is never a silent default.
    """
    declared = {item.name: item.metadata["limits"] for item in fields(cls)}  # type: ignore[arg-type]
    unknown, missing = sorted(set(table) - set(declared)), sorted(set(declared) - set(table))
    if unknown:
        raise InputError(
            f"unknown setting '{unknown[0]}'.", where=where, remedy=f"Known: {', '.join(declared)}."
        )
    if missing:
        raise InputError(f"the setting '{missing[0]}' is not stated.", where=where, remedy="Add it.")
    hints = get_type_hints(cls)
    values = {name: _checked(name, table[name], hints[name], declared[name], where) for name in declared}
    return cls(**values)


def settings_to_table(settings: Any) -> dict[str, Any]:
    """Return settings as a plain table, for provenance and reports."""
    return {
        item.name: list(value) if isinstance(value := getattr(settings, item.name), tuple) else value
        for item in fields(settings)
    }


def _checked(name: str, value: Any, hint: Any, limits: Limits, where: str) -> Any:
    converted = _converted(value, hint)
    if converted is None:
        raise InputError(f"{name} = {value!r} has the wrong type.", where=where, remedy=limits.help)
    complaint = limits.complaint(converted)
    if complaint:
        raise InputError(f"{name} = {value!r}: it {complaint}.", where=where, remedy=limits.help)
    return converted


def _converted(value: Any, hint: Any) -> Any:
    """Return `value` as the declared type, or None where it is something else."""
    if hint is bool:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if hint is float:
        return float(value) if isinstance(value, (int, float)) else None
    if hint is int or hint is str:
        return value if isinstance(value, hint) else None
    if hint == tuple[float, ...] and isinstance(value, list):
        items = [_converted(item, float) for item in value]
        return None if None in items else tuple(items)
    return None
