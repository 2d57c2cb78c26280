"""Cox's model and proportional hazards: statsmodels, lifelines, slow likelihoods, truth, refusals."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from pandas import DataFrame
from statsmodels.duration.hazard_regression import PHReg
from survival_lab import a_trial, follow_ups

from tissueclock.evidence.survival.cox import CoxError, cox_model
from tissueclock.evidence.survival.partial_likelihood import Ties, moments, risk_sets
from tissueclock.evidence.survival.proportional import proportionality_tests


@pytest.fixture(scope="module")
def cohort():
    """Three covariates, three strata, many ties."""
    draw = np.random.default_rng(1)
    covariates = draw.normal(size=(300, 3))
    stratum = draw.integers(0, 3, 300)
    times = np.ceil(draw.exponential(1 / np.exp(covariates @ [0.5, -0.3, 0.1])) * 10)
    return times, draw.random(300) < 0.7, covariates, stratum


@pytest.mark.parametrize("ties", [Ties.EFRON, Ties.BRESLOW])
@pytest.mark.parametrize("stratified", [False, True])
def test_as_statsmodels_has_it(cohort, ties, stratified):
    times, events, covariates, stratum = cohort
    found = cox_model(times, events, covariates, "abc", stratum=stratum if stratified else None, ties=ties)
    strata = {"strata": stratum} if stratified else {}
    theirs = PHReg(times, covariates, status=events.astype(int), ties=ties.value, **strata).fit()
    assert [one.log_hazard_ratio for one in found.coefficients] == pytest.approx(theirs.params, rel=1e-8)
    assert [one.standard_error for one in found.coefficients] == pytest.approx(theirs.bse, rel=1e-8)
    assert [one.p for one in found.coefficients] == pytest.approx(theirs.pvalues, rel=1e-6)
    assert found.log_likelihood[1] == pytest.approx(theirs.llf, rel=1e-10)


def test_as_lifelines_has_it(cohort):
    times, events, covariates, stratum = cohort
    table = DataFrame(covariates, columns=list("abc")).assign(T=times, E=events, S=stratum)
    theirs = CoxPHFitter().fit(table, "T", "E", strata=["S"], fit_options={"precision": 1e-10})
    found = cox_model(times, events, covariates, "abc", stratum=stratum)
    ours = [one.log_hazard_ratio for one in found.coefficients]
    assert ours == pytest.approx(theirs.params_.to_numpy(), abs=1e-6)  # it stops a little early
    assert found.concordance == pytest.approx(theirs.concordance_index_)
    assert found.likelihood_ratio.statistic == pytest.approx(
        theirs.log_likelihood_ratio_test().test_statistic
    )


def slow_likelihood(data, beta, ties):
    """Return the log partial likelihood of one covariate, the group, from its definition."""
    risk, total = np.exp(beta * data.group), 0.0
    for time in np.unique(data.times[data.events]):
        inside, own = data.times >= time, (data.times == time) & data.events
        size = int(own.sum())
        total += beta * data.group[own].sum()
        if ties is Ties.EXACT:
            subsets = itertools.combinations(risk[inside], size)
            total -= math.log(sum(math.prod(subset) for subset in subsets))
            continue
        for j in range(size):
            share = j / size if ties is Ties.EFRON else 0
            total -= math.log(risk[inside].sum() - share * risk[own].sum())
    return total


@settings(max_examples=30)
@given(data=follow_ups(), beta=st.floats(-2, 2), ties=st.sampled_from(Ties))
def test_the_likelihood_its_slope_and_curvature_are_those_of_the_definition(data, beta, ties):
    sets = risk_sets(data.times, data.events, data.group[:, None].astype(float), data.stratum)
    found = moments(sets, np.array([beta]), ties)
    at = [slow_likelihood(data, beta + step, ties) for step in (-1e-4, 0, 1e-4)]
    # The covariate is centred inside, which each event's likelihood does not see.
    assert found.log_likelihood.sum() == pytest.approx(at[1], abs=1e-8)
    assert found.score[0] == pytest.approx((at[2] - at[0]) / 2e-4, abs=1e-5)
    assert found.information[0, 0] == pytest.approx((2 * at[1] - at[0] - at[2]) / 1e-8, abs=2e-4)


@settings(max_examples=30)
@given(data=follow_ups())
def test_without_ties_all_three_are_one(data):
    times = data.times + np.arange(len(data.times)) / 1000
    try:
        models = [cox_model(times, data.events, data.group, ["g"], ties=ties) for ties in Ties]
    except CoxError:
        return
    values = [model.coefficients[0].log_hazard_ratio for model in models]
    assert values == pytest.approx([values[0]] * 3, abs=1e-6)


@settings(max_examples=30)
@given(data=follow_ups(), shift=st.floats(-50, 50), times=st.floats(0.1, 10))
def test_another_unit_of_a_covariate_changes_its_ratio_and_no_test(data, shift, times):
    try:
        one = cox_model(data.times, data.events, data.group, ["g"])
        other = cox_model(data.times, data.events, data.group * times + shift, ["g"])
    except CoxError:
        return
    expected = one.coefficients[0].log_hazard_ratio / times
    assert other.coefficients[0].log_hazard_ratio == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert other.score.statistic == pytest.approx(one.score.statistic, rel=1e-6, abs=1e-8)


def test_an_interval_that_ends_beyond_all_numbers_is_refused():
    times = np.array([1.0] + [0.0] * 18 + [1.0] * 4)
    causes = np.array([1] + [0] * 22)
    covariate = np.array([0.0, 1e-3] + [0.0] * 21)
    with pytest.raises(CoxError):
        cox_model(times, causes == 1, covariate, ["x"])


def test_a_known_hazard_ratio_is_found_again():
    data = a_trial(3000, 0.6, seed=8)
    (found,) = cox_model(data.times, data.events, data.group, ["treated"]).coefficients
    assert found.interval[0] < 0.6 < found.interval[1]
    assert found.hazard_ratio == pytest.approx(0.6, abs=0.05)


@settings(max_examples=40)
@given(data=follow_ups(groups=3, strata=2))
def test_concordance_pair_by_pair(data):
    try:
        model = cox_model(data.times, data.events, data.group, ["x"], stratum=data.stratum)
    except CoxError:
        return
    sign = math.copysign(1, model.coefficients[0].log_hazard_ratio)
    pairs = tied = right = 0
    for i, j in itertools.permutations(range(len(data.times)), 2):
        earlier = (data.times[i], not data.events[i]) < (data.times[j], not data.events[j])
        if data.events[i] and earlier and data.stratum[i] == data.stratum[j]:
            pairs += 1
            right += sign * data.group[i] > sign * data.group[j]
            tied += data.group[i] == data.group[j]
    if abs(model.coefficients[0].log_hazard_ratio) > 1e-9:
        assert model.concordance == pytest.approx((right + tied / 2) / pairs)


@pytest.mark.parametrize(
    ("times", "events", "covariates", "message"),
    [
        ([1, 2, 3, 4], [0, 0, 0, 0], [0, 1, 0, 1], "nobody had the event"),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 1, 1], "'x' is the same for all"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0], "hazard ratio of 'x' has no limit"),
        ([1, 2, 3, 4], [1, 1, 1, 0], [0, math.inf, 0, 1], "not finite"),
        ([5, 5, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0], "it is alike in every risk set"),
    ],
)
def test_what_cannot_be_fitted_says_why(times, events, covariates, message):
    with pytest.raises(CoxError, match=message):
        cox_model(times, events, covariates, ["x"])


def test_covariates_that_are_one_are_refused():
    with pytest.raises(CoxError, match="combination of the others"):
        cox_model([1, 2, 3, 4], [1, 1, 1, 0], [[0, 0], [1, 2], [0, 0], [1, 2]], ["x", "y"])


def test_hazards_that_cross_are_not_proportional_and_constant_ones_are():
    draw = np.random.default_rng(12)
    group = np.repeat([0, 1], 400)
    crossing = np.where(group == 1, draw.weibull(0.6, 800), draw.weibull(2.0, 800))
    events = np.ones(800, dtype=bool)
    (test,) = proportionality_tests(cox_model(crossing, events, group, ["g"]), crossing, events)
    assert test.p < 1e-6
    steady = a_trial(400, 0.6, seed=13)
    (test,) = proportionality_tests(
        cox_model(steady.times, steady.events, steady.group, ["g"]), steady.times, steady.events
    )
    assert test.p > 0.05


def test_the_tests_of_proportionality_keep_their_size():
    small = 0
    for seed in range(200):
        data = a_trial(40, 0.7, seed=seed)
        model = cox_model(data.times, data.events, data.group, ["g"])
        small += proportionality_tests(model, data.times, data.events)[0].p < 0.05
    assert 2 <= small <= 20  # 10 expected


def test_several_covariates_have_a_global_test(cohort):
    times, events, covariates, _ = cohort
    tests = proportionality_tests(cox_model(times, events, covariates, "abc"), times, events)
    assert [test.name for test in tests] == ["a", "b", "c", "global"]
    assert [test.df for test in tests] == [1, 1, 1, 3]
    assert tests[3].statistic >= max(test.statistic for test in tests[:3])


def test_proportionality_needs_events_one_by_one_and_at_different_times():
    times, events, group = [1, 2, 3, 3], np.array([1, 1, 1, 0], dtype=bool), [0, 1, 0, 1]
    exact = cox_model(times, events, group, ["g"], ties=Ties.EXACT)
    with pytest.raises(ValueError, match="Efron's or Breslow's"):
        proportionality_tests(exact, np.array(times), events)
    once = cox_model([2, 2, 3, 3], np.array([1, 1, 0, 0], dtype=bool), group, ["g"])
    with pytest.raises(ValueError, match="all events fall on one time"):
        proportionality_tests(once, np.array([2, 2, 3, 3]), np.array([1, 1, 0, 0], dtype=bool))


def test_as_json_everything_has_its_name(cohort):
    times, events, covariates, _ = cohort
    found = cox_model(times, events, covariates, "abc").to_json()
    assert [one["name"] for one in found["coefficients"]] == ["a", "b", "c"]
    assert {"n", "events", "ties", "score_test", "wald_test", "likelihood_ratio_test"} <= set(found)


def test_values_far_from_all_others_are_climbed_or_refused_and_never_a_warning():
    draw = np.random.default_rng(21)
    for _ in range(60):
        values = draw.choice([1e6, 1.0, 3.0, 1e-3, -5.0], 12)
        times, events = draw.choice([0.0, 1e-5, 1.0, 5.0, 1e6], 12), draw.random(12) < 0.6
        for ties in Ties:
            try:
                found = cox_model(times, events, values, ["x"], ties=ties)
            except CoxError:
                continue
            assert math.isfinite(found.coefficients[0].interval[1])


def test_a_group_that_left_before_the_first_event_tells_nothing():
    times, events = [5, 9, 6, 1, 1.5], [1, 1, 0, 0, 0]
    with pytest.raises(CoxError, match="tell nothing of 'y'"):
        cox_model(times, events, [[1, 0], [0, 0], [1, 0], [0, 1], [0, 1]], ["x", "y"])


def test_covariates_that_the_risk_sets_do_not_tell_apart_are_refused():
    times, events = [5, 9, 6, 7, 1], [1, 1, 0, 1, 0]
    with pytest.raises(CoxError, match="cannot tell the covariates apart"):
        cox_model(times, events, [[1, 1], [0, 0], [1, 1], [0, 0], [1, 0]], ["x", "y"])
