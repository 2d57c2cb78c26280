"""The chance that a trial of two proportions will end in success, given what it has seen.

What is still to come is beta-binomial. Success means that the posterior chance of a difference exceeds a
limit at the end. The chance is summed over all results that can still come: nothing is simulated. Saville BR
et al., Clin Trials 2014;11:485-493.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from tissueclock.core.errors import InputError
from tissueclock.evidence.bayes.beta import Beta, chance_greater
from tissueclock.evidence.farrington_manning import Rates

Array = NDArray[np.float64]
MOST_PATIENTS = 2000
"""So many in a group take some seconds: our choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Success is a chance above `limit` that the first group's rate is better by more than `margin`.

    Better is higher, or lower with `fewer_is_better`. Raises InputError unless 0 < limit < 1.
    """

    prior_1: Beta
    prior_2: Beta
    limit: float = 0.975
    margin: float = 0.0
    fewer_is_better: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.limit < 1:
            raise InputError(
                f"a limit of {self.limit:g} was given.", remedy="Use a chance between 0 and 1, such as 0.975."
            )

    def chance(self, rates: Rates) -> float:
        """Return the posterior chance that the first group is better by more than the margin."""
        first = self.prior_1.after(rates.events_1, rates.n_1)
        second = self.prior_2.after(rates.events_2, rates.n_2)
        if self.fewer_is_better:
            return chance_greater(second, first, self.margin)
        return chance_greater(first, second, self.margin)

    def succeeds(self, rates: Rates) -> bool:
        """Return whether the chance exceeds the limit."""
        return self.chance(rates) > self.limit


def predictive_chance(rule: Rule, now: Rates, end_1: int, end_2: int) -> float:
    """Return the chance of success once the groups hold `end_1` and `end_2` patients.

    Raises InputError where the end is before now or too far off.
    """
    left_1, left_2 = end_1 - now.n_1, end_2 - now.n_2
    if left_1 < 0 or left_2 < 0 or max(end_1, end_2) > MOST_PATIENTS:
        raise InputError(
            f"the groups of {now.n_1} and {now.n_2} are to end with {end_1} and {end_2} patients.",
            remedy=f"Give final sizes that are not smaller, and up to {MOST_PATIENTS}.",
        )
    first = beta_binomial(rule.prior_1.after(now.events_1, now.n_1), left_1)
    second = beta_binomial(rule.prior_2.after(now.events_2, now.n_2), left_2)
    least = success_edge(rule, now, (end_1, end_2))
    tails = np.append(np.cumsum(first[::-1])[::-1], 0.0)  # chance of so many further events or more
    reached = tails[least] if not rule.fewer_is_better else 1.0 - tails[least]
    return float(second @ reached)


def success_edge(rule: Rule, now: Rates, ends: tuple[int, int]) -> NDArray[np.int64]:
    """Return, for each number of further events in the second group, how many in the first make the edge.

    Success needs that many or more; with fewer events better, fewer than that many.
    """

    def is_high(more_1: int, more_2: int) -> bool:
        final = Rates(now.events_1 + more_1, ends[0], now.events_2 + more_2, ends[1])
        return rule.succeeds(final) is not rule.fewer_is_better

    return walked_edge(is_high, ends[0] - now.n_1, ends[1] - now.n_2)


def walked_edge(is_high: Callable[[int, int], bool], most_1: int, most_2: int) -> NDArray[np.int64]:
    """Return, for 0 to `most_2` events of the second group, from how many of the first on they are high.

    More events in the second group never lower that edge, so that it is found by walking along it; it is
    `most_1` + 1 where none is high.
    """
    edge, at = [], 0
    for events_2 in range(most_2 + 1):
        at = _first_high(partial(_swapped, is_high, events_2), at, most_1 + 1)
        edge.append(at)
    return np.array(edge, dtype=np.int64)


def _swapped(is_high: Callable[[int, int], bool], events_2: int, events_1: int) -> bool:
    return is_high(events_1, events_2)


def _first_high(is_high: Callable[[int], bool], least: int, end: int) -> int:
    """Return the first number from `least` on the far side of an edge, by steps of one; `end` if none is."""
    at = least
    while at < end and not is_high(at):
        at += 1
    return at


def beta_binomial(beta: Beta, n: int) -> Array:
    """Return the chance of 0 to `n` events of `n` further patients."""
    k = np.arange(n + 1)
    choose = math.lgamma(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    logs = choose + betaln(beta.a + k, beta.b + n - k) - betaln(beta.a, beta.b)
    chances = np.exp(logs)
    return np.asarray(chances / chances.sum())
