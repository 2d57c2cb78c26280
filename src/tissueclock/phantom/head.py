"""The digital head on a grid: the fraction of every tissue and vessel in every voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tissueclock.image.grid import Grid
from tissueclock.phantom.brain import paint
from tissueclock.phantom.shapes import Points, Tube
from tissueclock.phantom.tissues import FIRST_ARTERY, Tissue
from tissueclock.phantom.vessels import Artery, arteries, cortical_veins, sinuses

_SLAB_CENTRE_MM = (0.0, -12.0, 28.0)
_SUB_SAMPLE_MM = 0.8
_FINE_MM = 0.6
"""A narrower voxel is finer than the distance between the points in a wider one, so one point does."""


@dataclass(frozen=True, eq=False)
class Head:
    """The fractions of a head on a grid.

    `index` holds the flat indices (ascending) of the voxels that are not all air; `fractions` is voxels x
    labels, float32, rows sum to 1; label numbers are those of `Tissue`, then one an artery.
    """

    grid: Grid
    index: NDArray[np.intp]
    fractions: NDArray[np.float32]
    arteries: tuple[Artery, ...]

    def fraction(self, *labels: int) -> NDArray[np.float32]:
        """Return the summed fraction of some labels in every voxel of `index`."""
        total: NDArray[np.float32] = self.fractions[:, list(labels)].sum(axis=1)
        return total

    @property
    def tissue(self) -> NDArray[np.float32]:
        """The fraction of grey and white matter in every voxel of `index`."""
        return self.fraction(Tissue.GREY, Tissue.WHITE)

    @property
    def vessel(self) -> NDArray[np.float32]:
        """The fraction of arteries and sinuses in every voxel of `index`."""
        return self.fraction(Tissue.SINUS, *range(FIRST_ARTERY, self.fractions.shape[1]))

    @property
    def slice_number(self) -> NDArray[np.intp]:
        """The slice of every voxel of `index` (the grid's third axis)."""
        return self.index % self.grid.shape[2]

    @property
    def positions_mm(self) -> NDArray[np.float64]:
        """The RAS positions of the voxels of `index`, one row each."""
        return self.grid.positions_mm(np.stack(np.unravel_index(self.index, self.grid.shape), axis=1))

    def on_grid(self, per_voxel: NDArray[np.floating], outside: float) -> NDArray[np.float32]:
        """Put one number a voxel of `index` on the grid, float32, with `outside` elsewhere."""
        volume = np.full(self.grid.size, outside, dtype=np.float32)
        volume[self.index] = per_voxel
        return volume.reshape(self.grid.shape)


def head_grid(
    in_plane: int = 144,
    spacing_mm: float = 1.6,
    slices: int = 12,
    slice_spacing_mm: float = 8.0,
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Grid:
    """Return a grid about the head's slab, stored as CT is: axes run to left, posterior and head ('LPS').

    `rotation_deg` turns the grid about the patient's x (nodding), y (tilting) and z axis (turning).
    """
    axes = Rotation.from_euler("xyz", rotation_deg, degrees=True).as_matrix() @ np.diag((-1.0, -1.0, 1.0))
    affine = np.eye(4)
    affine[:3, :3] = axes * (spacing_mm, spacing_mm, slice_spacing_mm)
    shape = (in_plane, in_plane, slices)
    affine[:3, 3] = _SLAB_CENTRE_MM - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine)


def build_head(grid: Grid, large_vessels: bool = False) -> Head:
    """Sample the head's analytic shapes on `grid`: 2 to 4 points along a voxel's side, 1 along a fine one.

    With `large_vessels` wide veins lie on the cortex and the middle cerebral's branches are wide.
    """
    tree = arteries(wide=large_vessels)
    veins = (*sinuses(), *cortical_veins()) if large_vessels else sinuses()
    labels = FIRST_ARTERY + len(tree)
    index, fractions = [], []
    for number in range(grid.shape[2]):
        voxel, share = _slice_fractions(grid, number, tree, veins, labels)
        index.append(voxel)
        fractions.append(share)
    order = np.argsort(np.concatenate(index))
    return Head(grid, np.concatenate(index)[order], np.concatenate(fractions)[order], tree)


def _slice_fractions(
    grid: Grid, number: int, tree: tuple[Artery, ...], veins: tuple[Tube, ...], labels: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the flat indices and fractions of one slice's voxels that are not all air."""
    columns, rows, slices = grid.shape
    steps = _sub_samples(grid)
    points = _slice_points(grid, number, steps)
    painted = _with_vessels(paint(points), points, tree, veins)
    in_plane = np.arange(columns * rows).repeat(steps[0] * steps[1] * steps[2])
    counts = np.bincount(in_plane * labels + painted, minlength=columns * rows * labels)
    shares = (counts.reshape(-1, labels) / np.prod(steps)).astype(np.float32)
    voxels = np.flatnonzero(shares[:, Tissue.AIR] < 1)
    return voxels * slices + number, shares[voxels]


def _sub_samples(grid: Grid) -> tuple[int, int, int]:
    """Return how many points lie along each side of a voxel: 2 to 4, and 1 where it is a point itself."""
    first, second, third = (
        1 if s < _FINE_MM else int(np.clip(round(s / _SUB_SAMPLE_MM), 2, 4)) for s in grid.spacing_mm
    )
    return first, second, third


def _slice_points(grid: Grid, number: int, steps: tuple[int, int, int]) -> Points:
    """Return the sub-sample points of one slice, voxel by voxel."""
    inner = [(np.arange(count) + 0.5) / count - 0.5 for count in steps]
    columns = np.arange(grid.shape[0])[:, None, None, None, None] + inner[0][:, None, None]
    rows = np.arange(grid.shape[1])[:, None, None, None] + inner[1][:, None]
    depths = number + inner[2]
    world = (a * columns + b * rows + (c * depths + shift) for a, b, c, shift in grid.affine[:3])
    return Points(*(axis.astype(np.float32).ravel() for axis in world))


def _with_vessels(
    labels: NDArray[np.uint8], points: Points, tree: tuple[Artery, ...], veins: tuple[Tube, ...]
) -> NDArray[np.uint8]:
    """Paint sinuses and arteries over what lies inside the skull."""
    middle = np.flatnonzero((labels >= Tissue.CSF) & (labels <= Tissue.WHITE))
    near = points.take(middle)
    for vein in veins:
        labels[middle[vein.inside(near)]] = Tissue.SINUS
    for number, artery in enumerate(tree):
        for tube in artery.tubes:
            labels[middle[tube.inside(near)]] = FIRST_ARTERY + number
    return labels
