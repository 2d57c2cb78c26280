"""What a series holds, told by its content first and by its names second, with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tissueclock.image.series import Modality
from tissueclock.scan.arrange import frames_of
from tissueclock.scan.headers import ImageHeader
from tissueclock.scan.mr_words import MrWords, read_words

MIN_FRAMES = 10
"""Fewer frames cannot hold baseline, bolus and wash-out (our choice)."""
_INVERSION_MS = (1500.0, 3300.0)
_LEAST_FLAIR_ECHO_MS = 50.0
"""An inversion that nulls fluid, and an echo long enough to show T2 (our choice; 2000 to 2800 and 80 to 150
usual)."""
_DERIVED = frozenset(
    {"EADC", "EXPONENTIAL", "FA", "TENSOR", "RGB", "CBF", "CBV", "MTT", "TTP", "TMAX", "PBP", "GBP", "RELCBF"}
)
_EADC_NAME = re.compile(
    r"(?<![a-z])eadc(?![a-z])|(?<![a-z])exp(?:onential)?[ _-]+(?:adc(?![a-z])|apparent diffusion)"
)
ADC_NAME = re.compile(r"(?<![a-z])adc(?![a-z])|apparent diffusion")
FLAIR_NAME = re.compile(r"flair|dark[ _-]?fluid|tirm")
DWI_NAME = re.compile(r"(?<![a-z])(?:dwi|diff\w*|trace\w*)(?![a-z])|(?<![a-z0-9])b[ _=-]?(?:0|1000)(?![0-9])")


class Kind(Enum):
    """What a series is to this program."""

    PERFUSION = "perfusion"
    DIFFUSION = "diffusion"
    ADC = "adc"
    FLAIR = "flair"
    OTHER = "other"


class ToldBy(Enum):
    """What a kind was told by."""

    CONTENT = "content"
    NAME = "name"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A kind, what it was told by, and the reason in words."""

    kind: Kind
    told_by: ToldBy
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """A DICOM series, or the part of it that is of one kind.

    `words` are those of its images in their order, none for a run over time.
    """

    verdict: Verdict
    headers: tuple[ImageHeader, ...]
    words: tuple[MrWords, ...] = ()

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.verdict.kind

    @property
    def b_values(self) -> tuple[float, ...]:
        """The b-values that are stated, each once."""
        return tuple(sorted({word.b for word in self.words if word.b is not None}))


def kinds_of(headers: Sequence[ImageHeader]) -> list[Found]:
    """Tell what the images of one series are; a series of several kinds gives a part for each.

    Raises InputError where a file is broken.
    """
    frames = frames_of(headers)
    if headers[0].modality != Modality.MR.value:
        return [Found(verdict=_over_time(headers, frames), headers=tuple(headers))]
    if frames >= MIN_FRAMES and not _is_weighted(headers):
        return [Found(verdict=_over_time(headers, frames), headers=tuple(headers))]
    words = [read_words(header.source) for header in headers]
    weighted = any((word.b or 0.0) > 0 for word in words)
    parts: dict[Kind, list[int]] = {}
    for number, word in enumerate(words):
        parts.setdefault(_of_words(word, weighted).kind, []).append(number)
    return list(_parts(headers, words, parts, weighted, frames))


def _parts(
    headers: Sequence[ImageHeader],
    words: Sequence[MrWords],
    parts: dict[Kind, list[int]],
    weighted: bool,
    frames: int,
) -> Iterator[Found]:
    for kind, numbers in parts.items():
        verdict = _of_words(words[numbers[0]], weighted)
        if kind is Kind.DIFFUSION:
            verdict = _of_b_values([words[number] for number in numbers], verdict)
        if kind is Kind.OTHER and not verdict.reason:
            verdict = _over_time(headers, frames)
        yield Found(
            verdict=verdict,
            headers=tuple(headers[number] for number in numbers),
            words=tuple(words[number] for number in numbers),
        )


def _is_weighted(headers: Sequence[ImageHeader]) -> bool:
    """Return whether a slice's images have b-values: a run of many directions is no run over time."""
    place = headers[0].slice_position_mm
    one_slice = [header for header in headers if abs(header.slice_position_mm - place) < 0.1]
    return any((read_words(header.source).b or 0.0) > 0 for header in one_slice)


def _over_time(headers: Sequence[ImageHeader], frames: int) -> Verdict:
    if frames >= MIN_FRAMES:
        reason = f"each slice was taken {frames} times"
        return Verdict(kind=Kind.PERFUSION, told_by=ToldBy.CONTENT, reason=reason)
    if len(headers) == 1:
        reason = "a single image"
    elif frames == 1:
        reason = "a plain stack of images: each slice was taken once"
    else:
        reason = f"a run of only {frames} frames; a perfusion run has {MIN_FRAMES} or more"
    return Verdict(kind=Kind.OTHER, told_by=ToldBy.NOTHING, reason=reason)


