"""Odd but legal runs: no bug, no silent number, a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from digital_scans import analyze, as_dicom, run, small_series, write_nifti

from tissueclock.core.errors import ExitCode
from tissueclock.image.series import TimeSeries
from tissueclock.scan.identity import Identity
from tissueclock.scan.repair import interpolated, mended

NOBODY = Identity(patient_name="DIGITAL^PATIENT", patient_id="PHANTOM")


def nifti(folder, series: TimeSeries, data=None):
    """Write a CT run as float NIfTI, in HU."""
    values = (
        np.stack([series.frame(index) for index in range(series.frames)], axis=3) if data is None else data
    )
    sidecar = {"Modality": "CT", "FrameTimesStart": series.times_s[:, 0].tolist()}
    return write_nifti(folder, values.astype(np.float32), series.grid.affine, sidecar)


def hounsfield(series):
    return np.stack([series.frame(index) for index in range(series.frames)], axis=3)


def test_a_bad_frame_is_mended_from_frames_that_are_used():
    """A frame that the user leaves out may hold anything, so it is no neighbour."""
    series = small_series()
    rubbish = series.with_frames([(12, np.full(series.grid.shape, 3000.0))])
    mended_frame = interpolated(rubbish, 11, frozenset({12})).frame(11)
    assert mended_frame[48, 48, 4] < 200
    share = (series.times_s[11, 0] - series.times_s[10, 0]) / (series.times_s[13, 0] - series.times_s[10, 0])
    expected = (1 - share) * series.frame(10) + share * series.frame(13)
    assert mended_frame == pytest.approx(expected, abs=0.51)


def test_numbers_that_are_missing_in_air_harm_nothing(tmp_path):
    series = small_series()
    data = hounsfield(series)
    data[1:3, 1:3, 2, [5, 20]] = np.nan  # outside the head, in two frames
    assert analyze(nifti(tmp_path / "scan", series, data), out=tmp_path / "out").code == ExitCode.DONE


def test_missing_numbers_in_the_head_are_still_named():
    series = small_series()
    values = series.stored.astype(np.float32)
    values[[5, 20], 48, 48, 4] = np.nan
    with pytest.raises(Exception, match=r"frame 6 .*, 21"):
        mended(replace(series, stored=values), {}, "the run")


def test_the_baseline_is_as_long_as_the_frames_in_use(case, tmp_path):
    """Frames that are left out are no baseline, although the clock runs on."""
    left = analyze(case("left").scan, "--exclude-frames", "1-6", out=tmp_path)
    (flag,) = (flag for flag in left.document["quality"]["flags"] if flag["id"] == "baseline")
    assert flag["level"] == "warn"
    assert flag["value"] < 4


def test_slices_that_share_no_time_are_no_run(tmp_path):
    series = small_series()
    late = np.where(np.arange(series.grid.shape[2]) >= 4, 70.0, 0.0)
    apart = replace(series, times_s=series.times_s + late[None, :])
    refused = analyze(as_dicom(apart, tmp_path / "scan", NOBODY), out=tmp_path / "out")
    assert refused.code == ExitCode.INPUT
    assert "0 s that all slices share" in refused.stderr


def test_a_frame_of_nonsense_is_interpolated_not_a_bug(tmp_path):
    series = small_series()
    data = hounsfield(series)
    data[..., 25] = 3000.0
    done = analyze(nifti(tmp_path / "scan", series, data), out=tmp_path / "out")
    assert done.code in (ExitCode.DONE, ExitCode.WITHHELD)
    assert any("Frame 26 was interpolated" in flag["text"] for flag in done.document["quality"]["flags"])


def test_the_summary_counts_axial_slices_in_every_storage_order(tmp_path):
    series = small_series()
    turned = np.moveaxis(hounsfield(series), 2, 0)  # slices along the first axis
    affine = series.grid.affine[:, [2, 0, 1, 3]]
    sidecar = {"Modality": "CT", "FrameTimesStart": series.times_s[:, 0].tolist()}
    scan = write_nifti(tmp_path / "scan", turned.astype(np.float32), affine, sidecar)
    shown = analyze(scan, out=tmp_path / "out").document["input"]
    assert (shown["slices"], shown["matrix"]) == (8, [96, 96])


def test_bits_above_those_stored_are_no_part_of_a_number(tmp_path):
    """Twelve bits signed in sixteen, the upper four left at 0, as some scanners write them."""
    import pydicom

    folder = as_dicom(small_series(), tmp_path / "scan", NOBODY)
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        values = np.clip(dataset.pixel_array.astype(np.int32) - 1024, -1024, 2047)
        dataset.RescaleIntercept = 0
        dataset.BitsStored, dataset.HighBit = 12, 11
        dataset.PixelData = (values & 0x0FFF).astype("<i2").tobytes()
        dataset.save_as(path)
    plain = as_dicom(small_series(), tmp_path / "plain", NOBODY)
    packed, usual = (analyze(scan, out=tmp_path / name) for name, scan in (("a", folder), ("b", plain)))
    assert packed.code == ExitCode.DONE
    assert packed.value("tmax6_ml") == usual.value("tmax6_ml")
    assert packed.value("brain_ml") == usual.value("brain_ml")


def test_a_stated_side_that_the_images_contradict_withholds_the_verdict(case, tmp_path):
    wrong = analyze(case("left").scan, "--side", "right", out=tmp_path)
    assert wrong.code == ExitCode.WITHHELD
    (flag,) = (flag for flag in wrong.document["quality"]["flags"] if flag["id"] == "stated-side")
    assert "The stated side, right, holds 0 of" in flag["text"]
    assert wrong.document["profiles"]["defuse-2"] == "undetermined"
    right = analyze(case("left").scan, "--side", "left", out=tmp_path)
    assert right.code == ExitCode.DONE


def test_an_output_folder_inside_the_input_is_not_read_the_next_time(tmp_path):
    scan = as_dicom(small_series(), tmp_path / "study", NOBODY)
    first, second = (analyze(scan, out=scan / "result") for _ in range(2))
    assert (first.code, second.code) == (ExitCode.DONE, ExitCode.DONE)
    assert second.document["input"]["digest"] == first.document["input"]["digest"]


def test_every_check_that_did_not_pass_is_printed(case, tmp_path):
    shown = run("analyze", case("truncated").scan, "--out", tmp_path)
    assert any(line.startswith("  coverage\tfail\tThe scan ends") for line in shown.stdout.splitlines())
