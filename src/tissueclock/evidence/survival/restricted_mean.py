"""Restricted mean survival: how long people lived without the event up to a horizon, and differences.

Royston P, Parmar MKB, BMC Med Res Methodol 2013;13:152; variance by Greenwood's terms, without a factor for
small samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from tissueclock.evidence.survival.kaplan_meier import KaplanMeier

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """The area under a curve up to `horizon`, in units of time, with its standard error."""

    group: str
    horizon: float
    mean: float
    standard_error: float
    interval: Interval

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {**found, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """The first group's restricted mean minus the second's, with interval and two-sided p.

    `ratio` is the first over the second, its interval on the log scale; None where a mean is 0.
    """

    first: str
    second: str
    horizon: float
    difference: float
    standard_error: float
    interval: Interval
    p: float | None
    ratio: float | None
    ratio_interval: Interval | None

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(item) if isinstance(item, tuple) else item for name, item in found.items()}


def longest_horizon(curves: list[KaplanMeier]) -> float:
    """Return the earliest of the curves' last times: to there all groups are followed."""
    return min(float(curve.times[-1]) for curve in curves)


def restricted_mean(curve: KaplanMeier, group: str, horizon: float, level: float = 0.95) -> RestrictedMean:
    """Return the restricted mean of one curve; ValueError unless 0 < horizon <= its last time.

    A curve that has come down to 0 may be asked for later horizons too.
    """
    last = float(curve.times[-1])
    if not (horizon > 0 and (horizon <= last or curve.survival[-1] == 0)):
        raise ValueError(f"the horizon {horizon:g} is not between 0 and {last:g}, the last time of '{group}'")
    inside = curve.times < horizon
    ends = np.concatenate([[0.0], curve.times[inside], [horizon]])
    heights = np.concatenate([[1.0], curve.survival[inside]])
    areas = heights * np.diff(ends)
    left = np.cumsum(areas[::-1])[::-1][1:]  # the area after each time
    terms = np.diff(np.concatenate([[0.0], curve.greenwood[inside]]))
    with np.errstate(invalid="ignore"):
        error = math.sqrt(float(np.sum(np.where(left > 0, left**2 * terms, 0.0))))
    mean, reach = float(areas.sum()), _reach(level) * error
    return RestrictedMean(
        group=group, horizon=horizon, mean=mean, standard_error=error, interval=(mean - reach, mean + reach)
    )


def mean_difference(first: RestrictedMean, second: RestrictedMean, level: float = 0.95) -> MeanDifference:
    """Return what two restricted means to one horizon differ by; ValueError where the horizons differ."""
    if first.horizon != second.horizon:
        raise ValueError("the two means have different horizons")
    difference, error = first.mean - second.mean, math.hypot(first.standard_error, second.standard_error)
    ratio, ratio_interval = _ratio(first, second, level)
    reach = _reach(level) * error
    return MeanDifference(
        first=first.group,
        second=second.group,
        horizon=first.horizon,
        difference=difference,
        standard_error=error,
        interval=(difference - reach, difference + reach),
        p=math.erfc(abs(difference) / error / math.sqrt(2)) if error else None,
        ratio=ratio,
        ratio_interval=ratio_interval,
    )


def _ratio(
    first: RestrictedMean, second: RestrictedMean, level: float
) -> tuple[float | None, Interval | None]:
    if first.mean == 0 or second.mean == 0:
        return None, None
    ratio = first.mean / second.mean
    width = _reach(level) * math.hypot(first.standard_error / first.mean, second.standard_error / second.mean)
    return ratio, (ratio * math.exp(-width), ratio * math.exp(width))


def _reach(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
