"""The odds ratio given the margins: Fisher's noncentral hypergeometric distribution, one table or strata.

Given its margins the events of group 1 in a stratum follow a distribution with the odds ratio as its only
parameter; over strata the sum of events follows the convolution (Cornfield 1956; Gart 1970). Here are its
most likely value, its exact interval, and the interval with mid-p.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp
from scipy.stats import norm

from tissueclock.core.errors import UsageError
from tissueclock.evidence.two_groups.measure import Limits
from tissueclock.evidence.two_groups.table import TwoByTwo

_FARTHEST = 700.0
_MOST_STEPS = 100_000_000


@dataclass(frozen=True, slots=True)
class Support:
    """The sums of events that the margins allow, the logarithm of their weight at OR 1, and what was seen."""

    sums: NDArray[np.float64]
    log_weight: NDArray[np.float64]
    observed: int

    def log_chances(self, log_or: float) -> NDArray[np.float64]:
        """Return the logarithm of the chance of every sum at one odds ratio."""
        logs = self.log_weight + log_or * self.sums
        return np.asarray(logs - logsumexp(logs))

    def tail(self, log_or: float, *, upper: bool, mid: bool) -> float:
        """Return the chance of what was seen or more (`upper`) or less; half of what was seen if `mid`."""
        logs = self.log_chances(log_or)
        side = self.sums > self.observed if upper else self.sums < self.observed
        seen = float(np.exp(logs[self.sums == self.observed][0]))
        return float(np.exp(logs[side]).sum()) + (seen / 2 if mid else seen)

    @property
    def at_low_end(self) -> bool:
        """Whether no fewer events could have been seen: the odds ratio may be 0."""
        return bool(self.observed == self.sums[0])

    @property
    def at_high_end(self) -> bool:
        """Whether no more events could have been seen: the odds ratio may be infinite."""
        return bool(self.observed == self.sums[-1])


def is_feasible(tables: Sequence[TwoByTwo]) -> bool:
    """Tell whether the distribution over strata can be computed in a few seconds."""
    sizes = [min(t.n_1, t.events) - max(0, t.events - t.n_2) + 1 for t in tables]
    reached, steps = sizes[0], 0
    for size in sizes[1:]:
        steps += size * reached
        reached += size - 1
    return steps <= _MOST_STEPS


def support(tables: Sequence[TwoByTwo]) -> Support:
    """Return the distribution of the events of group 1, summed over the tables, given all margins.

    Raises UsageError where that would take too long.
    """
    if not is_feasible(tables):
        raise UsageError(
            "the strata are too large for an exact analysis.", remedy="Use mantel-haenszel or mn."
        )
    low, weight = 0, np.zeros(1)
    for table in tables:
        first, logs = _one(table)
        low += first
        weight = _convolve(weight, logs)
    sums = np.arange(low, low + weight.size, dtype=np.float64)
    return Support(sums, weight, sum(table.events_1 for table in tables))


def _one(table: TwoByTwo) -> tuple[int, NDArray[np.float64]]:
    """Return the smallest number of events of group 1, and the log weights from there on."""
    low = max(0, table.events - table.n_2)
    events = np.arange(low, min(table.n_1, table.events) + 1)
    logs = _log_choose(table.n_1, events) + _log_choose(table.n_2, table.events - events)
    return low, logs - logs.max()


def _log_choose(n: int, k: NDArray[np.int_]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _convolve(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convolve two series of log weights without leaving the log scale, so that nothing is lost to 0."""
    if second.size > first.size:
        first, second = second, first
    total = np.full(first.size + second.size - 1, -np.inf)
    for at, weight in enumerate(second):
        reached = total[at : at + first.size]
        np.logaddexp(reached, first + weight, out=reached)
    return np.asarray(total - total.max())


def conditional_odds_ratio(tables: Sequence[TwoByTwo], z: float, *, mid: bool) -> Limits:
    """Return the conditional odds ratio over strata with its central exact interval, or that with mid-p.

    The estimate is None where the margins leave nothing to vary, infinite or 0 at an end of what they allow.
    """
    given = support(tables)
    if given.sums.size == 1:
        note = "The margins allow no other table, so the odds ratio may be anything."
        return Limits(None, 0.0, math.inf, notes=(note,))
    tail = float(norm.sf(z))
    low = 0.0 if given.at_low_end else _root(lambda log: given.tail(log, upper=True, mid=mid) - tail)
    high = math.inf if given.at_high_end else _root(lambda log: tail - given.tail(log, upper=False, mid=mid))
    return Limits(_most_likely(given), low, high)


def _most_likely(given: Support) -> float:
    """Return the odds ratio at which the expected sum is what was seen."""
    if given.at_low_end:
        return 0.0
    if given.at_high_end:
        return math.inf
    return _root(lambda log: float(np.exp(given.log_chances(log)) @ given.sums) - given.observed)


def _root(rising: Callable[[float], float]) -> float:
    """Return exp of where a rising function of the log odds ratio is zero; 0 or infinite beyond a float."""
    low, high, step = -1.0, 1.0, 1.0
    while rising(low) > 0 and low > -_FARTHEST:
        low, step = low - step, 2 * step
    step = 1.0
    while rising(high) < 0 and high < _FARTHEST:
        high, step = high + step, 2 * step
    if rising(low) > 0:
        return 0.0
    if rising(high) < 0:
        return math.inf
    return math.exp(float(brentq(rising, low, high, xtol=1e-14, rtol=1e-14, maxiter=500)))
