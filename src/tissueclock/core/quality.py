"""Quality flags: a measured value against a limit, with a sentence; a failed gate withholds the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a check ended, from good to bad."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFlag:
    """One check: `value` against `limit` (None where the check is not a number), said in words."""

    id: str
    level: Level
    value: float | None
    limit: float | None
    text: str

    def to_json(self) -> dict[str, object]:
        """Return the flag as JSON values."""
        return {
            "id": self.id,
            "level": self.level.value,
            "value": self.value,
            "limit": self.limit,
            "text": self.text,
        }


def verdict(flags: Iterable[QualityFlag]) -> Level:
    """Return the worst level among the flags; no flags pass."""
    levels = {flag.level for flag in flags}
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.PASS)


def failed_gates(flags: Iterable[QualityFlag]) -> tuple[str, ...]:
    """Return the ids of the failed checks."""
    return tuple(flag.id for flag in flags if flag.level is Level.FAIL)
