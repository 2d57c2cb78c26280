"""Two masks on one grid: what they share, how their volumes differ, and how far apart their surfaces lie.

Several numbers go by one name: which voxels are a surface, and which 95th percentile is meant, is said here
and wherever they are printed. Maier-Hein L et al., Nat Methods 2024;21:195-212; Taha AA, Hanbury A, BMC Med
Imaging 2015;15:29.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

Mask = NDArray[np.bool_]
TOLERANCES_MM = (1.0, 2.0)
"""Where surface Dice is told unless asked otherwise (our choice)."""
_ROUNDING_MM = 1e-9
NO_DISTANCE = "a mask is empty: no distance to it exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Voxels of the first mask, of the second and of both; the first is the reference.

    A share whose denominator is 0 is None. Differences are the first minus the second.
    """

    first: int
    second: int
    both: int
    voxel_ml: float

    def __post_init__(self) -> None:
        if not (0 <= self.both <= min(self.first, self.second) and self.voxel_ml > 0):
            raise ValueError(f"{self.both} voxels of {self.first} and {self.second}")

    @property
    def dice(self) -> float | None:
        """Twice what they share over the sum of both (Dice 1945); None where both are empty."""
        return _share(2 * self.both, self.first + self.second)

    @property
    def jaccard(self) -> float | None:
        """What they share over what either holds (Jaccard 1901)."""
        return _share(self.both, self.first + self.second - self.both)

    @property
    def sensitivity(self) -> float | None:
        """The share of the first that the second finds."""
        return _share(self.both, self.first)

    @property
    def precision(self) -> float | None:
        """The share of the second that lies in the first."""
        return _share(self.both, self.second)

    @property
    def volumetric_similarity(self) -> float | None:
        """1 less the difference of the volumes over their sum; where they lie does not matter."""
        difference = _share(abs(self.first - self.second), self.first + self.second)
        return None if difference is None else 1 - difference

    @property
    def difference_ml(self) -> float:
        """The first volume minus the second."""
        return (self.first - self.second) * self.voxel_ml

    @property
    def relative_difference(self) -> float | None:
        """The difference over the second volume."""
        return _share(self.first - self.second, self.second)

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {
            "voxels": {"first": self.first, "second": self.second, "both": self.both},
            "volume_ml": {"first": self.first * self.voxel_ml, "second": self.second * self.voxel_ml},
            "difference_ml": self.difference_ml,
            "relative_difference": self.relative_difference,
            "dice": self.dice,
            "jaccard": self.jaccard,
            "sensitivity": self.sensitivity,
            "precision": self.precision,
            "volumetric_similarity": self.volumetric_similarity,
        }


