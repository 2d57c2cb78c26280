"""The style checks that a contributor runs by hand, with their output where they fail."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--no-cache", "src", "tests"),
        ("ruff", "format", "--no-cache", "--check", "--diff", "src", "tests"),
        ("mypy",),
    ],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_style(checkout, command):
    result = subprocess.run(
        [sys.executable, "-m", *command], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"\n{result.stdout}{result.stderr}"
