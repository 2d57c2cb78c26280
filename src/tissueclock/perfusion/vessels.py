"""Vessels: brain voxels that hold far more contrast agent than tissue does, found before any denoising."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.provenance import Step
from tissueclock.image.coarse import Coarsening
from tissueclock.image.volume import read_only
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.smoothing import FWHM_TO_SIGMA
from tissueclock.perfusion.survey import Survey


@dataclass(frozen=True, eq=False)
class Vessels:
    """The mask of the vessels on the scan's grid, and how it was made."""

    mask: NDArray[np.bool_]
    step: Step

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", read_only(self.mask))


def find_vessels(
    survey: Survey, brain: NDArray[np.bool_], blocks: Coarsening, settings: PerfusionSettings
) -> Vessels:
    """Return the brain voxels whose first pass has a multiple of the area of the brain's median.

    A limit relative to the median needs no absolute scale. On a scan finer than the working grid the areas
    are blurred to its width first: a single fine voxel is too noisy to tell.
    """
    area = survey.on_grid(survey.area)
    if not blocks.is_identity:
        area = _blurred(area, brain, blocks)
    limit = settings.vessel_times_median * float(np.median(area[brain]))
    mask = brain & (area > limit)
    return Vessels(mask, _step(mask, blocks, settings))


def _blurred(area: NDArray[np.float32], brain: NDArray[np.bool_], blocks: Coarsening) -> NDArray[np.float32]:
    """Blur areas among brain voxels to the width of a block, in the directions in which blocks are wider."""
    sigmas = [
        FWHM_TO_SIGMA * factor if factor > 1 and axis != blocks.fine.axial_axis else 0.0
        for axis, factor in enumerate(blocks.factors)
    ]
    weight = ndimage.gaussian_filter(brain.astype(np.float32), sigmas)
    total = ndimage.gaussian_filter(np.where(brain, area, np.float32(0)), sigmas)
    return np.asarray(total / np.maximum(weight, np.float32(1e-6)))


def _step(mask: NDArray[np.bool_], blocks: Coarsening, settings: PerfusionSettings) -> Step:
    limit = settings.vessel_times_median
    return Step(
        name="vessels",
        sentence=f"Voxels whose first pass has more than {limit:g} times the area of the brain's median were "
        "taken as vessels and left out of denoising, reference and lesions.",
        parameters={
            "vessel_times_median": limit,
            "vessels_ml": round(int(mask.sum()) * blocks.fine.voxel_ml, 3),
        },
    )
