"""The pages on two groups and on cohorts print what their commands print."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

import pytest

BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)
PAGES = ("evidence-effect.md", "evidence-cohort.md")


def examples(text: str) -> list[tuple[str, list[str]]]:
    """Return the last command of each block of commands with the lines of the block of output after it."""
    blocks = [block.replace("\\\n", " ").strip() for block in BLOCK.findall(text)]
    return [
        (command.splitlines()[-1], output.splitlines())
        for command, output in pairwise(blocks)
        if command.startswith("tissueclock") and not output.startswith("tissueclock")
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_print_what_the_page_says(checkout, tissueclock, tmp_path, monkeypatch, page) -> None:
    monkeypatch.chdir(tmp_path)
    text = (checkout / "docs" / "reference" / page).read_text("utf-8")
    found = examples(text)
    assert found
    if page == "evidence-cohort.md":
        assert tissueclock("evidence", "cohort", "cohort.csv", "--simulate", 400, "--seed", 1).code == 0
    for command, output in found:
        if "surrogacy trials.csv" in command:
            continue
        shown = tissueclock(*shlex.split(command)[1:])
        assert shown.code == 0, shown.stderr
        printed = shown.stdout.splitlines()
        assert [line for line in output if line != "..." and line not in printed] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_published_row_is_computed_by_the_options_beside_it(checkout, tissueclock, page) -> None:
    """Rows name counts `a/n v c/m` or a trial, the options, and the numbers that must be printed."""
    text = (checkout / "docs" / "reference" / page).read_text("utf-8")
    options = re.compile(r"\| `(--(?:measure (?:RR|OR)|trial [a-z0-9-]+)[^`|]*)` \|")
    lines = [line for line in text.splitlines() if options.search(line)]
    assert len(lines) >= 4
    for line in lines:
        counts = re.search(r"(\d+)/(\d+) v (\d+)/(\d+)", line)
        words = shlex.split(options.search(line)[1])
        if counts is not None:
            names = ("--events-1", "--n-1", "--events-2", "--n-2")
            words = [*sum(zip(names, counts.groups(), strict=True), ()), *words]
        shown = tissueclock("evidence", "interaction" if counts is None else "effect", *words)
        for number in re.findall(r"\d\.\d+ \(\d\.\d+ to \d\.\d+\)", line):
            assert number.replace("(", "(95 % ") in shown.stdout
        for p in re.findall(r"p (0\.\d+)(?= \||:)", line):
            assert f"p\t{p}" in shown.stdout or f"p {p}" in shown.stdout
