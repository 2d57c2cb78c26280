"""Checks of a perfusion run; a failed one withholds the verdict. Limits are settings of the preset."""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np

from tissueclock.core.quality import Level, QualityFlag
from tissueclock.core.settings import setting
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import Baseline
from tissueclock.perfusion.motion import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySettings:
    """Limits of the checks. Coverage after Copen 2015 and de la Rosa 2022; the others are our choice."""

    baseline_warn_s: float = setting("a shorter baseline is flagged", low=0, high=30)
    coverage_warn_s: float = setting("less scan after the arterial peak: CBV and MTT too low", low=0, high=90)
    coverage_fail_s: float = setting(
        "less scan after the arterial peak withholds the verdict", low=0, high=90
    )
    aif_peak_warn_hu: float = setting("CT: a lower arterial peak is flagged", low=0, high=500)
    aif_peak_fail_hu: float = setting("CT: a lower arterial peak withholds the verdict", low=0, high=500)
    bolus_width_warn_s: float = setting("a wider bolus is flagged: Tmax reads too long", low=1, high=60)
    bolus_width_fail_s: float = setting("a wider bolus withholds the verdict", low=1, high=60)
    venous_fall_warn: float = setting("the vein must fall below this share of its peak", low=0, high=1)
    interval_warn_s: float = setting("a longer median sampling interval is flagged", low=0.5, high=10)
    motion_warn_mm: float = setting("more motion is flagged (it is undone)", low=0, high=20)
    motion_isolated_mm: float = setting(
        "a single frame that moved more is interpolated instead of realigned", low=0, high=20
    )
    motion_fail_mm: float = setting("more motion than can be undone withholds the verdict", low=0, high=50)
    motion_across_warn: float = setting(
        "motion across slices, as a share of their distance: more is flagged", low=0, high=1
    )
    motion_across_fail: float = setting(
        "motion across slices, as a share of their distance: more withholds the verdict", low=0, high=1
    )
    motion_residual_fail_mm: float = setting(
        "what realignment leaves, as an edge's shift: more withholds the verdict", low=0, high=5
    )


def check_run(
    series: TimeSeries,
    baseline: Baseline,
    motion: Motion,
    aif: InputCurve,
    vof: InputCurve | None,
    settings: QualitySettings,
) -> tuple[QualityFlag, ...]:
    """Return every check of the run, passed ones too."""
    end_s = float(series.times_s[-1].min())
    flags = [
        _baseline(baseline, float(series.times_s[0].mean()), settings),
        _coverage(end_s - aif.peak_s, settings),
        _width(aif, settings),
        _vein(vof, settings),
        _sampling(series, settings),
        _motion(motion, settings),
    ]
    if series.modality is Modality.CT:
        flags.insert(2, _height(aif, settings))
    return tuple(flags)


def _flag(
    id: str, value: float, warn: float, fail: float | None, texts: tuple[str, str], *, high: bool
) -> QualityFlag:
    """Return a flag: beyond `fail` it fails, beyond `warn` it warns; `high` tells which way is bad."""
    beyond = operator.gt if high else operator.lt
    good, bad = texts
    if fail is not None and beyond(value, fail):
        return QualityFlag(id=id, level=Level.FAIL, value=value, limit=fail, text=bad)
    if beyond(value, warn):
        return QualityFlag(id=id, level=Level.WARN, value=value, limit=warn, text=bad)
    return QualityFlag(id=id, level=Level.PASS, value=value, limit=warn, text=good)


def _baseline(baseline: Baseline, start_s: float, settings: QualitySettings) -> QualityFlag:
    """Judge the time from the first frame in use to the bolus."""
    length_s = baseline.arrival_s - start_s
    frames = f"{baseline.frames} frame{'s' if baseline.frames > 1 else ''} ({length_s:.1f} s)"
    texts = (f"{frames} before the bolus.", f"Only {frames} before the bolus: uncertain.")
    return _flag("baseline", length_s, settings.baseline_warn_s, None, texts, high=False)


