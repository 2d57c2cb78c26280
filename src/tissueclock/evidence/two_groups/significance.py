"""Tests of two groups: what is printed as `p`, and the others that papers use, each under its name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom, chi2, hypergeom

from tissueclock.core.errors import UsageError
from tissueclock.evidence.two_groups.table import TwoByTwo

_Order = Callable[[int, int, bool], NDArray[np.float64]]
"""From the sizes of the groups and the side to how extreme each table is."""

MOST_TABLES = 250_000
"""Unconditional tests go through (n1 + 1)(n2 + 1) tables; more than these take too long (our choice)."""
_TIE = 1e-9
"""Chances or statistics that differ by less, relative, count as equal, so that rounding decides nothing."""
_GRID = 2001


@dataclass(frozen=True, slots=True)
class Significance:
    """One test: its two-sided p, None with a reason where undefined; statistic and df if it has them."""

    name: str
    title: str
    p: float | None
    statistic: float | None = None
    df: int | None = None
    reason: str = ""


NOBODY_DIFFERS = "everybody has the same outcome"


def pearson(table: TwoByTwo) -> Significance:
    """Return Pearson's chi-square without correction (1900)."""
    return _chi_square("pearson", "Pearson chi-square, uncorrected", table, _pearson_statistic(table))


def yates(table: TwoByTwo) -> Significance:
    """Return Pearson's chi-square with Yates' continuity correction, at most |O - E| (1934)."""
    statistic = None if table.one_sided else _corrected_statistic(table)
    return _chi_square("yates", "chi-square with Yates' correction", table, statistic)


def n_minus_1(table: TwoByTwo) -> Significance:
    """Return the chi-square times (N - 1)/N (Pearson E 1947; Campbell 2007): the p of Miettinen-Nurminen."""
    plain = _pearson_statistic(table)
    statistic = None if plain is None else plain * (table.n - 1) / table.n
    return _chi_square("n-1", "N-1 chi-square", table, statistic)


def likelihood_ratio(table: TwoByTwo) -> Significance:
    """Return the likelihood-ratio chi-square G (Wilks 1938); 0 where everybody has the same outcome."""
    cells = table.cells()
    observed = np.array([[cells.a, cells.b], [cells.c, cells.d]])
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / table.n
    filled = observed > 0
    statistic = 2 * float((xlogy(observed, observed) - xlogy(observed, expected))[filled].sum())
    return _chi_square("likelihood-ratio", "likelihood-ratio chi-square (G)", table, max(0.0, statistic))


def _pearson_statistic(table: TwoByTwo) -> float | None:
    if table.one_sided:
        return None
    excess = table.events_1 * table.n_2 - table.events_2 * table.n_1
    return excess**2 * table.n / _margins(table)


def _corrected_statistic(table: TwoByTwo) -> float:
    excess = abs(table.events_1 * table.n_2 - table.events_2 * table.n_1)
    return max(0.0, excess - min(table.n / 2, excess)) ** 2 * table.n / _margins(table)


def _margins(table: TwoByTwo) -> int:
    return table.n_1 * table.n_2 * table.events * (table.n - table.events)


def _chi_square(name: str, title: str, table: TwoByTwo, statistic: float | None) -> Significance:
    if statistic is None:
        return Significance(name, title, None, reason=NOBODY_DIFFERS)
    return Significance(name, title, float(chi2.sf(statistic, 1)), statistic, 1)


def fisher(table: TwoByTwo) -> Significance:
    """Return Fisher's exact test, the two-sided p of all tables that are no more likely than the one seen."""
    chances, seen = _given_margins(table)
    p = float(chances[chances <= seen * (1 + _TIE)].sum())
    return Significance("fisher", "Fisher's exact test, by probability", min(1.0, p))


def fisher_mid_p(table: TwoByTwo) -> Significance:
    """Return Fisher's p by probability less half the chance of the table that was seen."""
    chances, seen = _given_margins(table)
    p = float(chances[chances <= seen * (1 + _TIE)].sum()) - seen / 2
    return Significance("fisher-midp", "Fisher's exact test, by probability, mid-p", min(1.0, p))


def fisher_central(table: TwoByTwo) -> Significance:
    """Return twice the smaller one-sided p of Fisher's test: the one that goes with the exact interval."""
    return Significance("fisher-central", "Fisher's exact test, twice one side", _twice_one_side(table, 1.0))


def central_mid_p(table: TwoByTwo) -> Significance:
    """Return twice the smaller one-sided mid-p: the one that goes with the mid-p interval."""
    return Significance("midp", "Fisher's exact test, twice one side, mid-p", _twice_one_side(table, 0.5))


def _given_margins(table: TwoByTwo) -> tuple[NDArray[np.float64], float]:
    """Return the chance of each possible number of events in group 1, and of the one seen."""
    low = max(0, table.events - table.n_2)
    events = np.arange(low, min(table.n_1, table.events) + 1)
    chances = hypergeom.pmf(events, table.n, table.events, table.n_1)
    return np.asarray(chances), float(chances[table.events_1 - low])


