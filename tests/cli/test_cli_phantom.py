"""`phantom`: the options reach the object, and what is written can be analysed."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pydicom
import pytest

from tissueclock.core.notice import DISCLAIMER


@pytest.fixture
def kudo(tissueclock, tmp_path):
    """Write a small Kudo grid with some options; returns the 4-D image, its side-car and the folder."""

    def write(*words, to="kudo"):
        shown = tissueclock("phantom", "kudo", "--tile", "1", *words, "--out", tmp_path / to)
        assert shown.code == 0, shown.stderr
        scan = tmp_path / to / "scan"
        sidecar = json.loads((scan / "perfusion.json").read_text(encoding="utf-8"))
        return nib.load(scan / "perfusion.nii.gz"), sidecar, tmp_path / to

    return write


def test_the_kudo_grid_has_a_truth_for_every_tile(kudo):
    image, sidecar, folder = kudo()
    assert image.shape == (7, 7, 16, 60)
    assert sidecar["Modality"] == "CT"
    truth = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert truth["disclaimer"] == DISCLAIMER
    assert truth["residue_by_slice"].count("box") == 5
    tiles = nib.load(folder / "truth" / "tiles.nii.gz").get_fdata() > 0
    for name in ("cbf", "cbv", "mtt", "delay"):
        values = nib.load(folder / "truth" / f"{name}.nii.gz").get_fdata()
        np.testing.assert_array_equal(np.isfinite(values), tiles)


def test_sampling_bolus_and_modality_are_options(kudo):
    image, sidecar, _ = kudo("--modality", "MR", "--frames", "20", "--interval", "2")
    assert image.shape[3] == 20
    assert sidecar["FrameTimesStart"] == [2.0 * frame for frame in range(20)]
    assert (sidecar["Modality"], sidecar["EchoTime"]) == ("MR", 0.03)
    narrow, wide = (kudo("--bolus-width", width, to=width)[0].get_fdata()[0, 0, 0] for width in ("4", "9"))
    half = [int((curve - curve[0] > (curve.max() - curve[0]) / 2).sum()) for curve in (narrow, wide)]
    assert half == [4, 9]


def test_noise_and_its_seed_are_options(kudo):
    def voxels(seed, to):
        return kudo("--noise", "4", "--seed", seed, to=to)[0].get_fdata()

    clean, one, again, other = (
        kudo()[0].get_fdata(),
        voxels("7", "one"),
        voxels("7", "again"),
        voxels("8", "b"),
    )
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert (one - clean).std() == pytest.approx(4.0, rel=0.1)


def test_a_patient_is_written_as_dicom_with_nobodys_name(tissueclock, tmp_path):
    words = ("--side", "right", "--place", "mca-posterior", "--core-ml", "10", "--hypoperfused-ml", "40")
    shown = tissueclock("phantom", "patient", *words, "--frames", "11", "--out", tmp_path, "--json")
    truth = shown.document["truth"]
    assert (truth["side"], truth["place"]) == ("right", "mca-posterior")
    assert truth["physics"]["core_ml"] == pytest.approx(10, abs=0.5)
    assert truth["physics"]["hypoperfused_ml"] == pytest.approx(40, abs=0.5)
    assert json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8")) == truth
    images = sorted((tmp_path / "scan").iterdir())
    assert len(images) == 11 * 12
    first = pydicom.dcmread(images[0])
    assert (first.PatientName, first.PatientID) == ("DIGITAL^PATIENT", "PHANTOM")
    assert first.ImageComments == DISCLAIMER


def test_a_later_object_replaces_an_earlier_one(tissueclock, tmp_path):
    tissueclock("phantom", "kudo", "--tile", "1", "--out", tmp_path)
    (tmp_path / "scan" / "notes.txt").write_text("mine", encoding="utf-8")
    words = ("--side", "none", "--format", "nifti", "--frames", "11", "--modality", "MR", "--motion", "4")
    shown = tissueclock("phantom", "patient", *words, "--out", tmp_path, "--json")
    assert shown.document["truth"]["physics"] == {"core_ml": 0.0, "hypoperfused_ml": 0.0}
    assert {path.name for path in (tmp_path / "scan").iterdir()} == {
        "notes.txt",
        "perfusion.json",
        "perfusion.nii.gz",
    }
    assert nib.load(tmp_path / "scan" / "perfusion.nii.gz").shape[3] == 11
