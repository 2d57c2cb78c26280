"""The header of a DICOM file as raw elements: read once, converted only where asked for."""

from __future__ import annotations

import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tissueclock.core.errors import InputError
from tissueclock.scan.sources import Source

BROKEN = (
    InvalidDicomError, EOFError, OSError, ValueError, TypeError, AttributeError, KeyError, IndexError,
    NotImplementedError, RecursionError, BytesLengthException, struct.error, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
"""What pydicom raises on files that break the standard."""

_DECIMAL = frozenset(b"0123456789+-.eE ")
_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def is_dicom(start: bytes) -> bool:
    """Whether a file with these first bytes is DICOM: by its mark, or without one, by its first element.

    A file without the mark begins with an element of group 2 or 8: little-endian, or big-endian with a value
    representation of two capitals.
    """
    if start[128:132] == b"DICM":
        return True
    spelled = start[4:6].isalpha() and start[4:6].isupper()
    if start[:2] in (b"\x00\x02", b"\x00\x08"):
        return spelled
    if start[:2] not in (b"\x02\x00", b"\x08\x00") or len(start) < 12:
        return False
    return spelled or int.from_bytes(start[4:8], "little") < 256


@dataclass(frozen=True, eq=False, slots=True)
class Elements:
    """The elements of one header that were asked for; values are converted when read.

    `media_class` is the kind of object that the file's own header names, empty where it names none;
    `plain_at` is where uncompressed little-endian pixels begin in the file and how many bytes are stated,
    None where they are stored otherwise; `has_pixels` whether there are any.
    """

    dataset: FileDataset
    media_class: str
    has_pixels: bool
    plain_at: tuple[int, int] | None

    def __contains__(self, tag: BaseTag) -> bool:
        return bool(self.text(tag))

    def text(self, tag: BaseTag) -> str:
        """Return a value as text, its parts joined by backslashes; empty where it is absent."""
        element = self._raw(tag)
        if element is None:
            return ""
        return (element.value or b"").decode("latin-1").strip(" \x00")

    def parts(self, tag: BaseTag) -> list[str]:
        """Return the parts of a value as text."""
        text = self.text(tag)
        return [part.strip(" \x00") for part in text.split("\\")] if text else []

    def numbers(self, tag: BaseTag) -> list[float]:
        """Return the numbers of a decimal or integer string; raises ValueError where they are none."""
        return [float(part) for part in self.parts(tag)]

    def number(self, tag: BaseTag) -> float | None:
        """Return the first number of a decimal or integer string, None where there is none."""
        numbers = self.numbers(tag)
        return numbers[0] if numbers else None

    def bytes_of(self, tag: BaseTag) -> bytes:
        """Return the bytes of a value as they are stored; none where it is absent."""
        element = self._raw(tag)
        return b"" if element is None else bytes(element.value or b"")

    def real(self, tag: BaseTag) -> float | None:
        """Return the first number of a value however it is stored: as text, or as a float of 4 or 8 bytes.

        Vendors and archives write private fields with any value representation, so the bytes themselves
        decide. None where there is no finite number.
        """
        element = self._raw(tag)
        content = self.bytes_of(tag)
        text = content.split(b"\\")[0].strip(b" \x00")
        try:
            value = float(text) if text and set(text) <= _DECIMAL else _binary(content, element)
        except (ValueError, struct.error):
            return None
        return value if value is not None and math.isfinite(value) else None

    def whole(self, tag: BaseTag) -> int | None:
        """Return an unsigned 16-bit number, None where it is absent."""
        element = self._raw(tag)
        if element is None or not element.value:
            return None
        return int.from_bytes(element.value[:2], "little" if element.is_little_endian else "big")

    def _raw(self, tag: BaseTag) -> RawDataElement | None:
        element = self.dataset.get_item(tag, keep_deferred=True)
        return element if isinstance(element, RawDataElement) else None


def _binary(content: bytes, element: RawDataElement | None) -> float | None:
    """Return the first float of 8 bytes, or of 4 where there are no more."""
    order = "<" if element is None or element.is_little_endian else ">"
    if len(content) >= 8:
        return float(struct.unpack(f"{order}d", content[:8])[0])
    return float(struct.unpack(f"{order}f", content)[0]) if len(content) == 4 else None


def read_elements(source: Source, tags: Iterable[BaseTag | int]) -> Elements:
    """Read some elements before the pixels; raises InputError where the file is broken."""
    try:
        with warnings.catch_warnings(), source.opened() as file:
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=list(tags))
            syntax = dataset.file_meta.get("TransferSyntaxUID")
            media_class = str(dataset.file_meta.get("MediaStorageSOPClassUID") or "")
            tail = file.read(12)
            plain_at = _plain_pixels(file, tail, dataset, syntax)
    except BROKEN as error:
        raise broken(source) from error
    deflated = syntax == DeflatedExplicitVRLittleEndian  # its header and pixels lie in one compressed block
    return Elements(dataset, media_class, bool(tail) or deflated, plain_at)


def read_whole(source: Source) -> pydicom.FileDataset:
    """Read a DICOM file with its pixels; raises InputError where it is broken."""
    try:
        with warnings.catch_warnings(), source.opened() as file:
            warnings.simplefilter("ignore")
            return pydicom.dcmread(file, force=True)
    except BROKEN as error:
        raise broken(source) from error


def broken(source: Source) -> InputError:
    """Return the error of a DICOM file that cannot be parsed."""
    return InputError(
        "the DICOM file is broken or incomplete.",
        where=source.label,
        remedy="Send it again from the archive.",
    )


def _plain_pixels(
    file: IO[bytes], tail: bytes, dataset: FileDataset, syntax: UID | None
) -> tuple[int, int] | None:
    """Return where the pixels' bytes begin and how many are stated; pydicom stopped before their element.

    Without a stated syntax the encoding is the one that pydicom found.
    """
    implicit, little = dataset.original_encoding
    plain = syntax in _PLAIN or (syntax is None and little)
    if not plain or tail[:4] != _PIXEL_DATA or len(tail) < 12:
        return None
    begin = file.tell() - 12 + (8 if implicit else 12)
    length = int.from_bytes(tail[4:8] if implicit else tail[8:12], "little")
    return None if length == 0xFFFFFFFF else (begin, length)


def tag(keyword: str) -> BaseTag:
    """Return the tag of a DICOM keyword."""
    return Tag(keyword)
