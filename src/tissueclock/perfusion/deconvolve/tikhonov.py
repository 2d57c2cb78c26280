"""The method `tikhonov`: block-circulant Tikhonov regularisation, which is a Wiener filter.

The zero-padded circulant matrix is diagonal in the Fourier basis (see `csvd`), so the filter factors
s / (s^2 + lambda^2) of its singular values become conj(A) / (|A|^2 + lambda^2), exactly. Nothing is cut
off: every component is damped by how small it is. lambda is a share of the largest singular value, so that
the answer does not depend on the curves' unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from tissueclock.core.settings import setting
from tissueclock.perfusion.deconvolve.base import Deconvolver, Method
from tissueclock.perfusion.deconvolve.csvd import circulant, padded_length


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `tikhonov`."""

    relative_lambda: float = setting(
        "lambda as a share of the largest singular value (0.1: our choice)", low=0.001, high=1.0
    )


def operator(
    aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], relative_lambda: float
) -> NDArray[np.float64]:
    """Return the matrix (lags x samples) that takes a tissue curve to k at the lags, in 1/s."""
    samples = aif.size
    length = padded_length(samples)
    spectrum = rfft(aif, length) * step_s
    power = np.abs(spectrum) ** 2
    inverse = spectrum.conj() / (power + relative_lambda**2 * power.max())
    return circulant(inverse, length, lags, samples)


def prepare(aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], params: Params) -> Deconvolver:
    """Return the operator for one input curve."""
    matrix = operator(aif, step_s, lags, params.relative_lambda)
    return lambda curves: matrix @ curves


def sentence(params: Params) -> str:
    """Return what a Methods section says about this method."""
    return (
        "Curves were deconvolved with block-circulant Tikhonov regularisation (a Wiener filter), zero-padded "
        f"to twice their length; lambda was {100 * params.relative_lambda:g} % of the largest singular value."
    )


METHOD = Method(
    name="tikhonov",
    params=Params,
    prepare=prepare,
    sentence=sentence,
    linear=True,
    delay_free=True,
    causal=False,
    citations=("Wu 2003, Magn Reson Med 50:164", "Calamante 2003, Magn Reson Med 50:1237"),
)
