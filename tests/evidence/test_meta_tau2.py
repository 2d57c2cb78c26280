"""The variance between studies: against whole matrices, by its defining equations, and where it ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from meta_lab import PAIRS, slow_log_likelihood, slow_p, slow_tau2, split

from tissueclock.cli.evidence import meta as options
from tissueclock.core.errors import InputError
from tissueclock.evidence.meta import likelihood
from tissueclock.evidence.meta.linear import ones, trace_p, trace_pp, weighted_fit
from tissueclock.evidence.meta.normal import chi2_quantile
from tissueclock.evidence.meta.roots import falling_root
from tissueclock.evidence.meta.tau2 import ESTIMATORS, cochran_q, generalised, mean_tau2

MOMENTS = ("DL", "HE", "HS", "HSk", "SJ")
LIKELIHOODS = {"ML": False, "REML": True}
QUICK = settings(max_examples=30)


def designs(yi):
    """Return a plain mean, and a mean with a slope."""
    k = len(yi)
    return (ones(k), np.column_stack([np.ones(k), np.arange(k) % 3 + 0.5 * (np.arange(k) > 1)]))


@QUICK
@given(PAIRS)
def test_moment_estimators_against_whole_matrices(pairs):
    yi, vi = split(pairs)
    for design in designs(yi)[: 1 + (len(yi) > 3)]:
        for name in MOMENTS:
            found = ESTIMATORS[name].estimate(yi, vi, design)
            assert (found.value, found.se) == pytest.approx(
                slow_tau2(name, yi, vi, design), rel=1e-8, abs=1e-10
            )


@QUICK
@given(PAIRS)
def test_traces_against_whole_matrices(pairs):
    yi, vi = split(pairs)
    for design in designs(yi):
        fit = weighted_fit(yi, 1 / vi, design)
        whole = slow_p(1 / vi, design)
        assert trace_p(fit, vi) == pytest.approx(np.trace(whole @ np.diag(vi)), rel=1e-7, abs=1e-8)
        spread = whole @ np.diag(vi + 0.3)
        assert trace_pp(fit, vi + 0.3) == pytest.approx(np.trace(spread @ spread), rel=1e-7, abs=1e-8)
        assert fit.residual_squares == pytest.approx(yi @ whole @ yi, rel=1e-7, abs=1e-8)


@QUICK
@given(PAIRS)
def test_paule_mandel_makes_q_what_it_should_be(pairs):
    yi, vi = split(pairs)
    for name, target in (("PM", len(yi) - 1), ("PMM", chi2_quantile(0.5, len(yi) - 1))):
        value = mean_tau2(yi, vi, ESTIMATORS[name]).value
        q = cochran_q(yi, vi, ones(len(yi)), value)
        assert q == pytest.approx(target, rel=1e-9) if value else q <= target
    assert mean_tau2(yi, vi, ESTIMATORS["EB"]) == mean_tau2(yi, vi, ESTIMATORS["PM"])


@pytest.mark.parametrize("name", LIKELIHOODS)
@QUICK
@given(pairs=PAIRS)
def test_the_likelihood_is_not_higher_beside_its_maximum(name, pairs):
    yi, vi = split(pairs)
    value = mean_tau2(yi, vi, ESTIMATORS[name]).value

    def height(tau2):
        return slow_log_likelihood(yi, vi, ones(len(yi)), tau2, restricted=LIKELIHOODS[name])

    for other in (value * 0.99, value * 1.01 + 1e-4, max(0.0, value - 1e-4)):
        assert height(value) >= height(other) - 1e-9


@QUICK
@given(PAIRS)
def test_the_likelihood_against_whole_matrices(pairs):
    yi, vi = split(pairs)
    for restricted in (False, True):
        fast, slow = (
            [call(yi, vi, ones(len(yi)), tau2, restricted=restricted) for tau2 in (0.1, 0.7)]
            for call in (likelihood.log_likelihood, slow_log_likelihood)
        )
        assert fast[1] - fast[0] == pytest.approx(slow[1] - slow[0], abs=1e-8)


@settings(max_examples=8)
@given(PAIRS)
def test_the_search_finds_what_scoring_finds(pairs):
    yi, vi = split(pairs)
    for restricted in (False, True):
        searched = likelihood._searched(yi, vi, ones(len(yi)), restricted)
        scored = likelihood.maximum(yi, vi, ones(len(yi)), 0.1, restricted=restricted)
        heights = [
            likelihood.log_likelihood(yi, vi, ones(len(yi)), tau2, restricted=restricted)
            for tau2 in (searched, scored)
        ]
        assert heights[0] >= heights[1] - 1e-6


def test_where_scoring_does_not_settle_the_search_takes_over(monkeypatch):
    yi, vi = np.array([0.1, 0.9, -0.4, 0.7]), np.array([0.02, 0.05, 0.03, 0.04])
    expected = mean_tau2(yi, vi, ESTIMATORS["REML"]).value
    monkeypatch.setattr(likelihood, "_scored", lambda *_: None)
    assert mean_tau2(yi, vi, ESTIMATORS["REML"]).value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_of_two_peaks_the_higher_is_taken(name):
    """Scoring from Hedges's 0 stays there, where the likelihood is e^2500 times lower."""
    yi, vi = np.array([1.0, -20.0, -92.0]), np.array([1e4, 1.0, 1e-6])
    value = mean_tau2(yi, vi, ESTIMATORS[name]).value
    assert mean_tau2(yi, vi, ESTIMATORS["HE"]).value == 0.0
    assert value > 1000

    def height(tau2):
        return slow_log_likelihood(yi, vi, ones(3), tau2, restricted=LIKELIHOODS[name])

    assert height(value) > max(height(0.99 * value), height(1.01 * value), height(1.0), height(1e6))


