"""The page on DEFUSE 2 and MR RESCUE: every command on it prints what stands below it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "why-they-disagreed.md"
CASE = """core_ml = 60
hypoperfused_ml = 90
tmax10_ml = 40
predicted_core_ml = 60
core_fraction_of_risk = 0.667
"""


def shown() -> list[tuple[str, list[str]]]:
    """Return every command of the page with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside and line.startswith("$ tissueclock "):
            found.append((line.removeprefix("$ tissueclock "), []))
        elif inside:
            found[-1][1].append(line)
    return found


def test_the_page_computes_its_numbers():
    assert len(shown()) >= 8
    assert all(lines for _, lines in shown())


@pytest.mark.parametrize(("command", "lines"), shown(), ids=lambda value: str(value)[:60])
def test_a_command_prints_what_stands_below_it(tissueclock, tmp_path, command, lines):
    facts = tmp_path / "case.toml"
    facts.write_text(CASE, encoding="utf-8")
    words = [str(facts) if word == "CASE" else word for word in shlex.split(command)]
    ran = tissueclock(*words)
    assert ran.code == 0, ran.stderr
    assert set(lines) <= set(ran.stdout.splitlines())


def test_the_facts_of_the_example_are_named_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`{line}`" in text for line in CASE.splitlines())
