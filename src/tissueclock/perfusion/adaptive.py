"""Denoising by adaptive weights: neighbourhoods that grow as far as curves are found alike, and no further.

Propagation and separation (Polzehl and Spokoiny 2000, J R Stat Soc B 62:335) on perfusion curves. Curves are
first averaged over very few neighbours; what these means show decides who is averaged at the next, larger
scale, and so on. Two means are compared by the noise that is left in them, which is known from how many
curves each is worth. So large, even regions are averaged widely, and a border that single curves cannot show
stops the averaging as soon as the means of its two sides differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tissueclock.image.curves import Curves
from tissueclock.image.grid import Grid
from tissueclock.perfusion.smoothing import FWHM_TO_SIGMA, REACH_SIGMA, Denoised, offsets_within, undenoised

_FIRST_FWHM_MM = 3.0
_GROWTH = 2.0
_COMPONENTS = 5
_LEAST_WEIGHT = 1e-3
"""The first scale, its growth, and what curves are compared by: our choice, tried on digital patients."""

_TILE_PLACES = 8192
_TILE_PAIRS = 4_000_000
"""How much is worked on at a time: arrays of one step stay in the cache, and a tile's pairs in 200 MB."""

Rows = NDArray[np.float32]


def adaptive(curves: Curves, structure: Rows, fwhm_mm: float, similarity: float) -> Denoised:
    """Return curves averaged over those neighbours that are alike.

    Alike means: the first principal components of the two curves differ by less than about `similarity`
    standard deviations of the noise in their difference, and so do the voxels' `structure` (one number a
    voxel, in units of its tolerance). Components only compare; what is averaged are the curves. `fwhm_mm` is
    the full width of the largest scale.
    """
    if not curves.voxels:
        return undenoised(curves)
    scales = _scales(fwhm_mm)
    places = _Places.of(curves, scales[-1])
    scores = _scores(curves)
    known = _Known(places.spread(structure, np.nan), None)
    for scale_mm in scales[:-1]:
        means, averaged = _average(scores, places, known, places.pairs(scale_mm))
        known = _Known(known.structure, _Means.of(means, averaged, places, similarity))
    smooth, averaged = _average(curves.values.T, places, known, places.pairs(scales[-1]))
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
    """Where voxels lie in a box around them that is laid out flat.

    `columns` has each place's voxel (zero where there is none), `at` each voxel's place. An offset is one
    step along the flat box, the same from every place, so that neighbours are read in a row. Every axis ends
    in a margin as wide as the reach: a step over a border meets no voxel.
    """

    grid: Grid
    columns: NDArray[np.int32]
    at: NDArray[np.intp]
    strides: NDArray[np.intp]

    @classmethod
    def of(cls, curves: Curves, largest_mm: float) -> _Places:
        """Put the voxels into a box with margins for scales up to the largest."""
        margin = np.max([offset for offset, _ in _neighbours(curves.grid, largest_mm)], axis=0)
        place = np.stack(np.unravel_index(curves.index, curves.grid.shape))
        place -= place.min(axis=1, keepdims=True)
        _, row, column = place.max(axis=1) + 1 + margin
        strides = np.array([row * column, column, 1], dtype=np.intp)
        at = strides @ place
        columns = np.zeros(int(at[-1] + 1 + strides @ margin), dtype=np.int32)
        columns[at] = np.arange(curves.voxels)
        return cls(curves.grid, columns, at, strides)

    @property
    def end(self) -> int:
        """One more than the last voxel's place."""
        return int(self.at[-1]) + 1

    def spread(self, values: Rows, elsewhere: float) -> Rows:
        """Return the voxels' numbers (anything x voxels) at their places, and `elsewhere` at all others."""
        box = np.full((*values.shape[:-1], self.columns.size), elsewhere, dtype=np.float32)
        box[..., self.at] = values
        return box

    def pairs(self, scale_mm: float) -> list[tuple[int, float]]:
        """Return the steps forward to neighbours, ascending, and how far these are: squared, in sigma.

        Steps back would meet the same pairs from their other voxel.
        """
        sigma = scale_mm * FWHM_TO_SIGMA
        steps = [(int(self.strides @ offset), mm) for offset, mm in _neighbours(self.grid, scale_mm)]
        return sorted((step, (mm / sigma) ** 2) for step, mm in steps if step > 0)


