"""A scan over time: stored integers, their scaling, and the true time of every slice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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

    def without_frames(self, left_out: frozenset[int]) -> TimeSeries:
        """Return the run without some frames; the others keep their times."""
        keep = [number for number in range(self.frames) if number not in left_out]
        return replace(
            self,
            stored=self.stored[keep],
            slope=self.slope[keep],
            intercept=self.intercept[keep],
            times_s=self.times_s[keep],
        )

    def with_frames(self, frames: Iterable[tuple[int, NDArray[np.floating]]]) -> TimeSeries:
        """Return the run with some frames replaced, given as (number, values in the series' quantity).

        Where the stored numbers are whole, the new ones are rounded and limited to what their type holds.
        """
        stored = self.stored.copy(order="K")
        whole = np.issubdtype(stored.dtype, np.integer)
        for number, values in frames:
            numbers = (values - self.intercept[number]) / self.slope[number]
            if whole:
                limits = np.iinfo(stored.dtype)
                numbers = np.clip(np.rint(numbers), limits.min, limits.max)
            stored[number] = numbers
        return replace(self, stored=stored)

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
        for number, row in enumerate(self.rows(index)):
            values[number] = row
        return Curves(values, index, self.grid, self.times_s)

    def rows(self, index: NDArray[np.intp]) -> Iterator[NDArray[np.float32]]:
        """Yield, frame by frame, the values of the voxels `index` (flat, C order), float32.

        Only those voxels are converted, and they are read in the order in which the scan lies in memory.
        """
        place = np.unravel_index(index, self.grid.shape)
        flipped = self.stored[0].T.flags.c_contiguous
        flat = np.ravel_multi_index(place[::-1], self.grid.shape[::-1]) if flipped else index
        slices = place[2]
        for number in range(self.frames):
            frame = self.stored[number]
            row = (frame.T if flipped else frame).reshape(-1)[flat].astype(np.float32)
            row *= _one_or_each(self.slope[number], slices)
            row += _one_or_each(self.intercept[number], slices)
            yield row


def _one_or_each(
    per_slice: NDArray[np.float64], slices: NDArray[np.intp]
) -> NDArray[np.float32] | np.float32:
    """Return the number that all slices share, or one a voxel."""
    if (per_slice == per_slice[0]).all():
        return np.float32(per_slice[0])
    return per_slice.astype(np.float32)[slices]
