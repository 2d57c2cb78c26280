"""Pooling by inverse variance: known truth, its laws, the intervals of tau2, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from meta_lab import GEN, PAIRS, effects, split
from scipy.integrate import quad
from scipy.stats import chi2

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.convention import CONVENTIONS, INVERSE_Q
from tissueclock.evidence.meta.heterogeneity import (
    generalised_q,
    h_interval,
    i2_interval_of_q,
    i2_of_q,
    profile_likelihood,
    q_profile,
)
from tissueclock.evidence.meta.likelihood import log_likelihood
from tissueclock.evidence.meta.linear import ones
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.normal import chi2_upper, critical, f_upper, two_sided_p
from tissueclock.evidence.meta.pool import (
    AD_HOC,
    EMPTY_INTERVAL,
    JACKSON,
    KNAPP_HARTUNG,
    PROFILE_LIKELIHOOD,
    PoolSettings,
    pool,
)
from tissueclock.evidence.meta.quadratic_form import upper_tail
from tissueclock.evidence.meta.tau2 import ESTIMATORS, Tau2, cochran_q, mean_tau2

QUICK = settings(max_examples=25)
YI, VI = np.array([0.1, 0.9, -0.4, 0.7, 0.2]), np.array([0.02, 0.05, 0.03, 0.04, 0.3])


def test_two_studies_by_hand():
    found = pool(effects([1.0, 3.0], [1.0, 1.0]), GEN, PoolSettings(method="FE"))
    assert (found.beta, found.se) == pytest.approx((2.0, math.sqrt(0.5)))
    assert found.heterogeneity.q == pytest.approx(2.0)
    assert found.heterogeneity.i2 == pytest.approx(50.0)
    assert found.weights_percent == pytest.approx((50.0, 50.0))
    assert (found.pi, found.heterogeneity.tau2) == (None, 0.0)


def test_two_studies_by_hand_with_a_variance_between_them():
    found = pool(effects([1.0, 3.0], [0.5, 0.5]), GEN, PoolSettings(method="DL"))
    assert found.heterogeneity.tau2 == pytest.approx(1.5)  # (4 - 1) / (4 - 8 / 4)
    assert found.se == pytest.approx(1.0)
    assert found.ci == pytest.approx((2 - 1.959964, 2 + 1.959964), abs=1e-6)
    assert found.pi == pytest.approx((2 - 1.959964 * math.sqrt(2.5), 2 + 1.959964 * math.sqrt(2.5)), abs=1e-6)


@QUICK
@given(PAIRS)
def test_the_mean_against_a_loop(pairs):
    yi, vi = split(pairs)
    found = pool(effects(yi, vi), GEN, PoolSettings(method="DL"))
    weights = [1 / (v + found.heterogeneity.tau2) for v in vi]
    total = sum(weights)
    beta = sum(w * y for w, y in zip(weights, yi, strict=True)) / total
    assert (found.beta, found.se) == pytest.approx((beta, total**-0.5), rel=1e-9, abs=1e-12)
    assert found.weights_percent == pytest.approx([100 * w / total for w in weights])
    fixed = sum(y / v for y, v in pairs) / sum(1 / v for _, v in pairs)
    assert found.heterogeneity.q == pytest.approx(sum((y - fixed) ** 2 / v for y, v in pairs), abs=1e-9)
    assert min(yi) - 1e-9 <= found.beta <= max(yi) + 1e-9


@QUICK
@given(PAIRS)
def test_turning_all_effects_turns_the_estimate(pairs):
    yi, vi = split(pairs)
    for name in ("FE", "REML", "PM"):
        here, there = (pool(effects(sign * yi, vi), GEN, PoolSettings(method=name)) for sign in (1, -1))
        assert here.beta == pytest.approx(-there.beta, abs=1e-7)
        assert here.ci[0] == pytest.approx(-there.ci[1], abs=1e-7)
        assert here.p == pytest.approx(there.p, rel=1e-4, abs=1e-9)


@QUICK
@given(PAIRS)
def test_heterogeneity_stays_within_its_bounds(pairs):
    yi, vi = split(pairs)
    for convention in (*CONVENTIONS.values(), INVERSE_Q):
        found = pool(effects(yi, vi), GEN, PoolSettings(convention=convention)).heterogeneity
        assert 0 <= found.i2 < 100
        assert found.h2 >= (0 if convention.i2_from_q else 1)
        assert 0 <= found.q_p <= 1
        if found.tau2_ci:
            assert 0 <= found.tau2_ci[0] <= found.tau2_ci[1]


def test_knapp_and_hartung_by_hand():
    plain = pool(effects(YI, VI), GEN, PoolSettings(method="DL", test=KNAPP_HARTUNG))
    weights = 1 / (VI + plain.heterogeneity.tau2)
    spread = float(np.sum(weights * (YI - plain.beta) ** 2)) / 4
    assert plain.se == pytest.approx(math.sqrt(spread / np.sum(weights)))
    assert plain.df == 4
    assert plain.ci[1] - plain.beta == pytest.approx(2.776445 * plain.se, rel=1e-6)


@QUICK
@given(PAIRS)
def test_ad_hoc_is_never_narrower_than_without(pairs):
    yi, vi = split(pairs)
    z = pool(effects(yi, vi), GEN, PoolSettings(method="DL"))
    ad_hoc = pool(effects(yi, vi), GEN, PoolSettings(method="DL", test=AD_HOC))
    assert ad_hoc.se >= z.se * (1 - 1e-12)


def test_effects_that_are_all_alike_have_no_knapp_hartung():
    alike = effects([0.5, 0.5, 0.5], [0.1, 0.1, 0.1])
    with pytest.raises(InputError, match="all alike") as error:
        pool(alike, GEN, PoolSettings(test=KNAPP_HARTUNG))
    assert "--ad-hoc" in error.value.remedy
    assert pool(alike, GEN, PoolSettings(test=AD_HOC)).beta == pytest.approx(0.5)


def test_one_study_is_itself_and_says_nothing_of_others():
    found = pool(effects([0.3], [0.04]), GEN, PoolSettings(test=KNAPP_HARTUNG))
    assert (found.beta, found.se, found.df) == pytest.approx((0.3, 0.2, None))
    part = found.heterogeneity
    assert (part.tau2, part.i2, part.h2, part.q, part.q_p, part.tau2_ci, found.pi) == (0.0, *[None] * 6)


def test_a_given_tau2_is_kept():
    found = pool(effects(YI, VI), GEN, PoolSettings(), tau2=Tau2(0.5, None))
    assert found.heterogeneity.tau2 == 0.5
    assert found.se == pytest.approx(float(np.sum(1 / (VI + 0.5))) ** -0.5)


def test_the_level_moves_every_interval():
    narrow, wide = (pool(effects(YI, VI), GEN, PoolSettings(level=level)) for level in (0.8, 0.99))
    for name in ("ci", "pi"):
        (low, high), (lower, higher) = getattr(narrow, name), getattr(wide, name)
        assert lower < low < high < higher
    assert narrow.heterogeneity.tau2_ci[1] < wide.heterogeneity.tau2_ci[1]
    assert narrow.p == wide.p


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"method": "XX"}, "no estimator 'XX'"),
        ({"test": "XX"}, "no test 'XX'"),
        ({"level": 1.0}, "not between 0 and 1"),
        ({"tau2_interval": "XX"}, "no interval 'XX'"),
    ],
)
def test_settings_that_cannot_be(wrong, words):
    with pytest.raises(ValueError, match=words):
        PoolSettings(**wrong)


# --- intervals of tau2 -------------------------------------------------------------------------------------


@QUICK
@given(PAIRS)
def test_q_profile_solves_its_equations(pairs):
    yi, vi = split(pairs)
    design, df = ones(len(yi)), len(yi) - 1
    ends = q_profile(yi, vi, design, 0.95)
    if ends is None:
        assert chi2_upper(cochran_q(yi, vi, design), df) > 0.975
        return
    low, high = ends
    assert chi2_upper(cochran_q(yi, vi, design, high), df) == pytest.approx(0.975, abs=1e-9)
    p = chi2_upper(cochran_q(yi, vi, design, low), df)
    assert p == pytest.approx(0.025, abs=1e-9) if low else p > 0.025


def test_an_empty_interval_is_none_and_not_a_number():
    alike = effects([0.5, 0.5, 0.5], [0.1, 0.1, 0.1])
    pooled = pool(alike, GEN, PoolSettings())
    found = pooled.heterogeneity
    assert (found.tau2_ci, found.i2_ci, found.tau2_ci_method) == (None, None, "")
    assert pooled.notes == (EMPTY_INTERVAL,)
    assert pool(effects(YI, VI), GEN, PoolSettings()).notes == ()
    assert generalised_q(np.full(3, 0.5), np.full(3, 0.1), ones(3), np.ones(3), 0.95) is None


@pytest.mark.parametrize("name", ["ML", "REML"])
@QUICK
@given(pairs=PAIRS)
def test_profile_likelihood_drops_by_what_it_should(name, pairs):
    yi, vi = split(pairs)
    restricted, design = name == "REML", ones(len(yi))
    tau2 = mean_tau2(yi, vi, ESTIMATORS[name]).value
    low, high = profile_likelihood(yi, vi, design, tau2, 0.95, restricted=restricted)

    def drop(value):
        heights = (log_likelihood(yi, vi, design, one, restricted=restricted) for one in (tau2, value))
        return 2 * (next(heights) - next(heights))

    assert low <= tau2 <= high
    assert drop(high) == pytest.approx(chi2.isf(0.05, 1), rel=1e-6)
    assert (
        drop(low) == pytest.approx(chi2.isf(0.05, 1), rel=1e-6)
        if low
        else drop(0.0) <= chi2.isf(0.05, 1) + 1e-6
    )


def test_jacksons_interval_with_inverse_variances_of_alike_studies_is_q_profile():
    vi = np.full(5, 0.04)
    assert generalised_q(YI, vi, ones(5), 1 / vi, 0.95) == pytest.approx(
        q_profile(YI, vi, ones(5), 0.95), rel=1e-8
    )


def test_the_interval_asked_for_is_the_one_named():
    for name in (PROFILE_LIKELIHOOD, JACKSON):
        found = pool(effects(YI, VI), GEN, PoolSettings(tau2_interval=name)).heterogeneity
        assert found.tau2_ci_method == name
        low, high = found.tau2_ci
        assert low < found.tau2 < high


def imhof(x: float, weights) -> float:
    """Return the upper tail by Imhof's integral (Biometrika 1961;48:419)."""

    def integrand(u: float) -> float:
        angle = 0.5 * float(np.sum(np.arctan(weights * u))) - 0.5 * x * u
        return math.sin(angle) / (u * float(np.prod((1 + (weights * u) ** 2) ** 0.25)))

    return 0.5 + quad(integrand, 0, np.inf, limit=2000, epsabs=1e-9)[0] / math.pi


