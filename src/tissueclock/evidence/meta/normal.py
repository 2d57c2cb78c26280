"""Tails and quantiles of the normal, t, chi-square and F distributions, from scipy's special functions."""

from __future__ import annotations

from scipy.special import chdtrc, chdtri, fdtrc, ndtr, ndtri, stdtr, stdtrit

Interval = tuple[float, float]


def critical(level: float, df: float | None = None) -> float:
    """Return the two-sided critical value of a level: of the normal, or of t with `df`."""
    share = (1 + level) / 2
    return float(ndtri(share) if df is None else stdtrit(df, share))


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """Return the two-sided p of a z, or of a t with `df` degrees of freedom."""
    return float(2 * (ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))))


def chi2_upper(statistic: float, df: float) -> float:
    """Return the chance of a chi-square above `statistic`; 1 where there are no degrees of freedom."""
    return float(chdtrc(df, statistic)) if df > 0 else 1.0


def chi2_quantile(upper: float, df: float) -> float:
    """Return the chi-square that is exceeded with the chance `upper`."""
    return float(chdtri(df, upper))


def f_upper(statistic: float, df1: float, df2: float) -> float:
    """Return the chance of an F above `statistic`."""
    return float(fdtrc(df1, df2, statistic))


def around(middle: float, reach: float) -> Interval:
    """Return the interval of `reach` to both sides."""
    return middle - reach, middle + reach
