"""Masks of a lesion, and the rules that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Provenance
from tissueclock.image.grid import Grid
from tissueclock.image.volume import read_only

Mask = NDArray[np.bool_]


class Side(Enum):
    """The patient's side."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    NONE = "none"


def freeze_masks(value: Any, grid: Grid) -> None:
    """Make every array of a dataclass's new value read-only.

    Raises ValueError for one that is no mask on the grid.
    """
    for item in fields(value):
        array = getattr(value, item.name)
        if isinstance(array, np.ndarray):
            if array.shape != grid.shape or array.dtype != bool:
                raise ValueError(f"{item.name} is no mask on the grid")
            object.__setattr__(value, item.name, read_only(array))


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """The tissue that a relative flow is relative to: its voxels, mean flow and where it was taken."""

    mask: Mask
    mean_cbf: float
    ml: float
    where: str


@dataclass(frozen=True, eq=False, kw_only=True)
class LesionMasks:
    """What was found.

    `tissue` is brain without vessels, `certain` tissue with enough bolus to be judged; `unknown` tissue with
    too little bolus outside delayed tissue. `late` is what a time to peak marks, without an input curve.
    `cores` maps a CBF limit (percent of the reference) to its mask, empty on MR. `ladder` maps a Tmax limit
    in seconds to its mask. `core_low` and `core_high` are the core with the reference lower and higher, and
    `delay_low` and `delay_high` the delayed tissue with the limit on Tmax later and earlier.
    `side_is_chosen` tells that the user stated the side. `dropped_ml` holds the volumes of the clusters that
    were dropped as too small.
    """

    grid: Grid
    brain: Mask
    tissue: Mask
    certain: Mask
    unknown: Mask
    hypoperfused: Mask
    late: Mask
    ladder: Mapping[float, Mask]
    cores: Mapping[float, Mask]
    core_low: Mask | None
    core_high: Mask | None
    delay_low: Mask
    delay_high: Mask
    reference: Reference
    side: Side
    side_is_chosen: bool
    right: Mask
    dropped_ml: Mapping[str, float]
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze_masks(self, self.grid)
        if (self.hypoperfused & ~self.brain).any():
            raise ValueError("a lesion lies inside the brain")
        for name in ("ladder", "cores", "dropped_ml"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def ml(self, mask: Mask) -> float:
        """Return a mask's volume: voxels x |det affine|."""
        return int(np.count_nonzero(mask)) * self.grid.voxel_ml
