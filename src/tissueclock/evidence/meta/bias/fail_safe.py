"""Fail-safe numbers: how many studies without any effect would overturn a result.

Rosenthal R, Psychol Bull 1979;86:638; Orwin RG, J Educ Stat 1983;8:157 (unweighted mean, halved); Rosenberg
MS, Evolution 2005;59:464. They say little of bias (Becker BJ 2005; Cochrane Handbook 13.3.5.5 advises
against them); they are given because papers print them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.normal import two_sided_p

_ALPHA = 0.05
_WHOLE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSafe:
    """A fail-safe number; `p` of the result as it stands, `mean` and `target` on the analysis scale."""

    name: str
    number: int
    p: float | None = None
    mean: float | None = None
    target: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


def rosenthal(yi: Array, vi: Array) -> FailSafe:
    """Return how many null studies bring Stouffer's combined one-sided p to 0.05."""
    k = len(yi)
    z = abs(float(np.sum(yi / np.sqrt(vi)))) / math.sqrt(k)
    needed = k * (z / -ndtri(_ALPHA)) ** 2 - k
    return FailSafe(name="rosenthal", number=_up(needed), p=float(ndtr(-z)))


def orwin(yi: Array) -> FailSafe:
    """Return how many null studies halve the unweighted mean effect."""
    mean = float(np.mean(yi))
    return FailSafe(name="orwin", number=len(yi), mean=mean, target=mean / 2)


def rosenberg(yi: Array, vi: Array) -> FailSafe:
    """Return how many null studies of average weight bring the fixed effect's two-sided p to 0.05."""
    weights = 1 / vi
    total = float(np.sum(weights))
    mean = float(np.sum(weights * yi)) / total
    needed = (float(np.sum(weights * yi)) / ndtri(_ALPHA / 2)) ** 2 - total
    return FailSafe(
        name="rosenberg",
        number=_up(needed / (total / len(yi))),
        p=two_sided_p(mean * math.sqrt(total)),
        mean=mean,
    )


def _up(number: float) -> int:
    """Return the next whole number, 0 for less than none."""
    return max(0, math.ceil(number - _WHOLE))
