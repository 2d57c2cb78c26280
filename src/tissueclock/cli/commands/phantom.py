"""`tissueclock phantom`: digital reference objects with their truth."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

from tissueclock.cli.console import Console
from tissueclock.core.errors import ExitCode
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus, Motion
from tissueclock.phantom.kudo import KUDO_ACQUISITION, kudo_phantom
from tissueclock.phantom.patient import DEMO_STROKE, Stroke, digital_patient
from tissueclock.pipeline.objects import require_own, write_kudo, write_patient


def run(arguments: Namespace, console: Console) -> ExitCode:
    """Make one reference object and write it with its truth."""
    require_own(arguments.out)
    truth = _patient(arguments) if arguments.kind == "patient" else _kudo(arguments)
    lines = [f"scan\t{arguments.out / 'scan'}", f"truth\t{arguments.out / 'truth'}"]
    console.result({"out": str(arguments.out), "truth": truth}, lines)
    return ExitCode.DONE


def _patient(arguments: Namespace) -> dict[str, Any]:
    acquisition = _acquisition(arguments, Acquisition())
    if arguments.motion:
        jump = Motion.jump(acquisition.frames, acquisition.frames // 2, (arguments.motion, 0.0, 0.0))
        acquisition = replace(acquisition, motion=jump)
    patient = digital_patient(_stroke(arguments), acquisition)
    return write_patient(patient, arguments.out, dicom=arguments.format == "dicom")


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
        "bolus": None if arguments.bolus_width is None else Bolus(width_s=arguments.bolus_width),
    }
    stated = {name: value for name, value in given.items() if value is not None}
    return replace(base, modality=Modality(arguments.modality), seed=arguments.seed, **stated)
