"""The measures of two groups, and an estimate with its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Measure(Enum):
    """What two groups are compared by."""

    RR = "RR"
    OR = "OR"
    RD = "RD"

    @property
    def words(self) -> str:
        """The measure in words."""
        return _WORDS[self]

    @property
    def null(self) -> float:
        """The value of no effect."""
        return 0.0 if self is Measure.RD else 1.0


_WORDS: Mapping[Measure, str] = MappingProxyType(
    {Measure.RR: "risk ratio", Measure.OR: "odds ratio", Measure.RD: "risk difference"}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """An estimate with its interval on the natural scale; an open end is infinite.

    `estimate` is None where it is undefined. `se` is the standard error on the scale that the interval was
    made on (the logarithm for ratios), where there is one. `notes` are sentences about this table.
    """

    estimate: float | None
    low: float
    high: float
    se: float | None = None
    notes: tuple[str, ...] = ()
