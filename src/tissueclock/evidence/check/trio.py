"""An estimate with its two limits, on the scale on which they ought to be symmetric."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tissueclock.evidence.check.model import PrintedInterval, PrintedResult
from tissueclock.evidence.check.number import PrintedNumber, rounded
from tissueclock.evidence.check.region import Corner, Range, corners, deviates, displacement, z_of_level
from tissueclock.evidence.check.scale import TRANSFORMS, Scale, on_scale

_BACK: Mapping[Scale, Callable[[float], float]] = MappingProxyType(
    {
        Scale.RAW: lambda x: x,
        Scale.LOG: math.exp,
        Scale.LOGIT: lambda x: 1 / (1 + math.exp(-x)),
        Scale.ARCSINE: lambda x: math.sin(x) ** 2,
    }
)


@dataclass(frozen=True, slots=True)
class Trio:
    """An estimate and its limits; `unit` 0.01 reads them as percentages."""

    estimate: PrintedNumber
    interval: PrintedInterval
    scale: Scale
    unit: float = 1.0

    @property
    def z(self) -> float:
        """The normal quantile of the level."""
        return z_of_level(self.interval.level_percent)

    @property
    def ordered(self) -> bool:
        """Whether the lower limit, rounded, is not above the upper one."""
        return self.interval.low.low <= self.interval.high.high

    @property
    def outside(self) -> PrintedNumber | None:
        """The limit that the estimate is beyond, whatever was rounded; None if it may be inside."""
        if self.estimate.high < self.interval.low.low:
            return self.interval.low
        return self.interval.high if self.estimate.low > self.interval.high.high else None

    def ranges(self) -> tuple[Range, Range, Range]:
        """Return what estimate and limits may be on the scale."""
        first, low, high = (
            on_scale(number, self.scale, self.unit)
            for number in (self.estimate, self.interval.low, self.interval.high)
        )
        return first, low, high

    def corners(self) -> tuple[Corner, ...]:
        """Return the corners of all (estimate, se) that agree with what is printed; empty if none does."""
        return corners(*self.ranges(), self.z)

    def off_centre(self) -> float:
        """Return how far off the middle the estimate is beyond rounding, in half-widths."""
        return displacement(*self.ranges())

    def deviate(self) -> Range | None:
        """Return what z = estimate / se may be, without its sign; None where no numbers agree."""
        found = self.corners()
        if not found:
            return None
        z = deviates(found, 0.0)
        ends = abs(z.low), abs(z.high)
        return Range(0.0 if z.low <= 0 <= z.high else min(ends), max(ends))

    def middle(self) -> float:
        """Return the middle of the limits as printed; NaN where a limit has no place on the scale."""
        return self._back(lambda est, low, high: (low + high) / 2)

    def low_from_rest(self) -> float:
        """Return the lower limit that estimate and upper limit give."""
        return self._back(lambda est, low, high: 2 * est - high)

    def high_from_rest(self) -> float:
        """Return the upper limit that estimate and lower limit give."""
        return self._back(lambda est, low, high: 2 * est - low)

    def restored(self) -> str:
        """Return in words what each number would be by the other two."""
        found = (
            ("estimate", self.middle(), self.estimate),
            ("lower limit", self.low_from_rest(), self.interval.low),
            ("upper limit", self.high_from_rest(), self.interval.high),
        )
        return ", ".join(f"{name} {rounded(x, like)}" for name, x, like in found if math.isfinite(x)) or "-"

    def _back(self, of: Callable[[float, float, float], float]) -> float:
        numbers = (self.estimate, self.interval.low, self.interval.high)
        placed = [TRANSFORMS[self.scale](number.number * self.unit) for number in numbers]
        if not all(map(math.isfinite, placed)):
            return math.nan
        return _BACK[self.scale](of(*placed)) / self.unit


def trio_of(result: PrintedResult) -> Trio | None:
    """Return estimate and interval of an effect; None where one is not printed or has no such scale."""
    if result.estimate is None or result.interval is None:
        return None
    if not (result.measure.is_ratio or result.measure.is_difference):
        return None
    return Trio(result.estimate, result.interval, result.measure.scale)