@pytest.mark.parametrize("weights", [(1.0, 2.0, 3.0, 4.0, 5.0, 0.5), (0.01, 1.0, 1.0, 1.0, 1.0, 7.0, 30.0)])
@pytest.mark.parametrize("share", [0.2, 1.0, 2.5])
def test_the_sum_of_weighted_chi_squares_against_imhof(weights, share):
    x = share * sum(weights)
    assert upper_tail(x, np.array(weights)) == pytest.approx(imhof(x, np.array(weights)), abs=1e-7)


@pytest.mark.parametrize("k", [1, 2, 12, 100, 500])
def test_the_sum_of_equal_chi_squares_is_a_chi_square(k):
    for p in (0.975, 0.5, 0.025):
        assert upper_tail(3 * chi2.isf(p, k), np.full(k, 3.0)) == pytest.approx(p, abs=1e-10)


def test_i2_and_h_from_q():
    assert i2_of_q(20.0, 10) == pytest.approx(50.0)
    assert (i2_of_q(5.0, 10), i2_of_q(0.0, 3)) == (0.0, 0.0)
    h, (low, high) = h_interval(40.0, 11, 0.95)
    assert low < h < high
    assert h == pytest.approx(2.0)
    assert i2_interval_of_q(3.0, 2, 0.95) is None


