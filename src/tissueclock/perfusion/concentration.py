"""From HU or MR signal to contrast agent, above the frames before the bolus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.provenance import Step
from tissueclock.image.coarse import Coarsening
from tissueclock.image.curves import Curves
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries

_COARSE_MM, _COARSE_SLICE_MM = 3.0, 5.0
_EDGE_HU, _EDGE_SHARE = 300.0, 0.6
_VESSEL_SHARE = 0.02
_FIRST_FRAMES = 3
_EARLY_SHARE = 0.1
"""Our choice: a tenth of the vessels may be earlier than the one that ends the baseline. Most are veins."""
_FALLEN_SHARE, _TALL_SHARE = 0.5, 0.4
_MIN_VESSEL_VOXELS = 20
_BODY_HU = -200.0
_MIN_SIGNAL_SHARE = 1e-3
_TINY = 1e-30

Signal = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The frames before the bolus: the first `frames` ones, until `arrival_s`."""

    frames: int
    arrival_s: float
    step: Step


def find_baseline(series: TimeSeries, rise: float) -> Baseline:
    """Find the frames before the bolus from the voxels that vary most (vessels).

    In each vessel the bolus arrives where its curve, followed back from the peak, was last below `rise` of
    it. An early vessel among them, an artery, ends the baseline; at least one frame is kept.
    """
    arrivals = _arrivals(_vessel_curves(series), rise)
    return baseline_of(series, int(np.quantile(arrivals, _EARLY_SHARE, method="lower")), rise)


def baseline_of(series: TimeSeries, arrival: int, rise: float) -> Baseline:
    """Return the baseline that the frame `arrival` ends, at least one frame long."""
    frames = max(1, arrival)
    arrival_s = float(series.times_s[min(frames, series.frames - 1)].mean())
    first = "frame" if frames == 1 else f"{frames} frames"
    sentence = (
        f"The first {first} of the {series.frames} in use, before the bolus arrived, served as baseline."
    )
    parameters = {"frames": frames, "arrival_s": round(arrival_s, 3), "rise": rise}
    return Baseline(
        frames=frames,
        arrival_s=arrival_s,
        step=Step(name="baseline", sentence=sentence, parameters=parameters),
    )


def _arrivals(curves: Signal, rise: float) -> NDArray[np.intp]:
    """Return the frame in which each curve starts to rise to its peak, of curves that also fall again.

    What only rises, or came and went before as motion does, is no bolus, unless there is nothing else.
    """
    height = curves - curves[:_FIRST_FRAMES].min(axis=0)
    frames, peak = np.arange(len(height))[:, None], height.argmax(axis=0)
    top = height.max(axis=0)
    below = np.where((height <= rise * top) & (frames < peak), frames, -1).max(axis=0)
    falls = (np.where(frames > peak, height, np.inf) < _FALLEN_SHARE * top).any(axis=0)
    before = np.abs(np.where(frames <= below, height, 0.0)).max(axis=0)
    clean = falls & (before < _FALLEN_SHARE * top)
    clean &= top >= _TALL_SHARE * top.max(where=clean, initial=0.0)
    return np.asarray((below + 1)[clean if clean.any() else slice(None)])


def concentration(series: TimeSeries, mask: NDArray[np.bool_], baseline: Baseline) -> tuple[Curves, Step]:
    """Return contrast agent curves of the voxels in `mask`, with the step in words."""
    return enhanced(series.curves(mask), series, baseline), concentration_step(series)


def enhanced(curves: Curves, series: TimeSeries, baseline: Baseline) -> Curves:
    """Return signal curves of `series` as contrast agent above the frames before the bolus."""
    start = curves.values[: baseline.frames].mean(axis=0)
    return curves.with_values(contrast(curves.values, start, series))


def contrast(values: Signal, start: Signal, series: TimeSeries) -> Signal:
    """Return signal as contrast agent, float32; `start` is the same voxels' signal before the bolus.

    CT: HU above baseline, linear in iodine. MR: delta R2* = -ln(S/S0)/TE in 1/s; signals below a thousandth
    of the baseline are raised to it. Raises ValueError for MR without an echo time.
    """
    if series.modality is Modality.CT:
        return values - start
    if series.echo_time_s is None:
        raise ValueError("MR signal needs an echo time")
    usual = np.float32(max(float(np.median(start)), _TINY)) if start.size else np.float32(1.0)
    floor = np.maximum(start, usual * np.float32(_MIN_SIGNAL_SHARE)) * np.float32(_MIN_SIGNAL_SHARE)
    ratio = np.maximum(values, floor) / np.maximum(start, floor)
    return (-np.log(ratio) / np.float32(series.echo_time_s)).astype(np.float32)


def concentration_step(series: TimeSeries) -> Step:
    """Return what `enhanced` does, in words."""
    if series.modality is Modality.CT:
        sentence = "Contrast agent was taken as the increase in attenuation over the baseline."
        return Step(name="concentration", sentence=sentence)
    sentence = "Signal was converted to the change in R2*, -ln(S/S0)/TE."
    return Step(name="concentration", sentence=sentence, parameters={"echo_time_s": series.echo_time_s})


def _vessel_curves(series: TimeSeries) -> Signal:
    """Return the curves (frames x voxels, rising with contrast) of the voxels that vary most over time.

    Looked for in the head on coarse voxels, away from steep edges: there, what is left of motion varies more
    than blood.
    """
    blocks = Coarsening.to_spacing(series.grid, _COARSE_MM, _COARSE_SLICE_MM)
    frames = np.stack([blocks.mean(series.frame(index)) for index in range(series.frames)])
    mean, spread = frames.mean(axis=0), frames.var(axis=0)
    ct = series.modality is Modality.CT
    strong = float(np.percentile(mean, 99))
    head = mean > (_BODY_HU if ct else 0.1 * strong)
    smooth = head & (_local_range(mean, blocks.grid) < (_EDGE_HU if ct else _EDGE_SHARE * strong))
    chosen = smooth if np.count_nonzero(smooth) >= _MIN_VESSEL_VOXELS else head
    count = min(max(_MIN_VESSEL_VOXELS, int(_VESSEL_SHARE * np.count_nonzero(chosen))), spread.size)
    ranked = np.argpartition(np.where(chosen, spread, -1.0).ravel(), -count)[-count:]
    curves = frames.reshape(series.frames, -1)[:, ranked]
    return np.asarray(curves if ct else -curves)


def _local_range(image: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """Return how much the image varies among each voxel's neighbours in its slice."""
    size = [1 if axis == grid.axial_axis else 3 for axis in range(3)]
    highest, lowest = ndimage.maximum_filter(image, size), ndimage.minimum_filter(image, size)
    return np.asarray(highest - lowest)
