"""`assess` in depth: local rules, what would change the answer, the matrix, the page, and one patient."""

from __future__ import annotations

import json
import re
import sys
from importlib import resources

import pytest

from tissueclock.cli.case_lines import aligned
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.matrix import COLUMNS
from tissueclock.protocol.registry import protocols

# The patient of docs/reference/assess.md.
PATIENT = """\
age = 71
nihss = 14
prestroke_mrs = 0
lkw_to_puncture_h = 9.5
occlusion_site = ["M1"]
perfusion_modality = "CT"
aspects_ct = 8
core_ml = { value = 18.75, interval = [16, 21] }
hypoperfused_ml = 33.75
"""


ASKED = ("assess", "--scope", "computable")


@pytest.fixture
def patient(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text(PATIENT, encoding="utf-8")
    return path


@pytest.fixture
def copy(tmp_path):
    """Write a copy of DEFUSE 3's file with a text replaced; returns the path."""

    def write(old="", new="", name="defuse-3.toml"):
        text = resources.files("tissueclock.protocol.trials").joinpath("defuse-3.toml").read_text("utf-8")
        assert old in text
        path = tmp_path / name
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return path

    return write


def rows(shown):
    return [line.split("\t") for line in shown.stdout.splitlines()[:-1]]


# --- a patient for whom trials differ


def test_the_documents_show_this_patient_and_what_the_command_prints(tissueclock, patient, checkout):
    text = (checkout / "docs" / "reference" / "assess.md").read_text(encoding="utf-8")
    assert f"```toml\n{PATIENT}```" in text
    (block,) = re.findall(r"```\n(defuse-3 .*?)```", text, flags=re.DOTALL)
    shown = {" ".join(line.split()) for line in tissueclock(*ASKED, "--facts", patient).stdout.splitlines()}
    for line in block.splitlines():
        words = " ".join(line.split())
        assert any(row.startswith(words) for row in shown), line


def test_the_volume_alone_tells_end_low_from_defuse_3(tissueclock, patient):
    document = tissueclock("assess", "--facts", patient, "--scope", "computable", "--json").document
    trials = document["trials"]
    assert trials["defuse-3"]["decision"] == "eligible"
    assert trials["rescue-end-low"]["decision"] == "ineligible"
    failing = [item["id"] for item in trials["rescue-end-low"]["criteria"] if item["outcome"] == "fail"]
    assert failing == ["mismatch-volume"]
    texts = [flip["text"] for flip in document["flips"]["rescue-end-low"]]
    assert texts == ["core_ml 18.75 -> below 18.75 mL", "hypoperfused_ml 33.75 -> above 33.75 mL"]
    assert document["flips"]["defuse-3"][0]["text"] == "core_ml 18.75 -> above 18.75 mL"
    assert document["matrix"]["rescue-end-low"]["mismatch"]["outcome"] == "fail"
    assert document["matrix"]["defuse-3"]["mismatch"]["outcome"] == "pass"
    assert document["matrix"]["dawn"]["mismatch"] is None


def test_a_core_at_the_limit_fails_end_low_alone(tissueclock, patient):
    text = PATIENT.replace("{ value = 18.75, interval = [16, 21] }", "50").replace("33.75", "90")
    patient.write_text(text, encoding="utf-8")
    document = tissueclock("assess", "--facts", patient, "--scope", "computable", "--json").document
    failing = [
        item["id"] for item in document["trials"]["rescue-end-low"]["criteria"] if item["outcome"] == "fail"
    ]
    assert failing == ["core-volume"]
    assert document["trials"]["defuse-3"]["decision"] == "eligible"


def test_the_document_keeps_its_keys_and_says_more(tissueclock, patient):
    document = tissueclock("assess", "--facts", patient, "--json").document
    assert list(document) == [
        *("facts", "profiles", "profile_details", "trials", "missing_by_trials", "borderline_details"),
        *("flips", "no_flip_because", "matrix", "guidelines", "checks", "disclaimer"),
    ]
    assert (
        list(document["trials"]) == list(document["matrix"]) == list(document["flips"]) == list(protocols())
    )
    assert {"decision", "missing", "borderline", "criteria"} <= set(document["trials"]["dawn"])
    counts = [item["settles"] for item in document["missing_by_trials"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1


def test_borderline_is_told_with_criterion_limit_and_interval(tissueclock, patient):
    patient.write_text(PATIENT.replace("[16, 21]", "[16, 71]"), encoding="utf-8")
    document = tissueclock("assess", "--facts", patient, "--trial", "defuse-3", "--json").document
    (found,) = document["borderline_details"]
    assert (found["criterion"], found["limit"], found["interval"]) == ("core-volume", 70, [16, 71])


# --- the text


def test_the_rows_of_all_come_first_and_then_the_reasons(tissueclock, patient):
    found = rows(tissueclock("assess", "--facts", patient, "--scope", "computable"))
    plain = [row for row in found if len(row) > 1 and row[1] in ("profile", "trial")]
    assert found[: len(plain)] == plain
    by_id = {row[0]: row for row in plain}
    assert by_id["rescue-end-low"] == [
        *("rescue-end-low", "trial", "ineligible", "RESCUE END-LOW"),
        *("fails mismatch-volume", "open 0", "recalled 0 of 1", "asked 7 of 37"),
    ]
    assert by_id["defuse-2"][-2:] == ["recalled 3 of 4; lists not read whole", "asked 4 of 6"]


def test_a_narrower_scope_says_how_much_was_asked_and_the_full_one_does_not(tissueclock, patient):
    asked = {
        scope: [
            row
            for row in rows(tissueclock("assess", "--facts", patient, "--scope", scope))
            if row[1:2] == ["trial"]
        ]
        for scope in ("full", "computable", "imaging")
    }
    for scope in ("computable", "imaging"):
        assert all(row[-1].startswith("asked ") for row in asked[scope])
    assert not any("asked" in cell for row in asked["full"] for cell in row)
    said = {row[0]: row for row in asked["full"]}
    assert not said["escape"][6].endswith("whole")
    assert said["tesla"][6].endswith("; lists not read whole") == (said["tesla"][2] != "ineligible")


def test_haemorrhage_is_warned_of_with_the_trials_that_do_not_ask(tissueclock, patient):
    patient.write_text(PATIENT + "\nich_on_imaging = true\nivt_eligible = true\n", encoding="utf-8")
    shown = rows(tissueclock("assess", "--facts", patient, "--trial", "escape", "--trial", "tesla"))
    checks = {row[0]: row[3] for row in shown if row[1:2] == ["check"]}
    assert checks["haemorrhage"].endswith("; 1 of the 2 trials asked have no criterion on it.")
    assert "thrombolysis-with-haemorrhage" in checks
    assert not any("supports" in row[2] for row in shown if row[1:2] == ["guideline"])


def test_missing_borderline_and_flips_follow_in_this_order(tissueclock, patient):
    patient.write_text(PATIENT.replace("[16, 21]", "[16, 71]"), encoding="utf-8")
    found = rows(tissueclock("assess", "--facts", patient))
    kinds = [row[0].strip() for row in found]
    order = [kinds.index(kind) for kind in ("missing", "missing by trials", "borderline", "flip")]
    assert order == sorted(order)
    consent = next(row for row in found if row[:2] == ["  missing by trials", "consent"])
    assert consent[2].startswith("settles ")
    assert any(row[:2] == ["  missing by trials", "judgement.dawn"] for row in found)
    assert any("what is missing decides first" in row[-1] for row in found if row[0] == "  flip")


def test_no_row_is_cut_or_coloured(tissueclock, patient):
    shown = tissueclock("assess", "--facts", patient).stdout
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) > 500


def test_the_table_has_a_row_a_trial(tissueclock, patient):
    found = rows(tissueclock("assess", "--facts", patient, "--scope", "computable", "--table"))
    assert found[0] == ["trial", "decision", *COLUMNS]
    by_id = {row[0]: row[1:] for row in found}
    assert list(by_id)[1:-1] == list(protocols())
    assert by_id["rescue-end-low"][1 + COLUMNS.index("mismatch")] == "fail"
    assert by_id["defuse-2"][1 + COLUMNS.index("core")] == "(pass)"


def test_columns_are_aligned_and_nothing_is_lost():
    lines = ["a\tbb\tlong last", "aaaa\tb\tc", "  x\ty", "end"]
    assert aligned(lines) == ["a     bb  long last", "aaaa  b   c", "  x  y", "end"]


def test_a_terminal_gets_aligned_columns(tissueclock, patient, monkeypatch):
    plain = tissueclock("assess", "--facts", patient, "--table").stdout
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)
    aligned_text = tissueclock("assess", "--facts", patient, "--table").stdout
    assert "\t" not in aligned_text
    assert aligned_text.split() == plain.split()


# --- local rules


def test_an_edited_copy_must_fit_its_worked_cases(tissueclock, patient, copy):
    """A limit changed alone no longer fits the cases around it, which is an error of the linter."""
    path = copy('fact = "core_ml", op = "<", value = 70', 'fact = "core_ml", op = "<", value = 18')
    shown = tissueclock("assess", "--facts", patient, "--trial", path, "--json")
    assert shown.code == 3
    assert "the linter finds" in shown.sentence


def test_the_name_of_the_file_is_that_of_the_rule(tissueclock, patient, copy):
    shown = tissueclock("assess", "--facts", patient, "--trial", copy(name="mine.toml"))
    assert (shown.code, "its id is 'defuse-3', its file 'mine'" in shown.sentence) == (3, True)


def test_a_copy_under_its_own_id_stands_beside_the_registered_one(tissueclock, tmp_path, copy):
    path = copy("defuse-3", "our-late-window", "our-late-window.toml")
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"age": 95, "judgement.our-late-window.seizure": False}), encoding="utf-8")
    words = ("assess", "--facts", facts, "--trial", "defuse-3", "--trial", path, "--json")
    trials = tissueclock(*words).document["trials"]
    assert list(trials) == ["defuse-3", "our-late-window"]
    assert trials["defuse-3"]["assumed"] == []
    assert trials["our-late-window"]["assumed"][0].startswith(
        "a local rule, not one of the registered trials"
    )
    outcomes = {item["id"]: item["outcome"] for item in trials["our-late-window"]["criteria"]}
    assert (outcomes["age"], outcomes["seizure"]) == ("fail", "pass")


