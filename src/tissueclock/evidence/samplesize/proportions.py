"""Sample size and power of two proportions by the normal approximations.

`pooled` takes the variance under the null hypothesis from both groups together and under the alternative from
each (Fleiss JL, Statistical Methods for Rates and Proportions, 1981), `unpooled` takes the latter for both,
`continuity` enlarges `pooled` for the continuity correction (Casagrande JT, Pike MC, Smith PG, Biometrics
1978;34:483-486; Fleiss JL, Tytun A, Ury HK, Biometrics 1980;36:343-346). The power is that of the direction
of the effect. A margin is handled by Farrington's and Manning's restricted variance, or by `unpooled`
(Farrington CP, Manning G, Stat Med 1990;9:1447-1454).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtr

from tissueclock.core.errors import InputError
from tissueclock.evidence.farrington_manning import restricted_rates
from tissueclock.evidence.samplesize.size import ErrorRates, check_ratio, z_of_power

METHODS = ("pooled", "unpooled", "continuity")
MARGIN_METHODS = ("farrington-manning", "unpooled")
_XTOL = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportions:
    """True rates of two groups and the first group's size over the second's.

    Raises InputError unless both rates lie between 0 and 1 and the ratio is above 0.
    """

    rate_1: float
    rate_2: float
    ratio: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.rate_1 < 1 and 0 < self.rate_2 < 1):
            raise InputError(
                f"the rates are {self.rate_1:g} and {self.rate_2:g}.", remedy="Use fractions between 0 and 1."
            )
        check_ratio(self.ratio)

    @property
    def difference(self) -> float:
        """The first rate minus the second."""
        return self.rate_1 - self.rate_2

    @property
    def own_sd(self) -> float:
        """The SD of the difference, times the root of the second group's size, by each group's variance."""
        return _sd(self.rate_1, self.rate_2, self.ratio)

    @property
    def pooled_sd(self) -> float:
        """The same by the variance of both groups together."""
        pooled = (self.ratio * self.rate_1 + self.rate_2) / (1 + self.ratio)
        return _sd(pooled, pooled, self.ratio)


def _sd(rate_1: float, rate_2: float, ratio: float) -> float:
    return math.sqrt(rate_1 * (1 - rate_1) / ratio + rate_2 * (1 - rate_2))


def patients(rates: Proportions, test: ErrorRates, power: float, method: str = "pooled") -> float:
    """Return the second group's size, a real number, that gives this power.

    Raises InputError where the rates agree, for an unknown method, or for a power that is none.
    """
    _check(rates, method)
    null_sd = rates.own_sd if method == "unpooled" else rates.pooled_sd
    n = _needed(abs(rates.difference), null_sd, rates.own_sd, test.z, z_of_power(power))
    if method == "continuity":
        n = n / 4 * (1 + math.sqrt(1 + 4 * _correction(rates) / n)) ** 2
    return n


def power_of(rates: Proportions, test: ErrorRates, n_2: float, method: str = "pooled") -> float:
    """Return the power with `n_2` patients in the second group; 0 where the continuity correction eats all.

    Raises InputError as `patients`, or unless `n_2` is above 0.
    """
    _check(rates, method)
    if n_2 <= 0:
        raise InputError(f"{n_2:g} patients were given.", remedy="Give 1 or more.")
    if method == "continuity":
        root = math.sqrt(n_2) - _correction(rates) / math.sqrt(n_2)
        if root <= 0:
            return 0.0
        n_2 = root**2
    null_sd = rates.own_sd if method == "unpooled" else rates.pooled_sd
    return float(ndtr((abs(rates.difference) * math.sqrt(n_2) - test.z * null_sd) / rates.own_sd))


def _correction(rates: Proportions) -> float:
    """Return c with sqrt(n') - c / sqrt(n') = sqrt(n) for the corrected size n' and the other, n."""
    return (rates.ratio + 1) / (2 * rates.ratio * abs(rates.difference))


def detectable(
    rate_2: float, ratio: float, test: ErrorRates, power: float, n_2: float, *, method: str
) -> tuple[float | None, float | None]:
    """Return the nearest rates below and above `rate_2` that this size detects; None where none does.

    Raises InputError as `patients`.
    """

    def excess(rate_1: float) -> float:
        return power_of(Proportions(rate_1=rate_1, rate_2=rate_2, ratio=ratio), test, n_2, method) - power

    return _crossing(excess, rate_2, 0.0), _crossing(excess, rate_2, 1.0)


def _crossing(excess: Callable[[float], float], start: float, end: float) -> float | None:
    """Return where the power is first enough on the way from `start` (never enough) to just before `end`."""
    near, far = start + 1e-9 * (end - start), start + (1 - 1e-9) * (end - start)
    if excess(far) < 0:
        return None
    return float(brentq(excess, near, far, xtol=_XTOL))


def margin_patients(
    rates: Proportions, margin: float, test: ErrorRates, power: float, method: str = "farrington-manning"
) -> float:
    """Return the second group's size that shows a difference of rates beyond `margin`.

    The null hypothesis is that rate_1 - rate_2 is `margin`: below 0 for non-inferiority where more is better,
    above 0 where less is better; the effect lies on the side of `rates.difference`. Raises InputError where
    the difference equals the margin, or for an unknown method.
    """
    null_sd = _null_sd(rates, margin, method)
    return _needed(abs(rates.difference - margin), null_sd, rates.own_sd, test.z, z_of_power(power))


def margin_power(
    rates: Proportions, margin: float, test: ErrorRates, n_2: float, method: str = "farrington-manning"
) -> float:
    """Return the power of that test with `n_2` patients in the second group; raises InputError as above."""
    null_sd = _null_sd(rates, margin, method)
    if n_2 <= 0:
        raise InputError(f"{n_2:g} patients were given.", remedy="Give 1 or more.")
    reached = abs(rates.difference - margin) * math.sqrt(n_2) - test.z * null_sd
    return float(ndtr(reached / rates.own_sd))


def _null_sd(rates: Proportions, margin: float, method: str) -> float:
    if method not in MARGIN_METHODS:
        raise InputError(f"there is no method '{method}'.", remedy=f"Known: {', '.join(MARGIN_METHODS)}.")
    if not -1 < margin < 1 or abs(rates.difference - margin) < 1e-12:
        raise InputError(
            f"the difference of the rates is {rates.difference:g} and the margin {margin:g}.",
            remedy="Give a margin between -1 and 1 that the difference keeps away from.",
        )
    if method == "unpooled":
        return rates.own_sd
    first, second = restricted_rates(rates.rate_1, rates.rate_2, 1 / rates.ratio, margin)
    return _sd(first, second, rates.ratio)


def _needed(distance: float, null_sd: float, own_sd: float, z_alpha: float, z_power: float) -> float:
    reached = z_alpha * null_sd + z_power * own_sd
    if reached <= 0:
        raise InputError("the power is so low that no patient is needed.", remedy="Ask for more power.")
    return (reached / distance) ** 2


def _check(rates: Proportions, method: str) -> None:
    if method not in METHODS:
        raise InputError(f"there is no method '{method}'.", remedy=f"Known: {', '.join(METHODS)}.")
    if abs(rates.difference) < 1e-12:
        raise InputError("both rates agree, so that there is nothing to detect.", remedy="Give two rates.")
