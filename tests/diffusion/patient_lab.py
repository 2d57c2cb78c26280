"""Whole MR patients on small grids: a perfusion run, diffusion and FLAIR beside it, and their analysis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from diffusion_lab import GRID, head

from tissueclock.anatomy.rigid import RigidMotion
from tissueclock.facts.case import CaseFacts
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.perfusion.motion import Motion
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import AT_REST, MrIllness, MrScanning, MrStudy, Pose, head_where, mr_study
from tissueclock.phantom.patient import digital_patient
from tissueclock.pipeline.analysis import Analysis, Measured, analyse, measure_scan
from tissueclock.pipeline.diffusion import Beside
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.scan.mr_images import DiffusionScan, FlairScan, Origin
from tissueclock.scan.study import Scan

RUN_GRID = head_grid(in_plane=64, spacing_mm=3.4, slices=10, slice_spacing_mm=9.6)
DWI_GRID = GRID
STROKE = Stroke(side="left", core_ml=22.0, hypoperfused_ml=98.0)
ACQUISITION = Acquisition(modality=Modality.MR, frames=40)
ILL = MrIllness(reperfused_ml=7.0)
MOVED = Pose(shift_mm=(4.0, -3.0, 2.0), turn_deg=(2.0, -1.0, 3.0))
NOWHERE = Origin(digest="sha256:made", files=1)


@cache
def run_head() -> Head:
    return build_head(RUN_GRID)


@cache
def perfusion(stroke: Stroke = STROKE) -> Scan:
    made = digital_patient(stroke, ACQUISITION, head=run_head())
    return Scan(series=made.series, kind="simulated", digest="", files=0, time_source="simulated")


@cache
def moved_head(pose: Pose) -> Head:
    return head() if pose == AT_REST else head_where(DWI_GRID, pose)


@cache
def images(
    stroke: Stroke = STROKE,
    illness: MrIllness = ILL,
    pose: Pose = MOVED,
    flair_pose: Pose = AT_REST,
    **how: object,
) -> MrStudy:
    scanning = MrScanning(
        grid=DWI_GRID, flair_grid=DWI_GRID, diffusion_pose=pose, flair_pose=flair_pose, **how
    )
    heads = {"diffusion": moved_head(pose), "flair": moved_head(flair_pose)}
    return mr_study(stroke, scanning, illness, heads=heads)


def weighted(made: MrStudy) -> tuple[Weighted, ...]:
    high = [Weighted(volume=image, b=made.scanning.b, is_trace=len(made.high) == 1) for image in made.high]
    return (Weighted(volume=made.low, b=0.0), *high)


def beside(made: MrStudy, *, flair: bool = True, adc: Volume | None = None, **changes: object) -> Beside:
    diffusion = DiffusionScan(images=weighted(made), adc=adc, origin=NOWHERE)
    return Beside(
        diffusion=replace(diffusion, **changes),
        flair=FlairScan(volume=made.flair, origin=NOWHERE) if flair else None,
    )


def no_motion(series: TimeSeries) -> Motion:
    none, nothing = np.zeros(series.frames), np.zeros(series.frames, dtype=bool)
    return Motion(
        displacement_mm=none,
        through_slices=none,
        turn_deg=none,
        residual_mm=none,
        realigned=nothing,
        interpolated=nothing,
        transforms=(RigidMotion.none(np.zeros(3)),) * series.frames,
    )


@contextmanager
def at_rest() -> Iterator[None]:
    """The head lies still within the run: knowing it spares the time of its alignment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tissueclock.pipeline.analysis.measure_motion", no_motion)
        yield


def still_measured(scan: Scan, found: Beside, preset: str = "defuse-2") -> Measured:
    with at_rest():
        return measure_scan(scan, preset_for(Modality.MR, preset), Stopwatch(), beside=found)


@cache
def whole() -> Analysis:
    """The demonstration's stroke on MR, with everything."""
    with at_rest():
        return analyse(
            perfusion(),
            preset_for(Modality.MR, "defuse-2"),
            CaseFacts.of(),
            (),
            anonymous=True,
            watch=Stopwatch(),
            beside=beside(images()),
        )
