"""What stands in a sentence: effects, p-values, counts and percentages, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import PrintedArm, PrintedInterval, PrintedP
from tissueclock.evidence.check.number import PrintedNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where in its sentence something stands."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a letter."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention(Span):
    """A word for a measure; `label_end` is where it and the abbreviation behind it end."""

    measure: Measure
    adjusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectItem(Span):
    """An estimate with its interval; either may be missing, not both."""

    measure: Measure
    adjusted: bool
    estimate: PrintedNumber | None
    interval: PrintedInterval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PItem(Span):
    """A p-value; `role` says of what if it is not of the comparison itself, for example of an interaction."""

    p: PrintedP
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmItem(Span):
    """A count or percentage of a group of patients."""

    arm: PrintedArm


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadItem(Span):
    """A median with its interquartile range."""

    median: PrintedNumber
    low: PrintedNumber
    high: PrintedNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class HeterogeneityItem(Span):
    """I2, in percent."""

    i2: PrintedNumber


Item = EffectItem | PItem | ArmItem | SpreadItem | HeterogeneityItem
