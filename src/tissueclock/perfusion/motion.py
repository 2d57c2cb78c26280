"""Motion of the head between frames: estimated against the first frames, and undone by resampling."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.rigid import Aligner, RigidMotion, resampled
from tissueclock.core.provenance import Step
from tissueclock.image.coarse import Coarsening
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import read_only

_COARSE_MM = 3.6
_SLICE_MM = 5.0
"""Frames are compared on voxels of about this size: 64 x 64 for a head (our choice)."""
_REFERENCE_FRAMES = 5
"""Motion counts from the start of the run, which the bolus has not reached."""
_CLIP_HU = (-200.0, 800.0)
_HEAD_HU = -200.0
_CLIP_SHARE = 0.5
"""MR: signal is clipped at this share of the head's median, so that the bolus, which takes less than half of
the brain's signal away, leaves the head's outline alone (our choice)."""
_STILL_MM = 0.2
"""Frames that moved less are left as they are: interpolation would cost more than it mends (our choice)."""
_PROBES = 500

Frame = NDArray[np.float32]
_BY_FRAME = ("displacement_mm", "through_slices", "turn_deg", "residual_mm", "realigned", "interpolated")


@dataclass(frozen=True, eq=False, kw_only=True)
class Motion:
    """What each frame did, one entry a frame.

    `displacement_mm` is how far the part of the head that moved most went, `through_slices` how far it went
    across slices, as a share of their distance, `turn_deg` the angle of the rotation, `residual_mm` what the
    alignment could not explain, as the shift of an edge. `realigned` frames
    were resampled, `interpolated` ones replaced. `transforms` hold the rigid motions.
    """

    displacement_mm: NDArray[np.float64]
    through_slices: NDArray[np.float64]
    turn_deg: NDArray[np.float64]
    residual_mm: NDArray[np.float64]
    realigned: NDArray[np.bool_]
    interpolated: NDArray[np.bool_]
    transforms: tuple[RigidMotion, ...]

    def __post_init__(self) -> None:
        for name in _BY_FRAME:
            if getattr(self, name).shape != (len(self.transforms),):
                raise ValueError(f"{name} has one entry a frame")
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def largest_mm(self) -> float:
        """The largest displacement of any frame."""
        return float(self.displacement_mm.max())

    @property
    def largest_kept_mm(self) -> float:
        """The largest displacement of a frame that was not replaced."""
        return float(np.where(self.interpolated, 0.0, self.displacement_mm).max())

    @property
    def left_mm(self) -> float:
        """The largest residual of a frame that was not replaced."""
        return float(np.where(self.interpolated, 0.0, self.residual_mm).max())

    @property
    def largest_through_slices(self) -> float:
        """The largest motion across slices of a frame that was not replaced, as a share of their distance."""
        return float(np.where(self.interpolated, 0.0, self.through_slices).max())

    @property
    def step(self) -> Step:
        """The step in words, with its numbers."""
        count = int(self.realigned.sum())
        done = f"{count} frames were realigned" if count else "no frame was realigned"
        return Step(
            name="motion",
            sentence=f"Every frame was compared with the first {_REFERENCE_FRAMES} by rigid alignment; the "
            f"head moved by at most {self.largest_mm:.1f} mm, and {done}.",
            parameters={
                "largest_displacement_mm": round(self.largest_mm, 3),
                "largest_share_of_slice_distance": round(self.largest_through_slices, 4),
                "largest_turn_deg": round(float(self.turn_deg.max()), 3),
                "largest_residual_mm": round(self.left_mm, 3),
                "frames_realigned": count,
                "still_below_mm": _STILL_MM,
            },
        )

    def replacing(self, frame: int) -> Motion:
        """Return the motion with one frame marked as interpolated instead of realigned."""
        at = np.arange(len(self.transforms)) == frame
        return replace(self, realigned=self.realigned & ~at, interpolated=self.interpolated | at)


def measure_motion(series: TimeSeries) -> Motion:
    """Estimate the rigid motion of every frame against the median of the first ones; changes nothing."""
    coarse = Coarsening.to_spacing(series.grid, _COARSE_MM, _SLICE_MM)
    early = [coarse.mean(series.frame(index)) for index in _first_frames(series)]
    first: Frame = np.median(early, axis=0).astype(np.float32)
    prepare = _preparation(first, series.modality)
    aligner = Aligner(prepare(first), coarse.grid)
    probes = _probes(first, series.modality, coarse)
    found = [aligner.align(prepare(coarse.mean(series.frame(index)))) for index in range(series.frames)]
    displacement = np.array([item.motion.displacement_mm(probes) for item in found])
    across = _across_slices(series.grid)
    return Motion(
        displacement_mm=displacement,
        through_slices=np.array([_largest_along(item.motion, probes, across) for item in found]),
        turn_deg=np.array([item.motion.turn_deg for item in found]),
        residual_mm=np.array([item.residual_mm for item in found]),
        realigned=displacement > _STILL_MM,
        interpolated=np.zeros(series.frames, dtype=bool),
        transforms=tuple(item.motion for item in found),
    )


def realign(series: TimeSeries, motion: Motion) -> TimeSeries:
    """Return the run with the frames that `motion` marks resampled to where the head lay first."""
    moved = [int(index) for index in np.flatnonzero(motion.realigned)]
    if not moved:
        return series

    def back(index: int) -> Frame:
        return resampled(series.frame(index), series.grid, motion.transforms[index])

    with ThreadPoolExecutor(max_workers=2) as pool:
        return series.with_frames(zip(moved, pool.map(back, moved), strict=True))


def _across_slices(grid: Grid) -> NDArray[np.float64]:
    """Return the direction across axial slices, one long for their distance."""
    step = grid.affine[:3, grid.axial_axis]
    return np.asarray(step / float(step @ step))


def _largest_along(motion: RigidMotion, points: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
    return float(np.abs((motion.moved(points) - points) @ direction).max())


def _first_frames(series: TimeSeries) -> range:
    return range(min(_REFERENCE_FRAMES, series.frames))


def _preparation(first: Frame, modality: Modality) -> Callable[[Frame], Frame]:
    """Return the clipping that leaves the edges of the head and takes contrast agent away."""
    low, high = _CLIP_HU if modality is Modality.CT else (0.0, _CLIP_SHARE * _head_median(first))
    return lambda frame: np.clip(frame, np.float32(low), np.float32(high))


def _head_level(first: NDArray[np.floating]) -> float:
    return 0.3 * float(np.percentile(first, 99))


def _head_median(first: NDArray[np.floating]) -> float:
    head = first[first > _head_level(first)]
    return float(np.median(head)) if head.size else 1.0


def _probes(first: NDArray[np.floating], modality: Modality, coarse: Coarsening) -> NDArray[np.float64]:
    """Return points spread over the head, at which displacement is measured."""
    level = _HEAD_HU if modality is Modality.CT else _head_level(first)
    index = np.argwhere(first > level)
    if len(index) == 0:
        index = np.array([[0, 0, 0], np.array(coarse.grid.shape) - 1])
    return coarse.grid.positions_mm(index[:: max(1, len(index) // _PROBES)])
