"""DICOM and NIfTI in: true geometry, true times, any order of files, and a sentence for every bad input."""

import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from scan_lab import FRAMES, SHAPE, edit, make_series, rotated, same, write, write_nifti
from scipy.spatial.transform import Rotation

from tissueclock.core.errors import InputError, UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.scan.nifti import nifti_bytes
from tissueclock.scan.study import open_scan


@pytest.mark.parametrize("angle_deg", [0, 17])
@pytest.mark.parametrize("slice_delay_s", [0.0, 0.4])
def test_dicom_comes_back_as_it_was(tmp_path, angle_deg, slice_delay_s):
    series = make_series(affine=rotated(angle_deg), slice_delay_s=slice_delay_s)
    write(series, tmp_path)
    scan = open_scan([tmp_path])
    same(scan.series, series)
    assert scan.identity.patient_name == "Secret^Name"
    assert scan.summary()["per_slice_times"] is (slice_delay_s > 0)
    assert "Secret" not in repr(scan) + repr(scan.identity) + json.dumps(scan.summary())


@pytest.mark.parametrize("turn_deg", [(9.0, -14.0, 21.0), (0.0, 90.0, 0.0), (0.0, -90.0, 0.0)])
def test_dicom_turned_about_every_axis_comes_back(tmp_path, turn_deg):
    affine = rotated(0)
    affine[:3, :3] = Rotation.from_euler("xyz", turn_deg, degrees=True).as_matrix() @ affine[:3, :3]
    series = make_series(affine=affine)
    write(series, tmp_path)
    same(open_scan([tmp_path]).series, series)


def test_names_folders_and_order_do_not_matter(tmp_path):
    series = make_series()
    write(series, tmp_path / "plain")
    write(series, tmp_path / "shuffled", shuffle=True)
    (tmp_path / "shuffled" / "notes.txt").write_text("not an image")
    plain, shuffled = open_scan([tmp_path / "plain"]), open_scan([tmp_path / "shuffled"])
    same(shuffled.series, series)
    assert plain.digest == shuffled.digest


def test_zip_is_read_like_a_folder(tmp_path):
    series = make_series()
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for path in write(series, tmp_path / "plain"):
            archive.write(path, f"sub/{path.name}")
    same(open_scan([tmp_path / "scan.zip"]).series, series)


def test_mr_dicom_keeps_its_echo_time_in_seconds(tmp_path):
    write(make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path)
    assert open_scan([tmp_path]).series.echo_time_s == pytest.approx(0.03)


def test_clock_over_midnight(tmp_path):
    series = make_series()
    paths = write(series, tmp_path)

    def shift(dataset):
        clock = dataset.AcquisitionTime
        seconds = int(clock[:2]) * 3600 + int(clock[2:4]) * 60 + float(clock[4:]) + 12 * 3600 - 12
        seconds %= 86400
        stamp = f"{int(seconds // 3600):02d}{int(seconds % 3600 // 60):02d}{seconds % 60:09.6f}"
        dataset.AcquisitionTime = dataset.ContentTime = stamp

    edit(paths, shift)
    same(open_scan([tmp_path]).series, series)


def test_trigger_time_serves_where_clocks_stand_still(tmp_path):
    series = make_series(modality=Modality.MR, echo_time_s=0.03)
    paths = write(series, tmp_path)

    def change(dataset):
        dataset.TriggerTime = (dataset.AcquisitionNumber - 1) * 2500.0
        dataset.AcquisitionTime = dataset.ContentTime = "120000"

    edit(paths, change)
    scan = open_scan([tmp_path])
    same(scan.series, series)
    assert scan.time_source == "TriggerTime"


def remove_slice_image(paths):
    paths[4].unlink()


def duplicate_image(paths):
    dataset = pydicom.dcmread(paths[4])
    dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID[:60]}.9"
    dataset.save_as(paths[4].with_name("again.dcm"))


def remove_slice(paths):
    for path in paths[1 :: SHAPE[2]]:
        path.unlink()


def cut_file(paths):
    paths[5].write_bytes(paths[5].read_bytes()[:-40])


def cut_two_frames(paths):
    cut_file(paths)
    paths[8].write_bytes(paths[8].read_bytes()[:-40])


def cut_all(paths):
    for path in paths:
        path.write_bytes(path.read_bytes()[:-40])


def cut_header(paths):
    paths[5].write_bytes(paths[5].read_bytes()[:200])


def stop_clocks(paths):
    def change(dataset):
        dataset.AcquisitionTime = dataset.ContentTime = "120000"

    edit(paths, change)


