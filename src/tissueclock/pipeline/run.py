"""From an input folder to an output folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.pipeline.analysis import Analysis, analyse
from tissueclock.pipeline.choices import NO_CHOICES, Choices
from tissueclock.pipeline.diffusion import Beside, require_usable
from tissueclock.pipeline.diffusion_alone import analyse_diffusion
from tissueclock.pipeline.folder import require_folder
from tissueclock.pipeline.output import write_analysis
from tissueclock.pipeline.preset import PRESETS, preset_for
from tissueclock.pipeline.watch import Progress, Stopwatch
from tissueclock.protocol.model import Protocol
from tissueclock.scan.study import Scan
from tissueclock.scan.study_images import Study, open_study


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asked for."""

    inputs: tuple[Path, ...]
    out: Path
    preset: str | None
    typed: CaseFacts
    trials: tuple[Protocol, ...]
    anonymous: bool
    choices: Choices = NO_CHOICES


@dataclass(frozen=True, kw_only=True, eq=False)
class Finished:
    """The analysis and the document that was written as `result.json`."""

    analysis: Analysis
    document: Mapping[str, Any]


def run_analysis(request: Request, progress: Progress) -> Finished:
    """Read, measure, judge and write.

    Raises UsageError and InputError before anything is written; after that the folder holds everything.
    """
    if request.preset is not None:
        PRESETS.get(request.preset)
    require_folder(request.out)
    watch = Stopwatch(progress)
    with watch.stage("read", "reading the scan"):
        study = open_study(request.inputs, request.choices.left_out)
    beside = Beside(diffusion=study.diffusion, flair=study.flair, notes=study.notes)
    if study.perfusion is None:
        analysis = _of_diffusion(study, beside, request, watch)
    else:
        analysis = _of_run(study.perfusion, beside, request, watch)
    document = write_analysis(analysis, request.out, watch)
    return Finished(analysis=analysis, document=document)


def _of_run(scan: Scan, beside: Beside, request: Request, watch: Stopwatch) -> Analysis:
    """Analyse a perfusion run and what lies beside it."""
    request.choices.check(scan.series)
    _require_change(scan.series)
    preset = preset_for(scan.series.modality, request.preset)
    require_usable(beside, preset)
    return analyse(
        scan,
        preset,
        request.typed,
        request.trials,
        anonymous=request.anonymous,
        watch=watch,
        choices=request.choices,
        beside=beside,
    )


def _of_diffusion(study: Study, beside: Beside, request: Request, watch: Stopwatch) -> Analysis:
    """Analyse diffusion that stands alone."""
    request.choices.check_no_run()
    preset = preset_for(Modality.MR, request.preset)
    return analyse_diffusion(
        beside,
        study.identity,
        study.kind,
        preset,
        request.typed,
        request.trials,
        anonymous=request.anonymous,
        watch=watch,
    )


def _require_change(series: TimeSeries) -> None:
    if all(np.array_equal(frame, series.stored[0]) for frame in series.stored[1:]):
        raise InputError(
            "all frames are the same: no contrast agent passed.",
            remedy="Check that this is the perfusion run, and not one image repeated.",
        )