def _of_words(words: MrWords, weighted: bool) -> Verdict:
    """Tell what one image is by its header; `weighted` tells that its series has b-values above zero."""
    named = by_name(words.name, words.inversion_ms, words.echo_ms)
    return _by_content(words, weighted) or named or _nothing()


def _by_content(words: MrWords, weighted: bool) -> Verdict | None:
    derived = next((word for word in words.kinds if word in _DERIVED), "")
    if derived:
        return _content(Kind.OTHER, f"a derived map: its image type says {derived}")
    if "ADC" in words.kinds:
        return _content(Kind.ADC, "its image type says ADC")
    if (words.b or 0.0) > 0 or (weighted and words.b is not None):
        return _content(Kind.DIFFUSION, "")
    if is_flair(words.inversion_ms, words.echo_ms):
        return _content(Kind.FLAIR, flair_reason(words.inversion_ms, words.echo_ms))
    # Philips and GE state b = 0 in images of every contrast, functional runs too.
    if words.b == 0.0 and ("DIFFUSION" in words.kinds or DWI_NAME.search(words.name)):
        return _content(Kind.DIFFUSION, "")
    return None


def is_flair(inversion_ms: float | None, echo_ms: float | None) -> bool:
    """Return whether an inversion nulls fluid and the echo is long."""
    low, high = _INVERSION_MS
    return (
        inversion_ms is not None and low <= inversion_ms <= high and (echo_ms or 0.0) >= _LEAST_FLAIR_ECHO_MS
    )


def flair_reason(inversion_ms: float | None, echo_ms: float | None) -> str:
    """Return in words what makes it FLAIR."""
    inversion = f"its inversion time of {inversion_ms or 0:.0f} ms nulls fluid"
    return f"{inversion}, with an echo time of {echo_ms or 0:.0f} ms"


def by_name(name: str, inversion_ms: float | None, echo_ms: float | None) -> Verdict | None:
    """Tell a kind by a name in small letters, None where it says nothing.

    A name that says FLAIR counts only where no stated inversion or echo speaks against it: T1 FLAIR and STIR
    (which Siemens calls TIRM too) null other tissue, or do not show T2.
    """
    if _EADC_NAME.search(name):
        reason = "a derived map: its name says exponential ADC"
        return Verdict(kind=Kind.OTHER, told_by=ToldBy.NAME, reason=reason)
    for kind, pattern in ((Kind.ADC, ADC_NAME), (Kind.FLAIR, FLAIR_NAME), (Kind.DIFFUSION, DWI_NAME)):
        if pattern.search(name):
            if kind is Kind.FLAIR and not _may_be_flair(inversion_ms, echo_ms):
                return _no_flair(inversion_ms, echo_ms)
            known = {Kind.ADC: "ADC", Kind.FLAIR: "FLAIR", Kind.DIFFUSION: "diffusion"}[kind]
            b = "; nothing states its b-value" if kind is Kind.DIFFUSION else ""
            return Verdict(kind=kind, told_by=ToldBy.NAME, reason=f"its name says {known}{b}")
    return None


def _may_be_flair(inversion_ms: float | None, echo_ms: float | None) -> bool:
    """Return whether what is stated of inversion and echo leaves FLAIR possible."""
    low, high = _INVERSION_MS
    return (inversion_ms is None or low <= inversion_ms <= high) and (
        echo_ms is None or echo_ms >= _LEAST_FLAIR_ECHO_MS
    )


def _no_flair(inversion_ms: float | None, echo_ms: float | None) -> Verdict:
    stated = [
        f"{what} time of {value:.0f} ms"
        for what, value in (("inversion", inversion_ms), ("echo", echo_ms))
        if value is not None
    ]
    reason = f"its name says FLAIR, but its {' and '.join(stated)} do not null fluid and show T2"
    return Verdict(kind=Kind.OTHER, told_by=ToldBy.CONTENT, reason=reason)


def _of_b_values(words: Sequence[MrWords], verdict: Verdict) -> Verdict:
    values = sorted({word.b for word in words if word.b is not None})
    if not values:
        return verdict
    source = next(word.b_from for word in words if word.b is not None)
    listed = " and ".join(f"{value:g}" for value in values)
    return _content(Kind.DIFFUSION, f"b = {listed} s/mm2 by {source}")


def _content(kind: Kind, reason: str) -> Verdict:
    return Verdict(kind=kind, told_by=ToldBy.CONTENT, reason=reason)


def _nothing() -> Verdict:
    return Verdict(kind=Kind.OTHER, told_by=ToldBy.NOTHING, reason="")
