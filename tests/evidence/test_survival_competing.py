"""Competing causes: cumulative incidence and Gray's test against slow versions, lifelines and truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from lifelines import AalenJohansenFitter
from survival_lab import follow_ups

from tissueclock.evidence.survival.competing import cumulative_incidence, gray_test
from tissueclock.evidence.survival.data import follow_up
from tissueclock.evidence.survival.kaplan_meier import kaplan_meier
from tissueclock.evidence.survival.log_rank import log_rank


def slow_incidence(times, causes, cause, moment):
    """Return the incidence at a moment, and its variance, from the sums of the definition."""
    steps = sorted(set(times[causes > 0]))
    alive, shares = 1.0, []
    for step in steps:
        risk = int((times >= step).sum())
        this = int(((times == step) & (causes == cause)).sum())
        other = int(((times == step) & (causes > 0)).sum()) - this
        shares.append((step, alive, risk, this, other))
        alive *= 1 - (this + other) / risk
    reached = [(before * this / risk) for step, before, risk, this, _ in shares if step <= moment]
    total, so_far, variance = math.fsum(reached), 0.0, 0.0
    for step, before, risk, this, other in shares:
        if step > moment:
            break
        so_far += before * this / risk
        passing = 1 - (this + other) / risk
        later = (total - so_far) / passing if passing > 0 else 0.0
        for events, weight in ((this, before - later), (other, -later)):
            ties = 1 - (events - 1) / (risk - 1) if events > 1 else 1
            variance += weight**2 * events / risk**2 * ties
    return total, variance


@given(data=follow_ups(groups=1, causes=3))
def test_incidence_and_variance_are_those_of_the_definition(data):
    for cause in (1, 2, 3):
        found = cumulative_incidence(data.times, data.causes, cause)
        for moment in (0.0, 2.0, 5.0, 8.0):
            share, variance = found.at(moment)
            assert (share, variance) == pytest.approx(
                slow_incidence(data.times, data.causes, cause, moment), abs=1e-9
            )


@given(data=follow_ups(groups=1, causes=3))
def test_causes_and_survival_add_up_to_one(data):
    causes = [cumulative_incidence(data.times, data.causes, cause) for cause in (1, 2, 3)]
    survival = kaplan_meier(data.times, data.events).survival_at(causes[0].times)
    assert sum(found.incidence for found in causes) + survival == pytest.approx(1, abs=1e-12)


@given(data=follow_ups(groups=1, causes=1))
def test_with_one_cause_it_is_one_minus_kaplan_meier(data):
    found = cumulative_incidence(data.times, data.causes, 1)
    survival = kaplan_meier(data.times, data.events).survival_at(found.times)
    assert found.incidence == pytest.approx(1 - survival, abs=1e-12)


@given(data=follow_ups(groups=1, causes=2))
def test_intervals_hold_the_incidence_and_lie_within_0_and_1(data):
    found = cumulative_incidence(data.times, data.causes, 2)
    low, high = found.interval()
    assert ((low >= 0) & (low <= found.incidence + 1e-12)).all()
    assert ((found.incidence <= high + 1e-12) & (high <= 1)).all()


def test_an_incidence_that_is_one_but_for_rounding_is_one():
    rounded = 0
    for n in range(3, 60):
        found = cumulative_incidence(np.arange(n), np.ones(n, dtype=int), 1)
        low, high = found.interval()
        assert found.incidence[-1] <= 1
        assert low[-1] == high[-1] == found.incidence[-1] == pytest.approx(1)
        rounded += found.incidence[-1] != 1
    assert rounded  # else this would test nothing


def test_as_lifelines_has_it_without_ties():
    draw = np.random.default_rng(2)
    times, causes = draw.exponential(size=80), draw.integers(0, 3, 80)
    theirs = AalenJohansenFitter(calculate_variance=False).fit(times, causes, event_of_interest=1)
    found = cumulative_incidence(times, causes, 1)
    table = theirs.cumulative_density_
    there = table.iloc[:, 0].to_numpy()[np.searchsorted(table.index, found.times, side="right") - 1]
    assert found.incidence == pytest.approx(there, abs=1e-9)


def draw_trial(draw, n, ratio):
    """Return two groups: cause 1 with hazards 0.5 and 0.5 x ratio, cause 2 with 0.5, follow-up to 2."""
    hazard = np.repeat([0.5, 0.5 * ratio], n)
    time = draw.exponential(1 / (hazard + 0.5))
    first = draw.random(2 * n) < hazard / (hazard + 0.5)
    cause = np.where(time > 2, 0, np.where(first, 1, 2))
    return follow_up(np.minimum(time, 2), cause, ["a"] * n + ["b"] * n)


def test_a_known_incidence_is_found_again():
    data = draw_trial(np.random.default_rng(3), 4000, 1.0)
    found = cumulative_incidence(data.times, data.causes, 1)
    for moment in (0.5, 1.0, 1.9):
        truth = (1 - math.exp(-moment)) / 2
        share, variance = found.at(moment)
        assert share == pytest.approx(truth, abs=4 * math.sqrt(variance))


def test_grays_test_keeps_its_size_and_finds_a_difference():
    draw = np.random.default_rng(4)
    small = sum(gray_test(draw_trial(draw, 50, 1.0), 1).p < 0.05 for _ in range(200))
    found = sum(gray_test(draw_trial(draw, 50, 3.0), 1).p < 0.05 for _ in range(50))
    assert 2 <= small <= 20
    assert found > 35


@settings(max_examples=40)
@given(data=follow_ups(groups=3, causes=2))
def test_the_order_of_the_groups_does_not_matter(data):
    turned = follow_up(
        data.times, data.causes, [data.groups[at] for at in data.group], order=data.groups[::-1]
    )
    one, other = gray_test(data, 1), gray_test(turned, 1)
    assert (one.p is None) == (other.p is None)
    if one.statistic is not None:
        assert one.statistic == pytest.approx(other.statistic, rel=1e-6, abs=1e-9)


def test_without_competing_events_it_is_close_to_the_log_rank_test():
    draw = np.random.default_rng(5)
    times, group = draw.exponential(size=200), ["a"] * 100 + ["b"] * 100
    data = follow_up(times, np.ones(200, dtype=int), group)
    assert gray_test(data, 1).statistic == pytest.approx(log_rank(data).statistic, rel=0.1)


def test_strata_add_up_in_grays_test_and_two_like_ones_double_it():
    draw = np.random.default_rng(6)
    one = draw_trial(draw, 40, 2.0)
    groups = [one.groups[at] for at in one.group]
    twice = follow_up(np.tile(one.times, 2), np.tile(one.causes, 2), groups * 2, ["x"] * 80 + ["y"] * 80)
    assert gray_test(twice, 1).statistic == pytest.approx(2 * gray_test(one, 1).statistic)


def test_a_test_that_cannot_be_made_says_why():
    assert "one group" in gray_test(follow_up([1, 2], [1, 2]), 1).reason
    never = gray_test(follow_up([1, 2, 3], [2, 2, 2], ["a", "b", "a"]), 1)
    assert (never.p, never.reason) == (None, "too few events to compare the groups")
    assert never.to_json()["reason"]
