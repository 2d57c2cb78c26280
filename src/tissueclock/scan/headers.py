"""The header of one classic DICOM image, reduced to what the time series needs."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.tag import BaseTag

from tissueclock.image.series import Modality
from tissueclock.scan.clocks import TIME_TAGS, times_of
from tissueclock.scan.elements import BROKEN, Elements, broken, read_elements, tag
from tissueclock.scan.identity import Identity
from tissueclock.scan.sources import Source
from tissueclock.scan.unsuitable import REASON_TAGS, ends_early, reason_against

_UID, _SERIES, _MODALITY, _ECHO_TIME, _SLOPE, _INTERCEPT = (
    tag(name)
    for name in (
        "SOPInstanceUID", "SeriesInstanceUID", "Modality", "EchoTime", "RescaleSlope", "RescaleIntercept",
    )
)  # fmt: skip
_ROWS, _COLUMNS, _POSITION, _ORIENTATION, _SPACING = _GEOMETRY = tuple(
    tag(name)
    for name in ("Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
)
_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT, _REPRESENTATION = (
    tag(name) for name in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
)
_TAGS = (
    _UID, _SERIES, _ECHO_TIME, _SLOPE, _INTERCEPT, *_GEOMETRY, _BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT,
    _REPRESENTATION,
    *REASON_TAGS, *TIME_TAGS,
)  # fmt: skip
_WORDS = MappingProxyType(
    {
        _ROWS: "Rows",
        _COLUMNS: "Columns",
        _POSITION: "ImagePositionPatient",
        _ORIENTATION: "ImageOrientationPatient",
        _SPACING: "PixelSpacing",
    }
)

_IDENTITY_TAGS = (
    "PatientName", "PatientID", "AccessionNumber", "AcquisitionDate", "ContentDate", "SeriesDate",
    "StudyDate", "AcquisitionTime", "ContentTime",
)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class PlainPixels:
    """Where the pixels of an uncompressed little-endian image lie in its file."""

    begin: int
    bytes_stated: int
    dtype: np.dtype[np.integer]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False, slots=True)
class ImageHeader:
    """One image's place, size, scaling and times.

    Positions and directions are DICOM's (LPS, mm), `slice_position_mm` the distance along the normal;
    `times_s` maps each time source that the header has to seconds. The highest `spare_bits` of a stored
    number are no part of it. `plain` is None where only pydicom can decode the pixels.
    """

    source: Source
    uid: str
    series: str
    modality: str
    rows: int
    columns: int
    position: NDArray[np.float64]
    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    slice_position_mm: float
    spacing_mm: tuple[float, float]
    slope: float
    intercept: float
    echo_time_ms: float | None
    times_s: dict[str, float]
    spare_bits: int
    plain: PlainPixels | None


def read_header(source: Source) -> ImageHeader | str:
    """Return the image's header, or in words why the file is no classic single-frame CT or MR image.

    Raises InputError where the file is broken.
    """
    elements = read_elements(source, _TAGS)
    try:
        if ends_early(elements):
            raise broken(source)
        return reason_against(elements) or _reason_in_geometry(elements) or _header(source, elements)
    except BROKEN as error:
        raise broken(source) from error


def read_identity(source: Source) -> Identity:
    """Return whose image it is, for the report's label; raises InputError where the file is broken."""
    try:
        with warnings.catch_warnings(), source.opened() as file:
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(
                file, stop_before_pixels=True, force=True, specific_tags=list(_IDENTITY_TAGS)
            )
            return _identity({name: str(dataset.get(name) or "") for name in _IDENTITY_TAGS})
    except BROKEN as error:
        raise broken(source) from error


def _reason_in_geometry(elements: Elements) -> str:
    """Return what the header lacks to be placed and scaled."""
    missing = [word for field, word in _WORDS.items() if not _has(elements, field)]
    if elements.text(_MODALITY) == Modality.CT.value:
        scaling = {_SLOPE: "RescaleSlope", _INTERCEPT: "RescaleIntercept"}
        missing += [word for field, word in scaling.items() if field not in elements]
    return f"it does not say its {', '.join(missing)}" if missing else ""


def _has(elements: Elements, field: BaseTag) -> bool:
    if field in (_ROWS, _COLUMNS):
        return bool(elements.whole(field))
    return field in elements


def _header(source: Source, elements: Elements) -> ImageHeader:
    position = _vector(elements.numbers(_POSITION), 3)
    directions = _vector(elements.numbers(_ORIENTATION), 6)
    spacing = _vector(elements.numbers(_SPACING), 2)
    slope, intercept = elements.number(_SLOPE), elements.number(_INTERCEPT)
    if slope == 0 or not min(spacing) > 0 or not all(map(math.isfinite, (slope or 1.0, intercept or 0.0))):
        raise ValueError("an image has a size and a scale")
    row, column = np.array(directions[:3]), np.array(directions[3:])
    return ImageHeader(
        source=source,
        uid=elements.text(_UID),
        series=elements.text(_SERIES),
        modality=elements.text(_MODALITY),
        rows=elements.whole(_ROWS) or 0,
        columns=elements.whole(_COLUMNS) or 0,
        position=np.array(position),
        row_direction=row,
        column_direction=column,
        slice_position_mm=_along_normal(position, directions),
        spacing_mm=(spacing[0], spacing[1]),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        echo_time_ms=elements.number(_ECHO_TIME) or None,
        times_s=times_of(elements),
        spare_bits=_spare_bits(elements),
        plain=_plain(elements),
    )


def _vector(numbers: list[float], size: int) -> list[float]:
    if len(numbers) != size or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{size} finite numbers were expected")
    return numbers


def _along_normal(position: list[float], directions: list[float]) -> float:
    """Return the distance along the slice normal, the cross product of the two directions."""
    (x, y, z), (a, b, c, d, e, f) = position, directions
    return x * (b * f - c * e) + y * (c * d - a * f) + z * (a * e - b * d)


def _spare_bits(elements: Elements) -> int:
    """Return how many high bits of a stored number are no part of it; 0 where the header does not say."""
    allocated, stored, high = (elements.whole(field) for field in (_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT))
    if not allocated or not stored or high != stored - 1:
        return 0
    return max(0, allocated - stored)


def _plain(elements: Elements) -> PlainPixels | None:
    bits, signed = elements.whole(_BITS_ALLOCATED), elements.whole(_REPRESENTATION)
    if elements.plain_at is None or bits not in (8, 16, 32) or signed is None:
        return None
    begin, stated = elements.plain_at
    dtype = np.dtype(f"<{'i' if signed else 'u'}{bits // 8}")
    return PlainPixels(begin=begin, bytes_stated=stated, dtype=dtype)


def _identity(words: dict[str, str]) -> Identity:
    date = next((words[name] for name in _IDENTITY_TAGS if name.endswith("Date") and words[name]), "")
    clock = words["AcquisitionTime"] or words["ContentTime"]
    when = f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else ""
    if len(clock) >= 4:
        when = f"{when} {clock[:2]}:{clock[2:4]}".strip()
    return Identity(
        patient_name=words["PatientName"],
        patient_id=words["PatientID"],
        accession=words["AccessionNumber"],
        acquired_at=when,
    )
