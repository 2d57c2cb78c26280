"""Dense tissue before the bolus: a bleed that a perfusion scan may show, and never rules out.

Conservative by design: what counts is a large cluster, far from bone, as dense as clotted blood, beside no
vessel. Blood near the skull, thin layers in the sulci, fresh or anaemic blood (under some 50 HU) and small
bleeds are missed. The non-contrast CT decides.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.quality import Gate, QualityFlag
from tissueclock.image.coarse import Coarsening
from tissueclock.image.volume import Volume
from tissueclock.perfusion.quality_settings import QualitySettings

Mask = NDArray[np.bool_]
_COARSE_MM = 3.2
"""Noise is averaged over voxels of about this width; a hyperdense artery is thinner (our choice)."""
_WHOLE = 0.999
_SIX_CONNECTED = ndimage.generate_binary_structure(3, 1)

BLEED = Gate(
    id="bleed-suspected",
    judges="largest cluster as dense as blood before the bolus, away from bone and vessels",
    harm="A haemorrhage may be there, which no perfusion volume tells: look at the non-contrast CT. A passed "
    "check rules nothing out.",
    unit="mL",
    warn="blood_warn_ml",
    source="our choice; acute blood has 50 to 90 HU (textbook value, recalled)",
    only="CT",
)


def check_blood(before: Volume, inside: Mask, vessels: Mask, settings: QualitySettings) -> QualityFlag:
    """Judge the CT before the bolus (HU); `inside` is the space inside the skull."""
    dense_ml = largest_dense_ml(before, inside, vessels, settings)
    told = f"{dense_ml:.1f} mL of tissue is as dense as blood before the bolus"
    return BLEED.judged(
        dense_ml,
        warn=settings.blood_warn_ml,
        high=True,
        good="No large dense cluster before the bolus; that rules out no bleed, the non-contrast CT does.",
        bad=f"{told}: a bleed, lime, or contrast given before? Look at the non-contrast CT.",
    )


def largest_dense_ml(before: Volume, inside: Mask, vessels: Mask, settings: QualitySettings) -> float:
    """Return the volume of the largest cluster within the limits of density, in mL."""
    axial = before.grid.axial_axis
    blocks = Coarsening.to_spacing(before.grid, _COARSE_MM, _COARSE_MM).without(axial)
    mean = blocks.mean(before.array)
    dense = (mean >= settings.blood_from_hu) & (mean <= settings.blood_to_hu)
    if not dense.any():
        return 0.0
    dense &= _away_from_bone(blocks, inside, settings.blood_rim_mm) & (_share(blocks, vessels) == 0)
    labels, count = ndimage.label(dense, structure=_SIX_CONNECTED)
    if count == 0:
        return 0.0
    return float(np.bincount(labels.ravel())[1:].max()) * blocks.grid.voxel_ml


def _away_from_bone(blocks: Coarsening, inside: Mask, rim_mm: float) -> Mask:
    """Return the blocks deep inside the skull, by a block at least, in their slice and the two beside it.

    The slices beside the ends of the slab are taken to be like them.
    """
    axial = blocks.grid.axial_axis
    layers = np.moveaxis(_share(blocks, inside) > _WHOLE, axial, 0)
    spacing = [blocks.grid.spacing_mm[axis] for axis in blocks.grid.in_plane_axes]
    reach = [math.ceil(rim_mm / step) for step in spacing]
    ball = np.hypot(*np.meshgrid(*(np.arange(-r, r + 1) * s for r, s in zip(reach, spacing, strict=True))))
    disc = (max(rim_mm, *spacing) >= ball.T)[None]
    deep = ndimage.binary_erosion(layers, structure=disc)
    padded = np.pad(deep, ((1, 1), (0, 0), (0, 0)), mode="edge")
    return np.asarray(np.moveaxis(deep & padded[:-2] & padded[2:], 0, axial))


def _share(blocks: Coarsening, mask: Mask) -> NDArray[np.float32]:
    return blocks.mean(mask.astype(np.float32))
