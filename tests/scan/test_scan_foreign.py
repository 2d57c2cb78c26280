"""Another program's maps: found by name, with their scaling; pictures, runs and lost places are refused."""

import json

import nibabel as nib
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid
from scan_lab import make_series, write

from tissueclock.core.errors import InputError, UsageError
from tissueclock.scan.foreign_map import open_foreign_maps
from tissueclock.scan.nifti import read_frames, read_map
from tissueclock.scan.sources import Source

AFFINE = np.diag([-2.0, 2.0, 5.0, 1.0])


def save(path, array, affine=AFFINE, *, scale=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(array, affine)
    if scale:
        image.header.set_slope_inter(*scale)
    nib.save(image, path)
    return path


def numbers(shape=(6, 5, 4)):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize(
    ("tmax", "cbf", "relative"),
    [
        ("Tmax.nii.gz", "CBF.nii.gz", False),
        ("SMIR.Brain.XX.O.CT_Tmax.345567.nii", "SMIR.Brain.XX.O.CT_CBF.345563.nii", False),
        ("sub-1_tmax_map.nii.gz", "sub-1_rCBF.nii.gz", True),
        ("rapidTMAX.nii", "rel_cbf.nii", True),
        ("tmax.nii", "relative-cbf.nii", True),
    ],
)
def test_maps_are_found_by_their_names(tmp_path, tmax, cbf, relative):
    save(tmp_path / "a" / tmax, numbers())
    save(tmp_path / "b" / cbf, numbers() + 1)
    save(tmp_path / "mtt.nii.gz", numbers() + 2)
    save(tmp_path / "cbv.nii.gz", numbers() + 3)
    found = open_foreign_maps(tmp_path)
    assert np.array_equal(found.tmax.array, numbers())
    assert np.array_equal(found.cbf.array, numbers() + 1)
    assert found.cbf_is_relative is relative
    assert found.tmax.grid.voxel_ml == pytest.approx(0.02)


def test_one_file_is_a_tmax_map_and_its_side_car_says_the_unit(tmp_path):
    path = save(tmp_path / "tmax.nii.gz", numbers())
    assert open_foreign_maps(path).cbf is None
    assert open_foreign_maps(path).tmax_unit == ""
    for word, unit in (("ms", "ms"), ("Seconds", "s")):
        (tmp_path / "tmax.json").write_text(json.dumps({"Units": word}), encoding="utf-8")
        assert open_foreign_maps(path).tmax_unit == unit
    (tmp_path / "tmax.json").write_text(json.dumps({"Units": "frames"}), encoding="utf-8")
    with pytest.raises(InputError, match="neither s nor ms"):
        open_foreign_maps(path)


def test_stored_integers_are_scaled_as_the_header_says(tmp_path):
    stored = np.array([[[2, 29, -4]]], dtype=np.int16)
    path = save(tmp_path / "tmax.nii", stored, scale=(0.25, 0.5))
    assert np.array_equal(read_map(Source(path))[0], [[[1.0, 7.75, -0.5]]])


def rgb():
    return np.zeros((6, 5, 4), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])


@pytest.mark.parametrize(
    "colours",
    [rgb(), np.zeros((6, 5, 4, 3), dtype=np.uint8), np.zeros((6, 5, 4, 1, 3), dtype=np.uint8)],
    ids=["RGB dtype", "three channels", "three channels, fifth axis"],
)
def test_colours_are_refused(tmp_path, colours):
    path = save(tmp_path / "tmax.nii.gz", colours)
    with pytest.raises(InputError, match="holds colours or complex numbers, not a measurement"):
        open_foreign_maps(path)


@pytest.mark.parametrize(
    ("suffix", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("bmp", "BMP"), ("tiff", "TIFF")]
)
def test_screenshots_are_refused(tmp_path, suffix, kind):
    Image.new("RGB", (8, 8), (200, 30, 30)).save(tmp_path / f"tmax.{suffix}")
    with pytest.raises(InputError, match=rf"picture \({kind}\)") as caught:
        open_foreign_maps(tmp_path)
    assert caught.value.where == f"tmax.{suffix}"
    assert "as NIfTI" in caught.value.remedy


def test_a_secondary_capture_is_refused(tmp_path):
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = generate_uid(), ExplicitVRLittleEndian
    dataset = pydicom.dataset.FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = (
        SecondaryCaptureImageStorage,
        meta.MediaStorageSOPInstanceUID,
    )
    dataset.Modality, dataset.SamplesPerPixel = "CT", 3
    dataset.Rows = dataset.Columns = 2
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation, dataset.PixelData = 7, 0, bytes(12)
    dataset.save_as(tmp_path / "map.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match="screenshot"):
        open_foreign_maps(tmp_path)


def test_a_plain_dicom_image_is_sent_to_nifti(tmp_path):
    write(make_series(frames=1), tmp_path)
    with pytest.raises(InputError, match="it is a DICOM image; maps are read from NIfTI"):
        open_foreign_maps(tmp_path)


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(InputError, match="holds no NIfTI file"):
        open_foreign_maps(tmp_path)


def test_names_that_do_not_say_what_they_hold_are_wrong_usage(tmp_path):
    save(tmp_path / "map1.nii", numbers())
    with pytest.raises(UsageError, match="no NIfTI file has tmax in its name") as caught:
        open_foreign_maps(tmp_path)
    assert "tmax.nii.gz" in caught.value.remedy
    save(tmp_path / "tmax.nii", numbers())
    save(tmp_path / "tmax2.nii", numbers())
    with pytest.raises(UsageError, match="2 NIfTI files have tmax in their names"):
        open_foreign_maps(tmp_path)


def test_maps_on_different_grids_are_refused(tmp_path):
    save(tmp_path / "tmax.nii", numbers())
    save(tmp_path / "cbf.nii", numbers((6, 5, 5)))
    with pytest.raises(InputError, match="different grids"):
        open_foreign_maps(tmp_path)


def test_a_run_is_no_map(tmp_path):
    path = save(tmp_path / "tmax.nii", numbers((6, 5, 4, 7)))
    with pytest.raises(InputError, match="4 dimensions, not three"):
        open_foreign_maps(path)


def test_frames_are_read_with_and_without_an_axis_of_one(tmp_path):
    stored = np.arange(6 * 5 * 4 * 7, dtype=np.int16).reshape(6, 5, 4, 7)
    plain = read_frames(Source(save(tmp_path / "a.nii", stored)))
    extra = read_frames(Source(save(tmp_path / "b.nii.gz", stored[:, :, :, None, :])))
    for found in (plain, extra):
        assert np.array_equal(found.stored, np.moveaxis(stored, 3, 0))
        assert (found.slope, found.intercept) == (1.0, 0.0)
        assert found.header_interval_s == 1.0
    with pytest.raises(InputError, match="3 dimensions, not four"):
        read_frames(Source(save(tmp_path / "c.nii", stored[..., 0])))
