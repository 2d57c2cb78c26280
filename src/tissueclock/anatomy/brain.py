"""The brain: inside the skull, without bone, air and cerebrospinal fluid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.anatomy.settings import AnatomySettings
from tissueclock.core.errors import InputError
from tissueclock.core.provenance import Step
from tissueclock.core.settings import settings_to_table
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import read_only

Mask = NDArray[np.bool_]
Image = NDArray[np.float32]
Spacing = tuple[float, ...]
"""In-plane spacing in mm; images and masks below have their slices last."""
_AIR_HU = -300.0
_SMOOTH_MM = 1.0
_MIN_BRAIN_ML = 100.0
_RING_MM = 4.0
_SKULL_SHARE = 0.3
"""Our choice: bone makes up over 0.8 of the ring about a digital brain, ribs little of that about a chest."""


@dataclass(frozen=True, eq=False)
class BrainMask:
    """`brain` holds tissue; `inside` everything inside the skull, fluid and vessels too."""

    brain: Mask
    inside: Mask
    step: Step

    def __post_init__(self) -> None:
        if (self.brain & ~self.inside).any():
            raise ValueError("brain lies inside the skull")
        object.__setattr__(self, "brain", read_only(self.brain))
        object.__setattr__(self, "inside", read_only(self.inside))


def find_brain(
    baseline: NDArray[np.float32],
    grid: Grid,
    modality: Modality,
    settings: AnatomySettings,
    image_name: str = "mean pre-bolus image",
) -> BrainMask:
    """Find the brain on the mean of the frames before the bolus (HU, or MR signal), or on another MR image.

    `image_name` is what the Methods call it.

    Raises InputError where less than 100 mL of brain is found: a scan of something else, or a cut-out.
    """
    spacing = tuple(grid.spacing_mm[axis] for axis in grid.in_plane_axes)
    axial = np.moveaxis(baseline, grid.axial_axis, 2)
    smooth = ndimage.gaussian_filter(axial, [*(_SMOOTH_MM / step for step in spacing), 0.0])
    # In wide voxels the fissure between the hemispheres is one voxel wide: smoothed, it would read as brain.
    sharp = smooth if max(spacing) < _SMOOTH_MM else axial
    inside, brain = (
        _ct_masks(smooth, sharp, spacing, settings)
        if modality is Modality.CT
        else _mr_masks(smooth, spacing, settings)
    )
    inside, brain = (np.moveaxis(mask, 2, grid.axial_axis) for mask in (inside, brain))
    brain_ml = int(brain.sum()) * grid.voxel_ml
    if brain_ml < _MIN_BRAIN_ML:
        raise InputError(
            f"only {brain_ml:.0f} mL of brain was found in the images.",
            remedy="Check that this is a perfusion run of the head, with the skull in view.",
        )
    return BrainMask(brain, inside, _step(modality, settings, brain_ml, image_name))


def _step(modality: Modality, settings: AnatomySettings, brain_ml: float, image_name: str) -> Step:
    fluid = (
        f"fluid below {settings.csf_hu:g} HU"
        if modality is Modality.CT
        else f"fluid brighter than {settings.csf_signal:g} times the brain's median signal"
    )
    return Step(
        name="brain-mask",
        sentence=f"The brain was segmented on the {image_name}, without bone, air and {fluid}.",
        parameters={**settings_to_table(settings), "brain_ml": round(brain_ml, 3)},
    )


def _ct_masks(image: Image, sharp: Image, spacing: Spacing, settings: AnatomySettings) -> tuple[Mask, Mask]:
    bone = image > settings.bone_hu
    soft = (image > _AIR_HU / 6) & (image < settings.dense_hu) & ~bone
    inside = _fill_slices(_main_part(soft, spacing, settings.bridge_mm)) & ~bone
    if not _is_in_a_skull(inside, bone, spacing):
        return np.zeros_like(inside), np.zeros_like(inside)
    core = _in_plane(inside, spacing, settings.rim_mm, grow=False)
    tissue = (image > settings.csf_hu) & (sharp > settings.csf_hu)
    return inside, core & tissue & (image < settings.dense_hu)


def _is_in_a_skull(inside: Mask, bone: Mask, spacing: Spacing) -> bool:
    """Return whether bone surrounds enough of the mask: a chest has ribs, a head has a skull."""
    width_mm = max(_RING_MM, 1.5 * max(spacing))  # in wide voxels the ring would hold none
    margin = [(ceil(width_mm / step) + 1,) * 2 for step in spacing]  # a cut-out has no bone where it ends
    inside, bone = (np.pad(mask, [*margin, (0, 0)]) for mask in (inside, bone))
    ring = _in_plane(inside, spacing, width_mm, grow=True) & ~inside
    return bool(ring.any()) and float(bone[ring].mean()) >= _SKULL_SHARE


def _mr_masks(image: Image, spacing: Spacing, settings: AnatomySettings) -> tuple[Mask, Mask]:
    bright = image > 0.4 * np.percentile(image[image > _otsu(image)], 50)
    inside = _fill_slices(_main_part(bright, spacing, settings.bridge_mm))
    if not inside.any():
        return inside, inside
    median = np.median(image[inside])
    core = _in_plane(inside, spacing, settings.rim_mm, grow=False)
    return inside, core & (image > 0.5 * median) & (image < settings.csf_signal * median)


def _main_part(mask: Mask, spacing: Spacing, bridge_mm: float) -> Mask:
    """Return the largest part of a mask after thin links are cut, grown back to its own border."""
    core = _in_plane(mask, spacing, bridge_mm, grow=False)
    labels, count = ndimage.label(core)
    if count == 0:
        return core
    sizes = np.bincount(labels.ravel())[1:]
    largest = labels == int(np.argmax(sizes)) + 1
    return _in_plane(largest, spacing, bridge_mm * 1.3, grow=True) & mask


def _in_plane(mask: Mask, spacing: Spacing, radius_mm: float, *, grow: bool) -> Mask:
    """Grow or shrink a mask by a distance within its slices."""
    margin = [1 + (math.ceil(radius_mm / step) if grow else 0) for step in spacing]
    result = np.zeros_like(mask)
    for z in np.flatnonzero(mask.any(axis=(0, 1))):
        rows, columns = _box(mask[:, :, z], margin)  # beyond it nothing changes, and distances are what costs
        layer = mask[rows, columns, z]
        if grow:
            result[rows, columns, z] = ndimage.distance_transform_edt(~layer, spacing) <= radius_mm
        else:
            result[rows, columns, z] = ndimage.distance_transform_edt(layer, spacing) > radius_mm
    return result


def _box(layer: Mask, margin: Sequence[int]) -> tuple[slice, slice]:
    """Return the box about a mask of two axes that is not empty, with a margin in pixels."""
    rows, columns = np.flatnonzero(layer.any(axis=1)), np.flatnonzero(layer.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin[0]), int(rows[-1]) + margin[0] + 1),
        slice(max(0, int(columns[0]) - margin[1]), int(columns[-1]) + margin[1] + 1),
    )


def _fill_slices(mask: Mask) -> Mask:
    return np.stack([ndimage.binary_fill_holes(mask[:, :, z]) for z in range(mask.shape[2])], axis=2)


def _otsu(image: NDArray[np.float32], bins: int = 256) -> float:
    """Return Otsu's threshold: the cut that parts a histogram into two classes best."""
    counts, edges = np.histogram(image, bins)
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    sums = np.cumsum(counts * centres)
    mean_below = sums / np.maximum(below, 1)
    mean_above = (sums[-1] - sums + counts * centres) / np.maximum(above, 1)
    between = below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2
    return float(centres[int(np.argmax(between))])
