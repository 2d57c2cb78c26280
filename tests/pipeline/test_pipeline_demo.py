"""The demonstration: a digital patient as DICOM through the whole street, held against its truth."""

from __future__ import annotations

import json

import jsonschema
import pytest
from digital_scans import files_of, run, without_timing

from tissueclock.core.notice import DISCLAIMER
from tissueclock.report.json import result_schema


def test_the_demonstration_works_and_its_result_is_valid(demo):
    assert demo.code == 0, demo.stderr
    result = json.loads((demo.out / "result.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(result_schema()).validate(result)
    assert demo.document["result"] == result
    assert demo.document["disclaimer"] == DISCLAIMER
    assert demo.stderr.splitlines()[0] == "making a digital patient"
    assert (demo.out / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")
    assert len(list((demo.out / "scan").iterdir())) == 40 * 12


@pytest.mark.parametrize("counting", ["tissue_weighted", "whole_voxels"])
@pytest.mark.parametrize("name", ["core_ml", "tmax6_ml"])
def test_the_demonstration_measures_its_truth(demo, name, counting):
    truth = json.loads((demo.out / "truth" / "truth.json").read_text(encoding="utf-8"))
    true_ml = truth["rule"][counting][name]
    measured_ml = demo.document["result"]["facts"][name]["value"]
    assert abs(measured_ml - true_ml) <= max(0.1 * true_ml, 5.0)


def test_the_demonstration_finds_the_side_and_says_how_close_it_came(demo):
    comparison = demo.document["comparison"]
    assert comparison["lesion_side"] == {"true": "left", "measured": "left"}
    truth = json.loads((demo.out / "truth" / "truth.json").read_text(encoding="utf-8"))
    for name in ("core_ml", "tmax6_ml"):
        assert comparison[name]["true"] == truth["rule"]["tissue_weighted"][name]
        assert comparison[name]["measured"] == demo.document["result"]["facts"][name]["value"]


def test_the_readme_shows_what_it_prints(demo, checkout):
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    facts, comparison = demo.document["result"]["facts"], demo.document["comparison"]
    core, delay, mismatch = (facts[name]["value"] for name in ("core_ml", "tmax6_ml", "mismatch_ml"))
    ratio = facts["mismatch_ratio"]["value"]
    headline = (
        f"CBF<30% {core:.0f} mL | Tmax>6s {delay:.0f} mL | mismatch {mismatch:.0f} mL | ratio {ratio:.1f}"
    )
    assert headline in readme
    for name in ("core_ml", "tmax6_ml"):
        found = comparison[name]
        assert f"{name}\ttrue {found['true']:.1f} mL\tmeasured {found['measured']:.1f} mL" in readme


def test_the_demonstrations_patient_is_judged(demo):
    result = demo.document["result"]
    assert result["profiles"]["defuse-2"] == "target-mismatch"
    assert result["trials"]["defuse-3"]["decision"] == "eligible"
    assert result["trials"]["defuse-3"]["missing"] == []


def test_a_second_demonstration_replaces_ours_with_the_same_and_leaves_others_alone(demo):
    first = files_of(demo.out)
    (demo.out / "scan" / "IM99999.dcm").write_bytes(b"of an earlier, longer object of ours")
    again = run("demo", "--out", demo.out, out=demo.out)
    second = files_of(demo.out)
    assert again.code == 0
    assert first.pop("mine.txt") == second.pop("mine.txt") == b"not yours"
    assert first.pop("maps/mine.nii.gz") == second.pop("maps/mine.nii.gz") == b"not yours"
    assert without_timing(first.pop("result.json")) == without_timing(second.pop("result.json"))
    del first["report.html"], second["report.html"]  # says how long it took
    assert first == second
    headline, *rows = again.stdout.splitlines()
    assert headline.startswith("CBF<30% 2")
    assert f"report\t{demo.out / 'report.html'}" in rows
    assert any(row.startswith("core_ml\ttrue 22.0 mL\tmeasured ") for row in rows)


@pytest.mark.parametrize("words", [("demo",), ("phantom", "patient"), ("phantom", "kudo", "--tile", "1")])
def test_a_scan_of_somebody_else_is_never_overwritten(tmp_path, words):
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "IM00001.dcm").write_bytes(b"a real patient")
    refused = run(*words, "--out", tmp_path)
    assert refused.code == 2
    assert "holds files of somebody else" in refused.stderr
    assert files_of(tmp_path) == {"scan/IM00001.dcm": b"a real patient"}
