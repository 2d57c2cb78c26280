"""Inference of group-sequential trials: definitions, one look as the usual test, and two proportions."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.evidence.farrington_manning import Rates, restricted_rates, score_interval, score_z
from tissueclock.evidence.monitoring.design import make_design
from tissueclock.evidence.monitoring.futility import FixedFutility
from tissueclock.evidence.monitoring.inference import (
    analyse,
    final_inference,
    repeated_p,
    stagewise_tail,
)
from tissueclock.evidence.monitoring.plan import Plan, even_looks, upper_bounds
from tissueclock.evidence.monitoring.rates import analyse_rates, pooled_z, unpooled_error
from tissueclock.evidence.monitoring.rules import choose_rule

NORMAL = NormalDist()
PLAN = Plan(information=even_looks(3), alpha=0.05, sides=2, rule=choose_rule("of"))
DESIGN = make_design(PLAN)
ONE_SIDE = make_design(Plan(information=(0.4, 0.7, 1.0), alpha=0.025, rule=choose_rule("pocock")))


def test_one_look_is_the_usual_test_and_interval():
    design = make_design(Plan(information=(1.0,), alpha=0.05, sides=2, rule=choose_rule("of")))
    found = analyse(design, [2.4])
    usual = 2 * NORMAL.cdf(-2.4)
    assert found.final.p == pytest.approx(usual)
    assert found.final.median_unbiased == pytest.approx(2.4)
    assert found.final.interval == pytest.approx((2.4 - 1.959964, 2.4 + 1.959964), abs=1e-6)
    assert found.looks[0].repeated_p == pytest.approx(usual, rel=1e-8)
    assert found.looks[0].drift_interval == pytest.approx(found.final.interval)


def test_the_repeated_p_puts_the_bound_on_z():
    for look, z in ((1, 2.5), (2, -2.0), (3, 1.7)):
        p = repeated_p(PLAN, look, z)
        again = Plan(information=PLAN.information, alpha=p, sides=2, rule=PLAN.rule)
        assert upper_bounds(again)[look - 1] == pytest.approx(abs(z), abs=1e-8)


def test_the_repeated_p_is_below_alpha_where_the_bound_is_crossed():
    for look, bound in enumerate(DESIGN.upper, start=1):
        assert repeated_p(PLAN, look, bound + 0.01) < 0.05 < repeated_p(PLAN, look, bound - 0.01)


def test_where_no_repeated_p_is_to_be_had():
    assert repeated_p(PLAN, 1, 0.0) is None
    fixed = Plan(information=(0.5, 1.0), alpha=0.05, rule=choose_rule("haybittle-peto"))
    assert repeated_p(fixed, 2, 2.0) is None
    assert repeated_p(PLAN, 3, 12.0) == pytest.approx(2e-12)


@settings(max_examples=15)
@given(st.integers(1, 3), st.floats(-2, 6), st.floats(-1, 4))
def test_the_tail_of_stagewise_ordering_rises_with_the_effect_and_falls_with_z(look, drift, z):
    tail = stagewise_tail(ONE_SIDE, look, z, drift)
    assert 0 <= tail <= 1
    assert stagewise_tail(ONE_SIDE, look, z, drift + 0.5) >= tail - 1e-13
    assert stagewise_tail(ONE_SIDE, look, z + 0.5, drift) <= tail + 1e-13


def test_an_earlier_stop_is_the_stronger_result():
    first = final_inference(ONE_SIDE, 1, ONE_SIDE.upper[0]).p
    second = final_inference(ONE_SIDE, 2, 8.0).p
    third = final_inference(ONE_SIDE, 3, ONE_SIDE.upper[2]).p
    assert first == pytest.approx(ONE_SIDE.alpha_spent[0])
    assert first <= second <= third == pytest.approx(0.025)


@pytest.mark.parametrize(("look", "z"), [(1, 3.0), (2, 2.5), (3, 1.0)])
def test_interval_and_estimate_are_where_the_tail_says(look, z):
    found = final_inference(ONE_SIDE, look, z)
    low, high = found.interval
    assert stagewise_tail(ONE_SIDE, look, z, low) == pytest.approx(0.025, rel=1e-8)
    assert stagewise_tail(ONE_SIDE, look, z, found.median_unbiased) == pytest.approx(0.5, rel=1e-8)
    assert stagewise_tail(ONE_SIDE, look, z, high) == pytest.approx(0.975, rel=1e-8)
    assert (low > 0) is (found.p < 0.025)


def test_stopping_early_for_efficacy_shrinks_the_estimate():
    z, fraction = 4.0, PLAN.information[0]
    assert final_inference(DESIGN, 1, z).median_unbiased == pytest.approx(z / math.sqrt(fraction))
    later = final_inference(DESIGN, 2, 2.6)
    assert later.median_unbiased < 2.6 / math.sqrt(PLAN.information[1])


@pytest.mark.parametrize(
    ("z", "verdicts", "ended"),
    [
        ((0.5,), ["go on"], None),
        ((0.5, 2.6), ["go on", "stop for efficacy"], 2),
        ((-3.8,), ["stop for harm"], 1),
        ((0.5, 1.0, 1.9), ["go on", "go on", "no effect shown"], 3),
        ((4.0, 1.0), ["stop for efficacy", "go on"], 1),
    ],
)
def test_the_verdicts_of_two_sides(z, verdicts, ended):
    found = analyse(DESIGN, z)
    assert [look.verdict for look in found.looks] == verdicts
    assert (found.final.look if found.final else None) == ended


def test_futility_ends_a_trial_and_the_bound_may_be_touched():
    design = make_design(PLAN, futility=FixedFutility((-0.5, 0.5)))
    assert analyse(design, [0.0, 0.5]).looks[1].verdict == "stop for futility"
    assert analyse(design, [0.0, 0.51]).final is None
    assert analyse(design, [-4.0]).looks[0].verdict == "stop for futility"


@pytest.mark.parametrize("z", [(), (1.0, 1.0, 1.0, 1.0), (math.nan,)])
def test_no_z_too_many_or_one_that_is_none_are_refused(z):
    with pytest.raises(InputError, match="z values were given for 3 looks"):
        analyse(DESIGN, z)


# --- two proportions ---------------------------------------------------------------------------------------


def slow_restricted(rates, difference):
    """Return the most likely first rate with that difference by ternary search over the likelihood."""

    def log_likelihood(first):
        second = first - difference
        parts = ((rates.events_1, rates.n_1, first), (rates.events_2, rates.n_2, second))
        return sum(x * math.log(p) + (n - x) * math.log(1 - p) for x, n, p in parts)

    low, high = max(0.0, difference) + 1e-12, min(1.0, 1 + difference) - 1e-12
    for _ in range(200):
        third = (high - low) / 3
        if log_likelihood(low + third) < log_likelihood(high - third):
            low += third
        else:
            high -= third
    return (low + high) / 2


@settings(max_examples=40)
@given(st.integers(1, 20), st.integers(1, 20), st.floats(-0.8, 0.8))
def test_restricted_rates_against_a_search(events_1, events_2, difference):
    rates = Rates(events_1, 30, events_2, 21)
    first, second = restricted_rates(rates.events_1 / 30, rates.events_2 / 21, 21 / 30, difference)
    assert first == pytest.approx(slow_restricted(rates, difference), abs=2e-7)
    assert first - second == pytest.approx(difference, abs=1e-12)


def test_the_score_of_no_difference_is_pooled_z():
    rates = Rates(31, 100, 13, 102)
    assert score_z(rates, 0.0) == pytest.approx(pooled_z(rates), rel=1e-12)


@settings(max_examples=30)
@given(st.integers(0, 12), st.integers(0, 9))
def test_the_score_interval_holds_the_difference_and_its_ends_are_z_away(events_1, events_2):
    rates = Rates(events_1, 12, events_2, 9)
    low, high = score_interval(rates, 2.5)
    assert -1 <= low <= rates.difference <= high <= 1
    for end, z in ((low, 2.5), (high, -2.5)):
        if abs(end) < 1:
            assert score_z(rates, end) == pytest.approx(z, abs=1e-6)


def test_events_that_are_bad_turn_the_sign_and_not_the_difference():
    looks = [Rates(5, 41, 12, 40), Rates(9, 72, 21, 70)]
    good = analyse_rates(DESIGN, [Rates(12, 40, 5, 41), Rates(21, 70, 9, 72)])
    bad = analyse_rates(DESIGN, looks, fewer_is_better=True)
    assert [look.z for look in bad.analysis.looks] == pytest.approx([look.z for look in good.analysis.looks])
    assert bad.estimate == pytest.approx(-good.estimate)
    assert bad.interval == pytest.approx((-good.interval[1], -good.interval[0]))
    assert bad.repeated[0] == pytest.approx((-good.repeated[0][1], -good.repeated[0][0]), abs=1e-9)


def test_the_final_estimate_of_one_look_is_near_the_difference():
    design = make_design(Plan(information=(1.0,), alpha=0.05, sides=2, rule=choose_rule("of")))
    rates = Rates(31, 100, 13, 102)
    found = analyse_rates(design, [rates])
    assert found.estimate == pytest.approx(pooled_z(rates) * unpooled_error(rates))
    assert found.estimate == pytest.approx(rates.difference, rel=0.05)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: Rates(5, 4, 1, 3), "group 1 has 5 events of 4"),
        (lambda: Rates(1, 4, 0, 0), "group 2 has 0 events of 0"),
        (lambda: pooled_z(Rates(0, 40, 0, 41)), "0 of 81 patients have the event"),
        (lambda: analyse_rates(DESIGN, [Rates(5, 10, 3, 10), Rates(4, 20, 3, 20)]), "counts of look 2"),
        (lambda: analyse_rates(DESIGN, [Rates(5, 10, 3, 10), Rates(5, 10, 3, 10)]), "counts of look 2"),
    ],
)
def test_impossible_counts_are_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()


def test_a_difference_outside_the_scale_is_refused():
    with pytest.raises(ValueError, match="none between rates"):
        restricted_rates(0.5, 0.5, 1.0, 1.0)
