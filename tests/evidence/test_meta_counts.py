"""Mantel-Haenszel, Peto, and the tests over studies: by loops, by their laws, and where they end."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from meta_lab import ARMS, BCG_COUNTS, FULL_ARMS, two_arms
from statsmodels.stats.contingency_tables import StratifiedTable

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.fixed_counts import (
    has_mantel_haenszel,
    informative,
    mantel_haenszel,
    pool_mantel_haenszel,
    pool_peto,
)
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.pool import PoolSettings
from tissueclock.evidence.meta.strata_tests import breslow_day, cochran_mantel_haenszel

QUICK = settings(max_examples=40)
FIXED = PoolSettings(method="FE")
OR, RR, RD, PETO = (MEASURES.get(name) for name in ("OR", "RR", "RD", "PETO"))


def estimable(rows) -> bool:
    studies = informative(two_arms(*rows), OR)
    arms = [(sum(one.ai for one in studies), sum(one.n1i for one in studies))]
    arms.append((sum(one.ci for one in studies), sum(one.n2i for one in studies)))
    return bool(studies) and all(0 < events < n for events, n in arms)


@QUICK
@given(ARMS)
def test_mantel_and_haenszel_by_loops(rows):
    assume(estimable(rows))
    tables = [(a, n1 - a, c, n2 - c, n1 + n2) for a, n1, c, n2 in rows]
    top, bottom = (sum(x * y / n for x, y, n in parts) for parts in _cross(tables))
    assume(top > 0 and bottom > 0)
    beta, _, _ = mantel_haenszel(two_arms(*rows), OR)
    assert math.exp(beta) == pytest.approx(top / bottom)
    risk, _, _ = mantel_haenszel(two_arms(*rows), RR)
    treated = sum(a * (c + d) / n for a, b, c, d, n in tables)
    assert math.exp(risk) == pytest.approx(treated / sum(c * (a + b) / n for a, b, c, d, n in tables))
    difference, _, _ = mantel_haenszel(two_arms(*rows), RD)
    weights = [(a + b) * (c + d) / n for a, b, c, d, n in tables]
    gaps = [a / (a + b) - c / (c + d) for a, b, c, d, _ in tables]
    assert difference == pytest.approx(sum(w * g for w, g in zip(weights, gaps, strict=True)) / sum(weights))


def _cross(tables):
    return [(a, d, n) for a, b, c, d, n in tables], [(b, c, n) for a, b, c, d, n in tables]


def test_the_odds_ratio_and_its_tests_as_in_statsmodels():
    studies = two_arms(*BCG_COUNTS)
    theirs = StratifiedTable([[[s.ai, s.n1i - s.ai], [s.ci, s.n2i - s.ci]] for s in studies])
    beta, se, _ = mantel_haenszel(studies, OR)
    assert (beta, se) == pytest.approx((theirs.logodds_pooled, theirs.logodds_pooled_se), rel=1e-9)
    for corrected in (False, True):
        ours = cochran_mantel_haenszel(studies, corrected=corrected)
        other = theirs.test_null_odds(correction=corrected)
        assert (ours.statistic, ours.p) == pytest.approx((other.statistic, other.pvalue), rel=1e-6)
        ours = breslow_day(studies, tarone=corrected)
        other = theirs.test_equal_odds(adjust=corrected)
        assert (ours.statistic, ours.df) == (pytest.approx(other.statistic, rel=1e-6), 12)


@QUICK
@given(FULL_ARMS)
def test_changing_the_arms_turns_the_estimate(rows):
    turned = two_arms(*((c, n2, a, n1) for a, n1, c, n2 in rows))
    for measure in (OR, RR, RD):
        (beta, se, _), (other, other_se, _) = (mantel_haenszel(s, measure) for s in (two_arms(*rows), turned))
        assert (beta, se) == pytest.approx((-other, other_se), abs=1e-9)
    assert pool_peto(two_arms(*rows), PETO, FIXED).beta == pytest.approx(-pool_peto(turned, PETO, FIXED).beta)


@QUICK
@given(FULL_ARMS)
def test_peto_by_a_loop(rows):
    found = pool_peto(two_arms(*rows), PETO, FIXED)
    excess = information = 0.0
    for a, n1, c, n2 in rows:
        n, events = n1 + n2, a + c
        excess += a - n1 * events / n
        information += n1 * n2 * events * (n - events) / (n * n * (n - 1))
    assert found.beta == pytest.approx(excess / information, abs=1e-12)
    assert found.se == pytest.approx(information**-0.5)


def test_studies_that_say_nothing_weigh_nothing_and_are_named():
    rows = ((3, 20, 1, 20), (0, 30, 0, 30), (2, 15, 4, 16), (9, 9, 8, 8))
    full, brief = two_arms(*rows), two_arms(rows[0], rows[2])
    for fit, measure in ((pool_mantel_haenszel, OR), (pool_peto, PETO)):
        found = fit(full, measure, FIXED)
        assert found.beta == pytest.approx(fit(brief, measure, FIXED).beta)
        assert (found.k, found.heterogeneity.q_df) == (2, 1)
        assert [weight > 0 for weight in found.weights_percent] == [True, False, True, False]
        assert found.notes == ("studies that weigh nothing, having no event or nothing else: 2",)


def test_a_difference_keeps_studies_without_events():
    full = two_arms((3, 20, 1, 20), (0, 30, 0, 30))
    found = pool_mantel_haenszel(full, RD, FIXED)
    assert found.k == 2
    assert abs(found.beta) < abs(pool_mantel_haenszel(full[:1], RD, FIXED).beta)


def test_of_one_study_nothing_is_said_of_others():
    found = pool_mantel_haenszel(two_arms((3, 20, 1, 20)), OR, FIXED).heterogeneity
    assert (found.i2, found.h2, found.q, found.q_p) == (None,) * 4


def test_revman_has_the_older_variance_of_a_difference():
    studies = two_arms(*BCG_COUNTS)
    newer, older = (mantel_haenszel(studies, RD, convention) for convention in CONVENTIONS.values())
    assert newer[0] == older[0]
    top = sum(
        (s.ai * (s.n1i - s.ai) * s.n2i**3 + s.ci * (s.n2i - s.ci) * s.n1i**3) / (s.n1i * s.n2i * s.n**2)
        for s in studies
    )
    assert older[1] == pytest.approx(math.sqrt(top) / sum(s.n1i * s.n2i / s.n for s in studies))
    assert older[1] != pytest.approx(newer[1], rel=1e-3)


@pytest.mark.parametrize("measure", [OR, RR], ids=lambda measure: measure.name)
def test_an_arm_without_events_has_no_ratio(measure):
    with pytest.raises(InputError, match="an arm has no event") as error:
        mantel_haenszel(two_arms((0, 10, 2, 10), (0, 20, 1, 20)), measure)
    assert "--measure RD" in error.value.remedy


def test_nothing_to_compare_is_refused():
    nothing = two_arms((0, 10, 0, 10), (0, 20, 0, 20))
    for fit, measure in ((pool_mantel_haenszel, RD), (pool_peto, PETO)):
        with pytest.raises(InputError, match="no study has both events and others"):
            fit(nothing, measure, FIXED)


def test_other_measures_have_no_mantel_haenszel():
    assert not has_mantel_haenszel(MEASURES.get("AS"))
    with pytest.raises(ValueError, match="no Mantel-Haenszel estimate of AS"):
        mantel_haenszel(two_arms((1, 10, 2, 10)), MEASURES.get("AS"))


def test_odds_ratios_that_are_all_one_are_alike():
    alike = two_arms((5, 20, 5, 20), (8, 30, 16, 60))
    assert breslow_day(alike, tarone=False).statistic == pytest.approx(0.0, abs=1e-12)
    assert cochran_mantel_haenszel(alike, corrected=True).statistic == 0.0
    assert cochran_mantel_haenszel(alike, corrected=False).to_json() == {"statistic": 0.0, "df": 1, "p": 1.0}
