"""Bayesian rules: closed forms, slow sums, published posteriors, and what is refused."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc, betaincinv

from tissueclock.core.errors import InputError
from tissueclock.evidence.bayes.behaviour import behaviour, plan_looks
from tissueclock.evidence.bayes.beta import JEFFREYS, Beta, chance_greater
from tissueclock.evidence.bayes.predictive import Rule, beta_binomial, predictive_chance, success_edge
from tissueclock.evidence.bayes.utility import (
    DAWN_WEIGHTS,
    Utility,
    chance_better,
    difference_interval,
    posterior,
)
from tissueclock.evidence.binomial import binomial
from tissueclock.evidence.farrington_manning import Rates
from tissueclock.protocol.results.registry import results

SHAPES = st.integers(1, 200)
FLAT = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS)


def closed_form(first, second):
    """Return P(first > second) for whole parameters: a finite sum of beta functions."""

    def log_beta(a, b):
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    a, b, c, d = int(first.a), int(first.b), int(second.a), int(second.b)
    return math.fsum(
        math.exp(log_beta(c + i, d + b) - math.log(b + i) - log_beta(1 + i, b) - log_beta(c, d))
        for i in range(a)
    )


@settings(max_examples=60)
@given(SHAPES, SHAPES, SHAPES, SHAPES)
def test_one_proportion_above_another_against_the_closed_form(a, b, c, d):
    found = chance_greater(Beta(a, b), Beta(c, d))
    assert found == pytest.approx(closed_form(Beta(a, b), Beta(c, d)), abs=1e-11)


@settings(max_examples=20)
@given(
    st.floats(0.05, 90), st.floats(0.05, 90), st.floats(0.05, 90), st.floats(0.05, 90), st.floats(-0.9, 0.9)
)
def test_either_is_greater(a, b, c, d, margin):
    one, other = Beta(a, b), Beta(c, d)
    assert chance_greater(one, other, margin) + chance_greater(other, one, -margin) == (
        pytest.approx(1.0, abs=1e-9)
    )


@pytest.mark.parametrize(
    ("first", "second", "margin"),
    [
        (Beta(9.5, 91.5), Beta(5.5, 97.5), 0.02),
        (Beta(3.5, 10.0), Beta(2.0, 2.0), -0.1),
        (Beta(40.5, 2.0), Beta(38.0, 3.0), 0.02),
    ],
)
def test_a_margin_against_adaptive_quadrature(first, second, margin):
    def integrand(share):
        rate = min(max(betaincinv(first.a, first.b, share) - margin, 0.0), 1.0)
        return betainc(second.a, second.b, rate)

    slow = quad(integrand, 0, 1, epsabs=1e-11, limit=400)[0]
    assert chance_greater(first, second, margin) == pytest.approx(slow, abs=1e-8)


def test_posteriors_add_what_was_seen():
    found = Beta(0.5, 9.5).after(4, 20)
    assert (found.a, found.b) == (4.5, 25.5)
    assert found.mean == pytest.approx(0.15)
    low, high = found.interval(0.9)
    assert found.chance_above(low) == pytest.approx(0.95)
    assert found.chance_above(high) == pytest.approx(0.05)


# --- success at the end ------------------------------------------------------------------------------------


def slow_predictive(rule, now, ends):
    """Return the chance of success summed over every result that can still come."""
    first = beta_binomial(rule.prior_1.after(now.events_1, now.n_1), ends[0] - now.n_1)
    second = beta_binomial(rule.prior_2.after(now.events_2, now.n_2), ends[1] - now.n_2)
    return math.fsum(
        float(first[i] * second[j])
        for i in range(first.size)
        for j in range(second.size)
        if rule.succeeds(Rates(now.events_1 + i, ends[0], now.events_2 + j, ends[1]))
    )


@pytest.mark.parametrize("fewer", [False, True])
@pytest.mark.parametrize("margin", [0.0, 0.1])
def test_predicted_success_against_the_whole_sum(fewer, margin):
    rule = Rule(prior_1=JEFFREYS, prior_2=Beta(1, 1), limit=0.8, margin=margin, fewer_is_better=fewer)
    now, ends = Rates(3, 10, 2, 9), (17, 15)
    assert predictive_chance(rule, now, *ends) == pytest.approx(slow_predictive(rule, now, ends), abs=1e-13)


def test_at_the_end_the_prediction_is_the_verdict():
    rule = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS, limit=0.9)
    for now in (Rates(9, 12, 2, 12), Rates(3, 12, 2, 12)):
        assert predictive_chance(rule, now, 12, 12) == float(rule.succeeds(now))


def test_the_edge_never_falls_with_more_events_on_the_other_side():
    rule = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS)
    edge = success_edge(rule, Rates(5, 20, 5, 20), (40, 40))
    assert (np.diff(edge) >= 0).all()
    assert edge[0] > 0


def test_what_is_to_come_is_a_distribution_with_the_posterior_mean():
    chances = beta_binomial(Beta(3, 5), 40)
    assert chances.sum() == pytest.approx(1.0)
    assert chances @ np.arange(41) == pytest.approx(40 * 3 / 8)
    assert beta_binomial(Beta(3, 5), 0).tolist() == [1.0]


# --- how a rule with looks behaves -------------------------------------------------------------------------


def slow_behaviour(rule, sizes, rates, give_up):
    """Return success, given up and patients by going through every sequence of patients of both groups."""
    chance_of = cache(lambda x, y, n: rule.chance(Rates(x, n, y, n)))
    totals = [0.0, 0.0, 0.0]
    (end, _) = sizes[-1]
    for first in itertools.product((0, 1), repeat=end):
        for second in itertools.product((0, 1), repeat=end):
            chance = math.prod(rates[0] if event else 1 - rates[0] for event in first)
            chance *= math.prod(rates[1] if event else 1 - rates[1] for event in second)
            for n, _ in sizes:
                better = chance_of(sum(first[:n]), sum(second[:n]), n)
                success, given_up = better > rule.limit, better <= give_up and n < end
                if success or given_up or n == end:
                    found = (success, given_up, 2 * n)
                    totals = [total + chance * value for total, value in zip(totals, found, strict=True)]
                    break
    return totals


@pytest.mark.parametrize("fewer", [False, True])
def test_how_a_rule_behaves_against_every_sequence(fewer):
    rule = Rule(prior_1=JEFFREYS, prior_2=Beta(1, 2), limit=0.8, fewer_is_better=fewer)
    sizes, rates = [(2, 2), (3, 3), (5, 5)], (0.6, 0.3)
    found = behaviour(plan_looks(rule, sizes, 0.2), *rates)
    slow = slow_behaviour(rule, sizes, rates, 0.2)
    assert [found.success[-1], found.given_up[-1], found.expected_n] == pytest.approx(slow, abs=1e-12)


def test_one_look_is_the_chance_of_its_region():
    rule = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS, limit=0.9)
    (look,) = plan_looks(rule, [(12, 9)])
    first, second = binomial(12, 0.5), binomial(9, 0.2)
    slow = math.fsum(
        float(first[a] * second[c]) for a in range(13) for c in range(10) if rule.succeeds(Rates(a, 12, c, 9))
    )
    found = behaviour((look,), 0.5, 0.2)
    assert found.success == pytest.approx((slow,))
    assert (found.given_up, found.expected_n) == ((0.0,), pytest.approx(21.0))


def test_more_looks_find_more_and_giving_up_costs_success():
    rule = Rule(prior_1=JEFFREYS, prior_2=JEFFREYS)
    one, many = plan_looks(rule, [(40, 40)]), plan_looks(rule, [(10, 10), (20, 20), (40, 40)])
    stopped = plan_looks(rule, [(10, 10), (20, 20), (40, 40)], 0.3)
    assert behaviour(one, 0.2, 0.2).success[-1] < behaviour(many, 0.2, 0.2).success[-1]
    assert behaviour(stopped, 0.4, 0.2).success[-1] < behaviour(many, 0.4, 0.2).success[-1]
    assert behaviour(stopped, 0.2, 0.2).expected_n < behaviour(many, 0.2, 0.2).expected_n


# --- utility-weighted mRS ----------------------------------------------------------------------------------


@settings(max_examples=6)
@given(st.integers(4, 90), st.integers(4, 90), st.integers(4, 90), st.integers(4, 90))
def test_two_levels_are_two_proportions(a, b, c, d):
    found = chance_better(Utility((1.0, 0.0), (a, b)), Utility((1.0, 0.0), (c, d)))
    assert found == pytest.approx(chance_greater(Beta(a, b), Beta(c, d)), abs=1e-10)


@settings(max_examples=4)
@given(
    st.lists(st.integers(1, 30), min_size=7, max_size=7), st.lists(st.integers(1, 30), min_size=7, max_size=7)
)
def test_one_of_both_is_better_and_the_density_has_the_moments(one, other):
    first, second = Utility(DAWN_WEIGHTS, tuple(one)), Utility(DAWN_WEIGHTS, tuple(other))
    assert chance_better(first, second) + chance_better(second, first) == pytest.approx(1.0, abs=1e-10)
    values = np.linspace(0, 10, 401)
    density = first.density(values)
    assert np.trapezoid(density, values) == pytest.approx(1.0, abs=1e-5)
    assert np.trapezoid(values * density, values) == pytest.approx(first.mean, abs=1e-4)
    spread = np.trapezoid((values - first.mean) ** 2 * density, values)
    assert math.sqrt(spread) == pytest.approx(first.sd, rel=1e-3)


def test_the_chance_above_falls_as_the_density_says():
    utility = Utility(DAWN_WEIGHTS, (3, 5, 2, 8, 4, 1, 6))
    values = np.array([2.0, 5.0, 5.0001, 8.0])
    chance = utility.chance_above(values)
    assert (np.diff(chance) < 0).all()
    assert (chance[1] - chance[2]) / 1e-4 == pytest.approx(utility.density(values)[1], rel=1e-3)
    assert utility.chance_above(np.array([-0.1, 10.0])).tolist() == [1.0, 0.0]
    assert utility.density(np.array([-0.1, 10.0])).tolist() == [0.0, 0.0]


def test_a_drawn_posterior_says_the_same():
    first, second = (posterior(DAWN_WEIGHTS, counts, (1.0,) * 7) for counts in tesla())
    draws = np.random.default_rng(2024)
    one, other = (draws.dirichlet(group.counts, 40_000) @ np.array(DAWN_WEIGHTS) for group in (first, second))
    assert chance_better(first, second) == pytest.approx(np.mean(one > other), abs=0.005)
    assert chance_better(first, second, 0.5) == pytest.approx(np.mean(one > other + 0.5), abs=0.01)


def tesla():
    published = results("tesla").mrs()
    return published.treatment.counts, published.control.counts


def test_tesla_and_dawn_come_close_to_what_they_printed():
    """Theirs are adjusted; ours are the counts with a flat prior. 0.957 of TESLA is recalled."""
    first, second = (posterior(DAWN_WEIGHTS, counts, (1.0,) * 7) for counts in tesla())
    assert chance_better(first, second) == pytest.approx(0.957, abs=0.005)
    assert difference_interval(first, second) == pytest.approx((-0.09, 1.34), abs=0.02)
    dawn = results("dawn").mrs()
    groups = (dawn.treatment.counts, dawn.control.counts)
    first, second = (posterior(DAWN_WEIGHTS, counts, (1.0,) * 7) for counts in groups)
    assert chance_better(first, second) > 0.999
    assert difference_interval(first, second) == pytest.approx((1.1, 3.0), abs=0.1)


def test_the_interval_ends_where_the_chances_are():
    first, second = (posterior(DAWN_WEIGHTS, counts, (1.0,) * 7) for counts in tesla())
    low, high = difference_interval(first, second, 0.8)
    assert chance_better(first, second, low) == pytest.approx(0.9, abs=1e-6)
    assert chance_better(first, second, high) == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: Beta(0.0, 1.0), "a beta distribution with 0 and 1"),
        (lambda: Beta(1.0, math.inf), "a beta distribution with 1 and inf"),
        (lambda: JEFFREYS.after(5, 4), "5 events of 4"),
        (lambda: chance_greater(JEFFREYS, JEFFREYS, 1.0), "a margin of 1"),
        (lambda: Rule(prior_1=JEFFREYS, prior_2=JEFFREYS, limit=1.0), "a limit of 1"),
        (
            lambda: predictive_chance(Rule(prior_1=JEFFREYS, prior_2=JEFFREYS), Rates(1, 9, 1, 9), 8, 9),
            "groups of 9 and 9 are to end with 8 and 9",
        ),
        (lambda: plan_looks(FLAT, [(5, 5), (5, 9)]), "after 5 and 5, 5 and 9 patients"),
        (lambda: plan_looks(FLAT, []), "after no patients"),
        (lambda: plan_looks(FLAT, [(5, 2000)]), "up to 1000"),
        (lambda: plan_looks(FLAT, [(5, 5)], 0.99), "given up at a chance of 0.99"),
        (lambda: behaviour(plan_looks(FLAT, [(5, 5)]), 1.2, 0.5), "true rates of 1.2 and 0.5"),
        (lambda: Utility((1.0, 0.0), (1.0,)), "1 counts were given for 2 weights"),
        (lambda: Utility((1.0, 0.0), (3.0, 0.0)), "neither patients nor prior"),
        (lambda: Utility((1.0, 1.0), (3.0, 2.0)), "all weights agree"),
        (lambda: Utility((1.0, 0.0), (1.0, 2.0)), "count 3 in all"),
        (lambda: posterior((1.0, 0.0), (5, -1), (1.0, 2.0)), "counts 5, -1"),
        (lambda: posterior((1.0, 0.0), (5, 1), (1.0,)), "with 1 priors"),
    ],
)
def test_what_is_no_posterior_is_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()
