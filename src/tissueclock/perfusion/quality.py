"""Checks of a perfusion run's times, input curves and tissue; limits are settings of the preset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.quality import SHARE, Gate, Level, QualityFlag
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import Baseline
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.motion_checks import check_motion
from tissueclock.perfusion.quality_settings import QualitySettings

_FIRST_PASS_S = 25.0
"""A gap counts from the bolus' arrival until this much later (our choice, as for areas of the first pass)."""
_MIN_QUIET_FRAMES = 3

BASELINE = Gate(
    id="baseline",
    judges="time from the first frame in use to the bolus",
    harm="What is subtracted from every curve is uncertain.",
    unit="s",
    warn="baseline_warn_s",
    source="our choice; 10 s are recommended (Kasasbeh 2016, PMC5134896)",
)
BASELINE_FRAMES = Gate(
    id="baseline-frames",
    judges="frames before the bolus",
    harm="A baseline that holds contrast, or one frame's noise, shifts every curve: flow reads too low.",
    unit="frames",
    warn="baseline_frames_warn",
    fail="baseline_frames_fail",
)
ARRIVAL = Gate(
    id="bolus-arrival",
    judges="time from the first frame to the bolus in the artery",
    harm="A late bolus leaves less of the run for the tissue: injection, or the heart, was slow.",
    unit="s",
    warn="arrival_warn_s",
)
COVERAGE = Gate(
    id="coverage",
    judges="scan after the arterial peak",
    harm="CBV, MTT and late Tmax read too low; delayed tissue is lost.",
    unit="s",
    warn="coverage_warn_s",
    fail="coverage_fail_s",
    source="our choice, after Copen 2015 (AJNR) and de la Rosa 2022 (doi:10.1101/2022.06.16.22276371)",
)
ARTERIAL_PEAK = Gate(
    id="arterial-peak",
    judges="height of the arterial curve",
    harm="A poor bolus, or no artery was found: flow and Tmax are noise.",
    unit="HU",
    warn="aif_peak_warn_hu",
    fail="aif_peak_fail_hu",
    only="CT",
)
TISSUE_DROP = Gate(
    id="tissue-drop",
    judges="signal that the median tissue loses to the bolus",
    harm="A poor bolus, or none: Tmax is noise.",
    unit=SHARE,
    warn="tissue_drop_warn",
    fail="tissue_drop_fail",
    only="MR",
)
SATURATION = Gate(
    id="aif-saturation",
    judges="lowest signal of the arterial voxels over the SD of their noise",
    harm="The artery's peak is cut off by the noise floor: Tmax and relative flow are distorted.",
    unit="SD",
    warn="saturation_warn",
    only="MR",
)
WIDTH = Gate(
    id="bolus-width",
    judges="width of the bolus in the artery at half its height",
    harm="Tmax reads too long in slow tissue, without any delay.",
    unit="s",
    warn="bolus_width_warn_s",
    fail="bolus_width_fail_s",
    source="our choice, from digital curves: at 16 s undelayed tissue of MTT 24 s reads Tmax > 6 s",
)
VEIN = Gate(
    id="venous-output",
    judges="end of the venous curve over its peak",
    harm="The bolus is cut off, or no vein was found to correct the artery's height by.",
    unit=SHARE,
    warn="venous_fall_warn",
    source="our choice; that the vein must fall: Kasasbeh 2016, PMC5134896",
)
SAMPLING = Gate(
    id="sampling",
    judges="median time between frames",
    harm="Peaks are missed.",
    unit="s",
    warn="interval_warn_s",
)
GAP = Gate(
    id="frame-gap",
    judges="longest time between frames while the bolus passes",
    harm="Frames are missing where curves change most: peaks are missed.",
    unit="s",
    warn="gap_warn_s",
    fail="gap_fail_s",
    source="our choice; one missing frame of a 2-s run costs under 10 % (Oei, interleaved CTP)",
)
NOISE = Gate(
    id="noise",
    judges="median peak of the tissue's denoised curves over their noise",
    harm="The core reads too small, then Tmax scatters: small lesions appear and vanish.",
    unit="SD",
    warn="contrast_noise_warn",
    fail="contrast_noise_fail",
    source="our choice, from digital heads: at 22 a core of 13 mL read 11, at 17 half, at 12 a seventh",
)
GATES = (
    BASELINE,
    BASELINE_FRAMES,
    ARRIVAL,
    COVERAGE,
    ARTERIAL_PEAK,
    TISSUE_DROP,
    SATURATION,
    WIDTH,
    VEIN,
    SAMPLING,
    GAP,
    NOISE,
)


