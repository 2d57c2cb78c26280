"""The method `osvd`: block-circulant SVD whose cut-off follows every curve's own oscillation (Wu 2003).

As in `csvd`, the zero-padded circulant matrix is diagonal in the Fourier basis and its singular values are
the magnitudes |A(f)| of the input's transform. A curve's residue is built up from its components in the
order of falling |A(f)|. The first is always kept; building stops before the oscillation index

    OI = sum over j of |k(j+1) - 2 k(j) + k(j-1)| / (L max k)

exceeds the limit, at the first component that would do so. The sum runs around the whole circle of L
samples, so that the index of a delayed curve is that of the curve itself; as it is usually written, the sum
leaves out the two terms across the circle's end. The index depends on the sampling: a limit belongs to a
step. The toolbox that the limit is from goes the other way, raising the cut-off from 5 % in steps until the
index is low enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from tissueclock.core.settings import setting
from tissueclock.perfusion.deconvolve.base import Deconvolver, Method
from tissueclock.perfusion.deconvolve.csvd import padded_length

Reals = NDArray[np.floating]

_TILE, _BLOCK = 8192, 256
"""Voxels at a time; the residues and curvatures of a block (half a MB) stay in a core's cache."""
_PEAK_SHARE = 0.15
"""A residue's peak is guessed from the components above this share; only speed depends on it."""
_SMALLEST_SHARE = 0.01
"""Smaller components are never used (our choice): noise in them is raised a hundredfold over the largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `osvd`."""

    oscillation_limit: float = setting(
        "components are added while the oscillation index stays up to this "
        "(0.035: the default of dsc-mri-toolbox; unverified against Wu 2003)",
        low=0.001,
        high=1.0,
    )


@dataclass(frozen=True, eq=False)
class Components:
    """The Fourier components of one input in the order of falling |A(f)|, two rows for each.

    `analysis` (2 F x samples) takes curves to the real and imaginary parts of C(f) / A(f); a curve's 2 F
    parts times `residue` (2 F x L) are k around the circle, times `curvature` its second difference.
    """

    analysis: NDArray[np.float64]
    residue: NDArray[np.float64]
    curvature: NDArray[np.float64]
    peak_count: int

    @classmethod
    def of(cls, aif: NDArray[np.float64], step_s: float) -> Components:
        """Return the components of an input curve on an even axis."""
        length = padded_length(aif.size)
        spectrum = rfft(aif, length) * step_s
        magnitude = np.abs(spectrum)
        order = np.argsort(-magnitude, kind="stable")
        order = order[magnitude[order] >= _SMALLEST_SHARE * magnitude.max()]
        waves = np.exp(2j * np.pi / length * np.outer(order, np.arange(length)))
        single = (order == 0) | (2 * order == length)  # without a mirror image among negative frequencies
        residue = (np.where(single, 1.0, 2.0) / length)[:, None] * waves
        bend = 2.0 * np.cos(2.0 * np.pi * order / length) - 2.0
        analysis = waves[:, : aif.size].conj() / spectrum[order][:, None]
        large = int(np.count_nonzero(magnitude >= _PEAK_SHARE * magnitude.max()))
        return cls(_paired(analysis.conj()), _paired(residue), _paired(residue * bend[:, None]), large)


