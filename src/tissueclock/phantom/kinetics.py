"""Contrast over time: the bolus in arteries and veins, and its passage through tissue.

Tissue follows the indicator-dilution model c(t) = (rho / kH) CBF (AIF * R)(t - delay), with R(0) = 1 and
the area of R equal to MTT (Ostergaard 1996). Curves live on a fine time axis; convolutions are exact for
inputs that are linear between its points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from tissueclock.core.errors import UsageError
from tissueclock.phantom.acquisition import Bolus

Samples = NDArray[np.float64]

STEP_S = 0.05
KH_OVER_RHO = 0.705
"""(1 - Hct_large) / (1 - Hct_small) over the density of brain, in mL/g: 0.733 / 1.04."""
CBF_UNIT = 6000.0
"""mL/100 g/min in one mL/g/s."""
RESIDUES = ("exponential", "triangular", "box")

_WIDTH_OF_UNIT_SCALE = 4.1312
"""Full width at half maximum of x^3 exp(-x)."""
# Our choice: recirculated blood comes back 14 s later, smeared with a time constant of 8 s.
_RECIRCULATION_DELAY_S, _RECIRCULATION_SPREAD_S = 14.0, 8.0


@dataclass(frozen=True, eq=False)
class FineCurve:
    """A curve at 0, STEP_S, 2 STEP_S ... seconds on the injection's clock; 0 before."""

    values: Samples

    def at(self, times_s: Samples) -> Samples:
        """Return the curve at `times_s`, linear between its points, 0 before the start."""
        return np.interp(times_s, _axis_s(self.values.size), self.values, left=0.0)

    def delayed(self, delay_s: float) -> FineCurve:
        """Return the curve `delay_s` later."""
        return FineCurve(self.at(_axis_s(self.values.size) - delay_s))

    def dispersed(self, spread_s: float) -> FineCurve:
        """Return the curve smeared by an exponential of time constant `spread_s`; its area is kept."""
        return FineCurve(_exponential(self.values, spread_s) / spread_s)

    def scaled(self, factor: float) -> FineCurve:
        """Return the curve times `factor`."""
        return FineCurve(self.values * factor)


def arterial_curve(bolus: Bolus, until_s: float) -> FineCurve:
    """Return the bolus in the internal carotid artery, in HU of pure blood, up to `until_s`."""
    times = _axis_s(int(np.ceil(until_s / STEP_S)) + 2)
    peak_s = 3 * bolus.width_s / _WIDTH_OF_UNIT_SCALE
    x = np.clip(times - bolus.arrival_s, 0, None) / peak_s
    first = FineCurve(bolus.peak_hu * x**3 * np.exp(3 * (1 - x)))
    if not bolus.recirculation:
        return first
    again = first.delayed(_RECIRCULATION_DELAY_S).dispersed(_RECIRCULATION_SPREAD_S)
    return FineCurve(first.values + again.scaled(bolus.recirculation).values)


def tissue_curve(
    artery: FineCurve, cbf: float, cbv: float, delay_s: float, residue: str = "exponential"
) -> FineCurve:
    """Return the contrast in tissue, in the artery's unit.

    `cbf` in mL/100 g/min, `cbv` in mL/100 g, MTT = 60 cbv / cbf seconds. `residue` is 'exponential'
    exp(-t/MTT), 'triangular' 1 - t/(2 MTT), or 'box' (1 up to MTT). Raises UsageError for another one.
    """
    mtt_s = 60 * cbv / cbf
    if residue == "exponential":
        passed = _exponential(artery.values, mtt_s)
    elif residue == "triangular":
        passed = _triangular(artery.values, mtt_s)
    elif residue == "box":
        passed = _box(artery.values, mtt_s)
    else:
        known = ", ".join(RESIDUES)
        raise UsageError(f"there is no residue function '{residue}'.", remedy=f"Known: {known}.")
    return FineCurve(passed * (cbf / CBF_UNIT / KH_OVER_RHO)).delayed(delay_s)


def _axis_s(count: int) -> Samples:
    return np.arange(count, dtype=np.float64) * STEP_S


def _exponential(values: Samples, constant_s: float) -> Samples:
    """Return the convolution with exp(-t / constant): one step's decay plus the step's exact integral."""
    decay = np.exp(-STEP_S / constant_s)
    whole = constant_s * (1 - decay)
    older = constant_s * whole / STEP_S - constant_s * decay
    result: Samples = lfilter([whole - older, older], [1, -decay], values)
    return result


def _box(values: Samples, width_s: float) -> Samples:
    """Return the convolution with a box: a difference of running integrals."""
    area = FineCurve(_integral(values))
    return area.values - area.delayed(width_s).values


def _triangular(values: Samples, mtt_s: float) -> Samples:
    """Return the convolution with 1 - t / (2 MTT), integrated by parts."""
    area = _integral(values)
    twice = FineCurve(_integral(area))
    return area - (twice.values - twice.delayed(2 * mtt_s).values) / (2 * mtt_s)


def _integral(values: Samples) -> Samples:
    steps = (values[1:] + values[:-1]) * (STEP_S / 2)
    return np.concatenate([[0.0], np.cumsum(steps)])
