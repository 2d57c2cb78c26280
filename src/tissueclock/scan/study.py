"""Open an input: find the one perfusion run in it, read it, and say why everything else is not one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.dicom import arrange, frames_of, read_series
from tissueclock.scan.headers import ImageHeader, read_header
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import read_nifti
from tissueclock.scan.repair import mended
from tissueclock.scan.sources import Source, find_sources

MIN_FRAMES = 10
"""Fewer frames cannot hold baseline, bolus and wash-out (our choice)."""
MIN_DURATION_S = 20.0
"""A shorter run misses most of the first pass (our choice; 60 to 70 s are recommended: Kasasbeh 2016)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan:
    """A perfusion run that was read: the series, where it came from, and whose it is.

    `notes` say what was inferred or left out, `repairs` which frame was interpolated and why.
    """

    series: TimeSeries
    kind: str
    digest: str
    files: int
    time_source: str
    notes: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    identity: Identity = field(default_factory=Identity, repr=False)

    def summary(self) -> Mapping[str, Any]:
        """Return what the report says about the input, as JSON values; no identification."""
        series = self.series
        times = series.times_s
        return {
            "kind": self.kind,
            "modality": series.modality.value,
            "files": self.files,
            "digest": self.digest,
            "frames": series.frames,
            "slices": series.grid.shape[2],
            "matrix": list(series.grid.shape[:2]),
            "spacing_mm": [round(value, 4) for value in series.grid.spacing_mm],
            "axis_codes": series.grid.axis_codes,
            "duration_s": round(float(np.ptp(times)), 3),
            "interval_s": round(float(np.median(np.diff(times, axis=0))), 3),
            "longest_gap_s": round(float(np.diff(times, axis=0).max()), 3),
            "per_slice_times": bool(np.ptp(times, axis=1).max() > 0),
            "echo_time_s": series.echo_time_s,
            "time_source": self.time_source,
            "notes": list(self.notes),
            "repairs": list(self.repairs),
        }


def open_scan(inputs: Iterable[Path]) -> Scan:
    """Find and read the one perfusion run of the inputs.

    Raises UsageError for an input that does not exist, and InputError where there is no perfusion run, more
    than one, or an unsuitable one: each candidate is named with the reason.
    """
    sources = find_sources(inputs)
    images = [source for source in sources if source.is_nifti]
    candidates = [source for source in sources if not source.is_nifti and source.looks_like_dicom()]
    if images and candidates:
        raise InputError("the input mixes NIfTI and DICOM.", remedy="Name one of them.")
    scan = _open_nifti(images) if images else _open_dicom(candidates, len(sources))
    _require_perfusion(scan.series)
    return scan


def _open_nifti(images: list[Source]) -> Scan:
    if len(images) > 1:
        names = ", ".join(image.label for image in images[:5])
        raise InputError(f"there are {len(images)} NIfTI files ({names}).", remedy="Name the perfusion run.")
    if images[0].member:
        raise InputError("a NIfTI file inside a zip is not read.", where=images[0].label, remedy="Unpack it.")
    read, digest, notes = read_nifti(images[0].path)
    series, repairs = mended(read, {}, images[0].label)
    return Scan(
        series=series,
        kind="NIfTI",
        digest=digest,
        files=1,
        time_source="side-car",
        notes=notes,
        repairs=repairs,
    )


def _open_dicom(candidates: list[Source], files: int) -> Scan:
    if not candidates:
        seen = f"{files} file{'s' if files != 1 else ''}, none of them DICOM or NIfTI" if files else "no file"
        raise InputError(f"there is {seen} in the input.", remedy="Name the folder of the perfusion run.")
    headers, refused = _read_headers(candidates)
    runs, reasons = _split_runs(headers)
    if not runs:
        raise InputError(
            f"there is no perfusion run in the input: {'; '.join(reasons + refused) or 'nothing readable'}.",
            remedy="Name the folder of the CT or MR perfusion run.",
        )
    if len(runs) > 1:
        names = ", ".join(f"{run[0].modality} of {len(run)} images" for run in runs)
        raise InputError(f"there are {len(runs)} perfusion runs: {names}.", remedy="Name the folder of one.")
    layout = arrange(runs[0])
    read = read_series(layout)
    series, repairs = mended(read.series, read.unreadable, "the run")
    return Scan(
        series=series,
        kind="DICOM",
        digest=read.digest,
        files=len(runs[0]),
        time_source=layout.time_source,
        notes=tuple(reasons + refused),
        repairs=repairs,
        identity=runs[0][0].identity,
    )


def _read_headers(candidates: list[Source]) -> tuple[list[ImageHeader], list[str]]:
    headers: list[ImageHeader] = []
    refused: dict[str, int] = {}
    for source in candidates:
        header = read_header(source)
        if isinstance(header, ImageHeader):
            headers.append(header)
        else:
            refused[header] = refused.get(header, 0) + 1
    words = [f"{count} file{'s' if count != 1 else ''}: {reason}" for reason, count in refused.items()]
    return headers, words


def _split_runs(headers: list[ImageHeader]) -> tuple[list[list[ImageHeader]], list[str]]:
    """Split the images by series into runs over time and, in words, the rest."""
    by_series: dict[str, list[ImageHeader]] = {}
    for header in headers:
        by_series.setdefault(header.series, []).append(header)
    runs, reasons = [], []
    for images in by_series.values():
        frames = frames_of(images)
        if frames >= MIN_FRAMES:
            runs.append(images)
        else:
            what = "a plain stack of images" if frames == 1 else f"a run of only {frames} frames"
            reasons.append(f"the {images[0].modality} series of {len(images)} images is {what}")
    return runs, reasons


def _require_perfusion(series: TimeSeries) -> None:
    duration_s = float(np.ptp(series.times_s))
    if series.frames < MIN_FRAMES or duration_s < MIN_DURATION_S:
        raise InputError(
            f"the run has {series.frames} frames over {duration_s:.0f} s; a perfusion run needs at least "
            f"{MIN_FRAMES} frames and {MIN_DURATION_S:.0f} s.",
            remedy="Name the folder of the perfusion run.",
        )
    if series.modality is Modality.MR and series.echo_time_s is None:
        raise InputError(
            "the echo time is not stated, so MR signal cannot become concentration.",
            remedy="Put 'EchoTime' (seconds) into the side-car, or export the DICOM with EchoTime.",
        )
