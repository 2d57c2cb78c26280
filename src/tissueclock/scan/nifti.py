"""4-D NIfTI with a JSON side-car in; 3-D NIfTI out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.core.provenance import digest
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume

_AIR_HU = -900.0


def read_nifti(path: Path) -> tuple[TimeSeries, str, tuple[str, ...]]:
    """Read a perfusion run from a 4-D NIfTI file and its side-car (same name, `.json`).

    Returns the series, the digest of the file and notes on what was inferred. Raises InputError where the
    file is broken or not 4-D, where the frame times or the modality are not stated.
    """
    image, content_digest = _load(path)
    if image.ndim != 4:
        raise InputError(
            f"the image has {image.ndim} dimensions, not four.",
            where=path.name,
            remedy="A perfusion run is a 4-D image: three axes and time.",
        )
    sidecar = _read_sidecar(path)
    stored = np.asanyarray(image.dataobj.get_unscaled())
    slope, intercept = (float(value) for value in (image.dataobj.slope, image.dataobj.inter))
    times = _frame_times(sidecar, image.shape[3], path.name)
    modality, note = _modality(sidecar, stored, slope, intercept, path.name)
    series = TimeSeries(
        stored=np.moveaxis(stored, 3, 0),
        slope=np.array(slope),
        intercept=np.array(intercept),
        times_s=np.repeat((times - times[0])[:, None], image.shape[2], axis=1),
        grid=Grid(image.shape[:3], image.affine),
        modality=modality,
        echo_time_s=_optional_seconds(sidecar, "EchoTime", path.name),
    )
    return series, content_digest, (note,) if note else ()


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
    """Return a time series as 4-D `.nii.gz` and its side-car; per-slice times are not expressible there.

    Raises ValueError if slices have times of their own, or scalings that differ.
    """
    shared = np.ptp(series.times_s, axis=1).max() == 0
    if not shared or np.ptp(series.slope) or np.ptp(series.intercept):
        raise ValueError("a NIfTI file has one time a frame and one scaling")
    image = nib.Nifti1Image(np.moveaxis(series.stored, 0, 3), series.grid.affine)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_slope_inter(float(series.slope[0, 0]), float(series.intercept[0, 0]))
    sidecar: dict[str, Any] = {
        "Modality": series.modality.value,
        "FrameTimesStart": [float(time) for time in series.times_s[:, 0]],
    }
    if series.echo_time_s is not None:
        sidecar["EchoTime"] = series.echo_time_s
    return gzip.compress(image.to_bytes(), compresslevel=3, mtime=0), sidecar


def _load(path: Path) -> tuple[nib.Nifti1Image, str]:
    try:
        content = path.read_bytes()
        raw = gzip.decompress(content) if path.name.lower().endswith(".gz") else content
        image = nib.Nifti1Image.from_stream(BytesIO(raw))
        image.dataobj.get_unscaled()
    except (OSError, EOFError, ValueError, ImageFileError) as error:
        raise InputError(
            "the NIfTI file is broken or incomplete.", where=path.name, remedy="Convert the scan again."
        ) from error
    return image, digest(content)


def sidecar_path(path: Path) -> Path:
    """Return where the side-car of a NIfTI file lies."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".json")


def _read_sidecar(path: Path) -> Mapping[str, Any]:
    sidecar = sidecar_path(path)
    if not sidecar.exists():
        return {}
    try:
        document = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("the side-car is no valid JSON.", where=sidecar.name, remedy="Mend it.") from error
    if not isinstance(document, dict):
        raise InputError("the side-car holds no JSON object.", where=sidecar.name, remedy="Mend it.")
    return document


def _frame_times(sidecar: Mapping[str, Any], frames: int, name: str) -> NDArray[np.float64]:
    """Return the stated times. The header's fourth pixdim is not trusted: writers leave it at 1."""
    for key in ("FrameTimesStart", "VolumeTiming"):
        if key in sidecar:
            return _stated_times(sidecar[key], key, frames, name)
    interval = _optional_seconds(sidecar, "RepetitionTime", name)
    if interval is None:
        raise InputError(
            "the times of the frames are not stated.",
            where=name,
            remedy="Put 'FrameTimesStart' (seconds, one a frame) or 'RepetitionTime' into the JSON side-car.",
        )
    return np.array(np.arange(frames) * interval, dtype=np.float64)


def _stated_times(value: Any, key: str, frames: int, name: str) -> NDArray[np.float64]:
    try:
        times = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        times = np.empty(0)
    if times.shape != (frames,) or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InputError(
            f"'{key}' must hold {frames} rising times in seconds, one a frame.",
            where=name,
            remedy="Correct the side-car.",
        )
    return times


def _optional_seconds(sidecar: Mapping[str, Any], key: str, name: str) -> float | None:
    value = sidecar.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise InputError(
            f"'{key}' must be a positive number of seconds.", where=name, remedy="Correct the side-car."
        )
    return float(value)


def _modality(
    sidecar: Mapping[str, Any], stored: NDArray[Any], slope: float, intercept: float, name: str
) -> tuple[Modality, str]:
    if "Modality" in sidecar:
        try:
            return Modality(sidecar["Modality"]), ""
        except ValueError:
            raise InputError(
                "'Modality' is neither CT nor MR.", where=name, remedy="Correct the side-car."
            ) from None
    if "EchoTime" in sidecar:
        return Modality.MR, "modality MR inferred from the stated EchoTime"
    if float(stored[..., 0].min()) * slope + intercept <= _AIR_HU:
        return Modality.CT, "modality CT inferred from voxels of air at -1000 HU"
    raise InputError(
        "the modality is not stated.", where=name, remedy="Put 'Modality' (CT or MR) into the JSON side-car."
    )
