"""Printed results typed as TOML: the published schema and the reader agree, and refusals say what to do."""

from __future__ import annotations

import tomllib

import pytest
from check_lab import ids, in_toml
from check_trips import TRIPS
from jsonschema import Draft202012Validator

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.read import read_printed
from tissueclock.evidence.check.read_toml import check_schema, read_toml

RESULT = '[[result]]\nname = "a"\n'

# text -> what the error says
REFUSED = {
    "": "it holds nothing that was printed",
    "schema = 2\n" + RESULT + "n = 3": "unknown schema",
    "[[result]\n": "it is not valid TOML",
    RESULT: "a result without a number",
    RESULT + "estimat = 0.75": "unknown key 'estimat'",
    RESULT + "estimate = true": "'estimate' is no number",
    RESULT + "estimate = 'two'": "'two' is no number",
    RESULT + "estimate = nan": "'NaN' is no number",
    RESULT + "measure = 'XR'\nestimate = 2": "'XR' is no measure",
    RESULT + "estimate = 2\nci = [1.2]": "'ci' has 1 limits",
    RESULT + "ci = [1.2, 3.4]": "'ci' of no 'estimate'",
    RESULT + "estimate = 2\nci = [1.2, 3.4]\nlevel = 5": "a level of 5 %",
    RESULT + "estimate = 2\nci = [1.2, 3.4]\ninterval = 'odd'": "'interval' is 'odd'",
    RESULT + "events = [1, 2, 3]\nn = [4, 5, 6]": "of more than two groups",
    RESULT + "events = [1, 2]\nn = 4": "of different lengths",
    RESULT + "events = -1\nn = 4": "a count of -1",
    RESULT + "events = 1.5\nn = 4": "'events' is no whole number",
    RESULT + "percent = [1, 2]\npercent_ci = [0, 3]": "'percent_ci' is not a pair for each group",
    RESULT + "p = 'P ? 0.3'": "'? 0.3' is no number",
    RESULT + "p = 0.2\np_sides = 3": "a p-value of 3 sides",
    RESULT + "p = 0.2\ndirection = 'up'": "'direction' is 'up'",
    "[[table]]\ncounts = [1]": "are not two counts or more",
    "[[table]]\ncounts = [1, 2]\nup_to = { 5 = 1 }": "a level that the scale has not",
    "[[table]]\ncounts = [1, 2]\nup_to = { x = 1 }": "a key that is no level",
    "[[table]]\ncounts = [1, 2]\npercent = [1]": "as many percentages as counts",
    "[[flow]]\ntotal = 99999999": "a count of 99999999",
    RESULT + "estimate = 2\n[[interaction]]\nstrata = ['a', 'b']\np = 0.1": "there is no result 'b'",
    RESULT + "estimate = 2\n[[interaction]]\nstrata = ['a']\np = 0.1": "does not name two results",
    "[[median]]\nmedian = 3\nrange = [1]": "'range' has 1 ends",
    "[[median]]\nrange = [1, 2]": "the key 'median' is missing",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_says_what_and_where(text):
    with pytest.raises(InputError) as refused:
        read_toml(text, "a.toml")
    assert REFUSED[text] in str(refused.value)
    assert refused.value.where.startswith("a.toml")


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(check_schema())
    return Draft202012Validator(check_schema())


@pytest.mark.parametrize("check", TRIPS)
def test_the_schema_takes_what_the_reader_takes(validator, check):
    for text in TRIPS[check]:
        assert list(validator.iter_errors(tomllib.loads(text))) == []


# what a schema cannot say: numbers that are no numbers, names that are not there
BY_THE_READER_ONLY = (
    "TOML",
    "is no number",
    "no measure",
    "no result",
    "without a number",
    "of no 'estimate'",
)
BY_THE_READER_TOO = ("a level of", "different lengths", "not a pair", "has not", "as many", "count of 9")


@pytest.mark.parametrize(
    "text",
    [
        text
        for text, why in REFUSED.items()
        if not any(word in why for word in BY_THE_READER_ONLY + BY_THE_READER_TOO)
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(validator, text):
    assert list(validator.iter_errors(tomllib.loads(text)))


def test_digits_are_kept_as_typed():
    (found,) = read_toml('[[result]]\nmeasure = "RR"\nestimate = 1.80\nci = ["1·30", 2.5]', "a.toml").results
    assert found.estimate is not None
    assert found.interval is not None
    assert (str(found.estimate), str(found.interval)) == ("1.80", "1.30 to 2.5")


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        ("0.04", "= 0.04"),
        ("'<0.001'", "< 0.001"),
        ("'P > .99'", "> .99"),
        ("'= 0·2'", "= 0.2"),
        ("'≤0.05'", "< 0.05"),
    ],
)
def test_p_as_people_type_it(p, shown):
    (found,) = read_toml(f"[[result]]\np = {p}", "a.toml").results
    assert str(found.p) == shown


def test_an_interval_of_the_one_percentage_is_its_own():
    (found,) = read_toml("[[result]]\npercent = 49.9\nci = [43.4, 56.3]", "a.toml").results
    assert found.interval is None
    assert str(found.arms[0].interval) == "43.4 to 56.3"
    (pooled,) = read_toml(
        '[[result]]\nmeasure = "proportion"\npercent = 49.9\nci = [43.4, 56.3]', "a.toml"
    ).results
    assert pooled.measure is Measure.PROPORTION


def test_both_percentages_may_have_intervals():
    percents = "percent = [31.0, 12.7]\npercent_ci = [[22.8, 40.6], [7.6, 20.6]]"
    text = f"[[result]]\n{percents}\nevents = [31, 13]\nn = [100, 102]"
    assert ids(in_toml(text)) == []


def test_names_places_and_groups_are_kept():
    (found,) = read_toml('[[result]]\nevents = 3\nn = 9\narms = "EVT"\nwhere = "table 2"', "a.toml").results
    assert (found.name, found.where, found.arms[0].name) == ("result[1]", "table 2", "EVT")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", b"%PDF", "a file ending in '.pdf' is not read"),
        ("a.txt", b"", "it holds no text"),
        ("a.txt", b"\0\0", "it holds no text"),
        ("a.txt", "0·75".encode("latin-1"), "it is not UTF-8 text"),
        ("a.txt", b"x" * 2_000_001, "it is longer than a report"),
    ],
)
def test_files_that_are_not_read(name, content, found):
    with pytest.raises(InputError, match=found.replace("(", r"\(")) as refused:
        read_printed(content, name)
    assert refused.value.remedy


def test_a_text_by_any_of_its_endings():
    for name in ("a.txt", "a.md", "a", "A.TXT"):
        assert len(read_printed(b"RR 2.43 (95% CI 1.35-4.37)", name).results) == 1
    assert len(read_printed(b"\xef\xbb\xbf[[result]]\nn = 3\n", "A.TOML").results) == 1
