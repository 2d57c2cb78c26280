"""Which unrounded numbers could be behind a printed estimate and its interval.

An interval made as estimate +/- z * se, on a scale where it is symmetric, leaves two unknowns. Each printed
number is a strip of the plane (estimate, se); what all strips share is a polygon. Where it is empty no
unrounded numbers agree with all that is printed; where it is not, the corners bound every ratio z.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

Corner = tuple[float, float]
_Line = tuple[float, float, float]
_SLACK = 1e-9
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from `low` to `high`, both included; ends may be infinite."""

    low: float
    high: float

    def meets(self, other: Range) -> bool:
        """Tell whether the two share a number."""
        return self.gap(other) == 0

    def gap(self, other: Range) -> float:
        """Return how far apart the two are; 0 where they share a number."""
        return max(0.0, self.low - other.high - _SLACK, other.low - self.high - _SLACK)

    def mapped(self, transform: Callable[[float], float]) -> Range:
        """Return the range of a function that grows, or falls, all the way."""
        first, second = transform(self.low), transform(self.high)
        return Range(min(first, second), max(first, second))


def z_of_level(level_percent: float) -> float:
    """Return the normal quantile of a two-sided level: 1.96 of 95 %."""
    return NORMAL.inv_cdf(0.5 + level_percent / 200)


def two_sided_p(z: float) -> float:
    """Return the two-sided p of a normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def z_of_p(p: float) -> float:
    """Return the deviate, 0 or more, with a two-sided p; infinite for 0."""
    if p <= 0:
        return math.inf
    return -NORMAL.inv_cdf(max(min(p, 1.0) / 2, 5e-324))


def corners(estimate: Range, low: Range, high: Range, z: float) -> tuple[Corner, ...]:
    """Return the corners of all (estimate, se) whose limits estimate -/+ z * se lie in `low` and `high`."""
    ends = (estimate.low, estimate.high, low.low, low.high, high.low, high.high)
    far = 10 + 4 * max(abs(end) for end in ends if math.isfinite(end))  # beyond every corner, and not farther
    left, right = max(estimate.low, -far), min(estimate.high, far)
    polygon: list[Corner] = [(left, 0.0), (right, 0.0), (right, far), (left, far)]
    strips = ((low, -z), (high, z))
    for limit, factor in strips:
        if limit.low > -math.inf:
            polygon = _clipped(polygon, (1.0, factor, limit.low - _SLACK))
        if limit.high < math.inf:
            polygon = _clipped(polygon, (-1.0, -factor, -limit.high - _SLACK))
    return tuple(polygon)


def deviates(found: tuple[Corner, ...], null: float) -> Range:
    """Return the z = (estimate - null) / se that a polygon allows; its corners bound them."""
    ratios = [_deviate(estimate - null, se) for estimate, se in found]
    return Range(min(ratios), max(ratios))


def displacement(estimate: Range, low: Range, high: Range) -> float:
    """Return how far the estimate lies from the middle of its limits, beyond rounding, in half-widths."""
    middle = Range((low.low + high.low) / 2, (low.high + high.high) / 2)
    lower = (low.low + low.high) / 2 if math.isfinite(low.low) else low.high
    half_width = ((high.low + high.high) / 2 - lower) / 2
    gap = estimate.gap(middle)
    if gap == 0:
        return 0.0
    return gap / half_width if half_width > 0 else math.inf


def _deviate(distance: float, se: float) -> float:
    if se > 0:
        return distance / se
    return math.copysign(math.inf, distance) if abs(distance) > _SLACK else 0.0


def _clipped(polygon: list[Corner], line: _Line) -> list[Corner]:
    """Return what of a convex polygon lies where a * x + b * y >= c (Sutherland and Hodgman, 1974)."""
    a, b, c = line
    kept: list[Corner] = []
    for index, here in enumerate(polygon):
        before = polygon[index - 1]
        inside, outside = a * here[0] + b * here[1] - c, a * before[0] + b * before[1] - c
        if (inside >= 0) != (outside >= 0):
            share = outside / (outside - inside)
            kept.append(tuple(p + share * (q - p) for p, q in zip(before, here, strict=True)))  # type: ignore[arg-type]
        if inside >= 0:
            kept.append(here)
    return kept
