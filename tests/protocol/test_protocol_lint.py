"""The linter: for every check a file that trips it, with the line, and a near miss that does not."""

import re

import pytest
from lint_trips import AGE, EXAMPLE, PAGE
from lint_trips_standing import ALL_TRIPS as TRIPS

from tissueclock.eligibility.judge import judge
from tissueclock.protocol.lint.draft import Answer
from tissueclock.protocol.lint.finding import Level
from tissueclock.protocol.lint.lines import line_of
from tissueclock.protocol.lint.linter import MEANING_CHECKS, TEXT_CHECKS, lint
from tissueclock.protocol.registry import registered_contents

FILE = "example-late.toml"
LEVELS = {check.id: check.level for check in TEXT_CHECKS + MEANING_CHECKS}


def findings(text, judge=judge):
    return lint(text.encode(), FILE, judge)


def changed(change):
    old, new = change
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def test_the_example_of_the_documentation_is_clean():
    assert findings(EXAMPLE) == ()


def test_every_check_is_tripped():
    assert {trip.check for trip in TRIPS} == set(LEVELS)


def test_every_check_has_a_near_miss():
    assert {trip.check for trip in TRIPS if trip.near} == set(LEVELS)


@pytest.mark.parametrize("trip", TRIPS, ids=lambda trip: f"{trip.check}: {trip.found}")
def test_a_check_trips_with_its_line(trip):
    text = changed(trip.change)
    seen = [item for item in findings(text) if item.check == trip.check and trip.found in item.found]
    assert seen, [item.text() for item in findings(text)]
    assert trip.line in text.splitlines()[seen[0].line - 1], seen[0]
    assert all((item.level, item.file) == (LEVELS[trip.check], FILE) for item in seen)
    assert all(item.remedy for item in seen)


@pytest.mark.parametrize(
    "trip", [trip for trip in TRIPS if trip.near], ids=lambda trip: f"{trip.check}: {trip.near}"
)
def test_a_check_does_not_trip_on_a_near_miss(trip):
    assert [item.text() for item in findings(changed(trip.near)) if item.check == trip.check] == []


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b'schema = 1\nid = "x', 2, "it is not valid TOML"),
        (b"schema = 1\nschema = 2\n", 2, "it is not valid TOML"),
        (b"schema = 1\n\nid = [1,\n", 3, "it is not valid TOML"),
        (b"id = " + b"[" * 5000, 1, "it is not valid TOML"),
        (b"id = " + b"9" * 5000, 1, "it is not valid TOML"),
        (b"\xff\xfe", 1, "it is not UTF-8"),
    ],
)
def test_a_malformed_file_is_one_finding_with_its_line(content, line, found):
    (finding,) = lint(content, FILE, judge)
    assert (finding.check, finding.level, finding.line) == ("malformed", Level.ERROR, line)
    assert finding.found.startswith(found)


@pytest.mark.parametrize(
    "content", [b"", b"criterion = 3", b"criterion = [1]", b"class = 3", b"settings = 3"]
)
def test_a_file_that_is_hardly_one_is_refused_and_not_a_crash(content):
    assert any(item.level is Level.ERROR for item in lint(content, FILE, judge))


def test_all_findings_come_at_once_and_sorted_by_line():
    text = changed((AGE, 'rule = { fact = "agee", op = "=>", value = [18, 80] }'))
    text = text.replace("value = 1.7 }", "value = 170 }").replace('place = "exclusions"\n', "")
    seen = findings(text)
    assert [item.check for item in seen] == ["unknown-fact", "unknown-operator", "missing-key", "wrong-limit"]
    assert [item.line for item in seen] == sorted(item.line for item in seen)
    assert [item.criterion for item in seen] == ["age", "age", "inr", "inr"]


def test_what_only_the_loader_notices_is_a_finding_too():
    (finding,) = findings(changed(('extends = "in order"', 'extends = "later"')))
    assert (finding.check, finding.level, finding.criterion) == (
        "refused",
        Level.ERROR,
        "in order, anticoagulated",
    )
    assert finding.found == "there is no earlier case 'later' to extend."


def test_a_judge_that_admits_the_empty_case_is_found_out():
    def credulous(definition, case):
        return judge(definition, case) if len(case) else Answer(label="eligible")

    seen = findings(EXAMPLE, credulous)
    assert ("empty-case", "a case without facts is eligible.") in [(item.check, item.found) for item in seen]


@pytest.mark.parametrize(("name", "content"), list(registered_contents()), ids=lambda value: str(value)[:20])
def test_every_registered_file_is_without_a_finding(name, content):
    assert lint(content, name, judge) == ()


def test_the_checks_are_documented():
    page = PAGE.read_text("utf-8")
    rows = {(check.id, check.level.value, check.sentence) for check in TEXT_CHECKS + MEANING_CHECKS}
    assert [row for row in rows if f"| `{row[0]}` | {row[1]} | {row[2]} |" not in page] == []


@pytest.mark.parametrize(
    ("path", "word", "line"),
    [
        ("", "", 1),
        ("schema", "", 1),
        ("criterion[1]", "", 4),
        ("criterion[1].rule", "", 5),
        ("criterion[1].rule.any[2]", "", 5),
        ("criterion[1].nothing", "", 4),
        ("criterion[2].rule", "", 9),
        ("criterion[2].rule", "age", 10),
        ("criterion[9]", "", 3),
        ("case[1].facts", "", 13),
        ("case[1]", "age", 14),
    ],
)
def test_the_line_of_a_place(path, word, line):
    text = (
        'schema = 1\n\n[[criterion]]\nid = "a"\nrule = { }\n[[ criterion ]] # more\n# age\nid = "b"\n'
        '[criterion.rule]\nfact = "age"\n[[case]]\nname = "c"\n[case.facts]\nage = 3\n'
    )
    assert line_of(text, path, word) == line


HARMLESS = (
    *("arms", "notes", "fails", "missing", "without", "facts", "strata", "assessments"),
    *("after_h", "after_d", "core_ml", "age", "lkw_to_rand_h", "criteria"),
)
"""Keys for which some of the junk is a right value."""

JUNK = ("3", '""', "[]", "{}", "true", "[1]", "[{}]", "nan", "1e999999999", "{ all = [3] }", "[[1, 2]]")
KEYS = [number for number, line in enumerate(EXAMPLE.splitlines()) if re.match(r"[\w-]+ =", line)]


@pytest.mark.parametrize("junk", JUNK)
def test_a_value_of_a_wrong_type_anywhere_is_a_finding_and_never_a_crash(junk):
    for number in KEYS[JUNK.index(junk) % 2 :: 2]:
        lines = EXAMPLE.splitlines()
        lines[number] = f"{lines[number].split(' =')[0]} = {junk}"
        seen = findings("\n".join(lines))
        assert seen or lines[number].split(" =")[0] in HARMLESS, lines[number]
