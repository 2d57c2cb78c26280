"""The output folder of an analysis: every file whole or absent, ours replaced, others left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tissueclock.core.files import json_text, write_atomically
from tissueclock.image.volume import Volume
from tissueclock.pipeline.analysis import Analysis
from tissueclock.pipeline.folder import writing
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.report import html, json, png
from tissueclock.report.figures import Figures
from tissueclock.report.model import MAP_NAMES, ReportModel
from tissueclock.scan.nifti import nifti_bytes

_MASKS = ("brain", "core", "hypoperfused")
_OPTIONAL = frozenset(
    (
        *(f"masks/{name}.nii.gz" for name in (*_MASKS, "core_adc")),
        *(f"maps/{name}.nii.gz" for name in (*MAP_NAMES, "adc")),
        "pages/diffusion.png",
        "pages/maps.png",
    )
)


def write_analysis(analysis: Analysis, out: Path, watch: Stopwatch) -> Mapping[str, Any]:
    """Write maps, masks, pages, `report.html` and, last, `result.json` into `out`; returns the document.

    A file of ours from an earlier run that this run does not make (a map, a core) is removed first. Raises
    UsageError where the system refuses to write.
    """
    with watch.stage("report", "writing the report"):
        files = dict(_files(analysis.model))
    document = json.result_document(replace(analysis.model, timing_s=watch.seconds()))
    files["result.json"] = json_text(document).encode()
    with writing(out):
        for stale in _OPTIONAL - set(files):
            (out / stale).unlink(missing_ok=True)
        for name, content in files.items():
            write_atomically(out / name, content)
    return document


def _files(model: ReportModel) -> Iterator[tuple[str, bytes]]:
    for name, volume in model.maps.items():
        yield f"maps/{name}.nii.gz", nifti_bytes(volume)
    for name in _MASKS:
        mask = getattr(model, name)
        if mask is not None:
            yield f"masks/{name}.nii.gz", nifti_bytes(Volume(mask, model.grid, f"{name} mask", ""))
    if model.diffusion is not None:
        yield "maps/adc.nii.gz", nifti_bytes(model.diffusion.adc)
        core = Volume(model.diffusion.core, model.diffusion.grid, "core on diffusion", "")
        yield "masks/core_adc.nii.gz", nifti_bytes(core)
    figures = Figures.of(model)
    for name, page in png.pages(model, figures).items():
        yield f"pages/{name}.png", page
    yield "report.html", html.html(model, figures)
