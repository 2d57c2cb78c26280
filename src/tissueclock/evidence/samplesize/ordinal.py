"""Sample size and power of a shift on an ordinal scale such as the mRS.

`whitehead` supposes a common odds ratio: N = 3 (r + 1)^2 (z_alpha + z_beta)^2 / (r ln(OR)^2 (1 - sum p^3)),
where r is the allocation ratio and p are the shares of the levels over both groups (Whitehead J, Stat Med
1993;12:2257-2271). `wilcoxon` supposes two distributions, whatever their shape: N = (z_alpha + z_beta)^2 (1 -
sum p^3) / (12 t (1 - t) (P - 1/2)^2), where P is the chance that a patient of the first group does better,
ties split, and t the share of the first group (Zhao YD, Rahardja D, Qu Y, Stat Med 2008;27:462-468).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtr

from tissueclock.core.errors import InputError
from tissueclock.evidence.samplesize.size import ErrorRates, check_ratio, z_of_power

Shares = tuple[float, ...]
METHODS = ("whitehead", "wilcoxon")
_PERCENT_SLACK = 0.011
"""Printed shares may miss 1 by the rounding of their digits, up to this: our choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The shares of the levels, best first, in both groups, and the first group's size over the second's.

    `odds_ratio` is the common one, above 1 where the first group does better, or None where the groups were
    given apart.
    """

    first: Shares
    second: Shares
    ratio: float = 1.0
    odds_ratio: float | None = None

    def __post_init__(self) -> None:
        check_ratio(self.ratio)
        if len(self.first) != len(self.second):
            raise InputError(
                f"the groups have {len(self.first)} and {len(self.second)} levels.",
                remedy="Give the same levels for both, best first.",
            )

    @property
    def mean(self) -> Shares:
        """The shares over both groups together."""
        part = self.ratio / (1 + self.ratio)
        return tuple(part * a + (1 - part) * b for a, b in zip(self.first, self.second, strict=True))

    @property
    def spread(self) -> float:
        """1 - sum p^3: how well the levels tell patients apart."""
        return 1 - math.fsum(share**3 for share in self.mean)

    @property
    def chance_better(self) -> float:
        """The chance that a patient of the first group does better than one of the second, ties split."""
        found, worse = 0.0, 1.0
        for a, b in zip(self.first, self.second, strict=True):
            worse -= b
            found += a * (worse + b / 2)
        return found


def shares_of(values: Sequence[float]) -> Shares:
    """Return shares from counts, percentages or shares of at least two levels.

    Raises InputError for a negative one, for nothing at all, or for shares or percentages that miss 1 or 100
    by more than rounding: they are told from counts by whether all are whole.
    """
    total = math.fsum(values)
    if len(values) < 2 or not math.isfinite(total) or min(values) < 0 or total <= 0:
        raise InputError(
            f"{len(values)} levels with {total:g} in all were given.",
            remedy="Give counts or shares of two levels or more, best first.",
        )
    if any(value != int(value) for value in values):
        whole = 100.0 if total > 2 else 1.0
        if abs(total / whole - 1) > _PERCENT_SLACK:
            raise InputError(
                f"the shares sum to {total:g}.", remedy="Give shares that sum to 1 (or to 100 %), or counts."
            )
    return tuple(value / total for value in values)


def shift_by_odds(second: Shares, odds_ratio: float, ratio: float = 1.0) -> Shift:
    """Return the shift that a common odds ratio makes of the second group's shares.

    Raises InputError unless the odds ratio is above 0, finite and not 1.
    """
    if not 0 < odds_ratio < math.inf or odds_ratio == 1:
        raise InputError(
            f"the common odds ratio is {odds_ratio:g}.",
            remedy="Use one above 0 that is not 1: above 1 the first group does better.",
        )
    first, below, before = [], 0.0, 0.0
    for share in second:
        below = min(1.0, below + share)
        shifted = odds_ratio * below / (1 - below + odds_ratio * below)
        first.append(shifted - before)
        before = shifted
    first[-1] += 1.0 - before
    return Shift(first=tuple(first), second=second, ratio=ratio, odds_ratio=odds_ratio)


def patients(shift: Shift, test: ErrorRates, power: float) -> float:
    """Return the second group's size, a real number: Whitehead's with an odds ratio, else Wilcoxon's.

    Raises InputError where the groups do not differ or all patients are on one level.
    """
    wanted = test.z + z_of_power(power)
    if wanted <= 0:
        raise InputError("the power is so low that no patient is needed.", remedy="Ask for more power.")
    return wanted**2 / _information(shift)


def power_of(shift: Shift, test: ErrorRates, n_2: float) -> float:
    """Return the power with `n_2` patients in the second group; raises InputError as `patients`."""
    if n_2 <= 0:
        raise InputError(f"{n_2:g} patients were given.", remedy="Give 1 or more.")
    return float(ndtr(math.sqrt(n_2 * _information(shift)) - test.z))


def detectable_odds(second: Shares, ratio: float, test: ErrorRates, power: float, n_2: float) -> float | None:
    """Return the least common odds ratio above 1 that this size detects; None if none up to 100 does."""

    def excess(log_odds: float) -> float:
        return power_of(shift_by_odds(second, math.exp(log_odds), ratio), test, n_2) - power

    if excess(math.log(100.0)) < 0:
        return None
    return math.exp(float(brentq(excess, 1e-9, math.log(100.0), xtol=1e-13)))


def _information(shift: Shift) -> float:
    """Return the squared expected z that one patient of the second group, with its partners, brings."""
    if shift.spread < 1e-12:
        raise InputError("all patients are on one level.", remedy="Give shares of two levels or more.")
    if shift.odds_ratio is not None:
        effect = math.log(shift.odds_ratio) ** 2 * shift.spread / 3
        return effect * shift.ratio / (1 + shift.ratio)
    apart = (shift.chance_better - 0.5) ** 2
    if apart < 1e-18:
        raise InputError("neither group does better.", remedy="Give two groups that differ.")
    return apart * 12 * shift.ratio / (1 + shift.ratio) / shift.spread
