"""Running and going on: through the command, in several processes, and after SIGKILL."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from tissueclock.bench.ledger import CASES_FILE
from tissueclock.bench.validation import run as runner
from tissueclock.bench.validation import table
from tissueclock.bench.validation.ledger import open_ledger
from tissueclock.bench.validation.rows import Level, PatientRow
from tissueclock.bench.validation.run import run_cases
from tissueclock.bench.validation.suite import Suite
from tissueclock.cli.main import main
from tissueclock.pipeline.watch import silent

KUDOS = tuple(f"kudo-ct-{sd}-hu-{shape}" for sd in (1, 2) for shape in ("exponential", "gamma", "box"))

_SCRIPT = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from tissueclock.bench.validation import table
from tissueclock.bench.validation.ledger import open_ledger
from tissueclock.bench.validation.rows import Case, Level
from tissueclock.bench.validation.run import run_cases

if __name__ == "__main__":
    out, workers, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    rows = {row.name: row for row in table.rows(Level.FULL)}
    cases = [Case(row=replace(rows[name], tile_voxels=2), seed=3) for name in names]
    end = lambda words, share: os.kill(os.getpid(), signal.SIGKILL)
    run_cases(cases, open_ledger(Path(out)), workers, end)
"""


@pytest.fixture
def kudos(tiny_case):
    return [tiny_case(name) for name in KUDOS]


def without_times(records):
    return {name: {**record, "seconds": 0} for name, record in records.items()}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_goes_on_where_it_was_and_ends_as_if_it_had_not_been(tmp_path, kudos, workers):
    """The run kills itself after its first case.

    No worker outlives its parent: `run` ends only when every process has closed the pipe.
    """
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    out = tmp_path / "out"
    words = [sys.executable, str(script), str(out), str(workers), *KUDOS]
    killed = subprocess.run(words, capture_output=True, timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL
    before = (out / CASES_FILE).read_bytes()
    assert before.count(b"\n") == 1
    said = []
    run_cases(kudos, open_ledger(out), 1, lambda text, share: said.append((text, share)))
    assert said[0][0] == "1 of 6 cases are done already"
    assert said[-1][1] == 1
    assert (out / CASES_FILE).read_bytes().startswith(before)
    whole = open_ledger(tmp_path / "at-once")
    run_cases(kudos, whole, 1, silent)
    assert without_times(open_ledger(out).done()) == without_times(whole.done())


def test_what_is_done_is_not_run_again(tmp_path, kudos, monkeypatch):
    ledger = open_ledger(tmp_path)
    run_cases(kudos[:2], ledger, 1, silent)
    asked = []
    monkeypatch.setattr(runner, "run_case", lambda case: asked.append(case.id) or {"id": case.id})
    run_cases(kudos[:3], ledger, 1, silent)
    assert asked == [kudos[2].id]


@pytest.fixture
def small(tiny_case, monkeypatch):
    """The suite's command on two cases of few voxels."""
    chosen = [tiny_case(name) for name in ("core-70-ml", "kudo-ct-3-hu-exponential")]
    monkeypatch.setattr(table, "cases", lambda level: tuple(chosen))
    by_name = {case.row.name: case.row for case in chosen}
    every = tuple(by_name.get(row.name, row) for row in table.rows(Level.FULL))
    monkeypatch.setattr(table, "rows", lambda level: every)
    return chosen


def test_the_command_runs_sums_up_and_writes_the_page(small, tmp_path, capsys):
    out, page = tmp_path / "out", tmp_path / "docs" / "validation.md"
    words = ["bench", "--quick", "--out", str(out), "--page", str(page)]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["accuracy"]
    assert {row["name"] for row in document["rows"]} == {case.row.name for case in small}
    rows = {row["name"]: row for row in document["rows"]}
    assert rows["core-70-ml"]["sides_right"] == 1
    assert rows["kudo-ct-3-hu-exponential"]["maps"]["cbv against cbv"]["r"] > 0.8
    assert json.loads((out / "results.json").read_text(encoding="utf-8")) == document
    assert (out / "results.csv").read_text(encoding="utf-8").count("\n") == 1 + len(rows)
    text = page.read_text(encoding="utf-8")
    assert "There is no in-vivo validation" in text
    for number, item in enumerate(document["worst"], start=1):
        assert f"](validation/worst-{number}.png)" in text
        assert (page.parent / "validation" / f"worst-{number}.png").read_bytes().startswith(b"\x89PNG")
        assert item["id"] in text
    assert main(["bench", "--quick", "--out", str(out)]) == 0  # nothing is run again
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("core-70-ml\t1 cases\tcore bias ")
    assert "met\tSharp patients: side\twanted always right\tfound 100 %" in lines
    assert any(line.startswith("not judged\tKudo phantom, CT 3 HU: r of CBV") for line in lines)


def test_the_command_says_what_a_user_has_to_type():
    assert Suite(level=Level.DEFAULT, folder=None).command == "tissueclock bench --suite accuracy"
    assert Suite(level=Level.FULL, folder=None).command.endswith(" --full")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--workers", "0"], "--workers is 0"),
        (["--repeats", "2"], "--repeats was given"),
        (["--suite", "kudo", "--quick"], "--quick was given"),
        (["--suite", "speed", "--out", "x"], "--out was given"),
        (["--quick", "--full"], "not allowed with"),
    ],
)
def test_wrong_options_are_refused(words, message, capsys):
    assert main(["bench", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path, capsys):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert main(["bench", "--quick", "--out", str(tmp_path / "file" / "out")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_rows_stay_data_when_they_are_put_on_other_voxels(tiny_case):
    case = tiny_case("shuttle")
    assert isinstance(case.row, PatientRow)
    assert len(case.row.acquisition.slice_offsets_s) == case.row.size.slices
    assert replace(case, seed=4).id == "shuttle@4"
