"""The power of Fisher's exact test, by counting every table.

Two-sided p is the sum of all tables of the same margins that are no more likely than the one seen, as R's
fisher.test has it. The power is over both directions.
"""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from tissueclock.core.errors import InputError
from tissueclock.evidence.binomial import binomial
from tissueclock.evidence.samplesize.proportions import Proportions, patients
from tissueclock.evidence.samplesize.size import ErrorRates, whole

Array = NDArray[np.float64]
MOST_PATIENTS = 2000
"""In a group: beyond it the normal approximation differs by less than a patient in a hundred."""
_SLACK = 1e-7
"""R takes tables for equally likely up to this relative difference, and so does this."""
_LOOK_AHEAD = 10
_UNLIKELY = 1e-20


def fisher_power(rates: Proportions, test: ErrorRates, n_1: int, n_2: int) -> float:
    """Return the chance that Fisher's test rejects at alpha. One side tests in the direction of the effect.

    Raises InputError for sizes below 1 or too large to count.
    """
    if not (1 <= n_1 <= MOST_PATIENTS and 1 <= n_2 <= MOST_PATIENTS):
        raise InputError(
            f"groups of {n_1} and {n_2} were given.", remedy=f"Use 1 to {MOST_PATIENTS} patients."
        )
    high = rates.difference >= 0
    first, second = binomial(n_1, rates.rate_1), binomial(n_2, rates.rate_2)
    power = 0.0
    for events in range(_likely(first)[0] + _likely(second)[0], _likely(first)[-1] + _likely(second)[-1] + 1):
        low_1, high_1 = max(0, events - n_2), min(events, n_1)
        split = np.arange(low_1, high_1 + 1)
        rejected = _p_values(split, events, n_1, n_2, test.sides, high) <= test.alpha
        power += float((first[split] * second[events - split])[rejected].sum())
    return power


def fisher_patients(rates: Proportions, test: ErrorRates, power: float) -> int:
    """Return the least size of the second group from which on the power is reached.

    The power goes up in saw-teeth: the size returned and the next ten have it all. Raises InputError as
    `patients`, or where more would be needed than can be counted.
    """
    patients(rates, test, power)  # refuses what has no answer
    most = int(MOST_PATIENTS / max(1.0, rates.ratio))

    def is_enough(size: int) -> bool:
        return fisher_power(rates, test, whole(rates.ratio * size), size) >= power

    about = bisect_left(range(1, most + 1), True, key=is_enough) + 1  # as if there were no teeth
    failed = max(0, about - 2 * _LOOK_AHEAD)
    for size in range(failed + 1, most + 1):
        if not is_enough(size):
            failed = size
        elif size - failed > _LOOK_AHEAD:
            return failed + 1
    raise InputError(
        f"more than {most} patients a group would be needed.", remedy="Use the method 'continuity'."
    )


def _p_values(split: NDArray[np.int64], events: int, n_1: int, n_2: int, sides: int, high: bool) -> Array:
    """Return the p value of each split of the events between the groups."""
    logs = _log_choose(n_1, split) + _log_choose(n_2, events - split)
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    if sides == 1:
        return np.cumsum(chances[::-1])[::-1] if high else np.cumsum(chances)
    order = np.argsort(chances)
    ranked = chances[order]
    ends = np.searchsorted(ranked, chances * (1 + _SLACK), side="right")
    return np.asarray(np.cumsum(ranked)[ends - 1])


def _likely(chances: Array) -> NDArray[np.int64]:
    return np.flatnonzero(chances > _UNLIKELY)


def _log_choose(n: int, k: NDArray[np.int64]) -> Array:
    return np.asarray(math.lgamma(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
