"""What a user overrules: it is done, recorded, and refused where it cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from digital_scans import analyze, image, small_series, write_nifti

from tissueclock.core.errors import ExitCode

VOLUMES = ("core_ml", "tmax6_ml")


def step_of(document, name):
    return next(step for step in document["provenance"] if step["name"] == name)


def test_the_same_voxel_chosen_by_hand_gives_about_the_same(case, tmp_path):
    automatic = case("left").run
    aif, vof = (automatic.document["curves"][f"{name}_location"] for name in ("aif", "vof"))
    words = ("--aif", ",".join(map(str, aif)), "--vof", ",".join(map(str, vof)))
    chosen = analyze(case("left").scan, *words, out=tmp_path)
    assert chosen.code == ExitCode.DONE
    assert chosen.document["curves"]["aif_location"] == aif
    assert chosen.document["curves"]["vof_location"] == vof
    for name in VOLUMES:
        assert chosen.value(name) == pytest.approx(automatic.value(name), rel=0.15, abs=3.0)


def test_choices_stand_in_the_methods_and_the_provenance(case, tmp_path):
    aif = case("left").run.document["curves"]["aif_location"]
    words = ("--aif", ",".join(map(str, aif)), "--exclude-frames", "3,38-40", "--side", "left")
    chosen = analyze(case("left").scan, *words, out=tmp_path)
    assert chosen.code == ExitCode.DONE
    document = chosen.document
    parameters = step_of(document, "user-choices")["parameters"]
    assert parameters == {"exclude_frames": [3, 38, 39, 40], "side": "left"}
    input_curve = step_of(document, "input-curve")["parameters"]
    assert (input_curve["selector"], input_curve["aif_voxel"]) == ("user", aif)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Left out by the user: frame 3, 38, 39, 40." in page
    assert "stated by the user: left" in page
    assert "at a voxel that the user chose" in page
    assert document["facts"]["lesion_side"]["source"] == "stated by the user"


def test_nothing_is_recorded_where_nothing_is_overruled(case):
    names = [step["name"] for step in case("left").run.document["provenance"]]
    assert "user-choices" not in names


def test_a_few_frames_less_change_little(case, tmp_path):
    less = analyze(case("left").scan, "--exclude-frames", "5,30", out=tmp_path)
    for name in VOLUMES:
        assert less.value(name) == pytest.approx(case("left").run.value(name), rel=0.1, abs=3.0)
    assert len(less.document["curves"]["times_s"]) == len(case("left").run.document["curves"]["times_s"])


def test_a_moved_frame_is_named_by_its_number_in_the_scan(case, tmp_path):
    """Frame 31 moved; with three frames left out before it, it is still the scan's frame 31."""
    less = analyze(case("twitch").scan, "--exclude-frames", "1-3", out=tmp_path)
    (flag,) = (flag for flag in less.document["quality"]["flags"] if flag["id"] == "repaired-frame")
    assert flag["text"].startswith("Frame 31 was interpolated")


def test_frames_that_cannot_be_used_may_be_left_out(tmp_path):
    series = small_series()
    data = np.moveaxis(series.stored.astype(np.float32), 0, 3) - 1024
    data[40:50, 40:50, 3, [8, 21]] = np.nan
    sidecar = {"Modality": "CT", "FrameTimesStart": series.times_s[:, 0].tolist()}
    scan = write_nifti(tmp_path / "scan", data, series.grid.affine, sidecar)
    refused = analyze(scan, out=tmp_path / "out")
    assert refused.code == ExitCode.INPUT
    assert "frame 9 (it holds numbers that are not finite), 22" in refused.stderr
    assert "--exclude-frames" in refused.stderr
    assert analyze(scan, "--exclude-frames", "9,22", out=tmp_path / "out").code == ExitCode.DONE


def test_the_other_side_takes_its_reference_from_the_lesions(case, tmp_path):
    """Overruling is believed: normal tissue is then that of the hemisphere that was not named."""
    wrong = analyze(case("left").scan, "--side", "right", out=tmp_path)
    assert wrong.value("lesion_side") == "right"
    assert wrong.value("tmax6_ml") == case("left").run.value("tmax6_ml")
    assert wrong.value("reference_ml") < case("left").run.value("reference_ml")


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (("--aif", "500,2,2"), ExitCode.USAGE, "--aif 500,2,2 lies outside the scan of 96 x 96 x 8 voxels"),
        (("--aif", "1,2"), ExitCode.USAGE, "three whole numbers from 0"),
        (("--vof", "a,b,c"), ExitCode.USAGE, "three whole numbers from 0"),
        (("--aif", "0,0,0"), ExitCode.INPUT, "chosen by --aif shows no bolus"),
        (("--vof", "0,0,0"), ExitCode.INPUT, "chosen by --vof shows no bolus"),
        (("--exclude-frames", "0"), ExitCode.USAGE, "numbers from 1"),
        (("--exclude-frames", "9-3"), ExitCode.USAGE, "numbers from 1"),
        (("--exclude-frames", "41"), ExitCode.USAGE, "the run has frames 1 to 40"),
        (("--exclude-frames", "1-31"), ExitCode.USAGE, "leaves 9 of 40 frames; 10 are needed"),
        (("--side", "both"), ExitCode.USAGE, "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(case, tmp_path, words, code, found):
    refused = analyze(case("left").scan, *words, out=tmp_path / "out")
    assert refused.code == code
    assert found in refused.stderr
    assert not (tmp_path / "out" / "result.json").exists()


def test_a_voxel_of_tissue_may_be_chosen_and_is_measured_as_such(case, tmp_path):
    """The program believes the user, and its quality checks say what they think of it."""
    brain = np.asanyarray(image(case("left").run.out, "masks/brain").dataobj)
    tmax = np.asanyarray(image(case("left").run.out, "maps/tmax").dataobj)
    x, y, z = np.argwhere((brain > 0) & (tmax > 2) & (tmax < 3))[500]
    poor = analyze(case("left").scan, "--aif", f"{x},{y},{z}", out=tmp_path)
    assert poor.code in (ExitCode.WITHHELD, ExitCode.INPUT)
