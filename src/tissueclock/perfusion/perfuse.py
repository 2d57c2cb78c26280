"""The chain from a time series to perfusion maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Provenance, Step
from tissueclock.core.settings import settings_to_table
from tissueclock.image.curves import Curves
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.perfusion.aif.base import SELECTORS, Candidates, InputCurve
from tissueclock.perfusion.aif.venous import find_venous_output
from tissueclock.perfusion.concentration import Baseline, concentration
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.maps import VoxelMaps, voxel_maps
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.offset import tmax_offset
from tissueclock.perfusion.quality import QualitySettings, check_run
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.smoothing import bilateral, gaussian
from tissueclock.perfusion.time_axis import EvenAxis, even_axis, shared_times, trapezoid_weights

_CANDIDATE_SHARE = 0.05
_FIRST_PASS_S = 25.0
_TIPS = "Mendrik 2011, Phys Med Biol 56:3857"


@dataclass(frozen=True, eq=False, kw_only=True)
class _Inputs:
    """The input curve, the venous output, and how much the vein scales the input's height."""

    aif: InputCurve
    vof: InputCurve | None
    scaling: float


def perfuse(
    series: TimeSeries,
    baseline: Baseline,
    motion: Motion,
    inside: NDArray[np.bool_],
    brain: NDArray[np.bool_],
    settings: PerfusionSettings,
    deconvolution: Deconvolution,
    quality: QualitySettings,
) -> PerfusionMaps:
    """Measure perfusion in `brain` (inside the skull without fluid).

    The input curves are looked for in all of `inside`. Vessels are found on the raw curves and left out
    before denoising. Raises InputError where no artery is found.
    """
    raw, concentration_step = concentration(series, inside, baseline)
    raw = Curves(raw.values, raw.index, raw.grid, shared_times(raw.times_s))
    axis = even_axis(raw.times_s, settings.resample_s, settings.cubic_up_to_s)
    inputs = _find_inputs(raw, axis, settings)
    vessels = _vessels(raw, brain, inputs.aif.arrival_s, settings)
    curves, smoothing_step = _denoised(raw.within(brain), vessels, settings)
    maps = voxel_maps(curves, inputs.aif, axis, deconvolution, settings, inputs.scaling)
    steps = (
        baseline.step,
        motion.step,
        concentration_step,
        _input_step(inputs, settings),
        _vessel_step(vessels, raw, settings),
        smoothing_step,
        _deconvolution_step(deconvolution, settings, axis),
    )
    return PerfusionMaps(
        **_volumes(curves, maps, series.modality),
        cnr=Volume(curves.on_grid(_contrast_to_noise(curves, baseline)), raw.grid, "CNR", ""),
        vessels=vessels,
        times_s=axis.times_s,
        aif=inputs.aif,
        vof=inputs.vof,
        venous_scaling=inputs.scaling,
        offset=tmax_offset(inputs.aif, deconvolution, settings),
        flags=check_run(series, baseline, motion, inputs.aif, inputs.vof, quality),
        provenance=Provenance(steps),
    )


def _find_inputs(raw: Curves, axis: EvenAxis, settings: PerfusionSettings) -> _Inputs:
    """Look for artery and vein among the twentieth of the voxels that rise highest."""
    peak = raw.values.max(axis=0)
    tall = raw.select(peak >= np.quantile(peak, 1.0 - _CANDIDATE_SHARE))
    candidates = Candidates(
        values=axis.resample(tall),
        index=tall.index,
        grid=tall.grid,
        start_s=float(axis.times_s[0]),
        step_s=axis.step_s,
    )
    aif = SELECTORS.get(settings.aif_selector).select(candidates)
    vof = find_venous_output(candidates, aif)
    scaling = 1.0 if vof is None else float(np.clip(vof.area / aif.area, 1.0, settings.vof_scaling_max))
    return _Inputs(aif=aif, vof=vof, scaling=scaling)


