"""`protocol export`, and the files of `assess --fhir --ie --ti`."""

from __future__ import annotations

import csv
import json
from importlib import resources

import pytest

from tissueclock.core.notice import DISCLAIMER


def test_a_trial_goes_to_stdout_as_a_bundle_and_nothing_else(tissueclock):
    shown = tissueclock("protocol", "export", "defuse-3", "--format", "fhir")
    found = json.loads(shown.stdout)
    assert (shown.code, shown.stderr, found["resourceType"], found["type"]) == (0, "", "Bundle", "collection")
    assert DISCLAIMER in shown.stdout
    assert tissueclock("protocol", "export", "defuse-3", "--json").document["bundle"] == found


def test_a_trial_goes_to_a_file(tissueclock, tmp_path):
    out = tmp_path / "d.json"
    shown = tissueclock("protocol", "export", "defuse-3", "--out", out)
    assert shown.stdout.startswith("defuse-3\tfhir\td.json\tresources ")
    assert json.loads(out.read_text("utf-8")) == json.loads(
        tissueclock("protocol", "export", "defuse-3").stdout
    )


def test_an_unknown_trial_is_wrong_usage(tissueclock):
    assert tissueclock("protocol", "export", "nothing").code == 2


@pytest.fixture
def facts(tmp_path):
    path = tmp_path / "facts.toml"
    path.write_text("age = 91\ncore_ml = 80\n", encoding="utf-8")
    return path


def test_an_assessment_writes_observations_exceptions_and_criteria(tissueclock, facts, tmp_path):
    fhir, ie, ti = tmp_path / "o.json", tmp_path / "ie.csv", tmp_path / "ti.csv"
    words = ("--fhir", fhir, "--ie", ie, "--ti", ti, "--study", "ST1", "--subject", "001")
    shown = tissueclock("assess", "--facts", facts, "--trial", "defuse-3", *words, "--json")
    assert (shown.code, set(shown.document["trials"])) == (0, {"defuse-3"})
    found = json.loads(fhir.read_text("utf-8"))
    seen = {item["resource"]["code"]["coding"][0]["code"]: item["resource"] for item in found["entry"]}
    assert {name for name, item in seen.items() if "valueQuantity" in item} == {"age", "core_ml"}
    assert "dataAbsentReason" in seen["mismatch_ml"]
    rows = list(csv.DictReader(ie.read_text("utf-8").splitlines()))
    assert [row["IESPID"] for row in rows] == ["age", "core-volume"]
    assert {row["USUBJID"] for row in rows} == {"ST1-001"}
    criteria = list(csv.DictReader(ti.read_text("utf-8").splitlines()))
    assert {row["IETESTCD"] for row in rows} < {row["IETESTCD"] for row in criteria}
    assert "open, so in no row of IE: " in shown.stderr
    assert "consent" in shown.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ie",), "--trial ID"),
        (("--trial", "dawn", "--trial", "defuse-3", "--ie"), "one trial"),
        (("--trial", "dawn", "--subject", "1", "--ie"), "--study"),
        (("--trial", "dawn", "--study", "S", "--ie"), "--subject"),
        (("--trial", "dawn", "--study", "S", "--subject", "Jane Doe", "--ie"), "not a code"),
        (("--trial", "dawn", "--ti"), "--study"),
        (("--trial", "dawn", "--study", "S", "--scope", "imaging", "--ti"), "every criterion"),
    ],
)
def test_rows_without_what_they_need_are_wrong_usage_and_nothing_is_written(
    tissueclock, facts, tmp_path, words, said
):
    out, fhir = tmp_path / "out.csv", tmp_path / "o.json"
    shown = tissueclock("assess", "--facts", facts, "--fhir", fhir, *words, out)
    assert (shown.code, out.exists(), fhir.exists(), shown.stdout) == (2, False, False, "")
    assert said in shown.sentence
    assert "Doe" not in shown.sentence


def test_no_rows_are_written_under_a_draft(tissueclock, tmp_path):
    draft = resources.files("tissueclock.protocol.trials").joinpath("wake-up.toml").read_text("utf-8")
    rule, out = tmp_path / "wake-up.toml", tmp_path / "ie.csv"
    rule.write_text(draft.replace("schema = 1\n", 'schema = 1\nstate = "draft"\n', 1), encoding="utf-8")
    (tmp_path / "f.json").write_text('{"age": 70}', encoding="utf-8")
    words = ("--trial", rule, "--ie", out, "--study", "S1", "--subject", "001")
    shown = tissueclock("assess", "--facts", tmp_path / "f.json", *words)
    assert (shown.code, out.exists()) == (3, False)
    assert "'wake-up' is a draft, and nobody is enrolled under a draft" in shown.sentence
