"""One scan, from its series to everything that the report shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.brain import BrainMask, find_brain
from tissueclock.anatomy.midline import find_midline
from tissueclock.anatomy.posterior_fossa import find_posterior_fossa
from tissueclock.core.errors import ExitCode
from tissueclock.core.provenance import Provenance, Step
from tissueclock.core.quality import QualityFlag, failed_gates
from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.derive import merge
from tissueclock.facts.doubts import doubtful
from tissueclock.facts.haemorrhage import haemorrhage_warnings
from tissueclock.facts.territory import territory_warnings
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.lesion.masks import LesionMasks
from tissueclock.lesion.segment import segment
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import Baseline, find_baseline
from tissueclock.perfusion.motion import Motion, measure_motion, realign
from tissueclock.perfusion.perfuse import perfuse
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.perfusion.steady_state import settled
from tissueclock.pipeline.choices import NO_CHOICES, Choices, kept_frames
from tissueclock.pipeline.diffusion import (
    NOTHING_BESIDE,
    Beside,
    MeasuredDiffusion,
    PerfusionSide,
    measure_diffusion,
)
from tissueclock.pipeline.frame_checks import check_frames
from tissueclock.pipeline.preset import Preset
from tissueclock.pipeline.report_parts import diffusion_view, ladders, motion_trace, sampling, with_baseline
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.profile.blood import check_blood
from tissueclock.profile.diffusion_checks import REPERFUSED
from tissueclock.profile.diffusion_facts import with_diffusion
from tissueclock.profile.measure import measure
from tissueclock.profile.to_facts import to_facts
from tissueclock.protocol.model import Protocol
from tissueclock.report.model import MAP_NAMES, CurvePlot, Location, OffsetCurve, ReportModel, Window
from tissueclock.scan.repair import interpolated
from tissueclock.scan.study import Scan, require_run

_BRAIN_WINDOW_HU = Window(level=40.0, width=80.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Analysis:
    """What an analysis gives: the report's model and the exit code."""

    model: ReportModel
    exit_code: ExitCode


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """The imaging half of an analysis; `series` is the run as it was measured, without frames left out."""

    background: Volume
    brain: BrainMask
    maps: PerfusionMaps
    masks: LesionMasks
    facts: CaseFacts
    normal_tmax_s: float | None
    series: TimeSeries
    baseline: Baseline
    motion: Motion
    provenance: Provenance
    flags: tuple[QualityFlag, ...]
    diffusion: MeasuredDiffusion | None = None


def analyse(
    scan: Scan,
    preset: Preset,
    typed: CaseFacts,
    trials: tuple[Protocol, ...],
    *,
    anonymous: bool,
    watch: Stopwatch,
    choices: Choices = NO_CHOICES,
    beside: Beside = NOTHING_BESIDE,
) -> Analysis:
    """Measure a scan and judge it: maps, lesion, facts, profiles and trials.

    `beside` is what was read beside the perfusion run on MR. `typed` are the facts that the user gave;
    they are merged with the measured ones and must not contradict them. A failed quality gate gives exit
    code 4: everything is there, the verdict is withheld.
    """
    measured = measure_scan(scan, preset, watch, choices, beside)
    case = derived(merge(measured.facts, typed))
    maps, delay_rule = measured.maps, f"Tmax>{preset.lesion.delay_s:g}s"
    found = answer(trials, case)
    model = ReportModel(
        label=None if anonymous else scan.identity,
        input={**scan.summary(), **beside.summary()},
        modality=scan.series.modality,
        preset_name=preset.name,
        preset_digest=preset.digest,
        core_rule=_core_rule(measured, preset),
        delay_rule=delay_rule,
        facts=case,
        profiles=found.profiles,
        assessments=found.assessments,
        sensitivity=found.sensitivity,
        flags=(*measured.flags, *haemorrhage_warnings(case), *territory_warnings(case), *doubtful(case)),
        curves=with_baseline(_curve_plot(maps, scan.series.modality), measured.series, measured.baseline),
        offset=OffsetCurve(
            mtt_s=tuple(maps.offset.mtt_s),
            tmax_s=tuple(maps.offset.tmax_s),
            normal_median_s=measured.normal_tmax_s,
            limit_s=preset.lesion.delay_s,
        ),
        background=measured.background,
        window=_window(measured.background.array, measured.brain.brain, scan.series.modality),
        brain=measured.brain.brain,
        core=_core_mask(measured, preset),
        hypoperfused=measured.masks.hypoperfused,
        faint=measured.masks.unknown,
        maps={name: getattr(maps, name) for name in MAP_NAMES},
        motion=motion_trace(scan, measured.series, measured.motion, preset.quality),
        sampling=sampling(measured.series),
        ladders=ladders(measured.masks, preset.lesion),
        diffusion=None if measured.diffusion is None else diffusion_view(measured.diffusion, delay_rule),
        provenance=measured.provenance,
        timing_s=watch.seconds(),
    )
    withheld = bool(failed_gates(measured.flags))
    return Analysis(model=model, exit_code=ExitCode.WITHHELD if withheld else ExitCode.DONE)


