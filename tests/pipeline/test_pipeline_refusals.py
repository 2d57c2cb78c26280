"""What cannot be measured ends with one sentence and an exit code, and nothing is written."""

from __future__ import annotations

import json
import os
import re
import shutil

import nibabel as nib
import numpy as np
import pydicom
import pytest
from digital_scans import (
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


@pytest.fixture(scope="module")
def images(case):
    """The run of a patient in HU (x, y, z, frames), its affine and its side-car."""
    image = nib.load(case("left").scan / "perfusion.nii.gz")
    sidecar = json.loads((case("left").scan / "perfusion.json").read_text(encoding="utf-8"))
    return image.get_fdata(dtype=np.float32), image.affine, sidecar


def nan_in_two_frames(data):
    data[48, 48, 4, 7] = np.nan
    data[40, 48, 4, 9] = np.inf
    return data


def still_head(data):
    """Return a head through which nothing passes, with noise."""
    noise = np.random.default_rng(1).normal(0, 3, data.shape)
    return data[..., :1] + noise.astype(np.float32)


def few_frames(data):
    return data[..., :8]


UNSUITABLE = {
    "constant": (lambda data: np.full_like(data, 40.0), "all frames are the same"),
    "air": (lambda data: np.full_like(data, -1000.0), "all frames are the same"),
    "one image repeated": (lambda data: np.repeat(data[..., :1], 40, axis=3), "all frames are the same"),
    "no contrast": (still_head, "no artery was found"),
    "two broken frames": (nan_in_two_frames, "frame 8 .*, 10 "),
    "eight frames": (few_frames, "8 frames"),
    "three axes": (lambda data: data[..., 0], "3 dimensions"),
}


@pytest.mark.parametrize(("change", "words"), UNSUITABLE.values(), ids=UNSUITABLE)
def test_an_unsuitable_image_is_refused(images, tmp_path, change, words):
    data, affine, sidecar = images
    changed = change(data.copy())
    frames = changed.shape[3] if changed.ndim == 4 else 40
    sidecar = {**sidecar, "FrameTimesStart": sidecar["FrameTimesStart"][:frames]}
    scan = write_nifti(tmp_path / "scan", changed, affine, sidecar)
    assert re.search(words, refusal(analyze(scan, out=tmp_path / "out"), 3))


def test_a_chest_is_refused(images, tmp_path):
    data, affine, sidecar = images
    run = chest(data.shape[:3], np.array(sidecar["FrameTimesStart"]))
    scan = write_nifti(tmp_path / "scan", run, affine, sidecar)
    assert "skull" in refusal(analyze(scan, out=tmp_path / "out"), 3)


def test_one_broken_frame_is_interpolated_and_said_so(case, images, tmp_path):
    data, affine, sidecar = images
    data = data.copy()
    data[..., 12] = np.nan
    mended = analyze(write_nifti(tmp_path, data, affine, sidecar), out=tmp_path / "out")
    assert mended.code == 0
    (flag,) = (flag for flag in mended.document["quality"]["flags"] if flag["id"] == "repaired-frame")
    assert "Frame 13" in flag["text"]
    assert mended.value("tmax6_ml") == pytest.approx(case("left").run.value("tmax6_ml"), rel=0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Modality": "MR"}, "echo time is not stated.*EchoTime"),
        ({"Modality": "PT"}, "neither CT nor MR"),
        ({"FrameTimesStart": [3.0, 2.0]}, "40 rising times"),
        ({"FrameTimesStart": [0.1 * frame for frame in range(40)]}, "40 frames over 4 s"),
    ],
)
def test_a_side_car_that_does_not_fit_is_refused(images, tmp_path, change, words):
    data, affine, sidecar = images
    scan = write_nifti(tmp_path / "scan", data.astype(np.int16), affine, sidecar | change)
    assert re.search(words, refusal(analyze(scan, out=tmp_path / "out"), 3))


@pytest.mark.parametrize(
    ("content", "words"),
    [({}, "no file"), ({"a.txt": "Secret^Name", "b.json": "{}"}, "2 files, none of them")],
)
def test_a_folder_without_images_is_refused(tmp_path, content, words):
    folder = tmp_path / "input"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert words in refusal(analyze(folder, out=tmp_path / "out"), 3)


def test_an_input_that_does_not_exist_is_wrong_usage(tmp_path):
    assert "'nowhere'" in refusal(analyze(tmp_path / "nowhere", out=tmp_path / "out"), 2)


def test_a_file_that_is_no_scan_is_refused(tmp_path):
    (tmp_path / "scan.nii.gz").write_bytes(b"Secret^Name" * 50)
    assert "scan.nii.gz: the NIfTI file is broken" in refusal(
        analyze(tmp_path / "scan.nii.gz", out=tmp_path / "out"), 3
    )
    (tmp_path / "study.zip").write_bytes(b"PK\x03\x04 Secret^Name")
    assert "study.zip" in refusal(analyze(tmp_path / "study.zip", out=tmp_path / "out"), 3)


