"""Write diffusion, ADC and FLAIR as classic MR DICOM or as NIfTI, as scanners and converters leave them.

For digital patients. The b-value stands where the vendor puts it: in the standard's field or in a private
one.
"""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset

from tissueclock.core.files import json_text
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.scan.identity import Identity
from tissueclock.scan.write_dicom import encoded, image_dataset, study_dataset, uid_of

VENDORS = ("standard", "siemens", "ge", "philips")
_DIRECTIONS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_STEPS = 20_000.0
"""The highest stored number, so that 16 bits suffice."""
_PRIVATE: Mapping[str, tuple[int, str, int, str]] = MappingProxyType(
    {
        "siemens": (0x0019, "SIEMENS MR HEADER", 0x0C, "IS"),
        "ge": (0x0043, "GEMS_PARM_01", 0x39, "IS"),
        "philips": (0x2001, "Philips Imaging DD 001", 0x03, "FL"),
    }
)
_GE_OFFSET = 1_000_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class MrStack:
    """One volume of an MR series.

    `b` in s/mm2 and `direction` (0 to 2, None for the trace image) are of diffusion; `image_type` are the
    words of ImageType after ORIGINAL or DERIVED; `inversion_ms` is None without an inversion.
    """

    volume: Volume
    b: float | None = None
    direction: int | None = None
    image_type: tuple[str, ...] = ("PRIMARY", "DIFFUSION", "NONE")
    derived: bool = False
    echo_ms: float = 80.0
    inversion_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class MrSeries:
    """What a DICOM series says besides its images: its number, description, vendor and moment of the study.

    `frame` tells frames of reference apart, `study` studies; equal ones are shared with the perfusion run.
    """

    number: int
    description: str
    vendor: str = "standard"
    minutes_later: float = 5.0
    days_later: int = 0
    frame: str = "frame"


def mr_dicom(
    stacks: Sequence[MrStack], series: MrSeries, identity: Identity, *, seed: str
) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, content) for every image of a series; equal calls give equal bytes.

    `seed` is that of the perfusion run, whose study and frame of reference are shared.
    """
    number = 0
    for part, stack in enumerate(stacks):
        frames = _as_series(stack)
        shared = study_dataset(frames, identity, series.description, seed)
        _describe(shared, stack, series, seed)
        for z in range(frames.grid.shape[2]):
            number += 1
            image = image_dataset(shared, frames, 0, z, number, f"{seed} {series.number} {part}")
            image.AcquisitionTime = image.ContentTime = _clock(series, number)
            yield f"S{series.number:02d}_{number:04d}.dcm", encoded(image)


def _as_series(stack: MrStack) -> TimeSeries:
    """Return the volume with whole stored numbers and the slope that scales them back."""
    grid, array = stack.volume.grid, np.nan_to_num(stack.volume.array)
    slope = max(float(np.abs(array).max()), 1e-12) / _STEPS
    if "ADC" in stack.image_type and stack.volume.array.max() > 100:
        slope = 1.0
    return TimeSeries(
        stored=np.rint(array / slope).astype(np.int16)[None],
        slope=np.array(slope),
        intercept=np.array(0.0),
        times_s=np.zeros((1, grid.shape[2])),
        grid=grid,
        modality=Modality.MR,
        echo_time_s=stack.echo_ms / 1000.0,
    )


def _describe(dataset: Dataset, stack: MrStack, series: MrSeries, seed: str) -> None:
    dataset.SeriesNumber = series.number
    dataset.SeriesInstanceUID = uid_of(seed, "series", series.number)
    dataset.FrameOfReferenceUID = uid_of(seed, series.frame)
    dataset.ImageType = ["DERIVED" if stack.derived else "ORIGINAL", *stack.image_type]
    date = (datetime.date(2026, 1, 1) + datetime.timedelta(days=series.days_later)).strftime("%Y%m%d")
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = date
    if stack.inversion_ms is not None:
        dataset.InversionTime = f"{stack.inversion_ms:g}"
    if stack.b is not None:
        _state_b(dataset, stack.b, stack.direction, series.vendor)


def _state_b(dataset: Dataset, b: float, direction: int | None, vendor: str) -> None:
    """Write the b-value and the direction as a vendor does."""
    if vendor == "standard":
        dataset.DiffusionBValue = b
        dataset.DiffusionDirectionality = (
            "NONE" if b == 0 else "ISOTROPIC" if direction is None else "DIRECTIONAL"
        )
        if b > 0 and direction is not None:
            dataset.DiffusionGradientOrientation = list(_DIRECTIONS[direction])
        return
    group, creator, element, representation = _PRIVATE[vendor]
    block = dataset.private_block(group, creator, create=True)
    if vendor == "ge":
        block.add_new(element, representation, [round(b) + (_GE_OFFSET if b else 0), 8, 0, 0])
    else:
        block.add_new(element, representation, b if vendor == "philips" else round(b))
    if vendor == "siemens" and b > 0:
        block.add_new(0x0D, "CS", "ISOTROPIC" if direction is None else "DIRECTIONAL")
    if vendor == "philips" and b > 0:
        block.add_new(0x04, "CS", "I" if direction is None else "P")


def _clock(series: MrSeries, number: int) -> str:
    start = datetime.datetime(2026, 1, 1, 12, 0, 0)
    moment = start + datetime.timedelta(minutes=series.minutes_later, milliseconds=100 * number)
    return moment.strftime("%H%M%S.%f")


def mr_nifti(name: str, stacks: Sequence[MrStack]) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, content) of volumes as one NIfTI file with its side-car, and .bval where b is
    stated.
    """
    arrays = [np.asarray(stack.volume.array, dtype=np.float32) for stack in stacks]
    data: Any = arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=3)
    image = nib.Nifti1Image(data, stacks[0].volume.grid.affine)
    image.header.set_xyzt_units("mm", "sec")
    yield f"{name}.nii.gz", gzip.compress(image.to_bytes(), compresslevel=3, mtime=0)
    sidecar: dict[str, Any] = {"Modality": "MR", "EchoTime": stacks[0].echo_ms / 1000.0}
    if stacks[0].inversion_ms is not None:
        sidecar["InversionTime"] = stacks[0].inversion_ms / 1000.0
    yield f"{name}.json", json_text(sidecar).encode()
    if all(stack.b is not None for stack in stacks):
        yield f"{name}.bval", (" ".join(f"{stack.b:g}" for stack in stacks) + "\n").encode()
