"""The number needed to treat, with an interval that may run through infinity.

NNT = 1/RD. Where the interval of the risk difference holds 0, that of the NNT is in two parts, from benefit
(NNTB) through infinity to harm (NNTH): "NNTB a to infinity to NNTH b" (Altman DG, BMJ 1998;317:1309).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """A number needed to treat: positive where group 1 does better, negative where it does worse.

    `point` is None where the risks are equal. `limits` are the reciprocals of the limits of the risk
    difference, None for an infinite one: in ascending order, or, where `crosses`, benefit before harm.
    """

    point: float | None
    limits: tuple[float | None, float | None]
    crosses: bool
    method: str
    event_is_good: bool

    def words(self) -> str:
        """Return the NNT with its interval as print has it; numbers to one decimal."""
        point = "infinite" if self.point is None else _named(self.point)
        known = [limit for limit in self.limits if limit is not None]
        if not known:
            return f"{point} (no interval)"
        if self.crosses:
            benefit, harm = ("" if limit is None else _named(limit) for limit in self.limits)
            return f"{point} ({' to '.join(part for part in (benefit, 'infinity', harm) if part)})"
        ends = sorted(abs(limit) for limit in known)
        return f"{point} ({ends[0]:.1f} to {ends[-1]:.1f})"

    def to_json(self) -> dict[str, Any]:
        """Return `nnt`, null where the interval runs through infinity, and both limits in any case."""
        return {
            "nnt": None if self.crosses else self.point,
            "nnt_point": self.point,
            "nnt_ci": list(self.limits),
            "nnt_text": self.words(),
            "nnt_method": f"reciprocal of the {self.method} interval of the risk difference",
            "event": "favourable" if self.event_is_good else "unfavourable",
        }


def number_needed(
    difference: float, interval: tuple[float, float], *, method: str, event_is_good: bool
) -> Needed:
    """Return the NNT of a risk difference (group 1 minus group 2) and its interval.

    Where the event is good (mRS 0 to 2) more of it is benefit; where it is bad (death), less of it.
    """
    sign = 1 if event_is_good else -1
    low, high = sorted(sign * end for end in interval)
    crosses = low <= 0 <= high
    ends = (_reciprocal(high), _reciprocal(low))
    return Needed(
        point=_reciprocal(sign * difference),
        limits=ends if crosses else _ascending(ends),
        crosses=crosses,
        method=method,
        event_is_good=event_is_good,
    )


def _reciprocal(value: float) -> float | None:
    """Return 1/value; None where it is infinite, also for what is left of an exact 0 by rounding."""
    return 1 / value if abs(value) > 1e-14 and math.isfinite(value) else None


def _ascending(ends: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    first, second = ends
    if first is None or second is None:
        return ends
    return min(first, second), max(first, second)


def _named(number: float) -> str:
    return f"{'NNTB' if number > 0 else 'NNTH'} {abs(number):.1f}"
