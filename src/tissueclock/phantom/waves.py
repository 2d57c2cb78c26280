"""Smooth, deterministic texture: sums of plane waves, whose zero lines wind like sulci."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Waves:
    """A sum of cosines with random directions; its mean is 0 and its variance 1.

    `vectors` is 3 x count in radians a millimetre, `phases` has one entry a wave.
    """

    vectors: Floats
    phases: Floats

    @classmethod
    def of(cls, wavelength_mm: float, seed: int, count: int = 24, spread: float = 0.15) -> Waves:
        """Return waves whose lengths vary by `spread` about `wavelength_mm`; a seed is a pattern."""
        random = np.random.default_rng(seed)
        directions = random.standard_normal((3, count))
        directions /= np.linalg.norm(directions, axis=0)
        numbers = 2 * np.pi / wavelength_mm * random.uniform(1 - spread, 1 + spread, count)
        phases = random.uniform(0, 2 * np.pi, count)
        return cls((directions * numbers).astype(np.float32), phases.astype(np.float32))

    def at(self, positions: Floats) -> Floats:
        """Return the value at positions (n x 3, mm)."""
        angles = positions @ self.vectors + self.phases
        total: Floats = np.cos(angles).sum(axis=1)
        return total * np.float32(self._amplitude)

    def with_gradient(self, positions: Floats) -> tuple[Floats, Floats]:
        """Return the value and its gradient (n x 3, 1/mm) at positions (n x 3, mm)."""
        angles = positions @ self.vectors + self.phases
        value = np.cos(angles).sum(axis=1) * np.float32(self._amplitude)
        gradient = np.sin(angles) @ self.vectors.T * np.float32(-self._amplitude)
        return value, gradient

    @property
    def _amplitude(self) -> float:
        return float(np.sqrt(2 / self.phases.size))
