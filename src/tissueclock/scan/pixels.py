"""The stored numbers of one DICOM image: straight from the file where they lie plainly, else decoded."""

from __future__ import annotations

import warnings
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tissueclock.core.errors import InputError
from tissueclock.scan.elements import read_whole
from tissueclock.scan.headers import ImageHeader, PlainPixels

_FOUND = MappingProxyType(
    {
        (True, True): ImplicitVRLittleEndian,
        (False, True): ExplicitVRLittleEndian,
        (False, False): ExplicitVRBigEndian,
    }
)
"""The syntax by (implicit, little-endian), for files that do not state it."""

_UNDECODABLE = (
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    ImportError,
)


def read_pixels(image: ImageHeader, dtype: np.dtype[np.integer] | None = None) -> NDArray[np.integer]:
    """Return the stored numbers, rows x columns.

    Raises InputError where they cannot be read, or are not of `dtype`.
    """
    pixels = _plain(image, image.plain) if image.plain else _decoded(image)
    if pixels.shape != (image.rows, image.columns):
        raise InputError(f"the image has shape {pixels.shape}.", where=image.source.label)
    if dtype is not None and pixels.dtype != dtype:
        raise InputError("the image is stored differently from the others.", where=image.source.label)
    return _without_spare_bits(pixels, image.spare_bits)


def _without_spare_bits(pixels: NDArray[np.integer], bits: int) -> NDArray[np.integer]:
    """Clear the bits above those stored, or fill them with the sign: old overlays lie there, or nothing."""
    if bits == 0:
        return pixels
    return np.asarray(np.right_shift(np.left_shift(pixels, bits), bits), dtype=pixels.dtype)


def _plain(image: ImageHeader, plain: PlainPixels) -> NDArray[np.integer]:
    needed = image.rows * image.columns * plain.dtype.itemsize
    content = image.source.read(min(needed, plain.bytes_stated), plain.begin)
    if len(content) < needed:
        raise InputError(
            f"the image ends early: {len(content)} of {needed} bytes of pixels are there.",
            where=image.source.label,
            remedy="Send the series again from the archive.",
        )
    return np.frombuffer(content, dtype=plain.dtype).reshape(image.rows, image.columns)


def _decoded(image: ImageHeader) -> NDArray[np.integer]:
    dataset = read_whole(image.source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "TransferSyntaxUID" not in dataset.file_meta:
                dataset.file_meta.TransferSyntaxUID = _FOUND[dataset.original_encoding]
            pixels: NDArray[np.integer] = dataset.pixel_array
            return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    except _UNDECODABLE as error:
        raise InputError(
            f"the pixels{_compression(dataset)} cannot be decoded.",
            where=image.source.label,
            remedy="Export the series uncompressed (Explicit VR Little Endian).",
        ) from error


def _compression(dataset: FileDataset) -> str:
    """Return in words how the pixels are compressed, empty where they are not or nothing known says so."""
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    known = isinstance(syntax, UID) and syntax.is_transfer_syntax
    return f" are compressed ({syntax.name}) and" if known and syntax not in _FOUND.values() else ""
