"""Whatever stands in a text or a TOML file, the checker answers, with JSON that holds no NaN, or refuses."""

from __future__ import annotations

import json
from random import Random

import pytest
from abstract_sentences import trial_abstract
from check_lab import in_text
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.checker import check_document
from tissueclock.evidence.check.read_toml import read_toml

ODD = (
    "99999999999",
    "0",
    "1e9",
    "100%",
    "95% CI ",
    "P=",
    "(0/0)",
    "0 of 0",
    "RR 0 (0-0)",
    "1,000,000,000",
    "0%",
    "",
)
LETTERS = "0123456789.,-–·%()[];:/=<>PpCIRROor \n|"


def damaged(seed: int) -> str:
    """Return an abstract with a dozen letters or numbers lost, changed or put in."""
    random = Random(seed)
    text = trial_abstract(random.randint(0, 999)).text()
    for _ in range(random.randint(4, 30)):
        at, length = random.randrange(len(text)), random.choice((0, 1, 1, 9))
        text = text[:at] + random.choice((*ODD, random.choice(LETTERS))) + text[at + length :]
    return text


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_text_is_answered(seed):
    for text in (damaged(100 * seed + part) for part in range(3)):
        document = in_text(text).to_json()
        assert json.loads(json.dumps(document, allow_nan=False)) == document


@given(st.text(max_size=60))
def test_any_text_is_answered(text):
    json.dumps(in_text(text).to_json(), allow_nan=False)


numbers = st.one_of(
    st.integers(-3, 300),
    st.decimals(-5, 500, places=2).map(str),
    st.sampled_from(["0", "0.0", "100", "1e-9", "<0.001"]),
)


@given(
    st.lists(numbers, min_size=8, max_size=8), st.sampled_from(["RR", "OR", "RD", "HR", "NNT", "proportion"])
)
def test_any_typed_result_is_answered_or_refused(values, measure):
    a, b, c, d, estimate, low, high, p = (repr(value) for value in values)
    text = (
        f'[[result]]\nmeasure = "{measure}"\nestimate = {estimate}\nci = [{low}, {high}]\np = {p}\n'
        f"events = [{a}, {b}]\nn = [{c}, {d}]\n"
    )
    try:
        document = read_toml(text, "a.toml")
    except InputError:
        return
    json.dumps(check_document(document).to_json(), allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        "The trial was stopped early (203 of planned 99999999999 enrolled).",
        "99999999999 patients were randomized, 99999999990 to A and 9 to B.",
        "It occurred in 99999999999 of 999999999999 patients (10.0%).",
        "Sample size 99999999999, patients per arm: a: 99999999990, b: 9",
        "P=0." + "0" * 80 + "1",
        "RR 1" + "0" * 80 + " (95% CI, 1-2)",
    ],
)
def test_numbers_that_nobody_prints_are_no_crash(text):
    assert in_text(text).to_json()["findings"] is not None


def test_the_answer_is_the_same_twice():
    text = trial_abstract(7).text()
    assert in_text(text).to_json() == in_text(text).to_json()


def test_a_long_text_is_read_whole():
    text = " ".join(trial_abstract(seed).text() for seed in range(20))
    assert len(in_text(text).document.results) > 80