# --- distributions and scales ------------------------------------------------------------------------------


def test_distributions_from_tables():
    assert critical(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert critical(0.95, 5) == pytest.approx(2.570582, abs=1e-6)
    assert two_sided_p(1.959964) == pytest.approx(0.05, abs=1e-6)
    assert two_sided_p(-2.570582, 5) == pytest.approx(0.05, abs=1e-6)
    assert chi2_upper(3.841459, 1) == pytest.approx(0.05, abs=1e-6)
    assert chi2_upper(3.0, 0) == 1.0
    assert f_upper(4.102821, 2, 10) == pytest.approx(0.05, abs=1e-6)


def test_the_document_holds_every_number_and_no_nan():
    document = pool(effects(YI, VI), GEN, PoolSettings()).to_json()
    fixed = ("measure", "method", "k", "estimate", "ci_low", "ci_high", "p", "pi_low", "pi_high")
    assert {*fixed, "beta", "se", "tau2", "i2", "h2", "q", "q_p"} <= set(document)
    numbers = [value for value in document.values() if isinstance(value, float)]
    assert all(map(math.isfinite, numbers))


def test_a_ratio_is_printed_as_a_ratio():
    found = pool(effects(YI, VI), MEASURES.get("OR"), PoolSettings())
    assert (found.estimate, *found.ci) == pytest.approx([math.exp(x) for x in (found.beta, *found.beta_ci)])
