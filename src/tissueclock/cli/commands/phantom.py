"""`tissueclock phantom`: digital reference objects with their truth."""

from __future__ import annotations

import math
import operator
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from types import MappingProxyType
from typing import Any

from tissueclock.cli.commands.phantom_mr import mr_of
from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode, UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import (
    Acquisition,
    Bolus,
    Motion,
    interleaved_offsets_s,
    shuttle_offsets_s,
)
from tissueclock.phantom.conditions import Conditions
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.kudo import KUDO_ACQUISITION, kudo_phantom
from tissueclock.phantom.patient import DEMO_STROKE, Stroke, digital_patient
from tissueclock.pipeline.objects import require_own, write_kudo, write_patient

FIELD_OF_VIEW_MM = 230.4
SLAB_MM = 96.0
"""What the default grid covers: 144 voxels of 1.6 mm and 12 slices 8 mm apart."""
SLICE_TIMINGS = MappingProxyType({"shuttle": shuttle_offsets_s, "interleaved": interleaved_offsets_s})


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Make one reference object and write it with its truth."""
    require_own(arguments.out)
    truth = _patient(arguments) if arguments.kind == "patient" else _kudo(arguments)
    lines = [f"scan\t{arguments.out / 'scan'}", f"truth\t{arguments.out / 'truth'}"]
    console.result({"out": str(arguments.out), "truth": truth}, lines)
    return ExitCode.DONE


def _patient(arguments: Namespace) -> dict[str, Any]:
    acquisition = _patient_acquisition(arguments)
    conditions = Conditions(leukoaraiosis=arguments.leukoaraiosis, old_infarct_ml=arguments.old_infarct_ml)
    grid, stroke = _grid(arguments), _stroke(arguments)
    mr = mr_of(arguments, stroke, conditions)
    patient = digital_patient(stroke, acquisition, grid, conditions=conditions)
    dicom = arguments.format == "dicom"
    return write_patient(patient, arguments.out, dicom=dicom, mr=mr, vendor=arguments.vendor)


def _patient_acquisition(arguments: Namespace) -> Acquisition:
    """Return the acquisition with the times, losses and motion that were asked for."""
    base = _acquisition(arguments, replace(Acquisition(), frame_times_s=arguments.times))
    timing = SLICE_TIMINGS.get(arguments.slice_times)
    return replace(
        base,
        slice_offsets_s=timing(arguments.slices, base.shortest_interval_s) if timing else None,
        dropped_frames=_dropped(arguments.drop_frames, base.all_frames),
        motion=_motion(arguments, base.all_frames),
    )


def _dropped(numbers: Sequence[int], frames: int) -> tuple[int, ...]:
    """Return frames counted from 1 as the phantom counts them, from 0."""
    wrong = sorted(number for number in numbers if number > frames)
    if wrong:
        raise UsageError(
            f"--drop-frames {', '.join(map(str, wrong))}: the run has frames 1 to {frames}.",
            remedy="Count frames from 1.",
        )
    return tuple(number - 1 for number in numbers)


def _motion(arguments: Namespace, frames: int) -> Motion | None:
    """Return the motions that were asked for, all at once; None for a head at rest."""
    motions = []
    if arguments.motion:
        motions.append(Motion.jump(frames, frames // 2, (arguments.motion, 0.0, 0.0)))
    if arguments.drift:
        each = arguments.drift / math.sqrt(3.0)
        motions.append(Motion.drift(frames, (each, each, each)))
    if arguments.nod:
        motions.append(Motion.nods(frames, arguments.nod))
    return reduce(operator.add, motions) if motions else None


def _grid(arguments: Namespace) -> Grid:
    """Return the grid: the same field of view and slab however many voxels it is cut into."""
    if not 16 <= arguments.matrix <= 1024 or not 1 <= arguments.slices <= 320:
        raise UsageError(
            f"{arguments.matrix} voxels across and {arguments.slices} slices cannot be made.",
            remedy="Use 16 to 1024 and 1 to 320.",
        )
    spacing = SLAB_MM / arguments.slices if arguments.slice_spacing is None else arguments.slice_spacing
    if not 0.1 <= spacing <= 50:
        raise UsageError(f"slices {spacing:g} mm apart cannot be made.", remedy="Use 0.1 to 50 mm.")
    return head_grid(
        arguments.matrix, FIELD_OF_VIEW_MM / arguments.matrix, arguments.slices, spacing, arguments.oblique
    )


def _kudo(arguments: Namespace) -> dict[str, Any]:
    return write_kudo(kudo_phantom(_acquisition(arguments, KUDO_ACQUISITION), arguments.tile), arguments.out)


def _stroke(arguments: Namespace) -> Stroke:
    none = arguments.side == "none"
    core = (0.0 if none else DEMO_STROKE.core_ml) if arguments.core_ml is None else arguments.core_ml
    lesion = 0.0 if none else DEMO_STROKE.hypoperfused_ml
    return Stroke(
        side=arguments.side,
        place=arguments.place,
        core_ml=core,
        hypoperfused_ml=lesion if arguments.hypoperfused_ml is None else arguments.hypoperfused_ml,
        graded=arguments.graded,
    )


def _acquisition(arguments: Namespace, base: Acquisition) -> Acquisition:
    """Return the acquisition with the options that were given."""
    given = {
        "frames": arguments.frames,
        "frame_interval_s": arguments.interval,
        "noise_sd_hu": arguments.noise,
        "snr": arguments.snr,
        "unsettled_frames": getattr(arguments, "unsettled_frames", None),
        "bolus": None if arguments.bolus_width is None else Bolus(width_s=arguments.bolus_width),
    }
    stated = {name: value for name, value in given.items() if value is not None}
    return replace(base, modality=Modality(arguments.modality), seed=arguments.seed, **stated)
