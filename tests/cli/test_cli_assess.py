"""`assess`: typed facts against trials; it exits 0 whatever it finds, and 2 or 3 where it cannot look."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tissueclock.protocol.registry import guidelines, profiles, protocols

VOLUMES = {"core_ml": 18.75, "hypoperfused_ml": 33.75}
IMAGING = {**VOLUMES, "perfusion_modality": "CT", "aspects_ct": 8}
AT_THE_LIMIT = ("core-volume", "mismatch-ratio", "mismatch-volume")
WAIST_ONLY = """
import sys
from tissueclock.cli.main import main
code = main(sys.argv[1:])
heavy = {"numpy", "scipy", "pydicom", "nibabel", "PIL", "jinja2"}
layers = {"image", "scan", "anatomy", "perfusion", "phantom", "lesion", "profile", "pipeline"}
heavy |= {f"tissueclock.{layer}" for layer in layers}
found = heavy & set(sys.modules)
for name in sys.modules:
    if name.startswith("tissueclock.report.") and not (name + ".").startswith("tissueclock.report.plain."):
        found.add(name)
print(sorted(found), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def facts(tmp_path):
    """Write facts as JSON; returns the path."""

    def write(given):
        path = tmp_path / "facts.json"
        path.write_text(json.dumps(given), encoding="utf-8")
        return path

    return write


def outcomes(document, trial="defuse-3"):
    return {item["id"]: item["outcome"] for item in document["trials"][trial]["criteria"]}


def test_an_empty_case_is_undetermined_everywhere(tissueclock, facts):
    shown = tissueclock("assess", "--facts", facts({}), "--json")
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.document["profiles"] == dict.fromkeys(profiles(), "undetermined")
    trials = shown.document["trials"]
    assert {name: trial["decision"] for name, trial in trials.items()} == dict.fromkeys(
        protocols(), "undetermined"
    )
    assert all(trial["missing"] for trial in trials.values())


def test_volumes_at_the_printed_limits_pass(tissueclock, facts):
    document = tissueclock("assess", "--facts", facts(VOLUMES), "--scope", "imaging", "--json").document
    assert [outcomes(document)[name] for name in AT_THE_LIMIT] == ["pass", "pass", "pass"]
    assert document["facts"]["mismatch_ratio"]["value"] == 1.8
    assert document["facts"]["mismatch_ml"]["value"] == 15.0


def test_the_imaging_scope_decides_by_imaging_alone_and_says_so(tissueclock, facts):
    given = facts(IMAGING)
    document = tissueclock("assess", "--facts", given, "--scope", "imaging", "--json").document
    assert document["trials"]["defuse-3"]["decision"] == "eligible"
    assert any(
        "scope imaging" in line and "nihss" in line for line in document["trials"]["defuse-3"]["assumed"]
    )
    full = tissueclock("assess", "--facts", given, "--json").document
    assert full["trials"]["defuse-3"]["decision"] == "undetermined"
    assert full["trials"]["defuse-3"]["assumed"] == []


def test_what_definitely_fails_is_ineligible(tissueclock, facts):
    shown = tissueclock("assess", "--facts", facts({"core_ml": 70, "age": 95}), "--json")
    assert shown.code == 0
    assert shown.document["trials"]["defuse-3"]["decision"] == "ineligible"
    assert (outcomes(shown.document)["age"], outcomes(shown.document)["core-volume"]) == ("fail", "fail")
    assert shown.document["profiles"]["defuse-2"] == "malignant"


def test_one_trial_may_be_asked_alone_and_twice_is_once(tissueclock, facts):
    words = ("assess", "--facts", facts({}), "--trial", "defuse-3", "--trial", "defuse-3", "--json")
    assert list(tissueclock(*words).document["trials"]) == ["defuse-3"]


FORMATS = {
    "facts.toml": "core_ml = 18.75\nhypoperfused_ml = 33.75\n[judgement.defuse-3]\nseizure = false\n",
    "facts.json": '{"core_ml": 18.75, "hypoperfused_ml": 33.75, "judgement.defuse-3.seizure": false}',
    "facts.csv": "fact,value\ncore_ml,18.75\nhypoperfused_ml,33.75\njudgement.defuse-3.seizure,false\n",
    "row.csv": "core_ml,hypoperfused_ml,judgement.defuse-3.seizure\n18.75,33.75,false\n",
}


def test_the_format_of_the_facts_changes_nothing(tissueclock, tmp_path):
    documents = []
    for name, text in FORMATS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        documents.append(tissueclock("assess", "--facts", tmp_path / name, "--json").document)
    assert all(document == documents[0] for document in documents)
    assert outcomes(documents[0])["seizure"] == "pass"


REFUSED = {
    "contradiction": ({"core_ml": 50, "hypoperfused_ml": 90, "mismatch_ratio": 3}, "contradict each other"),
    "ladder": ({"tmax6_ml": 20, "tmax10_ml": 30}, "tmax10_ml = 30 is more than tmax6_ml = 20"),
    "unknown fact": ({"corre_ml": 5}, "corre_ml"),
    "wrong type": ({"age": "old"}, "'age'"),
    "implausible": ({"age": 300}, "'age' = 300"),
    "unknown trial": ({"judgement.nope.seizure": False}, "judgement.nope.seizure.*Known trials: .*defuse-3"),
    "unknown criterion": ({"judgement.defuse-3.nope": False}, "judgement.defuse-3.nope.*seizure"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_facts_that_cannot_be_are_refused(tissueclock, facts, tmp_path, given, words):
    shown = tissueclock("assess", "--facts", facts(given), "--json")
    assert shown.code == 3
    assert shown.document["error"]["code"] == 3
    assert re.search(words, shown.sentence)
    assert str(tmp_path) not in shown.stderr + shown.stdout


def test_a_missing_or_foreign_file_is_named(tissueclock, tmp_path):
    assert tissueclock("assess", "--facts", tmp_path / "nowhere.toml").code == 2
    (tmp_path / "facts.docx").write_text("Secret^Name", encoding="utf-8")
    shown = tissueclock("assess", "--facts", tmp_path / "facts.docx")
    assert (shown.code, "Secret" in shown.stderr) == (3, False)
    assert "facts.docx" in shown.sentence


def test_the_text_has_one_row_a_line_and_the_id_first(tissueclock, facts):
    shown = tissueclock("assess", "--facts", facts({"age": 95}), "--trial", "defuse-3")
    rows = [line.split("\t") for line in shown.stdout.splitlines()[:-1]]
    assert [row[0] for row in rows if not row[0].startswith(" ")] == [
        *(*profiles(), "defuse-3", *guidelines()),
    ]
    by_id = {row[0].strip(): row[1:] for row in rows}
    assert by_id["defuse-3"][:2] == ["trial", "ineligible"]
    assert by_id["mr-rescue"][0] == "profile"
    assert by_id["age"] == ["fail", "age 95 years is above the limit of 90 years"]
    assert "core_ml" in by_id["missing"][0]


@pytest.mark.parametrize(
    "words",
    [("assess", "--facts", "FACTS", "--json"), ("protocol", "list"), ("protocol", "show", "defuse-3")],
)
def test_judging_needs_the_waist_only(facts, words):
    given = [str(facts(IMAGING)) if word == "FACTS" else word for word in words]
    done = subprocess.run(
        [sys.executable, "-c", WAIST_ONLY, *given], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert done.stdout


# --- guidelines: time alone against tissue

LATE = {
    "ich_on_imaging": False,
    "age": 70,
    "lkw_to_puncture_h": 12,
    "defuse3_eligible": True,
    "dawn_eligible": False,
}


def test_a_late_patient_is_refused_by_time_alone_and_supported_by_tissue(tissueclock, facts):
    document = tissueclock("assess", "--facts", facts(LATE), "--json").document
    assert list(document["guidelines"]) == list(guidelines())
    views = document["guidelines"]["aha-asa-2019"]["views"]
    assert (views["time"]["evt"], views["tissue"]["evt"]) == ("does-not-apply", "supports")


def test_the_rows_of_a_guideline_say_view_treatment_grade_and_reason(tissueclock, facts):
    shown = tissueclock("assess", "--facts", facts(LATE), "--trial", "defuse-3")
    rows = [line.split("\t") for line in shown.stdout.splitlines()]
    head = next(row for row in rows if row[0] == "aha-asa-2019")
    assert head[1] == "guideline"
    assert head[2].startswith("time alone: thrombolysis open, thrombectomy does-not-apply; tissue: ")
    assert head[3] == "AHA/ASA, 2018 guideline with the update of 2019"
    row = next(row for row in rows if row[0] == "  evt-6-to-16-h")
    assert row[1:5] == ["supports", "tissue", "evt", "I, A"]
    assert row[5].startswith("time from last known well to arterial puncture 12 h lies between 6 and 16 h")
    assert "  evt-16-to-24-h" not in [row[0] for row in rows]


# --- the delay against the stated occlusion

ODD = {"occlusion_side": "left", "lesion_side": "right", "occlusion_site": ["M1"], "tmax6_ml": 0}


def test_what_does_not_fit_the_occlusion_is_shown_and_changes_no_decision(tissueclock, facts):
    shown = tissueclock("assess", "--facts", facts(ODD))
    rows = [line.split("\t") for line in shown.stdout.splitlines()]
    checks = [row for row in rows if row[1:2] == ["check"]]
    assert [row[0] for row in checks] == ["territory-side", "territory-no-delay"]
    assert checks[0][2:] == [
        *("warn", "The occlusion is stated on the left, the delayed tissue lies on the right.")
    ]
    document = tissueclock("assess", "--facts", facts(ODD), "--json").document
    assert [item["id"] for item in document["checks"]] == ["territory-side", "territory-no-delay"]
    assert document["checks"][1]["limit"] == 3
    assert shown.code == 0


def test_without_a_contradiction_there_is_no_check(tissueclock, facts):
    assert tissueclock("assess", "--facts", facts(LATE), "--json").document["checks"] == []


def test_a_report_warns_of_the_wrong_side_and_withholds_nothing(tissueclock, scan, tmp_path):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"occlusion_side": "right"}), encoding="utf-8")
    words = ("analyze", scan, "--out", tmp_path / "out", "--facts", path, "--trial", "defuse-3", "--json")
    shown = tissueclock(*words)
    flags = {flag["id"]: flag for flag in shown.document["quality"]["flags"]}
    assert shown.document["facts"]["lesion_side"]["value"] == "left"
    assert (shown.code, flags["territory-side"]["level"]) == (0, "warn")


def test_a_patient_with_mri_alone_may_be_read_by_the_aspects_of_diffusion(tissueclock, tmp_path):
    facts = tmp_path / "f.json"
    facts.write_text('{"aspects_dwi": 4}', encoding="utf-8")
    words = ("assess", "--facts", facts, "--trial", "tension", "--scope", "imaging", "--json")
    read = tissueclock(*words).document["trials"]["tension"]
    assert (read["decision"], "aspects_ct" in read["missing"]) == ("undetermined", True)
    read = tissueclock(*words, "--setting", "aspects_from=dwi").document["trials"]["tension"]
    assert "aspects_ct" not in read["missing"]
    assert "setting aspects_from = dwi" in read["assumed"]
    outcomes = {item["id"]: item["outcome"] for item in read["criteria"]}
    assert outcomes["aspects"] == "pass"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--setting", "aspects_from=mr"),
            "there is no setting 'aspects_from=mr'. Known: aspects_from=ct|dwi",
        ),
        (("--setting", "aspects"), "there is no setting 'aspects'"),
        (("--trial", "dawn", "--setting", "aspects_from=dwi"), "none of the trials has the setting"),
    ],
)
def test_a_setting_that_is_none_is_wrong_usage(tissueclock, tmp_path, words, said):
    (tmp_path / "f.json").write_text("{}", encoding="utf-8")
    shown = tissueclock("assess", "--facts", tmp_path / "f.json", *words)
    assert (shown.code, said in shown.sentence) == (2, True)
