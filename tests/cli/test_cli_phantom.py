"""`phantom`: the options reach the object, and what is written can be analysed."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pydicom
import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.scan.study import open_scan


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


@pytest.fixture
def patient(tissueclock, tmp_path):
    """Write a small patient with some options; returns the read scan and the truth in numbers."""

    def write(*words):
        small = ("--matrix", "40", "--slices", "6", "--frames", "16", "--interval", "2")
        shown = tissueclock("phantom", "patient", *small, *words, "--out", tmp_path, "--json")
        assert shown.code == 0, shown.stderr
        return open_scan([tmp_path / "scan"]), shown.document["truth"]

    return write


def test_the_matrix_is_an_option_and_the_field_of_view_stays(patient):
    grid = patient()[0].series.grid
    assert grid.shape == (40, 40, 6)
    assert grid.spacing_mm == pytest.approx((5.76, 5.76, 16.0))
    assert patient("--slice-spacing", "12")[0].series.grid.spacing_mm[2] == pytest.approx(12.0)


@pytest.mark.parametrize("how", ["dicom", "nifti"])
def test_times_and_lost_frames_are_options(patient, how):
    scan, _ = patient("--format", how, "--times", "0:10:1,10:40:3,41.5", "--drop-frames", "2,15")
    times = [0.0, *range(2, 10), 10, 13, 16, 19, 25, 28, 31, 34, 37, 41.5]
    assert scan.series.times_s[:, 0].tolist() == pytest.approx(times)
    assert any("pass between frames" in note for note in scan.notes)


@pytest.mark.parametrize("how", ["dicom", "nifti"])
@pytest.mark.parametrize(
    ("timing", "offsets"),
    [("shuttle", [0, 0, 0, 1, 1, 1]), ("interleaved", [0, 1, 1 / 3, 4 / 3, 2 / 3, 5 / 3])],
)
def test_slices_with_times_of_their_own_are_an_option(patient, how, timing, offsets):
    scan, _ = patient("--format", how, "--slice-times", timing)
    assert scan.series.times_s[0].tolist() == pytest.approx(offsets, abs=1e-5)
    assert scan.series.times_s[5].tolist() == pytest.approx([10 + offset for offset in offsets], abs=1e-5)


def test_motion_is_an_option_and_stands_in_the_truth(patient):
    motion = patient("--drift", "3", "--nod", "2", "--motion", "4")[1]["motion"]
    shifts, turns = np.array(motion["shift_mm"]), np.array(motion["rotation_deg"])
    assert not shifts[0].any()
    assert shifts[-1, 0] == pytest.approx(3 / np.sqrt(3) + 4, abs=1e-5)
    assert np.abs(turns[:, 0]).max() == pytest.approx(2, rel=0.05)
    assert patient()[1]["motion"] is None


def test_an_oblique_dsc_run_with_bright_first_frames_is_an_option(patient):
    words = ("--modality", "MR", "--snr", "500", "--oblique", "10,-5,8", "--unsettled-frames", "2")
    series = patient(*words)[0].series
    assert series.echo_time_s == pytest.approx(0.03)
    assert np.abs(series.grid.affine[:3, :3]).min() > 0.1
    brightness = [float(series.frame(frame).mean()) for frame in range(4)]
    assert brightness[0] / brightness[3] == pytest.approx(1.6, rel=0.02)
    assert brightness[2] / brightness[3] == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--times", "0:10"), "'0:10' is no range: write start:stop:step"),
        (("--times", "0:10:0"), "'0:10:0' is no range"),
        (("--times", "0:inf:1"), "'0:inf:1' is no range"),
        (("--times", "0:1e9:1"), "a range of 1000000000 times is too long"),
        (("--times", "soon"), "'soon' is no list of numbers"),
        (("--times", "3,2,1"), "the frame times are not rising"),
        (("--drop-frames", "0"), "frames are numbers from 1, or ranges of them"),
        (("--drop-frames", "99"), "the run has frames 1 to 40"),
        (("--oblique", "1,2"), "'1,2' is not three angles"),
        (("--oblique", "0,0,90"), "'0,0,90' is not three angles of up to 45 degrees"),
        (("--oblique", "0,0,nan"), "is not three angles"),
        (("--matrix", "5000"), "5000 voxels across and 12 slices cannot be made"),
        (("--slices", "0"), "144 voxels across and 0 slices cannot be made"),
        (("--slice-spacing", "0"), "slices 0 mm apart cannot be made"),
        (("--unsettled-frames", "2"), "unsettled frames are of MR"),
        (("--slice-times", "random"), "invalid choice"),
    ],
)
def test_options_that_cannot_be_are_wrong_usage(tissueclock, tmp_path, words, message):
    shown = tissueclock("phantom", "patient", *words, "--out", tmp_path / "out")
    assert shown.code == 2
    assert message in shown.stderr
    assert not (tmp_path / "out").exists()
