"""The venous output: the cluster with the largest area under its curve among those that come later."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from tissueclock.perfusion.aif.base import Candidates, InputCurve, arrival_samples, average

_EARLIEST_S = 2.0
_LATEST_S = 15.0
_LARGE_SHARE = 0.7
_MIN_CLUSTER = 3
_MAX_VOXELS = 12


def find_venous_output(candidates: Candidates, arterial: InputCurve) -> InputCurve | None:
    """Return the venous output, or None where no cluster of three voxels qualifies.

    A vein's bolus arrives 2 to 15 s after the artery's; the largest area has the least partial volume.
    """
    arrival_s = candidates.start_s + arrival_samples(candidates.values) * candidates.step_s
    delay = arrival_s - arterial.arrival_s
    later = np.flatnonzero((delay >= _EARLIEST_S) & (delay <= _LATEST_S))
    if later.size < _MIN_CLUSTER:
        return None
    area = np.trapezoid(candidates.values[:, later], axis=0)
    ranked = later[np.argsort(-area)]
    threshold = _LARGE_SHARE * float(np.sort(area)[-min(_MIN_CLUSTER, area.size)])
    large = later[area >= threshold]
    volume = np.zeros(candidates.grid.size, dtype=bool)
    volume[candidates.index[large]] = True
    labels, _ = ndimage.label(volume.reshape(candidates.grid.shape), structure=np.ones((3, 3, 3)))
    cluster = labels.ravel()[candidates.index]
    for best in ranked[: large.size]:
        columns = large[cluster[large] == cluster[best]]
        if columns.size >= _MIN_CLUSTER:
            areas = np.trapezoid(candidates.values[:, columns], axis=0)
            return average(candidates, columns[np.argsort(-areas)][:_MAX_VOXELS], int(best))
    return None
