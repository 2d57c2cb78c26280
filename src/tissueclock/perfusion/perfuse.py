"""The chain from a time series to perfusion maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Provenance, Step
from tissueclock.core.settings import settings_to_table
from tissueclock.image.curves import Curves
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.perfusion.concentration import Baseline, concentration, concentration_step, enhanced
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.inputs import ChosenInputs, away_from_bone, baseline_before, find_inputs
from tissueclock.perfusion.maps import VoxelMaps, voxel_maps
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.offset import tmax_offset
from tissueclock.perfusion.quality import check_run, check_tissue
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.smoothing import bilateral, gaussian
from tissueclock.perfusion.survey import Survey
from tissueclock.perfusion.time_axis import EvenAxis, even_axis, shared_times, with_shared_times
from tissueclock.perfusion.vessels import find_vessels
from tissueclock.perfusion.working import Work, working_blocks

_TIPS = "Mendrik 2011, Phys Med Biol 56:3857"
_MAPS = (
    ("cbf", "SVD-CBF", "mL/100 g/min"),
    ("cbv", "CBV", "mL/100 g"),
    ("mtt", "MTT", "s"),
    ("tmax", "Tmax", "s"),
    ("ttp", "TTP", "s"),
)


def perfuse(
    series: TimeSeries,
    baseline: Baseline,
    motion: Motion,
    inside: NDArray[np.bool_],
    brain: NDArray[np.bool_],
    settings: PerfusionSettings,
    deconvolution: Deconvolution,
    quality: QualitySettings,
    chosen: ChosenInputs,
) -> PerfusionMaps:
    """Measure perfusion in `brain` (inside the skull without fluid).

    The input curves are looked for in all of `inside`. Vessels are found on the raw curves and left out
    before tissue is averaged to the working grid and denoised there; their own maps are those of their own
    curves. Raises InputError where no artery is found.
    """
    axis = even_axis(shared_times(series.times_s), settings.resample_s, settings.cubic_up_to_s)
    search = away_from_bone(inside, series.grid) if motion.realigned.any() else inside
    survey = Survey.of(series, inside, baseline)
    inputs = find_inputs(series, survey, search, baseline, axis, settings, chosen)
    better = baseline_before(inputs.aif, series, settings.baseline_rise)
    if better.frames != baseline.frames:  # what varies most is not always blood; the artery knows better
        baseline = better
        survey = Survey.of(series, inside, baseline)
        inputs = find_inputs(series, survey, search, baseline, axis, settings, chosen)
    blocks = working_blocks(series, settings)
    vessels = find_vessels(survey, brain, blocks, settings)
    work = Work.of(series, brain & ~vessels.mask, blocks)
    curves, smoothing_step = _denoised(enhanced(work.curves, series, baseline), settings)

    def maps_of(some: Curves) -> VoxelMaps:
        return voxel_maps(some, inputs.aif, axis, deconvolution, settings, inputs.scaling)

    in_vessels = with_shared_times(concentration(series, vessels.mask, baseline)[0])
    noise = _noise(curves, baseline)
    volumes = _merged(work, curves, maps_of(curves), in_vessels, maps_of(in_vessels), noise)
    steps = (
        baseline.step,
        motion.step,
        concentration_step(series),
        inputs.step,
        vessels.step,
        _working_step(work),
        smoothing_step,
        _deconvolution_step(deconvolution, settings, axis),
    )
    return PerfusionMaps(
        **_volumes(volumes, series),
        vessels=vessels.mask,
        baseline=baseline,
        times_s=axis.times_s,
        aif=inputs.aif,
        vof=inputs.vof,
        venous_scaling=inputs.scaling,
        offset=tmax_offset(inputs.aif, deconvolution, settings),
        flags=(
            *check_run(series, baseline, motion, inputs.aif, inputs.vof, quality),
            *check_tissue(series, volumes["cnr"][work.tissue], float(noise), quality),
        ),
        provenance=Provenance(steps),
    )


def _denoised(curves: Curves, settings: PerfusionSettings) -> tuple[Curves, Step]:
    """Return tissue curves denoised; what is given holds no vessel."""
    if settings.smoothing == "none":
        return curves, Step(name="denoising", sentence="Curves were not denoised.")
    plain = settings.smoothing == "gaussian"
    if plain:
        smooth, how = gaussian(curves, settings.smoothing_fwhm_mm), "a Gaussian"
    else:
        smooth = bilateral(curves, settings.smoothing_fwhm_mm, settings.similarity)
        how = "a bilateral filter guided by the similarity of curves"
    return smooth, Step(
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


def _noise(curves: Curves, baseline: Baseline) -> np.float32:
    """Return the median voxel's SD before the bolus (at least three frames)."""
    quiet = curves.values[: max(3, baseline.frames)]
    return np.float32(max(float(np.median(quiet.std(axis=0, ddof=1))), 1e-6))


def _merged(
    work: Work,
    tissue: Curves,
    tissue_maps: VoxelMaps,
    vessels: Curves,
    vessel_maps: VoxelMaps,
    noise: np.float32,
) -> dict[str, NDArray[np.float32]]:
    """Return every map on the scan's grid: tissue from the working grid, vessels from their own curves."""
    rows = {name: (getattr(tissue_maps, name), getattr(vessel_maps, name)) for name, _, _ in _MAPS}
    rows["cnr"] = (tissue.values.max(axis=0) / noise, vessels.values.max(axis=0, initial=0.0) / noise)
    merged = {}
    for name, (of_tissue, of_vessels) in rows.items():
        volume = work.on_scan(of_tissue)
        volume[vessels.mask] = of_vessels
        merged[name] = volume
    return merged


def _volumes(merged: dict[str, NDArray[np.float32]], series: TimeSeries) -> dict[str, Volume]:
    """Name the maps and their units; flow and volume are absolute on CT only (and underestimated there)."""
    relative = series.modality is Modality.MR
    volumes = {"cnr": Volume(merged["cnr"], series.grid, "CNR", "")}
    for name, quantity, unit in _MAPS:
        shown = "relative" if relative and unit != "s" else unit
        volumes[name] = Volume(merged[name], series.grid, quantity, shown)
    return volumes


def _working_step(work: Work) -> Step:
    spacing = [round(value, 3) for value in work.blocks.grid.spacing_mm]
    words = " x ".join(f"{value:g}" for value in spacing)
    sentence = (
        "Tissue curves were taken voxel by voxel."
        if work.blocks.is_identity
        else f"Tissue curves were averaged to voxels of {words} mm, vessels and fluid left out, and maps "
        "were interpolated back."
    )
    return Step(
        name="working-grid",
        sentence=sentence,
        parameters={"blocks": list(work.blocks.factors), "spacing_mm": spacing, "voxels": work.curves.voxels},
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
