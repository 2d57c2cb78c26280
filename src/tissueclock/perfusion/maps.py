"""From curves to CBF, CBV, MTT, Tmax and TTP, tile by tile; no array of residues of the whole head exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.curves import Curves
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.deconvolve.base import Deconvolution, Deconvolver
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.time_axis import EvenAxis, columns_by_slice, trapezoid_weights

_TILE = 8192
_CBF_UNIT = 6000.0
_CBV_UNIT = 100.0
_SECONDS_A_MINUTE = 60.0
_LEAST_FLOW = 1e-6

Row = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class VoxelMaps:
    """One number a voxel: CBF mL/100 g/min, CBV mL/100 g, MTT, Tmax and TTP (from arrival) in s."""

    cbf: Row
    cbv: Row
    mtt: Row
    tmax: Row
    ttp: Row


def voxel_maps(
    curves: Curves,
    aif: InputCurve,
    axis: EvenAxis,
    deconvolution: Deconvolution,
    settings: PerfusionSettings,
    scaling: float,
) -> VoxelMaps:
    """Deconvolve every curve.

    `scaling` multiplies the input's height for CBF and CBV (venous correction of partial volume). CBV is an
    area ratio by trapezoids on the true times; MTT = CBV / CBF.
    """
    cbf, cbv, tmax, ttp = (np.empty(curves.voxels, dtype=np.float32) for _ in range(4))
    lags = lag_window(settings, axis.step_s, deconvolution.method.causal)
    deconvolve = deconvolution.method.prepare(aif.values, axis.step_s, lags, deconvolution.params)
    unit = settings.kh_over_rho / scaling
    for slice_index, columns in columns_by_slice(curves):
        values = curves.values[:, columns]
        resample = axis.matrix(slice_index).astype(np.float32)
        operator = _composed(deconvolve, axis.matrix(slice_index), deconvolution.method.linear)
        height, lag, peak = _tiled(values, resample, operator, deconvolve)
        area = trapezoid_weights(curves.times_s[:, slice_index]).astype(np.float32) @ values
        cbf[columns] = _CBF_UNIT * unit * height
        cbv[columns] = _CBV_UNIT * unit * area / aif.area
        tmax[columns] = (lags[0] + lag) * axis.step_s
        ttp[columns] = axis.times_s[0] + peak * axis.step_s - aif.arrival_s
    return VoxelMaps(cbf, cbv, _transit_time(cbf, cbv, float(np.ptp(axis.times_s))), tmax, ttp)


def _transit_time(cbf: Row, cbv: Row, longest_s: float) -> Row:
    """Return CBV / CBF in s; where there is next to no flow, the length of the run: no run shows more."""
    mtt = _SECONDS_A_MINUTE * cbv / np.maximum(cbf, np.float32(_LEAST_FLOW))
    return np.asarray(np.clip(mtt, 0.0, longest_s), dtype=np.float32)


def lag_window(settings: PerfusionSettings, step_s: float, causal: bool) -> NDArray[np.intp]:
    """Return the lags in whole samples among which the maximum of k is looked for; from 0 if causal."""
    first, last = round(settings.tmax_from_s / step_s), round(settings.tmax_to_s / step_s)
    return np.arange(max(first, 0) if causal else first, last + 1)


def peak_of(values: NDArray[np.floating]) -> tuple[Row, Row]:
    """Return each column's maximum and its row, refined below a sample by a parabola through three points.

    At the first or last row there is no parabola: the sample itself is the answer.
    """
    rows, voxels = values.shape
    columns = np.arange(voxels)
    at = values.argmax(axis=0)
    middle = values[at, columns]
    left, right = values[np.maximum(at - 1, 0), columns], values[np.minimum(at + 1, rows - 1), columns]
    curvature = left - 2.0 * middle + right
    usable = (at > 0) & (at < rows - 1) & (curvature < 0)
    shift = np.where(usable, 0.5 * (left - right) / np.where(usable, curvature, 1.0), 0.0)
    height = middle - 0.25 * (left - right) * shift
    return height.astype(np.float32), (at + shift).astype(np.float32)


def _composed(
    deconvolve: Deconvolver, resample: NDArray[np.float64], linear: bool
) -> NDArray[np.float32] | None:
    """Return resampling and deconvolution as one matrix (lags x frames) where the method is linear."""
    return np.asarray(deconvolve(resample), dtype=np.float32) if linear else None


def _tiled(
    values: NDArray[np.float32],
    resample: NDArray[np.float32],
    operator: NDArray[np.float32] | None,
    deconvolve: Deconvolver,
) -> tuple[Row, Row, Row]:
    """Return, per voxel, the maximum of k, its lag index and the index of the tissue curve's peak."""
    voxels = values.shape[1]
    height, lag, peak = (np.empty(voxels, dtype=np.float32) for _ in range(3))
    for start in range(0, voxels, _TILE):
        tile = slice(start, start + _TILE)
        even = resample @ values[:, tile]
        residue = deconvolve(even) if operator is None else operator @ values[:, tile]
        height[tile], lag[tile] = peak_of(residue)
        peak[tile] = peak_of(even)[1]
    return height, lag, peak