def _coverage(coverage_s: float, settings: QualitySettings) -> QualityFlag:
    texts = (
        f"The scan goes on for {coverage_s:.0f} s after the arterial peak.",
        f"The scan ends {coverage_s:.0f} s after the arterial peak: CBV, MTT and late Tmax are too low.",
    )
    limits = (settings.coverage_warn_s, settings.coverage_fail_s)
    return _flag("coverage", coverage_s, *limits, texts, high=False)


def _height(aif: InputCurve, settings: QualitySettings) -> QualityFlag:
    texts = (
        f"The arterial peak is {aif.peak:.0f} HU.",
        f"The arterial peak is only {aif.peak:.0f} HU: a poor bolus, or no artery was found.",
    )
    return _flag(
        "arterial-peak", aif.peak, settings.aif_peak_warn_hu, settings.aif_peak_fail_hu, texts, high=False
    )


def _width(aif: InputCurve, settings: QualitySettings) -> QualityFlag:
    texts = (
        f"The bolus is {aif.fwhm_s:.1f} s wide at half its height.",
        f"The bolus is {aif.fwhm_s:.1f} s wide at half its height: Tmax reads too long in slow tissue.",
    )
    limits = (settings.bolus_width_warn_s, settings.bolus_width_fail_s)
    return _flag("bolus-width", aif.fwhm_s, *limits, texts, high=True)


def _vein(vof: InputCurve | None, settings: QualitySettings) -> QualityFlag:
    limit = settings.venous_fall_warn
    if vof is None:
        text = "No vein was found: CBF and CBV are not corrected for partial volume of the artery."
        return QualityFlag(id="venous-output", level=Level.WARN, value=None, limit=limit, text=text)
    rest = float(vof.values[-1]) / vof.peak
    texts = (
        f"The venous curve falls to {100 * rest:.0f} % of its peak.",
        f"The venous curve ends at {100 * rest:.0f} % of its peak: the bolus is cut off.",
    )
    return _flag("venous-output", rest, limit, None, texts, high=True)


def _sampling(series: TimeSeries, settings: QualitySettings) -> QualityFlag:
    interval = float(np.median(np.diff(series.times_s, axis=0)))
    texts = (f"A frame every {interval:.1f} s.", f"A frame only every {interval:.1f} s: peaks are missed.")
    return _flag("sampling", interval, settings.interval_warn_s, None, texts, high=True)


def _motion(motion: Motion, settings: QualitySettings) -> QualityFlag:
    """Warn of motion that was undone; fail where a frame does not fit, or went further than can be undone."""
    left, largest, across = motion.left_mm, motion.largest_kept_mm, motion.largest_through_slices
    share, count = f"{100 * across:.0f} % of their distance", int(motion.realigned.sum())
    worst_first = (
        (
            Level.FAIL,
            left,
            settings.motion_residual_fail_mm,
            f"Frames could not be realigned: what is left is like a shift of {left:.1f} mm. "
            "Leave them out with --exclude-frames.",
        ),
        (
            Level.FAIL,
            largest,
            settings.motion_fail_mm,
            f"The head moved by up to {largest:.1f} mm: further than realignment was proven for.",
        ),
        (
            Level.FAIL,
            across,
            settings.motion_across_fail,
            f"The head moved across slices by {share}: slices mix, and that cannot be undone.",
        ),
        (
            Level.WARN,
            across,
            settings.motion_across_warn,
            f"The head moved by up to {largest:.1f} mm, across slices by {share}: tissue near the vault is "
            "uncertain.",
        ),
        (
            Level.WARN,
            largest,
            settings.motion_warn_mm,
            f"The head moved by up to {largest:.1f} mm; {count} frames were realigned.",
        ),
    )
    for level, value, limit, text in worst_first:
        if value > limit:
            return QualityFlag(id="motion", level=level, value=value, limit=limit, text=text)
    still = f"The head moved by at most {largest:.1f} mm."
    return QualityFlag(
        id="motion", level=Level.PASS, value=largest, limit=settings.motion_warn_mm, text=still
    )
