"""From an input folder to an output folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts
from tissueclock.image.series import TimeSeries
from tissueclock.pipeline.analysis import Analysis, analyse
from tissueclock.pipeline.choices import NO_CHOICES, Choices
from tissueclock.pipeline.diffusion import Beside, require_usable
from tissueclock.pipeline.folder import require_folder
from tissueclock.pipeline.output import write_analysis
from tissueclock.pipeline.preset import PRESETS, preset_for
from tissueclock.pipeline.watch import Progress, Stopwatch
from tissueclock.protocol.model import Protocol
from tissueclock.scan.study_images import open_study


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
    scan = study.perfusion
    request.choices.check(scan.series)
    _require_change(scan.series)
    preset = preset_for(scan.series.modality, request.preset)
    beside = Beside(diffusion=study.diffusion, flair=study.flair, notes=study.notes)
    require_usable(beside, preset)
    analysis = analyse(
        scan,
        preset,
        request.typed,
        request.trials,
        anonymous=request.anonymous,
        watch=watch,
        choices=request.choices,
        beside=beside,
    )
    document = write_analysis(analysis, request.out, watch)
    return Finished(analysis=analysis, document=document)


def _require_change(series: TimeSeries) -> None:
    if all(np.array_equal(frame, series.stored[0]) for frame in series.stored[1:]):
        raise InputError(
            "all frames are the same: no contrast agent passed.",
            remedy="Check that this is the perfusion run, and not one image repeated.",
        )
