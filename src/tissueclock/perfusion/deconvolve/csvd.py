"""The method `csvd`, the rule method: block-circulant SVD with a fixed cut-off, by Fourier transform.

The zero-padded circulant matrix of the input is diagonal in the Fourier basis, so its singular values are
the magnitudes of the input's transform: dropping the small ones and inverting the rest is truncated SVD,
exactly. The tests hold it against an explicit matrix and numpy's SVD.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from tissueclock.core.settings import setting
from tissueclock.perfusion.deconvolve.base import Deconvolver, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `csvd`."""

    relative_cutoff: float = setting(
        "singular values below this share of the largest are dropped (0.15: our choice)", low=0.01, high=0.5
    )


def padded_length(samples: int) -> int:
    """Return the length that a curve is zero-padded to: at least twice its own, and quick to transform."""
    return int(next_fast_len(2 * samples, real=True))


def operator(
    aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], relative_cutoff: float
) -> NDArray[np.float64]:
    """Return the matrix (lags x samples) that takes a tissue curve to k at the lags, in 1/s.

    The input is zero-padded to at least twice its length; a negative lag stands for a tissue curve that
    comes before the input.
    """
    samples = aif.size
    length = padded_length(samples)
    spectrum = rfft(aif, length) * step_s
    magnitude = np.abs(spectrum)
    kept = magnitude >= relative_cutoff * magnitude.max()
    return circulant(np.where(kept, 1.0 / np.where(kept, spectrum, 1.0), 0.0), length, lags, samples)


def circulant(
    inverse: NDArray[np.complex128], length: int, lags: NDArray[np.intp], samples: int
) -> NDArray[np.float64]:
    """Return the matrix (lags x samples) of a filter that is given by its spectrum over `length` samples."""
    kernel = irfft(inverse, length)
    return np.asarray(kernel[(lags[:, None] - np.arange(samples)[None, :]) % length])


def prepare(aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], params: Params) -> Deconvolver:
    """Return the operator for one input curve."""
    matrix = operator(aif, step_s, lags, params.relative_cutoff)
    return lambda curves: matrix @ curves


def sentence(params: Params) -> str:
    """Return what a Methods section says about this method."""
    return (
        "Curves were deconvolved with block-circulant singular value decomposition, zero-padded to twice "
        f"their length, dropping singular values below {100 * params.relative_cutoff:g} % of the largest."
    )


METHOD = Method(
    name="csvd",
    params=Params,
    prepare=prepare,
    sentence=sentence,
    linear=True,
    delay_free=True,
    causal=False,
    citations=("Wu 2003, Magn Reson Med 50:164", "Østergaard 1996, Magn Reson Med 36:715"),
)
