"""Open an input: find the one perfusion run in it, read it, and say why everything else is not one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.arrange import arrange, frames_of
from tissueclock.scan.dicom import read_series
from tissueclock.scan.elements import is_dicom
from tissueclock.scan.found import MIN_FRAMES
from tissueclock.scan.headers import ImageHeader, read_header, read_identity
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import nifti_frames, read_nifti
from tissueclock.scan.repair import mended
from tissueclock.scan.sources import Source, find_sources

MIN_DURATION_S = 20.0
"""A shorter run misses most of the first pass (our choice; 60 to 70 s are recommended: Kasasbeh 2016)."""
_MOST_REASONS = 6
"""A sentence that is longer than this many reasons is not read."""


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
            "slices": series.grid.shape[series.grid.axial_axis],
            "matrix": [series.grid.shape[axis] for axis in series.grid.in_plane_axes],
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


def open_scan(inputs: Iterable[Path], left_out: frozenset[int] = frozenset()) -> Scan:
    """Find and read the one perfusion run of the inputs.

    `left_out` are frames (from 0) that the user will leave out: whatever they hold is no reason to refuse.
    Raises UsageError for an input that does not exist, and InputError where there is no perfusion run, more
    than one, or an unsuitable one: each candidate is named with the reason.
    """
    sources = find_sources(inputs)
    images = [source for source in sources if source.is_nifti]
    candidates = [source for source in sources if not source.is_nifti and is_dicom(source.read_start())]
    refuse_mixture(images, candidates)
    if images:
        scan = open_nifti(images, left_out)
    else:
        headers, refused = read_headers(candidates)
        scan = open_dicom(headers, refused, candidates, sources, left_out)
    require_run(scan.series)
    return scan


def refuse_mixture(images: Sequence[Source], candidates: Sequence[Source]) -> None:
    """Raise InputError where an input holds both NIfTI and DICOM."""
    if images and candidates:
        raise InputError(
            f"the input holds both NIfTI ({_count(len(images), 'file')}) and DICOM "
            f"({_count(len(candidates), 'file')}).",
            remedy="Name either the NIfTI file of the perfusion run or the folder with its DICOM files.",
        )


def open_nifti(images: list[Source], left_out: frozenset[int]) -> Scan:
    """Read the one NIfTI file that holds a run over time; raises InputError where there is not one."""
    image, notes = _one_run(images)
    read = read_nifti(image)
    series, repairs = mended(read.series, {}, image.label, left_out)
    return Scan(
        series=series,
        kind="NIfTI",
        digest=read.digest,
        files=1,
        time_source=read.time_source,
        notes=(*notes, *read.notes),
        repairs=repairs,
    )


def _one_run(images: list[Source]) -> tuple[Source, tuple[str, ...]]:
    """Return the one NIfTI file that holds a run over time, and a note on the others."""
    if len(images) == 1:
        return images[0], ()
    runs = [image for image in images if nifti_frames(image) >= MIN_FRAMES]
    if len(runs) != 1:
        among = runs or images
        names = ", ".join(image.label for image in among[:5]) + (" ..." if len(among) > 5 else "")
        what = f"{len(runs)} hold a run over time" if runs else f"none holds {MIN_FRAMES} frames or more"
        raise InputError(
            f"there are {len(images)} NIfTI files, and {what}: {names}.",
            remedy="Name the file of the perfusion run.",
        )
    others = _count(len(images) - 1, "other NIfTI file")
    return runs[0], (f"{others} in the input hold no run over time and were left out",)


def open_dicom(
    headers: list[ImageHeader],
    refused: list[str],
    candidates: list[Source],
    sources: Sequence[Source],
    left_out: frozenset[int],
) -> Scan:
    """Read the one perfusion run among images whose `headers` were read.

    `refused` says in words what else was found, `candidates` are the DICOM files and `sources` all files.
    Raises InputError where there is no run, or more than one: each candidate is named with the reason.
    """
    if not candidates:
        raise _nothing(sources)
    runs, reasons = _split_runs(headers)
    words = _shortened([*reasons, *refused])
    if not runs:
        raise InputError(
            f"there is no perfusion run in the input: {'; '.join(words)}.",
            where=candidates[0].label if len(candidates) == 1 else "",
            remedy="Name the folder of the CT or MR perfusion run.",
        )
    if len(runs) > 1:
        names = ", ".join(f"{run[0].modality} of {len(run)} images" for run in runs)
        raise InputError(f"there are {len(runs)} perfusion runs: {names}.", remedy="Name the folder of one.")
    layout = arrange(runs[0])
    read = read_series(layout)
    series, repairs = mended(read.series, read.unreadable, "the run", left_out)
    not_read = tuple(f"Left out: {text}" for text in words)
    return Scan(
        series=series,
        kind="DICOM",
        digest=read.digest,
        files=len(runs[0]),
        time_source=layout.time_source,
        notes=(*layout.notes, *not_read),
        repairs=repairs,
        identity=read_identity(runs[0][0].source),
    )


def _nothing(sources: Sequence[Source]) -> InputError:
    """Return the error of an input without a single DICOM or NIfTI file."""
    remedy = "Name the folder of the perfusion run."
    if not sources:
        return InputError("there is no file in the input.", remedy=remedy)
    if len(sources) > 1:
        return InputError(
            f"there are {len(sources)} files, none of them DICOM or NIfTI, in the input.", remedy=remedy
        )
    empty = "is empty" if not sources[0].read_start() else "is neither DICOM nor NIfTI"
    return InputError(f"the file {empty}.", where=sources[0].label, remedy=remedy)


def read_headers(candidates: list[Source]) -> tuple[list[ImageHeader], list[str]]:
    """Return the headers of images that may serve, and in words what the other files are."""
    headers: list[ImageHeader] = []
    refused: Counter[str] = Counter()
    for source in candidates:
        header = read_header(source)
        if isinstance(header, ImageHeader):
            headers.append(header)
        else:
            refused[header] += 1
    return headers, [f"{count} files: {reason}" if count > 1 else reason for reason, count in refused.items()]


def _split_runs(headers: list[ImageHeader]) -> tuple[list[list[ImageHeader]], list[str]]:
    """Split the images by series into runs over time and, in words, the rest."""
    by_series: dict[str, list[ImageHeader]] = {}
    for header in headers:
        by_series.setdefault(header.series, []).append(header)
    runs, reasons, singles = [], [], Counter[str]()
    for images in by_series.values():
        frames = frames_of(images)
        if frames >= MIN_FRAMES:
            runs.append(images)
        elif len(images) == 1:
            singles[images[0].modality] += 1
        else:
            reasons.append(_why_no_run(images, frames))
    lone = [
        f"{_count(count, f'single {modality} image')}, nothing over time"
        for modality, count in singles.items()
    ]
    return runs, reasons + lone


def _why_no_run(images: list[ImageHeader], frames: int) -> str:
    series = f"the {images[0].modality} series of {len(images)} images"
    if frames == 1:
        return f"{series} is a plain stack of images: each slice was taken once"
    return f"{series} is a run of only {frames} frames; a perfusion run has {MIN_FRAMES} or more"


def _shortened(reasons: list[str]) -> list[str]:
    """Return the first reasons, and how many more there are."""
    if len(reasons) <= _MOST_REASONS:
        return reasons
    return [*reasons[:_MOST_REASONS], f"and {len(reasons) - _MOST_REASONS} other kinds"]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def require_run(series: TimeSeries) -> None:
    """Raise InputError unless the series has the frames, the time and the echo time that perfusion needs.

    The time is that which all slices share.
    """
    duration_s = max(0.0, float(series.times_s[-1].min() - series.times_s[0].max()))
    if series.frames < MIN_FRAMES or duration_s < MIN_DURATION_S:
        raise InputError(
            f"the run has {series.frames} frames over {duration_s:.0f} s that all slices share; a perfusion "
            f"run needs at least {MIN_FRAMES} frames and {MIN_DURATION_S:.0f} s.",
            remedy="Name the folder of the perfusion run.",
        )
    if series.modality is Modality.MR and series.echo_time_s is None:
        raise InputError(
            "the echo time is not stated, so MR signal cannot become concentration.",
            remedy="Put 'EchoTime' (seconds) into the side-car, or export the DICOM with EchoTime.",
        )
