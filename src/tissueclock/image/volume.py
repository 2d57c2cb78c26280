"""A quantity on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.grid import Grid


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of `array` that cannot be written to."""
    view = array.view()
    view.setflags(write=False)
    return view


@dataclass(frozen=True, eq=False)
class Volume:
    """An array on a grid, with the quantity it holds and its unit. The array is read-only."""

    array: NDArray[Any]
    grid: Grid
    quantity: str
    unit: str

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape:
            raise ValueError(f"{self.quantity}: array {self.array.shape} does not fit grid {self.grid.shape}")
        object.__setattr__(self, "array", read_only(self.array))

    def volume_ml(self) -> float:
        """Return the volume of the voxels that are not zero: count x |det affine|."""
        return int(np.count_nonzero(self.array)) * self.grid.voxel_ml
