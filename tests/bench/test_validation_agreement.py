"""Agreement of maps and masks, against the textbook's words in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.bench.validation.agreement import Agreement, balanced_accuracy, dice, digits

SMALL = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(SMALL, st.integers(3, 60))
def test_bias_rmse_and_r_are_the_textbook_s(random: np.random.Generator, count: int):
    found, true = random.normal(5, 2, count), random.normal(4, 2, count)
    agreement = Agreement.of(found, true)
    assert agreement is not None
    assert agreement.bias == pytest.approx(np.mean(found - true))
    assert agreement.rmse == pytest.approx(np.sqrt(np.mean((found - true) ** 2)))
    assert agreement.r == pytest.approx(np.corrcoef(found, true)[0, 1])
    assert agreement.voxels == count


@given(SMALL, st.floats(0.01, 100))
def test_relative_values_do_not_depend_on_their_scale(random: np.random.Generator, scale: float):
    found, true = random.uniform(1, 5, 20), random.uniform(1, 5, 20)
    one, other = (Agreement.of(found * factor, true, relative=True) for factor in (1.0, scale))
    assert one is not None
    assert other is not None
    assert one.bias is other.bias is None
    assert other.rmse == pytest.approx(one.rmse)
    assert Agreement.of(true * scale, true, relative=True).rmse == pytest.approx(0, abs=1e-9)


def test_what_is_not_finite_on_either_side_is_left_out():
    found, true = np.array([1.0, np.nan, 3.0, 9.0]), np.array([2.0, 2.0, 3.0, np.nan])
    agreement = Agreement.of(found, true)
    assert (agreement.voxels, agreement.bias) == (2, -0.5)
    assert Agreement.of(np.array([np.nan]), np.array([1.0])) is None


def test_what_does_not_vary_has_no_correlation():
    assert Agreement.of(np.array([1.0, 2.0]), np.array([3.0, 3.0])).r is None
    assert Agreement.of(np.array([1.0]), np.array([3.0])).r is None


def test_json_is_rounded_to_five_digits():
    document = Agreement(bias=1.2345678, rmse=123456.7, r=None, voxels=123456789).to_json()
    assert document == {"bias": 1.2346, "rmse": 123460.0, "r": None, "voxels": 123456789}
    assert digits(None) is None


@given(SMALL)
def test_dice_is_symmetric_and_one_for_the_same_mask(random: np.random.Generator):
    one, other = random.random((2, 40)) < 0.4
    one[0] = True
    assert dice(one, one) == 1
    assert dice(one, other) == dice(other, one) == 2 * (one & other).sum() / (one.sum() + other.sum())


def test_dice_of_two_empty_masks_is_none_and_of_one_is_zero():
    empty, full = np.zeros(4, dtype=bool), np.ones(4, dtype=bool)
    assert dice(empty, empty) is None
    assert dice(empty, full) == 0


def test_balanced_accuracy_weighs_both_classes_alike():
    wanted = np.array([True] * 2 + [False] * 8)
    found = np.array([True, False] + [True] * 2 + [False] * 6)
    assert balanced_accuracy(found, wanted) == pytest.approx((0.5 + 0.75) / 2)
    assert balanced_accuracy(np.zeros(10, dtype=bool), wanted) == 0.5
    assert balanced_accuracy(found, np.ones(10, dtype=bool)) is None
    assert balanced_accuracy(found, np.zeros(10, dtype=bool)) is None
