"""Denoising by adaptive weights: neighbourhoods that grow as far as curves are found alike, and no further.

Propagation and separation (Polzehl and Spokoiny 2000, J R Stat Soc B 62:335) on perfusion curves. Curves are
first averaged over very few neighbours; what these means show decides who is averaged at the next, larger
scale, and so on. Two means are compared by the noise that is left in them, which is known from how many
curves each is worth. So large, even regions are averaged widely, and a border that single curves cannot show
stops the averaging as soon as the means of its two sides differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tissueclock.image.curves import Curves
from tissueclock.perfusion.smoothing import FWHM_TO_SIGMA, REACH_SIGMA, Denoised, offsets_within

_FIRST_FWHM_MM = 3.0
_GROWTH = 2.0
_COMPONENTS = 5
_LEAST_WEIGHT = 1e-3
_TILE = 4096
"""The first scale, its growth, and what curves are compared by: our choice, tried on digital patients."""

Rows = NDArray[np.float32]


def adaptive(curves: Curves, structure: Rows, fwhm_mm: float, similarity: float) -> Denoised:
    """Return curves averaged over those neighbours that are alike.

    Alike means: the first principal components of the two curves differ by less than about `similarity`
    standard deviations of the noise in their difference, and so do the voxels' `structure` (one number a
    voxel, in units of its tolerance). Components only compare; what is averaged are the curves. `fwhm_mm` is
    the full width of the largest scale.
    """
    places = _Places.of(curves, REACH_SIGMA * FWHM_TO_SIGMA * fwhm_mm)
    scores = _scores(curves)
    known = _Known.of(structure, None, np.ones(curves.voxels, dtype=np.float32))
    *growing, largest = _scales(fwhm_mm)
    for scale_mm in growing:
        means, averaged = _average(scores, curves, places, known, scale_mm, similarity)
        known = _Known.of(structure, means, averaged)
    rows = np.ascontiguousarray(curves.values.T)
    smooth, averaged = _average(rows, curves, places, known, largest, similarity)
    return Denoised(curves.with_values(np.ascontiguousarray(smooth.T)), averaged)


def _scales(fwhm_mm: float) -> tuple[float, ...]:
    """Return the widths of the scales: from the first on, each twice the last, up to the largest."""
    scales = [min(_FIRST_FWHM_MM, fwhm_mm)]
    while scales[-1] < fwhm_mm:
        scales.append(min(scales[-1] * _GROWTH, fwhm_mm))
    return tuple(scales) if len(scales) > 1 else (scales[0], scales[0])


def _scores(curves: Curves) -> Rows:
    """Return the curves' first components (voxels x components) in units of the noise's standard deviation.

    The noise of a single sample is the median eigenvalue of the curves' covariance: most components of a
    brain's curves hold noise alone.
    """
    centred = curves.values - curves.values.mean(axis=0)
    covariance = (centred @ centred.T).astype(np.float64) / max(curves.voxels, 1)
    eigenvalues, vectors = np.linalg.eigh(covariance)
    noise_sd = np.sqrt(max(float(np.median(eigenvalues[1:])), 1e-12))
    components = (vectors[:, ::-1][:, :_COMPONENTS] / noise_sd).astype(np.float32)
    return np.ascontiguousarray((components.T @ centred).T)


@dataclass(frozen=True, eq=False)
class _Places:
    """Where voxels lie in a volume with a margin: `columns` has each place's, or their number."""

    columns: NDArray[np.int32]
    at: NDArray[np.intp]
    strides: NDArray[np.intp]

    @classmethod
    def of(cls, curves: Curves, reach_mm: float) -> _Places:
        """Put the voxels into a volume with a margin of `reach_mm`, so that no neighbour lies outside."""
        margin = np.ceil(reach_mm / np.array(curves.grid.spacing_mm)).astype(np.intp) + 1
        shape = np.array(curves.grid.shape) + 2 * margin
        strides = np.array([shape[1] * shape[2], shape[2], 1], dtype=np.intp)
        place = np.stack(np.unravel_index(curves.index, curves.grid.shape))
        at = strides @ (place + margin[:, None])
        columns = np.full(int(np.prod(shape)), curves.voxels, dtype=np.int32)
        columns[at] = np.arange(curves.voxels)
        return cls(columns, at, strides)


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of every voxel, and last of the place where there is none, which is like no other.

    `means` are the components' and `variance` is that of their noise; nothing is known of them at first.
    """

    structure: Rows
    means: Rows | None
    variance: Rows

    @classmethod
    def of(cls, structure: Rows, means: Rows | None, averaged: Rows) -> _Known:
        """Add the place where no voxel is."""
        nowhere = None if means is None else np.concatenate([means, np.zeros_like(means[:1])])
        ends = np.array([np.inf], dtype=np.float32), np.ones(1, dtype=np.float32)
        return cls(np.append(structure, ends[0]), nowhere, np.append(1.0 / averaged, ends[1]))

    def unlikeness(self, tile: slice, other: NDArray[np.int32], similarity: float) -> Rows:
        """Return how far pairs of voxels differ, squared and in tolerances; noise alone gives nothing."""
        step = self.structure[other] - self.structure[tile]
        unlike = step * step
        if self.means is not None:
            difference = self.means[other] - self.means[tile]
            distance = np.einsum("vc,vc->v", difference, difference)
            distance /= self.variance[other] + self.variance[tile]
            distance -= np.float32(self.means.shape[1])
            unlike += np.maximum(distance, 0.0) / np.float32(similarity**2)
        return unlike


def _average(
    rows: Rows, curves: Curves, places: _Places, known: _Known, scale_mm: float, similarity: float
) -> tuple[Rows, Rows]:
    """Return the weighted means of `rows` (voxels x anything), and how many rows each mean is worth."""
    sigma = scale_mm * FWHM_TO_SIGMA
    neighbours = [
        (int(places.strides @ offset), 1.0 if sigma == 0 else float(np.exp(-0.5 * (distance / sigma) ** 2)))
        for offset, distance in offsets_within(curves.grid, REACH_SIGMA * sigma)
    ]
    means = np.empty_like(rows)
    averaged = np.empty(rows.shape[0], dtype=np.float32)
    for start in range(0, rows.shape[0], _TILE):
        tile = slice(start, min(start + _TILE, rows.shape[0]))
        weights = _weights(tile, neighbours, places, known, similarity)
        starts = weights.indptr[:-1]  # no row is empty: every voxel is its own neighbour
        total = np.add.reduceat(weights.data, starts)
        means[tile] = (weights @ rows) / total[:, None]
        averaged[tile] = total**2 / np.add.reduceat(weights.data**2, starts)
    return means, averaged


def _weights(
    tile: slice, neighbours: list[tuple[int, float]], places: _Places, known: _Known, similarity: float
) -> csr_array:
    """Return the weights of one tile's neighbours, tile x voxels; those that hardly count are left out."""
    at = places.at[tile]
    others = np.empty((len(neighbours), at.size), dtype=np.int32)
    weights = np.empty((len(neighbours), at.size), dtype=np.float32)
    for row, (shift, near) in enumerate(neighbours):
        others[row] = places.columns[at + shift]
        unlike = known.unlikeness(tile, others[row], similarity)
        weights[row] = np.float32(near) * np.exp(np.float32(-0.5) * unlike)
    kept = (weights > _LEAST_WEIGHT).T
    ends = np.concatenate([[0], np.cumsum(np.count_nonzero(kept, axis=1))])
    return csr_array((weights.T[kept], others.T[kept], ends), shape=(at.size, places.at.size))
