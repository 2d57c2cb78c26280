"""Denoising of curves before deconvolution, within the given voxels only.

Vessels are left out by giving tissue curves only, so that an artery never leaks into its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from tissueclock.image.curves import Curves
from tissueclock.image.grid import Grid

FWHM_TO_SIGMA = 1.0 / 2.3548
REACH_SIGMA = 2.0
_GUIDE_FWHM_MM = 3.0
_GUIDE_COMPONENTS = 5
"""The guide: principal components after a small Gaussian. Both our choice, tried on digital patients."""


@dataclass(frozen=True, eq=False)
class Denoised:
    """Denoised curves, and how many independent curves each of them is worth the mean of."""

    curves: Curves
    averaged: NDArray[np.float32]

    def noise_sd(self, quiet_frames: int) -> NDArray[np.float32]:
        """Return the noise that is left in every curve, measured in its first `quiet_frames` frames.

        So few samples tell little of one voxel, but the median of all tells the noise of a single curve;
        each voxel's own is smaller by the root of what it averages. Noise that neighbours share is counted.
        """
        quiet = self.curves.values[:quiet_frames].astype(np.float64)
        freedom = quiet_frames - 1
        usual = 2.0 * gammaincinv(freedom / 2.0, 0.5)  # the median of chi squared
        variance = np.median(quiet.var(axis=0) * quiet_frames * self.averaged) / usual
        return np.asarray(np.sqrt(max(float(variance), 1e-12) / self.averaged), dtype=np.float32)

    def single_sd(self, noise_sd: NDArray[np.float32]) -> float:
        """Return the noise of a curve that is averaged with no other, from `noise_sd` of these."""
        return float(np.median(noise_sd * np.sqrt(self.averaged)))


@dataclass(frozen=True, eq=False)
class _Neighbour:
    """A neighbour of every voxel: its column (the voxel itself where it has none), and the weight."""

    columns: NDArray[np.intp]
    present: NDArray[np.bool_]
    weight: float


def undenoised(curves: Curves) -> Denoised:
    """Return the curves as they are."""
    return Denoised(curves, np.ones(curves.voxels, dtype=np.float32))


def gaussian(curves: Curves, fwhm_mm: float) -> Denoised:
    """Return curves averaged over their neighbours with Gaussian weights, normalised inside the voxels."""
    rows = np.ascontiguousarray(curves.values.T)
    smooth, averaged = _gaussian_rows(rows, curves, fwhm_mm)
    return Denoised(curves.with_values(np.ascontiguousarray(smooth.T)), averaged)


def bilateral(curves: Curves, fwhm_mm: float, similarity: float) -> Denoised:
    """Return curves averaged over those neighbours whose curves are alike.

    Neighbours are weighted by distance and by how far their curves differ beyond noise, in the manner of
    TIPS (Mendrik 2011, Phys Med Biol 56:3857). The comparison is made on a guide, the curves' first principal
    components after a small Gaussian, whose noise is far below that of single samples; what is averaged are
    the curves themselves. `similarity` is in standard deviations of the guide's noise.
    """
    rows = np.ascontiguousarray(curves.values.T)
    guide, noise_variance = _guide(curves)
    total = np.zeros_like(rows)
    weights, squares = np.zeros((2, rows.shape[0]), dtype=np.float32)
    for neighbour in _neighbours(curves, fwhm_mm):
        difference = guide[neighbour.columns]
        difference -= guide
        distance = np.einsum("vc,vc->v", difference, difference) / noise_variance
        excess = np.maximum(distance - 2.0 * guide.shape[1], 0.0)  # equal curves differ by this much
        alike = np.exp(-excess / (2.0 * similarity**2))
        weight = (alike * neighbour.present * neighbour.weight).astype(np.float32)
        total += weight[:, None] * rows[neighbour.columns]
        weights += weight
        squares += weight**2
    smooth = np.ascontiguousarray((total / weights[:, None]).T)
    return Denoised(curves.with_values(smooth), weights**2 / squares)


def _guide(curves: Curves) -> tuple[NDArray[np.float32], float]:
    """Return the guide (voxels x components) and the variance of the noise in each of its components.

    The noise of a single sample is the median eigenvalue of the curves' covariance: most components of a
    brain's curves hold noise alone.
    """
    centred = curves.values - curves.values.mean(axis=0)
    covariance = (centred @ centred.T).astype(np.float64) / max(curves.voxels, 1)
    eigenvalues, vectors = np.linalg.eigh(covariance)
    components = vectors[:, ::-1][:, :_GUIDE_COMPONENTS].astype(np.float32)
    scores = np.ascontiguousarray((components.T @ centred).T)
    weights = np.array([neighbour.weight for neighbour in _neighbours(curves, _GUIDE_FWHM_MM)])
    left = float((weights**2).sum() / weights.sum() ** 2)
    noise = float(np.median(eigenvalues[1:])) * left
    return _gaussian_rows(scores, curves, _GUIDE_FWHM_MM)[0], max(noise, 1e-12)


def _gaussian_rows(
    rows: NDArray[np.float32], curves: Curves, fwhm_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    total = np.zeros_like(rows)
    weights, squares = np.zeros((2, rows.shape[0]), dtype=np.float32)
    for neighbour in _neighbours(curves, fwhm_mm):
        weight = (neighbour.present * neighbour.weight).astype(np.float32)
        total += weight[:, None] * rows[neighbour.columns]
        weights += weight
        squares += weight**2
    return np.asarray(total / weights[:, None]), weights**2 / squares


def _neighbours(curves: Curves, fwhm_mm: float) -> Iterator[_Neighbour]:
    """Yield the neighbours within reach, the voxel itself first."""
    sigma = fwhm_mm * FWHM_TO_SIGMA
    columns_of = np.full(curves.grid.size, -1, dtype=np.intp)
    columns_of[curves.index] = np.arange(curves.voxels)
    place = np.stack(np.unravel_index(curves.index, curves.grid.shape))
    shape = np.array(curves.grid.shape)[:, None]
    for offset, distance_mm in offsets_within(curves.grid, REACH_SIGMA * sigma):
        target = place + offset[:, None]
        inside = ((target >= 0) & (target < shape)).all(axis=0)
        flat = np.ravel_multi_index(tuple(np.where(inside, target, place)), curves.grid.shape)
        columns = columns_of[flat]
        present = inside & (columns >= 0)
        weight = 1.0 if sigma == 0 else float(np.exp(-0.5 * (distance_mm / sigma) ** 2))
        yield _Neighbour(np.where(present, columns, np.arange(curves.voxels)), present, weight)


def offsets_within(grid: Grid, reach_mm: float) -> list[tuple[NDArray[np.intp], float]]:
    """Return (voxel offset, distance in mm) of every place within reach, nearest first."""
    spans = [int(reach_mm / spacing) for spacing in grid.spacing_mm]
    places = np.stack(np.meshgrid(*(np.arange(-span, span + 1) for span in spans), indexing="ij"), axis=-1)
    offsets = places.reshape(-1, 3)
    distances = np.linalg.norm(offsets @ grid.affine[:3, :3].T, axis=1)
    near = np.flatnonzero(distances <= reach_mm + 1e-6)
    return [(offsets[i], float(distances[i])) for i in near[np.argsort(distances[near], kind="stable")]]
