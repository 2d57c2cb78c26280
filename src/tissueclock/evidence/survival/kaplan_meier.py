"""The Kaplan-Meier curve with its intervals on five scales, its quantiles, and the Nelson-Aalen hazard.

Kaplan EL, Meier P, J Am Stat Assoc 1958;53:457-481; Greenwood M, Rep Public Health Med Subj 1926;33:1-26;
Nelson W, J Qual Technol 1969;1:27-52; intervals: Borgan O, Liestol K, Scand J Stat 1990;17:35-41.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from tissueclock.evidence.survival.data import Counts, Numbers, at_risk, happened

_SAME = 1e-9
"""Shares of survival that differ by less are one and the same: rounding (our choice)."""


class Scale(Enum):
    """The scale on which an interval of survival is symmetric."""

    LOG_LOG = "log-log"
    PLAIN = "plain"
    LOG = "log"
    LOGIT = "logit"
    ARCSINE = "arcsine"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KaplanMeier:
    """Survival after each different time, censored ones too; arrays are one entry a time.

    `greenwood` is the variance of log survival; it is infinite where survival is 0. `hazard` and
    `hazard_variance` are Nelson-Aalen's.
    """

    times: Numbers
    at_risk: Counts
    events: Counts
    censored: Counts
    survival: Numbers
    greenwood: Numbers
    hazard: Numbers
    hazard_variance: Numbers

    @property
    def n(self) -> int:
        """How many were followed."""
        return int(self.at_risk[0])

    @property
    def standard_error(self) -> Numbers:
        """Greenwood's standard error of survival, NaN where survival is 0."""
        with np.errstate(invalid="ignore"):
            return self.survival * np.sqrt(self.greenwood)

    def survival_at(self, moments: ArrayLike) -> Numbers:
        """Return survival at moments; after the last time it stays what it was there."""
        return np.concatenate([[1.0], self.survival])[self.steps_before(moments)]

    def survival_before(self, moments: ArrayLike) -> Numbers:
        """Return survival just before moments: without the events that fall on them."""
        places = np.searchsorted(self.times, np.asarray(moments, dtype=np.float64), side="left")
        return np.concatenate([[1.0], self.survival])[places]

    def steps_before(self, moments: ArrayLike) -> Counts:
        """Return how many of the times lie at or before each moment."""
        return np.searchsorted(self.times, np.asarray(moments, dtype=np.float64), side="right")

    def interval(self, scale: Scale = Scale.LOG_LOG, level: float = 0.95) -> tuple[Numbers, Numbers]:
        """Return both ends at every time, NaN where survival is 0 and an end does not exist.

        Where survival is 1 both ends are 1. Ends are cut at 0 and 1.
        """
        reach = NormalDist().inv_cdf((1 + level) / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = _ends(scale, self.survival, reach * np.sqrt(self.greenwood))
        whole, gone = self.survival == 1, self.survival == 0
        for end in (low, high):
            end[whole] = 1.0
            end[gone] = np.nan
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    def quantile(
        self, share: float, scale: Scale = Scale.LOG_LOG, level: float = 0.95
    ) -> tuple[float | None, float | None, float | None]:
        """Return the time by which a share has had the event, and its ends; None where it is not reached.

        Where survival is flat at just that share, the middle of the flat part is taken. The ends are where
        those of survival cross (Brookmeyer R, Crowley J, Biometrics 1982;38:29-41).
        """
        low, high = self.interval(scale, level)
        curves = (self.survival, low, high)
        first, second, third = (self._crossing(curve, 1 - share) for curve in curves)
        return first, second, third

    def _crossing(self, curve: Numbers, height: float) -> float | None:
        """Return where a falling curve comes down to a height."""
        there = np.flatnonzero(curve <= height + _SAME)
        if len(there) == 0:
            return None
        first = float(self.times[there[0]])
        below = np.flatnonzero(curve < height - _SAME)
        if abs(curve[there[0]] - height) > _SAME or len(below) == 0:
            return first
        return (first + float(self.times[below[0]])) / 2


def _ends(scale: Scale, survival: Numbers, reach: Numbers) -> tuple[Numbers, Numbers]:
    """Return both ends; `reach` is the half-width on the scale of log survival."""
    if scale is Scale.PLAIN:
        return survival * (1 - reach), survival * (1 + reach)
    if scale is Scale.LOG:
        return survival * np.exp(-reach), survival * np.exp(reach)
    if scale is Scale.LOG_LOG:
        power = np.exp(np.abs(reach / np.log(survival)))
        return survival**power, survival ** (1 / power)
    if scale is Scale.LOGIT:
        middle, width = np.log(survival / (1 - survival)), reach / (1 - survival)
        return 1 / (1 + np.exp(width - middle)), 1 / (1 + np.exp(-width - middle))
    middle, width = np.arcsin(np.sqrt(survival)), reach * np.sqrt(survival / (1 - survival)) / 2
    low, high = np.maximum(middle - width, 0.0), np.minimum(middle + width, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


def kaplan_meier(times: ArrayLike, events: ArrayLike) -> KaplanMeier:
    """Return the curve of people followed for `times`; `events` says whose follow-up an event ended."""
    moments, ended = np.asarray(times, dtype=np.float64), np.asarray(events, dtype=bool)
    steps = np.unique(moments)
    risk, deaths = at_risk(moments, steps), happened(moments[ended], steps)
    survival = np.asarray(np.cumprod(1 - deaths / risk), dtype=np.float64)
    survival[risk == deaths] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(deaths > 0, deaths / (risk * (risk - deaths)), 0.0)
    return KaplanMeier(
        times=steps,
        at_risk=risk,
        events=deaths,
        censored=happened(moments[~ended], steps),
        survival=survival,
        greenwood=np.cumsum(terms),
        hazard=np.cumsum(deaths / risk),
        hazard_variance=np.cumsum(deaths / risk.astype(np.float64) ** 2),
    )
