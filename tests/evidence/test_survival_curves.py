"""Kaplan-Meier, log-rank and restricted means: slow versions, lifelines, known truth, and where they end."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from survival_lab import a_trial, follow_ups, slow_survival

from tissueclock.evidence.survival.data import FollowUp, follow_up
from tissueclock.evidence.survival.kaplan_meier import Scale, kaplan_meier
from tissueclock.evidence.survival.log_rank import log_rank
from tissueclock.evidence.survival.restricted_mean import longest_horizon, mean_difference, restricted_mean


@settings(max_examples=25)
@given(data=follow_ups())
def test_survival_person_by_person_and_as_lifelines_has_it(data):
    found = kaplan_meier(data.times, data.events)
    for time, share in zip(found.times, found.survival, strict=True):
        assert share == pytest.approx(slow_survival(data.times, data.events, time), abs=1e-12)
    theirs = KaplanMeierFitter().fit(data.times, data.events).survival_function_at_times(found.times)
    assert found.survival == pytest.approx(theirs.to_numpy(), abs=1e-12)


@given(data=follow_ups(), scale=st.sampled_from(Scale), level=st.sampled_from([0.5, 0.9, 0.99]))
def test_an_interval_holds_the_curve_and_lies_within_0_and_1(data, scale, level):
    found = kaplan_meier(data.times, data.events)
    low, high = found.interval(scale, level)
    known = found.survival > 0
    assert np.isnan(low[~known]).all()
    assert ((low >= 0) & (low <= found.survival + 1e-9) & (found.survival <= high + 1e-9) & (high <= 1))[
        known
    ].all()


@given(data=follow_ups(), share=st.sampled_from([0.25, 0.5, 0.75]))
def test_a_quantile_is_where_the_curve_first_comes_down_to_it(data, share):
    found = kaplan_meier(data.times, data.events)
    middle, low, high = found.quantile(share)
    if middle is None:
        assert found.survival[-1] > 1 - share
        return
    assert found.survival_at(middle) <= 1 - share + 1e-9
    assert found.survival_at(np.nextafter(float(found.times[0]), -1)) == 1
    assert low is None or low <= middle
    assert high is None or middle <= high


def test_a_curve_that_is_flat_at_a_half_has_its_median_in_the_middle():
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).quantile(0.5)[0] == 2.5
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).quantile(0.5)[0] == 2
    assert kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).quantile(0.5)[0] is None


def test_everything_of_one_small_curve_by_hand():
    found = kaplan_meier([2, 3, 3, 5, 8], [1, 1, 0, 0, 1])
    assert list(found.times) == [2, 3, 5, 8]
    assert (list(found.at_risk), list(found.events), list(found.censored)) == (
        [5, 4, 2, 1],
        [1, 1, 0, 1],
        [0, 1, 1, 0],
    )
    assert found.survival == pytest.approx([0.8, 0.6, 0.6, 0])
    assert found.greenwood[1] == pytest.approx(1 / 20 + 1 / 12)
    assert found.standard_error[1] == pytest.approx(0.6 * math.sqrt(1 / 20 + 1 / 12))
    assert math.isnan(found.standard_error[3])
    assert found.hazard == pytest.approx([0.2, 0.45, 0.45, 1.45])
    assert list(found.survival_at([0, 2, 4, 100])) == pytest.approx([1, 0.8, 0.6, 0])
    assert found.n == 5


def test_without_an_event_survival_is_one_and_its_interval_too():
    found = kaplan_meier([1, 2], [0, 0])
    low, high = found.interval()
    assert (list(found.survival), list(low), list(high)) == ([1, 1], [1, 1], [1, 1])


@settings(max_examples=25)
@given(data=follow_ups(groups=3))
def test_log_rank_as_lifelines_has_it(data):
    found = log_rank(data)
    if found.p is None or found.df < 2:
        return
    theirs = multivariate_logrank_test(data.times, data.group, data.events)
    assert found.statistic == pytest.approx(theirs.test_statistic, rel=1e-6, abs=1e-9)
    assert found.p == pytest.approx(theirs.p_value, rel=1e-6, abs=1e-9)


@settings(max_examples=40)
@given(data=follow_ups(strata=3), rho=st.sampled_from([0.0, 1.0]))
def test_strata_add_up(data, rho):
    found, parts = log_rank(data, rho), [log_rank(part, rho) for part in data.by_stratum()]
    assert found.observed == pytest.approx(np.sum([part.observed for part in parts], axis=0))
    assert found.expected == pytest.approx(np.sum([part.expected for part in parts], axis=0))
    assert found.covariance == pytest.approx(np.sum([part.covariance for part in parts], axis=0))
    assert found.strata == len(parts)
    if found.statistic is not None:
        excess = found.observed[1] - found.expected[1]
        assert found.statistic == pytest.approx(excess**2 / found.covariance[1, 1])


@given(data=follow_ups(groups=3))
def test_observed_and_expected_events_are_as_many(data):
    found = log_rank(data)
    assert sum(found.observed) == pytest.approx(int(data.events.sum()))
    assert sum(found.expected) == pytest.approx(sum(found.observed))
    assert found.covariance.sum(axis=0) == pytest.approx(0, abs=1e-9)


def test_strata_take_a_confounder_away():
    """Within each stratum the groups are alike; crude, the group that is sick more often looks worse."""
    sick, well = [1, 2, 3, 4] * 10, [11, 12, 13, 14] * 10
    times = [*sick, *sick[:8], *well[:8], *well]
    groups = ["a"] * 40 + ["b"] * 8 + ["a"] * 8 + ["b"] * 40
    strata = ["sick"] * 48 + ["well"] * 48
    crude = log_rank(follow_up(times, [1] * 96, groups))
    stratified = log_rank(follow_up(times, [1] * 96, groups, strata))
    assert crude.p < 1e-4
    assert stratified.p == pytest.approx(1)


def test_a_test_that_cannot_be_made_says_why():
    assert "fewer than two groups" in log_rank(follow_up([1, 2], [1, 1])).reason
    apart = log_rank(follow_up([1, 5, 6], [0, 1, 1], ["a", "b", "b"]))
    assert (apart.p, "fewer than two groups" in apart.reason) == (None, True)
    one = log_rank(follow_up([1, 1], [1, 1], ["a", "b"]))
    assert (one.p, "no moment compares the groups" in one.reason) == (None, True)


def test_a_constant_hazard_is_found_again():
    data = a_trial(4000, 0.5, seed=3)
    curves = [kaplan_meier(*data.of_group(at)) for at in (0, 1)]
    for curve, hazard in zip(curves, (1.0, 0.5), strict=True):
        for moment in (0.5, 1.0, 2.0):
            assert curve.survival_at(moment) == pytest.approx(math.exp(-hazard * moment), abs=0.03)
    means = [restricted_mean(curve, "", 2.0).mean for curve in curves]
    assert means == pytest.approx([1 - math.exp(-2), 2 * (1 - math.exp(-1))], abs=0.03)


@settings(max_examples=30)
@given(data=follow_ups())
def test_a_restricted_mean_is_the_area_under_the_curve(data):
    curve = kaplan_meier(data.times, data.events)
    horizon = float(curve.times[-1])
    if horizon == 0:
        return
    fine = np.linspace(0, horizon, 8 * 500, endpoint=False) + horizon / 8000
    area = float(curve.survival_at(fine).mean()) * horizon
    assert restricted_mean(curve, "", horizon).mean == pytest.approx(area, abs=0.02)


def test_without_censoring_a_restricted_mean_has_the_error_of_a_mean():
    times = np.random.default_rng(4).exponential(size=50)
    horizon = 1.2
    found = restricted_mean(kaplan_meier(times, np.ones(50)), "", horizon)
    cut = np.minimum(times, horizon)
    assert found.mean == pytest.approx(cut.mean())
    assert found.standard_error == pytest.approx(cut.std() / math.sqrt(50), rel=1e-9)


def test_the_interval_of_a_difference_covers_the_truth():
    truth = 2 * (1 - math.exp(-0.5)) - (1 - math.exp(-1))
    held = 0
    for number in range(200):
        data = a_trial(60, 0.5, seed=5 + number)
        first, second = (restricted_mean(kaplan_meier(*data.of_group(at)), "", 1.0) for at in (1, 0))
        low, high = mean_difference(first, second).interval
        held += low <= truth <= high
    assert 180 <= held <= 199


def test_a_difference_and_a_ratio_by_hand():
    first = restricted_mean(kaplan_meier([2, 4], [1, 1]), "new", 4.0)
    second = restricted_mean(kaplan_meier([1, 3], [1, 1]), "old", 4.0)
    found = mean_difference(first, second)
    assert (first.mean, second.mean, found.difference, found.ratio) == (3, 2, 1, 1.5)
    assert found.standard_error == pytest.approx(math.hypot(first.standard_error, second.standard_error))
    assert found.to_json()["interval"] == list(found.interval)
    same = mean_difference(*[restricted_mean(kaplan_meier([2, 2], [0, 0]), "x", 2.0)] * 2)
    assert (same.difference, same.p) == (0, None)


def test_a_horizon_lies_within_what_is_known():
    short, done = kaplan_meier([1, 2], [1, 0]), kaplan_meier([1, 2], [1, 1])
    assert longest_horizon([short, kaplan_meier([5], [1])]) == 2
    for horizon in (0, 2.5):
        with pytest.raises(ValueError, match=f"horizon {horizon:g} is not between 0 and 2"):
            restricted_mean(short, "x", horizon)
    assert restricted_mean(done, "x", 5.0).mean == 1.5
    with pytest.raises(ValueError, match="different horizons"):
        mean_difference(restricted_mean(short, "x", 1.0), restricted_mean(short, "x", 2.0))


@pytest.mark.parametrize(
    ("times", "causes", "message"),
    [
        ([], [], "nobody"),
        ([-1.0], [1], "negative"),
        ([math.nan], [1], "not finite"),
        ([1.0], [-1], "below 0"),
        ([1.0, 2.0], [1], "differ in length"),
    ],
)
def test_what_is_no_follow_up_is_refused(times, causes, message):
    with pytest.raises(ValueError, match=message):
        follow_up(times, causes)


def test_groups_stand_in_the_order_asked_for_or_in_that_of_the_rows():
    assert follow_up([1, 2], [1, 1], ["b", "a"]).groups == ("b", "a")
    asked = follow_up([1, 2], [1, 1], ["b", "a"], order=["a", "b"])
    assert (asked.groups, list(asked.group)) == (("a", "b"), [1, 0])
    assert isinstance(asked, FollowUp)
