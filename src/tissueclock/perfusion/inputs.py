"""The input curves: arterial input and venous output, found in the scan or read where the user says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.image.series import TimeSeries
from tissueclock.perfusion.aif.base import SELECTORS, Candidates, InputCurve, average
from tissueclock.perfusion.aif.venous import find_venous_output
from tissueclock.perfusion.concentration import Baseline, baseline_of, concentration
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.survey import Survey
from tissueclock.perfusion.time_axis import EvenAxis, with_shared_times

_CANDIDATE_SHARE = 0.05
_LIKE_CHOSEN = 0.7
"""A neighbour of a chosen voxel is averaged with it from this share of its peak on (our choice)."""
_MIN_CNR = 5.0
_FIRST_S = 3.0
_RIM_MM, _RIM_VOXELS = 2.0, 1.5

Voxel = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenInputs:
    """Voxels that the user chose for the input curves, on the scan's grid; None where the program chooses."""

    aif: Voxel | None = None
    vof: Voxel | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Inputs:
    """The input curve, the venous output, and how much the vein scales the input's height."""

    aif: InputCurve
    vof: InputCurve | None
    scaling: float
    step: Step


def find_inputs(
    series: TimeSeries,
    survey: Survey,
    search: NDArray[np.bool_],
    baseline: Baseline,
    axis: EvenAxis,
    settings: PerfusionSettings,
    chosen: ChosenInputs,
) -> Inputs:
    """Return the input curves, looked for among the twentieth of the voxels of `search` that rise highest.

    Raises InputError where no artery is found, or where a chosen voxel shows no bolus, and UsageError where
    one lies outside the scan.
    """
    found = _candidates(series, survey.tallest(_CANDIDATE_SHARE, search), baseline, axis)
    aif = (
        SELECTORS.get(settings.aif_selector).select(found)
        if chosen.aif is None
        else _read_at(chosen.aif, "--aif", series, baseline, axis)
    )
    vof = (
        find_venous_output(found, aif)
        if chosen.vof is None
        else _read_at(chosen.vof, "--vof", series, baseline, axis)
    )
    scaling = 1.0 if vof is None else float(np.clip(vof.area / aif.area, 1.0, settings.vof_scaling_max))
    return Inputs(aif=aif, vof=vof, scaling=scaling, step=_step(aif, vof, scaling, settings, chosen))


def baseline_before(aif: InputCurve, series: TimeSeries, rise: float) -> Baseline:
    """Return the frames before the artery itself begins to rise: before it passes `rise` of its peak."""
    first = max(3, round(_FIRST_S / aif.step_s))
    height = aif.values - np.median(aif.values[:first])
    peak = int(np.argmax(height))
    low = np.flatnonzero(height[:peak] <= rise * height[peak])
    start_s = aif.start_s + aif.step_s * (float(low[-1]) if low.size else 0.0)
    times = series.times_s[:, series.grid.shape[2] // 2]
    return baseline_of(series, int(np.count_nonzero(times <= start_s + 1e-6)), rise)


def away_from_bone(inside: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """Return the inside of the skull without its rim, within slices.

    Where frames were realigned, what is left of motion at the skull's steep edge looks like a bolus.
    """
    rim_mm = max(_RIM_MM, *(_RIM_VOXELS * grid.spacing_mm[axis] for axis in grid.in_plane_axes))
    spacing = [grid.spacing_mm[axis] for axis in grid.in_plane_axes]
    layers = np.moveaxis(inside, grid.axial_axis, 0)
    kept = np.stack([ndimage.distance_transform_edt(layer, spacing) > rim_mm for layer in layers])
    return np.moveaxis(kept, 0, grid.axial_axis)


def _candidates(
    series: TimeSeries, mask: NDArray[np.bool_], baseline: Baseline, axis: EvenAxis
) -> Candidates:
    curves = with_shared_times(concentration(series, mask, baseline)[0])
    return Candidates(
        values=axis.resample(curves),
        index=curves.index,
        grid=curves.grid,
        start_s=float(axis.times_s[0]),
        step_s=axis.step_s,
    )


def _read_at(voxel: Voxel, option: str, series: TimeSeries, baseline: Baseline, axis: EvenAxis) -> InputCurve:
    """Return the curve of a chosen voxel, averaged with those neighbours in its slice that are alike."""
    require_inside(voxel, option, series.grid)
    mask = _in_slice_neighbours(voxel, series.grid)
    raw, _ = concentration(series, mask, baseline)
    own = int(np.searchsorted(raw.index, np.ravel_multi_index(voxel, series.grid.shape)))
    _require_bolus(raw.values[:, own], option, voxel, baseline)
    peak = raw.values.max(axis=0)
    found = _candidates(series, mask, baseline, axis)
    return average(found, np.flatnonzero(peak >= _LIKE_CHOSEN * peak[own]), own)


def _in_slice_neighbours(voxel: Voxel, grid: Grid) -> NDArray[np.bool_]:
    """Return the mask of a voxel and the eight around it in its axial slice."""
    box = [slice(at, at + 1) for at in voxel]
    for axis in grid.in_plane_axes:
        box[axis] = slice(max(0, voxel[axis] - 1), voxel[axis] + 2)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[tuple(box)] = True
    return mask


def require_inside(voxel: Voxel, option: str, grid: Grid) -> None:
    """Raise UsageError where a voxel that the user chose lies outside the scan."""
    if not all(0 <= at < size for at, size in zip(voxel, grid.shape, strict=True)):
        words = " x ".join(str(size) for size in grid.shape)
        raise UsageError(
            f"{option} {','.join(map(str, voxel))} lies outside the scan of {words} voxels.",
            remedy="Count voxels from 0 along the scan's own axes, as the report prints them.",
        )


def _require_bolus(curve: NDArray[np.float32], option: str, voxel: Voxel, baseline: Baseline) -> None:
    noise = float(curve[: max(3, baseline.frames)].std(ddof=1))
    if not float(curve.max()) > _MIN_CNR * noise:
        raise InputError(
            f"the voxel {','.join(map(str, voxel))} chosen by {option} shows no bolus.",
            remedy=f"Choose a voxel in a vessel, or leave {option} out.",
        )


def _step(
    aif: InputCurve, vof: InputCurve | None, scaling: float, settings: PerfusionSettings, chosen: ChosenInputs
) -> Step:
    selector = SELECTORS.get(settings.aif_selector)
    sentence = (
        selector.sentence
        if chosen.aif is None
        else "The arterial input was read at a voxel that the user chose."
    )
    if chosen.vof is not None:
        sentence += " The venous output was read at a voxel that the user chose."
    if vof is not None:
        sentence += f" The input's height was scaled by {scaling:.2f} to the area of the venous output."
    return Step(
        name="input-curve",
        sentence=sentence,
        parameters={
            "selector": selector.name if chosen.aif is None else "user",
            "aif_voxel": list(aif.voxel),
            "aif_voxels": len(aif.voxels),
            "vof_selector": "largest-late-area" if chosen.vof is None else "user",
            "vof_voxel": None if vof is None else list(vof.voxel),
            "venous_scaling": round(scaling, 4),
        },
        citations=selector.citations if chosen.aif is None else (),
    )
