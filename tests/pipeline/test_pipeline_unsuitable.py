"""DICOM runs and odd bodies that cannot be measured: one sentence, exit code 3, nothing written."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from digital_scans import (
    COARSE,
    SECRET,
    Recipe,
    analyze,
    as_dicom,
    chest,
    refusal,
    run,
    small_series,
    write_nifti,
)

from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import head_grid

SLICES = 3


@pytest.fixture(scope="module")
def series():
    """A short run through a coarse head: 12 frames of 3 slices."""
    acquisition = Acquisition(frames=12, frame_interval_s=2.0)
    return small_series(Recipe(acquisition=acquisition, grid=head_grid(48, 4.0, SLICES, 25.0)))


@pytest.fixture(scope="module")
def written(series, tmp_path_factory):
    """The run as DICOM of somebody with a name."""
    return as_dicom(series, tmp_path_factory.mktemp("run"), SECRET)


def image(folder, frame, place):
    return folder / f"IM{frame * SLICES + place + 1:05d}.dcm"


def edited(folder, change, paths=None):
    for path in paths or sorted(folder.iterdir()):
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(path)


def keep_eight_frames(folder):
    for frame in range(8, 12):
        for place in range(SLICES):
            image(folder, frame, place).unlink()


def duplicate_slice(folder):
    dataset = pydicom.dcmread(image(folder, 5, 1))
    dataset.SOPInstanceUID = "1.2.3"
    dataset.save_as(folder / "double.dcm")


def copy_file(folder):
    shutil.copy(image(folder, 5, 1), folder / "double.dcm")


def lose_image(folder):
    image(folder, 5, 1).unlink()


def garbage(folder):
    image(folder, 5, 1).write_bytes(bytes(128) + b"DICM" + b"Secret^Name" * 300)


def cut_all(folder):
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-1000])


def another_run(folder):
    (folder / "b").mkdir()
    for path in sorted(folder.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.3", f"1.2.3.{dataset.InstanceNumber}"
        dataset.Modality, dataset.EchoTime = "MR", 30
        dataset.save_as(folder / "b" / path.name)


def no_echo(folder):
    edited(folder, lambda dataset: setattr(dataset, "Modality", "MR"))


def same_image(folder):
    first = [pydicom.dcmread(image(folder, 0, place)).PixelData for place in range(SLICES)]
    for frame in range(12):
        for place in range(SLICES):
            edited(
                folder,
                lambda dataset, place=place: setattr(dataset, "PixelData", first[place]),
                [image(folder, frame, place)],
            )


def chest_by_name(folder):
    edited(folder, lambda dataset: setattr(dataset, "BodyPartExamined", "CHEST"))


SPOILT = {
    "eight frames": (keep_eight_frames, "the CT series of 24 images is a run of only 8 frames"),
    "duplicated slice": (duplicate_slice, "the slice at 28.0 mm holds two images of the same time"),
    "copied file": (copy_file, "double.dcm: 1 image is there twice: this one is also IM00017.dcm."),
    "missing image": (lose_image, "the slice at 28.0 mm has 11 images, the others have 12."),
    "garbage": (garbage, "IM00017.dcm: the DICOM file is broken or incomplete."),
    "cut pixels": (cut_all, "the image ends early: 3608 of 4608 bytes of pixels are there."),
    "two runs": (another_run, "there are 2 perfusion runs: CT of 36 images, MR of 36 images."),
    "no echo time": (no_echo, "the echo time is not stated"),
    "constant": (same_image, "all frames are the same: no contrast agent passed."),
    "chest": (chest_by_name, "it shows another part of the body than the head (BodyPartExamined: CHEST)"),
}


@pytest.mark.parametrize(("spoil", "words"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_dicom_run_is_refused(written, tmp_path, spoil, words):
    scan = shutil.copytree(written, tmp_path / "scan")
    spoil(scan)
    assert words in refusal(analyze(scan, out=tmp_path / "out"), 3)


def test_a_missing_slice_is_refused_with_its_place(tmp_path):
    few = Acquisition(frames=12, frame_interval_s=2.0)
    scan = as_dicom(
        small_series(Recipe(acquisition=few, grid=head_grid(48, 4.0, 5, 15.0))), tmp_path / "scan", SECRET
    )
    for frame in range(12):
        (scan / f"IM{frame * 5 + 3:05d}.dcm").unlink()
    words = "slices lie 15.0 mm apart, but 30.0 mm between 13.0 and 43.0 mm: a slice is missing. Send"
    assert words in refusal(analyze(scan, out=tmp_path / "out"), 3)


def test_a_chest_as_dicom_is_refused(series, tmp_path):
    hounsfield = chest(series.grid.shape, series.times_s[:, 0])
    stored = np.moveaxis(np.rint(hounsfield), 3, 0).astype(np.int16) + 1024
    scan = as_dicom(replace(series, stored=stored), tmp_path / "scan", SECRET)
    assert "with the skull in view" in refusal(analyze(scan, out=tmp_path / "out"), 3)


@pytest.fixture(scope="module")
def head():
    """A coarse head in HU (x, y, z, frames), its affine and its side-car."""
    series = small_series(Recipe(grid=COARSE))
    values = np.stack([series.frame(frame) for frame in range(series.frames)], axis=3)
    return values, series.grid.affine, {"Modality": "CT", "FrameTimesStart": list(series.times_s[:, 0])}


def skull_removed(values):
    values[values.max(axis=3) > 300] = 40.0
    return values


def cut_out(values):
    """Only the middle of the head: brain to the edge of the image, and bone in the corners at most."""
    return values[18:54, 18:54, 2:6]


def water(values):
    """A cylinder of water in an acrylic wall, as scanners are checked with."""
    x, y = np.meshgrid(*(np.linspace(-1, 1, size) for size in values.shape[:2]), indexing="ij")
    radius = x**2 + y**2
    still = np.where(radius < 0.7, 0.0, np.where(radius < 0.8, 120.0, -1000.0))
    noise = np.random.default_rng(1).normal(0, 3, values.shape)
    return (still[:, :, None, None] + noise).astype(np.float32)


def never_finite(values):
    return np.full_like(values, np.nan)


BODIES = {
    "a head without its skull": (skull_removed, "with the skull in view"),
    "a cut-out of the brain": (cut_out, "with the skull in view"),
    "a water phantom": (water, "with the skull in view"),
    "no finite number": (never_finite, "no voxel holds a finite number"),
}


@pytest.mark.parametrize(("change", "words"), BODIES.values(), ids=BODIES)
def test_what_is_no_head_is_refused(head, tmp_path, change, words):
    values, affine, sidecar = head
    scan = write_nifti(tmp_path / "scan", change(values.copy()), affine, sidecar)
    assert words in refusal(analyze(scan, out=tmp_path / "out"), 3)


def test_a_background_that_is_never_finite_changes_nothing(head, tmp_path):
    """Converters mark what lies outside the field of view so."""
    values, affine, sidecar = head
    plain = analyze(write_nifti(tmp_path / "a", values, affine, sidecar), out=tmp_path / "a-out")
    marked = values.copy()
    marked[:3] = np.nan
    shown = analyze(write_nifti(tmp_path / "b", marked, affine, sidecar), out=tmp_path / "b-out")
    assert (plain.code, shown.code) == (0, 0)
    assert shown.document["facts"] == plain.document["facts"]


def test_an_interrupted_run_is_measured_and_said_so(written, tmp_path):
    scan = shutil.copytree(written, tmp_path / "scan")
    image(scan, 11, 2).unlink()
    shown = analyze(scan, out=tmp_path / "out")
    assert shown.code in (0, 4), shown.stderr
    assert shown.document["input"]["frames"] == 11
    assert any("The run was interrupted: its last frame" in note for note in shown.document["input"]["notes"])


@pytest.mark.parametrize("words", [("nowhere",), ("nowhere.zip",), ("nowhere.nii.gz",)])
def test_an_input_that_is_not_there_is_wrong_usage(tmp_path, words):
    shown = run(
        "analyze",
        *(tmp_path / word for word in words),
        "--out",
        tmp_path / "out",
        "--json",
        out=tmp_path / "out",
    )
    assert f"there is no '{words[0]}'" in refusal(shown, 2)
