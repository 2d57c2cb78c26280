"""Numbers over cases against numpy, and the count of flips by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.bench.validation.tally import Errors, Flips, correlation, mean_of, median_of, percentile

NUMBERS = st.lists(st.floats(-200, 200), min_size=1, max_size=30)


@given(NUMBERS, st.floats(0, 100))
def test_percentiles_are_numpy_s(values: list[float], percent: float):
    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent), abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(3, 30))
def test_correlation_is_numpy_s(seed: int, count: int):
    x, y = np.random.default_rng(seed).normal(size=(2, count))
    expected = np.corrcoef(x, y)[0, 1]
    assert correlation(list(zip(x, y, strict=True))) == pytest.approx(expected)


def test_no_correlation_of_two_cases_or_of_one_value():
    assert correlation([(1, 2), (2, 4)]) is None
    assert correlation([(1, 2), (2, 2), (3, 2)]) is None


def test_errors_are_measured_less_true_and_leave_out_what_is_unknown():
    errors = Errors.of([(12.0, 10.0), (6.0, 10.0), (10.0, 10.0), (None, 5.0), (5.0, None)])
    assert errors is not None
    assert errors.cases == 3
    assert errors.bias_ml == pytest.approx(-2 / 3)
    assert errors.rmse_ml == pytest.approx(np.sqrt(20 / 3))
    assert errors.median_ml == 2
    assert errors.worst_ml == -4
    assert errors.p90_ml == pytest.approx(np.percentile([2, 4, 0], 90))
    assert errors.to_json()["cases"] == 3
    assert Errors.of([(None, 1.0)]) is None


def test_flips_are_opposite_answers_and_an_open_one_is_none():
    answers = [
        ("yes", "yes", True, True),
        ("yes", "no", True, False),
        ("no", "yes", False, True),
        ("yes", "open", True, False),
        ("open", "yes", True, True),  # without a true answer nothing can flip
    ]
    records = [{"verdicts": {"q": list(answer)}} for answer in answers]
    assert Flips.of("q", records) == Flips(
        cases=4, flips=2, open=1, far=3, far_flips=1, borderline=2, marked=1
    )


def test_means_and_medians_are_of_what_is_known():
    assert mean_of([1.0, None, 3.0]) == 2
    assert median_of([5.0, None, 1.0, 2.0]) == 2
    assert mean_of([None]) is None
    assert median_of([]) is None
