"""What the header of an MR image says about its contrast: diffusion weighting, inversion, kind, and whose it
is.

The b-value stands in the standard's field (0018,9087) or in a private one, whose block has to be the vendor's
own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.tag import BaseTag, Tag

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.scan.elements import Elements, read_elements, tag
from tissueclock.scan.sources import Source

_IMAGE_TYPE, _INVERSION, _ECHO, _FRAME = (
    tag(name) for name in ("ImageType", "InversionTime", "EchoTime", "FrameOfReferenceUID")
)
_B_VALUE, _DIRECTIONALITY, _GRADIENT = (
    tag(name) for name in ("DiffusionBValue", "DiffusionDirectionality", "DiffusionGradientOrientation")
)
_NAMES = tuple(tag(name) for name in ("SeriesDescription", "ProtocolName", "SequenceName"))
_PATIENT = (tag("PatientID"), tag("PatientName"))
_DATES = tuple(tag(name) for name in ("AcquisitionDate", "SeriesDate", "ContentDate", "StudyDate"))
_TIMES = tuple(tag(name) for name in ("AcquisitionTime", "SeriesTime", "ContentTime", "StudyTime"))

_GE_OFFSET = 1_000_000_000
"""GE adds this to the b-value of some series."""
_SEQUENCE_B = re.compile(r"ep_b(\d+)(t?)(?:#\d+)?")
"""Siemens names its echo-planar sequences so; t is the trace."""


@dataclass(frozen=True, slots=True)
class _Private:
    """A private field of a vendor: group and element (low byte), and the creator that its block must name."""

    vendor: str
    creator: str
    group: int
    element: int

    def tags(self) -> Iterator[tuple[BaseTag, BaseTag]]:
        """Yield (creator, field) for the blocks that vendors use."""
        for block in (0x10, 0x11, 0x12):
            yield Tag(self.group, block), Tag(self.group, (block << 8) + self.element)

    def find(self, elements: Elements) -> BaseTag | None:
        """Return where the field stands in this header, None where the block is not the vendor's."""
        for creator, field in self.tags():
            if elements.text(creator) == self.creator and elements.bytes_of(field):
                return field
        return None


_SIEMENS_B = _Private("Siemens", "SIEMENS MR HEADER", 0x0019, 0x0C)
_SIEMENS_KIND = _Private("Siemens", "SIEMENS MR HEADER", 0x0019, 0x0D)
_GE_B = _Private("GE", "GEMS_PARM_01", 0x0043, 0x39)
_PHILIPS_B = _Private("Philips", "Philips Imaging DD 001", 0x2001, 0x03)
_PHILIPS_KIND = _Private("Philips", "Philips Imaging DD 001", 0x2001, 0x04)
_UIH_B = _Private("United Imaging", "Image Private Header", 0x0065, 0x09)
_PRIVATE = (_SIEMENS_B, _SIEMENS_KIND, _GE_B, _PHILIPS_B, _PHILIPS_KIND, _UIH_B)
_TAGS = (
    _IMAGE_TYPE, _INVERSION, _ECHO, _FRAME, _B_VALUE, _DIRECTIONALITY, _GRADIENT, *_NAMES, *_PATIENT,
    *_DATES, *_TIMES, *(found for field in _PRIVATE for pair in field.tags() for found in pair),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MrWords:
    """What one header says.

    `b` is in s/mm2 and `b_from` where it stands; `is_trace` is True for an image of all directions, False for
    one direction, None where nothing says it. `kinds` are the words of ImageType, `name` those of the series'
    names in small letters. `patient` is a digest of who it is, empty where nothing says so; `taken` date and
    clock as digits.
    """

    b: float | None
    b_from: str
    is_trace: bool | None
    direction: str
    kinds: tuple[str, ...]
    name: str
    inversion_ms: float | None
    echo_ms: float | None
    frame_of_reference: str
    patient: str
    taken: str


def read_words(source: Source) -> MrWords:
    """Read what a header says about contrast; raises InputError where the file is broken."""
    elements = read_elements(source, _TAGS)
    b, b_from = _b_value(elements, source.label)
    return MrWords(
        b=b,
        b_from=b_from,
        is_trace=_is_trace(elements),
        direction=_direction(elements),
        kinds=tuple(word.upper() for word in elements.parts(_IMAGE_TYPE)),
        name=" ".join(elements.text(name) for name in _NAMES).lower(),
        inversion_ms=elements.real(_INVERSION) or None,
        echo_ms=elements.real(_ECHO) or None,
        frame_of_reference=elements.text(_FRAME),
        patient=_patient(elements),
        taken=_first(elements, _DATES)[:8] + _first(elements, _TIMES)[:6],
    )


def _b_value(elements: Elements, label: str) -> tuple[float | None, str]:
    """Return the b-value and where it stands; the standard's field first."""
    standard = elements.real(_B_VALUE)
    if standard is not None:
        return _plausible(standard, label), "DiffusionBValue (0018,9087)"
    for private in (_SIEMENS_B, _GE_B, _PHILIPS_B, _UIH_B):
        field = private.find(elements)
        value = None if field is None else elements.real(field)
        if field is not None and value is not None:
            stated = value % _GE_OFFSET if private is _GE_B else value
            where = f"{private.vendor}'s field ({field.group:04X},{field.element:04X})"
            return _plausible(stated, label), where
    named = _SEQUENCE_B.search(elements.text(_NAMES[-1]).lower())
    return (float(named[1]), "the name of the Siemens sequence") if named else (None, "")


def _plausible(value: float, label: str) -> float:
    """Return a b-value in s/mm2; raises InputError for what none can be."""
    if not 0 <= value <= 20_000:
        raise InputError(
            f"the header states a b-value of {value:g} s/mm2.",
            where=label,
            remedy="Export the series as the scanner wrote it.",
        )
    return value


def _is_trace(elements: Elements) -> bool | None:
    words = {word.upper() for word in elements.parts(_IMAGE_TYPE)}
    stated = elements.text(_DIRECTIONALITY).upper()
    siemens, philips = (_private_text(elements, field) for field in (_SIEMENS_KIND, _PHILIPS_KIND))
    named = _SEQUENCE_B.search(elements.text(_NAMES[-1]).lower())
    if words & {"TRACEW", "TRACE", "ISOTROPIC"} or "ISOTROPIC" in (stated, siemens) or philips == "I":
        return True
    if named and named[2]:
        return True
    if "DIRECTIONAL" in (stated, siemens) or philips in ("P", "M", "S"):
        return False
    return None


def _private_text(elements: Elements, field: _Private) -> str:
    found = field.find(elements)
    return "" if found is None else elements.text(found).upper()


def _direction(elements: Elements) -> str:
    """Return what tells directions of one b-value apart; empty where the header states none."""
    raw = elements.bytes_of(_GRADIENT)
    name = elements.text(_NAMES[-1]).lower()
    return digest(raw) if raw else (name if "#" in name else "")


def _first(elements: Elements, tags: tuple[BaseTag, ...]) -> str:
    return next((elements.text(field) for field in tags if field in elements), "")


def _patient(elements: Elements) -> str:
    """Return a digest of ID and name, so that patients can be compared and never read.

    How names are written is no difference: `DOE^JANE` is `Doe^Jane^^` (DICOM PS3.5, 6.2.1: trailing empty
    components may be left out).
    """
    words = [" ".join(elements.text(field).rstrip("^= ").casefold().split()) for field in _PATIENT]
    return digest(*(word.encode() for word in words)) if any(words) else ""
