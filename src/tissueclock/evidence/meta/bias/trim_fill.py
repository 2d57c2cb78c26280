"""Trim and fill: how many studies seem to be missing on one side, and the estimate with them mirrored in.

Duval S, Tweedie R, Biometrics 2000;56:455 and JASA 2000;95:89; estimators L0, R0 and Q0 of their number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.pool import PoolSettings, mean_effect
from tissueclock.evidence.meta.regression import regress_on
from tissueclock.evidence.meta.studies import StudyEffect

NUMBERS = ("L0", "R0", "Q0")
"""The estimators of how many studies are missing."""
_MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimFill:
    """How many studies are filled in, on which side, by which estimator, and those studies.

    `missing_se` is the standard error of the number.
    """

    estimator: str
    side: str
    missing: int
    missing_se: float
    filled: tuple[StudyEffect, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the number, its error, the side and the effects filled in."""
        return {
            "estimator": self.estimator,
            "side": self.side,
            "missing": self.missing,
            "missing_se": self.missing_se,
            "filled_yi": [one.yi for one in self.filled],
            "filled_vi": [one.vi for one in self.filled],
        }


def trim_fill(effects: Sequence[StudyEffect], settings: PoolSettings, estimator: str = "L0") -> TrimFill:
    """Return the studies that are missing.

    The side without small studies is where a regression of effects on errors points away from. Raises
    InputError where the number of missing studies does not settle, or there are fewer than three studies.
    """
    if len(effects) < 3:
        raise InputError(f"too few studies to trim and fill: {len(effects)}.", remedy="It takes three.")
    yi, vi = (np.array([getattr(one, name) for one in effects]) for name in ("yi", "vi"))
    right = _slope(yi, vi, settings) < 0
    flipped = -yi if right else yi
    order = np.argsort(flipped, kind="stable")
    missing, error, centre = _missing(flipped[order], vi[order], settings, estimator)
    extremes = order[len(order) - missing :]
    mirrored = 2 * centre - flipped[extremes]
    return TrimFill(
        estimator=estimator,
        side="right" if right else "left",
        missing=missing,
        missing_se=error,
        filled=tuple(
            StudyEffect(
                study=f"filled {number}", yi=float(-y if right else y), vi=effects[i].vi, n=effects[i].n
            )
            for number, (i, y) in enumerate(zip(extremes, mirrored, strict=True), start=1)
        ),
    )


def _slope(yi: Array, vi: Array, settings: PoolSettings) -> float:
    """Return what effects grow by with the error; 0 where all studies are equally precise."""
    if float(np.ptp(vi)) <= 1e-12 * float(np.max(vi)):
        return 0.0
    design = np.column_stack([np.ones_like(vi), np.sqrt(vi)])
    return regress_on(yi, vi, design, ("limit", "error"), settings).coefficients[1].beta


def _missing(yi: Array, vi: Array, settings: PoolSettings, estimator: str) -> tuple[int, float, float]:
    """Return the number, its error and the trimmed centre, of effects in rising order."""
    k, missing = len(yi), 0
    for _ in range(_MOST_ROUNDS):
        kept = k - missing
        if kept < 1:
            break
        centre = mean_effect(yi[:kept], vi[:kept], settings).beta
        number, error = _number(yi - centre, estimator)
        before, missing = missing, max(0, round(number))
        if missing == before:
            return missing, error, centre
    raise InputError(
        f"the number of missing studies does not settle (estimator {estimator}).", remedy="Use another one."
    )


def _number(centred: Array, estimator: str) -> tuple[float, float]:
    """Return the estimate of how many are missing, not yet rounded, and its standard error."""
    k = len(centred)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        below = ranks[centred < 0]
        number = k - (float(np.max(below)) if len(below) else 0.0) - 1
        return number, math.sqrt(2 * max(0.0, number) + 2)
    above = float(np.sum(ranks[centred > 0]))
    if estimator == "L0":
        number = (4 * above - k * (k + 1)) / (2 * k - 1)
        return number, 4 * math.sqrt(max(0.0, _variance(k, number))) / (2 * k - 1)
    if estimator != "Q0":
        raise ValueError(f"there is no estimator '{estimator}' of missing studies")
    root = 2 * k**2 - 4 * above + 0.25
    if root < 0:
        return float(k), 0.0
    number = k - 0.5 - math.sqrt(root)
    spread = (k - 0.5) ** 2 - number * (2 * k - number - 1)
    return number, 2 * math.sqrt(max(0.0, _variance(k, number)) / spread) if spread > 0 else 0.0


def _variance(k: int, m: float) -> float:
    """Return the variance of the sum of ranks above the centre with `m` studies missing."""
    whole = k * (k + 1) * (2 * k + 1) + 10 * m**3 + 27 * m**2 + 17 * m
    return (whole - 18 * k * m**2 - 18 * k * m + 6 * k**2 * m) / 24
