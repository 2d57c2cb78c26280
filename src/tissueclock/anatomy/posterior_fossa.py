"""The posterior fossa, estimated from the shape of the head: what lies below the tentorium.

No atlas: the dome of the skull says where the head's widest section lies and how large the head is, and a
roof of flat surfaces, placed from there, stands for the tentorium. The numbers of the roof are our choice.
They were read in round millimetres from the borders of the vertebro-basilar territories of the arterial atlas
of Liu et al. (Sci Data 2023;10:74) on the CT template of Rorden et al. (Neuroimage 2012;61:957). An estimate:
the slope of the tentorium differs between people, and these numbers do not follow it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.midline import Midline, distances_mm
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.image.volume import read_only

Mask = NDArray[np.bool_]
Vector = NDArray[np.float64]
Floats = NDArray[np.floating]

_ROUNDS = 10
_MIN_DOME_SLICES = 3
"""Our choice: with fewer slices from the widest one upwards, a slope of areas says nothing."""
_MIN_DOME_MM = 15.0
"""Our choice: the same for the height that they span."""
_DOME_BELOW_MM = 5.0
"""Our choice: the dome begins this far below the widest section; the skull's base shapes what follows."""

_REFERENCE_RADIUS_MM = 86.0
"""The dome's radius in the head that the numbers below were read from; they grow and shrink with it."""
_APEX_MM = -4.0
"""Height of the tentorium at the midline, over the vermis, above the widest section."""
_SIDE_SLOPE = 0.45
"""Its fall from the midline to the side: it is attached to the petrous ridge and the transverse sinus."""
_REAR_MM, _REAR_SLOPE = -43.0, 0.7
"""Behind this (from the centre to the front) it falls to the inner occipital protuberance."""
_NOTCH_MM, _NOTCH_SLOPE = -31.0, 0.9
"""In front of this it falls to the petrous ridges and, in the middle, the notch opens."""
_STEM_TOP_MM, _STEM_HALF_WIDTH_MM, _STEM_FRONT_MM = -19.0, 17.0, 8.0
"""The brainstem counts from the notch downwards: the upper midbrain lies above it, as in the atlas."""


@dataclass(frozen=True, eq=False)
class PosteriorFossa:
    """`mask` holds what lies below the estimated tentorium in the skull; empty where it is not `known`."""

    mask: Mask
    known: bool
    step: Step

    def __post_init__(self) -> None:
        if not self.known and self.mask.any():
            raise ValueError("what is not known has no voxels")
        object.__setattr__(self, "mask", read_only(self.mask))


@dataclass(frozen=True, eq=False)
class _Dome:
    """The upper skull as a sphere has its sections: centre (RAS, mm) at the widest one, and radius."""

    centre: Vector
    radius_mm: float
    slices: int


def find_posterior_fossa(inside: Mask, midline: Midline, grid: Grid) -> PosteriorFossa:
    """Estimate which voxels inside the skull lie in the posterior fossa (cerebellum and brainstem).

    `inside` is the space inside the skull (boolean, on `grid`). The areas of its slices, from the widest
    upwards, are those of a sphere; this gives height and size of the head also where the slab begins above
    its widest section. Head to feet is the patient's long axis as the scan states it: a nodding head is not
    corrected for. Where the slab shows too little of the dome the answer is unknown.
    """
    dome = _fit_dome(inside, grid)
    if dome is None:
        return PosteriorFossa(np.zeros_like(inside), False, _unknown_step())
    up = np.array([0.0, 0.0, 1.0]) - midline.normal[2] * midline.normal
    up /= np.linalg.norm(up)
    scale = dome.radius_mm / _REFERENCE_RADIUS_MM
    aside = np.abs(midline.signed_distance_mm(grid)[inside])
    front, height = (
        distances_mm(grid, axis, float(axis @ dome.centre))[inside]
        for axis in (np.cross(up, midline.normal), up)
    )
    below = _is_below(aside / scale, front / scale, height / scale)
    mask = np.zeros_like(inside)
    mask[inside] = below
    return PosteriorFossa(mask, True, _step(dome, int(below.sum()) * grid.voxel_ml))


