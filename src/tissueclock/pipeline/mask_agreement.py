"""Two masks in NIfTI on one grid, compared voxel by voxel and surface to surface."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError, UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.overlap import NO_DISTANCE, MaskAgreement, Points, overlap, surface_distances
from tissueclock.scan.nifti import read_map
from tissueclock.scan.sources import Source

_PERPENDICULAR = 1e-3
"""The cosine that two axes of a grid may have and still be called perpendicular (our choice)."""


def compare_masks(
    first: Path,
    second: Path,
    *,
    label: int | None = None,
    points: Points = Points.BOUNDARY,
    tolerances_mm: Sequence[float],
) -> MaskAgreement:
    """Compare two masks in NIfTI on one grid; `label` is the value that belongs to them, any but 0 if None.

    Raises UsageError where a file is missing, InputError where it is no mask or the grids differ.
    """
    (ours, grid), (theirs, other) = (_mask(path, label) for path in (first, second))
    if not grid.is_same(other):
        raise InputError(
            "the two masks lie on different grids.",
            where=second.name,
            remedy="Export both in one space; resampling would change the surfaces.",
        )
    shared = overlap(ours, theirs, grid.voxel_ml)
    if not _is_perpendicular(grid):
        reason = "the grid's axes are not perpendicular: distances need them to be"
        return MaskAgreement(overlap=shared, tolerances_mm=tuple(tolerances_mm), reason=reason)
    far = surface_distances(ours, theirs, grid.spacing_mm, points)
    return MaskAgreement(
        overlap=shared,
        tolerances_mm=tuple(tolerances_mm),
        distances=far,
        reason="" if far else NO_DISTANCE,
    )


def _mask(path: Path, label: int | None) -> tuple[NDArray[np.bool_], Grid]:
    if not path.is_file():
        raise UsageError("there is no such file.", where=path.name, remedy="Check the path.")
    values, grid = read_map(Source(path))
    if label is not None:
        return values == label, grid
    others = np.unique(values[values != 0])
    if len(others) > 1 or not np.isfinite(values).all():
        raise InputError(
            f"it holds {len(others)} different values beside 0: it is no mask.",
            where=path.name,
            remedy="Name the value that counts with --label.",
        )
    return values != 0, grid


def _is_perpendicular(grid: Grid) -> bool:
    axes = grid.affine[:3, :3] / np.array(grid.spacing_mm)
    return bool(np.abs(axes.T @ axes - np.eye(3)).max() < _PERPENDICULAR)
