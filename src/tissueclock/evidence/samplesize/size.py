"""What every sample size needs: the errors of the test, the split between groups, drop-out and rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from tissueclock.core.errors import InputError

_SLACK = 1e-9
"""A real number that exceeds a whole one by rounding alone is that whole number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """The errors of a test: alpha in total, on one side or two. Raises InputError outside 0 to 0.5 a side."""

    alpha: float = 0.05
    sides: int = 2

    def __post_init__(self) -> None:
        if self.sides not in (1, 2) or not 0 < self.alpha / self.sides < 0.5:
            raise InputError(
                f"alpha is {self.alpha:g} on {self.sides} sides.",
                remedy="Use 1 or 2 sides, and more than 0 and less than 0.5 a side.",
            )

    @property
    def z(self) -> float:
        """The z that has to be exceeded in the direction of the effect."""
        return -float(ndtri(self.alpha / self.sides))


def z_of_power(power: float) -> float:
    """Return the normal quantile of a power; raises InputError unless it lies between 0 and 1."""
    if not 0 < power < 1:
        raise InputError(f"a power of {power:g} was asked for.", remedy="Use between 0 and 1, such as 0.8.")
    return float(ndtri(power))


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Patients in two groups: as real numbers that the formula gives, and as whole ones to be enrolled.

    `analysed_*` are the real numbers rounded up; `enrolled_*` are enlarged by the inflation of a
    group-sequential design and for drop-out before they are rounded up.
    """

    exact_1: float
    exact_2: float
    analysed_1: int
    analysed_2: int
    enrolled_1: int
    enrolled_2: int

    @property
    def analysed(self) -> int:
        """All patients that are analysed."""
        return self.analysed_1 + self.analysed_2

    @property
    def enrolled(self) -> int:
        """All patients that are enrolled."""
        return self.enrolled_1 + self.enrolled_2


def make_size(exact_2: float, ratio: float, *, dropout: float = 0.0, inflation: float = 1.0) -> Size:
    """Return the sizes from the second group's real number; `ratio` is the first group's over it.

    Raises InputError for a ratio that is not above 0, a drop-out outside 0 to 1 or an inflation below 1.
    """
    check_ratio(ratio)
    if not 0 <= dropout < 1 or not 1 <= inflation < math.inf:
        raise InputError(
            f"a drop-out of {dropout:g} and an inflation of {inflation:g} were given.",
            remedy="Use a share from 0 to below 1, and a factor of 1 or more.",
        )
    exact_1 = ratio * exact_2
    factor = inflation / (1 - dropout)
    return Size(
        exact_1=exact_1,
        exact_2=exact_2,
        analysed_1=whole(exact_1),
        analysed_2=whole(exact_2),
        enrolled_1=whole(exact_1 * factor),
        enrolled_2=whole(exact_2 * factor),
    )


def whole(number: float) -> int:
    """Return the least whole number that is not smaller, and at least 1."""
    return max(1, math.ceil(number - _SLACK * max(1.0, number)))


def check_ratio(ratio: float) -> None:
    """Raise InputError unless an allocation ratio is above 0 and finite."""
    if not 0 < ratio < math.inf:
        raise InputError(f"the allocation ratio is {ratio:g}.", remedy="Use a number above 0: 2 is 2 to 1.")
