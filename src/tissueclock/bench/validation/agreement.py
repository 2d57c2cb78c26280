"""How well a measured map, mask or volume agrees with the truth: numbers of one case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A measured quantity against a true one, over voxels (or tiles).

    `bias` and `rmse` are in the quantity's unit, measured less true; where only relative values are known
    (flow and volume on DSC) the measured ones are first scaled to the true mean: `bias` is None. `r` is
    Pearson's correlation, None where one of the two does not vary.
    """

    bias: float | None
    rmse: float
    r: float | None
    voxels: int

    @classmethod
    def of(cls, measured: Values, true: Values, relative: bool = False) -> Agreement | None:
        """Compare where both are finite; None where nothing is."""
        both = np.isfinite(measured) & np.isfinite(true)
        if not both.any():
            return None
        found, wanted = measured[both].astype(np.float64), true[both].astype(np.float64)
        if relative:
            found = found * (wanted.mean() / found.mean()) if found.mean() else found
        error = found - wanted
        varies = found.size > 1 and float(found.std()) > 0 and float(wanted.std()) > 1e-6
        return cls(
            bias=None if relative else float(error.mean()),
            rmse=float(np.sqrt((error**2).mean())),
            r=float(np.corrcoef(found, wanted)[0, 1]) if varies else None,
            voxels=int(found.size),
        )

    def to_json(self) -> dict[str, float | int | None]:
        """Return the numbers, rounded to five digits."""
        numbers = {name: getattr(self, name) for name in ("bias", "rmse", "r")}
        return {**{name: digits(value) for name, value in numbers.items()}, "voxels": self.voxels}


def dice(one: Mask, other: Mask) -> float | None:
    """Return twice the overlap over the sum of sizes; None where both are empty, which is agreement."""
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return None if total == 0 else 2 * int(np.count_nonzero(one & other)) / total


def balanced_accuracy(found: Mask, wanted: Mask) -> float | None:
    """Return the mean of sensitivity and specificity; None where one class is empty."""
    if wanted.all() or not wanted.any():
        return None
    return float((found[wanted].mean() + (~found[~wanted]).mean()) / 2)


def digits(value: float | None, significant: int = 5) -> float | None:
    """Return a number rounded to some significant digits, so that files stay small and readable."""
    return None if value is None else float(f"{value:.{significant}g}")
