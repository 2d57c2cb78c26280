"""A mask on another grid, by the nearest voxel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.grid import Grid

_SLAB_VOXELS = 1 << 20
"""Voxels at a time, so that memory stays small (our choice)."""


def nearest(mask: NDArray[np.bool_], grid: Grid, onto: Grid) -> NDArray[np.bool_]:
    """Return what `mask`, on `grid`, says at the centre of every voxel of `onto`: its nearest voxel's value.

    A centre outside `grid` (further than half a voxel from its outer voxels) is False.
    """
    to_voxel = np.linalg.inv(grid.affine) @ onto.affine
    found = np.zeros(onto.size, dtype=bool)
    for start in range(0, onto.size, _SLAB_VOXELS):
        flat = np.arange(start, min(start + _SLAB_VOXELS, onto.size))
        voxels = np.stack(np.unravel_index(flat, onto.shape), axis=1)
        # Halves go up for every index, as round-half-even would pick one neighbour here and the other there.
        places = np.floor(voxels @ to_voxel[:3, :3].T + to_voxel[:3, 3] + 0.5 + 1e-9).astype(np.int64)
        inside = ((places >= 0) & (places < np.array(grid.shape))).all(axis=1)
        found[flat[inside]] = mask[tuple(places[inside].T)]
    return found.reshape(onto.shape)
