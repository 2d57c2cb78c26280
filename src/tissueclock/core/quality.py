"""Quality flags: a measured value against a limit, with a sentence; a failed gate withholds the verdict.

A `Gate` is declared once, beside the code that measures its value, and makes the flags. So the reference of
gates can be written from the gates themselves.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

SHARE = "share"
"""The unit of a part of a whole, from 0 to 1; reports print it as a percentage."""
OUR_CHOICE = "our choice"


class Level(Enum):
    """How a check ended, from good to bad."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFlag:
    """One check: `value` against `limit`, both in `unit` (None where the check is no number), in words."""

    id: str
    level: Level
    value: float | None
    limit: float | None
    text: str
    unit: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the flag as JSON values."""
        return {
            "id": self.id,
            "level": self.level.value,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A check before it is made.

    `judges` says what is measured and `harm` what goes wrong beyond the limit. `warn` and `fail` name the
    settings of a preset that hold the limits, `limits_are` says how a value without one is judged. `source`
    says where the limits come from. `only` is the modality that has the check, empty for every one.
    """

    id: str
    judges: str
    harm: str
    unit: str = ""
    warn: str = ""
    fail: str = ""
    limits_are: str = ""
    source: str = OUR_CHOICE
    only: str = ""

    def __post_init__(self) -> None:
        if not (self.warn or self.fail or self.limits_are):
            raise ValueError(f"the gate '{self.id}' has a limit, or says how it judges")

    def flag(self, level: Level, value: float | None, limit: float | None, text: str) -> QualityFlag:
        """Return the flag of a check that was judged elsewhere."""
        return QualityFlag(id=self.id, level=level, value=value, limit=limit, text=text, unit=self.unit)

    def judged(
        self,
        value: float,
        *,
        warn: float | None = None,
        fail: float | None = None,
        high: bool,
        good: str,
        bad: str,
    ) -> QualityFlag:
        """Hold a value against its limits; `high` tells that more is worse.

        Beyond `fail` it fails, beyond `warn` it warns; exactly at a limit it does neither. A flag that passed
        shows the limit that it would have met first.
        """
        beyond = operator.gt if high else operator.lt
        if fail is not None and beyond(value, fail):
            return self.flag(Level.FAIL, value, fail, bad)
        if warn is not None and beyond(value, warn):
            return self.flag(Level.WARN, value, warn, bad)
        return self.flag(Level.PASS, value, fail if warn is None else warn, good)


def verdict(flags: Iterable[QualityFlag]) -> Level:
    """Return the worst level among the flags; no flags pass."""
    levels = {flag.level for flag in flags}
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.PASS)


def failed_gates(flags: Iterable[QualityFlag]) -> tuple[str, ...]:
    """Return the ids of the failed checks."""
    return tuple(flag.id for flag in flags if flag.level is Level.FAIL)