@pytest.fixture(scope="module")
def dicom(tmp_path_factory):
    """The DICOM run of somebody with a name: 12 frames of 3 slices."""
    few = Recipe(acquisition=Acquisition(frames=12, frame_interval_s=2.0), grid=head_grid(48, 4.0, 3, 25.0))
    return as_dicom(small_series(few), tmp_path_factory.mktemp("dicom"), SECRET)


@pytest.mark.parametrize("kept", [0, 140, 700, 0.5])
def test_a_truncated_run_is_refused(dicom, tmp_path, kept):
    """Of four images in a row, of two frames, only the first bytes arrived."""
    scan = shutil.copytree(dicom, tmp_path / "scan")
    for path in sorted(scan.iterdir())[13:17]:
        content = path.read_bytes()
        path.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    sentence = refusal(analyze(scan, out=tmp_path / "out"), 3)
    assert re.search(r"^tissueclock: (IM\d{5}\.dcm|the run): ", sentence)


def test_dicom_mr_without_echo_time_is_refused(dicom, tmp_path):
    for path in dicom.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.Modality = "MR"
        (tmp_path / "scan").mkdir(exist_ok=True)
        dataset.save_as(tmp_path / "scan" / path.name)
    assert "echo time is not stated" in refusal(analyze(tmp_path / "scan", out=tmp_path / "out"), 3)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("core_ml = 50", "'core_ml' is .* on imaging, but 50 was typed"),
        ('lesion_side = "right"', "'lesion_side' is left on imaging, but right was typed"),
        ("mismatch_ratio = 1.1", "'mismatch_ratio' is .* on imaging, but 1.1 was typed"),
    ],
)
def test_facts_that_contradict_the_scan_are_refused(case, tmp_path, facts, words):
    (tmp_path / "facts.toml").write_text(facts, encoding="utf-8")
    shown = analyze(case("left").scan, "--facts", tmp_path / "facts.toml", out=tmp_path / "out")
    assert re.search(words, refusal(shown, 3))


def test_facts_are_merged_and_judged(case, tmp_path):
    (tmp_path / "facts.json").write_text(
        json.dumps({"age": 68, "nihss": 16, "core_ml": None}), encoding="utf-8"
    )
    shown = analyze(case("left").scan, "--facts", tmp_path / "facts.json", out=tmp_path / "out")
    plain = {
        name: fact
        for name, fact in case("left").run.document["facts"].items()
        if not fact["source"].startswith("criteria of")  # what stays open in a trial depends on what is typed
    }
    assert shown.code == 0
    assert shown.document["facts"]["age"]["value"] == 68
    assert {name: fact for name, fact in shown.document["facts"].items() if name in plain} == plain
    outcomes = {item["id"]: item["outcome"] for item in shown.document["trials"]["defuse-3"]["criteria"]}
    assert (outcomes["age"], outcomes["nihss"], outcomes["mismatch-volume"]) == ("pass", "pass", "pass")


USAGE = {
    "unknown trial": (("--trial", "nope"), "no trial 'nope'.*defuse-3"),
    "unknown preset": (("--preset", "nope"), "no preset 'nope'.*ct-default"),
    "preset of another modality": (("--preset", "dsc-default"), "is for MR, the scan is CT"),
    "no facts file": (("--facts", "nowhere.toml"), "nowhere.toml: there is no such file"),
}


@pytest.mark.parametrize(("words", "found"), USAGE.values(), ids=USAGE)
def test_unknown_names_are_wrong_usage(case, tmp_path, words, found):
    assert re.search(found, refusal(analyze(case("left").scan, *words, out=tmp_path / "out"), 2))


def test_a_ct_preset_is_not_for_mr(case, tmp_path):
    shown = analyze(case("mr").scan, "--preset", "ct-default", out=tmp_path / "out")
    assert "is for CT, the scan is MR" in refusal(shown, 2)


@pytest.mark.parametrize(
    ("name", "text"),
    [("facts.toml", "a = = 3"), ("facts.xlsx", "PK"), ("facts.json", "{"), ("facts.toml", "agee = 3")],
)
def test_an_unreadable_facts_file_is_refused(case, tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert name in refusal(analyze(case("left").scan, "--facts", tmp_path / name, out=tmp_path / "out"), 3)


@pytest.mark.parametrize("below", [(), ("sub",), ("sub", "folder")])
@pytest.mark.parametrize("words", [("analyze", "SCAN"), ("demo",), ("phantom", "kudo", "--tile", "1")])
def test_an_output_folder_that_is_a_file_is_wrong_usage(case, tmp_path, words, below):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    words = [case("left").scan if word == "SCAN" else word for word in words]
    shown = run(*words, "--out", tmp_path.joinpath("file", *below))
    assert shown.code == 2
    assert shown.stderr.splitlines()[-1] == "tissueclock: 'file' is a file. Name a folder for --out."
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("words", [("demo",), ("phantom", "kudo", "--tile", "1")])
def test_an_output_folder_that_may_not_be_written_to_is_wrong_usage(tmp_path, monkeypatch, words):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    shown = run(*words, "--out", tmp_path / "new" / "folder")
    assert shown.code == 2
    assert shown.stderr.splitlines()[-1].startswith(f"tissueclock: '{tmp_path.name}' may not be written to.")
    assert list(tmp_path.iterdir()) == []