def _is_below(aside_mm: Floats, front_mm: Floats, up_mm: Floats) -> Mask:
    """Tell which points of the reference head lie in its posterior fossa; all three arrays have one shape."""
    roof = np.minimum.reduce(
        [
            _APEX_MM - _SIDE_SLOPE * aside_mm,
            _APEX_MM - _REAR_SLOPE * (_REAR_MM - front_mm),
            _APEX_MM - _SIDE_SLOPE * aside_mm - _NOTCH_SLOPE * (front_mm - _NOTCH_MM),
        ]
    )
    stem = (up_mm < _STEM_TOP_MM) & (aside_mm < _STEM_HALF_WIDTH_MM) & (front_mm < _STEM_FRONT_MM)
    return np.asarray((up_mm < roof) | (stem & (front_mm > _REAR_MM)))


def _fit_dome(inside: Mask, grid: Grid) -> _Dome | None:
    """Fit the areas of the slices from the widest upwards by those of a sphere, pi (R^2 - (t - t0)^2).

    With t the height along the slices' normal, area + pi t^2 is a straight line in t. The widest section may
    lie below the slab: the line is then extrapolated. Parallel sections of an ellipsoid follow such a law in
    any direction, so that oblique slices need no correction.
    """
    heights_mm, areas_mm2, centroids = _sections(inside, grid)
    if areas_mm2.size == 0:
        return None
    start_mm = heights_mm[int(np.argmax(areas_mm2))]
    for _ in range(_ROUNDS):
        dome = heights_mm >= start_mm - _DOME_BELOW_MM
        if dome.sum() < _MIN_DOME_SLICES or np.ptp(heights_mm[dome]) < _MIN_DOME_MM:
            return None
        slope, intercept = np.polyfit(heights_mm[dome], areas_mm2[dome] + math.pi * heights_mm[dome] ** 2, 1)
        widest_mm = slope / (2 * math.pi)
        if abs(widest_mm - start_mm) < 0.1:
            break
        start_mm = widest_mm
    radius_mm = math.sqrt(max(intercept / math.pi + widest_mm**2, 0.0))
    line = np.polyfit(heights_mm[dome], centroids[dome], 1, w=np.sqrt(areas_mm2[dome]))
    return _Dome(line[0] * widest_mm + line[1], radius_mm, int(dome.sum()))


def _sections(inside: Mask, grid: Grid) -> tuple[Vector, Vector, NDArray[np.float64]]:
    """Return height (mm, along the normal), area (mm2) and centroid (RAS) of every slice, feet first."""
    first, second = grid.in_plane_axes
    normal = np.cross(grid.affine[:3, first], grid.affine[:3, second])
    pixel_mm2 = float(np.linalg.norm(normal))
    normal *= np.sign(normal @ grid.affine[:3, grid.axial_axis] * grid.nearest_axes[1][grid.axial_axis])
    index = np.argwhere(inside)
    counts = np.bincount(index[:, grid.axial_axis], minlength=grid.shape[grid.axial_axis])
    filled = np.flatnonzero(counts)
    sums = [np.bincount(index[:, grid.axial_axis], index[:, axis])[filled] for axis in range(3)]
    centroids = grid.positions_mm(np.stack(sums, axis=1) / counts[filled, None])
    heights_mm = centroids @ normal / pixel_mm2
    order = np.argsort(heights_mm)
    areas_mm2 = np.asarray(counts[filled][order] * pixel_mm2, dtype=np.float64)
    return heights_mm[order], areas_mm2, centroids[order]


def _step(dome: _Dome, fossa_ml: float) -> Step:
    return Step(
        name="posterior-fossa",
        sentence="The posterior fossa was estimated from the shape of the skull's dome, without an atlas; "
        "this estimate is not validated in patients.",
        parameters={
            "dome_radius_mm": round(dome.radius_mm, 2),
            "dome_slices": dome.slices,
            "widest_section_mm": [round(float(value), 2) for value in dome.centre],
            "inside_skull_ml": round(fossa_ml, 3),
        },
    )


def _unknown_step() -> Step:
    return Step(
        name="posterior-fossa",
        sentence="Which part of the slab is posterior fossa is not known: it shows too little of the skull's "
        "dome for an estimate.",
    )
