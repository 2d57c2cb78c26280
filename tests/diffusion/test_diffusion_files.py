"""From files to a report: a digital MR patient as DICOM of a vendor and as NIfTI, through the commands."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from patient_lab import at_rest

from tissueclock.cli.main import main
from tissueclock.scan.study_images import open_study

SMALL = ("--modality", "MR", "--matrix", "72", "--slices", "10", "--snr", "120", "--diffusion", "--seed", "3")


def run(*words: object) -> tuple[int, dict, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = main([*(str(word) for word in words), "--json"])
    return code, json.loads(stdout.getvalue()), stderr.getvalue()


def make(folder: Path, *words: str) -> dict:
    code, document, errors = run("phantom", "patient", *SMALL, *words, "--out", folder)
    assert code == 0, errors
    return document["truth"]


@pytest.fixture(scope="module")
def dicom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("siemens")
    return folder, make(folder, "--vendor", "siemens", "--directions", "3")


def test_a_folder_of_dicom_is_told_apart(dicom):
    code, document, _ = run("inspect", dicom[0] / "scan")
    assert code == 0
    assert {(item["kind"], item["images"]) for item in document["series"]} == {
        ("perfusion", 400),
        ("diffusion", 72),
        ("adc", 18),
        ("flair", 18),
    }


def test_a_folder_of_dicom_is_analysed_whole(dicom, tmp_path):
    folder, truth = dicom
    with at_rest():
        words = ("--out", tmp_path, "--preset", "defuse-2", "--trial", "defuse-2")
        code, document, errors = run("analyze", folder / "scan", *words)
    assert code == 0, errors
    facts = document["facts"]
    assert facts["core_ml"]["value"] == pytest.approx(
        truth["diffusion"]["rule_ml"]["adc_below_600"], rel=0.06
    )
    assert facts["lesion_side"]["value"] == "left"
    assert document["profiles"]["defuse-2"] == "target-mismatch"
    assert document["diffusion"]["adc"].endswith("(geometric mean of 3 directions)")
    assert document["input"]["diffusion"]["b_values"] == [0.0, 1000.0, 1000.0, 1000.0]
    assert document["timing_s"]["total"] > 0


def test_nifti_with_side_cars_holds_the_same_images_as_dicom(tmp_path):
    tiny = ("--matrix", "24", "--slices", "4", "--frames", "20", "--directions", "3")
    for name, words in (("d", ("--vendor", "ge")), ("n", ("--format", "nifti"))):
        make(tmp_path / name, *tiny, *words)
    names = {path.name for path in (tmp_path / "n" / "scan").iterdir()}
    assert {"dwi.nii.gz", "dwi.bval", "dwi.json", "adc.nii.gz", "FLAIR.nii.gz"} <= names
    one, other = (open_study([folder / "scan"]) for folder in (tmp_path / "d", tmp_path / "n"))
    assert [image.b for image in one.diffusion.images] == [image.b for image in other.diffusion.images]
    pairs = [
        *((a.volume, b.volume) for a, b in zip(one.diffusion.images, other.diffusion.images, strict=True)),
        (one.flair.volume, other.flair.volume),
    ]
    for first, second in pairs:
        assert first.grid.is_same(second.grid)
        assert first.array == pytest.approx(second.array, abs=0.1)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--b-value", "2500"), 3, "the b-values are 0, 2500 s/mm2"),
        (("--modality", "CT"), 2, "--diffusion was given on CT"),
        (("--directions", "5"), 2, "5 directions"),
        (("--displaced", "1,2"), 2, "is not three shifts"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, words, code, sentence):
    base = ("phantom", "patient", "--modality", "MR", "--matrix", "24", "--slices", "4", "--frames", "20")
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            made = main([*base, "--diffusion", "--format", "nifti", *words, "--out", str(tmp_path)])
            (tmp_path / "scan" / "adc.nii.gz").unlink(missing_ok=True)
            found = made or main(["analyze", str(tmp_path / "scan"), "--out", str(tmp_path / "out")])
        except SystemExit as stop:
            found = stop.code
    assert found == code
    assert sentence in stderr.getvalue()
    assert "Traceback" not in stderr.getvalue()
