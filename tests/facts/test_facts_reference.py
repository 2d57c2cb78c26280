"""The committed reference of facts is what the vocabulary says, and its example is read as printed."""

import re
from decimal import Decimal

from tissueclock.facts.files import read_case
from tissueclock.facts.markdown import vocabulary_markdown
from tissueclock.facts.vocabulary import vocabulary


def test_the_committed_reference_is_current(checkout):
    committed = (checkout / "docs" / "reference" / "facts.md").read_text(encoding="utf-8")
    assert committed == vocabulary_markdown(), "write vocabulary_markdown() to docs/reference/facts.md"


def fact_tables():
    """The part of the reference that lists facts."""
    whole = vocabulary_markdown()
    return whole[whole.index("## Imaging") : whole.index("## Moments")]


def test_every_fact_has_its_row():
    names = re.findall(r"^\| `([a-z0-9_]+)` \|", fact_tables(), flags=re.MULTILINE)
    assert names == list(vocabulary())
    rows = [line for line in fact_tables().splitlines() if line.startswith("| ")]
    assert {row.count("|") for row in rows} == {7}


def test_the_example_is_a_valid_facts_file(tmp_path):
    example = re.search(r"```toml\n(.*?)```", vocabulary_markdown(), flags=re.DOTALL)
    path = tmp_path / "example.toml"
    path.write_text(example[1], encoding="utf-8")
    assert read_case(path).known("core_ml") == Decimal("22.4")
