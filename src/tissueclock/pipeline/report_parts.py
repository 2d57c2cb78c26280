"""What the report shows of how a scan was made and measured: motion, sampling, baseline and ladders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.quality import failed_gates
from tissueclock.image.series import TimeSeries
from tissueclock.lesion.masks import LesionMasks
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.concentration import Baseline
from tissueclock.perfusion.motion import Motion
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.pipeline.choices import kept_frames
from tissueclock.pipeline.diffusion import MeasuredDiffusion
from tissueclock.profile.diffusion_checks import FLAIR_GATES
from tissueclock.profile.diffusion_measure import DiffusionMeasures
from tissueclock.report.diffusion_model import DelayView, DiffusionView, RegistrationRow
from tissueclock.report.model import CurvePlot, Ladder, MotionTrace, Sampling, SliceTiming
from tissueclock.scan.study import Scan

_INTERPOLATED = re.compile(r"Frame (\d+) was interpolated")
"""The repairs of a scan are sentences of `scan.repair`, which count frames from 1."""


def motion_trace(scan: Scan, series: TimeSeries, motion: Motion, quality: QualitySettings) -> MotionTrace:
    """Return how the head moved over the frames of the scan, and what was done with each.

    `motion` is that of `series`, which may lack frames of the scan: those were left out, and nothing is known
    of them. Frames that the reading of the scan interpolated are named too.
    """
    kept = kept_frames(scan.series, series)
    frames = scan.series.frames
    mended = {int(found[1]) - 1 for text in scan.repairs if (found := _INTERPOLATED.match(text))}
    replaced = {int(frame) for frame in kept[motion.interpolated]}
    return MotionTrace(
        times_s=_frame_times(scan.series),
        shift_mm=_on_frames(motion.displacement_mm, kept, frames),
        rotation_deg=_on_frames(motion.turn_deg, kept, frames),
        residual_mm=_on_frames(motion.residual_mm, kept, frames),
        realigned=tuple(np.isin(np.arange(frames), kept[motion.realigned]).tolist()),
        interpolated=tuple(sorted(mended | replaced)),
        excluded=tuple(np.setdiff1d(np.arange(frames), kept).tolist()),
        warn_mm=quality.motion_warn_mm,
        fail_mm=quality.motion_fail_mm,
    )


def sampling(series: TimeSeries) -> Sampling:
    """Return when the slices were sampled; slices that follow one rhythm (to 1 ms) share a timing."""
    times_s = np.asarray(series.times_s, dtype=np.float64)
    rhythms: dict[bytes, list[int]] = {}
    for index, column in enumerate(times_s.T):
        # + 0.0 turns a negative zero into a plain one, which has other bytes.
        rhythms.setdefault((np.round(column - column[0], 3) + 0.0).tobytes(), []).append(index)
    return Sampling(tuple(_timing(times_s, slices) for slices in rhythms.values()))


def with_baseline(curves: CurvePlot, series: TimeSeries, baseline: Baseline) -> CurvePlot:
    """Return the curves with the frames before the bolus."""
    end_s = round(_frame_times(series)[baseline.frames - 1], 3)
    return replace(curves, baseline_frames=baseline.frames, baseline_end_s=end_s)


def ladders(masks: LesionMasks, settings: LesionSettings) -> tuple[Ladder, ...]:
    """Return the Tmax ladder and, where there is a core, the CBF ladder; the widest limit first."""
    return tuple(_ladders(masks, settings))


def diffusion_view(measured: MeasuredDiffusion, delay_rule: str) -> DiffusionView:
    """Return what the report shows of diffusion; `delay_rule` is the printed rule of delayed tissue."""
    found = measured.measures
    verdict, because = _flair_words(found)
    registrations = [] if measured.here is None else [("Perfusion", measured.here.registration)]
    if measured.flair_registration is not None:
        registrations.append(("FLAIR", measured.flair_registration))
    return DiffusionView(
        dwi=measured.maps.trace,
        adc=measured.maps.adc,
        flair=measured.flair,
        brain=measured.brain,
        before=measured.core.before,
        core=measured.core.mask,
        delay=_delay_view(measured, delay_rule),
        limit_adc=found.limit_adc,
        origin=found.origin,
        noise_adc=measured.maps.noise_adc,
        tissue_adc=measured.maps.tissue_adc,
        before_ml=found.before_ml,
        removed_ml=found.removed_ml,
        ladder_ml=found.ladder_ml,
        scaled_limit_adc=found.scaled_limit_adc,
        scaled_ml=found.scaled_ml,
        core_ml=found.core_ml,
        registrations=tuple(
            RegistrationRow(name, item.shift_mm, item.turn_deg, item.residual_mm, item.overlap)
            for name, item in registrations
        ),
        flair_verdict=verdict,
        flair_because=because,
        flair_compared_ml=None if found.flair is None else found.flair.compared_ml,
    )


def _flair_words(found: DiffusionMeasures) -> tuple[str | None, str | None]:
    """Return the reading of the FLAIR ratio and its reason; None where there is no FLAIR."""
    if found.flair is None:
        return None, None
    gates = [gate for gate in failed_gates(found.flags) if gate in FLAIR_GATES]
    if gates:
        return "withheld", f"withheld by {', '.join(gates)}"
    return found.flair.verdict.value, found.flair.because


def _delay_view(measured: MeasuredDiffusion, rule: str) -> DelayView | None:
    against = measured.measures.against_delay
    if measured.here is None or against is None or not measured.measures.places_known:
        return None
    return DelayView(
        rule=rule,
        hypoperfused=measured.here.hypoperfused,
        overlap_ml=against.overlap_ml,
        reperfused_ml=against.reperfused_ml,
        unseen_ml=against.unseen_ml,
    )


def _ladders(masks: LesionMasks, settings: LesionSettings) -> Iterator[Ladder]:
    delays = sorted(masks.ladder)
    if delays:
        yield Ladder(
            name="tmax",
            title="Tmax ladder",
            quantity="Tmax",
            sign=">",
            unit="s",
            limits=tuple(delays),
            masks=tuple(masks.ladder[limit] for limit in delays),
            facts=tuple(f"tmax{limit:g}_ml" for limit in delays),
            rule=settings.delay_s if settings.delay_s in delays else None,
        )
    shares, rule = sorted(masks.cores, reverse=True), settings.core_cbf_percent
    if shares:
        yield Ladder(
            name="cbf",
            title="CBF ladder",
            quantity="CBF",
            sign="<",
            unit="% of the reference",
            limits=tuple(shares),
            masks=tuple(masks.cores[percent] for percent in shares),
            facts=tuple(
                "core_cbf_ml" if percent == rule else f"core_cbf{percent:g}_ml" for percent in shares
            ),
            rule=rule if rule in shares else None,
        )


def _timing(times_s: NDArray[np.float64], slices: list[int]) -> SliceTiming:
    """Return the timing of slices of one rhythm, counted from the earliest of them."""
    earliest = min(slices, key=lambda index: float(times_s[0, index]))
    offsets = times_s[0, slices] - times_s[0, earliest]
    return SliceTiming(
        times_s=tuple(np.round(times_s[:, earliest], 3).tolist()),
        slices=tuple(slices),
        offsets_s=tuple((np.round(offsets, 3) + 0.0).tolist()),
    )


def _on_frames(values: NDArray[np.float64], kept: NDArray[np.intp], frames: int) -> tuple[float, ...]:
    """Return one value for every frame of the scan, NaN for one that was left out."""
    spread = np.full(frames, np.nan)
    spread[kept] = values
    return tuple(spread.tolist())


def _frame_times(series: TimeSeries) -> tuple[float, ...]:
    return tuple(np.round(series.times_s.mean(axis=1), 3).tolist())
