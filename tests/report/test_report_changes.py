"""The page of profiles and trials shows what would change a verdict, and `result.json` holds the same."""

import re

import jsonschema
import pytest
from sample_report import sample_model

from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.matrix import COLUMNS
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.registry import protocols
from tissueclock.report.html import html
from tissueclock.report.json import result_document, result_schema

KEYS = ("missing_by_trials", "borderline_details", "flips", "no_flip_because", "matrix")
EVIL = "<b>bold</b>"


@pytest.fixture(scope="module")
def model():
    trial = protocols()["defuse-3"]
    (found,) = [case for case in trial.cases if case.name == "in order on CT"]
    entries = {**found.entries, "core_ml": {"value": 68, "interval": [64, 72]}, "hypoperfused_ml": 300}
    said = answer(tuple(protocols().values()), complete(case_from_table(entries, EVIL)))
    return sample_model(assessments=said.assessments, sensitivity=said.sensitivity)


def test_the_page_shows_the_matrix_the_flips_and_what_is_missing(model):
    page = html(model).decode()
    assert len(re.findall(r'<td class="cell ', page)) == len(protocols()) * len(COLUMNS)
    assert "<code>core_ml</code> 68 → 70 mL or more" in page
    assert "64 to 72 mL around the limit of 70 mL" in page
    assert re.search(r"<code>lkw_to_rand_h</code>.*?<td class=\"number\">\d", page)
    assert EVIL not in page


def test_without_the_question_only_the_matrix_is_shown():
    page = html(sample_model()).decode()
    assert "Where the trials differ" in page
    assert "smallest change" not in page


def test_the_result_holds_the_same_and_keeps_its_schema(model):
    document = result_document(model)
    jsonschema.validate(document, result_schema())
    assert [key for key in document if key in KEYS] == list(KEYS)
    assert document["flips"]["defuse-3"][0]["text"] == "core_ml 68 -> 70 mL or more"
    assert not set(KEYS) & set(result_document(sample_model()))


def test_the_schema_is_closed_for_the_new_keys(model):
    document = result_document(model)
    document["flips"]["defuse-3"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError, match="more"):
        jsonschema.validate(document, result_schema())
