"""`assess` on a CSV of many cases: counts, files, one case of it; refusals repeat nothing of the file."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys

import pytest
from test_cli_assess import WAIST_ONLY

from tissueclock.cli.commands import cohort as command
from tissueclock.protocol.registry import protocols

TRIALS = tuple(protocols())
CASES = """case_id,core_ml,hypoperfused_ml,age,aspects_ct
a,18.75,33.75,70,8
b,50,90,70,8
c,0,100,95,8
d,,,,
"""
FILES = {"cohort.json", "decisions.csv", "overlap.svg", "agreement.svg", "cohort.html"} | {
    f"flow-{name}.svg" for name in TRIALS
}


@pytest.fixture
def cases(tmp_path):
    """Write a cohort; returns the path."""

    def write(text=CASES):
        path = tmp_path / "cases.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_more_than_one_row_is_counted(tissueclock, cases):
    shown = tissueclock("assess", "--facts", cases(), "--json")
    found = shown.document["cohort"]
    assert (shown.code, found["n"], found["left_out"]["count"]) == (0, 4, 0)
    assert set(found) == {"n", "scope", "trials", "agreement", "overlap", "flow", "left_out"}
    assert list(found["trials"]) == list(TRIALS)
    for counts in found["trials"].values():
        assert counts["eligible"] + counts["ineligible"] + counts["undetermined"] == 4
    assert found["trials"]["defuse-3"]["ineligible"] == 1
    assert "facts" not in shown.document


def test_the_text_has_one_row_a_line_and_no_ids(tissueclock, cases):
    shown = tissueclock("assess", "--facts", cases(), "--trial", "defuse-3", "--trial", "dawn")
    rows = [line.split("\t") for line in shown.stdout.splitlines()[:-1]]
    assert [row[0] for row in rows if not row[0].startswith(" ")] == [
        "cohort",
        "defuse-3",
        "dawn",
        "none",
        "defuse-3+dawn",
    ]
    assert rows[0] == ["cohort", "cases 4", "scope full", "left out 0"]
    assert rows[1] == ["defuse-3", "trial", "eligible 0", "ineligible 1", "undetermined 3", "DEFUSE 3"]
    age = next(row for row in rows if row[0] == "  age")
    assert age[1:5] == ["excluded 1", "remain 3", "of them open 3", "only reason 1"]


def test_a_narrower_scope_is_asked_of_every_case(tissueclock, cases):
    words = ("assess", "--facts", cases(), "--scope", "imaging", "--trial", "defuse-3", "--json")
    found = tissueclock(*words).document["cohort"]
    assert (found["scope"], found["trials"]["defuse-3"]["eligible"]) == ("imaging", 3)


def test_the_decisions_are_those_of_each_case_alone(tissueclock, cases, tmp_path):
    path, out = cases(), tmp_path / "new" / "decisions.csv"
    assert tissueclock("assess", "--facts", path, "--decisions", out).code == 0
    header, *rows = csv.reader(out.read_text(encoding="utf-8").splitlines())
    assert header == ["case_id", *TRIALS]
    assert [row[0] for row in rows] == ["a", "b", "c", "d"]
    for row in rows:
        alone = tissueclock("assess", "--facts", path, "--case", row[0], "--json").document
        assert row[1:] == [alone["trials"][trial]["decision"] for trial in TRIALS]


def test_one_case_of_a_cohort_is_explained(tissueclock, cases):
    document = tissueclock("assess", "--facts", cases(), "--case", "c", "--json").document
    assert document["facts"]["mismatch_ratio"]["infinite"] is True
    assert document["facts"]["age"]["source"] == "cohort file"


def test_a_single_row_is_one_case_with_or_without_an_id(tissueclock, cases):
    with_id = tissueclock("assess", "--facts", cases("id,age\nDoe^Jane,95\n"), "--json")
    without = tissueclock("assess", "--facts", cases("age\n95\n"), "--json")
    assert with_id.document == without.document
    assert "Doe" not in with_id.stdout
    assert with_id.document["trials"]["defuse-3"]["decision"] == "ineligible"


def test_the_folder_holds_counts_decisions_pictures_and_a_page(tissueclock, cases, tmp_path):
    out = tmp_path / "out"
    shown = tissueclock("assess", "--facts", cases(), "--out", out, "--json")
    assert {path.name for path in out.iterdir()} == FILES
    assert json.loads((out / "cohort.json").read_text("utf-8")) == shown.document
    assert len((out / "decisions.csv").read_text("utf-8").splitlines()) == 5
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert tissueclock("assess", "--facts", cases(), "--out", out).code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


BAD = CASES + "Doe^Jane,Roe,1,2,3\ne,50,90,430,8\nf,50,20,1949,8,Doe\n"


def test_bad_rows_are_named_and_nothing_is_written(tissueclock, cases, tmp_path):
    out = tmp_path / "out"
    shown = tissueclock("assess", "--facts", cases(BAD), "--out", out, "--decisions", tmp_path / "d.csv")
    assert shown.code == 3
    assert "3 rows cannot be read: line 6: column core_ml must be a number; line 7: " in shown.sentence
    assert "line 8: it has 6 cells under a header of 5." in shown.sentence
    assert not re.search("Doe|Roe|1949", shown.stdout + shown.stderr)
    assert not (tmp_path / "d.csv").exists()
    assert list(out.iterdir()) == []


def test_bad_rows_may_be_left_out_and_are_said(tissueclock, cases, tmp_path):
    words = ("assess", "--facts", cases(BAD), "--skip-bad-rows", "--out", tmp_path / "out")
    left_out = tissueclock(*words, "--json").document["cohort"]["left_out"]
    assert (left_out["count"], left_out["lines"]) == (3, [6, 7, 8])
    assert len(left_out["first_reasons"]) == 3
    shown = tissueclock(*words)
    assert "left-out\tlines 6-8" in shown.stdout
    assert "cases 4\tscope full\tleft out 3" in shown.stdout
    assert not re.search("Doe|Roe|1949", shown.stdout)
    assert "3 rows were left out: lines 6-8." in (tmp_path / "out" / "cohort.html").read_text("utf-8")


@pytest.mark.parametrize("option", [("--decisions", "d.csv"), ("--skip-bad-rows",)])
def test_options_of_a_cohort_are_refused_for_one_case(tissueclock, cases, tmp_path, option, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = tissueclock("assess", "--facts", cases("age\n70\n"), *option)
    of_many = tissueclock("assess", "--facts", cases(), "--case", "a", *option)
    assert (one.code, of_many.code) == (2, 2)
    assert f"{option[0]} was given for one case." in one.sentence
    assert "belongs to a CSV" in of_many.sentence


def test_one_case_of_many_has_its_own_page(tissueclock, cases, tmp_path):
    shown = tissueclock("assess", "--facts", cases(), "--case", "a", "--out", tmp_path / "one")
    assert shown.code == 0
    assert sorted(file.name for file in (tmp_path / "one").iterdir()) == ["assess.html", "assess.json"]


@pytest.mark.parametrize("option", ["--fhir", "--ie", "--ti", "--study", "--subject"])
def test_exports_of_one_case_are_refused_for_a_cohort(tissueclock, cases, tmp_path, option):
    shown = tissueclock("assess", "--facts", cases(), option, tmp_path / "x")
    assert (shown.code, f"{option} was given for a cohort." in shown.sentence) == (2, True)
    assert not (tmp_path / "x").exists()


def test_one_case_of_a_cohort_can_be_exported(tissueclock, cases, tmp_path):
    words = ("assess", "--facts", cases(), "--case", "a", "--trial", "defuse-3")
    assert tissueclock(*words, "--fhir", tmp_path / "a.json", "--subject", "01-001").code == 0
    assert "18.75" in (tmp_path / "a.json").read_text("utf-8")


REFUSED = {
    "no such case": (CASES, ("--case", "Doe^Jane"), 2, "there is no case of that id."),
    "judgement": ("age,judgement.dawn.nope\n70,true\n71,true\n", (), 3, "judgement.dawn.nope"),
    "same id": (CASES + "a,1,2,3,4\n", ("--skip-bad-rows",), 3, "the id on line 6 is that of line 2."),
    "unknown trial": (CASES, ("--trial", "nope"), 2, "nope"),
    "nobody": ("id,age\na,x\nb,y\n", ("--skip-bad-rows",), 3, "it holds no case that can be read."),
}


@pytest.mark.parametrize(("text", "words", "code", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_counted_is_refused(tissueclock, cases, tmp_path, text, words, code, sentence):
    shown = tissueclock("assess", "--facts", cases(text), *words, "--json")
    assert (shown.code, shown.document["error"]["code"]) == (code, code)
    assert sentence in shown.sentence
    assert not re.search("Doe|Jane", shown.stdout + shown.stderr)
    assert str(tmp_path) not in shown.stdout + shown.stderr


def test_a_case_is_only_named_in_a_csv(tissueclock, tmp_path):
    path = tmp_path / "facts.json"
    path.write_text("{}", encoding="utf-8")
    assert "It belongs to a CSV of cases." in tissueclock("assess", "--facts", path, "--case", "a").sentence


def test_a_place_that_cannot_be_written_to_is_named(tissueclock, cases, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    shown = tissueclock("assess", "--facts", cases(), "--out", tmp_path / "file")
    assert (shown.code, "Name another place" in shown.sentence) == (2, True)


def test_a_crash_leaves_no_half_file(tissueclock, cases, tmp_path, monkeypatch):
    def crash(*_):
        raise RuntimeError("Doe^Jane")

    monkeypatch.setattr(command, "count_cohort", lambda *_, rows, **__: rows([("a", "b")]) or crash())
    shown = tissueclock("assess", "--facts", cases(), "--decisions", tmp_path / "d.csv")
    assert (shown.code, "Doe" in shown.stderr) == (1, False)
    assert [path.name for path in tmp_path.iterdir()] == ["cases.csv"]


def test_counting_needs_the_waist_only(cases, tmp_path):
    words = ["assess", "--facts", str(cases()), "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", WAIST_ONLY, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "[]"
    assert json.loads(done.stdout)["cohort"]["n"] == 4
