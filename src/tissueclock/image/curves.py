"""The curves of the voxels inside a mask: what every step after the mask works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.grid import Grid
from tissueclock.image.volume import read_only


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of some voxels.

    `values` is frames x voxels, float32; `index` holds the voxels' flat (C-order) indices in `grid`,
    ascending; `times_s` is frames x slices, or frames x 1 where all slices share their times.
    """

    values: NDArray[np.float32]
    index: NDArray[np.intp]
    grid: Grid
    times_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        frames, voxels = self.values.shape
        if self.values.dtype != np.float32 or self.index.shape != (voxels,):
            raise ValueError(f"curves are float32 with one index a voxel, not {self.values.dtype}")
        if voxels and (np.diff(self.index) <= 0).any():
            raise ValueError("voxel indices must ascend")
        if self.times_s.shape not in ((frames, 1), (frames, self.grid.shape[2])):
            raise ValueError(f"times {self.times_s.shape} fit neither one nor {self.grid.shape[2]} slices")
        for name in ("values", "index", "times_s"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def frames(self) -> int:
        """Number of frames."""
        return int(self.values.shape[0])

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(self.values.shape[1])

    @property
    def slice_index(self) -> NDArray[np.intp]:
        """The slice of every voxel (the grid's third axis)."""
        return self.index % self.grid.shape[2]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The voxels as a mask on the grid."""
        mask = np.zeros(self.grid.size, dtype=bool)
        mask[self.index] = True
        return mask.reshape(self.grid.shape)

    def with_values(self, values: NDArray[np.float32]) -> Curves:
        """Return the same voxels and times with other values."""
        return replace(self, values=values)

    def within(self, mask: NDArray[np.bool_]) -> Curves:
        """Return the curves of those voxels that also lie in `mask`."""
        keep = mask.ravel()[self.index]
        return replace(self, values=self.values[:, keep], index=self.index[keep])

    def on_grid(self, per_voxel: NDArray[Any], outside: float = np.nan) -> NDArray[np.float32]:
        """Put one number a voxel back on the grid, float32, with `outside` elsewhere."""
        volume = np.full(self.grid.size, outside, dtype=np.float32)
        volume[self.index] = per_voxel
        return volume.reshape(self.grid.shape)