def _twice_one_side(table: TwoByTwo, weight: float) -> float:
    law = hypergeom(table.n, table.events, table.n_1)
    seen = weight * float(law.pmf(table.events_1))
    below = float(law.cdf(table.events_1 - 1)) + seen
    above = float(law.sf(table.events_1)) + seen
    return min(1.0, 2 * min(below, above))


def barnard(table: TwoByTwo) -> Significance:
    """Return twice the smaller one-sided p of the unconditional test ordered by the pooled z (Barnard 1945).

    The p is the largest over the common chance of the event. Raises UsageError for groups too large.
    """
    return Significance(
        "barnard", "Barnard's test, pooled z, twice one side", _unconditional(table, _pooled_z)
    )


def boschloo(table: TwoByTwo) -> Significance:
    """Return twice the smaller one-sided p of the unconditional test ordered by Fisher's p (Boschloo 1970).

    Raises UsageError for groups too large.
    """
    return Significance("boschloo", "Boschloo's test, twice one side", _unconditional(table, _minus_fisher_p))


def has_unconditional(table: TwoByTwo) -> bool:
    """Tell whether the groups are small enough for Barnard's and Boschloo's tests."""
    return (table.n_1 + 1) * (table.n_2 + 1) <= MOST_TABLES


def _unconditional(table: TwoByTwo, order: _Order) -> float:
    if not has_unconditional(table):
        raise UsageError(
            f"{(table.n_1 + 1) * (table.n_2 + 1)} tables are too many for an unconditional test.",
            remedy=f"Up to {MOST_TABLES} are gone through: use fisher or midp.",
        )
    one_sided = []
    for upper in (True, False):
        statistic = order(table.n_1, table.n_2, upper)
        seen = statistic[table.events_1, table.events_2]
        slack = _TIE * max(abs(seen), 1e-300)
        one_sided.append(_largest_chance(statistic >= seen - slack, table.n_1, table.n_2))
    return min(1.0, 2 * min(one_sided))


def _pooled_z(n_1: int, n_2: int, upper: bool) -> NDArray[np.float64]:
    """Return the pooled z of every table; 0 where everybody has the same outcome."""
    x_1, x_2 = np.meshgrid(np.arange(n_1 + 1), np.arange(n_2 + 1), indexing="ij")
    pooled = (x_1 + x_2) / (n_1 + n_2)
    variance = pooled * (1 - pooled) * (1 / n_1 + 1 / n_2)
    difference = (x_1 / n_1 - x_2 / n_2) * (1 if upper else -1)
    return np.divide(difference, np.sqrt(variance), out=np.zeros_like(difference), where=variance > 0)


def _minus_fisher_p(n_1: int, n_2: int, upper: bool) -> NDArray[np.float64]:
    """Return minus the one-sided p of Fisher's test of every table, so that more is more extreme."""
    x_1, x_2 = np.meshgrid(np.arange(n_1 + 1), np.arange(n_2 + 1), indexing="ij")
    if upper:
        return np.asarray(-hypergeom.sf(x_1 - 1, n_1 + n_2, x_1 + x_2, n_1))
    return np.asarray(-hypergeom.cdf(x_1, n_1 + n_2, x_1 + x_2, n_1))


def _largest_chance(region: NDArray[np.bool_], n_1: int, n_2: int) -> float:
    """Return the largest chance of the region over the common chance p: a grid, then closer."""
    inside = region.astype(np.float64)

    def chance(p: float) -> float:
        first, second = binom.pmf(np.arange(n_1 + 1), n_1, p), binom.pmf(np.arange(n_2 + 1), n_2, p)
        return float(first @ inside @ second)

    grid = (1 - np.cos(np.linspace(0, math.pi, _GRID))) / 2  # closer together towards 0 and 1
    first = binom.pmf(np.arange(n_1 + 1)[None, :], n_1, grid[:, None])
    second = binom.pmf(np.arange(n_2 + 1)[None, :], n_2, grid[:, None])
    chances = np.einsum("gi,gi->g", first @ inside, second)
    best = float(chances.max())
    for at in np.argsort(chances)[-5:]:
        bounds = (grid[max(at - 1, 0)], grid[min(at + 1, _GRID - 1)])
        found = minimize_scalar(
            lambda p: -chance(p), bounds=bounds, method="bounded", options={"xatol": 1e-10}
        )
        best = max(best, -float(found.fun))
    return best


CHEAP = (pearson, yates, n_minus_1, likelihood_ratio, fisher, fisher_mid_p, fisher_central, central_mid_p)
UNCONDITIONAL = (barnard, boschloo)


def all_tests(table: TwoByTwo, *, unconditional: bool) -> tuple[Significance, ...]:
    """Return every test of a table; Barnard's and Boschloo's only if asked for."""
    wanted = CHEAP + (UNCONDITIONAL if unconditional else ())
    return tuple(test(table) for test in wanted)
