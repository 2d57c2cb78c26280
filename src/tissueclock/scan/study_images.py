"""Open everything of one patient: the perfusion run, and on MR diffusion and FLAIR beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.scan.elements import is_dicom
from tissueclock.scan.found import Found, Kind, kinds_of
from tissueclock.scan.found_nifti import FoundNifti, kind_of_nifti
from tissueclock.scan.headers import ImageHeader
from tissueclock.scan.mr_images import (
    DiffusionScan,
    FlairScan,
    Origin,
    diffusion_of,
    diffusion_of_nifti,
    flair_of,
    flair_of_nifti,
)
from tissueclock.scan.mr_words import read_words
from tissueclock.scan.same_patient import check_same_patient
from tissueclock.scan.sources import Source, find_sources
from tissueclock.scan.study import Scan, open_dicom, open_nifti, read_headers, refuse_mixture, require_run

_SEARCHED = (Kind.DIFFUSION, Kind.ADC, Kind.FLAIR)


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """What was read of one patient; diffusion and FLAIR are None where there are none (always on CT)."""

    perfusion: Scan
    diffusion: DiffusionScan | None = None
    flair: FlairScan | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One series or file as `inspect` lists it."""

    kind: Kind
    told_by: str
    reason: str
    modality: str
    images: int
    label: str
    matrix: tuple[int, ...]
    b_values: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "kind": self.kind.value,
            "told_by": self.told_by,
            "reason": self.reason,
            "modality": self.modality,
            "images": self.images,
            "first_file": self.label,
            "matrix": list(self.matrix),
            "b_values": list(self.b_values),
        }


def open_study(inputs: Iterable[Path], left_out: frozenset[int] = frozenset()) -> Study:
    """Find and read perfusion, diffusion and FLAIR among the inputs, which are one patient.

    `left_out` are frames (from 0) of the perfusion run that the user will leave out. Raises UsageError for
    an input that does not exist, InputError where there is no perfusion run or more than one, or what lies
    beside it cannot be used: of another patient, ambiguous or damaged.
    """
    sources = find_sources(inputs)
    images = [source for source in sources if source.is_nifti]
    candidates = [source for source in sources if not source.is_nifti and is_dicom(source.read_start())]
    refuse_mixture(images, candidates)
    if images:
        return _of_nifti(images, left_out)
    return _of_dicom(candidates, sources, left_out)


def _of_nifti(images: list[Source], left_out: frozenset[int]) -> Study:
    found = [kind_of_nifti(image) for image in images] if len(images) > 1 else []
    used = {item.source for item in found if item.kind in _SEARCHED}
    scan = open_nifti([image for image in images if image not in used] or images, left_out)
    require_run(scan.series)
    if scan.series.modality is not Modality.MR:
        return Study(perfusion=scan)
    return Study(perfusion=scan, diffusion=diffusion_of_nifti(found), flair=flair_of_nifti(found))


def _of_dicom(candidates: list[Source], sources: Sequence[Source], left_out: frozenset[int]) -> Study:
    headers, refused = read_headers(candidates)
    found = [part for series in _by_series(headers) for part in kinds_of(series)]
    rest = [header for part in found if part.kind not in _SEARCHED for header in part.headers]
    nothing_else = not rest and bool(headers)
    scan = open_dicom(headers if nothing_else else rest, refused, candidates, sources, left_out)
    require_run(scan.series)
    if scan.series.modality is not Modality.MR:
        return Study(perfusion=scan)
    diffusion, flair = diffusion_of(found), flair_of(found)
    run = next(part for part in found if part.kind is Kind.PERFUSION)
    return Study(
        perfusion=scan,
        diffusion=diffusion,
        flair=flair,
        notes=_compared(_origin_of(run), diffusion, flair),
    )


def _origin_of(run: Found) -> Origin:
    words = read_words(run.headers[0].source)
    return Origin(
        digest="",
        files=len(run.headers),
        frame_of_reference=words.frame_of_reference,
        patient=words.patient,
        taken=words.taken,
    )


def _compared(perfusion: Origin, diffusion: DiffusionScan | None, flair: FlairScan | None) -> tuple[str, ...]:
    notes: list[str] = []
    for name, scan in (("diffusion", diffusion), ("FLAIR", flair)):
        if scan is not None:
            notes += check_same_patient(perfusion, scan.origin, ("perfusion run", name))
    return tuple(notes)


def _by_series(headers: Iterable[ImageHeader]) -> list[list[ImageHeader]]:
    by_series: dict[str, list[ImageHeader]] = {}
    for header in headers:
        by_series.setdefault(header.series, []).append(header)
    return list(by_series.values())


def inspect_inputs(inputs: Iterable[Path]) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    """Tell every series of the inputs apart; returns them, and in words what is no image of use.

    Raises UsageError for an input that does not exist, InputError where a file is broken or there is nothing.
    """
    sources = find_sources(inputs)
    images = [source for source in sources if source.is_nifti]
    candidates = [source for source in sources if not source.is_nifti and is_dicom(source.read_start())]
    headers, refused = read_headers(candidates)
    listed = [_listed(part) for series in _by_series(headers) for part in kinds_of(series)]
    listed += [_listed_nifti(kind_of_nifti(image)) for image in images]
    if not listed and not refused:
        raise InputError("there is no DICOM or NIfTI file in the input.", remedy="Name the folder of a scan.")
    order = [kind.value for kind in Kind]
    return tuple(sorted(listed, key=lambda item: order.index(item.kind.value))), tuple(refused)


def _listed(part: Found) -> Listed:
    first = part.headers[0]
    return Listed(
        kind=part.kind,
        told_by=part.verdict.told_by.value,
        reason=part.verdict.reason,
        modality=first.modality,
        images=len(part.headers),
        label=first.source.label,
        matrix=(first.columns, first.rows),
        b_values=part.b_values,
    )


def _listed_nifti(found: FoundNifti) -> Listed:
    return Listed(
        kind=found.kind,
        told_by=found.verdict.told_by.value,
        reason=found.verdict.reason,
        modality=str(found.sidecar.content.get("Modality", "")),
        images=found.frames,
        label=found.source.label,
        matrix=(),
        b_values=tuple(sorted(set(found.b_values or ()))),
    )
