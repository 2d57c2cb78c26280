"""The first frames of a DSC run, before the signal has settled: brighter, and no baseline."""

from __future__ import annotations

import numpy as np

from tissueclock.core.provenance import Step
from tissueclock.image.series import Modality, TimeSeries

_HEAD_SHARE = 0.15
_LATER_FRAMES = 3
_MOST = 6
"""A spoiled gradient echo settles within a few repetitions (our choice)."""


def unsettled_frames(series: TimeSeries, excess: float) -> int:
    """Return how many frames at the start are brighter than the frames after them by more than `excess`.

    Brightness is the head's mean; each frame is held against the median of the three that follow, before the
    bolus takes signal away. Frames count only if the signal then stays level: an early bolus falls too, but
    comes back. 0 on CT, and where nothing settles within six frames.
    """
    if series.modality is not Modality.MR or series.frames < _MOST + _LATER_FRAMES + 1:
        return 0
    mean = _head_mean(series, _MOST + _LATER_FRAMES + 1)
    for count in range(_MOST + 1):
        later = np.array(mean[count + 1 : count + 1 + _LATER_FRAMES])
        if count == 0 and mean[0] <= (1.0 + excess) * np.median(later):
            return 0
        if (np.abs(later - mean[count]) <= excess * mean[count]).all():
            return count
    return 0


def settled(series: TimeSeries, excess: float) -> tuple[TimeSeries, tuple[Step, ...]]:
    """Return the run without its unsettled frames, and the step in words where there were any."""
    count = unsettled_frames(series, excess)
    if count == 0:
        return series, ()
    words = "One frame at the start was" if count == 1 else f"{count} frames at the start were"
    step = Step(
        name="steady-state",
        sentence=f"{words} left out: the signal had not settled.",
        parameters={"frames": count, "excess": excess},
    )
    return series.without_frames(frozenset(range(count))), (step,)


def _head_mean(series: TimeSeries, frames: int) -> list[float]:
    first = series.frame(_LATER_FRAMES)
    head = first > _HEAD_SHARE * float(np.percentile(first, 99))
    return [float(series.frame(index)[head].mean(dtype=np.float64)) for index in range(frames)]
