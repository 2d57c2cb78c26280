"""How far the head moved: an estimate from its outline, so that a moved scan is never measured in silence.

This version measures motion and does not yet correct it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Step
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import read_only

_BONE_HU = 400.0
_START_FRAMES = 5
"""Motion counts from the start of the run: from the middle, a jump half-way would read half."""


@dataclass(frozen=True, eq=False)
class Motion:
    """`displacement_mm` of the head's centre, one a frame, from where it lay first; `turn_deg` in plane."""

    displacement_mm: NDArray[np.float64]
    turn_deg: NDArray[np.float64]
    step: Step

    def __post_init__(self) -> None:
        object.__setattr__(self, "displacement_mm", read_only(self.displacement_mm))
        object.__setattr__(self, "turn_deg", read_only(self.turn_deg))


def measure_motion(series: TimeSeries) -> Motion:
    """Estimate motion from the first and second moments of the skull (CT) or of the head's signal (MR)."""
    level = _BONE_HU if series.modality is Modality.CT else 0.15 * float(np.percentile(series.frame(0), 99))
    spacing = np.array(series.grid.spacing_mm)
    moments = np.array([_moments(series.frame(index) > level, spacing) for index in range(series.frames)])
    centres, angles = moments[:, :3], moments[:, 3]
    displacement = np.linalg.norm(centres - np.median(centres[:_START_FRAMES], axis=0), axis=1)
    angles = np.unwrap(2.0 * angles) / 2.0  # an axis has no direction
    turn = np.rad2deg(angles - np.median(angles[:_START_FRAMES]))
    largest = float(displacement.max())
    step = Step(
        name="motion",
        sentence=f"The head moved by at most {largest:.1f} mm between frames; frames were not realigned.",
        parameters={
            "largest_displacement_mm": round(largest, 3),
            "largest_turn_deg": round(float(np.abs(turn).max()), 3),
        },
    )
    return Motion(displacement, turn, step)


def _moments(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return a mask's centre in mm along the voxel axes and the in-plane angle of its longest axis."""
    place = np.argwhere(mask) * spacing
    if len(place) == 0:
        return 0.0, 0.0, 0.0, 0.0
    centre = place.mean(axis=0)
    a, b = (place[:, axis] - centre[axis] for axis in (0, 1))
    angle = 0.5 * float(np.arctan2(2.0 * np.mean(a * b), np.mean(a * a) - np.mean(b * b)))
    return float(centre[0]), float(centre[1]), float(centre[2]), angle
