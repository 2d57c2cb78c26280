"""Small runs with made-up numbers as DICOM and NIfTI files, for tests of reading."""

import json
import random

import numpy as np
import pydicom

from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import series_nifti_bytes
from tissueclock.scan.write_dicom import classic_dicom

SECRET = Identity(patient_name="Secret^Name", patient_id="SECRET-ID", accession="ACC", acquired_at="")
FRAMES, SHAPE = 12, (6, 5, 3)


def rotated(angle_deg):
    angle = np.deg2rad(angle_deg)
    affine = np.eye(4)
    affine[:3, :3] = np.diag([-1.5, -2.0, 6.0])
    turn = np.eye(3)
    turn[1:, 1:] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine[:3, :3] = turn @ affine[:3, :3]
    affine[:3, 3] = [40.0, 30.0, -20.0]
    return affine


def make_series(*, affine=None, modality=Modality.CT, slice_delay_s=0.0, echo_time_s=None, frames=FRAMES):
    rng = np.random.default_rng(7)
    stored = rng.integers(0, 2000, size=(frames, *SHAPE)).astype(np.int16)
    times = 2.5 * np.arange(frames)[:, None] + slice_delay_s * np.arange(SHAPE[2])[None, :]
    return TimeSeries(
        stored=stored,
        slope=np.array(1.0),
        intercept=np.array(-1024.0 if modality is Modality.CT else 0.0),
        times_s=times,
        grid=Grid(SHAPE, rotated(0) if affine is None else affine),
        modality=modality,
        echo_time_s=echo_time_s,
    )


def write(series, folder, shuffle=False):
    folder.mkdir(parents=True, exist_ok=True)
    files = list(classic_dicom(series, SECRET, description="test", seed="1"))
    names = [name for name, _ in files]
    if shuffle:
        random.Random(3).shuffle(names)
    paths = []
    for name, (_, content) in zip(names, files, strict=True):
        target = folder / (f"x{hash(name) % 7}/{name[2:-4]}" if shuffle else name)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        paths.append(target)
    return paths


def same(read, series):
    assert np.array_equal(read.stored, series.stored)
    assert np.allclose(read.times_s, series.times_s, atol=1e-5)
    assert read.grid.is_same(series.grid)
    assert np.allclose(read.frame(3), series.frame(3))


def edit(paths, change):
    for path in paths:
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(path)


def write_nifti(series, path, **sidecar):
    content, stated = series_nifti_bytes(series)
    path.write_bytes(content)
    document = {key: value for key, value in {**stated, **sidecar}.items() if value is not None}
    path.with_name(path.name.replace(".nii.gz", ".json")).write_text(json.dumps(document))
    return path
