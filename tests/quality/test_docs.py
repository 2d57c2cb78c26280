"""What is registered is documented: commands, options, presets, methods, selectors, trials, facts."""

from __future__ import annotations

import re
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

import pytest

from tissueclock.cli.table import COMMANDS
from tissueclock.facts.vocabulary import vocabulary
from tissueclock.perfusion.aif.base import SELECTORS
from tissueclock.perfusion.deconvolve.base import METHODS
from tissueclock.pipeline.preset import PRESETS
from tissueclock.protocol.registry import protocols


def page(checkout: Path, name: str) -> str:
    return (checkout / "docs" / "reference" / name).read_text(encoding="utf-8")


def options_of(parser: ArgumentParser) -> set[str]:
    """Return the long options of a parser and of its sub-commands."""
    found: set[str] = set()
    for action in parser._actions:
        found |= {word for word in action.option_strings if word.startswith("--")}
        if isinstance(action, _SubParsersAction):
            found |= set().union(*(options_of(sub) for sub in action.choices.values()))
    return found - {"--help"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_and_option_is_documented(checkout: Path, command) -> None:
    text = page(checkout, "commands.md")
    assert f"tissueclock {command.name}" in text
    if command.name == "evidence":  # its analyses have pages of their own
        pages = sorted((checkout / "docs" / "reference").glob("evidence-*.md"))
        text = "".join(path.read_text(encoding="utf-8") for path in pages)
    parser = ArgumentParser()
    command.configure(parser)
    missing = [option for option in options_of(parser) if f"`{option}" not in text]
    assert missing == [], f"options of {command.name} that docs/reference/commands.md leaves out"


@pytest.mark.parametrize("registry", [PRESETS, METHODS, SELECTORS], ids=lambda registry: registry.noun)
def test_every_registered_name_is_documented(checkout: Path, registry) -> None:
    text = page(checkout, "commands.md")
    for name in registry.entries():
        assert f"| `{name}` |" in text, f"{registry.noun} {name}"


def test_every_trial_is_documented(checkout: Path) -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+) \|", page(checkout, "trials.md"), flags=re.MULTILINE)
    assert rows == [(name, trial.title) for name, trial in protocols().items()]


def test_every_fact_is_documented(checkout: Path) -> None:
    text = page(checkout, "facts.md")
    assert [name for name in vocabulary() if f"`{name}`" not in text] == []


def test_relative_links_lead_somewhere(checkout: Path) -> None:
    broken = []
    for file in [*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text(encoding="utf-8")):
            if "://" not in target and not (file.parent / target).exists():
                broken.append(f"{file.name}: {target}")
    assert broken == []
