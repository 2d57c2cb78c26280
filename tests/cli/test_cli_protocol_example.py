"""`protocol example`: a local rule to copy. It lints clean, and the how-to page describes it rightly."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from importlib import resources

import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.judge import judge
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.lint.linter import lint
from tissueclock.protocol.load import parse_protocol
from tissueclock.protocol.registry import profiles, protocols, registered_contents

NAME = "local-core-and-aspects"
EXAMPLE = resources.files("tissueclock.protocol.examples").joinpath(f"{NAME}.toml").read_text("utf-8")


@pytest.fixture
def page(checkout):
    return (checkout / "docs" / "how-to" / "local-rule.md").read_text(encoding="utf-8")


def rule(text=EXAMPLE, name=NAME):
    return parse_protocol(tomllib.loads(text, parse_float=Decimal), f"{name}.toml", "")


def answer(protocol, facts):
    return assess(protocol, complete(case_from_table(facts, "typed")))


def test_what_is_printed_is_the_file_with_the_disclaimer_as_a_comment(tissueclock):
    shown = tissueclock("protocol", "example")
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.stdout == f"{EXAMPLE}# {DISCLAIMER}\n"
    assert tomllib.loads(shown.stdout) == tomllib.loads(EXAMPLE)


def test_the_document_holds_the_file_to_the_byte(tissueclock):
    document = tissueclock("protocol", "example", "--json").document
    assert document == {"toml": EXAMPLE, "disclaimer": DISCLAIMER}


def test_every_example_lints_clean():
    folder = resources.files("tissueclock.protocol.examples")
    files = [item for item in folder.iterdir() if item.name.endswith(".toml")]
    assert [item.name for item in files] == [f"{NAME}.toml"]
    assert [finding.text() for item in files for finding in lint(item.read_bytes(), item.name, judge)] == []


def test_it_is_no_trial_and_says_so():
    assert NAME not in protocols()
    assert NAME not in profiles()
    assert not any(NAME in name for name, _ in registered_contents())
    assert "INVENTED" in EXAMPLE.splitlines()[0]
    assert DISCLAIMER in EXAMPLE.splitlines()[1]
    assert "invented" in rule().title.lower()


def test_it_teaches_every_form_of_a_rule():
    words = [">=", "<=", "<", ">", "between", "in", "is"]
    assert [word for word in words if f'op = "{word}"' not in EXAMPLE] == []
    assert all(
        word in EXAMPLE for word in ("applies_when", "any = [", "judgement.", "[[reading]]", "[[limit]]")
    )


@pytest.mark.parametrize(
    ("aspects", "core", "expected"),
    [
        (6, 69, "eligible"),
        (6, 70, "ineligible"),
        (5, 69, "ineligible"),
        (None, 69, "undetermined"),
        (6, None, "undetermined"),
        (5, None, "ineligible"),
        (None, 70, "ineligible"),
    ],
)
def test_core_and_aspects_have_to_hold_both(aspects, core, expected):
    (base,) = [case for case in rule().cases if case.name == "in order"]
    given = {"aspects_ct": aspects, "core_ml": core}
    facts = {name: value for name, value in {**base.entries, **given}.items() if value is not None}
    assert answer(rule(), facts).decision.value == expected


def test_copied_and_renamed_as_the_page_says_it_lints_clean(tissueclock, page, tmp_path):
    (old, new) = re.search(r"sed -i\.bak 's/([a-z-]+)/([a-z-]+)/g' my-rule\.toml", page).groups()
    assert old == NAME
    mine = tmp_path / f"{new}.toml"
    mine.write_text(tissueclock("protocol", "example").stdout.replace(old, new), encoding="utf-8")
    linted = tissueclock("protocol", "lint", mine)
    assert (linted.code, linted.stdout.splitlines()[0]) == (0, f"{new}.toml\terrors 0\twarnings 0")


def test_a_limit_that_was_moved_without_its_cases_is_found(tissueclock, tmp_path):
    mine = tmp_path / f"{NAME}.toml"
    moved = EXAMPLE.replace('op = "<", value = 70 }', 'op = "<=", value = 70 }')
    assert moved != EXAMPLE
    mine.write_text(moved, encoding="utf-8")
    linted = tissueclock("protocol", "lint", mine)
    assert linted.code == 3
    assert "wrong-expectation" in linted.stdout


def test_the_patient_of_the_page_is_answered_as_it_says(page):
    facts = tomllib.loads(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1], parse_float=Decimal)
    mine = rule(EXAMPLE.replace(NAME, "my-rule"), "my-rule")
    assert answer(mine, facts).decision.value == "eligible"
    open_still = answer(mine, {name: value for name, value in facts.items() if name != "aspects_ct"})
    assert (open_still.decision.value, [*open_still.missing]) == ("undetermined", ["aspects_ct"])