def _core_rule(measured: Measured, preset: Preset) -> str | None:
    """Return the printed rule behind the core; None where none was measured."""
    if measured.diffusion is not None:
        return f"ADC<{measured.diffusion.measures.limit_adc:g}"
    return f"CBF<{preset.lesion.core_cbf_percent:g}%" if measured.masks.cores else None


def _core_mask(measured: Measured, preset: Preset) -> NDArray[np.bool_] | None:
    """Return the core on the perfusion's grid, to be shown; None where none was measured."""
    if measured.diffusion is not None:
        return measured.diffusion.core_on_perfusion
    return measured.masks.cores.get(preset.lesion.core_cbf_percent)


def measure_scan(
    scan: Scan,
    preset: Preset,
    watch: Stopwatch,
    choices: Choices = NO_CHOICES,
    beside: Beside = NOTHING_BESIDE,
) -> Measured:
    """Measure a scan, and what lies beside it: maps, lesion and facts, with the quality of each step.

    It judges nothing.
    """
    with watch.stage("motion", "measuring and undoing motion"):
        steady = _steady(scan, preset, choices)
    series = steady.series
    with watch.stage("anatomy", "finding brain and midline"):
        baseline = find_baseline(series, preset.perfusion.baseline_rise)
        before = series.mean(slice(0, baseline.frames))
        brain = find_brain(before, series.grid, series.modality, preset.anatomy)
        midline = find_midline(before, brain.inside, series.grid)
        fossa = find_posterior_fossa(brain.inside, midline, series.grid)
    with watch.stage("perfusion", "measuring perfusion"):
        maps = perfuse(
            series,
            baseline,
            steady.motion,
            brain.inside,
            brain.brain,
            preset.perfusion,
            preset.deconvolution,
            preset.quality,
            choices.inputs,
        )
    with watch.stage("lesion", "measuring the lesion"):
        masks = segment(maps, brain.brain, midline, series.modality, preset.lesion, choices.side)
        measures = measure(
            maps,
            masks,
            midline,
            fossa.mask if fossa.known else None,
            series.modality,
            preset.lesion,
            preset.quality,
        )
        unit = "HU" if series.modality is Modality.CT else "signal"
        quiet = series.mean(slice(0, maps.baseline.frames))
        background = Volume(quiet, series.grid, "mean before the bolus", unit)
        blood = _blood_flags(background, brain, maps, series.modality, preset)
    diffusion = None
    if beside.diffusion is not None:
        with watch.stage("diffusion", "measuring diffusion"):
            side = PerfusionSide(background=background, inside=brain.inside, masks=masks)
            diffusion = measure_diffusion(beside, side, preset)
    flags = (
        *check_frames(scan.series.frames, len(choices.left_out), steady.repairs, preset.quality),
        *maps.flags,
        *measures.flags,
        *blood,
    )
    facts = to_facts(measures, preset.lesion, preset.intervals, failed_gates(flags))
    if diffusion is not None:
        facts, flags = with_diffusion(facts, diffusion.measures), (*flags, *_beside(flags, diffusion.flags))
    steps = (
        _read_step(scan),
        *steady.steps,
        *_repair_steps(steady.repairs),
        brain.step,
        midline.step,
        fossa.step,
        *maps.provenance.steps,
        *masks.provenance.steps,
        *(diffusion.steps if diffusion is not None else ()),
    )
    return Measured(
        background=background,
        brain=brain,
        maps=maps,
        masks=masks,
        facts=facts,
        normal_tmax_s=measures.normal_tmax_s,
        series=series,
        baseline=maps.baseline,
        motion=steady.motion,
        provenance=Provenance(steps),
        flags=flags,
        diffusion=diffusion,
    )