class Points(Enum):
    """Which voxels of a mask distances start at and end in: its boundary, or all of it."""

    BOUNDARY = "boundary"
    ALL = "all"

    def of(self, mask: Mask) -> Mask:
        """Return the voxels; one is on the boundary if a face-neighbour, or the image's edge, is outside."""
        return mask & ~binary_erosion(mask) if self is Points.BOUNDARY else mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurfaceDistances:
    """For each point of a mask the distance to the nearest point of the other, mm, between voxel centres.

    Percentiles interpolate linearly between ranks (type 7) unless they are called nearest-rank.
    """

    points: Points
    from_first_mm: NDArray[np.float64] = field(repr=False)
    from_second_mm: NDArray[np.float64] = field(repr=False)

    @property
    def directed_mm(self) -> tuple[float, float]:
        """The farthest point of the first from the second, and the other way."""
        return float(self.from_first_mm.max()), float(self.from_second_mm.max())

    @property
    def hausdorff_mm(self) -> float:
        """The farthest that a point of either lies from the other."""
        return max(self.directed_mm)

    @property
    def hd95_mm(self) -> float:
        """The larger of the two 95th percentiles."""
        return max(float(np.percentile(part, 95)) for part in (self.from_first_mm, self.from_second_mm))

    @property
    def hd95_pooled_mm(self) -> float:
        """The 95th percentile of both sets of distances together."""
        return float(np.percentile(self._pooled, 95))

    @property
    def hd95_nearest_rank_mm(self) -> float:
        """The larger of the two 95th percentiles, each a distance that occurs."""
        return max(_nearest_rank(part, 0.95) for part in (self.from_first_mm, self.from_second_mm))

    @property
    def mean_mm(self) -> float:
        """The mean of both sets together: average symmetric surface distance."""
        return float(self._pooled.mean())

    @property
    def mean_of_means_mm(self) -> float:
        """The mean of the two sets' means, so that a larger surface does not count for more."""
        return float((self.from_first_mm.mean() + self.from_second_mm.mean()) / 2)

    @property
    def _pooled(self) -> NDArray[np.float64]:
        return np.concatenate([self.from_first_mm, self.from_second_mm])

    def surface_dice(self, tolerance_mm: float) -> float:
        """Return the share of points at most so far from the other (Nikolov et al. 2021, on voxels)."""
        return float(np.mean(self._pooled <= tolerance_mm + _ROUNDING_MM))

    def to_json(self, tolerances_mm: Sequence[float]) -> dict[str, Any]:
        """Return every number by its name."""
        first, second = self.directed_mm
        return {
            "points": self.points.value,
            "n_first": len(self.from_first_mm),
            "n_second": len(self.from_second_mm),
            "hausdorff_mm": self.hausdorff_mm,
            "directed_first_mm": first,
            "directed_second_mm": second,
            "hd95_mm": self.hd95_mm,
            "hd95_pooled_mm": self.hd95_pooled_mm,
            "hd95_nearest_rank_mm": self.hd95_nearest_rank_mm,
            "mean_mm": self.mean_mm,
            "mean_of_means_mm": self.mean_of_means_mm,
            "surface_dice": [
                {"tolerance_mm": tolerance, "share": self.surface_dice(tolerance)}
                for tolerance in tolerances_mm
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskAgreement:
    """What two masks share and how far apart they lie, or the `reason` why no distance exists."""

    overlap: Overlap
    tolerances_mm: tuple[float, ...]
    distances: SurfaceDistances | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        far = self.distances.to_json(self.tolerances_mm) if self.distances else None
        return {"overlap": self.overlap.to_json(), "distances": far} | (
            {"reason": self.reason} if self.reason else {}
        )


def overlap(first: Mask, second: Mask, voxel_ml: float) -> Overlap:
    """Return what two masks of one grid share; raises ValueError where the shapes differ."""
    _require_one_shape(first, second)
    counts = (int(np.count_nonzero(mask)) for mask in (first, second, first & second))
    n_first, n_second, n_both = counts
    return Overlap(first=n_first, second=n_second, both=n_both, voxel_ml=voxel_ml)


def dice(first: Mask, second: Mask) -> float | None:
    """Return the overlap of two masks on one grid, 2 |A and B| / (|A| + |B|); None where both are empty.

    Dice LR, Ecology 1945;26:297-302. Raises ValueError where the shapes differ.
    """
    return overlap(first, second, 1.0).dice


def surface_distances(
    first: Mask, second: Mask, spacing_mm: Sequence[float], points: Points = Points.BOUNDARY
) -> SurfaceDistances | None:
    """Return the distances between two masks on one grid with perpendicular axes; None where one is empty.

    `spacing_mm` is one number an axis. Raises ValueError where the shapes differ.
    """
    _require_one_shape(first, second)
    if not (first.any() and second.any()):
        return None
    box = _box(first | second)
    ours, theirs = points.of(first)[box], points.of(second)[box]
    return SurfaceDistances(
        points=points,
        from_first_mm=distance_transform_edt(~theirs, sampling=spacing_mm)[ours],
        from_second_mm=distance_transform_edt(~ours, sampling=spacing_mm)[theirs],
    )


def _box(mask: Mask) -> tuple[slice, ...]:
    """Return the smallest box around a mask that is not empty."""
    places = np.nonzero(mask)
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in places)


def _nearest_rank(distances: NDArray[np.float64], share: float) -> float:
    rank = math.ceil(share * len(distances))
    return float(np.sort(distances)[rank - 1])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _require_one_shape(first: Mask, second: Mask) -> None:
    if first.shape != second.shape:
        raise ValueError(f"masks of {first.shape} and {second.shape}")
