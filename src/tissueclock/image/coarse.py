"""A coarser grid: block means on the way down, linear interpolation on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.grid import Grid

Mask = NDArray[np.bool_]
Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Coarsening:
    """A grid whose voxels are blocks of `factors` voxels of `fine`; the last block may be cut short.

    Raises ValueError unless every factor is at least one.
    """

    fine: Grid
    factors: tuple[int, int, int]

    def __post_init__(self) -> None:
        if len(self.factors) != 3 or min(self.factors) < 1:
            raise ValueError(f"blocks have three sizes of at least one voxel, not {self.factors}")

    @classmethod
    def to_spacing(cls, fine: Grid, in_plane_mm: float, slice_mm: float) -> Coarsening:
        """Return the blocks whose size comes nearest to the wanted spacing, never below a voxel.

        `slice_mm` is the distance along the axis from feet to head, `in_plane_mm` along the two others.
        """
        wanted = [in_plane_mm] * 3
        wanted[fine.axial_axis] = slice_mm
        first, second, third = (
            max(1, round(mm / spacing)) for mm, spacing in zip(wanted, fine.spacing_mm, strict=True)
        )
        return cls(fine, (first, second, third))

    def without(self, axis: int) -> Coarsening:
        """Return the same blocks, one voxel long along `axis`."""
        first, second, third = (1 if number == axis else size for number, size in enumerate(self.factors))
        return Coarsening(self.fine, (first, second, third))

    @cached_property
    def grid(self) -> Grid:
        """The coarse grid: centres of whole blocks."""
        factors = np.array(self.factors, dtype=np.float64)
        affine = self.fine.affine.copy()
        affine[:3, :3] = self.fine.affine[:3, :3] * factors
        affine[:3, 3] += self.fine.affine[:3, :3] @ ((factors - 1) / 2)
        first, second, third = (
            -(-size // factor) for size, factor in zip(self.fine.shape, self.factors, strict=True)
        )
        return Grid((first, second, third), affine)

    @property
    def is_identity(self) -> bool:
        """Whether every block is one voxel."""
        return self.factors == (1, 1, 1)

    def total(self, volume: NDArray[np.floating]) -> Array:
        """Return the sum of every block's voxels, float32."""
        total = np.asarray(volume, dtype=np.float32)
        for axis, factor in enumerate(self.factors):
            total = _summed(total, factor, axis)
        return total

    def mean(self, volume: NDArray[np.floating]) -> Array:
        """Return the mean of every block's voxels, float32."""
        return np.asarray(self.total(volume) / self._voxels)

    def refine(self, coarse: NDArray[np.floating], known: Mask) -> Array:
        """Return `coarse` on the fine grid, interpolated linearly among its `known` voxels.

        Unknown voxels have no weight. Where a fine voxel has no known voxel around it, the result is NaN.
        """
        weight = known.astype(np.float32)
        total = self._interpolated(np.where(known, coarse, 0).astype(np.float32))
        weights = self._interpolated(weight)
        return np.where(weights > 1e-6, total / np.maximum(weights, np.float32(1e-6)), np.float32(np.nan))

    @cached_property
    def _voxels(self) -> Array:
        return self.total(np.ones(self.fine.shape, dtype=np.float32))

    @cached_property
    def _lines(self) -> tuple[Array, ...]:
        """For each axis, the matrix (voxels x blocks) of linear interpolation."""
        return tuple(
            _line_matrix(size, factor) for size, factor in zip(self.fine.shape, self.factors, strict=True)
        )

    def _interpolated(self, volume: Array) -> Array:
        for axis, (matrix, factor) in enumerate(zip(self._lines, self.factors, strict=True)):
            if factor > 1:
                moved = np.matmul(np.moveaxis(volume, axis, -1), matrix.T)
                volume = np.moveaxis(moved, -1, axis)
        return volume


def _summed(volume: Array, factor: int, axis: int) -> Array:
    """Sum blocks along one axis: whole strided slices are added, which is quick in any order of memory."""
    if factor == 1:
        return volume
    moved = np.moveaxis(volume, axis, 0)
    total = moved[::factor].copy(order="K")
    for offset in range(1, factor):
        part = moved[offset::factor]
        total[: len(part)] += part
    return np.moveaxis(total, 0, axis)


def _line_matrix(size: int, factor: int) -> Array:
    """Weights of the two nearest block centres; beyond the first and last centre the block itself."""
    blocks = -(-size // factor)
    at = np.clip((np.arange(size) - (factor - 1) / 2) / factor, 0, blocks - 1)
    low = np.minimum(np.floor(at).astype(np.intp), max(blocks - 2, 0))
    share = at - low
    matrix = np.zeros((size, blocks), dtype=np.float32)
    matrix[np.arange(size), low] = 1.0 - share
    matrix[np.arange(size), np.minimum(low + 1, blocks - 1)] += share
    return matrix