def _neighbours(grid: Grid, scale_mm: float) -> list[tuple[NDArray[np.intp], float]]:
    """Return (voxel offset, distance in mm) of all that is averaged at this scale."""
    return offsets_within(grid, REACH_SIGMA * scale_mm * FWHM_TO_SIGMA)


@dataclass(frozen=True, eq=False)
class _Means:
    """The components' means (components x places), and the variance of their noise.

    The variance is in units of a difference that makes unlike, squared; so is what equal means differ by.
    """

    values: Rows
    variance: Rows
    usual: np.float32

    @classmethod
    def of(cls, means: Rows, averaged: Rows, places: _Places, similarity: float) -> _Means:
        """Put means (voxels x components), each worth so many curves, at their places."""
        tolerance = np.float32(similarity**2)
        variance = places.spread(tolerance / averaged, 1.0)
        return cls(places.spread(means.T, 0.0), variance, np.float32(means.shape[1]) / tolerance)

    def unlikeness(self, ours: slice, theirs: slice) -> Rows:
        """Return how far means differ beyond noise, squared."""
        difference = self.values[:, theirs] - self.values[:, ours]
        distance: Rows = np.einsum("cp,cp->p", difference, difference)
        distance /= self.variance[theirs] + self.variance[ours]
        distance -= self.usual
        np.maximum(distance, 0.0, out=distance)
        return distance


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of every place: nothing of the means at first.

    Where there is no voxel the structure is not a number, which is like no other, nor like itself.
    """

    structure: Rows
    means: _Means | None

    def unlikeness(self, ours: slice, theirs: slice) -> Rows:
        """Return how far places differ, squared and in tolerances; noise alone gives nothing."""
        unlike = self.structure[theirs] - self.structure[ours]
        unlike *= unlike
        if self.means is not None:
            unlike += self.means.unlikeness(ours, theirs)
        return unlike


def _average(rows: Rows, places: _Places, known: _Known, pairs: list[tuple[int, float]]) -> tuple[Rows, Rows]:
    """Return the weighted means of `rows` (voxels x anything), and how many rows each mean is worth.

    A pair's weight is found once and counts for both of its voxels. A voxel's weight for itself is one.
    """
    ones = np.ones(rows.shape[0], dtype=np.float32)
    values = np.column_stack([rows, ones])  # what the ones add up to is the sum of the weights
    sums, squares = values.copy(), ones.copy()
    for tile, others, weights in _tiles(places, known, pairs):
        sums[tile] += weights @ values[others]
        sums[others] += weights.T @ values[tile]
        weights.data **= 2
        squares[tile] += weights @ ones[others]
        squares[others] += weights.T @ ones[tile]
    total = sums[:, -1]
    means, averaged = sums[:, :-1] / total[:, None], total**2 / squares
    return np.asarray(means, dtype=np.float32), np.asarray(averaged, dtype=np.float32)


def _tiles(
    places: _Places, known: _Known, pairs: list[tuple[int, float]]
) -> Iterator[tuple[slice, slice, csr_array]]:
    """Yield every tile's voxels, those among which their neighbours are, and the weights, tile x these."""
    if not pairs:
        return
    size = int(np.clip(_TILE_PAIRS // len(pairs), 1, _TILE_PLACES))
    for start in range(0, places.end, size):
        stop = min(start + size, places.end)
        first, last, end = (int(i) for i in np.searchsorted(places.at, [start, stop, stop + pairs[-1][0]]))
        weights, row, column = _weights(slice(start, stop), places, known, pairs)
        matrix = csr_array((weights, (row - first, column - first)), shape=(last - first, end - first))
        yield slice(first, last), slice(first, end), matrix


def _weights(
    tile: slice, places: _Places, known: _Known, pairs: list[tuple[int, float]]
) -> tuple[Rows, NDArray[np.int32], NDArray[np.int32]]:
    """Return the weights of the pairs that start in a tile, and their two voxels; none that hardly counts."""
    limit = -2.0 * np.log(_LEAST_WEIGHT)  # compared before the exponential, which only what is kept needs
    found = []
    for step, distance in pairs:
        there = slice(tile.start + step, tile.stop + step)
        unlike = known.unlikeness(tile, there)
        kept = np.flatnonzero(unlike < np.float32(limit - distance))
        voxels = places.columns[tile][kept], places.columns[there][kept]
        found.append((unlike[kept] + np.float32(distance), *voxels))
    unlike, ours, theirs = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return np.exp(np.float32(-0.5) * unlike), ours, theirs
