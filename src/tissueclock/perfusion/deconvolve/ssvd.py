"""The method `ssvd`: SVD of the causal convolution matrix with a fixed cut-off (Ostergaard 1996).

The matrix is lower-triangular Toeplitz, so tissue cannot come before the input, and flow depends on the
delay: the reason for the circulant methods. k is 0 at negative lags and at those beyond the run.
Tissue that is earlier than the input reads a Tmax of 0: where k starts at its maximum there is no sample
before it to fit a parabola through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import svd, toeplitz

from tissueclock.core.settings import setting
from tissueclock.perfusion.deconvolve.base import Deconvolver, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `ssvd`."""

    relative_cutoff: float = setting(
        "singular values below this share of the largest are dropped (0.2: Ostergaard 1996)",
        low=0.01,
        high=0.5,
    )


def operator(
    aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], relative_cutoff: float
) -> NDArray[np.float64]:
    """Return the matrix (lags x samples) that takes a tissue curve to k at the lags, in 1/s."""
    samples = aif.size
    left, values, right = svd(step_s * toeplitz(aif, np.zeros(samples)))
    kept = values >= relative_cutoff * values[0]
    inverse = (right[kept].T / values[kept]) @ left[:, kept].T
    inside = (lags >= 0) & (lags < samples)
    return np.where(inside[:, None], inverse[np.clip(lags, 0, samples - 1)], 0.0)


def prepare(aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], params: Params) -> Deconvolver:
    """Return the operator for one input curve."""
    matrix = operator(aif, step_s, lags, params.relative_cutoff)
    return lambda curves: matrix @ curves


def sentence(params: Params) -> str:
    """Return what a Methods section says about this method."""
    return (
        "Curves were deconvolved with singular value decomposition of the causal convolution matrix, "
        f"dropping singular values below {100 * params.relative_cutoff:g} % of the largest; flow depends on "
        "the delay."
    )


METHOD = Method(
    name="ssvd",
    params=Params,
    prepare=prepare,
    sentence=sentence,
    linear=True,
    delay_free=False,
    causal=True,
    citations=("Østergaard 1996, Magn Reson Med 36:715",),
)
