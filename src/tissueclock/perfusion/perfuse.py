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
from tissueclock.perfusion.adaptive import adaptive
from tissueclock.perfusion.concentration import Baseline, concentration, concentration_step, enhanced
from tissueclock.perfusion.deconvolve.base import Deconvolution
from tissueclock.perfusion.dictionary import Estimates, estimate, estimation_step
from tissueclock.perfusion.inputs import ChosenInputs, away_from_bone, baseline_before, find_inputs
from tissueclock.perfusion.maps import VoxelMaps, voxel_maps
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.offset import tmax_offset
from tissueclock.perfusion.quality import check_run, check_tissue
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.smoothing import Denoised, bilateral, gaussian, undenoised
from tissueclock.perfusion.survey import Survey
from tissueclock.perfusion.time_axis import EvenAxis, even_axis, shared_times, with_shared_times
from tissueclock.perfusion.vessels import find_vessels
from tissueclock.perfusion.working import Work, working_blocks

_TIPS = "Mendrik 2011, Phys Med Biol 56:3857"
_AWS = "Polzehl 2000, J R Stat Soc B 62:335"
_LEAST_QUIET = 3
_MAPS = (
    ("cbf", "SVD-CBF", "mL/100 g/min"),
    ("cbv", "CBV", "mL/100 g"),
    ("mtt", "MTT", "s"),
    ("tmax", "Tmax", "s"),
    ("ttp", "TTP", "s"),
    ("delay", "delay", "s"),
    ("flow", "flow", "mL/100 g/min"),
    ("transit", "transit time", "s"),
)


@dataclass(frozen=True, eq=False)
class _Measured:
    """What was measured of some curves: the rule method's maps, the estimates beside it, and the CNR."""

    rule: VoxelMaps
    beside: Estimates
    cnr: NDArray[np.float32]

    def rows(self) -> dict[str, NDArray[np.float32]]:
        """Return every map by its name."""
        rule, beside = self.rule, self.beside
        return {
            "cbf": rule.cbf,
            "cbv": rule.cbv,
            "mtt": rule.mtt,
            "tmax": rule.tmax,
            "ttp": rule.ttp,
            "delay": beside.delay_s,
            "flow": beside.flow,
            "transit": beside.mtt_s,
            "cnr": self.cnr,
        }


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
    structure = _structure(work.curves, series.modality)
    denoised, smoothing_step = _denoised(enhanced(work.curves, series, baseline), structure, settings)

    def measured(some: Curves, noise_sd: NDArray[np.float32]) -> _Measured:
        return _Measured(
            voxel_maps(some, inputs.aif, axis, deconvolution, settings, inputs.scaling),
            estimate(some, noise_sd, inputs.aif, settings, inputs.scaling),
            _cnr(some, noise_sd),
        )

    in_vessels = with_shared_times(concentration(series, vessels.mask, baseline)[0])
    noise_sd = denoised.noise_sd(max(_LEAST_QUIET, baseline.frames))
    peaks = denoised.curves.values.max(axis=0)
    contrast_noise = float(np.median(peaks / noise_sd)) if peaks.size else 0.0
    single_sd = np.full(in_vessels.voxels, denoised.single_sd(noise_sd), dtype=np.float32)
    tissue_maps, vessel_maps = measured(denoised.curves, noise_sd), measured(in_vessels, single_sd)
    volumes = _merged(work, tissue_maps, vessel_maps, vessels.mask)
    steps = (
        baseline.step,
        motion.step,
        concentration_step(series),
        inputs.step,
        vessels.step,
        _working_step(work),
        smoothing_step,
        _deconvolution_step(deconvolution, settings, axis),
        estimation_step(),
    )
    return PerfusionMaps(
        **_volumes(volumes, series),
        vessels=vessels.mask,
        baseline=baseline,
        times_s=axis.times_s,
        aif=inputs.aif,
        vof=inputs.vof,
        venous_scaling=inputs.scaling,
        contrast_noise=contrast_noise,
        offset=tmax_offset(inputs.aif, deconvolution, settings),
        flags=(
            *check_run(series, baseline, motion, inputs.aif, inputs.vof, quality),
            *check_tissue(series, peaks, contrast_noise, quality),
        ),
        provenance=Provenance(steps),
    )


def _denoised(
    curves: Curves, structure: NDArray[np.float32], settings: PerfusionSettings
) -> tuple[Denoised, Step]:
    """Return tissue curves denoised; what is given holds no vessel."""
    fwhm_mm, similarity = settings.smoothing_fwhm_mm, settings.similarity
    if settings.smoothing == "none":
        return undenoised(curves), Step(name="denoising", sentence="Curves were not denoised.")
    if settings.smoothing == "gaussian":
        smooth, how, source = gaussian(curves, fwhm_mm), "by a Gaussian", ""
    elif settings.smoothing == "bilateral":
        smooth = bilateral(curves, fwhm_mm, similarity)
        how, source = "by a bilateral filter guided by the similarity of curves", _TIPS
    else:
        smooth = adaptive(curves, structure / np.float32(settings.structure_tolerance), fwhm_mm, similarity)
        how, source = "over neighbours found alike, in neighbourhoods growing to one", _AWS
    return smooth, Step(
        name="denoising",
        sentence=f"Tissue curves were denoised {how} of {fwhm_mm:g} mm full width at half maximum.",
        parameters={
            "smoothing": settings.smoothing,
            "smoothing_fwhm_mm": fwhm_mm,
            "similarity": similarity,
            "structure_tolerance": settings.structure_tolerance,
        },
        citations=(source,) if source else (),
    )


def _structure(signal: Curves, modality: Modality) -> NDArray[np.float32]:
    """Return the mean signal over the run: in HU on CT, in percent of the median voxel's on MR."""
    mean = signal.values.mean(axis=0)
    usual = max(float(np.median(mean)), 1e-6) if mean.size else 1.0
    return mean if modality is Modality.CT else np.asarray(100.0 * mean / np.float32(usual))


def _cnr(curves: Curves, noise_sd: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far a curve's energy exceeds that of its noise, in standard deviations of noise alone."""
    varying = curves.values - curves.values.mean(axis=0)
    freedom = curves.frames - 1
    energy = np.einsum("fv,fv->v", varying, varying) / noise_sd**2
    return np.asarray((energy - freedom) / np.sqrt(2.0 * freedom), dtype=np.float32)


def _merged(
    work: Work, tissue: _Measured, in_vessels: _Measured, vessels: NDArray[np.bool_]
) -> dict[str, NDArray[np.float32]]:
    """Return every map on the scan's grid: tissue from the working grid, vessels from their own curves."""
    of_vessels, merged = in_vessels.rows(), {}
    for name, row in tissue.rows().items():
        volume = work.on_scan(row)
        volume[vessels] = of_vessels[name]
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
