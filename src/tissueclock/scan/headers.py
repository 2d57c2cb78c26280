"""The header of one classic DICOM image, reduced to what the time series needs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import MediaStorageDirectoryStorage
from pydicom.valuerep import DA, TM

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.scan.identity import Identity
from tissueclock.scan.sources import Source

TIME_SOURCES = ("AcquisitionDateTime", "AcquisitionTime", "ContentTime", "TriggerTime")
"""Where the time of an image may stand, best first (CT: AcquisitionTime; dynamic MR often TriggerTime)."""

_TAGS = (
    "SOPClassUID", "SeriesInstanceUID", "Modality", "Rows", "Columns",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept",
    "EchoTime", "NumberOfFrames", "PatientName", "PatientID", "AccessionNumber", "AcquisitionDate",
    "SeriesDate", "StudyDate", "ContentDate", "SamplesPerPixel", *TIME_SOURCES,
)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ImageHeader:
    """One image's place, size, scaling and times.

    Positions and directions are DICOM's (LPS, mm); `times_s` maps each time source that the header has to
    seconds since midnight (TriggerTime: since the trigger).
    """

    source: Source
    series: str
    modality: str
    rows: int
    columns: int
    position: NDArray[np.float64]
    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    spacing_mm: tuple[float, float]
    slope: float
    intercept: float
    echo_time_ms: float | None
    times_s: dict[str, float]
    identity: Identity

    @property
    def slice_position_mm(self) -> float:
        """Distance along the slice normal."""
        return float(self.position @ np.cross(self.row_direction, self.column_direction))


def read_dataset(source: Source, *, pixels: bool) -> Dataset:
    """Read a DICOM file, tolerant of odd values; raises InputError where it is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if pixels:
                return pydicom.dcmread(BytesIO(source.read()))
            opened = BytesIO(source.read()) if source.member else str(source.path)
            return pydicom.dcmread(opened, stop_before_pixels=True, specific_tags=list(_TAGS))
    except (InvalidDicomError, EOFError, OSError, ValueError, AttributeError, NotImplementedError) as error:
        raise _broken(source) from error


def read_header(source: Source) -> ImageHeader | str:
    """Return the image's header, or in words why the file is no classic single-frame CT or MR image."""
    dataset = read_dataset(source, pixels=False)
    if dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        return "it is a DICOMDIR index"
    if len(dataset) == 0:
        raise _broken(source)
    reason = _unsuitable(dataset)
    if reason:
        return reason
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _header(source, dataset)
    except (ValueError, TypeError, AttributeError) as error:
        raise _broken(source) from error


def _broken(source: Source) -> InputError:
    return InputError(
        "the DICOM file is broken or incomplete.",
        where=source.label,
        remedy="Send it again from the archive.",
    )


def _unsuitable(dataset: Dataset) -> str:
    if dataset.get("Modality") not in {modality.value for modality in Modality}:
        return f"it is {dataset.get('Modality') or 'of unknown modality'}, not CT or MR"
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        return "it is an enhanced multi-frame object, which this version does not read yet"
    if int(dataset.get("SamplesPerPixel") or 1) > 1:
        return "it is a colour picture, not a measurement"
    needed = ("Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    missing = [name for name in needed if not dataset.get(name)]
    return f"it does not say its {', '.join(missing)}" if missing else ""


def _header(source: Source, dataset: Dataset) -> ImageHeader:
    directions = np.array(dataset.ImageOrientationPatient, dtype=np.float64)
    spacing = [float(value) for value in dataset.PixelSpacing]
    return ImageHeader(
        source=source,
        series=str(dataset.get("SeriesInstanceUID", "")),
        modality=str(dataset.Modality),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        position=np.array(dataset.ImagePositionPatient, dtype=np.float64),
        row_direction=directions[:3],
        column_direction=directions[3:],
        spacing_mm=(spacing[0], spacing[1]),
        slope=float(dataset.get("RescaleSlope") or 1.0),
        intercept=float(dataset.get("RescaleIntercept") or 0.0),
        echo_time_ms=float(dataset.EchoTime) if dataset.get("EchoTime") else None,
        times_s=_times(dataset),
        identity=_identity(dataset),
    )


def _times(dataset: Dataset) -> dict[str, float]:
    times: dict[str, float] = {}
    stamp = str(dataset.get("AcquisitionDateTime") or "")
    if len(stamp) >= 14:
        days = DA(stamp[:8]).toordinal()
        times["AcquisitionDateTime"] = days * 86400.0 + _seconds(stamp[8:].split("+")[0].split("-")[0])
    for name in ("AcquisitionTime", "ContentTime"):
        if dataset.get(name):
            times[name] = _seconds(str(dataset.get(name)))
    if dataset.get("TriggerTime") is not None:
        times["TriggerTime"] = float(dataset.TriggerTime) / 1000.0
    return times


def _seconds(clock: str) -> float:
    moment = TM(clock)
    return float(moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6)


def _identity(dataset: Dataset) -> Identity:
    dates = ("AcquisitionDate", "ContentDate", "SeriesDate", "StudyDate")
    date = next((str(dataset.get(name)) for name in dates if dataset.get(name)), "")
    clock = str(dataset.get("AcquisitionTime") or dataset.get("ContentTime") or "")
    when = f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else ""
    if len(clock) >= 4:
        when = f"{when} {clock[:2]}:{clock[2:4]}".strip()
    return Identity(
        patient_name=str(dataset.get("PatientName", "")),
        patient_id=str(dataset.get("PatientID", "")),
        accession=str(dataset.get("AccessionNumber", "")),
        acquired_at=when,
    )
