"""The score of a hypothesis about two groups, with its variance and skewness under that hypothesis.

At a null value of the difference, the risk ratio or the odds ratio the two shares are estimated under it by
maximum likelihood, in closed form: a cubic for the difference, quadratics for the ratios (Miettinen OS,
Nurminen M, Stat Med 1985;4:213). The skewness is that of Laud PJ, Pharm Stat 2017;16:334.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scipy.optimize import brentq

from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.table import Cells

_FARTHEST = 60.0
"""Ratios are looked for up to exp(60), 1e26: what lies beyond is an open end."""
_VAST = 1e12


@dataclass(frozen=True, slots=True)
class Moments:
    """What is seen less what the hypothesis expects, its variance, and its third central moment.

    `bias` is the expectation of the score of an odds ratio that the estimated shares leave (Laud 2018).
    """

    score: float
    variance: float
    third: float
    bias: float = 0.0


def difference_nuisance(cells: Cells, difference: float) -> tuple[float, float]:
    """Return the two shares that are most likely if p1 - p2 is `difference`, strictly between -1 and 1."""
    n_1, n_2, c = cells.n_1, cells.n_2, cells.c
    n, events = n_1 + n_2, cells.a + cells.c
    l_2 = (n_1 + 2 * n_2) * difference - n - events
    l_1 = (n_2 * difference - n - 2 * c) * difference + events
    l_0 = c * difference * (1 - difference)
    third = l_2 / (3 * n)
    root = l_2**2 / (3 * n) ** 2 - l_1 / (3 * n)
    q = third**3 - l_1 * l_2 / (6 * n**2) + l_0 / (2 * n)
    p = math.copysign(math.sqrt(max(root, 0.0)), q)
    angle = (math.pi + math.acos(min(1.0, max(-1.0, q / p**3)))) / 3 if p else math.pi / 2
    p_2 = 2 * p * math.cos(angle) - third
    p_2 = min(1.0, 1.0 - difference, max(0.0, -difference, p_2))
    p_2 = _polished(cells, difference, _polished(cells, difference, p_2))
    return min(1.0, max(0.0, p_2 + difference)), p_2


def _polished(cells: Cells, difference: float, p_2: float) -> float:
    """Return the share after a step of Newton on the likelihood: the cubic loses digits near 0 and 1."""
    p_1 = p_2 + difference
    if not (0 < p_1 < 1 and 0 < p_2 < 1):
        return p_2
    slope = cells.a / p_1 - cells.b / (1 - p_1) + cells.c / p_2 - cells.d / (1 - p_2)
    bend = cells.a / p_1**2 + cells.b / (1 - p_1) ** 2 + cells.c / p_2**2 + cells.d / (1 - p_2) ** 2
    better = p_2 + slope / bend
    inside = max(0.0, -difference) < better < min(1.0, 1.0 - difference)
    return better if inside and abs(better - p_2) < 1e-3 * min(p_2, 1 - p_2) else p_2


def ratio_nuisance(cells: Cells, ratio: float) -> tuple[float, float]:
    """Return the two shares that are most likely if p1 / p2 is `ratio`, above 0."""
    events, n = cells.a + cells.c, cells.n_1 + cells.n_2
    b = cells.n_1 * ratio + cells.a + cells.n_2 + cells.c * ratio
    root = math.sqrt(max(b**2 - 4 * n * ratio * events, 0.0))
    p_2 = min(1.0, 1 / ratio, 2 * events / (b + root))
    return min(1.0, ratio * p_2), p_2


def odds_nuisance(cells: Cells, odds_ratio: float) -> tuple[float, float]:
    """Return the two shares that are most likely if their odds ratio is `odds_ratio`, above 0."""
    events = cells.a + cells.c
    a = cells.n_2 * (odds_ratio - 1)
    b = cells.n_1 * odds_ratio + cells.n_2 - events * (odds_ratio - 1)
    root = math.sqrt(max(b**2 + 4 * a * events, 0.0))
    p_2 = 2 * events / (b + root) if b > 0 or a == 0 else (root - b) / (2 * a)
    p_2 = min(1.0, max(0.0, p_2))
    return odds_ratio * p_2 / ((1 - p_2) + odds_ratio * p_2), p_2


def difference_moments(cells: Cells, difference: float) -> Moments:
    """Return the moments under p1 - p2 = `difference`."""
    p_1, p_2 = difference_nuisance(cells, difference)
    return _moments(cells, p_1, p_2, 1.0, cells.p_1 - cells.p_2 - difference)


def ratio_moments(cells: Cells, ratio: float) -> Moments:
    """Return the moments under p1 / p2 = `ratio`."""
    p_1, p_2 = ratio_nuisance(cells, ratio)
    return _moments(cells, p_1, p_2, ratio, cells.p_1 - ratio * cells.p_2)


def _moments(cells: Cells, p_1: float, p_2: float, ratio: float, score: float) -> Moments:
    """Return the moments of p1 - ratio p2."""
    v_1, v_2 = p_1 * (1 - p_1), p_2 * (1 - p_2)
    third = v_1 * (1 - 2 * p_1) / cells.n_1**2 - ratio**3 * v_2 * (1 - 2 * p_2) / cells.n_2**2
    return Moments(score, v_1 / cells.n_1 + ratio**2 * v_2 / cells.n_2, third)


def odds_moments(cells: Cells, odds_ratio: float) -> Moments:
    """Return the moments under an odds ratio; of a table in which both outcomes occur."""
    p_1, p_2 = odds_nuisance(cells, odds_ratio)
    v_1, v_2 = p_1 * (1 - p_1), p_2 * (1 - p_2)
    if v_1 * v_2 == 0:
        return Moments(cells.p_1 - p_1, 0.0, 0.0)
    return Moments(
        score=(cells.p_1 - p_1) / v_1 - (cells.p_2 - p_2) / v_2,
        variance=1 / (cells.n_1 * v_1) + 1 / (cells.n_2 * v_2),
        third=(1 - 2 * p_1) / (cells.n_1 * v_1) ** 2 - (1 - 2 * p_2) / (cells.n_2 * v_2) ** 2,
        bias=(p_1 - p_2) / (cells.n_1 * v_1 + cells.n_2 * v_2),
    )


MOMENTS: Mapping[Measure, Callable[[Cells, float], Moments]] = MappingProxyType(
    {Measure.RD: difference_moments, Measure.RR: ratio_moments, Measure.OR: odds_moments}
)


def standardised(excess: float, variance: float) -> float:
    """Return excess / sqrt(variance), without a variance 0 or a vast number with the sign of the excess."""
    if variance > 0:
        return max(-_VAST, min(_VAST, excess / math.sqrt(variance)))
    return 0.0 if excess == 0 else math.copysign(_VAST, excess)


def difference_root(falling: Callable[[float], float]) -> float | None:
    """Return where a falling function of the risk difference is zero; None if nowhere within -1..1.

    At the very ends a variance of 0 may spoil its sign, so each end is left by doubled steps until it fits.
    """
    steps = [1e-12 * 2.0**power for power in range(40)]
    low = next((step - 1 for step in steps if falling(step - 1) >= 0), None)
    high = next((1 - step for step in steps if falling(1 - step) <= 0), None)
    if low is None or high is None or low >= high:
        return None
    return float(brentq(falling, low, high, xtol=1e-15, rtol=1e-14, maxiter=500))


def ratio_root(falling: Callable[[float], float]) -> float | None:
    """Return where a falling function of a ratio is zero, looked for outwards from 1; None if nowhere."""
    low, high, step = -1.0, 1.0, 1.0
    while falling(math.exp(low)) < 0 and low > -_FARTHEST:
        low, step = low - step, 2 * step
    step = 1.0
    while falling(math.exp(high)) > 0 and high < _FARTHEST:
        high, step = high + step, 2 * step
    if falling(math.exp(low)) < 0 or falling(math.exp(high)) > 0:
        return None
    root = brentq(lambda log: falling(math.exp(log)), low, high, xtol=1e-14, rtol=1e-14, maxiter=500)
    return math.exp(float(root))


def root_of(measure: Measure, falling: Callable[[float], float]) -> float | None:
    """Return where a falling function of the measure's value is zero; None if nowhere."""
    return difference_root(falling) if measure is Measure.RD else ratio_root(falling)
