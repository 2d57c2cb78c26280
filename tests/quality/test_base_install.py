"""The base install, without numpy, judges a case: a trial office audits and runs that part alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )


def pip(*arguments: str | Path, cwd: Path) -> None:
    result = run(sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments, cwd=cwd)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def base(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a virtual environment that holds this checkout and nothing else."""
    folder = tmp_path_factory.mktemp("base")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, checkout, cwd=folder)
    pip("--python", python, "install", "--no-deps", "--no-index", *folder.glob("*.whl"), cwd=folder)
    return python.parent


def test_there_is_no_numpy(base, tmp_path):
    result = run(base / "python", "-c", "import numpy", cwd=tmp_path)
    assert "ModuleNotFoundError: No module named 'numpy'" in result.stderr


def test_assess_explains_itself(base, tmp_path):
    result = run(base / "tissueclock", "assess", "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "--facts" in result.stdout


def test_assess_prints_one_json_document(base, tmp_path):
    (tmp_path / "F.json").write_text(json.dumps({"core_ml": 22.4, "hypoperfused_ml": 98}), encoding="utf-8")
    result = run(base / "tissueclock", "assess", "--facts", "F.json", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["facts"]["core_ml"]["value"] == 22.4
    assert document["disclaimer"]


def test_assess_leaves_its_page(base, tmp_path):
    (tmp_path / "F.json").write_text(json.dumps({"age": 95}), encoding="utf-8")
    result = run(base / "tissueclock", "assess", "--facts", "F.json", "--out", "O", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "Research use only" in (tmp_path / "O" / "assess.html").read_text(encoding="utf-8")


def test_a_card_is_written(base, tmp_path):
    result = run(base / "tissueclock", "protocol", "card", "dawn", "--out", "card.html", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "Content-Security-Policy" in (tmp_path / "card.html").read_text(encoding="utf-8")


def test_a_cohort_leaves_its_page_and_pictures(base, tmp_path):
    (tmp_path / "C.csv").write_text("case_id,core_ml,age\na,20,60\nb,90,70\n", encoding="utf-8")
    result = run(base / "tissueclock", "assess", "--facts", "C.csv", "--out", "O", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "<svg" in (tmp_path / "O" / "cohort.html").read_text(encoding="utf-8")
    assert (tmp_path / "O" / "overlap.svg").is_file()


def test_a_command_that_needs_imaging_says_what_to_install(base, tmp_path):
    result = run(base / "tissueclock", "phantom", "patient", "--out", "P", cwd=tmp_path)
    assert result.returncode == 2
    assert "tissueclock[imaging]" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_wheel_holds_the_data_that_the_base_needs(base, checkout):
    source = checkout / "src" / "tissueclock"
    (installed,) = base.parent.glob("lib/python*/site-packages/tissueclock")
    data = {
        path.relative_to(source) for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }
    assert data == {
        path.relative_to(installed)
        for path in installed.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