def test_variances_of_very_different_size_leave_no_number_out():
    yi, vi = np.array([0.06, 1.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, 1e-6, 0.75, 1e4])
    for estimator in ESTIMATORS.values():
        found = mean_tau2(yi, vi, estimator)
        assert found.value >= 0
        assert found.se is None or found.se >= 0


def test_a_likelihood_without_a_maximum_is_refused(monkeypatch):
    monkeypatch.setattr(likelihood, "_scored", lambda *_: None)
    monkeypatch.setattr(likelihood, "log_likelihood", lambda *arguments, restricted: arguments[3])
    with pytest.raises(InputError, match="no maximum") as error:
        likelihood.maximum(np.array([0.0, 1.0]), np.ones(2), ones(2), 0.1, restricted=True)
    assert "--method DL" in error.value.remedy


@pytest.mark.parametrize("name", ESTIMATORS)
@QUICK
@given(pairs=PAIRS)
def test_units_shifts_and_order_do_not_matter(name, pairs):
    yi, vi = split(pairs)
    estimator = ESTIMATORS[name]
    value = mean_tau2(yi, vi, estimator).value
    close = {"rel": 1e-6, "abs": 1e-8}
    assert mean_tau2(10 * yi, 100 * vi, estimator).value == pytest.approx(100 * value, rel=1e-6, abs=1e-6)
    assert mean_tau2(yi + 5, vi, estimator).value == pytest.approx(value, **close)
    assert mean_tau2(yi[::-1], vi[::-1], estimator).value == pytest.approx(value, **close)
    assert value >= 0


@pytest.mark.parametrize("name", ESTIMATORS)
def test_studies_that_are_alike_have_no_variance_between_them(name):
    found = mean_tau2(np.full(4, 0.3), np.array([0.1, 0.2, 0.3, 0.4]), ESTIMATORS[name])
    assert found.value == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "FE"])
def test_a_known_variance_is_found(name):
    rng = np.random.default_rng(7)
    vi = rng.uniform(0.01, 0.05, 4000)
    yi = rng.normal(1.0, np.sqrt(vi + 0.09))
    assert mean_tau2(yi, vi, ESTIMATORS[name]).value == pytest.approx(0.09, rel=0.1)


def test_one_study_has_none():
    assert mean_tau2(np.array([1.0]), np.array([0.1]), ESTIMATORS["REML"]).value == 0.0


def test_weights_of_any_kind_make_a_moment_estimate():
    yi, vi = np.array([0.1, 0.9, -0.4]), np.array([0.02, 0.05, 0.03])
    assert generalised(yi, vi, ones(3), np.full(3, 5.0)).value == pytest.approx(
        mean_tau2(yi, vi, ESTIMATORS["HE"]).value, rel=1e-12
    )


def test_a_function_that_never_falls_has_no_root():
    with pytest.raises(ArithmeticError, match="does not fall"):
        falling_root(lambda x: 1.0, 1.0)
    assert falling_root(lambda x: 3 - x, 0.1) == pytest.approx(3)
    assert falling_root(lambda x: -1.0, 1.0, start=2.0) == 2.0


def test_the_help_names_every_method():
    assert set(options.METHODS.split(", ")) == {*ESTIMATORS, "MH", "PETO", "GLMM"}
