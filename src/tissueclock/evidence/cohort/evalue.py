"""The E-value: how strongly a confounder must go with exposure and outcome to explain an effect away.

VanderWeele TJ, Ding P, Ann Intern Med 2017;167:268: RR + sqrt(RR (RR - 1)) of the estimate, and of the
limit that is closer to 1. An odds ratio of a common outcome is put on the scale of a risk ratio by its
square root.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from tissueclock.core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """The E-value of the estimate and of the interval; 1 where the interval holds no effect."""

    estimate: float
    interval: float
    risk_ratio: float
    how: str

    def to_json(self) -> dict[str, Any]:
        """Return every value by name."""
        return asdict(self)


def e_value(ratio: float, low: float, high: float, *, common_odds: bool = False) -> EValue:
    """Return the E-value of a risk ratio with its interval, or of an odds ratio of a common outcome.

    Raises InputError for limits that are not around a positive ratio.
    """
    if not 0 <= low <= ratio <= high or not 0 < ratio < math.inf:
        raise InputError(f"{ratio:g} ({low:g} to {high:g}) is no ratio with its interval.")
    point, bottom, top = (math.sqrt(x) if common_odds else x for x in (ratio, low, high))
    nearer = bottom if point > 1 else top
    crosses = bottom <= 1 <= top
    how = "square root of the odds ratio of a common outcome" if common_odds else "risk ratio"
    return EValue(
        estimate=_explained(point), interval=1.0 if crosses else _explained(nearer), risk_ratio=point, how=how
    )


def _explained(ratio: float) -> float:
    away = max(ratio, 1 / ratio)
    return away + math.sqrt(away * (away - 1))
