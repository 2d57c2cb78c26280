"""The chance that a trial will yet succeed, seen from an interim look.

Conditional power supposes a drift: that of the interim estimate (the trend goes on), the planned one, or
none. Predictive power averages it over what the data, and a prior where there is one, leave possible. Lan
KKG, Wittes J, Biometrics 1988;44:579-585; Spiegelhalter DJ, Freedman LS, Blackburn PR, Control Clin Trials
1986;7:8-17.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.recursion import begin_at, exits_from

_REACH_SDS = 9.0
_POINTS = 61


@dataclass(frozen=True, slots=True)
class ToCome:
    """The looks that are left: fractions of the information and upper z bounds, the last at 1.

    `lower` are bounds below which the trial is given up; minus infinity where they are to be overruled.
    """

    information: tuple[float, ...]
    upper: tuple[float, ...]
    lower: tuple[float, ...]

    @classmethod
    def of(
        cls, information: Sequence[float], upper: Sequence[float], lower: Sequence[float] | None = None
    ) -> ToCome:
        """Return the looks; without `lower` nothing ends the trial below."""
        return cls(tuple(information), tuple(upper), tuple(lower or (-math.inf,) * len(information)))


@dataclass(frozen=True, slots=True)
class Interim:
    """Where the trial stands: z at a fraction of the information, between 0 and 1, else InputError."""

    z: float
    fraction: float

    def __post_init__(self) -> None:
        if not 0 < self.fraction < 1:
            raise InputError(
                f"the interim is at information {self.fraction:g}.",
                remedy="Give a fraction between 0 and 1: at 1 the result is there.",
            )
        if not math.isfinite(self.z):
            raise InputError("the interim z is not finite.", remedy="Give a number.")

    @property
    def trend(self) -> float:
        """The drift that the interim estimates."""
        return self.z / math.sqrt(self.fraction)


@dataclass(frozen=True, slots=True)
class Prior:
    """A normal prior of the drift; the default is flat. Raises InputError unless the SD is above 0."""

    mean: float = 0.0
    sd: float = math.inf

    def __post_init__(self) -> None:
        if not self.sd > 0 or not math.isfinite(self.mean):
            raise InputError(
                f"the prior of the drift has SD {self.sd:g} and mean {self.mean:g}.",
                remedy="Give a finite mean, and an SD above 0.",
            )

    def posterior(self, interim: Interim) -> tuple[float, float]:
        """Return mean and SD of the drift once the interim is known."""
        precision = 1 / self.sd**2 + interim.fraction
        mean = (self.mean / self.sd**2 + interim.fraction * interim.trend) / precision
        return mean, 1 / math.sqrt(precision)


def conditional_power(interim: Interim, to_come: ToCome, drift: float) -> float:
    """Return the chance of crossing an upper bound at a look to come, if that is the drift.

    Raises InputError where a look to come is not after the interim.
    """
    if to_come.information[0] <= interim.fraction:
        raise InputError(
            f"a look to come, at information {to_come.information[0]:g}, is not after {interim.fraction:g}.",
            remedy="Give the interim's own fraction of the information.",
        )
    paths = begin_at(interim.z, interim.fraction)
    return sum(exits_from(paths, to_come.information, to_come.upper, to_come.lower, drift).upper)


def predictive_power(interim: Interim, to_come: ToCome, prior: Prior | None = None) -> float:
    """Return conditional power averaged over the posterior of the drift, flat prior unless given.

    One look to come has a closed form; several are integrated over 9 SDs by the trapezium rule, which is
    exact to some 1e-12 for what falls off as a normal density does.
    """
    mean, sd = (prior or Prior()).posterior(interim)
    if len(to_come.information) == 1:
        return _one_look(interim, to_come, mean, sd)
    steps = np.linspace(-_REACH_SDS, _REACH_SDS, _POINTS)
    weights = np.exp(-0.5 * steps**2)
    powers = [conditional_power(interim, to_come, float(mean + sd * step)) for step in steps]
    return float(weights @ np.array(powers) / weights.sum())


def _one_look(interim: Interim, to_come: ToCome, mean: float, sd: float) -> float:
    """The B-value still to come is normal, with the posterior's spread on top of its own."""
    end, bound = to_come.information[0], to_come.upper[0]
    left = end - interim.fraction
    reached = interim.z * math.sqrt(interim.fraction) + mean * left
    return float(ndtr((reached - bound * math.sqrt(end)) / math.sqrt(left + (sd * left) ** 2)))


@dataclass(frozen=True, slots=True)
class PlannedRates:
    """True rates and final sizes that a trial was planned with.

    Raises InputError unless both rates lie between 0 and 1 and both groups hold somebody.
    """

    rate_1: float
    rate_2: float
    n_1: float
    n_2: float

    def __post_init__(self) -> None:
        if not (0 < self.rate_1 < 1 and 0 < self.rate_2 < 1 and self.n_1 > 0 and self.n_2 > 0):
            raise InputError(
                f"rates {self.rate_1:g} and {self.rate_2:g} of {self.n_1:g} and {self.n_2:g} were planned.",
                remedy="Give rates between 0 and 1 and sizes above 0.",
            )

    @property
    def drift(self) -> float:
        """The expected z at the end, with each group's own variance."""
        return (self.rate_1 - self.rate_2) / self._error(self.rate_1, self.rate_2)

    @property
    def null_scale(self) -> float:
        """The standard error with the variance of both groups together over that with their own."""
        pooled = (self.n_1 * self.rate_1 + self.n_2 * self.rate_2) / (self.n_1 + self.n_2)
        return self._error(pooled, pooled) / self._error(self.rate_1, self.rate_2)

    def _error(self, rate_1: float, rate_2: float) -> float:
        return math.sqrt(rate_1 * (1 - rate_1) / self.n_1 + rate_2 * (1 - rate_2) / self.n_2)


def conditional_power_pooled(interim: Interim, bound: float, drift: float, null_scale: float) -> float:
    """Return conditional power of one look to come whose z has the pooled variance, as rpact computes it.

    What is missing to the bound is measured in null standard errors, the effect in its own: `null_scale` is
    their ratio. `drift` is the planned expected z at the end.
    """
    left = math.sqrt(1 - interim.fraction)
    missing = (bound - interim.z * math.sqrt(interim.fraction)) / left
    return float(ndtr(drift * left - null_scale * missing))
