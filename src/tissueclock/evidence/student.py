"""Student's t with the standard library: its distribution and its quantiles.

The distribution is a regularised incomplete beta function, evaluated by its continued fraction with the
modified method of Lentz (Abramowitz & Stegun 26.5.8, 26.7.1; Thompson & Barnett, J Comput Phys 1986;64:490).
"""

from __future__ import annotations

import math

_TINY = 1e-300
_EPSILON = 1e-16
_MOST_STEPS = 10_000
_HALVINGS = 200


def t_cdf(t: float, df: float) -> float:
    """Return the chance that a t with `df` degrees of freedom is at most `t`; ValueError unless df > 0."""
    if not df > 0:
        raise ValueError(f"{df} degrees of freedom")
    square = t * t
    if square < df:  # near the middle a tail is a half, in which a small t would be lost
        centre = _incomplete_beta(0.5, df / 2, square / (df + square)) / 2
        return 0.5 + math.copysign(centre, t)
    tail = _incomplete_beta(df / 2, 0.5, df / (df + square)) / 2
    return tail if t < 0 else 1 - tail


def t_quantile(share: float, df: float) -> float:
    """Return the t below which `share` of the distribution lies; ValueError unless 0 < share < 1, df > 0."""
    if not 0 < share < 1:
        raise ValueError(f"{share} is no share between 0 and 1")
    if share < 0.5:
        return -t_quantile(1 - share, df)
    low, high = 0.0, 1.0
    while t_cdf(high, df) < share:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_cdf(middle, df) < share else (low, middle)
    return high


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function of x in 0..1."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - _incomplete_beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    """Return 1 + d1/(1 + d2/(1 + ...)) of the incomplete beta function."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, _MOST_STEPS):
        half, odd = divmod(step, 2)
        if odd:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1 / _kept_from_zero(1 + term * d)
        c = _kept_from_zero(1 + term / c)
        value *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return value


def _kept_from_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
