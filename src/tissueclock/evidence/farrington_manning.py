"""Two proportions when their difference is fixed: restricted estimates, the score z, and its interval.

Farrington CP, Manning G, Stat Med 1990;9:1447-1454. The variance has no N/(N-1): that is Miettinen's and
Nurminen's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq

from tissueclock.core.errors import InputError

_XTOL = 1e-14
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Rates:
    """Events of patients in two groups. Raises InputError where the counts are impossible."""

    events_1: int
    n_1: int
    events_2: int
    n_2: int

    def __post_init__(self) -> None:
        for group, events, n in ((1, self.events_1, self.n_1), (2, self.events_2, self.n_2)):
            if n < 1 or not 0 <= events <= n:
                raise InputError(
                    f"group {group} has {events} events of {n} patients.",
                    remedy="Give whole numbers with 0 <= events <= patients and 1 patient or more.",
                )

    @property
    def difference(self) -> float:
        """The rate of the first group minus that of the second."""
        return self.events_1 / self.n_1 - self.events_2 / self.n_2


def restricted_rates(rate_1: float, rate_2: float, ratio: float, difference: float) -> tuple[float, float]:
    """Return the most likely rates with that difference (first minus second); `ratio` is n2 / n1.

    Rates are observed or planned fractions. Raises ValueError unless -1 < difference < 1.
    """
    if not -1 < difference < 1:
        raise ValueError(f"a difference of {difference} is none between rates")
    a = 1 + ratio
    b = -(1 + ratio + rate_1 + ratio * rate_2 + difference * (ratio + 2))
    c = difference**2 + difference * (2 * rate_1 + ratio + 1) + rate_1 + ratio * rate_2
    d = -rate_1 * difference * (1 + difference)
    v = b**3 / (27 * a**3) - b * c / (6 * a**2) + d / (2 * a)
    u = math.copysign(math.sqrt(max(0.0, b**2 / (9 * a**2) - c / (3 * a))), v)
    cosine = 1.0 if u == 0 else max(-1.0, min(1.0, v / u**3))
    first = 2 * u * math.cos((math.pi + math.acos(cosine)) / 3) - b / (3 * a)
    first = min(max(first, difference, 0.0), 1.0, 1.0 + difference)
    return first, min(max(first - difference, 0.0), 1.0)


def score_z(rates: Rates, difference: float) -> float:
    """Return z of the observed against a supposed difference; 0 where both agree without any spread."""
    first, second = restricted_rates(
        rates.events_1 / rates.n_1, rates.events_2 / rates.n_2, rates.n_2 / rates.n_1, difference
    )
    variance = first * (1 - first) / rates.n_1 + second * (1 - second) / rates.n_2
    apart = rates.difference - difference
    if variance <= 0:
        return 0.0 if apart == 0 else math.copysign(math.inf, apart)
    return apart / math.sqrt(variance)


def score_interval(rates: Rates, z: float) -> tuple[float, float]:
    """Return the differences that the score z does not put further than `z` away, within -1 and 1."""
    return _limit(rates, z), _limit(rates, -z)


def _limit(rates: Rates, z: float) -> float:
    """Return the difference at which the falling score z is `z`, or the end of the scale."""
    low, high = -1 + _EDGE, 1 - _EDGE
    if score_z(rates, low) <= z:
        return -1.0
    if score_z(rates, high) >= z:
        return 1.0
    return float(brentq(lambda difference: score_z(rates, difference) - z, low, high, xtol=_XTOL))