def check_run(
    series: TimeSeries,
    baseline: Baseline,
    motion: Motion,
    aif: InputCurve,
    vof: InputCurve | None,
    settings: QualitySettings,
) -> tuple[QualityFlag, ...]:
    """Return every check of times, motion and input curves, passed ones too."""
    end_s = float(series.times_s[-1].min())
    start_s = float(series.times_s[0].mean())
    ct = series.modality is Modality.CT
    return (
        _baseline(baseline, start_s, settings),
        _baseline_frames(baseline, settings),
        _arrival(aif.arrival_s - start_s, settings),
        _coverage(end_s - aif.peak_s, settings),
        _height(aif, settings) if ct else _saturation(series, baseline, aif, settings),
        _width(aif, settings),
        _vein(vof, settings),
        _sampling(series, settings),
        _gap(series, aif, settings),
        *check_motion(motion, settings),
    )


def check_tissue(
    series: TimeSeries,
    peaks: NDArray[np.floating],
    contrast_noise: float,
    settings: QualitySettings,
) -> tuple[QualityFlag, ...]:
    """Return the checks of tissue, from the peaks of denoised curves, and their median over its noise."""
    flags = (_contrast_noise(contrast_noise, settings),)
    if series.echo_time_s is None:
        return flags
    peak = float(np.median(peaks)) if peaks.size else 0.0
    return (*flags, _drop(float(-np.expm1(-series.echo_time_s * peak)), settings))


def _baseline(baseline: Baseline, start_s: float, settings: QualitySettings) -> QualityFlag:
    """Judge the time from the first frame in use to the bolus."""
    length_s = baseline.arrival_s - start_s
    return BASELINE.judged(
        length_s,
        warn=settings.baseline_warn_s,
        high=False,
        good=f"The scan shows {length_s:.1f} s before the bolus.",
        bad=f"The scan shows only {length_s:.1f} s before the bolus: the baseline is uncertain.",
    )


def _baseline_frames(baseline: Baseline, settings: QualitySettings) -> QualityFlag:
    frames = f"{baseline.frames} frame{'s' if baseline.frames > 1 else ''}"
    return BASELINE_FRAMES.judged(
        float(baseline.frames),
        warn=settings.baseline_frames_warn,
        fail=settings.baseline_frames_fail,
        high=False,
        good=f"The baseline is the mean of {frames} before the bolus.",
        bad=f"The baseline is only {frames}: contrast may have been there from the start.",
    )


def _arrival(arrival_s: float, settings: QualitySettings) -> QualityFlag:
    return ARRIVAL.judged(
        arrival_s,
        warn=settings.arrival_warn_s,
        high=True,
        good=f"The bolus reaches the artery {arrival_s:.0f} s after the first frame.",
        bad=f"The bolus reaches the artery only {arrival_s:.0f} s after the first frame: it comes late.",
    )


def _coverage(coverage_s: float, settings: QualitySettings) -> QualityFlag:
    return COVERAGE.judged(
        coverage_s,
        warn=settings.coverage_warn_s,
        fail=settings.coverage_fail_s,
        high=False,
        good=f"The scan goes on for {coverage_s:.0f} s after the arterial peak.",
        bad=f"The scan ends {coverage_s:.0f} s after the arterial peak: CBV, MTT and late Tmax are too low.",
    )


def _height(aif: InputCurve, settings: QualitySettings) -> QualityFlag:
    return ARTERIAL_PEAK.judged(
        aif.peak,
        warn=settings.aif_peak_warn_hu,
        fail=settings.aif_peak_fail_hu,
        high=False,
        good=f"The arterial peak is {aif.peak:.0f} HU.",
        bad=f"The arterial peak is only {aif.peak:.0f} HU: a poor bolus, or no artery was found.",
    )


