"""What a NIfTI file holds: by its b-values and side-car first, by its name (as BIDS has it) second."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tissueclock.core.errors import InputError
from tissueclock.scan.found import MIN_FRAMES, Kind, ToldBy, Verdict, by_name, flair_reason, is_flair
from tissueclock.scan.nifti import nifti_frames
from tissueclock.scan.sidecar import Sidecar, read_sidecar
from tissueclock.scan.sources import Source

_B_IN_NAME = re.compile(r"(?<![a-z0-9])b[ _=-]?(\d{1,5})(?![0-9])")
_RUN_KEYS = ("FrameTimesStart", "VolumeTiming")


@dataclass(frozen=True, eq=False, kw_only=True)
class FoundNifti:
    """A NIfTI file: what it is, how many frames it has, and their b-values, None if nothing states them."""

    source: Source
    verdict: Verdict
    frames: int
    b_values: tuple[float, ...] | None
    sidecar: Sidecar

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.verdict.kind


def kind_of_nifti(source: Source) -> FoundNifti:
    """Tell what a NIfTI file is; raises InputError where it, its side-car or its b-values are broken."""
    frames, sidecar = nifti_frames(source), read_sidecar(source)
    stem = stem_of(source)
    stated = _read_b_values(source, frames)
    named = _B_IN_NAME.search(stem.lower())
    values = stated or ((float(named[1]),) if named and frames == 1 else None)
    verdict = _verdict(stem, frames, stated, values, sidecar)
    if verdict.kind is not Kind.DIFFUSION:
        values = None
    return FoundNifti(source=source, verdict=verdict, frames=frames, b_values=values, sidecar=sidecar)


def stem_of(source: Source) -> str:
    """Return a file's name without what says that it is NIfTI."""
    name = source.label
    return name[: len(name.lower().removesuffix(".gz").removesuffix(".nii"))]


def _verdict(
    stem: str,
    frames: int,
    stated: tuple[float, ...] | None,
    values: tuple[float, ...] | None,
    sidecar: Sidecar,
) -> Verdict:
    if stated is not None:
        listed = " and ".join(f"{value:g}" for value in sorted(set(stated)))
        return _told(Kind.DIFFUSION, ToldBy.CONTENT, f"b = {listed} s/mm2 by its .bval file")
    content = _by_sidecar(sidecar)
    if content is not None:
        return content
    suffix = stem.lower().rsplit("_", 1)[-1]
    timed = any(key in sidecar.content for key in _RUN_KEYS)
    if frames >= MIN_FRAMES and (timed or suffix not in ("dwi", "trace")):
        return _told(Kind.PERFUSION, ToldBy.CONTENT, f"it holds {frames} frames")
    named = by_name(stem.lower().replace("-", "_"), *_contrast_ms(sidecar))
    if named is not None and named.kind is Kind.DIFFUSION and values is not None:
        return _told(Kind.DIFFUSION, ToldBy.NAME, f"its name says b = {values[0]:g} s/mm2")
    few = f"{frames} frames" if frames > 1 else "a single volume"
    return named or _told(Kind.OTHER, ToldBy.NOTHING, f"{few}, and neither side-car nor name says of what")


def _told(kind: Kind, by: ToldBy, reason: str) -> Verdict:
    return Verdict(kind=kind, told_by=by, reason=reason)


def _by_sidecar(sidecar: Sidecar) -> Verdict | None:
    kinds = sidecar.content.get("ImageType")
    if isinstance(kinds, list) and "ADC" in kinds:
        return _told(Kind.ADC, ToldBy.CONTENT, "the ImageType of its side-car says ADC")
    inversion_ms, echo_ms = _contrast_ms(sidecar)
    if is_flair(inversion_ms, echo_ms):
        return _told(Kind.FLAIR, ToldBy.CONTENT, flair_reason(inversion_ms, echo_ms))
    return None


def _contrast_ms(sidecar: Sidecar) -> tuple[float | None, float | None]:
    """Return inversion and echo time, ms; None for what the side-car does not state as a number."""
    stated = (sidecar.content.get(key) for key in ("InversionTime", "EchoTime"))
    inversion_ms, echo_ms = (
        1000.0 * value if isinstance(value, (int, float)) and math.isfinite(value) else None
        for value in stated
    )
    return inversion_ms, echo_ms


def _read_b_values(source: Source, frames: int) -> tuple[float, ...] | None:
    """Return the numbers of the .bval file beside a NIfTI, one a frame; None where there is none."""
    beside = source.sibling(f"{stem_of(source)}.bval")
    if beside is None:
        return None
    try:
        values = tuple(float(word) for word in beside.read().decode("ascii").split())
    except ValueError as error:
        raise InputError(
            "the .bval file holds something else than numbers.", where=beside.label, remedy="Correct it."
        ) from error
    wrong = next((value for value in values if not 0 <= value <= 20_000), None)
    if wrong is not None:
        raise InputError(
            f"the .bval file states a b-value of {wrong:g} s/mm2.",
            where=beside.label,
            remedy="Convert the scan again from DICOM.",
        )
    if len(values) != frames:
        raise InputError(
            f"the .bval file must hold {frames} b-values in s/mm2, one a volume, not {len(values)}.",
            where=beside.label,
            remedy="Convert the scan again from DICOM.",
        )
    return values
