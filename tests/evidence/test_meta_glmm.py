"""Models of counts: against brute force, scipy's distributions and a plain logistic regression."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from meta_lab import BCG_COUNTS, one_arms, two_arms
from scipy.integrate import quad
from scipy.stats import binom, nchypergeom_fisher

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.glmm.ascent import climb
from tissueclock.evidence.meta.glmm.binomial import Binomials, log_likelihood
from tissueclock.evidence.meta.glmm.fit import ODDS_RATIO_MODELS, fit_odds_ratios, fit_proportions
from tissueclock.evidence.meta.glmm.pool import pool_glmm
from tissueclock.evidence.meta.glmm.two_arms import (
    Arms,
    conditional_density,
    conditional_exact,
    conditional_moments,
    fixed_intercepts,
    margins,
    random_intercepts,
)
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.pool import PoolSettings, T

ROWS = ((4, 30, 11, 32), (6, 50, 9, 45), (3, 25, 1, 24), (12, 60, 20, 61))
ARMS = Arms(*(np.array(column, dtype=float) for column in zip(*ROWS, strict=True)))
SHARES = ((0, 18), (2, 40), (5, 62), (9, 30), (20, 31))


def normal(u: float) -> float:
    return math.exp(-u * u / 2) / math.sqrt(2 * math.pi)


def logistic(eta: float) -> float:
    return 1 / (1 + math.exp(-eta))


def integral(density) -> float:
    return quad(lambda u: density(u) * normal(u), -9, 9, epsabs=1e-14, epsrel=1e-11, limit=300)[0]


def test_a_random_intercept_against_plain_integrals():
    x, n = (np.array(column, dtype=float) for column in zip(*SHARES, strict=True))
    data, beta, tau = Binomials(x, n, np.zeros(5)), -1.3, 0.8
    slow = sum(
        math.log(integral(lambda u, e=e, m=m: binom.pmf(e, m, logistic(beta + tau * u)))) for e, m in SHARES
    )
    assert log_likelihood(data, beta, tau, 41) == pytest.approx(slow, abs=1e-9)
    assert log_likelihood(data, beta, tau) == pytest.approx(slow, abs=1e-4)
    assert log_likelihood(data, beta, -tau, 41) == pytest.approx(slow, abs=1e-9)
    fixed = sum(binom.logpmf(e, m, logistic(beta)) for e, m in SHARES)
    assert log_likelihood(data, beta, 0.0) == pytest.approx(fixed)


def test_own_intercepts_against_plain_integrals():
    beta, tau = -0.4, 0.6
    found, alpha = fixed_intercepts(ARMS, beta, tau, 41, np.full(4, -1.0))

    def slow(row, intercept):
        a, n1, c, n2 = row
        eta = (intercept + beta / 2, intercept - beta / 2)
        return math.log(
            integral(
                lambda u: (
                    binom.pmf(a, n1, logistic(eta[0] + tau * u / 2))
                    * binom.pmf(c, n2, logistic(eta[1] - tau * u / 2))
                )
            )
        )

    heights = [slow(row, own) for row, own in zip(ROWS, alpha, strict=True)]
    assert found == pytest.approx(sum(heights), abs=1e-8)
    for row, own, height in zip(ROWS, alpha, heights, strict=True):
        assert height >= max(slow(row, own - 0.02), slow(row, own + 0.02))


def test_random_intercepts_by_laplace_lie_near_the_integral():
    mu, beta, sigma, tau = -1.2, -0.4, 0.5, 0.4
    u = np.linspace(-6, 6, 241)
    first, second = np.meshgrid(u, u)
    weights = np.exp(-(first**2 + second**2) / 2) / (2 * math.pi) * (u[1] - u[0]) ** 2
    slow = 0.0
    for a, n1, c, n2 in ROWS:
        eta1 = mu + beta / 2 + sigma * first + tau / 2 * second
        eta2 = mu - beta / 2 + sigma * first - tau / 2 * second
        density = binom.pmf(a, n1, 1 / (1 + np.exp(-eta1))) * binom.pmf(c, n2, 1 / (1 + np.exp(-eta2)))
        slow += math.log(float(np.sum(density * weights)))
    assert random_intercepts(ARMS, mu, beta, sigma, tau) == pytest.approx(slow, abs=0.05)


def test_the_conditional_distribution_is_fishers():
    data, theta = margins(ARMS), np.array([-0.7, 0.0, 0.4, 1.5])
    mean, variance = conditional_moments(data, theta)
    density = conditional_density(data, theta[:, None])[:, 0]
    for i, (a, n1, c, n2) in enumerate(ROWS):
        fisher = nchypergeom_fisher(n1 + n2, n1, a + c, math.exp(theta[i]))
        assert (mean[i], variance[i]) == pytest.approx((fisher.mean(), fisher.var()), rel=1e-8)
        assert density[i] == pytest.approx(fisher.logpmf(a), abs=1e-8)


def test_the_conditional_likelihood_against_plain_integrals():
    beta, tau = -0.4, 0.6
    slow = sum(
        math.log(
            integral(
                lambda u, row=row: nchypergeom_fisher.pmf(
                    row[0], row[1] + row[3], row[1], row[0] + row[2], math.exp(beta + tau * u)
                )
            )
        )
        for row in ROWS
    )
    assert conditional_exact(margins(ARMS), beta, tau, 41) == pytest.approx(slow, abs=1e-7)


def test_without_a_variance_between_studies_it_is_logistic_regression():
    rows = []
    for i, (a, n1, c, n2) in enumerate(ROWS):
        own = [float(i == j) for j in range(4)]
        rows += [(a, n1 - a, [0.5, *own]), (c, n2 - c, [-0.5, *own])]
    theirs = sm.GLM(
        np.array([row[:2] for row in rows]), np.array([row[2] for row in rows]), family=sm.families.Binomial()
    ).fit()
    fixed = fit_odds_ratios(two_arms(*ROWS), "UM.FS").fixed
    assert (fixed.beta, fixed.se) == pytest.approx((theirs.params[0], theirs.bse[0]), rel=1e-5)
    assert fixed.log_likelihood == pytest.approx(theirs.llf, abs=1e-6)


def test_the_error_of_the_fixed_conditional_model_is_exact():
    fixed = fit_odds_ratios(two_arms(*ROWS), "CM.EL").fixed
    _, variance = conditional_moments(margins(ARMS), np.full(4, fixed.beta))
    assert fixed.se == pytest.approx(float(np.sum(variance)) ** -0.5, rel=1e-5)


@pytest.mark.parametrize("model", ODDS_RATIO_MODELS)
def test_changing_the_arms_turns_the_odds_ratio(model):
    here = fit_odds_ratios(two_arms(*ROWS), model)
    there = fit_odds_ratios(two_arms(*((c, n2, a, n1) for a, n1, c, n2 in ROWS)), model)
    assert (here.beta, here.se, here.tau2) == pytest.approx(
        (-there.beta, there.se, there.tau2), rel=1e-3, abs=1e-4
    )


def test_alike_proportions_have_no_variance_and_their_own_error():
    found = fit_proportions(one_arms((10, 40), (20, 80), (15, 60)))
    assert found.tau2 == 0.0
    assert found.beta == pytest.approx(math.log(1 / 3), abs=1e-6)
    assert found.se == pytest.approx(math.sqrt(1 / (180 * 0.25 * 0.75)), rel=1e-5)
    assert found.q_lrt.statistic == pytest.approx(0.0, abs=1e-6)


def test_a_known_spread_is_found():
    rng = np.random.default_rng(3)
    p = 1 / (1 + np.exp(-rng.normal(-1.0, 0.7, 200)))
    found = fit_proportions(one_arms(*((int(rng.binomial(80, one)), 80) for one in p)))
    assert found.beta == pytest.approx(-1.0, abs=0.15)
    assert found.tau2 == pytest.approx(0.49, rel=0.3)
    assert found.q_lrt.p < 1e-6


def test_studies_that_say_nothing_are_left_out_of_an_odds_ratio():
    full, brief = two_arms(*ROWS, (0, 20, 0, 20)), two_arms(*ROWS)
    assert fit_odds_ratios(full, "CM.AL") == fit_odds_ratios(brief, "CM.AL")
    pooled = pool_glmm(full, MEASURES.get("OR"), PoolSettings(method="ML"), "CM.AL")
    assert "studies left out, having no event or nothing else: 1" in pooled.notes


REFUSED = {
    "no event": (lambda: fit_proportions(one_arms((0, 10), (0, 20))), "no event, or nothing but events"),
    "nothing but events": (lambda: fit_proportions(one_arms((10, 10), (20, 20))), "no event, or nothing but"),
    "one group": (lambda: fit_proportions(one_arms((3, 10))), "too few studies with events"),
    "one arm without": (
        lambda: fit_odds_ratios(two_arms((0, 10, 2, 10), (0, 10, 3, 10)), "CM.EL"),
        "an arm has no event",
    ),
    "one study": (
        lambda: fit_odds_ratios(two_arms((1, 10, 2, 10)), "UM.FS"),
        "too few studies with events and others",
    ),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_counts_without_an_estimate_are_refused(call, words):
    with pytest.raises(InputError, match=words) as error:
        call()
    assert error.value.remedy.startswith("Use --m")


def test_a_climb_without_a_peak_is_refused():
    with pytest.raises(InputError, match="no peak that could be found"):
        climb(lambda place: float(place[0]), np.array([0.0]))


def test_a_climb_finds_a_peak_from_where_the_ground_is_not_concave():
    peak = climb(lambda place: -float(np.log1p((place[0] - 2) ** 2 + place[1] ** 2)), np.array([8.0, 3.0]))
    assert peak.place == pytest.approx([2.0, 0.0], abs=1e-5)
    assert peak.covariance == pytest.approx(np.eye(2) / 2, rel=1e-4, abs=1e-4)


def test_the_pooled_effect_of_a_model_has_its_words():
    studies = two_arms(*BCG_COUNTS)
    z, t = (
        pool_glmm(studies, MEASURES.get("OR"), PoolSettings(method="ML", test=test), "CM.AL")
        for test in ("z", T)
    )
    assert (z.method, z.model, z.df, t.df) == ("GLMM", "CM.AL", None, 12)
    assert (z.se, z.beta) == (t.se, t.beta)
    assert t.ci[0] < z.ci[0]
    assert 0 < z.heterogeneity.i2 < 100
    assert any("Wald's is" in note for note in z.notes)
    assert any("rare events" in note for note in z.notes)


def test_random_study_intercepts_have_no_test_of_heterogeneity():
    found = pool_glmm(two_arms(*ROWS), MEASURES.get("OR"), PoolSettings(method="ML"), "UM.RS")
    assert (found.heterogeneity.q, found.heterogeneity.q_p) == (None, None)
    assert any("no test of heterogeneity" in note for note in found.notes)
