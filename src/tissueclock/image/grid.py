"""Where voxels lie: a shape and an affine to patient space (RAS, mm)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

_AXIS_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))


@dataclass(frozen=True, eq=False)
class Grid:
    """A voxel grid.

    `shape` has three axes; `affine` maps voxel indices to millimetres in RAS+ (x grows towards the
    patient's right, y to the front, z to the head). Raises ValueError unless the affine is finite and
    invertible.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        affine.setflags(write=False)
        shape = tuple(int(size) for size in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise ValueError(f"a grid has three axes of at least one voxel, not {self.shape}")
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-9:
            raise ValueError("a grid's affine is a finite, invertible 4 x 4 matrix")
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", affine)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along each axis, gaps included."""
        lengths = np.linalg.norm(self.affine[:3, :3], axis=0)
        return (float(lengths[0]), float(lengths[1]), float(lengths[2]))

    @cached_property
    def voxel_ml(self) -> float:
        """Volume of one voxel: |det| of the affine, never slice thickness."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    @cached_property
    def axis_codes(self) -> str:
        """The nearest anatomical direction of each axis, for example 'LPS'."""
        order, signs = self.nearest_axes
        return "".join(_AXIS_LETTERS[axis][sign > 0] for axis, sign in zip(order, signs, strict=True))

    @cached_property
    def nearest_axes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """For each voxel axis: the world axis it runs along best (each used once), and its sign."""
        cosines = self.affine[:3, :3] / np.array(self.spacing_mm)
        order, signs = [-1, -1, -1], [0, 0, 0]
        magnitudes = np.abs(cosines)
        for _ in range(3):
            world, voxel = np.unravel_index(int(np.argmax(magnitudes)), (3, 3))
            order[voxel], signs[voxel] = int(world), 1 if cosines[world, voxel] > 0 else -1
            magnitudes[world, :] = -1
            magnitudes[:, voxel] = -1
        return tuple(order), tuple(signs)

    @cached_property
    def axial_axis(self) -> int:
        """The voxel axis that runs from feet to head, whatever the storage order."""
        return self.nearest_axes[0].index(2)

    @cached_property
    def in_plane_axes(self) -> tuple[int, int]:
        """The two voxel axes of an axial slice."""
        first, second = (axis for axis in range(3) if axis != self.axial_axis)
        return first, second

    @property
    def size(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape))

    def positions_mm(self, indices: ArrayLike) -> NDArray[np.float64]:
        """Return the RAS positions of voxel indices (n x 3), one row each."""
        points = np.asarray(indices, dtype=np.float64)
        return points @ self.affine[:3, :3].T + self.affine[:3, 3]

    def is_same(self, other: Grid) -> bool:
        """Return whether both grids have the same voxels (to a thousandth of a millimetre)."""
        return self.shape == other.shape and bool(np.allclose(self.affine, other.affine, atol=1e-3))
