"""`--help` of every command answers without loading what only the work itself needs."""

import re
import subprocess
import sys

import pytest

from tissueclock.cli.evidence.table import EVIDENCE
from tissueclock.cli.table import COMMANDS

HEAVY = (
    *("numpy", "scipy", "pydicom", "nibabel", "PIL", "jinja2", "SimpleITK"),
    *("matplotlib", "statsmodels", "lifelines", "pandas"),
    "pydantic",
)
NAMES = tuple(command.name for command in COMMANDS)
FIXED_NAMES = ("demo", "analyze", "phantom", "assess", "protocol")


def loaded_modules(*arguments: str) -> tuple[str, set[str]]:
    """Return what `tissueclock ARGUMENTS` printed, and the top-level modules that it imported."""
    command = [sys.executable, "-X", "importtime", "-m", "tissueclock", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    imported = re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\w+)", result.stderr, re.MULTILINE)
    return result.stdout, set(imported)


def test_the_fixed_names_are_there():
    assert set(FIXED_NAMES) <= set(NAMES)


def test_the_help_of_all_lists_every_command_and_is_light():
    text, imported = loaded_modules("--help")
    assert all(f"\n    {name} " in text for name in NAMES)
    assert "tissueclock" in imported
    assert imported.isdisjoint(HEAVY)


@pytest.mark.parametrize("name", [*NAMES, *(command.name for command in EVIDENCE)])
def test_the_help_of_each_command_is_light(name):
    text, imported = loaded_modules(*name.split(), "--help")
    assert f"tissueclock {name}" in text
    assert imported.isdisjoint(HEAVY)


@pytest.mark.parametrize("package", HEAVY[:-1])
def test_a_heavy_import_would_be_seen(package):
    command = [sys.executable, "-X", "importtime", "-c", f"import {package}"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search(rf"\|\s+{package}$", result.stderr, re.MULTILINE)
