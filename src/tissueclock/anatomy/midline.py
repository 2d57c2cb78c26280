"""The midsagittal plane: which side a voxel lies on, and where its mirror image lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid

_SAMPLES = 8_000
_BLUR_MM = 2.0
_COARSE = 4
"""A first fit uses one point in so many."""
_USUAL_ROLL_DEG = 10.0
"""Our choice: up to this roll no voxel that is compared has its mirror image beyond the slab's ends."""
_MIN_KEPT = 0.1
"""Our choice: in a slab of one or two slices that leaves too little, and roll cannot be seen anyway."""
_CAP = 0.5
"""Our choice: a difference counts up to this, of a brain's range of 1, so that a lesion, or a side that is
missing from some slices, has no more say than its size. A head that is turned far is only found without."""
_MAX_TILT_DEG = 45.0
"""Our choice: the fit is cut here, from where on left and right could change places."""


@dataclass(frozen=True, eq=False)
class Midline:
    """A plane in RAS space: normal . x = offset_mm, the unit `normal` pointing to the patient's right.

    `tilt_deg` is how far the fit is turned from the scanner's plane, before it is cut at 45 degrees.
    """

    normal: NDArray[np.float64]
    offset_mm: float
    step: Step
    tilt_deg: float = 0.0

    def signed_distance_mm(self, grid: Grid) -> NDArray[np.float32]:
        """Return every voxel's distance from the plane: positive on the patient's right."""
        return distances_mm(grid, self.normal, self.offset_mm)

    def mirrored_index(self, grid: Grid) -> NDArray[np.float64]:
        """Return the affine (4 x 4, voxel to voxel) that maps a voxel to its mirror image."""
        mirror = np.eye(4)
        mirror[:3, :3] -= 2.0 * np.outer(self.normal, self.normal)
        mirror[:3, 3] = 2.0 * self.offset_mm * self.normal
        return np.linalg.inv(grid.affine) @ mirror @ grid.affine


def distances_mm(grid: Grid, normal: NDArray[np.float64], offset_mm: float) -> NDArray[np.float32]:
    """Return normal . x - offset_mm of every voxel: its distance from the plane if `normal` has length 1."""
    along = grid.affine[:3, :3].T @ normal
    start = float(grid.affine[:3, 3] @ normal) - offset_mm
    i, j, k = (np.arange(size) * step for size, step in zip(grid.shape, along, strict=True))
    distance = start + i[:, None, None] + j[None, :, None] + k[None, None, :]
    return np.asarray(distance, dtype=np.float32)


def find_midline(
    image: NDArray[np.float32],
    inside: NDArray[np.bool_],
    grid: Grid,
    image_name: str = "pre-bolus image",
) -> Midline:
    """Find the plane about which the inside of the skull, and what it holds, is most symmetric.

    `image` is the pre-bolus mean, or another one that the Methods call `image_name`; `inside` the space
    inside the skull. The plane is fitted in three numbers (offset and two tilts) by minimising the mean
    capped difference of voxels from their mirror images. Voxels whose mirror image a usual roll throws out of
    the slab have no say: ends of a slab that are compared with themselves would hold the plane upright. Tilts
    are cut at 45 degrees.
    """
    samples = _samples(image, inside, grid)
    few = replace(samples, points=samples.points[::_COARSE], values=samples.values[::_COARSE])
    rough = [_fit(replace(few, cap=cap), np.zeros(3), _SIMPLEX, tolerance=0.3).x for cap in (_CAP, np.inf)]
    fitted = _fit(samples, min(rough, key=few.asymmetry), _SIMPLEX / 4, tolerance=0.02)
    tilts = np.clip(fitted.x[1:], -_MAX_TILT_DEG, _MAX_TILT_DEG)
    limited = np.array([fitted.x[0], *tilts])
    normal, offset = _plane(limited, samples.centre)
    tilt_deg = round(float(np.abs(fitted.x[1:]).max()), 2)
    return Midline(normal, offset, _step(limited, float(fitted.fun), image_name), tilt_deg)


def _fit(
    samples: _Samples, start: NDArray[np.float64], simplex: NDArray[np.float64], tolerance: float
) -> optimize.OptimizeResult:
    """Minimise the asymmetry from a first plane; `simplex` holds the first trial steps about it."""
    return optimize.minimize(
        samples.asymmetry,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": start + simplex, "xatol": tolerance, "fatol": 1e-5, "maxfev": 400},
    )


