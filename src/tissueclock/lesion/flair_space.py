"""FLAIR on its own voxels, and what diffusion says of each of them.

FLAIR is not interpolated onto the diffusion's grid for its ratio: that blurs the lesion with what lies
around it and pulls the ratio towards 1 (on digital heads by 0.1 of what exceeds 1). A mask and an ADC that
only choose voxels bear it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.midline import Midline
from tissueclock.anatomy.registration import carried_midline, resampled
from tissueclock.image.grid import Grid
from tissueclock.lesion.masks import Mask

Array = NDArray[np.float32]

_MOSTLY = 0.5
"""A FLAIR voxel is inside the head, or has an ADC, if so much of what surrounds it does (our choice)."""
_FINEST_MM = 2.0
"""Thinner voxels are averaged in whole blocks of up to this side: finer than diffusion they tell nothing
more, and a 3-D FLAIR has millions (our choice)."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DiffusionFindings:
    """What diffusion found, on its own grid: ADC (10^-6 mm2/s, NaN where there is none), lesion and head."""

    adc: Array
    lesion: Mask
    inside: Mask
    midline: Midline
    grid: Grid


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FlairScene:
    """FLAIR (any unit, NaN where it is unknown) and what diffusion says of its voxels, all on one `grid`.

    `share` is how much of a voxel is lesion (0 to 1), `adc` in 10^-6 mm2/s, NaN where there is none; `inside`
    and `midline` are the head's. `lesion_ml` is the whole lesion, as diffusion counted it.
    """

    flair: Array
    adc: Array
    share: Array
    inside: Mask
    midline: Midline
    grid: Grid
    lesion_ml: float

    def __post_init__(self) -> None:
        if any(array.shape != self.grid.shape for array in (self.flair, self.adc, self.share, self.inside)):
            raise ValueError("FLAIR and what diffusion says of it lie on one grid")
        if not self.lesion_ml >= 0:
            raise ValueError(f"a lesion has a volume, not {self.lesion_ml} mL")


def seen_from_flair(
    flair: Array, grid: Grid, found: DiffusionFindings, matrix: NDArray[np.float64]
) -> FlairScene:
    """Return FLAIR with what diffusion found, looked up at its voxels by linear interpolation.

    `matrix` (4 x 4, RAS in mm) takes points of diffusion to FLAIR. ADC is interpolated among the voxels that
    have one. The midline is the diffusion's, carried over, as FLAIR may cover part of a head.
    """
    image, coarse = averaged(flair, grid)
    back = np.asarray(np.linalg.inv(matrix), dtype=np.float64)

    def looked_up(array: Array | Mask) -> Array:
        return resampled(np.asarray(array, dtype=np.float32), found.grid, coarse, back, outside=0.0)

    measured = np.isfinite(found.adc)
    weight = looked_up(measured)
    adc = np.full(coarse.shape, np.nan, dtype=np.float32)
    np.divide(looked_up(np.where(measured, found.adc, 0.0)), weight, out=adc, where=weight > _MOSTLY)
    return FlairScene(
        flair=image,
        adc=adc,
        share=looked_up(found.lesion),
        inside=looked_up(found.inside) > _MOSTLY,
        midline=carried_midline(found.midline, matrix),
        grid=coarse,
        lesion_ml=int(np.count_nonzero(found.lesion)) * found.grid.voxel_ml,
    )


def averaged(image: Array, grid: Grid) -> tuple[Array, Grid]:
    """Return the image averaged in whole blocks of at most 2 mm along each axis, and the blocks' grid.

    A block that holds a value that is not finite is NaN. Voxels beyond the last whole block are left out.
    """
    blocks = [
        max(1, min(size, int(_FINEST_MM / step + 1e-6)))
        for size, step in zip(grid.shape, grid.spacing_mm, strict=True)
    ]
    shape = tuple(size // block for size, block in zip(grid.shape, blocks, strict=True))
    whole = image[tuple(slice(0, size * block) for size, block in zip(shape, blocks, strict=True))]
    known = np.where(np.isfinite(whole), whole, np.nan)
    split = [number for pair in zip(shape, blocks, strict=True) for number in pair]
    means = known.reshape(split).mean(axis=(1, 3, 5), dtype=np.float64)
    affine = grid.affine @ np.diag([*blocks, 1.0])
    affine[:3, 3] = grid.positions_mm([(np.array(blocks) - 1) / 2])[0]
    return means.astype(np.float32), Grid((shape[0], shape[1], shape[2]), affine)
