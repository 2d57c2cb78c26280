"""`tissueclock evidence check`: exit codes, streams, files, and that it runs where nothing is installed."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from tissueclock.core.notice import DISCLAIMER

TEXT = (
    "203 patients were randomized, 110 to thrombectomy and 102 to medical care.\n"
    "Mortality was lower (18.0% v 23.5%; RR 0.77, 95% CI 0.44-1.32; P=0.33).\n"
    "sICH: RR of 0.75 (95% CI: 0.75-0.99, P = 0.04).\n"
)
TOML = '[[result]]\nname = "sICH"\nmeasure = "RR"\nestimate = 0.75\nci = [0.75, 0.99]\np = 0.04\n'
KEYS = {"id", "level", "printed", "recomputed", "why", "suggestion", "result", "where"}


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def toml(tmp_path) -> Path:
    path = tmp_path / "report.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_a_text_as_json(tissueclock, text):
    shown = tissueclock("evidence", "check", text, "--json")
    assert (shown.code, shown.stderr) == (0, "")
    assert set(shown.document) == {"findings", "checklist", "results", "disclaimer"}
    assert all(set(found) == KEYS for found in shown.document["findings"])
    assert [found["id"] for found in shown.document["findings"]] == ["estimate-off-centre", "arms-add-up"]
    assert shown.document["findings"][0]["where"] == "line 3"
    assert len(shown.document["results"]) == 2


def test_typed_results_as_json(tissueclock, toml):
    (found,) = tissueclock("evidence", "check", toml, "--json").document["findings"]
    assert found["level"] == "error"
    assert (
        found["suggestion"]
        == "All would agree with the lower limit 0.57 (with two digits of 0.75 transposed)."
    )


def test_rows_have_the_id_first_and_the_notice_last(tissueclock, text):
    shown = tissueclock("evidence", "check", text)
    first, *rows, last = shown.stdout.splitlines()
    assert first == "read\t2 results, 1 flow of patients\t2 errors, 0 warnings, 0 remarks"
    assert last == DISCLAIMER
    findings = [row.split("\t") for row in rows[:2]]
    assert [row[:3] for row in findings] == [
        ["estimate-off-centre", "error", "line 3"],
        ["arms-add-up", "error", "line 1"],
    ]
    assert all(row.split("\t")[1] == "missing" for row in rows[2:])


def test_a_text_without_results_is_no_fault(tissueclock, tmp_path):
    path = tmp_path / "empty.txt"
    path.write_text("Nothing was counted.", encoding="utf-8")
    shown = tissueclock("evidence", "check", path)
    assert shown.code == 0
    assert shown.stdout.startswith("read\tnothing that was printed\t0 errors")


def test_out_leaves_a_page_a_table_a_figure_and_the_document(tissueclock, text, tmp_path):
    out = tmp_path / "out"
    shown = tissueclock("evidence", "check", text, "--out", out, "--json")
    assert shown.code == 0, shown.stderr
    assert {path.name for path in out.iterdir()} == {
        *("check.html", "check.csv", "check.json", "check.svg", "check.png")
    }
    assert (out / "check.json").read_text(encoding="utf-8") == shown.stdout
    rows = list(csv.DictReader(io.StringIO((out / "check.csv").read_text(encoding="utf-8"))))
    assert [row["id"] for row in rows] == ["estimate-off-centre", "arms-add-up"]


def test_the_schema_is_printed_alone(tissueclock):
    shown = tissueclock("evidence", "check", "--schema")
    assert shown.code == 0
    assert '"title": "Tissueclock printed results, version 1"' in shown.stdout
    assert "not a medical device" in shown.stdout
    wrapped = tissueclock("evidence", "check", "--schema", "--json").document
    assert wrapped["schema"]["$defs"]["result"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "content", "code", "sentence"),
    [
        ("absent.txt", None, 2, "there is no such file"),
        ("a.pdf", "x", 3, "a file ending in '.pdf' is not read"),
        ("a.toml", "x", 3, "it is not valid TOML"),
        ("a.toml", "[[result]]\nestimat = 1", 3, "a.toml: result[1]: unknown key 'estimat'"),
        ("a.txt", " ", 3, "it holds no text"),
    ],
)
@pytest.mark.parametrize("out", [False, True], ids=["printed", "written"])
def test_refusals(tissueclock, tmp_path, name, content, code, sentence, out):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    folder = tmp_path / "out"
    shown = tissueclock("evidence", "check", tmp_path / name, *(["--out", folder] if out else []))
    assert (shown.code, shown.stdout) == (code, "")
    assert sentence in shown.sentence
    assert not folder.exists()


def test_no_file_is_wrong_usage(tissueclock):
    shown = tissueclock("evidence", "check")
    assert shown.code == 2
    assert "no FILE was given" in shown.sentence


def test_a_file_for_out_is_refused_before_the_work(tissueclock, text, tmp_path):
    shown = tissueclock("evidence", "check", text, "--out", text)
    assert shown.code == 2
    assert "is a file" in shown.sentence


def test_it_runs_without_numpy(text):
    """A reviewer with Python alone can run it; only the figure of --out needs the extra."""
    code = (
        "import sys\n"
        "for name in ('numpy', 'scipy', 'matplotlib', 'pandas', 'statsmodels'): sys.modules[name] = None\n"
        "from tissueclock.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, "evidence", "check", str(text)]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert plain.returncode == 0, plain.stderr
    assert "estimate-off-centre" in plain.stdout
    written = subprocess.run(
        [*command, "--out", str(text.parent / "o")], capture_output=True, text=True, check=False
    )
    assert written.returncode == 2
    assert "'evidence check --out' needs the evidence extra" in written.stderr
