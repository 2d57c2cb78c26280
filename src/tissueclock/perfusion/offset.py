"""What Tmax reads where there is no delay: the method's own offset for this bolus and this sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.volume import read_only
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.maps import lag_window, peak_of
from tissueclock.perfusion.settings import PerfusionSettings

_MTT_S = np.arange(2.0, 24.5, 1.0)


@dataclass(frozen=True, eq=False)
class TmaxOffset:
    """`tmax_s` is what undelayed tissue with an exponential residue of transit time `mtt_s` reads."""

    mtt_s: NDArray[np.float64]
    tmax_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "mtt_s", read_only(self.mtt_s))
        object.__setattr__(self, "tmax_s", read_only(self.tmax_s))


def tmax_offset(aif: InputCurve, deconvolution: Deconvolution, settings: PerfusionSettings) -> TmaxOffset:
    """Send undelayed tissue of several transit times through the same deconvolution."""
    times = aif.step_s * np.arange(aif.values.size)
    residues = np.exp(-times[:, None] / _MTT_S[None, :])
    curves = np.stack([np.convolve(aif.values, residue)[: times.size] for residue in residues.T], axis=1)
    lags = lag_window(settings, aif.step_s, deconvolution.method.causal)
    deconvolve = deconvolution.method.prepare(aif.values, aif.step_s, lags, deconvolution.params)
    _, lag = peak_of(deconvolve(curves))
    return TmaxOffset(_MTT_S, (lags[0] + lag.astype(np.float64)) * aif.step_s)
