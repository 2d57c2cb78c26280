"""How effects, weights and heterogeneity are printed on a figure."""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.normal import Interval
from tissueclock.evidence.meta.pooled import Heterogeneity, PooledEffect
from tissueclock.report.format import rounded

MINUS = "\N{MINUS SIGN}"
_SMALLEST_P = 0.0001
_RATIO_DECIMALS = 2


def decimals_for(values: Sequence[float], *, ratio: bool) -> int:
    """Return the decimals of effects: two of a ratio, of others by the size of the largest."""
    largest = max((abs(value) for value in values), default=0.0)
    if ratio:
        return _RATIO_DECIMALS
    return next((decimals for size, decimals in ((1, 3), (10, 2), (100, 1)) if largest < size), 0)


def number(value: float, decimals: int) -> str:
    """Return a number with a true minus; a ratio from 100 on without decimals, a tiny one in two digits."""
    if decimals == _RATIO_DECIMALS and 0 < value < 0.01:
        return f"{value:.1e}" if value < 0.001 else f"{value:.3f}"
    if decimals == _RATIO_DECIMALS and value >= 100:
        return f"{value:.0f}" if value < 1e6 else f"{value:.1e}"
    return rounded(value, decimals).replace("-", MINUS)


def interval(ends: Interval, decimals: int) -> str:
    """Return `low–high`, with `to` between where an end is below 0."""
    between = "–" if ends[0] >= 0 else " to "
    return f"{number(ends[0], decimals)}{between}{number(ends[1], decimals)}"


def effect(estimate: float, ends: Interval, decimals: int) -> str:
    """Return `estimate (low–high)`."""
    return f"{number(estimate, decimals)} ({interval(ends, decimals)})"


def percent_of(level: float) -> str:
    """Return a level as journals write it: `95%`."""
    return f"{100 * level:g}%"


def p_words(p: float) -> str:
    """Return `p = 0.012`, in four decimals where it is small, or `p < 0.0001`."""
    if p < _SMALLEST_P:
        return f"p < {_SMALLEST_P:.4f}"
    return f"p = {p:.4f}" if p < 0.01 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def heterogeneity(found: Heterogeneity) -> str:
    """Return Q with its degrees of freedom and p, I2 and tau2; what a model does not give is left out."""
    parts = []
    if found.q is not None:
        p = f", {p_words(found.q_p)}" if found.q_p is not None else ""
        parts.append(f"Q = {found.q:.2f}, df = {found.q_df}{p}")
    if found.i2 is not None:
        parts.append(f"I² = {found.i2:.0f}%")
    parts.append(f"τ² = {found.tau2:.3g}")
    return "; ".join(parts)


def statistic(pooled: PooledEffect) -> str:
    """Return the test of the pooled effect: its name, statistic and p."""
    name = "z" if pooled.df is None else f"t({pooled.df})"
    return f"{name} = {pooled.statistic:.2f}".replace("-", MINUS) + f", {p_words(pooled.p)}"


def measure_words(measure: Measure) -> str:
    """Return a measure's title with a capital: `Odds ratio`."""
    return measure.title[0].upper() + measure.title[1:]
