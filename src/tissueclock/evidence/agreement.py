"""Do two ways of measuring give the same numbers? Limits of agreement, concordance, and the usual difference.

Differences are the first series minus the second, in the unit of both. Nothing is tested: two methods can
correlate well and differ by what matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median
from typing import Any

from tissueclock.evidence.student import t_quantile

Interval = tuple[float, float]
_LIMIT_SDS = 1.96
"""Limits of agreement are the bias and this many SD: as printed by Bland and Altman, who round here."""
_Z_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Bias and 95 % limits of agreement of `n` differences, each with its 95 % interval.

    What so few differences do not give is None: one gives a bias, two the rest. `slope` is the proportional
    bias, what a difference grows by with each unit of the pair's mean (least squares); it needs three pairs
    whose means are not all alike. Bland JM, Altman DG, Stat Methods Med Res 1999;8:135-160.
    """

    n: int
    bias: float
    sd: float | None = None
    bias_interval: Interval | None = None
    lower: float | None = None
    upper: float | None = None
    lower_interval: Interval | None = None
    upper_interval: Interval | None = None
    slope: float | None = None
    slope_interval: Interval | None = None

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return _as_json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Lin's concordance correlation: how close pairs lie to the line of identity, from -1 to 1.

    It is `pearson` (precision) times `bias_correction` (accuracy). The 95 % interval is Lin's by Fisher's z,
    with the variance as corrected in Biometrics 2000;56:324. What is undefined is None, with a `reason`.
    Lin LI-K, Biometrics 1989;45:255-268.
    """

    n: int
    rho_c: float | None = None
    interval: Interval | None = None
    pearson: float | None = None
    bias_correction: float | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return _as_json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The agreement of one measured quantity; `median_difference` is the median without its sign."""

    bland_altman: BlandAltman
    concordance: Concordance
    median_difference: float

    def to_json(self) -> dict[str, Any]:
        """Return the three parts by name."""
        return {
            "bland_altman": self.bland_altman.to_json(),
            "concordance": self.concordance.to_json(),
            "median_absolute_difference": self.median_difference,
        }


def agreement(first: Sequence[float], second: Sequence[float]) -> Agreement:
    """Return how two series of the same cases agree; ValueError if empty, unequal in length, not finite."""
    return Agreement(
        bland_altman=bland_altman(first, second),
        concordance=concordance(first, second),
        median_difference=median([abs(a - b) for a, b in _pairs(first, second)]),
    )


def bland_altman(first: Sequence[float], second: Sequence[float]) -> BlandAltman:
    """Return bias and limits of agreement of first minus second; raises ValueError as `agreement`."""
    pairs = _pairs(first, second)
    differences = [a - b for a, b in pairs]
    n, bias = len(differences), fmean(differences)
    if n < 2:
        return BlandAltman(n=n, bias=bias)
    sd = math.sqrt(_squares(differences, bias) / (n - 1))
    t = t_quantile(0.975, n - 1)
    low, high = bias - _LIMIT_SDS * sd, bias + _LIMIT_SDS * sd
    reach = t * sd * math.sqrt(1 / n + _LIMIT_SDS**2 / (2 * (n - 1)))
    slope, slope_interval = _slope([(a + b) / 2 for a, b in pairs], differences)
    return BlandAltman(
        n=n,
        bias=bias,
        sd=sd,
        bias_interval=_around(bias, t * sd / math.sqrt(n)),
        lower=low,
        upper=high,
        lower_interval=_around(low, reach),
        upper_interval=_around(high, reach),
        slope=slope,
        slope_interval=slope_interval,
    )


def concordance(first: Sequence[float], second: Sequence[float]) -> Concordance:
    """Return Lin's concordance of two series, variances over n as in the paper; ValueError as `agreement`."""
    n = len(_pairs(first, second))
    mean, other_mean = fmean(first), fmean(second)
    variance, other_variance = _squares(first, mean) / n, _squares(second, other_mean) / n
    shift = (mean - other_mean) ** 2
    if variance + other_variance + shift == 0:
        return Concordance(n=n, reason="all values are one and the same")
    covariance = math.fsum((a - mean) * (b - other_mean) for a, b in zip(first, second, strict=True)) / n
    rho_c = 2 * covariance / (variance + other_variance + shift)
    spread = math.sqrt(variance * other_variance)
    if spread == 0:
        return Concordance(n=n, rho_c=0.0, reason="one series does not vary")
    pearson = max(-1.0, min(1.0, covariance / spread))
    correction = 2 * spread / (variance + other_variance + shift)
    interval, reason = _lin_interval(n, rho_c, pearson, correction, shift / spread)
    return Concordance(
        n=n, rho_c=rho_c, interval=interval, pearson=pearson, bias_correction=correction, reason=reason
    )


def _lin_interval(
    n: int, rho_c: float, pearson: float, correction: float, shift: float
) -> tuple[Interval | None, str]:
    """Return the interval by Fisher's z; `shift` is the squared difference of the means over both SDs.

    The variance is written with `correction` for rho_c / pearson, so that a correlation of 0 does no harm.
    """
    if n < 3:
        return None, "fewer than three pairs"
    if 1 - abs(rho_c) < 1e-12:
        return None, "the pairs lie on a line of identity"
    p2 = rho_c**2
    variance = (
        (1 - pearson**2) * (1 - p2) * correction**2
        + 2 * p2 * (1 - rho_c) * correction * shift
        - p2 * correction**2 * shift**2 / 2
    ) / (n - 2)
    reach = _Z_95 * math.sqrt(max(variance, 0.0)) / (1 - p2)
    middle = math.atanh(rho_c)
    return (math.tanh(middle - reach), math.tanh(middle + reach)), ""


def _slope(means: Sequence[float], differences: Sequence[float]) -> tuple[float | None, Interval | None]:
    n, middle, bias = len(means), fmean(means), fmean(differences)
    spread = _squares(means, middle)
    if n < 3 or spread == 0:
        return None, None
    shared = math.fsum((m - middle) * (d - bias) for m, d in zip(means, differences, strict=True))
    slope = shared / spread
    rest = math.fsum((d - bias - slope * (m - middle)) ** 2 for m, d in zip(means, differences, strict=True))
    return slope, _around(slope, t_quantile(0.975, n - 2) * math.sqrt(rest / (n - 2) / spread))


def _pairs(first: Sequence[float], second: Sequence[float]) -> list[tuple[float, float]]:
    pairs = list(zip(first, second, strict=True))
    if not pairs:
        raise ValueError("there is no pair")
    if not all(math.isfinite(number) for pair in pairs for number in pair):
        raise ValueError("a value is not finite")
    return pairs


def _squares(numbers: Sequence[float], mean: float) -> float:
    return math.fsum((number - mean) ** 2 for number in numbers)


def _around(middle: float, reach: float) -> Interval:
    return middle - reach, middle + reach


def _as_json(value: BlandAltman | Concordance) -> dict[str, Any]:
    found = {name: getattr(value, name) for name in value.__slots__}
    return {name: list(item) if isinstance(item, tuple) else item for name, item in found.items()}
