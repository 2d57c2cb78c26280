"""4-D NIfTI with a JSON side-car in; 3-D NIfTI out."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.scan.intervals import gap_note
from tissueclock.scan.sidecar import Sidecar, read_sidecar
from tissueclock.scan.sources import Source

_AIR_HU = -900.0
_HEADER_BYTES = 540
_GZIP = b"\x1f\x8b"
_MAGIC = (b"n+1", b"n+2")
_BROKEN = (
    OSError, EOFError, ValueError, TypeError, OverflowError, zlib.error, HeaderDataError,
    WrapStructError, KeyError, IndexError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ReadNifti:
    """What was read: the series, the digest of the file, where the times came from, and what was inferred."""

    series: TimeSeries
    digest: str
    time_source: str
    notes: tuple[str, ...]


def read_nifti(source: Source) -> ReadNifti:
    """Read a perfusion run from a 4-D NIfTI file and its side-car (same name, `.json`).

    Raises InputError where the file is broken, not 4-D or does not say how it lies in the patient, and where
    the frame times or the modality are not stated.
    """
    header, stored, content_digest = _load(source)
    if stored.ndim != 4:
        raise InputError(
            f"the image has {stored.ndim} dimensions, not four.",
            where=source.label,
            remedy="A perfusion run is a 4-D image: three axes and time.",
        )
    if stored.size == 0:
        raise _broken(source)
    sidecar = read_sidecar(source)
    try:
        slope, intercept = _scaling(header)
    except _BROKEN as error:
        raise _broken(source) from error
    times, time_source = sidecar.times_s(stored.shape[3], stored.shape[2])
    modality, note = _modality(sidecar, stored, slope, intercept)
    series = TimeSeries(
        stored=np.moveaxis(stored, 3, 0),
        slope=np.array(slope),
        intercept=np.array(intercept),
        times_s=times,
        grid=_grid(header, stored.shape[:3], source.label),
        modality=modality,
        echo_time_s=sidecar.echo_time_s(),
    )
    return ReadNifti(series, content_digest, time_source, (*note, *gap_note(times)))


def read_map(source: Source) -> tuple[NDArray[np.float64], Grid]:
    """Read a map of numbers from a 3-D NIfTI file: its values, scaled as the header says, and where they lie.

    Raises InputError where the file is broken, holds colours or more than one image, or does not say how it
    lies in the patient.
    """
    header, stored, _ = _load(source)
    colours = stored.ndim in (4, 5) and stored.shape[-1] in (3, 4) and stored.dtype == np.uint8
    if colours:
        raise _colours(source)
    while stored.ndim > 3 and stored.shape[-1] == 1:
        stored = stored[..., 0]
    if stored.ndim != 3 or stored.size == 0:
        raise InputError(
            f"the image has {stored.ndim} dimensions, not three.",
            where=source.label,
            remedy="A map is one 3-D image of numbers.",
        )
    try:
        slope, intercept = _scaling(header)
    except _BROKEN as error:
        raise _broken(source) from error
    values = stored.astype(np.float64) * slope + intercept
    return values, _grid(header, stored.shape, source.label)


@dataclass(frozen=True, eq=False)
class Frames:
    """The images of a run as stored, frames first, with their scaling and grid.

    `header_interval_s` is what the header states for the step of the last axis, 0 where it states nothing;
    many writers leave it at 1.
    """

    stored: NDArray[Any]
    slope: float
    intercept: float
    grid: Grid
    digest: str
    header_interval_s: float


def read_frames(source: Source) -> Frames:
    """Read a run whose times stand elsewhere: x, y, z and frames, also with an axis of one between them.

    Raises InputError as `read_nifti`, but asks for no side-car.
    """
    header, stored, content_digest = _load(source)
    if stored.ndim == 5 and stored.shape[3] == 1:
        stored = stored[:, :, :, 0, :]
    if stored.ndim != 4 or stored.size == 0:
        raise InputError(
            f"the image has {stored.ndim} dimensions, not four.",
            where=source.label,
            remedy="A perfusion run is a 4-D image: three axes and time.",
        )
    try:
        slope, intercept = _scaling(header)
    except _BROKEN as error:
        raise _broken(source) from error
    stated = float(header.get_zooms()[-1])
    return Frames(
        stored=np.moveaxis(stored, 3, 0),
        slope=slope,
        intercept=intercept,
        grid=_grid(header, stored.shape[:3], source.label),
        digest=content_digest,
        header_interval_s=stated if np.isfinite(stated) and stated > 0 else 0.0,
    )


def nifti_frames(source: Source) -> int:
    """Return how many frames the header states, 1 for a 3-D image; raises InputError where it is broken."""
    try:
        with source.opened() as file:
            start = file.read(_HEADER_BYTES)
            if start[:2] == _GZIP:
                file.seek(0)
                start = gzip.GzipFile(fileobj=file).read(_HEADER_BYTES)
        shape = _header(start).get_data_shape()
    except _BROKEN as error:
        raise _broken(source) from error
    return int(shape[3]) if len(shape) >= 4 and not any(size > 1 for size in shape[4:]) else 1


def nifti_bytes(volume: Volume) -> bytes:
    """Return a volume as `.nii.gz`: float32 (masks uint8), patient space, the same bytes every time."""
    dtype = np.uint8 if volume.array.dtype == bool else np.float32
    image = nib.Nifti1Image(volume.array.astype(dtype), volume.grid.affine)
    image.set_qform(volume.grid.affine, code=1)
    image.set_sform(volume.grid.affine, code=1)
    image.header.set_xyzt_units("mm", "sec")
    image.header["descrip"] = f"{volume.quantity} [{volume.unit}] research use only".encode()[:79]
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)


def series_nifti_bytes(series: TimeSeries) -> tuple[bytes, dict[str, Any]]:
    """Return a time series as 4-D `.nii.gz` and its side-car.

    Slices with times of their own are stated as BIDS does: `SliceTiming`, one offset a slice. Raises
    ValueError where the offsets change from frame to frame, or scalings differ.
    """
    frames = series.times_s.min(axis=1)
    offsets = series.times_s - frames[:, None]
    if np.ptp(offsets, axis=0).max() > 1e-6 or np.ptp(series.slope) or np.ptp(series.intercept):
        raise ValueError("a NIfTI file has one time a frame, one offset a slice and one scaling")
    image = nib.Nifti1Image(np.moveaxis(series.stored, 0, 3), series.grid.affine)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_slope_inter(float(series.slope[0, 0]), float(series.intercept[0, 0]))
    sidecar: dict[str, Any] = {
        "Modality": series.modality.value,
        "FrameTimesStart": [float(time) for time in frames],
    }
    if offsets[0].max() > 0:
        sidecar["SliceTiming"] = [float(offset) for offset in offsets[0]]
    if series.echo_time_s is not None:
        sidecar["EchoTime"] = series.echo_time_s
    return gzip.compress(image.to_bytes(), compresslevel=3, mtime=0), sidecar


def _load(source: Source) -> tuple[nib.Nifti1Header, NDArray[Any], str]:
    """Return the header, the stored numbers (a view of the file's bytes) and the digest of the file."""
    content = source.read()
    content_digest = digest(content)
    try:
        raw = gzip.decompress(content) if content[:2] == _GZIP else content
        del content
        header = _header(raw)
        shape, dtype, offset = header.get_data_shape(), header.get_data_dtype(), header.get_data_offset()
        stored = np.ndarray(shape, dtype, buffer=raw, offset=offset, order="F")
    except _BROKEN as error:
        raise _broken(source) from error
    while stored.ndim > 4 and stored.shape[-1] == 1:
        stored = stored[..., 0]
    if not np.issubdtype(stored.dtype, np.integer) and not np.issubdtype(stored.dtype, np.floating):
        raise _colours(source)
    return header, stored.astype(stored.dtype.newbyteorder("="), copy=False), content_digest


def _colours(source: Source) -> InputError:
    return InputError(
        "the image holds colours or complex numbers, not a measurement.",
        where=source.label,
        remedy="Convert the measurement itself, not a picture of it.",
    )


def _header(start: bytes) -> nib.Nifti1Header:
    """Return the header of a single-file NIfTI-1 or -2.

    It is not mended as nibabel does by default: what it would have to guess is broken. Raises one of _BROKEN.
    """
    size = start[:4]
    second = _HEADER_BYTES in (int.from_bytes(size, "little"), int.from_bytes(size, "big"))
    kind = nib.Nifti2Header if second else nib.Nifti1Header
    header = kind.from_fileobj(BytesIO(start[: kind.sizeof_hdr]), check=False)  # without its extensions
    if bytes(header["magic"])[:3] not in _MAGIC or header.get_data_offset() < header.sizeof_hdr:
        raise ValueError("no single-file NIfTI")
    return header


def _broken(source: Source) -> InputError:
    empty = not source.read_start()
    return InputError(
        "the file is empty." if empty else "the NIfTI file is broken or incomplete.",
        where=source.label,
        remedy="Convert the scan again.",
    )


def _scaling(header: nib.Nifti1Header) -> tuple[float, float]:
    """Return slope and intercept; a file that states none holds the quantity itself, by the standard."""
    slope, intercept = header.get_slope_inter()
    return (1.0, 0.0) if slope is None else (float(slope), float(intercept or 0.0))


def _grid(header: nib.Nifti1Header, shape: tuple[int, ...], label: str) -> Grid:
    """Return where the voxels lie; an image that does not say so has no left and no right."""
    if not int(header["qform_code"]) and not int(header["sform_code"]):
        raise InputError(
            "the image does not say how it lies in the patient (no sform and no qform).",
            where=label,
            remedy="Convert the scan again from DICOM: without it left and right are unknown.",
        )
    try:
        return Grid((shape[0], shape[1], shape[2]), header.get_best_affine())
    except (ValueError, HeaderDataError) as error:
        raise InputError(
            "the voxels have no size or position.", where=label, remedy="Convert the scan again from DICOM."
        ) from error


def _modality(
    sidecar: Sidecar, stored: NDArray[Any], slope: float, intercept: float
) -> tuple[Modality, tuple[str, ...]]:
    """Return the modality, and a note where it was inferred."""
    if "Modality" in sidecar.content:
        try:
            return Modality(sidecar.content["Modality"]), ()
        except ValueError:
            raise InputError(
                "'Modality' is neither CT nor MR.", where=sidecar.label, remedy="Correct the side-car."
            ) from None
    if "EchoTime" in sidecar.content:
        return Modality.MR, ("modality MR inferred from the stated EchoTime",)
    if float(stored[..., 0].min()) * slope + intercept <= _AIR_HU:
        return Modality.CT, ("modality CT inferred from voxels of air at -1000 HU",)
    raise InputError(
        "the modality is not stated.",
        where=sidecar.label,
        remedy="Put 'Modality' (CT or MR) into the JSON side-car.",
    )
