"""Contrast over time: the bolus in arteries and veins, and its passage through tissue.

Tissue follows the indicator-dilution model c(t) = (rho / kH) CBF (AIF * R)(t - delay), with R(0) = 1 and
the area of R equal to MTT (Ostergaard 1996). Curves live on a fine time axis; convolutions are exact for
inputs that are linear between its points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter
from scipy.special import erfc, gammaincc

from tissueclock.core.errors import UsageError
from tissueclock.phantom.acquisition import Bolus

Samples = NDArray[np.float64]

STEP_S = 0.05
KH_OVER_RHO = 0.705
"""(1 - Hct_large) / (1 - Hct_small) over the density of brain, in mL/g: 0.733 / 1.04."""
CBF_UNIT = 6000.0
"""mL/100 g/min in one mL/g/s."""
RESIDUES = ("exponential", "triangular", "box")
"""The shapes of Kudo's phantom."""

_GAMMA_SHAPE = 3.0
"""Transit times of a gamma distribution of this shape (1 would be the exponential); our choice."""
_MIXTURE = ((0.6, 0.4), (0.4, 1.9))
_MIXTURE_SPREAD = 0.4
"""Two lognormal routes, as (share of flow, mean over MTT), and the spread of the logarithm: a fast and a slow
bed, as in shunting. No method known to us fits this shape; our choice."""
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
    exp(-t/MTT), 'triangular' 1 - t/(2 MTT), 'box' (1 up to MTT), 'gamma' (transit times of a gamma
    distribution of shape 3) or 'mixture' (of two lognormal ones, fast and slow). Raises UsageError for
    another one.
    """
    if residue not in _CONVOLUTIONS:
        raise UsageError(f"there is no residue function '{residue}'.", remedy=f"Known: {', '.join(SHAPES)}.")
    passed = _CONVOLUTIONS[residue](artery.values, 60 * cbv / cbf)
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


def _gamma(values: Samples, mtt_s: float) -> Samples:
    times = _axis_s(values.size)
    return _sampled(values, gammaincc(_GAMMA_SHAPE, _GAMMA_SHAPE * times / mtt_s))


def _mixture(values: Samples, mtt_s: float) -> Samples:
    residue = sum(share * _lognormal_left(values.size, mean * mtt_s) for share, mean in _MIXTURE)
    return _sampled(values, np.asarray(residue))


def _lognormal_left(count: int, mean_s: float) -> Samples:
    """Return the share of transit times, lognormal with this mean, that are longer than each time."""
    middle = np.log(mean_s) - _MIXTURE_SPREAD**2 / 2
    left = np.ones(count)
    left[1:] = 0.5 * erfc((np.log(_axis_s(count)[1:]) - middle) / (_MIXTURE_SPREAD * np.sqrt(2)))
    return left


def _sampled(values: Samples, residue: Samples) -> Samples:
    """Return the convolution with a residue given at the curve's own steps, by the trapezoid rule."""
    ends = (values * residue[0] + values[0] * residue) / 2
    result: Samples = (fftconvolve(values, residue)[: values.size] - ends) * STEP_S
    return result


_CONVOLUTIONS: Mapping[str, Callable[[Samples, float], Samples]] = MappingProxyType(
    {
        "exponential": _exponential,
        "triangular": _triangular,
        "box": _box,
        "gamma": _gamma,
        "mixture": _mixture,
    }
)
SHAPES = tuple(_CONVOLUTIONS)
"""Every known residue function, by name."""
