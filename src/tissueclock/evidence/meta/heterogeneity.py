"""I2, H2 and Q of studies about their estimate, and intervals of tau2.

Higgins JPT, Thompson SG, Stat Med 2002;21:1539 (I2, H2 from Q, and H's interval); Viechtbauer W, Stat Med
2007;26:37 (Q-profile); Hardy RJ, Thompson SG, Stat Med 1996;15:619 (profile likelihood); Jackson D, Res
Synth Methods 2013;4:220 (generalised Q).
"""

from __future__ import annotations

import math

import numpy as np

from tissueclock.evidence.meta.likelihood import log_likelihood
from tissueclock.evidence.meta.linear import Array, trace_p, weighted_fit
from tissueclock.evidence.meta.normal import Interval, around, chi2_quantile, critical
from tissueclock.evidence.meta.quadratic_form import upper_tail
from tissueclock.evidence.meta.roots import falling_root


def typical_variance(vi: Array, design: Array) -> float:
    """Return the typical sampling variance: (k - p) / tr P, with the weights 1 / vi."""
    fit = weighted_fit(np.zeros_like(vi), 1 / vi, design)
    return fit.df / trace_p(fit)


def i2_of_tau2(tau2: float, typical: float) -> float:
    """Return I2 in percent: the share of tau2 in the whole variance."""
    return 100 * tau2 / (tau2 + typical)


def i2_of_q(q: float, df: int) -> float:
    """Return I2 in percent from Cochran's Q."""
    return max(0.0, 100 * (q - df) / q) if q > 0 else 0.0


def q_profile(yi: Array, vi: Array, design: Array, level: float) -> Interval | None:
    """Return the Q-profile interval of tau2; None where it is empty: the studies differ less than by chance.

    Its ends are where the generalised Q equals the quantiles of its chi-square distribution.
    """
    df, tail = len(yi) - design.shape[1], (1 - level) / 2

    def end(target: float) -> float:
        return falling_root(
            lambda tau2: weighted_fit(yi, 1 / (vi + tau2), design).residual_squares - target, _size(yi, vi)
        )

    low_target, high_target = chi2_quantile(1 - tail, df), chi2_quantile(tail, df)
    if weighted_fit(yi, 1 / vi, design).residual_squares < low_target:
        return None
    return end(high_target), end(low_target)


def profile_likelihood(
    yi: Array, vi: Array, design: Array, tau2: float, level: float, *, restricted: bool
) -> Interval:
    """Return the interval of the tau2 whose (restricted) likelihood is not too far below that of `tau2`."""
    drop = chi2_quantile(1 - level, 1) / 2
    floor = log_likelihood(yi, vi, design, tau2, restricted=restricted) - drop

    def above(value: float) -> float:
        return log_likelihood(yi, vi, design, value, restricted=restricted) - floor

    high = falling_root(above, _size(yi, vi), tau2)
    if tau2 == 0 or above(0.0) >= 0:
        return 0.0, high
    return tau2 - falling_root(lambda below: above(tau2 - min(below, tau2)), tau2 / 8), high


def generalised_q(yi: Array, vi: Array, design: Array, weights: Array, level: float) -> Interval | None:
    """Return Jackson's interval of tau2 from the exact distribution of Q with fixed weights; None if empty.

    Forms a k x k matrix: for up to some hundred studies.
    """
    fit = weighted_fit(yi, weights, design)
    half = np.diag(weights) - weights[:, None] * (design @ fit.inverse @ design.T) * weights
    tail = (1 - level) / 2

    def exceeds(tau2: float) -> float:
        root = np.sqrt(vi + tau2)
        values = np.linalg.eigvalsh(root[:, None] * half * root)[-fit.df :]
        return upper_tail(fit.residual_squares, np.asarray(values, dtype=np.float64))

    if exceeds(0.0) > 1 - tail:
        return None
    size = _size(yi, vi)
    return (
        falling_root(lambda tau2: tail - exceeds(tau2), size),
        falling_root(lambda tau2: 1 - tail - exceeds(tau2), size),
    )


def h_interval(q: float, k: int, level: float) -> tuple[float, Interval]:
    """Return H and its test-based interval (Higgins & Thompson 2002, A2.1), not below 1; k is 3 or more."""
    df = k - 1
    h = math.sqrt(max(q / df, 1.0))
    if q > k:
        spread = 0.5 * (math.log(q) - math.log(df)) / (math.sqrt(2 * q) - math.sqrt(2 * k - 3))
    else:
        spread = math.sqrt(1 / (2 * (k - 2)) * (1 - 1 / (3 * (k - 2) ** 2)))
    low, high = around(math.log(h), critical(level) * spread)
    return h, (max(1.0, math.exp(low)), max(1.0, math.exp(high)))


def i2_interval_of_q(q: float, k: int, level: float) -> Interval | None:
    """Return the interval of I2, in percent, that follows from H's; None of fewer than three studies."""
    if k < 3:
        return None
    _, (low, high) = h_interval(q, k, level)
    return i2_of_h(low), i2_of_h(high)


def i2_of_h(h: float) -> float:
    """Return I2 in percent from H, the root of H2."""
    return 100 * (h**2 - 1) / h**2


def _size(yi: Array, vi: Array) -> float:
    return float(np.var(yi)) or float(np.min(vi))
