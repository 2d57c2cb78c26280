"""Open everything of one patient: the perfusion run, and on MR diffusion and FLAIR beside it or alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.scan.elements import is_dicom
from tissueclock.scan.found import MIN_FRAMES, Found, Kind, kinds_of
from tissueclock.scan.found_nifti import FoundNifti, kind_of_nifti
from tissueclock.scan.headers import ImageHeader, read_identity
from tissueclock.scan.identity import Identity
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
from tissueclock.scan.same_patient import check_same_labels, check_same_patient
from tissueclock.scan.sources import Source, find_sources
from tissueclock.scan.study import Scan, open_dicom, open_nifti, read_headers, refuse_mixture, require_run

_SEARCHED = (Kind.DIFFUSION, Kind.ADC, Kind.FLAIR)


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """What was read of one patient, and whose it is; `kind` is that of the files.

    There is a perfusion run, or diffusion, or both; diffusion and FLAIR are None where there are none (always
    on CT). `notes` say how they go together, and what was left out where there is no run.
    """

    perfusion: Scan | None
    diffusion: DiffusionScan | None = None
    flair: FlairScan | None = None
    notes: tuple[str, ...] = ()
    kind: str = "DICOM"
    identity: Identity = field(default_factory=Identity, repr=False)

    def __post_init__(self) -> None:
        if self.perfusion is None and self.diffusion is None:
            raise ValueError("a study has a perfusion run or diffusion")


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

    `left_out` are frames (from 0) of the perfusion run that the user will leave out. Without a run diffusion
    stands alone. Raises UsageError for an input that does not exist, InputError where there is neither, or
    more than one run, or what lies beside it cannot be used: of another patient, ambiguous or damaged.
    """
    sources = find_sources(inputs)
    images = [source for source in sources if source.is_nifti]
    candidates = [source for source in sources if not source.is_nifti and is_dicom(source.read_start())]
    refuse_mixture(images, candidates)
    if images:
        return _of_nifti(images, left_out)
    return _of_dicom(candidates, sources, left_out)


def _of_nifti(images: list[Source], left_out: frozenset[int]) -> Study:
    found = [kind_of_nifti(image) for image in images]
    used = {item.source for item in found if item.kind in _SEARCHED}
    others = [item for item in found if item.source not in used]
    if _is_diffusion_alone(found) and all(item.frames < MIN_FRAMES for item in others):
        diffusion, flair = diffusion_of_nifti(found), flair_of_nifti(found)
        check_same_labels([item.source.label for item in found if item.kind in _SEARCHED])
        return Study(perfusion=None, diffusion=diffusion, flair=flair, notes=_left_out(others), kind="NIfTI")
    scan = open_nifti([item.source for item in others] or images, left_out)
    require_run(scan.series)
    if scan.series.modality is not Modality.MR:
        return Study(perfusion=scan, notes=_not_beside_ct(found), kind="NIfTI")
    diffusion, flair = diffusion_of_nifti(found), flair_of_nifti(found)
    check_same_labels([item.source.label for item in found if item.kind in (*_SEARCHED, Kind.PERFUSION)])
    return Study(
        perfusion=scan, diffusion=diffusion, flair=flair, notes=_unused_flair(diffusion, flair), kind="NIfTI"
    )


def _is_diffusion_alone(found: Sequence[Found] | Sequence[FoundNifti]) -> bool:
    kinds = {item.kind for item in found}
    return bool(kinds & {Kind.DIFFUSION, Kind.ADC}) and Kind.PERFUSION not in kinds


def _not_beside_ct(found: Sequence[Found] | Sequence[FoundNifti]) -> tuple[str, ...]:
    """Return in words what of MR lies beside a CT run, which measures its own core."""
    kinds = dict.fromkeys(item.kind for item in found if item.kind in _SEARCHED)
    return tuple(f"Left out: {kind.value} (MR) beside a CT perfusion run" for kind in kinds)


def _left_out(others: Sequence[Found] | Sequence[FoundNifti]) -> tuple[str, ...]:
    """Return in words what is neither diffusion nor FLAIR, where there is no perfusion run."""
    counts = Counter(item.verdict.reason for item in others)
    return tuple(
        f"Left out: {f'{count} series or files, each ' if count > 1 else ''}{reason}"
        for reason, count in counts.items()
    )


def _unused_flair(diffusion: DiffusionScan | None, flair: FlairScan | None) -> tuple[str, ...]:
    """Return in words that FLAIR says nothing where there is no lesion on diffusion to look at."""
    if flair is None or diffusion is not None:
        return ()
    return ("FLAIR was read and not used: its ratio is that of the lesion on diffusion, and there is none",)


def _of_dicom(candidates: list[Source], sources: Sequence[Source], left_out: frozenset[int]) -> Study:
    headers, refused = read_headers(candidates)
    found = [part for series in _by_series(headers) for part in kinds_of(series)]
    others = [part for part in found if part.kind not in _SEARCHED]
    if _is_diffusion_alone(found):
        return _diffusion_alone(found, others, refused)
    rest = [header for part in others for header in part.headers]
    nothing_else = not rest and bool(headers)
    scan = open_dicom(headers if nothing_else else rest, refused, candidates, sources, left_out)
    require_run(scan.series)
    if scan.series.modality is not Modality.MR:
        return Study(perfusion=scan, notes=_not_beside_ct(found), identity=scan.identity)
    diffusion, flair = diffusion_of(found), flair_of(found)
    run = next(part for part in found if part.kind is Kind.PERFUSION)
    return Study(
        perfusion=scan,
        diffusion=diffusion,
        flair=flair,
        notes=_compared(_origin_of(run), diffusion, flair),
        identity=scan.identity,
    )


def _diffusion_alone(found: Sequence[Found], others: Sequence[Found], refused: Sequence[str]) -> Study:
    diffusion, flair = diffusion_of(found), flair_of(found)
    first = next(part for part in found if part.kind in (Kind.DIFFUSION, Kind.ADC)).headers[0]
    notes = [*_left_out(others), *(f"Left out: {text}" for text in refused), *_parts_compared(diffusion)]
    if diffusion is not None and flair is not None:
        notes += check_same_patient(diffusion.origin, flair.origin, ("diffusion", "FLAIR"))
    identity = read_identity(first.source)
    return Study(perfusion=None, diffusion=diffusion, flair=flair, notes=tuple(notes), identity=identity)


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
    return (*notes, *_parts_compared(diffusion), *_unused_flair(diffusion, flair))


def _parts_compared(diffusion: DiffusionScan | None) -> tuple[str, ...]:
    """Compare what lies in other series (b0, the scanner's map) with the diffusion images."""
    if diffusion is None:
        return ()
    notes = [
        check_same_patient(diffusion.origin, part, ("diffusion", name)) for name, part in diffusion.parts
    ]
    return tuple(note for found in notes for note in found)


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