def _paired(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return, for every complex row z, the rows Re z and -Im z: by Re c and Im c they sum to Re(c z)."""
    return np.stack([rows.real, -rows.imag], axis=1).reshape(-1, rows.shape[1])


def component_counts(parts: Reals, components: Components, limit: float) -> NDArray[np.intp]:
    """Return how many components each curve keeps, at least one.

    `parts` is voxels x 2 F, in the order of `components`. A residue whose maximum is not positive counts as
    one that oscillates too much. Curves are taken in blocks that come into doubt at about the same number.
    """
    residue = components.residue.astype(parts.dtype)
    curvature = (components.curvature / (limit * residue.shape[1])).astype(parts.dtype)
    counts = _beyond_doubt(parts, residue, curvature, components.peak_count)
    order = np.argsort(counts, kind="stable")
    parts = parts[order]
    firsts = np.repeat(counts[order[::_BLOCK]], _BLOCK)[: order.size]
    begun = parts * (np.arange(parts.shape[1]) < 2 * firsts[:, None])
    heights, bends = begun @ residue, begun @ curvature
    for start in range(0, order.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        grown = _grown(parts[block], int(firsts[start]), heights[block], bends[block], residue, curvature)
        counts[order[block]] = grown
    return counts


def _beyond_doubt(parts: Reals, residue: Reals, curvature: Reals, peak_count: int) -> NDArray[np.intp]:
    """Return how many components are harmless whatever the curve looks like, at least one.

    By Cauchy and Schwarz absolute values add up to at most the root of L times their energy, and by Parseval
    energy adds up over components; no residue is lower than at the sample where it seems to peak.
    """
    energy = _running(parts**2 * (residue.shape[1] * np.square(curvature).sum(axis=1)))
    peak = (parts[:, : 2 * peak_count] @ residue[: 2 * peak_count]).argmax(axis=1)
    height = _running(parts * residue.T[peak])
    doubtful = np.sqrt(energy) > height
    doubtful[:, 0] = False
    return np.asarray(np.where(doubtful.any(axis=1), doubtful.argmax(axis=1), doubtful.shape[1]))


def _running(terms: Reals) -> Reals:
    """Return, from two columns a component, the sums over the first 1, 2, ... components."""
    return np.cumsum(terms[:, 0::2] + terms[:, 1::2], axis=1)


def _grown(
    parts: Reals, first: int, heights: Reals, bends: Reals, residue: Reals, curvature: Reals
) -> NDArray[np.intp]:
    """Return how many components each curve keeps, if the first `first` are harmless in all of them.

    `heights` and `bends` are k and its scaled curvature with these. The products here are too small for the
    matrix library's threads, which would wait for each other on a busy machine.
    """
    counts = np.full(parts.shape[0], first, dtype=np.intp)
    voxels = np.arange(counts.size)
    for number in range(first, residue.shape[0] // 2):
        pair = slice(2 * number, 2 * number + 2)
        heights = heights + parts[:, pair] @ residue[pair]
        bends = bends + parts[:, pair] @ curvature[pair]
        highest = heights[np.arange(voxels.size), heights.argmax(axis=1)]
        calm = np.einsum("vl->v", np.abs(bends)) <= highest
        voxels, parts, heights, bends = voxels[calm], parts[calm], heights[calm], bends[calm]
        counts[voxels] = number + 1
        if not voxels.size:
            break
    return counts


def prepare(aif: NDArray[np.float64], step_s: float, lags: NDArray[np.intp], params: Params) -> Deconvolver:
    """Return the operator for one input curve; it works in the precision of the curves that it is given."""
    components = Components.of(aif, step_s)
    at_lags = components.residue[:, lags % components.residue.shape[1]].T
    rank = np.arange(components.residue.shape[0]) // 2

    def tile(curves: Reals) -> Reals:
        parts = curves.T @ components.analysis.T.astype(curves.dtype)
        counts = component_counts(parts, components, params.oscillation_limit)
        kept = parts * (rank < counts[:, None])
        return np.asarray(at_lags.astype(curves.dtype) @ kept.T)

    def deconvolve(curves: Reals) -> Reals:
        residues = np.empty((lags.size, curves.shape[1]), dtype=curves.dtype)
        for start in range(0, curves.shape[1], _TILE):
            part = slice(start, start + _TILE)
            residues[:, part] = tile(curves[:, part])
        return residues

    return deconvolve


def sentence(params: Params) -> str:
    """Return what a Methods section says about this method."""
    return (
        "Curves were deconvolved with block-circulant singular value decomposition, zero-padded to twice "
        "their length, adding singular values from the largest while the oscillation index stayed up to "
        f"{params.oscillation_limit:g}."
    )


METHOD = Method(
    name="osvd",
    params=Params,
    prepare=prepare,
    sentence=sentence,
    linear=False,
    delay_free=True,
    causal=False,
    citations=("Wu 2003, Magn Reson Med 50:164",),
)