def other_matrix(paths):
    def change(dataset):
        dataset.Rows, dataset.Columns = dataset.Columns, dataset.Rows

    edit(paths[:1], change)


def make_ultrasound(paths):
    edit(paths, lambda dataset: setattr(dataset, "Modality", "US"))


def keep_one_frame(paths):
    for path in paths[SHAPE[2] :]:
        path.unlink()


def keep_eight_frames(paths):
    for path in paths[8 * SHAPE[2] :]:
        path.unlink()


def second_run(paths):
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.SeriesInstanceUID = f"{dataset.SeriesInstanceUID[:60]}.2"
        dataset.save_as(path.with_name(f"b{path.name}"))


def remove_all(paths):
    for path in paths:
        path.unlink()


def remove_two_slices(paths):
    for path in [*paths[1 :: SHAPE[2]], *paths[2 :: SHAPE[2]]]:
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (remove_slice_image, "has 11 images, the others have 12"),
        (duplicate_image, "two images of the same time"),
        (cut_two_frames, r"2 of 12 frames cannot be used: frame 2 \(IM00006\.dcm: .*ends early.*3 \(IM00009"),
        (cut_all, "ends early: 20 of 60 bytes"),
        (cut_header, "broken or incomplete"),
        (stop_clocks, "time of its own"),
        (other_matrix, "differ in size"),
        (make_ultrasound, r"36 files: it is ultrasound \(US\), not CT or MR"),
        (keep_one_frame, "a plain stack of images"),
        (keep_eight_frames, "a run of only 8 frames"),
        (second_run, "2 perfusion runs"),
        (remove_all, "there is no file"),
    ],
)
def test_bad_dicom_gets_a_sentence(tmp_path, spoil, message):
    spoil(write(make_series(), tmp_path))
    with pytest.raises(InputError, match=message) as caught:
        open_scan([tmp_path])
    assert "Secret" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.remedy


def test_a_missing_slice_is_named(tmp_path):
    shape = (4, 4, 5)
    series = make_series()
    taller = TimeSeries(
        stored=np.zeros((FRAMES, *shape), dtype=np.int16),
        slope=series.slope[:, :1],
        intercept=series.intercept[:, :1],
        times_s=np.repeat(series.times_s[:, :1], 5, axis=1),
        grid=Grid(shape, rotated(0)),
        modality=Modality.CT,
    )
    paths = write(taller, tmp_path)
    for path in paths[2::5]:
        path.unlink()
    with pytest.raises(InputError, match=r"12\.0 mm between .* a slice is missing"):
        open_scan([tmp_path])


@pytest.mark.parametrize("frame", [0, 5, FRAMES - 1])
def test_one_unreadable_frame_is_interpolated_and_said(tmp_path, frame):
    series = make_series()
    paths = write(series, tmp_path)
    spoilt = paths[frame * SHAPE[2] + 1]
    spoilt.write_bytes(spoilt.read_bytes()[:-40])
    scan = open_scan([tmp_path])
    assert list(scan.repairs) == scan.summary()["repairs"]
    assert scan.repairs[0].startswith(f"Frame {frame + 1} was interpolated: {spoilt.name}")
    before, after = {0: (1, 1), FRAMES - 1: (FRAMES - 2, FRAMES - 2)}.get(frame, (frame - 1, frame + 1))
    line = (series.frame(before) + series.frame(after)) / 2
    assert np.abs(scan.series.frame(frame) - line).max() <= 0.5
    others = [t for t in range(FRAMES) if t != frame]
    assert np.array_equal(scan.series.stored[others], series.stored[others])


def test_an_input_that_does_not_exist_is_wrong_usage():
    with pytest.raises(UsageError, match="there is no 'nothing-here'"):
        open_scan([Path("nothing-here")])


def test_a_damaged_zip_is_named(tmp_path):
    (tmp_path / "scan.zip").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(InputError, match=r"scan\.zip: the zip archive is damaged"):
        open_scan([tmp_path])


# --- NIfTI -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle_deg", [0, 17])
def test_nifti_comes_back_as_it_was(tmp_path, angle_deg):
    series = make_series(affine=rotated(angle_deg))
    scan = open_scan([write_nifti(series, tmp_path / "ctp.nii.gz")])
    same(scan.series, series)


@pytest.mark.parametrize("key", ["VolumeTiming", "RepetitionTime"])
def test_nifti_times_may_stand_elsewhere(tmp_path, key):
    value = 2.5 if key == "RepetitionTime" else [2.5 * i for i in range(FRAMES)]
    path = write_nifti(make_series(), tmp_path / "ctp.nii.gz", FrameTimesStart=None, **{key: value})
    assert open_scan([path]).series.times_s[:, 0] == pytest.approx(2.5 * np.arange(FRAMES))


