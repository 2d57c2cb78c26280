"""Any grid as radiological axial pictures: the patient's right on the left, front on top, feet first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tissueclock.image.grid import Grid

MARGIN_MM = 14.0
"""Scalp and skull around the brain, so that the crop shows the head (our choice)."""


@dataclass(frozen=True, eq=False)
class AxialView:
    """The nearest axial reorientation of a grid, by transposing and flipping, cropped and enlarged.

    `rows` and `columns` are the crop in reoriented voxels; `size_px` is (width, height) of every picture,
    with the pixels' true aspect. No voxel is interpolated in masks.
    """

    grid: Grid
    rows: slice
    columns: slice
    size_px: tuple[int, int]

    @classmethod
    def around(cls, grid: Grid, brain: NDArray[np.bool_], longest_px: int) -> AxialView:
        """Return the view cropped to the head around `brain` (an empty one: no crop)."""
        footprint = np.any(reoriented(brain, grid), axis=2)
        row_mm, column_mm, _ = _spacing_mm(grid)
        rows = _extent(np.any(footprint, axis=1), MARGIN_MM / row_mm)
        columns = _extent(np.any(footprint, axis=0), MARGIN_MM / column_mm)
        height_mm, width_mm = (rows.stop - rows.start) * row_mm, (columns.stop - columns.start) * column_mm
        scale = longest_px / max(height_mm, width_mm)
        return cls(grid, rows, columns, (max(1, round(width_mm * scale)), max(1, round(height_mm * scale))))

    def plane(self, array: NDArray[Any], level: int) -> NDArray[Any]:
        """Return slice `level` (0 is nearest the feet) of an array on the grid, rows x columns, cropped."""
        return reoriented(array, self.grid)[self.rows, self.columns, level]

    def enlarged_mask(self, mask: NDArray[np.bool_], level: int) -> NDArray[np.bool_]:
        """Return one slice of a mask at picture size: exactly the voxels that were counted."""
        plane = self.plane(mask, level)
        width, height = self.size_px
        rows, columns = _nearest(plane.shape[0], height), _nearest(plane.shape[1], width)
        return np.asarray(plane[np.ix_(rows, columns)])

    def enlarged(self, plane: NDArray[Any]) -> NDArray[np.float32]:
        """Return a slice's finite numbers at picture size, interpolated by cubics."""
        picture = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
        return np.asarray(picture.resize(self.size_px, Image.Resampling.BICUBIC))

    def position_mm(self, level: int) -> float:
        """Return the height (S) of the centre of slice `level`."""
        order, signs = self.grid.nearest_axes
        centre = [(size - 1) / 2 for size in self.grid.shape]
        axis = order.index(2)
        centre[axis] = level if signs[axis] > 0 else self.grid.shape[axis] - 1 - level
        return float(self.grid.positions_mm([centre])[0, 2])

    def pixel_of(self, voxel: tuple[int, int, int]) -> tuple[float, float, int]:
        """Return (x, y, level): the picture's pixel at the centre of a voxel, and its slice."""
        row, column, level = _display_index(self.grid, voxel)
        height, width = self.rows.stop - self.rows.start, self.columns.stop - self.columns.start
        x = (column - self.columns.start + 0.5) / width * self.size_px[0]
        y = (row - self.rows.start + 0.5) / height * self.size_px[1]
        return x, y, level


def reoriented(array: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """Return a view with axes (front to back, patient's right to left, feet to head)."""
    order, signs = grid.nearest_axes
    axes = [order.index(world) for world in (1, 0, 2)]
    flips = [
        slice(None, None, -1 if signs[axis] == ascending else 1)
        for axis, ascending in zip(axes, (1, 1, -1), strict=True)
    ]
    return array.transpose(axes)[tuple(flips)]


def levels_with(mask: NDArray[np.bool_], grid: Grid) -> list[int]:
    """Return the slices, feet to head, that hold any of `mask`; all slices for an empty one."""
    present = reoriented(mask, grid).any(axis=(0, 1))
    return [int(level) for level in np.flatnonzero(present if present.any() else ~present)]


def every_nth(levels: list[int], limit: int) -> list[int]:
    """Return the levels in equal steps, the smallest that leaves at most `limit` of them, centred."""
    step = -(-len(levels) // limit)
    return levels[(len(levels) - 1) % step // 2 :: step]


def evenly(levels: list[int], limit: int) -> list[int]:
    """Return at most `limit` of the levels, evenly spaced, both ends included."""
    if len(levels) <= limit:
        return levels
    return [levels[round(step * (len(levels) - 1) / (limit - 1))] for step in range(limit)]


def _display_index(grid: Grid, voxel: tuple[int, int, int]) -> tuple[int, int, int]:
    order, signs = grid.nearest_axes
    found = []
    for world, descending in ((1, 1), (0, 1), (2, -1)):
        axis = order.index(world)
        index = voxel[axis]
        found.append(grid.shape[axis] - 1 - index if signs[axis] == descending else index)
    return found[0], found[1], found[2]


def _spacing_mm(grid: Grid) -> tuple[float, float, float]:
    order, _ = grid.nearest_axes
    row, column, level = (grid.spacing_mm[order.index(world)] for world in (1, 0, 2))
    return row, column, level


def _extent(present: NDArray[np.bool_], margin: float) -> slice:
    indices = np.flatnonzero(present)
    if indices.size == 0:
        return slice(0, present.size)
    start = max(0, int(np.floor(indices[0] - margin)))
    return slice(start, min(present.size, int(np.ceil(indices[-1] + 1 + margin))))


def _nearest(source: int, target: int) -> NDArray[np.intp]:
    return np.floor((np.arange(target) + 0.5) * source / target).astype(np.intp)
