"""Regression, E-values and propensity beside slow versions, other libraries, print and known truths."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from reperfusion_lab import COVARIATES, confounded, rows_of
from scipy.stats import chi2

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.analysis import adjusted, adjusted_log_odds, model_interaction
from tissueclock.evidence.cohort.evalue import e_value
from tissueclock.evidence.cohort.likelihood import (
    fit,
    model_of,
    penalised_p,
    poisson_fit,
    profile_limits,
    standardised,
)
from tissueclock.evidence.cohort.propensity import (
    TARGETS,
    c_statistic,
    caliper,
    matched_pairs,
    propensity,
    propensity_scores,
    standardised_difference,
    weighted_effect,
    weights_for,
)
from tissueclock.evidence.cohort.rows import Cohort
from tissueclock.evidence.cohort.simulate import Design, simulated_cohort
from tissueclock.evidence.two_groups.effect import effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.table import TwoByTwo

RNG_SEED = 20


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulated_cohort(Design(n=300), seed=3)


@pytest.fixture(scope="module")
def complete() -> Cohort:
    return simulated_cohort(Design(n=300, missing_share=0.0), seed=3)


# --- regression ---------------------------------------------------------------------------------------------


def test_the_logistic_fit_is_statsmodels(complete: Cohort) -> None:
    found = adjusted_log_odds(complete, COVARIATES)
    theirs = sm.GLM(complete.outcome, found.model.design, family=sm.families.Binomial()).fit(tol=1e-12)
    assert found.coefficients == pytest.approx(theirs.params, rel=1e-7)
    assert [found.se(name) for name in found.model.names] == pytest.approx(theirs.bse, rel=1e-6)
    assert found.p("exposure") == pytest.approx(theirs.pvalues[1], rel=1e-5)


def test_the_poisson_fit_is_statsmodels(complete: Cohort) -> None:
    model = adjusted_log_odds(complete, COVARIATES).model
    coefficients, covariance = poisson_fit(model)
    theirs = sm.GLM(complete.outcome, model.design, family=sm.families.Poisson()).fit(cov_type="HC0")
    assert coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(theirs.bse, rel=1e-6)


@pytest.mark.parametrize("firth", [False, True])
def test_a_profile_limit_is_where_the_likelihood_has_fallen_enough(complete: Cohort, firth: bool) -> None:
    found = adjusted_log_odds(complete, ("age",), firth=firth)
    for end in profile_limits(found, "exposure", 0.95):
        grid = []
        for intercept in np.linspace(-8, 8, 41):
            grid.append(
                (found.model.log_likelihood(np.array([intercept, end, found.coefficients[2]])), intercept)
            )
        assert max(grid)[0] <= found.log_likelihood - chi2.isf(0.05, 1) / 2 + 1e-9
    low, high = profile_limits(found, "exposure", 0.95)
    inner_low, inner_high = profile_limits(found, "exposure", 0.5)
    assert low < inner_low < found.coefficient("exposure") < inner_high < high
    assert (penalised_p(found, "exposure") < 0.05) == (not low <= 0 <= high)


@given(st.integers(1, 29), st.integers(1, 29))
def test_one_column_gives_woolf_katz_and_the_plain_difference(a: int, c: int) -> None:
    table = TwoByTwo(events_1=a, n_1=30, events_2=c, n_2=30)
    cohort = rows_of(table)
    found = adjusted_log_odds(cohort, ())
    assert found.coefficient("exposure") == pytest.approx(
        math.log(effect(table, Measure.OR).estimate), abs=1e-9
    )
    assert found.se("exposure") == pytest.approx(effect(table, Measure.OR).se, rel=1e-7)
    coefficients, covariance = poisson_fit(found.model)
    assert math.exp(coefficients[1]) == pytest.approx(effect(table, Measure.RR).estimate, rel=1e-9)
    assert math.sqrt(covariance[1, 1]) == pytest.approx(effect(table, Measure.RR).se, rel=1e-7)
    risks = standardised(found, "exposure")
    assert risks.difference == pytest.approx(effect(table, Measure.RD).estimate, abs=1e-9)
    assert risks.difference_se == pytest.approx(effect(table, Measure.RD).se, rel=1e-7)


@given(st.integers(0, 20), st.integers(0, 20).filter(lambda c: c < 20))
def test_firths_penalty_adds_a_half_to_each_cell_of_one_table(a: int, c: int) -> None:
    if a + c == 0:
        return
    table = TwoByTwo(events_1=a, n_1=20, events_2=c, n_2=20)
    found = adjusted_log_odds(rows_of(table), (), firth=True)
    assert math.exp(found.coefficient("exposure")) == pytest.approx(
        effect(table, Measure.OR, "haldane").estimate
    )


def test_separation_is_refused_by_name_and_firth_goes_on() -> None:
    cohort = rows_of(TwoByTwo(events_1=10, n_1=10, events_2=6, n_2=12))
    with pytest.raises(InputError, match=r"the outcome is separated.*--firth"):
        adjusted_log_odds(cohort, ())
    found = adjusted(replace(cohort, covariates={"age": np.arange(22.0)}), ("age",))
    assert found.firth
    assert "Firth's penalty was used" in found.notes[0]
    assert found.risk_ratio is None
    assert "odds ratio" in found.e_value.how


@pytest.mark.parametrize(
    ("columns", "outcome", "message"),
    [
        ([("x", np.arange(3.0))], np.array([1.0, 0, 1]), None),
        ([("x", np.arange(2.0))], np.array([1.0, 0]), "2 rows for 2 coefficients"),
        ([("x", np.arange(4.0))], np.ones(4), "everybody has the same outcome"),
        ([("x", np.ones(4))], np.array([1.0, 0, 1, 0]), "not independent"),
        ([("x", np.arange(3.0))], np.array([1.0, 0, 1, 0]), None),
    ],
)
def test_models_that_cannot_be_are_refused(columns, outcome, message) -> None:
    if message is None and columns[0][1].size == outcome.size:
        assert model_of(columns, outcome).names == ("intercept", "x")
        return
    with pytest.raises((InputError, ValueError), match=message or "dimension"):
        model_of(columns, outcome)


def test_weights_count_rows(complete: Cohort) -> None:
    twice = fit(model_of([("x", complete.exposure)], complete.outcome, weights=np.full(complete.n, 2.0)))
    once = fit(model_of([("x", complete.exposure)], complete.outcome))
    assert twice.coefficients == pytest.approx(once.coefficients)
    assert twice.se("x") == pytest.approx(once.se("x") / math.sqrt(2))


def test_the_interaction_without_covariates_is_the_ratio_of_odds_ratios(complete: Cohort) -> None:
    found = model_interaction(complete)
    one, other = (effect(table, Measure.OR) for table in complete.strata().tables)
    names = complete.strata_names
    assert found.profiles == names
    assert found.ratio.estimate == pytest.approx(one.estimate / other.estimate, rel=1e-7)
    assert found.ratio.se == pytest.approx(math.hypot(one.se, other.se), rel=1e-6)
    assert 0 < found.lr_p < 1
    with pytest.raises(InputError, match="fewer than two profiles"):
        model_interaction(replace(complete, profile=()))


def test_adjustment_finds_the_truth_that_the_crude_effect_misses() -> None:
    large = simulated_cohort(Design(n=40_000, missing_share=0.0), seed=5)
    target = large.where(large.in_profile("target mismatch"))
    given_all = replace(target, covariates={**target.covariates, "growth": target.growth})
    found = adjusted_log_odds(given_all, (*COVARIATES, "growth"))
    crude = adjusted_log_odds(target, ()).coefficient("exposure")
    assert found.coefficient("exposure") == pytest.approx(1.4, abs=4 * found.se("exposure"))
    assert crude > 1.4 + 4 * found.se("exposure")


# --- the E-value --------------------------------------------------------------------------------------------


def test_the_e_value_of_its_paper() -> None:
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 2), round(found.interval, 2)) == (7.26, 3.0)


@given(st.floats(0.05, 20), st.floats(1.01, 3))
def test_the_e_value_of_a_ratio_is_that_of_its_inverse(ratio: float, spread: float) -> None:
    one = e_value(ratio, ratio / spread, ratio * spread)
    other = e_value(1 / ratio, 1 / ratio / spread, spread / ratio)
    assert (one.estimate, one.interval) == pytest.approx((other.estimate, other.interval))
    assert one.estimate >= one.interval >= 1
    assert (one.interval == 1) == (ratio / spread <= 1 <= ratio * spread)
    common = e_value(ratio, ratio / spread, ratio * spread, common_odds=True)
    assert common.risk_ratio == pytest.approx(math.sqrt(ratio))
    with pytest.raises(InputError, match="no ratio with its interval"):
        e_value(ratio, ratio * spread, ratio)


# --- propensity ---------------------------------------------------------------------------------------------


def test_weights_take_a_measured_confounder_away() -> None:
    cohort = confounded()
    assert effect(cohort.table(), Measure.RD).estimate == pytest.approx(0.48, abs=0.01)
    scores = propensity_scores(cohort, ("young",))
    assert sorted(set(np.round(scores, 6))) == [0.2, 0.8]
    for target in TARGETS:
        found = weighted_effect(target, scores, cohort)
        assert found.difference == pytest.approx(0, abs=1e-9)
        assert found.risk_ratio == pytest.approx(1)
        assert found.difference_ci[0] < 0 < found.difference_ci[1]
        assert found.p == pytest.approx(1)
    whole = propensity(cohort, ("young",))
    (balance,) = whole.balance
    assert balance.before == pytest.approx(0.6 / math.sqrt(0.16 * 50 / 49))
    assert (balance.weighted, balance.matched) == pytest.approx((0, 0), abs=1e-9)
    assert whole.c_statistic == pytest.approx(0.8)
    assert whole.matched.pairs == 20
    assert whole.matched.exposed_without_match == 30


def test_weighted_risks_are_standardised_risks(complete: Cohort) -> None:
    core = (complete.covariates["core_ml"] > 25).astype(float)
    cohort = replace(complete, covariates={"large": core})
    scores = propensity_scores(cohort, ("large",))
    found = weighted_effect("whole-cohort", scores, cohort)
    slow = 0.0
    for level in (0.0, 1.0):
        own = core == level
        slow += own.mean() * complete.outcome[own & (complete.exposure == 1)].mean()
    assert found.risk_exposed == pytest.approx(slow, rel=1e-9)
    assert found.largest_weight_share < 0.05


def test_matches_are_near_and_nobody_is_used_twice(complete: Cohort) -> None:
    scores = propensity_scores(complete, COVARIATES)
    pairs = matched_pairs(scores, complete.exposure)
    reach = caliper(scores)
    position = np.log(scores / (1 - scores))
    assert len({row for pair in pairs for row in pair}) == 2 * len(pairs)
    assert all(complete.exposure[one] == 1 and complete.exposure[other] == 0 for one, other in pairs)
    assert all(abs(position[one] - position[other]) <= reach for one, other in pairs)
    free = set(np.flatnonzero(complete.exposure == 0))
    slow = []
    for row in sorted(np.flatnonzero(complete.exposure == 1), key=lambda row: (-position[row], row)):
        near = min(sorted(free), key=lambda other: abs(position[other] - position[row]), default=None)
        if near is not None and abs(position[near] - position[row]) <= reach:
            slow.append((row, near))
            free.discard(near)
    assert pairs == slow


def test_balance_gets_better_and_gaps_are_left_out(cohort: Cohort) -> None:
    found = propensity(cohort, COVARIATES)
    assert found.n + found.left_out == cohort.n
    assert found.left_out > 0
    assert max(abs(item.weighted) for item in found.balance) < max(abs(item.before) for item in found.balance)
    assert found.c_statistic == pytest.approx(
        np.mean(
            [
                (a > b) + (a == b) / 2
                for a in found.scores[found.exposure == 1]
                for b in found.scores[found.exposure == 0]
            ]
        )
    )
    assert c_statistic(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == 0.5


def test_a_standardised_difference_by_hand() -> None:
    column, exposure = np.array([1.0, 3.0, 2.0, 6.0]), np.array([1.0, 1.0, 0.0, 0.0])
    assert standardised_difference(column, exposure) == pytest.approx((2 - 4) / math.sqrt((2 + 8) / 2))
    assert standardised_difference(np.ones(4), exposure) == 0
    assert standardised_difference(np.array([1.0, 1, 0, 0]), exposure) == math.inf


def test_scores_are_refused_where_they_say_nothing(cohort: Cohort) -> None:
    with pytest.raises(InputError, match="there is no covariate"):
        propensity(cohort, ())
    with pytest.raises(InputError, match="no target 'nobody'"):
        weights_for("nobody", np.ones(2) / 2, np.array([1.0, 0.0]))
    told = replace(cohort, covariates={"told": cohort.exposure.copy()})
    with pytest.raises(InputError, match="the propensity score cannot be fitted: the outcome is separated"):
        propensity(told, ("told",))
    nobody = replace(confounded(), outcome=np.where(confounded().exposure == 1, 0.0, confounded().outcome))
    with pytest.raises(InputError, match="no favourable outcome"):
        weighted_effect("overlap", propensity_scores(nobody, ("young",)), nobody)