_SIMPLEX = np.array([[0.0, 0.0, 0.0], [6.0, 0.0, 0.0], [0.0, 6.0, 0.0], [0.0, 0.0, 6.0]])
"""First trial planes: 6 mm beside, 6 degrees turned, 6 degrees tilted."""


def _plane(parameters: NDArray[np.float64], centre: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return normal and offset for (shift in mm, yaw in degrees, roll in degrees) about the centre."""
    shift, yaw, roll = parameters[0], np.deg2rad(parameters[1]), np.deg2rad(parameters[2])
    normal = np.array([np.cos(yaw) * np.cos(roll), np.sin(yaw) * np.cos(roll), np.sin(roll)])
    return normal, float(centre @ normal + shift)


@dataclass(frozen=True, eq=False)
class _Samples:
    """Points inside the skull (RAS), their values, and the volume that holds their mirror images."""

    points: NDArray[np.float64]
    values: NDArray[np.float32]
    volume: NDArray[np.float32]
    centre: NDArray[np.float64]
    to_voxel: NDArray[np.float64]
    cap: float = _CAP

    def asymmetry(self, parameters: NDArray[np.float64]) -> float:
        """Return the mean capped difference from the mirror images in a plane."""
        normal, offset = _plane(parameters, self.centre)
        mirrored = self.points - 2.0 * ((self.points @ normal) - offset)[:, None] * normal
        voxels = self.to_voxel[:3, :3] @ mirrored.T + self.to_voxel[:3, 3:]
        differences = np.abs(_blurred_at(self.volume, voxels) - self.values)
        return float(np.mean(np.minimum(differences, self.cap)))


def _blurred_at(volume: NDArray[np.float32], voxels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the volume at places between voxels, blurred alike everywhere by a quadratic B-spline.

    Linear interpolation blurs between slices and not on them, so that thick slices would look most like
    themselves and no roll would be found.
    """
    return np.asarray(ndimage.map_coordinates(volume, voxels, order=2, mode="nearest", prefilter=False))


def _samples(image: NDArray[np.float32], inside: NDArray[np.bool_], grid: Grid) -> _Samples:
    """Return what is compared with its mirror image.

    Inside, the image runs from 1 to 2 between its 5th and 95th percentile; outside it is 0, so that the
    skull's outline weighs most and the brain's own features refine it.
    """
    low, high = np.percentile(image[inside], [5, 95])
    volume = np.where(inside, 1.0 + np.clip((image - low) / max(high - low, 1e-6), 0, 1), 0.0)
    sigmas = [
        0.0 if axis == grid.axial_axis else _BLUR_MM / step for axis, step in enumerate(grid.spacing_mm)
    ]
    volume = ndimage.gaussian_filter(volume.astype(np.float32), sigmas)
    index = np.argwhere(ndimage.binary_dilation(inside, iterations=2))
    kept = _keeps_its_mirror(index, grid)
    index = index[kept] if kept.mean() >= _MIN_KEPT else index
    index = index[:: max(1, len(index) // _SAMPLES)]
    points = grid.positions_mm(index)
    to_voxel = np.asarray(np.linalg.inv(grid.affine), dtype=np.float64)
    values = _blurred_at(volume, index.T.astype(np.float64))
    return _Samples(points, values, volume, points.mean(axis=0), to_voxel)


def _keeps_its_mirror(index: NDArray[np.intp], grid: Grid) -> NDArray[np.bool_]:
    """Tell which voxels have their mirror image within the slab's slices under every usual roll."""
    aside_mm = np.abs((index - index.mean(axis=0)) @ grid.affine[0, :3])
    height = index[:, grid.axial_axis]
    room = np.minimum(height, grid.shape[grid.axial_axis] - 1 - height) * grid.spacing_mm[grid.axial_axis]
    return np.asarray(room >= 2.0 * np.sin(np.deg2rad(_USUAL_ROLL_DEG)) * aside_mm)


def _step(parameters: NDArray[np.float64], asymmetry: float, image_name: str) -> Step:
    return Step(
        name="midline",
        sentence=f"The midsagittal plane was fitted as the plane of best symmetry of the {image_name}.",
        parameters={
            "shift_mm": round(float(parameters[0]), 2),
            "yaw_deg": round(float(parameters[1]), 2),
            "roll_deg": round(float(parameters[2]), 2),
            "asymmetry": round(asymmetry, 4),
        },
    )
