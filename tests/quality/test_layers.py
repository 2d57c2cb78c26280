"""The layers hold, and each contract catches the import that it is there to forbid."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# (contract, file that gets the line, forbidden line)
FORBIDDEN = [
    ("street", "facts/definition.py", "import tissueclock.pipeline"),
    ("street", "eligibility/outcome.py", "import tissueclock.report"),
    ("street", "lesion/__init__.py", "import tissueclock.profile"),
    ("siblings", "core/exact.py", "import tissueclock.core.settings"),
    ("waist", "facts/definition.py", "import numpy"),
    ("waist", "eligibility/outcome.py", "import tissueclock.image.grid"),
    ("plain", "report/plain/page.py", "import jinja2"),
    ("plain", "report/plain/svg.py", "import tissueclock.image.grid"),
    ("plain", "report/plain/markup.py", "import tissueclock.report.format"),
    ("image", "image/grid.py", "import pydicom"),
    ("formats", "report/__init__.py", "import nibabel"),
    ("truth", "phantom/__init__.py", "import tissueclock.perfusion"),
]


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Lint the sources of the checkout at `root`, not the installed package."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache", *options],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(checkout / "src", tmp_path / "src", ignore=ignored)
    shutil.copy(checkout / "pyproject.toml", tmp_path)
    return tmp_path


def contract_names(checkout: Path) -> dict[str, str]:
    """Return the name of every contract by its id."""
    configuration = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    return {item["id"]: item["name"] for item in configuration["tool"]["importlinter"]["contracts"]}


def test_the_contracts_are_kept(checkout):
    result = lint_imports(checkout)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "file", "line"), FORBIDDEN)
def test_a_forbidden_import_is_caught(checkout, copy, contract, file, line):
    source = copy / "src" / "tissueclock" / file
    source.write_text(f"{source.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    if contract == "siblings":
        close_the_cycle(copy)
    result = lint_imports(copy, "--contract", contract)
    assert result.returncode != 0
    assert f"{contract_names(checkout)[contract]} BROKEN" in result.stdout


def close_the_cycle(copy: Path) -> None:
    settings = copy / "src" / "tissueclock" / "core" / "settings.py"
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\nimport tissueclock.core.exact\n")


def test_a_layer_that_is_not_in_the_contract_is_caught(checkout, copy):
    stray = copy / "src" / "tissueclock" / "utilities"
    stray.mkdir()
    (stray / "__init__.py").write_text('"""A heap."""\n')
    result = lint_imports(copy, "--contract", "street")
    assert result.returncode != 0
    assert "utilities" in result.stdout + result.stderr


def test_every_contract_has_been_seen_to_fail(checkout):
    assert set(contract_names(checkout)) == {contract for contract, _, _ in FORBIDDEN}
