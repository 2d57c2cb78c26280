"""The page on the checker names every check, key and item, and its example is what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from check_lab import in_toml

from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.check.checklist import checklist
from tissueclock.evidence.check.model import PrintedDocument
from tissueclock.evidence.check.read_toml import check_schema
from tissueclock.evidence.check.registry import check_sentences
from tissueclock.report.plain.check_rows import check_lines


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs" / "reference" / "evidence-check.md").read_text(encoding="utf-8")


def test_every_check_and_item_is_on_the_page(page):
    names = [name for name, _ in check_sentences()] + [item.id for item in checklist(PrintedDocument())]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_key_is_on_the_page(page):
    schema = check_schema()
    keys = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    keys |= set(schema["properties"]) - {"result", "flow", "table", "interaction", "median"}
    assert [key for key in sorted(keys) if not re.search(rf"`{key}(?:`| = )", page)] == []


def test_the_example_is_real(page):
    typed = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    shown = re.search(r"gives \(.*?```\n(.*?)\n```", page, re.DOTALL)
    assert typed
    assert shown
    assert shown[1].splitlines() == [*check_lines(in_toml(typed[1])), DISCLAIMER]
