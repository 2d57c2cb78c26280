"""Estimates and tests, each number finite or None, and the reason where one is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy.stats import chi2, norm, t


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An effect of the first arm against the second on its natural scale.

    `method` names how it was estimated, `interval` and `p_method` how interval and p were; `se` is on the
    scale that the interval was made on, None where it has none. Another None is never without a `reason`; an
    infinite number is None too, and the reason says so.
    """

    method: str
    interval: str = ""
    p_method: str = ""
    estimate: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        numbers = (self.estimate, self.ci_low, self.ci_high, self.p)
        if any(number is not None and not math.isfinite(number) for number in (*numbers, self.se)):
            raise ValueError(f"a number of '{self.method}' is not finite")
        if not self.reason and None in numbers:
            raise ValueError(f"a number of '{self.method}' is missing without a reason")

    def to_json(self) -> dict[str, Any]:
        """Return every part by its name."""
        return {
            "estimate": self.estimate,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "p": self.p,
            "se": self.se,
            "method": self.method,
            "interval": self.interval or None,
            "p_method": self.p_method or None,
            "reason": self.reason or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HypothesisTest:
    """A test's statistic, degrees of freedom (None of a z) and p; None with a `reason` where not possible."""

    method: str
    statistic: float | None = None
    df: float | None = None
    p: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        numbers = (self.statistic, self.p)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError(f"a number of '{self.method}' is not finite")
        if not self.reason and None in numbers:
            raise ValueError(f"a number of '{self.method}' is missing without a reason")

    def to_json(self) -> dict[str, Any]:
        """Return every part by its name."""
        return {
            "statistic": self.statistic,
            "df": self.df,
            "p": self.p,
            "method": self.method,
            "reason": self.reason or None,
        }


def finite(number: float) -> float | None:
    """Return the number as a plain float, None where it is infinite or no number."""
    return float(number) if math.isfinite(number) else None


def ratio_estimate(log_ratio: float, se: float, level: float, method: str, interval: str) -> Estimate:
    """Return a ratio with its interval on the log scale and the two-sided p of its z."""
    reach = z_of(level) * se
    return Estimate(
        method=method,
        interval=interval,
        p_method="Wald, log scale",
        estimate=math.exp(log_ratio),
        se=se,
        ci_low=math.exp(log_ratio - reach),
        ci_high=math.exp(log_ratio + reach),
        p=two_sided(log_ratio / se),
    )


def z_of(level: float) -> float:
    """Return the normal quantile of a two-sided interval."""
    return float(norm.ppf((1 + level) / 2))


def two_sided(z: float) -> float:
    """Return the two-sided p of a standard normal."""
    return float(2 * norm.sf(abs(z)))


def two_sided_t(value: float, df: float) -> float:
    """Return the two-sided p of Student's t."""
    return float(2 * t.sf(abs(value), df))


def t_of(level: float, df: float) -> float:
    """Return the t quantile of a two-sided interval."""
    return float(t.ppf((1 + level) / 2, df))


def chi_square(method: str, statistic: float, df: int) -> HypothesisTest:
    """Return a chi-square test."""
    return HypothesisTest(method=method, statistic=statistic, df=df, p=float(chi2.sf(statistic, df)))


def z_test(method: str, z: float) -> HypothesisTest:
    """Return a two-sided test of a standard normal."""
    return HypothesisTest(method=method, statistic=z, p=two_sided(z))