def test_a_copy_with_the_registered_id_says_so(tissueclock, patient, copy):
    path = copy('title = "DEFUSE 3"', 'title = "DEFUSE 3, edited"')
    trial = tissueclock("assess", "--facts", patient, "--trial", path, "--json").document["trials"][
        "defuse-3"
    ]
    assert trial["title"] == "DEFUSE 3, edited"
    assert trial["assumed"][-1].startswith("an edited copy, not the registered 'defuse-3' (digest ")


def test_the_same_bytes_need_no_word(tissueclock, patient, copy):
    trial = tissueclock("assess", "--facts", patient, "--trial", copy(), "--json").document["trials"][
        "defuse-3"
    ]
    assert trial["assumed"] == []


REFUSED = {
    "an error": (
        'fact = "nihss"',
        'fact = "nihhs"',
        3,
        r"line \d+ \(unknown-fact\): there is no fact 'nihhs'",
    ),
    "a limit beyond all reason": (
        'fact = "core_ml", op = "<", value = 70',
        'fact = "core_ml", op = "<", value = 7000',
        3,
        "7000",
    ),
    "not TOML": ("schema = 1", "schema = = 1", 3, r"line \d+ \(malformed\)"),
}


@pytest.mark.parametrize(("old", "new", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_a_rule_with_errors_is_refused_with_the_findings(tissueclock, patient, copy, old, new, code, words):
    shown = tissueclock("assess", "--facts", patient, "--trial", copy(old, new), "--json")
    assert shown.code == code
    assert shown.document["error"]["where"] == "defuse-3.toml"
    assert re.search(words, shown.document["error"]["found"])
    assert "tissueclock protocol lint" in shown.document["error"]["remedy"]


def test_a_long_list_of_findings_is_counted(tissueclock, patient, copy):
    found = tissueclock(
        "assess", "--facts", patient, "--trial", copy('confidence = "found"', 'confidence = "sure"'), "--json"
    )
    text = found.document["error"]["found"]
    assert text.count("; line") == 7
    assert text.endswith(" more")


def test_other_files_and_ids_are_refused(tissueclock, patient, tmp_path, copy):
    assert tissueclock("assess", "--facts", patient, "--trial", tmp_path / "no.toml").code == 2
    assert tissueclock("assess", "--facts", patient, "--trial", "no-such-trial").code == 2
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert tissueclock("assess", "--facts", patient, "--trial", folder).code == 3
    profile = tmp_path / "defuse-2.toml"
    profile.write_bytes(
        resources.files("tissueclock.protocol.profiles").joinpath("defuse-2.toml").read_bytes()
    )
    shown = tissueclock("assess", "--facts", patient, "--trial", profile)
    assert (shown.code, "it is a profile" in shown.sentence) == (3, True)
    twice = tissueclock("assess", "--facts", patient, "--trial", "defuse-3", "--trial", copy())
    assert (twice.code, "two of the trials have the id 'defuse-3'" in twice.sentence) == (2, True)


# --- the page


def test_out_leaves_a_page_and_the_same_document(tissueclock, patient, tmp_path):
    out = tmp_path / "new" / "out"
    shown = tissueclock("assess", "--facts", patient, "--out", out, "--json")
    assert sorted(path.name for path in out.iterdir()) == ["assess.html", "assess.json"]
    assert json.loads((out / "assess.json").read_text("utf-8")) == shown.document
    page = (out / "assess.html").read_text("utf-8")
    assert page.count(DISCLAIMER) == 2
    first = (out / "assess.html").read_bytes()
    tissueclock("assess", "--facts", patient, "--out", out)
    assert (out / "assess.html").read_bytes() == first


def test_the_text_names_what_was_written(tissueclock, patient, tmp_path):
    found = rows(tissueclock("assess", "--facts", patient, "--out", tmp_path / "out"))
    assert [row[1].rpartition("/")[2] for row in found if row[0] == "written"] == [
        "assess.html",
        "assess.json",
    ]


def test_a_place_that_cannot_be_written_to_is_wrong_usage(tissueclock, patient, tmp_path):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    shown = tissueclock("assess", "--facts", patient, "--out", tmp_path / "taken")
    assert shown.code == 2
    assert "assess.html: it cannot be written" in shown.sentence
    assert str(tmp_path) not in shown.stderr
