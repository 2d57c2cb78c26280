"""The midsagittal plane: which side a voxel lies on, and where its mirror image lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid

_SAMPLES = 20_000
_BLUR_MM = 2.0
_MAX_TILT_DEG = 25.0


@dataclass(frozen=True, eq=False)
class Midline:
    """A plane in RAS space: normal . x = offset_mm, the unit `normal` pointing to the patient's right."""

    normal: NDArray[np.float64]
    offset_mm: float
    step: Step

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


def find_midline(image: NDArray[np.float32], inside: NDArray[np.bool_], grid: Grid) -> Midline:
    """Find the plane about which the inside of the skull, and what it holds, is most symmetric.

    `image` is the pre-bolus mean; `inside` the space inside the skull. The plane is fitted in three numbers
    (offset and two tilts) by minimising the mean absolute difference between voxels and their mirror images.
    """
    points, values, volume = _samples(image, inside, grid)
    centre = points.mean(axis=0)
    to_voxel = np.linalg.inv(grid.affine)

    def asymmetry(parameters: NDArray[np.float64]) -> float:
        normal, offset = _plane(parameters, centre)
        mirrored = points - 2.0 * ((points @ normal) - offset)[:, None] * normal
        voxels = to_voxel[:3, :3] @ mirrored.T + to_voxel[:3, 3:]
        other = ndimage.map_coordinates(volume, voxels, order=1, mode="nearest")
        return float(np.mean(np.abs(other - values)))

    fitted = optimize.minimize(
        asymmetry,
        np.zeros(3),
        method="Nelder-Mead",
        options={"initial_simplex": _SIMPLEX, "xatol": 0.02, "fatol": 1e-5, "maxfev": 400},
    )
    limited = np.clip(
        fitted.x, [-np.inf, -_MAX_TILT_DEG, -_MAX_TILT_DEG], [np.inf, _MAX_TILT_DEG, _MAX_TILT_DEG]
    )
    normal, offset = _plane(limited, centre)
    return Midline(normal, offset, _step(limited, float(fitted.fun)))


_SIMPLEX = np.array([[0.0, 0.0, 0.0], [6.0, 0.0, 0.0], [0.0, 6.0, 0.0], [0.0, 0.0, 6.0]])
"""First trial planes: 6 mm beside, 6 degrees turned, 6 degrees tilted."""


def _plane(parameters: NDArray[np.float64], centre: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return normal and offset for (shift in mm, yaw in degrees, roll in degrees) about the centre."""
    shift, yaw, roll = parameters[0], np.deg2rad(parameters[1]), np.deg2rad(parameters[2])
    normal = np.array([np.cos(yaw) * np.cos(roll), np.sin(yaw) * np.cos(roll), np.sin(roll)])
    return normal, float(centre @ normal + shift)


def _samples(
    image: NDArray[np.float32], inside: NDArray[np.bool_], grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Return points inside the skull (RAS), their values, and the volume to compare with.

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
    index = index[:: max(1, len(index) // _SAMPLES)]
    return grid.positions_mm(index), volume[tuple(index.T)], volume


def _step(parameters: NDArray[np.float64], asymmetry: float) -> Step:
    return Step(
        name="midline",
        sentence="The midsagittal plane was fitted as the plane of best symmetry of the pre-bolus image.",
        parameters={
            "shift_mm": round(float(parameters[0]), 2),
            "yaw_deg": round(float(parameters[1]), 2),
            "roll_deg": round(float(parameters[2]), 2),
            "asymmetry": round(asymmetry, 4),
        },
    )
