"""A scan over time: stored integers, their scaling, and the true time of every slice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.curves import Curves
from tissueclock.image.grid import Grid
from tissueclock.image.volume import read_only


class Modality(Enum):
    """What made the images; it decides how signal becomes concentration."""

    CT = "CT"
    MR = "MR"


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeSeries:
    """A perfusion run.

    `stored` has shape frames x the grid's three axes and keeps the stored numbers; `slope` and `intercept`
    turn them into the quantity (HU for CT, signal for MR) and broadcast to frames x slices; `times_s` is
    frames x slices, seconds since the first sample, strictly increasing along frames. The slice axis is
    the grid's third. `echo_time_s` is None where it is not stated. Raises ValueError if these do not fit.
    """

    stored: NDArray[Any]
    slope: NDArray[np.float64]
    intercept: NDArray[np.float64]
    times_s: NDArray[np.float64]
    grid: Grid
    modality: Modality
    echo_time_s: float | None = None

    def __post_init__(self) -> None:
        frames, slices = self.stored.shape[0], self.grid.shape[2]
        if self.stored.shape[1:] != self.grid.shape:
            raise ValueError(f"series {self.stored.shape} does not fit grid {self.grid.shape}")
        if self.times_s.shape != (frames, slices) or not np.isfinite(self.times_s).all():
            raise ValueError(f"times must be finite and {frames} x {slices}, not {self.times_s.shape}")
        if frames > 1 and not (np.diff(self.times_s, axis=0) > 0).all():
            raise ValueError("times must increase from frame to frame in every slice")
        for name in ("slope", "intercept"):
            scaling = np.broadcast_to(np.asarray(getattr(self, name), dtype=np.float64), (frames, slices))
            object.__setattr__(self, name, read_only(scaling))
        object.__setattr__(self, "stored", read_only(self.stored))
        object.__setattr__(self, "times_s", read_only(self.times_s))

    @property
    def frames(self) -> int:
        """Number of frames."""
        return int(self.stored.shape[0])

    def frame(self, index: int) -> NDArray[np.float32]:
        """Return one frame in the series' quantity, float32."""
        frame: NDArray[np.float32] = self.stored[index].astype(np.float32)
        frame *= self.slope[index].astype(np.float32)
        frame += self.intercept[index].astype(np.float32)
        return frame

    def mean(self, frames: slice | NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return the mean of some frames (all by default), computed one frame at a time."""
        indices = np.arange(self.frames)[frames if frames is not None else slice(None)]
        if indices.size == 0:
            raise ValueError("the mean of no frames is not defined")
        total = np.zeros(self.grid.shape, dtype=np.float64)
        for index in indices:
            total += self.frame(int(index))
        return (total / indices.size).astype(np.float32)

    def curves(self, mask: NDArray[np.bool_]) -> Curves:
        """Return the curves of the voxels in `mask`, in the series' quantity, float32."""
        index = np.flatnonzero(mask.ravel())
        values = np.empty((self.frames, index.size), dtype=np.float32)
        for number in range(self.frames):
            values[number] = self.frame(number)[mask]
        return Curves(values, index, self.grid, self.times_s)
