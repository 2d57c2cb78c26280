"""Sample sizes: print, both directions of each formula, every table of Fisher's test, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from tissueclock.core.errors import InputError
from tissueclock.evidence.binomial import binomial
from tissueclock.evidence.samplesize import ordinal, proportions
from tissueclock.evidence.samplesize.answer import (
    analysed_of,
    answer_power,
    answer_size,
    detected_odds,
    detected_rates,
    ordinal_shift,
    power_curve,
    two_proportions,
    within_margin,
)
from tissueclock.evidence.samplesize.fisher import fisher_patients, fisher_power
from tissueclock.evidence.samplesize.ordinal import Shift, shares_of, shift_by_odds
from tissueclock.evidence.samplesize.proportions import Proportions
from tissueclock.evidence.samplesize.size import ErrorRates, make_size, whole

TWO_SIDES = ErrorRates()
LIMIT = Proportions(rate_1=0.31, rate_2=0.127)
RATES = st.floats(0.05, 0.95)
TESLA_CONTROL = (2, 6, 5, 16, 35, 33, 49)


@settings(max_examples=50)
@given(RATES, RATES, st.floats(0.3, 3), st.sampled_from(proportions.METHODS), st.sampled_from([0.7, 0.9]))
def test_patients_and_power_turn_each_other_around(rate_1, rate_2, ratio, method, power):
    if abs(rate_1 - rate_2) < 0.01:
        return
    rates = Proportions(rate_1=rate_1, rate_2=rate_2, ratio=ratio)
    n_2 = proportions.patients(rates, TWO_SIDES, power, method)
    assert proportions.power_of(rates, TWO_SIDES, n_2, method) == pytest.approx(power, rel=1e-9)


def test_the_correction_costs_patients_and_power_and_may_eat_all():
    plain, corrected = (
        proportions.patients(LIMIT, TWO_SIDES, 0.8, name) for name in ("pooled", "continuity")
    )
    assert corrected > plain
    assert proportions.power_of(LIMIT, TWO_SIDES, 2, "continuity") == 0.0


# Rates that 272 patients of RESCUE END-LOW detect with 80 % power, none or 10 % being lost (our calculation).
END_LOW = {(0.0, 0.3): 0.464, (0.0, 0.4): 0.569, (0.0, 0.5): 0.667, (0.1, 0.3): 0.474, (0.1, 0.5): 0.675}


@pytest.mark.parametrize(("lost", "control"), END_LOW)
def test_the_272_patients_of_rescue_end_low(lost, control):
    n_2 = analysed_of(136, lost, 1.0)
    found = detected_rates(control, 1.0, TWO_SIDES, 0.8, n_2, "pooled")
    assert found["rate_1_above"] == pytest.approx(END_LOW[lost, control], abs=6e-4)


def test_a_rate_below_is_detected_too_or_none_is():
    found = detected_rates(0.3, 1.0, TWO_SIDES, 0.8, 136, "pooled")
    again = Proportions(rate_1=found["rate_1_below"], rate_2=0.3)
    assert proportions.power_of(again, TWO_SIDES, 136) == pytest.approx(0.8)
    assert detected_rates(0.05, 1.0, TWO_SIDES, 0.9, 30, "pooled")["rate_1_below"] is None


@settings(max_examples=40)
@given(RATES, st.floats(0.02, 0.3), st.floats(0.4, 2.5), st.booleans())
def test_non_inferiority_turns_around_and_good_and_bad_events_mirror(rate, margin, ratio, favourable):
    test = ErrorRates(alpha=0.025, sides=1)
    rates = Proportions(rate_1=rate, rate_2=rate, ratio=ratio)
    if not margin < min(rate, 1 - rate):
        return
    endpoint = within_margin(rates, margin, test, "farrington-manning", favourable=favourable)
    n_2 = endpoint.needed(0.9)
    assert endpoint.power_at(n_2) == pytest.approx(0.9, rel=1e-9)
    mirrored = Proportions(rate_1=1 - rate, rate_2=1 - rate, ratio=ratio)
    other = within_margin(mirrored, margin, test, "farrington-manning", favourable=not favourable)
    assert other.needed(0.9) == pytest.approx(n_2, rel=1e-8)


def test_the_unpooled_margin_is_the_textbook_formula():
    test = ErrorRates(alpha=0.025, sides=1)
    endpoint = within_margin(Proportions(rate_1=0.2, rate_2=0.2), 0.1, test, "unpooled", favourable=False)
    assert endpoint.needed(0.9) == pytest.approx((1.959964 + 1.281552) ** 2 * 0.32 / 0.01, rel=1e-6)


# --- Fisher's exact test -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("sides", "alternative"), [(2, "two-sided"), (1, "greater")])
@pytest.mark.parametrize(("n_1", "n_2"), [(12, 9), (7, 15)])
def test_the_power_of_fishers_test_against_every_table(sides, alternative, n_1, n_2):
    rates, test = Proportions(rate_1=0.6, rate_2=0.2), ErrorRates(sides=sides)
    first, second = binomial(n_1, 0.6), binomial(n_2, 0.2)
    slow = math.fsum(
        float(first[a] * second[c])
        for a in range(n_1 + 1)
        for c in range(n_2 + 1)
        if fisher_exact([[a, n_1 - a], [c, n_2 - c]], alternative=alternative)[1] <= 0.05
    )
    assert fisher_power(rates, test, n_1, n_2) == pytest.approx(slow, rel=1e-12)


def test_one_side_looks_in_the_direction_of_the_effect():
    test = ErrorRates(sides=1)
    high, low = Proportions(rate_1=0.6, rate_2=0.2), Proportions(rate_1=0.4, rate_2=0.8)
    assert fisher_power(high, test, 12, 12) == pytest.approx(fisher_power(low, test, 12, 12), rel=1e-9)


def test_the_size_for_fishers_test_is_enough_from_there_on():
    found = fisher_patients(LIMIT, TWO_SIDES, 0.8)
    assert fisher_power(LIMIT, TWO_SIDES, found - 1, found - 1) < 0.8
    assert all(fisher_power(LIMIT, TWO_SIDES, n, n) >= 0.8 for n in range(found, found + 10))
    assert abs(found - proportions.patients(LIMIT, TWO_SIDES, 0.8, "continuity")) < 4


def test_more_than_can_be_counted_is_refused(monkeypatch):
    monkeypatch.setattr("tissueclock.evidence.samplesize.fisher.MOST_PATIENTS", 60)
    with pytest.raises(InputError, match=r"more than 30 patients a group would be needed.*continuity"):
        fisher_patients(Proportions(rate_1=0.31, rate_2=0.127, ratio=2.0), TWO_SIDES, 0.8)


# --- ordinal shift -----------------------------------------------------------------------------------------


def test_whiteheads_own_example():
    """Shares 0.2, 0.5, 0.2, 0.1 in the control, log odds ratio 0.887, power 0.9: 187 in all (recalled)."""
    shift = shift_by_odds(shares_of([0.2, 0.5, 0.2, 0.1]), math.exp(0.887))
    assert sum(shift.first[:2]) == pytest.approx(0.85, abs=1e-3)
    assert 2 * ordinal.patients(shift, TWO_SIDES, 0.9) == pytest.approx(187, abs=0.5)


def test_the_example_of_the_manual_of_hmisc():
    """posamsize(c(.1,.2,.4,.3), 1.2) gives 3148 in all, the shares being those of both groups (recalled)."""
    shares = (0.1, 0.2, 0.4, 0.3)
    found = ordinal.patients(Shift(first=shares, second=shares, odds_ratio=1.2), TWO_SIDES, 0.8)
    assert whole(2 * found) in (3148, 3149)
    assert round(2 * found) == 3148


def test_laste_planned_450_for_an_odds_ratio_of_1_65():
    """With the control arm of TESLA, 5 and 6 together as LASTE counted them: near what it planned."""
    control = shares_of((*TESLA_CONTROL[:5], sum(TESLA_CONTROL[5:])))
    n_2 = ordinal.patients(shift_by_odds(control, 1.65), TWO_SIDES, 0.8)
    assert 2 * n_2 == pytest.approx(450, rel=0.05)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 50), min_size=7, max_size=7), st.floats(1.1, 5), st.floats(0.5, 2))
def test_an_odds_ratio_shifts_every_cut_alike(counts, odds_ratio, ratio):
    if sum(count > 0 for count in counts) < 2:
        return
    shift = shift_by_odds(shares_of(counts), odds_ratio, ratio)
    assert math.fsum(shift.first) == pytest.approx(1.0)
    for cut in range(1, 7):
        one, other = sum(shift.first[:cut]), sum(shift.second[:cut])
        if 1e-9 < other < 1 - 1e-9:
            assert one / (1 - one) == pytest.approx(odds_ratio * other / (1 - other), rel=1e-6)
    n_2 = ordinal.patients(shift, TWO_SIDES, 0.8)
    assert ordinal.power_of(shift, TWO_SIDES, n_2) == pytest.approx(0.8, rel=1e-9)
    assert shift.chance_better > 0.5


def test_the_chance_of_doing_better_against_all_pairs():
    first, second = (0.2, 0.3, 0.1, 0.4), (0.1, 0.2, 0.3, 0.4)
    shift = Shift(first=first, second=second)
    slow = sum(
        a * b * (1.0 if i < j else 0.5 if i == j else 0.0)
        for i, a in enumerate(first)
        for j, b in enumerate(second)
    )
    assert shift.chance_better == pytest.approx(slow)


def test_wilcoxon_is_near_whitehead_for_a_small_shift_and_an_odds_ratio_of_a_half_mirrors_two():
    shift = shift_by_odds(shares_of(TESLA_CONTROL), 1.2)
    free = Shift(first=shift.first, second=shift.second)
    by_odds, by_ranks = (ordinal.patients(item, TWO_SIDES, 0.8) for item in (shift, free))
    assert by_ranks == pytest.approx(by_odds, rel=0.02)
    back = shift_by_odds(shift.first, 1 / 1.2)
    assert ordinal.patients(back, TWO_SIDES, 0.8) == pytest.approx(by_odds, rel=1e-9)


def test_the_least_odds_ratio_has_the_power_that_was_asked_for():
    control = shares_of(TESLA_CONTROL)
    found = detected_odds(control, 1.0, TWO_SIDES, 0.8, 225)["odds_ratio"]
    assert ordinal.power_of(shift_by_odds(control, found), TWO_SIDES, 225) == pytest.approx(0.8)
    assert detected_odds(control, 1.0, TWO_SIDES, 0.8, 1)["odds_ratio"] is None


def test_shares_percentages_and_counts_are_the_same():
    assert shares_of([20, 30, 50]) == shares_of([0.2, 0.3, 0.5]) == shares_of([2, 3, 5])
    assert shares_of([33.3, 33.3, 33.3]) == pytest.approx((1 / 3,) * 3)


# --- whole patients ----------------------------------------------------------------------------------------


def test_patients_are_rounded_up_group_by_group_and_enlarged_before():
    size = make_size(78.8523, 2.0, dropout=0.05, inflation=1.1)
    assert (size.analysed_1, size.analysed_2, size.analysed) == (158, 79, 237)
    assert (size.enrolled_1, size.enrolled_2) == (
        math.ceil(157.7046 * 1.1 / 0.95),
        math.ceil(78.8523 * 1.1 / 0.95),
    )
    assert (whole(80.0000000001), whole(80.001), whole(0.2)) == (80, 81, 1)


def test_whole_patients_attain_a_little_more_and_losses_are_made_up_for():
    endpoint = two_proportions(LIMIT, TWO_SIDES, "pooled")
    answer = answer_size(endpoint, 0.8, dropout=0.1, inflation=1.02)
    assert 0.8 <= answer.attained < 0.81
    back = answer_power(endpoint, answer.enrolled, dropout=0.1, inflation=1.02)
    assert back.power == pytest.approx(0.8, abs=0.01)
    assert back.analysed[1] >= 78.85


def test_the_curve_rises_to_the_end():
    curve = power_curve(ordinal_shift(shift_by_odds(shares_of(TESLA_CONTROL), 1.65), TWO_SIDES), 400)
    assert [power for _, power in curve] == sorted(power for _, power in curve)
    assert curve[-1][0] == 800


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: Proportions(rate_1=0.0, rate_2=0.2), "rates are 0 and 0.2"),
        (lambda: Proportions(rate_1=0.1, rate_2=0.2, ratio=0.0), "allocation ratio is 0"),
        (lambda: ErrorRates(alpha=1.0), "alpha is 1 on 2 sides"),
        (lambda: proportions.patients(LIMIT, TWO_SIDES, 1.0), "power of 1"),
        (lambda: proportions.patients(LIMIT, TWO_SIDES, 0.8, "exact"), "no method 'exact'.*pooled"),
        (
            lambda: proportions.patients(Proportions(rate_1=0.2, rate_2=0.2), TWO_SIDES, 0.8),
            "both rates agree",
        ),
        (lambda: proportions.power_of(LIMIT, TWO_SIDES, 0), "0 patients"),
        (lambda: proportions.margin_patients(LIMIT, 0.1, TWO_SIDES, 0.8, "x"), "no method 'x'"),
        (lambda: proportions.margin_patients(LIMIT, 0.183, TWO_SIDES, 0.8), "margin 0.183"),
        (lambda: proportions.margin_power(LIMIT, 0.1, TWO_SIDES, 0), "0 patients"),
        (lambda: proportions.patients(LIMIT, TWO_SIDES, 0.01), "so low that no patient"),
        (lambda: within_margin(LIMIT, 0.1, TWO_SIDES, "unpooled", favourable=False), "worse by 0.183"),
        (lambda: fisher_power(LIMIT, TWO_SIDES, 0, 5), "groups of 0 and 5"),
        (lambda: shares_of([1.0]), "1 levels"),
        (lambda: shares_of([3, -1]), "2 levels with 2"),
        (lambda: shares_of([0.5, 0.4]), "shares sum to 0.9"),
        (lambda: shift_by_odds((0.5, 0.5), 1.0), "odds ratio is 1"),
        (lambda: Shift(first=(0.5, 0.5), second=(0.2, 0.3, 0.5)), "2 and 3 levels"),
        (lambda: ordinal.patients(shift_by_odds((1.0, 0.0), 2.0), TWO_SIDES, 0.8), "on one level"),
        (
            lambda: ordinal.patients(Shift(first=(0.5, 0.5), second=(0.5, 0.5)), TWO_SIDES, 0.8),
            "neither group",
        ),
        (lambda: ordinal.patients(shift_by_odds((0.5, 0.5), 2.0), TWO_SIDES, 0.01), "so low"),
        (lambda: ordinal.power_of(shift_by_odds((0.5, 0.5), 2.0), TWO_SIDES, 0), "0 patients"),
        (lambda: make_size(10.0, 1.0, dropout=1.0), "drop-out of 1"),
        (lambda: analysed_of(10, 0.0, 0.5), "inflation of 0.5"),
    ],
)
def test_what_has_no_size_is_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()
