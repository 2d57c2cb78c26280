"""Bland-Altman and Lin's concordance: against R and print, against their definitions, and where they end."""

import json
import math
from pathlib import Path
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.evidence.agreement.pairs import agreement, bland_altman, concordance
from tissueclock.evidence.student import t_quantile

CASE = json.loads((Path(__file__).parents[1] / "cases" / "agree_bland_altman.json").read_text("utf-8"))
WRIGHT, MINI = CASE["inputs"]["wright"], CASE["inputs"]["mini"]
LIMITS, LIN = (result["out"] for result in CASE["results"][:2])
CLOSE = {"rel": 1e-8}

VOLUMES = st.lists(
    st.tuples(st.floats(0, 400, allow_nan=False), st.floats(0, 400, allow_nan=False)), min_size=3, max_size=30
)


def split(pairs):
    return [first for first, _ in pairs], [second for _, second in pairs]


def test_bland_and_altmans_example_as_in_r():
    found = bland_altman(WRIGHT, MINI)
    assert found.n == LIMITS["n"]
    assert (found.bias, found.sd) == pytest.approx((LIMITS["bias"], LIMITS["sd"]), **CLOSE)
    assert (found.lower, found.upper) == pytest.approx(LIMITS["loa"], **CLOSE)
    assert found.bias_interval == pytest.approx(LIMITS["bias_ci"], **CLOSE)
    assert found.lower_interval == pytest.approx(LIMITS["loa_lower_ci_1999"], **CLOSE)
    reach = t_quantile(0.975, 16) * LIMITS["se_loa_1999"]
    assert found.upper_interval == pytest.approx((found.upper - reach, found.upper + reach), **CLOSE)


def test_the_interval_is_the_one_of_1999_not_of_1986():
    found = bland_altman(WRIGHT, MINI)
    assert found.lower_interval != pytest.approx(LIMITS["loa_lower_ci_1986"], rel=1e-3)


def test_lins_concordance_as_in_epir():
    found = concordance(WRIGHT, MINI)
    assert found.rho_c == pytest.approx(LIN["rho_c"], **CLOSE)
    assert found.interval == pytest.approx(LIN["z_ci"], **CLOSE)
    assert found.pearson == pytest.approx(LIN["pearson"], **CLOSE)
    assert found.bias_correction == pytest.approx(LIN["C_b"], **CLOSE)


def test_the_copied_case_is_the_teams(shared):
    assert json.loads((shared / "cases" / "agree_bland_altman.json").read_text("utf-8")) == CASE


@given(VOLUMES)
def test_against_the_definitions_written_slowly(pairs):
    first, second = split(pairs)
    found = bland_altman(first, second)
    differences = [a - b for a, b in pairs]
    assert found.bias == pytest.approx(fmean(differences), abs=1e-9)
    assert found.sd == pytest.approx(stdev(differences), abs=1e-7)
    assert found.upper - found.lower == pytest.approx(3.92 * stdev(differences), abs=1e-6)


@given(VOLUMES)
def test_changing_sides_turns_the_signs_and_leaves_the_concordance(pairs):
    first, second = split(pairs)
    one, other = agreement(first, second), agreement(second, first)
    assert one.bland_altman.bias == pytest.approx(-other.bland_altman.bias, abs=1e-9)
    assert one.bland_altman.lower == pytest.approx(-other.bland_altman.upper, abs=1e-6)
    assert one.median_difference == other.median_difference
    if one.concordance.rho_c is not None:
        assert one.concordance.rho_c == pytest.approx(other.concordance.rho_c, abs=1e-9)


@given(VOLUMES)
def test_concordance_lies_within_one_and_its_interval(pairs):
    found = concordance(*split(pairs))
    if found.rho_c is not None:
        assert -1 - 1e-9 <= found.rho_c <= 1 + 1e-9
    if found.interval is not None:
        low, high = found.interval
        assert -1 <= low <= found.rho_c + 1e-9
        assert found.rho_c - 1e-9 <= high <= 1


def test_a_constant_shift_is_all_bias_and_no_slope():
    found = bland_altman([12, 22, 35, 48], [10, 20, 33, 46])
    assert (found.bias, found.sd, found.slope) == (2, 0, 0)
    assert (found.lower, found.upper) == (2, 2)


def test_a_proportional_bias_is_its_slope():
    theirs = [10.0, 20.0, 40.0, 90.0]
    found = bland_altman([1.2 * value for value in theirs], theirs)
    assert found.slope == pytest.approx(0.2 / 1.1)
    assert found.slope_interval == pytest.approx((0.2 / 1.1, 0.2 / 1.1))


def test_the_interval_of_the_slope_by_the_formula_of_regression():
    first, second = [3.0, 9.0, 14.0, 30.0, 31.0], [5.0, 7.0, 15.0, 25.0, 33.0]
    means = [(a + b) / 2 for a, b in zip(first, second, strict=True)]
    rises = [a - b for a, b in zip(first, second, strict=True)]
    centre, spread = fmean(means), sum((m - fmean(means)) ** 2 for m in means)
    slope = sum((m - centre) * d for m, d in zip(means, rises, strict=True)) / spread
    rest = sum((d - fmean(rises) - slope * (m - centre)) ** 2 for m, d in zip(means, rises, strict=True))
    reach = 3.182446305284263 * math.sqrt(rest / 3 / spread)  # t of 3 degrees of freedom
    assert bland_altman(first, second).slope_interval == pytest.approx((slope - reach, slope + reach))


def test_no_correlation_does_no_harm():
    found = concordance([1.0, 1.0, 3.0, 3.0], [1.0, 3.0, 1.0, 3.0])
    assert found.rho_c == pytest.approx(0, abs=1e-12)
    assert found.interval[0] < 0 < found.interval[1]


@pytest.mark.parametrize(
    ("first", "second", "rho_c", "reason"),
    [
        ([5.0], [7.0], 0.0, "one series does not vary"),
        ([4.0, 4.0], [4.0, 4.0], None, "all values are one and the same"),
        ([4.0, 4.0, 4.0], [4.0, 5.0, 6.0], 0.0, "one series does not vary"),
        ([1.0, 2.0], [1.0, 3.0], 2 / 3, "fewer than three pairs"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 1.0, "the pairs lie on a line of identity"),
    ],
)
def test_what_a_concordance_cannot_tell_has_a_reason(first, second, rho_c, reason):
    found = concordance(first, second)
    assert (found.interval, found.reason) == (None, reason)
    assert found.rho_c is rho_c if rho_c is None else found.rho_c == pytest.approx(rho_c)


def test_one_pair_has_a_bias_and_nothing_else():
    found = bland_altman([5.0], [7.0])
    assert (found.bias, found.sd, found.lower, found.slope) == (-2, None, None, None)
    assert bland_altman([5.0, 6.0], [7.0, 6.5]).slope is None


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([], [], "no pair"),
        ([1.0], [1.0, 2.0], "zip"),
        ([math.nan], [1.0], "finite"),
        ([1.0], [math.inf], "finite"),
    ],
)
def test_what_is_no_series_of_pairs_is_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        agreement(first, second)


def test_as_json_everything_has_its_name():
    found = agreement(WRIGHT, MINI).to_json()
    assert found["bland_altman"]["bias_interval"] == list(bland_altman(WRIGHT, MINI).bias_interval)
    assert found["concordance"]["rho_c"] == concordance(WRIGHT, MINI).rho_c
    assert found["median_absolute_difference"] == 24
    assert json.loads(json.dumps(found, allow_nan=False)) == found
