"""NIfTI runs: what the side-car may say, in which units, and files that are broken or lie nowhere."""

import contextlib
import gzip
import json
from random import Random

import nibabel as nib
import numpy as np
import pytest
from scan_lab import FRAMES, SHAPE, make_series, rotated, same, write, write_nifti

from tissueclock.core.errors import InputError
from tissueclock.image.series import Modality
from tissueclock.scan.nifti import series_nifti_bytes
from tissueclock.scan.study import open_scan

TIMES = [2.5 * frame for frame in range(FRAMES)]


def refused(path):
    with pytest.raises(InputError) as caught:
        open_scan([path])
    assert caught.value.remedy
    return str(caught.value)


@pytest.mark.parametrize("slice_delay_s", [0.4, 1.2])
def test_slices_with_times_of_their_own_come_back(tmp_path, slice_delay_s):
    series = make_series(slice_delay_s=slice_delay_s)
    scan = open_scan([write_nifti(series, tmp_path / "ctp.nii.gz")])
    same(scan.series, series)
    assert scan.time_source == "FrameTimesStart and SliceTiming of the side-car"
    assert scan.summary()["per_slice_times"] is True


def test_slice_timing_may_run_from_head_to_feet(tmp_path):
    series = make_series()
    path = write_nifti(
        series, tmp_path / "ctp.nii.gz", SliceTiming=[0, 0.5, 1.5], SliceEncodingDirection="k-"
    )
    assert open_scan([path]).series.times_s[0].tolist() == [1.5, 0.5, 0.0]


def test_times_that_no_side_car_can_state_are_not_written():
    series = make_series(slice_delay_s=0.4)
    times = series.times_s.copy()
    times[4, 1] += 0.2
    with pytest.raises(ValueError, match="one offset a slice"):
        series_nifti_bytes(type(series)(**{**series.__dict__, "times_s": times}))


BAD = {
    "EchoTime in ms": ({"EchoTime": 30}, "'EchoTime' is 30, which cannot be seconds. .*write 0.03 instead"),
    "EchoTime 0": ({"EchoTime": 0}, "'EchoTime' must be a positive number of seconds"),
    "EchoTime text": ({"EchoTime": "0.03"}, "'EchoTime' must be a positive"),
    "EchoTime bool": ({"EchoTime": True}, "'EchoTime' must be a positive"),
    "EchoTime list": ({"EchoTime": [0.03]}, "'EchoTime' must be a positive"),
    "TR in ms": (
        {"FrameTimesStart": None, "RepetitionTime": 1500},
        "'RepetitionTime' is 1500, which cannot be seconds. .*write 1.5 instead",
    ),
    "TR 0": ({"FrameTimesStart": None, "RepetitionTime": 0}, "'RepetitionTime' must be a positive"),
    "times in ms": (
        {"FrameTimesStart": [1500 * frame for frame in range(FRAMES)]},
        "usual interval in 'FrameTimesStart' is 1500, which cannot be seconds. .*write 1.5",
    ),
    "too few": ({"FrameTimesStart": TIMES[:-1]}, "must hold 12 rising times in seconds.* It holds 11"),
    "too many": ({"FrameTimesStart": [*TIMES, 99]}, "must hold 12 rising times.* It holds 13"),
    "none": ({"FrameTimesStart": []}, "must hold 12 rising times"),
    "one number": ({"FrameTimesStart": 2.5}, "must hold 12 rising times"),
    "falling": ({"FrameTimesStart": TIMES[::-1]}, "must hold 12 rising times"),
    "standing": ({"FrameTimesStart": [*TIMES[:5], TIMES[4], *TIMES[6:]]}, "must hold 12 rising times"),
    "bool": ({"FrameTimesStart": [False, True, *TIMES[2:]]}, "must hold 12 rising times"),
    "text": ({"FrameTimesStart": [str(time) for time in TIMES]}, "must hold 12 rising times"),
    "no number": ({"FrameTimesStart": [*TIMES[:-1], float("nan")]}, "must hold 12 rising times"),
    "nested": ({"FrameTimesStart": [[time] for time in TIMES]}, "must hold 12 rising times"),
    "VolumeTiming": ({"FrameTimesStart": None, "VolumeTiming": TIMES[:3]}, "'VolumeTiming' must hold 12"),
    "slices": ({"SliceTiming": [0, 1]}, "'SliceTiming' must hold 3 times in seconds"),
    "slices before": ({"SliceTiming": [0, -1, 1]}, "'SliceTiming' must hold 3 times in seconds"),
    "slices in ms": ({"SliceTiming": [0, 500, 1000]}, "longest time in 'SliceTiming' is 1000, which"),
    "slices across": ({"SliceTiming": [0, 1, 2], "SliceEncodingDirection": "j"}, "along the third axis only"),
    "modality": ({"Modality": ["MR"]}, "neither CT nor MR"),
}


@pytest.mark.parametrize(("sidecar", "words"), BAD.values(), ids=BAD)
def test_a_side_car_that_cannot_be_is_refused(tmp_path, sidecar, words):
    path = write_nifti(
        make_series(modality=Modality.MR, echo_time_s=0.03), tmp_path / "run.nii.gz", **sidecar
    )
    with pytest.raises(InputError, match=words) as caught:
        open_scan([path])
    assert caught.value.where == "run.nii.gz"
    assert caught.value.remedy


def test_a_side_car_with_a_mark_of_its_encoding_is_read(tmp_path):
    series = make_series()
    path = write_nifti(series, tmp_path / "run.nii.gz")
    text = (tmp_path / "run.json").read_text()
    (tmp_path / "run.json").write_text(text, encoding="utf-8-sig")
    same(open_scan([path]).series, series)


