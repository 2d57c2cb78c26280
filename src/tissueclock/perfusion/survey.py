"""One look at every voxel's curve, frame by frame: how high it rises, and the area of its first pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.grid import Grid
from tissueclock.image.series import TimeSeries
from tissueclock.perfusion.concentration import Baseline, contrast
from tissueclock.perfusion.time_axis import trapezoid_weights

_FIRST_PASS_S = 25.0
"""The noise of an area grows with its length, so only the first pass counts (our choice)."""


@dataclass(frozen=True, eq=False)
class Survey:
    """First-pass `peak` and `area` of the contrast agent in every voxel of `index` (flat, ascending)."""

    grid: Grid
    index: NDArray[np.intp]
    peak: NDArray[np.float32]
    area: NDArray[np.float32]

    @classmethod
    def of(cls, series: TimeSeries, inside: NDArray[np.bool_], baseline: Baseline) -> Survey:
        """Look at the voxels of `inside`; no array of their curves exists."""
        index = np.flatnonzero(inside.ravel())
        start = series.mean(slice(0, baseline.frames)).ravel()[index]
        peak = np.full(index.size, -np.inf, dtype=np.float32)
        area = np.zeros(index.size, dtype=np.float32)
        for row, weight in zip(series.rows(index), _first_pass_weights(series, baseline), strict=True):
            if weight > 0:
                value = contrast(row, start, series)
                np.maximum(peak, value, out=peak)
                area += weight * value
        return cls(series.grid, index, peak, area)

    def on_grid(self, per_voxel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put one number a voxel on the grid, 0 elsewhere."""
        volume = np.zeros(self.grid.size, dtype=np.float32)
        volume[self.index] = per_voxel
        return volume.reshape(self.grid.shape)

    def tallest(self, share: float, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the mask of the given share of the voxels `among` those surveyed: the highest."""
        allowed = among.ravel()[self.index]
        peak = np.where(allowed, self.peak, np.float32(-np.inf))
        limit = np.quantile(self.peak[allowed], 1.0 - share) if allowed.any() else np.inf
        mask = np.zeros(self.grid.size, dtype=bool)
        mask[self.index[peak >= limit]] = True
        return mask.reshape(self.grid.shape)


def _first_pass_weights(series: TimeSeries, baseline: Baseline) -> NDArray[np.float32]:
    """Return each frame's weight in the area, in s, on the times of the middle slice."""
    times = series.times_s[:, series.grid.shape[2] // 2]
    first_pass = (times >= baseline.arrival_s) & (times <= baseline.arrival_s + _FIRST_PASS_S)
    return np.where(first_pass, trapezoid_weights(times), 0.0).astype(np.float32)
