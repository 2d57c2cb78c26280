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


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Bias and 95 % limits of agreement of `n` differences, each with its interval.

    The intervals are of 95 % unless asked otherwise. What so few differences do not give is None: one gives a
    bias, two the rest. `slope` is the proportional bias, what a difference grows by with each unit of the
    pair's mean (least squares); it needs three pairs whose means are not all alike. `limit_error` is the
    standard error of a limit, on which its interval rests (Bland JM, Altman DG, Stat Methods Med Res
    1999;8:135-160); `limit_error_1986` the authors' first approximation (Lancet 1986;i:307-310), for those
    who want their old intervals. `prediction` is where the next difference lies, 95 %, by t: the limits for
    few pairs (Carkeet A, Optom Vis Sci 2015;92:e71-80).
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
    limit_error: float | None = None
    limit_error_1986: float | None = None
    prediction: Interval | None = None

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return _as_json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Lin's concordance correlation: how close pairs lie to the line of identity, from -1 to 1.

    It is `pearson` (precision) times `bias_correction` (accuracy). The interval (95 % unless asked otherwise)
    is Lin's by Fisher's z, with the variance as corrected in Biometrics 2000;56:324; `plain_interval` is the
    one without z. `scale_shift` is the second SD over the first, `location_shift` the second mean minus the
    first over the root of both SDs. What is undefined is None, with a `reason`.
    Lin LI-K, Biometrics 1989;45:255-268.
    """

    n: int
    rho_c: float | None = None
    interval: Interval | None = None
    pearson: float | None = None
    bias_correction: float | None = None
    plain_interval: Interval | None = None
    scale_shift: float | None = None
    location_shift: float | None = None
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


def bland_altman(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> BlandAltman:
    """Return bias and limits of agreement of first minus second; raises ValueError as `agreement`.

    `level` is that of the intervals; the limits themselves and the prediction are for 95 % of differences.
    """
    pairs = _pairs(first, second)
    differences = [a - b for a, b in pairs]
    n, bias = len(differences), fmean(differences)
    if n < 2:
        return BlandAltman(n=n, bias=bias)
    sd = math.sqrt(_squares(differences, bias) / (n - 1))
    t_95 = t_quantile(0.975, n - 1)
    t = t_95 if level == 0.95 else t_quantile((1 + level) / 2, n - 1)
    low, high = bias - _LIMIT_SDS * sd, bias + _LIMIT_SDS * sd
    limit_error = sd * math.sqrt(1 / n + _LIMIT_SDS**2 / (2 * (n - 1)))
    slope, slope_interval = _slope([(a + b) / 2 for a, b in pairs], differences, level)
    return BlandAltman(
        n=n,
        bias=bias,
        sd=sd,
        bias_interval=_around(bias, t * sd / math.sqrt(n)),
        lower=low,
        upper=high,
        lower_interval=_around(low, t * limit_error),
        upper_interval=_around(high, t * limit_error),
        slope=slope,
        slope_interval=slope_interval,
        limit_error=limit_error,
        limit_error_1986=sd * math.sqrt(3 / n),
        prediction=_around(bias, t_95 * sd * math.sqrt(1 + 1 / n)),
    )


def concordance(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> Concordance:
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
    error, reason = _lin_error(n, rho_c, pearson, correction, shift / spread)
    reach = None if error is None else NormalDist().inv_cdf((1 + level) / 2) * error
    return Concordance(
        n=n,
        rho_c=rho_c,
        interval=None if reach is None else _by_fisher(rho_c, reach),
        pearson=pearson,
        bias_correction=correction,
        plain_interval=None if reach is None else _around(rho_c, reach),
        scale_shift=math.sqrt(other_variance / variance),
        location_shift=(other_mean - mean) / math.sqrt(spread),
        reason=reason,
    )


def _lin_error(
    n: int, rho_c: float, pearson: float, correction: float, shift: float
) -> tuple[float | None, str]:
    """Return the standard error of rho_c; `shift` is the squared difference of the means over both SDs.

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
    return math.sqrt(max(variance, 0.0)), ""


def _by_fisher(rho_c: float, reach: float) -> Interval:
    middle, width = math.atanh(rho_c), reach / (1 - rho_c**2)
    return math.tanh(middle - width), math.tanh(middle + width)


def _slope(
    means: Sequence[float], differences: Sequence[float], level: float
) -> tuple[float | None, Interval | None]:
    n, middle, bias = len(means), fmean(means), fmean(differences)
    spread = _squares(means, middle)
    if n < 3 or spread == 0:
        return None, None
    shared = math.fsum((m - middle) * (d - bias) for m, d in zip(means, differences, strict=True))
    slope = shared / spread
    rest = math.fsum((d - bias - slope * (m - middle)) ** 2 for m, d in zip(means, differences, strict=True))
    return slope, _around(slope, t_quantile((1 + level) / 2, n - 2) * math.sqrt(rest / (n - 2) / spread))


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