def test_inferred_modality_is_said(tmp_path):
    path = write_nifti(make_series(), tmp_path / "ctp.nii.gz", Modality=None)
    scan = open_scan([path])
    assert scan.series.modality is Modality.CT
    assert "inferred" in scan.summary()["notes"][0]


@pytest.mark.parametrize(
    ("modality", "sidecar", "message"),
    [
        (Modality.CT, {"FrameTimesStart": None}, "times of the frames are not stated"),
        (Modality.CT, {"FrameTimesStart": [0, 1]}, "must hold 12 rising times"),
        (Modality.CT, {"FrameTimesStart": "soon"}, "must hold 12 rising times"),
        (Modality.CT, {"Modality": "PET"}, "neither CT nor MR"),
        (Modality.MR, {"Modality": None}, "modality is not stated"),
        (Modality.MR, {"EchoTime": -1}, "'EchoTime' must be a positive"),
        (Modality.MR, {}, "echo time is not stated"),
        (Modality.CT, {"FrameTimesStart": [0.5 * i for i in range(FRAMES)]}, "12 frames over 6 s"),
    ],
)
def test_bad_sidecars_get_a_sentence(tmp_path, modality, sidecar, message):
    path = write_nifti(make_series(modality=modality), tmp_path / "run.nii.gz", **sidecar)
    with pytest.raises(InputError, match=message) as caught:
        open_scan([path])
    assert caught.value.remedy


def test_bad_nifti_files_get_a_sentence(tmp_path):
    path = tmp_path / "run.nii.gz"
    path.write_bytes(b"no nifti at all")
    with pytest.raises(InputError, match=r"run\.nii\.gz: the NIfTI file is broken"):
        open_scan([path])
    nib.save(nib.Nifti1Image(np.zeros((3, 3, 3), dtype=np.int16), np.eye(4)), path)
    with pytest.raises(InputError, match="3 dimensions, not four"):
        open_scan([path])
    good = write_nifti(make_series(), path)
    good.with_name("run.json").write_text("{broken")
    with pytest.raises(InputError, match=r"run\.json: the side-car is no valid JSON"):
        open_scan([good])


def float_nifti(path, spoil):
    """A float run in which `spoil` has put numbers that are not finite."""
    series = make_series()
    values = np.moveaxis(series.stored, 0, 3).astype(np.float32) - 1024
    spoil(values)
    nib.save(nib.Nifti1Image(values, series.grid.affine), path)
    times = [2.5 * i for i in range(FRAMES)]
    path.with_name("run.json").write_text(json.dumps({"Modality": "CT", "FrameTimesStart": times}))
    return path


def test_background_that_is_never_finite_is_air(tmp_path):
    def spoil(values):
        values[0, 0] = np.nan

    scan = open_scan([float_nifti(tmp_path / "run.nii.gz", spoil)])
    assert np.isfinite(scan.series.stored).all()
    assert (scan.series.frame(3)[0, 0] == scan.series.stored.min()).all()
    assert scan.repairs == ()


def test_one_frame_that_is_not_finite_is_interpolated(tmp_path):
    def spoil(values):
        values[2, 2, 1, 4] = np.inf

    scan = open_scan([float_nifti(tmp_path / "run.nii.gz", spoil)])
    assert "Frame 5 was interpolated" in scan.repairs[0]
    around = (scan.series.frame(3) + scan.series.frame(5)) / 2
    assert scan.series.frame(4) == pytest.approx(around, abs=1e-3)


def test_more_frames_that_are_not_finite_are_refused_by_number(tmp_path):
    def spoil(values):
        values[2, 2, 1, [4, 6]] = np.nan

    with pytest.raises(InputError, match=r"run\.nii\.gz: 2 of 12 frames cannot be used: frame 5 .*7 "):
        open_scan([float_nifti(tmp_path / "run.nii.gz", spoil)])


def test_written_volumes_lie_where_they_belong(tmp_path):
    values = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    grid = Grid(SHAPE, rotated(17))
    content = nifti_bytes(Volume(values, grid, "Tmax", "s"))
    assert content == nifti_bytes(Volume(values, grid, "Tmax", "s"))
    (tmp_path / "tmax.nii.gz").write_bytes(content)
    image = nib.load(tmp_path / "tmax.nii.gz")
    assert np.allclose(image.affine, grid.affine, atol=1e-4)
    assert image.get_data_dtype() == np.float32
    assert np.array_equal(np.asarray(image.dataobj), values)
