"""A diffusion-weighted image: a volume, and how strongly and in which direction it was weighted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tissueclock.image.volume import Volume

_SAME_B = 0.02
"""b-values of one shell differ by so much of themselves, as imaging gradients add to them (our choice)."""


def is_same_b(one: float | None, other: float | None) -> bool:
    """Return whether two b-values (s/mm2, None: not stated) are of one shell; 0 is of none but its own."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME_B * max(one, other)


@dataclass(frozen=True, eq=False, kw_only=True)
class Weighted:
    """One diffusion-weighted image.

    `b` is in s/mm2, None where nothing says it; `is_trace` tells that the image holds all directions,
    `is_direction` that it is stated to hold one; neither where nothing says it. Raises ValueError for a
    b-value that is negative or not finite, or an image that is both.
    """

    volume: Volume
    b: float | None
    is_trace: bool = False
    is_direction: bool = False

    def __post_init__(self) -> None:
        if self.is_trace and self.is_direction:
            raise ValueError("an image is of one direction or of all")
        if self.b is not None and not (math.isfinite(self.b) and self.b >= 0):
            raise ValueError(f"a b-value is not negative, and finite, not {self.b}")