def test_a_gap_is_said(tmp_path):
    times = [*TIMES[:6], *(time + 5 for time in TIMES[6:])]
    path = write_nifti(make_series(), tmp_path / "run.nii.gz", FrameTimesStart=times)
    assert open_scan([path]).notes == (
        "Frames are usually 2.50 s apart, but 7.50 s pass between frames 6 and 7",
    )


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("name", ["run.nii", "run.nii.gz"])
@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<f4", "<f8", "<u2", "<i4"])
def test_every_number_format_gives_the_same_run(tmp_path, kind, name, dtype):
    series = make_series()
    image = kind(np.moveaxis(series.stored, 0, 3).astype(dtype), series.grid.affine)
    image.header.set_data_dtype(np.dtype(dtype))
    nib.save(image, tmp_path / name)
    (tmp_path / "run.json").write_text(json.dumps({"Modality": "CT", "FrameTimesStart": TIMES}))
    read = open_scan([tmp_path / name]).series
    assert np.array_equal(read.stored, series.stored)
    assert read.stored.dtype.isnative
    assert read.grid.is_same(series.grid)


def image_of(data, affine=None):
    return nib.Nifti1Image(data, rotated(0) if affine is None else affine)


def zero_voxels():
    image = image_of(np.zeros((*SHAPE, FRAMES), dtype=np.int16))
    content = bytearray(image.to_bytes())
    content[280:328] = bytes(48)  # the rows of the sform
    return bytes(content)


def lying_nowhere():
    image = nib.Nifti1Image(np.zeros((*SHAPE, FRAMES), dtype=np.int16), None)
    image.header.set_zooms((1, 1, 1, 1))
    return image.to_bytes()


def colours():
    return image_of(np.zeros((*SHAPE, FRAMES), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])).to_bytes()


WHOLE = image_of(np.ones((*SHAPE, FRAMES), dtype=np.int16)).to_bytes()
FILES = {
    "empty": (b"", "the file is empty"),
    "text": (b"Secret^Name wrote this", "the NIfTI file is broken or incomplete"),
    "short header": (WHOLE[:200], "the NIfTI file is broken or incomplete"),
    "no pixels": (WHOLE[:352], "the NIfTI file is broken or incomplete"),
    "short pixels": (WHOLE[:-9], "the NIfTI file is broken or incomplete"),
    "short gzip": (gzip.compress(WHOLE)[:-20], "the NIfTI file is broken or incomplete"),
    "bad gzip": (gzip.compress(WHOLE)[:30] + bytes(60), "the NIfTI file is broken or incomplete"),
    "3 axes": (image_of(np.zeros(SHAPE, dtype=np.int16)).to_bytes(), "has 3 dimensions, not four"),
    "5 axes": (image_of(np.zeros((*SHAPE, 4, 3), dtype=np.int16)).to_bytes(), "has 5 dimensions, not four"),
    "no size": (zero_voxels(), "the voxels have no size or position"),
    "nowhere": (lying_nowhere(), "does not say how it lies in the patient"),
    "colours": (colours(), "holds colours or complex numbers"),
    "complex": (image_of(np.zeros((*SHAPE, FRAMES), np.complex64)).to_bytes(), "colours or complex numbers"),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_bad_file_is_named(tmp_path, content, words):
    (tmp_path / "run.nii").write_bytes(content)
    (tmp_path / "run.json").write_text(json.dumps({"Modality": "CT", "FrameTimesStart": TIMES}))
    sentence = refused(tmp_path / "run.nii")
    assert sentence.startswith("run.nii: ")
    assert words in sentence
    assert "Secret" not in sentence


def test_a_fifth_axis_of_one_is_no_axis(tmp_path):
    series = make_series()
    data = np.moveaxis(series.stored, 0, 3)[..., None]
    nib.save(image_of(data), tmp_path / "run.nii")
    (tmp_path / "run.json").write_text(json.dumps({"Modality": "CT", "FrameTimesStart": TIMES}))
    assert np.array_equal(open_scan([tmp_path / "run.nii"]).series.stored, series.stored)


def test_nothing_finite_at_all_is_refused(tmp_path):
    nib.save(image_of(np.full((*SHAPE, FRAMES), np.nan, dtype=np.float32)), tmp_path / "run.nii")
    (tmp_path / "run.json").write_text(json.dumps({"Modality": "CT", "FrameTimesStart": TIMES}))
    assert "no voxel holds a finite number" in refused(tmp_path / "run.nii")


def spoilt(random, content, within):
    """Return bytes of which a few are changed, in the header more often than not, and some end early."""
    changed = bytearray(content)
    for _ in range(random.choice([1, 3, 20])):
        changed[random.randrange(within if random.random() < 0.7 else len(changed))] = random.randrange(256)
    return bytes(changed[: random.randrange(len(changed))] if random.random() < 0.3 else changed)


def test_no_spoilt_byte_ends_in_anything_but_a_sentence(tmp_path, capfd):
    """Reading either works or refuses: no other error, no warning, nothing that a library says by itself."""
    random = Random(4)
    (tmp_path / "run.json").write_text(json.dumps({"Modality": "CT", "FrameTimesStart": TIMES}))
    paths = write(make_series(), tmp_path / "dicom")
    for number in range(120):
        (tmp_path / "run.nii").write_bytes(spoilt(random, WHOLE, 352))
        path = paths[number % len(paths)]
        whole = path.read_bytes()
        path.write_bytes(spoilt(random, whole, 1200))
        for scan in (tmp_path / "run.nii", tmp_path / "dicom"):
            with contextlib.suppress(InputError):
                open_scan([scan])
        path.write_bytes(whole)
    assert capfd.readouterr() == ("", "")
