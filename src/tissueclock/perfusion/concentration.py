"""From HU or MR signal to contrast agent, above the frames before the bolus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Step
from tissueclock.image.curves import Curves
from tissueclock.image.series import Modality, TimeSeries

_VESSEL_SHARE = 0.002
_MIN_VESSEL_VOXELS = 20
_BODY_HU = -200.0
_MIN_SIGNAL_SHARE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The frames before the bolus: the first `frames` ones, until `arrival_s`."""

    frames: int
    arrival_s: float
    step: Step


def find_baseline(series: TimeSeries, rise: float) -> Baseline:
    """Find the frames before the bolus from the voxels that vary most (vessels).

    The bolus arrives where their mean curve first passes `rise` of its peak; at least one frame is kept.
    """
    curve = _vessel_curve(series)
    start = float(curve[:3].min())
    height = curve - start
    peak = int(np.argmax(height))
    above = height > rise * height[peak]
    arrival = peak
    while arrival > 1 and above[arrival - 1]:
        arrival -= 1
    frames = max(1, arrival)
    arrival_s = float(series.times_s[min(frames, series.frames - 1)].mean())
    sentence = f"The first {frames} frames, before the bolus arrived, served as baseline."
    parameters = {"frames": frames, "arrival_s": round(arrival_s, 3), "rise": rise}
    return Baseline(
        frames=frames,
        arrival_s=arrival_s,
        step=Step(name="baseline", sentence=sentence, parameters=parameters),
    )


def concentration(series: TimeSeries, mask: NDArray[np.bool_], baseline: Baseline) -> tuple[Curves, Step]:
    """Return contrast agent curves of the voxels in `mask`.

    CT: HU above baseline, linear in iodine. MR: delta R2* = -ln(S/S0)/TE in 1/s; signals below a thousandth
    of the baseline are raised to it.
    """
    curves = series.curves(mask)
    values = curves.values
    start = values[: baseline.frames].mean(axis=0)
    if series.modality is Modality.CT:
        sentence = "Contrast agent was taken as the increase in attenuation over the baseline."
        return curves.with_values(values - start), Step(name="concentration", sentence=sentence)
    if series.echo_time_s is None:
        raise ValueError("MR signal needs an echo time")
    floor = np.maximum(start, 1.0) * _MIN_SIGNAL_SHARE
    ratio = np.maximum(values, floor) / np.maximum(start, floor)
    sentence = "Signal was converted to the change in R2*, -ln(S/S0)/TE."
    step = Step(name="concentration", sentence=sentence, parameters={"echo_time_s": series.echo_time_s})
    return curves.with_values((-np.log(ratio) / series.echo_time_s).astype(np.float32)), step


def _vessel_curve(series: TimeSeries) -> NDArray[np.float64]:
    """Return the mean curve (rising with contrast) of the voxels in the body that vary most over time."""
    total = np.zeros(series.grid.shape)
    squares = np.zeros(series.grid.shape)
    for index in range(series.frames):
        frame = series.frame(index).astype(np.float64)
        total += frame
        squares += frame * frame
    mean = total / series.frames
    floor = _BODY_HU if series.modality is Modality.CT else 0.1 * float(np.percentile(mean, 99))
    spread = np.where(mean > floor, squares / series.frames - mean * mean, -1.0)
    count = max(_MIN_VESSEL_VOXELS, int(_VESSEL_SHARE * np.count_nonzero(mean > floor)))
    chosen = np.zeros(series.grid.size, dtype=bool)
    chosen[np.argpartition(spread.ravel(), -count)[-count:]] = True
    mask = chosen.reshape(series.grid.shape)
    sign = 1.0 if series.modality is Modality.CT else -1.0
    return np.array([sign * float(series.frame(index)[mask].mean()) for index in range(series.frames)])