def _saturation(
    series: TimeSeries, baseline: Baseline, aif: InputCurve, settings: QualitySettings
) -> QualityFlag:
    """Judge how far above its noise the signal of the artery's voxels stays."""
    signal = np.stack(list(series.rows(np.array(aif.voxels))))
    quiet = signal[: max(_MIN_QUIET_FRAMES, baseline.frames)]
    noise = max(float(np.sqrt(quiet.var(axis=0, ddof=1).mean())), 1e-9)
    lowest = float(signal.mean(axis=1).min()) / noise
    told = f"At the peak the artery's signal stays {lowest:.1f} noise SD above nothing"
    return SATURATION.judged(
        lowest,
        warn=settings.saturation_warn,
        high=False,
        good=f"{told}.",
        bad=f"{told}: its peak is cut off, and Tmax is distorted.",
    )


def _width(aif: InputCurve, settings: QualitySettings) -> QualityFlag:
    width = f"The bolus is {aif.fwhm_s:.1f} s wide at half its height"
    return WIDTH.judged(
        aif.fwhm_s,
        warn=settings.bolus_width_warn_s,
        fail=settings.bolus_width_fail_s,
        high=True,
        good=f"{width}.",
        bad=f"{width}: Tmax reads too long in slow tissue.",
    )


def _vein(vof: InputCurve | None, settings: QualitySettings) -> QualityFlag:
    limit = settings.venous_fall_warn
    if vof is None:
        text = "No vein was found: CBF and CBV are not corrected for partial volume of the artery."
        return VEIN.flag(Level.WARN, None, limit, text)
    rest = float(vof.values[-1]) / vof.peak
    return VEIN.judged(
        rest,
        warn=limit,
        high=True,
        good=f"The venous curve falls to {max(100 * rest, 0):.0f} % of its peak.",
        bad=f"The venous curve ends at {100 * rest:.0f} % of its peak: the bolus is cut off.",
    )


def _sampling(series: TimeSeries, settings: QualitySettings) -> QualityFlag:
    interval = float(np.median(np.diff(series.times_s, axis=0)))
    return SAMPLING.judged(
        interval,
        warn=settings.interval_warn_s,
        high=True,
        good=f"A frame every {interval:.1f} s.",
        bad=f"A frame only every {interval:.1f} s: peaks are missed.",
    )


def _gap(series: TimeSeries, aif: InputCurve, settings: QualitySettings) -> QualityFlag:
    """Judge the longest gap that touches the bolus' first pass, in any slice."""
    before, after = series.times_s[:-1], series.times_s[1:]
    passing = (after > aif.arrival_s) & (before < aif.arrival_s + _FIRST_PASS_S)
    longest = float(np.where(passing, after - before, 0.0).max())
    return GAP.judged(
        round(longest, 6),
        warn=settings.gap_warn_s,
        fail=settings.gap_fail_s,
        high=True,
        good=f"While the bolus passes, frames are at most {longest:.1f} s apart.",
        bad=f"While the bolus passes, {longest:.1f} s go by without a frame: peaks are missed.",
    )


def _contrast_noise(median: float, settings: QualitySettings) -> QualityFlag:
    told = f"The median tissue curve is {median:.0f} times as high as its noise"
    return NOISE.judged(
        median,
        warn=settings.contrast_noise_warn,
        fail=settings.contrast_noise_fail,
        high=False,
        good=f"{told}.",
        bad=f"{told}, which is little: the core reads too small, and small lesions are not to be trusted.",
    )


def _drop(share: float, settings: QualitySettings) -> QualityFlag:
    told = f"The median tissue loses {100 * share:.0f} % of its signal to the bolus"
    return TISSUE_DROP.judged(
        share,
        warn=settings.tissue_drop_warn,
        fail=settings.tissue_drop_fail,
        high=False,
        good=f"{told}.",
        bad=f"{told}, which is little: a poor bolus, or none.",
    )
