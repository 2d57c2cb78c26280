"""Intraclass correlation: the printed example, its laws, a simulated truth, and where it ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.evidence.agreement.icc import FORMS, intraclass_correlation

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
TABLES = st.tuples(st.integers(2, 8), st.integers(2, 5)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(-50, 50), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


def values(table, level=0.95):
    return {form.form: form for form in intraclass_correlation(table, level).forms}


def test_the_example_of_shrout_and_fleiss_in_print():
    found = values(SHROUT_FLEISS)
    assert [round(found[form].icc, 2) for form in FORMS] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


@settings(max_examples=40)
@given(table=TABLES)
def test_means_step_up_from_single_ratings_and_ends_with_them(table):
    k, found = len(table[0]), values(table)
    for single, mean in (("ICC(1,1)", "ICC(1,k)"), ("ICC(2,1)", "ICC(2,k)"), ("ICC(3,1)", "ICC(3,k)")):
        if not found:
            return
        parts = ((found[form].icc, *found[form].interval) for form in (single, mean))
        for one, stepped in zip(*parts, strict=True):
            if stepped is None:
                assert one <= -1 / (k - 1) + 1e-6
            else:
                assert stepped == pytest.approx(k * one / (1 + (k - 1) * one))


@settings(max_examples=40)
@given(table=TABLES, add=st.integers(-20, 20), times=st.sampled_from([0.5, 2.0, 3.0]))
def test_another_unit_changes_nothing(table, add, times):
    turned = values(np.array(table) * times + add)
    for form, one in values(table).items():
        assert turned[form].icc == (None if one.icc is None else pytest.approx(one.icc, rel=1e-6, abs=1e-8))
        assert turned[form].p == pytest.approx(one.p, abs=1e-8)


@settings(max_examples=40)
@given(table=TABLES, shift=st.integers(1, 30))
def test_a_rater_who_is_constantly_higher_harms_agreement_and_not_consistency(table, shift):
    moved = np.array(table, dtype=float)
    moved[:, 0] += shift
    before, after = values(table), values(moved)
    if before and after:
        assert after["ICC(3,1)"].icc == pytest.approx(before["ICC(3,1)"].icc, abs=1e-9)


@settings(max_examples=40)
@given(table=TABLES)
def test_values_lie_within_their_intervals(table):
    for one in values(table).values():
        low, high = one.interval
        assert one.icc is None or low is None or low <= one.icc + 1e-9
        assert one.icc is None or one.icc - 1e-9 <= high
        assert 0 <= one.p <= 1


def test_two_raters_and_the_mean_squares_of_an_analysis_of_variance():
    table = np.array(SHROUT_FLEISS, dtype=float)
    found = intraclass_correlation(table)
    grand = table.mean()
    rows = 4 * sum((table.mean(axis=1) - grand) ** 2) / 5
    columns = 6 * sum((table.mean(axis=0) - grand) ** 2) / 3
    within = sum(((row - row.mean()) ** 2).sum() for row in table) / 18
    residual = (within * 18 - columns * 3) / 15
    assert found.mean_squares == pytest.approx((rows, columns, residual, within))


def test_the_interval_covers_a_known_correlation():
    draw = np.random.default_rng(11)
    truth, held = 4 / (4 + 1), 0
    for _ in range(200):
        ratings = draw.normal(0, 2, (25, 1)) + draw.normal(0, 1, (25, 3))
        low, high = values(ratings)["ICC(1,1)"].interval
        held += low <= truth <= high
    assert 180 <= held <= 199  # 95 % of 200, give or take three standard errors


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[1, 1], [1, 1]], "the cases do not differ"),
        ([[1, 2], [1, 2]], "the cases do not differ"),
        ([[1, 2], [3, 4], [7, 8]], "the raters never differ but by a constant"),
        ([[0.1, 0.3], [0.1 + 0.2, 0.5]], "the raters never differ but by a constant"),
    ],
)
def test_what_has_no_correlation_says_why(table, reason):
    found = intraclass_correlation(table)
    assert (found.forms, found.reason) == ((), reason)
    assert found.to_json()["reason"] == reason


@pytest.mark.parametrize(
    ("table", "message"),
    [([[1, 2]], "two cases"), ([[1], [2]], "two raters"), ([[1, 2], [3, np.nan]], "not finite")],
)
def test_what_is_no_table_of_ratings_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        intraclass_correlation(table)