def _vessels(
    raw: Curves, brain: NDArray[np.bool_], arrival_s: float, settings: PerfusionSettings
) -> NDArray[np.bool_]:
    """Return the brain voxels that hold far more contrast agent than tissue does, on raw curves.

    The limit is relative to the median of the brain, so it needs no absolute scale; only the first pass
    counts, because the noise of an area grows with its length.
    """
    curves = raw.within(brain)
    times = curves.times_s[:, curves.times_s.shape[1] // 2]
    first_pass = (times >= arrival_s) & (times <= arrival_s + _FIRST_PASS_S)
    weights = np.where(first_pass, trapezoid_weights(times), 0.0).astype(np.float32)
    area = weights @ curves.values
    return curves.on_grid(area, outside=0.0) > settings.vessel_times_median * float(np.median(area))


def _denoised(curves: Curves, vessels: NDArray[np.bool_], settings: PerfusionSettings) -> tuple[Curves, Step]:
    """Return brain curves with the tissue denoised and the vessels untouched."""
    tissue = curves.within(~vessels)
    if settings.smoothing == "none":
        return curves, Step(name="denoising", sentence="Curves were not denoised.")
    plain = settings.smoothing == "gaussian"
    if plain:
        smooth, how = gaussian(tissue, settings.smoothing_fwhm_mm), "a Gaussian"
    else:
        smooth = bilateral(tissue, settings.smoothing_fwhm_mm, settings.similarity)
        how = "a bilateral filter guided by the similarity of curves"
    values = curves.values.copy()
    values[:, ~vessels.ravel()[curves.index]] = smooth.values
    return curves.with_values(values), Step(
        name="denoising",
        sentence=f"Tissue curves were denoised by {how} of {settings.smoothing_fwhm_mm:g} mm "
        "full width at half maximum.",
        parameters={
            "smoothing": settings.smoothing,
            "smoothing_fwhm_mm": settings.smoothing_fwhm_mm,
            "similarity": settings.similarity,
        },
        citations=() if plain else (_TIPS,),
    )


def _contrast_to_noise(curves: Curves, baseline: Baseline) -> NDArray[np.float32]:
    """Return each curve's peak over the median voxel's SD before the bolus (at least three frames)."""
    quiet = curves.values[: max(3, baseline.frames)]
    noise = float(np.median(quiet.std(axis=0, ddof=1)))
    return np.asarray(curves.values.max(axis=0) / np.float32(max(noise, 1e-6)))


def _volumes(curves: Curves, maps: VoxelMaps, modality: Modality) -> dict[str, Volume]:
    """Put the maps on the grid; flow and volume are absolute on CT only (and underestimated there)."""
    absolute = modality is Modality.CT
    rows = {
        "cbf": (maps.cbf, "SVD-CBF", "mL/100 g/min" if absolute else "relative"),
        "cbv": (maps.cbv, "CBV", "mL/100 g" if absolute else "relative"),
        "mtt": (maps.mtt, "MTT", "s"),
        "tmax": (maps.tmax, "Tmax", "s"),
        "ttp": (maps.ttp, "TTP", "s"),
    }
    return {
        key: Volume(curves.on_grid(row), curves.grid, quantity, unit)
        for key, (row, quantity, unit) in rows.items()
    }


def _input_step(inputs: _Inputs, settings: PerfusionSettings) -> Step:
    selector = SELECTORS.get(settings.aif_selector)
    scaled = f" Its height was scaled by {inputs.scaling:.2f} to the area of the venous output."
    return Step(
        name="input-curve",
        sentence=selector.sentence + (scaled if inputs.vof is not None else ""),
        parameters={
            "selector": selector.name,
            "aif_voxel": list(inputs.aif.voxel),
            "aif_voxels": len(inputs.aif.voxels),
            "vof_voxel": None if inputs.vof is None else list(inputs.vof.voxel),
            "venous_scaling": round(inputs.scaling, 4),
        },
        citations=selector.citations,
    )


def _vessel_step(vessels: NDArray[np.bool_], raw: Curves, settings: PerfusionSettings) -> Step:
    limit = settings.vessel_times_median
    return Step(
        name="vessels",
        sentence=f"Voxels whose first pass has more than {limit:g} times the area of the brain's median were "
        "taken as vessels and left out of denoising, reference and lesions.",
        parameters={
            "vessel_times_median": limit,
            "vessels_ml": round(int(vessels.sum()) * raw.grid.voxel_ml, 3),
        },
    )


def _deconvolution_step(deconvolution: Deconvolution, settings: PerfusionSettings, axis: EvenAxis) -> Step:
    method = deconvolution.method
    how = method.sentence(deconvolution.params)
    return Step(
        name="deconvolution",
        sentence=f"Curves were resampled to {settings.resample_s:g} s. {how} "
        f"Tmax is the sub-sample maximum between {settings.tmax_from_s:g} and {settings.tmax_to_s:g} s; "
        "CBV is the ratio of areas, MTT their quotient.",
        parameters={**settings_to_table(settings), **deconvolution.to_table(), "samples": axis.samples},
        citations=method.citations,
    )
