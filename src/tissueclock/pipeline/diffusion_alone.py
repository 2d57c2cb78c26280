"""Diffusion and FLAIR without a perfusion run: how RESCUE-Japan LIMIT, WAKE-UP and MR WITNESS selected."""

from __future__ import annotations

from tissueclock.core.errors import ExitCode, InternalError
from tissueclock.core.provenance import Provenance
from tissueclock.core.quality import failed_gates
from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.derive import merge
from tissueclock.facts.doubts import doubtful
from tissueclock.facts.haemorrhage import haemorrhage_warnings
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.pipeline.analysis import Analysis
from tissueclock.pipeline.diffusion import Beside, measure_diffusion
from tissueclock.pipeline.preset import Preset
from tissueclock.pipeline.report_parts import diffusion_view
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.profile.diffusion_facts import without_perfusion
from tissueclock.protocol.model import Protocol
from tissueclock.report.model import ReportModel, Window
from tissueclock.scan.identity import Identity


def analyse_diffusion(
    beside: Beside,
    identity: Identity,
    kind: str,
    preset: Preset,
    typed: CaseFacts,
    trials: tuple[Protocol, ...],
    *,
    anonymous: bool,
    watch: Stopwatch,
) -> Analysis:
    """Measure diffusion and FLAIR and judge what they tell; `kind` is that of the files.

    What only perfusion can tell is unknown, with that reason, unless it was typed. A failed quality gate
    gives exit code 4. Raises InputError where the images give no ADC or show no head.
    """
    with watch.stage("diffusion", "measuring diffusion"):
        measured = measure_diffusion(beside, None, preset)
    if measured is None:
        raise InternalError("diffusion alone was asked for, and there is none.")
    case = derived(merge(without_perfusion(measured.measures), typed))
    found = answer(trials, case)
    view = diffusion_view(measured, "")
    trace = view.dwi
    model = ReportModel(
        label=None if anonymous else identity,
        input={"kind": kind, "modality": Modality.MR.value, **beside.summary()},
        modality=Modality.MR,
        preset_name=preset.name,
        preset_digest=preset.digest,
        core_rule=view.core_rule,
        delay_rule=None,
        facts=case,
        profiles=found.profiles,
        assessments=found.assessments,
        sensitivity=found.sensitivity,
        flags=(*measured.flags, *haemorrhage_warnings(case), *doubtful(case)),
        curves=None,
        offset=None,
        background=Volume(trace.array, trace.grid, "diffusion-weighted image", trace.unit),
        window=Window.spanning(trace.array[measured.brain], 99.5),
        brain=measured.brain,
        core=view.core,
        hypoperfused=None,
        maps={},
        diffusion=view,
        provenance=Provenance(measured.steps),
        timing_s=watch.seconds(),
    )
    withheld = bool(failed_gates(measured.flags))
    return Analysis(model=model, exit_code=ExitCode.WITHHELD if withheld else ExitCode.DONE)
