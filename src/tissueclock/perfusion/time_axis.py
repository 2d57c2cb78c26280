"""The time axis: from the true time of every slice to one even axis, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from tissueclock.image.curves import Curves
from tissueclock.image.volume import read_only

Samples = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EvenAxis:
    """An even time axis and, for every slice, the matrix that takes a curve's samples to it.

    `times_s` has n samples `step_s` apart, inside the time that every slice covers; `weights` holds one
    n x frames matrix a slice (or one for all). Interpolation is linear in the samples, so it is a matrix.
    """

    times_s: NDArray[np.float64]
    step_s: float
    weights: tuple[NDArray[np.float64], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", read_only(self.times_s))

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.times_s.size)

    def matrix(self, slice_index: int) -> NDArray[np.float64]:
        """Return the matrix (samples x frames) of one slice."""
        return self.weights[slice_index if len(self.weights) > 1 else 0]

    def resample(self, curves: Curves) -> NDArray[np.float32]:
        """Return the curves on the even axis, samples x voxels, float32."""
        resampled = np.empty((self.samples, curves.voxels), dtype=np.float32)
        for slice_index, columns in columns_by_slice(curves):
            resampled[:, columns] = self.matrix(slice_index).astype(np.float32) @ curves.values[:, columns]
        return resampled


def columns_by_slice(curves: Curves) -> list[tuple[int, NDArray[np.intp] | slice]]:
    """Return (slice, its voxels' columns); a single group with all voxels where slices share their times."""
    if curves.times_s.shape[1] == 1:
        return [(0, slice(None))]
    slices = curves.slice_index
    return [(int(number), np.flatnonzero(slices == number)) for number in np.unique(slices)]


def even_axis(times_s: NDArray[np.float64], step_s: float, cubic_up_to_s: float) -> EvenAxis:
    """Build the even axis for frame times (frames x slices, or frames x 1)."""
    start, end = float(times_s[0].max()), float(times_s[-1].min())
    samples = int(np.floor((end - start) / step_s + 1e-9)) + 1
    axis = np.array(start + step_s * np.arange(samples), dtype=np.float64)
    weights = tuple(_weights(column, axis, cubic_up_to_s) for column in times_s.T)
    return EvenAxis(axis, step_s, weights)


def shared_times(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return frames x 1 where all slices have the same times (to a millisecond), else the times unchanged."""
    return times_s[:, :1] if np.ptp(times_s, axis=1).max() < 1e-3 else times_s


def with_shared_times(curves: Curves) -> Curves:
    """Return the curves with one time a frame where all slices have the same."""
    return replace(curves, times_s=shared_times(curves.times_s))


def trapezoid_weights(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of every sample in the trapezoid integral over `times_s` (one axis)."""
    gaps = np.diff(times_s)
    weights = np.zeros(times_s.size)
    weights[:-1] += gaps / 2
    weights[1:] += gaps / 2
    return weights


def _weights(
    samples_s: NDArray[np.float64], axis_s: NDArray[np.float64], cubic_up_to_s: float
) -> NDArray[np.float64]:
    """Cubic in gaps up to the limit; linear in longer ones, where a cubic would overshoot."""
    unit = np.eye(samples_s.size)
    linear = np.stack([np.interp(axis_s, samples_s, row) for row in unit], axis=1)
    cubic = CubicSpline(samples_s, unit, bc_type="natural")(axis_s)
    gap = np.clip(np.searchsorted(samples_s, axis_s, side="right") - 1, 0, samples_s.size - 2)
    short = np.diff(samples_s)[gap] <= cubic_up_to_s
    return np.where(short[:, None], cubic, linear)