def _beside(of_run: tuple[QualityFlag, ...], flags: tuple[QualityFlag, ...]) -> tuple[QualityFlag, ...]:
    """Return the flags of diffusion; core outside a delay that is withheld says nothing of reperfusion."""
    return tuple(flag for flag in flags if flag.id != REPERFUSED.id or not failed_gates(of_run))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Steady:
    """The run with motion undone, what each frame had done, and what was left out or repaired."""

    series: TimeSeries
    motion: Motion
    repairs: tuple[str, ...]
    steps: tuple[Step, ...]


def _steady(scan: Scan, preset: Preset, choices: Choices) -> _Steady:
    """Leave out what the user says and what has not settled; undo motion.

    A single moved frame is interpolated, unless another frame was repaired already: what a head did within
    the time of one frame, no realignment undoes.
    """
    series, unsettled = settled(choices.kept(scan.series), preset.perfusion.unsettled_excess)
    require_run(series)
    motion, repairs = measure_motion(series), scan.repairs
    moved = np.flatnonzero(motion.displacement_mm > preset.quality.motion_isolated_mm)
    alone = moved.size == 1 and not scan.repairs
    if alone:
        frame = int(moved[0])
        motion = motion.replacing(frame)
        distance_mm = motion.displacement_mm[frame]
        number = int(kept_frames(scan.series, series)[frame]) + 1
        repairs = (f"Frame {number} was interpolated: the head had moved by {distance_mm:.1f} mm.",)
    series = realign(series, motion)
    if alone:
        series = interpolated(series, frame)
    return _Steady(series=series, motion=motion, repairs=repairs, steps=(*choices.steps(), *unsettled))


def _blood_flags(
    background: Volume, brain: BrainMask, maps: PerfusionMaps, modality: Modality, preset: Preset
) -> tuple[QualityFlag, ...]:
    if modality is not Modality.CT:
        return ()
    return (check_blood(background, brain.inside, maps.vessels, preset.quality),)


def _repair_steps(repairs: tuple[str, ...]) -> tuple[Step, ...]:
    return (Step(name="repair", sentence=" ".join(repairs)),) if repairs else ()


def _read_step(scan: Scan) -> Step:
    summary = scan.summary()
    return Step(
        name="read",
        sentence=f"A {summary['modality']} perfusion run of {summary['frames']} frames and "
        f"{summary['slices']} slices over {summary['duration_s']:.0f} s was read from {summary['kind']}.",
        parameters={name: value for name, value in summary.items() if name != "digest"},
        inputs={"scan": scan.digest},
    )


def _curve_plot(maps: PerfusionMaps, modality: Modality) -> CurvePlot:
    grid, vof = maps.cbf.grid, maps.vof
    return CurvePlot(
        times_s=tuple(maps.times_s),
        unit="HU" if modality is Modality.CT else "ΔR2* 1/s",
        aif=tuple(maps.aif.values),
        aif_location=Location.at(grid, maps.aif.voxel),
        vof=None if vof is None else tuple(vof.values),
        vof_location=None if vof is None else Location.at(grid, vof.voxel),
        arrival_s=_arrival(maps.aif),
    )


def _arrival(aif: InputCurve) -> float:
    return round(aif.arrival_s, 3)


def _window(image: NDArray[np.float32], brain: NDArray[np.bool_], modality: Modality) -> Window:
    """Return the grey scale: the usual brain window on CT, the brain's own range on MR."""
    if modality is Modality.CT:
        return _BRAIN_WINDOW_HU
    low, high = np.percentile(image[brain], [1, 99])
    return Window(level=float(low + high) / 2, width=max(float(high - low) * 1.6, 1e-3))
