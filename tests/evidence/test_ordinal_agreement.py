"""The ordinal reference cases of R, every number in scope; what differs is shown to differ for its reason."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from brant_of_r import brant_of_r, glm_of_r
from ordinal_agreement import (
    COVARIATES,
    OUT_OF_SCOPE,
    PAGE,
    PATIENTS,
    TABLES,
    case_of,
    numbers,
    out_of_scope,
    page,
    results_of,
    rows_of,
    table_of,
)

NUMBERS = tuple(numbers())
CALLS = tuple(dict.fromkeys((item.case, item.call) for item in NUMBERS))


@pytest.mark.parametrize(("case", "call"), CALLS, ids=" ".join)
def test_the_numbers_of_a_call_are_those_of_r(case, call):
    far = [
        item
        for item in NUMBERS
        if (item.case, item.call) == (case, call) and item.difference > item.tolerance
    ]
    assert far == []


def test_a_wrong_number_would_be_seen():
    item = NUMBERS[0]
    assert abs(item.ours * (1 + 1e-5) - item.theirs) / abs(item.theirs) > item.tolerance


def test_there_are_as_many_numbers_as_the_page_says():
    assert len(NUMBERS) > 600
    assert len([item for item in NUMBERS if not item.exception]) > 450
    assert PAGE.read_text("utf-8").count(f"{len(NUMBERS)} numbers are compared") == 1


def test_the_page_is_the_one_that_is_computed_now():
    """Magnitudes are left out: rounding differs between machines, and the limits are tested above."""
    masked = [re.sub(r"< 1e-\d+", "small", text) for text in (PAGE.read_text("utf-8"), page())]
    assert masked[0] == masked[1]


@pytest.mark.parametrize("case", [*TABLES, PATIENTS])
def test_every_call_of_a_case_is_compared_or_has_a_reason(case):
    calls = [item["call"] for item in case_of(case)["results"]]
    silent = [call for call in calls if any(text in call for text in OUT_OF_SCOPE)]
    assert len(out_of_scope(case)) == len(silent)
    heads = ("polr", "clm", "confint", "anova", "nominal_test", "brant", "lrm", "glm(I", "wilcox", "pairwise")
    heads += ("BuyseTest", "Brunner", "Welch", "utility", "vglm", "van Elteren")
    assert [call for call in calls if call not in silent and not any(head in call for head in heads)] == []


@pytest.mark.parametrize("case", [*TABLES, PATIENTS])
def test_the_copied_case_is_the_teams(shared, case):
    assert json.loads((shared / "cases" / f"{case}.json").read_text("utf-8")) == case_of(case)


def patients_of(table):
    level_of = np.concatenate([np.repeat(np.arange(len(counts)), counts) for counts in table.counts])
    return np.repeat([1.0, 0.0], table.n)[:, None], level_of


@pytest.mark.parametrize("case", TABLES)
def test_brants_difference_on_tables_is_the_variance_of_glm(case):
    matrix, level_of = patients_of(table_of(case))
    assert brant_of_r(matrix, level_of, 7) == pytest.approx(results_of(case, "brant")["X2"], rel=1e-9)


def test_brants_difference_with_covariates_is_that_and_the_blocks():
    rows = rows_of(COVARIATES)
    theirs = results_of(PATIENTS, "brant::brant")["X2"]
    assert brant_of_r(rows.matrix(), np.array(rows.level_of), 7) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("case", TABLES)
def test_the_standard_errors_of_glm_are_those_of_its_last_but_one_step(case):
    matrix, level_of = patients_of(table_of(case))
    columns = np.concatenate([np.ones_like(matrix), matrix], axis=1)
    found = [glm_of_r(columns, (level_of <= cut).astype(float))[1][1, 1] ** 0.5 for cut in range(6)]
    assert found == pytest.approx(results_of(case, "glm(I(mRS<=k)")["se"], rel=1e-9)
