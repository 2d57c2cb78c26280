"""A diffusion-weighted image: a volume, and how strongly and in which direction it was weighted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tissueclock.image.volume import Volume


@dataclass(frozen=True, eq=False, kw_only=True)
class Weighted:
    """One diffusion-weighted image.

    `b` is in s/mm2, None where nothing says it; `is_trace` tells that the image holds all directions. Raises
    ValueError for a b-value that is negative or not finite.
    """

    volume: Volume
    b: float | None
    is_trace: bool = False

    def __post_init__(self) -> None:
        if self.b is not None and not (math.isfinite(self.b) and self.b >= 0):
            raise ValueError(f"a b-value is not negative, and finite, not {self.b}")
