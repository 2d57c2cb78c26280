"""Write a time series as classic single-frame DICOM: for digital patients, never over existing files."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from tissueclock import __version__
from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.identity import Identity

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
_START = datetime.datetime(2026, 1, 1, 12, 0, 0)


def classic_dicom(
    series: TimeSeries, identity: Identity, *, description: str, seed: str
) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, content) for every image of the series.

    The stored numbers must fit 16 bits. UIDs follow from `seed`, so the same call gives the same bytes.
    """
    study = study_dataset(series, identity, description, seed)
    number = 0
    for t in range(series.frames):
        for z in range(series.grid.shape[2]):
            number += 1
            yield f"IM{number:05d}.dcm", _image_bytes(study, series, t, z, number, seed)


def uid_of(seed: str, *parts: object) -> UID:
    """Return the UID that follows from a seed and the parts that tell objects apart."""
    return generate_uid(entropy_srcs=[seed, *(str(part) for part in parts)])


def study_dataset(series: TimeSeries, identity: Identity, description: str, seed: str) -> Dataset:
    """Return the attributes that all images of a series share."""
    dataset = Dataset()
    ct = series.modality is Modality.CT
    dataset.SOPClassUID = CTImageStorage if ct else MRImageStorage
    dataset.Modality = series.modality.value
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid_of(seed, "study"), uid_of(seed, "series")
    dataset.FrameOfReferenceUID = uid_of(seed, "frame")
    dataset.PatientName, dataset.PatientID = identity.patient_name, identity.patient_id
    dataset.PatientBirthDate, dataset.PatientSex = "", "O"
    dataset.AccessionNumber, dataset.StudyID, dataset.SeriesNumber = identity.accession, "1", 1
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = _date(0.0)
    dataset.StudyTime = dataset.SeriesTime = _clock(0.0)
    dataset.SeriesDescription = description
    dataset.ImageComments = DISCLAIMER
    dataset.Manufacturer, dataset.SoftwareVersions = "Tissueclock digital patient", __version__
    dataset.Rows, dataset.Columns = series.grid.shape[1], series.grid.shape[0]
    spacing = series.grid.spacing_mm
    dataset.PixelSpacing = [_decimal(spacing[1]), _decimal(spacing[0])]
    dataset.SliceThickness = _decimal(spacing[2])
    axes = _RAS_TO_LPS @ (series.grid.affine[:3, :3] / np.array(spacing))
    dataset.ImageOrientationPatient = [_decimal(value) for value in (*axes[:, 0], *axes[:, 1])]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    if series.echo_time_s is not None:
        dataset.EchoTime = _decimal(series.echo_time_s * 1000.0)
    return dataset


def _image_bytes(study: Dataset, series: TimeSeries, t: int, z: int, number: int, seed: str) -> bytes:
    return encoded(image_dataset(study, series, t, z, number, seed))


def image_dataset(study: Dataset, series: TimeSeries, t: int, z: int, number: int, seed: str) -> Dataset:
    """Return one image of a series, with its pixels; `number` tells it apart from the others."""
    dataset = Dataset()
    dataset.update(study)
    dataset.SOPInstanceUID = uid_of(seed, "image", number)
    dataset.InstanceNumber = number
    dataset.AcquisitionNumber = t + 1
    dataset.AcquisitionTime = dataset.ContentTime = _clock(float(series.times_s[t, z]))
    position = _RAS_TO_LPS @ series.grid.positions_mm([[0, 0, z]])[0]
    dataset.ImagePositionPatient = [_decimal(value) for value in position]
    dataset.RescaleSlope = _decimal(float(series.slope[t, z]))
    dataset.RescaleIntercept = _decimal(float(series.intercept[t, z]))
    dataset.PixelData = _sixteen_bits(series.stored[t, :, :, z].T).tobytes()
    return dataset


def encoded(dataset: Dataset) -> bytes:
    """Return an image as the bytes of a file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _sixteen_bits(pixels: NDArray[np.integer]) -> NDArray[np.int16]:
    limits = np.iinfo(np.int16)
    if pixels.min() < limits.min or pixels.max() > limits.max:
        raise ValueError("stored numbers do not fit 16 bits")
    return np.ascontiguousarray(pixels, dtype="<i2")


def _moment(seconds: float) -> datetime.datetime:
    return _START + datetime.timedelta(seconds=seconds)


def _date(seconds: float) -> str:
    return _moment(seconds).strftime("%Y%m%d")


def _clock(seconds: float) -> str:
    return _moment(seconds).strftime("%H%M%S.%f")


def _decimal(value: float) -> str:
    """Return a number as a DICOM decimal string: at most 16 characters."""
    return f"{value:.9g}"
