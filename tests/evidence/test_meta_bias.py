"""Small studies: tests of asymmetry, trim and fill, fail-safe numbers, against slow versions and truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from meta_lab import BCG_COUNTS, GEN, PAIRS, effects, split, two_arms
from scipy.special import ndtr, ndtri

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.bias import asymmetry
from tissueclock.evidence.meta.bias.fail_safe import orwin, rosenberg, rosenthal
from tissueclock.evidence.meta.bias.panel import bias_panel
from tissueclock.evidence.meta.bias.rank import begg
from tissueclock.evidence.meta.bias.trim_fill import NUMBERS, trim_fill
from tissueclock.evidence.meta.measures.base import MEASURES, study_effects
from tissueclock.evidence.meta.pool import PoolSettings, columns, pool

QUICK = settings(max_examples=30)
FIXED = PoolSettings(method="FE")
SE = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
BENT = 0.2 + 1.5 * SE + np.array([0.01, -0.02, 0.05, -0.04, 0.03, 0.02, -0.05, 0.06])


def test_egger_is_a_regression_of_effect_over_error_on_precision():
    found = asymmetry.egger(BENT, SE**2, 0.95)
    theirs = sm.OLS(BENT / SE, sm.add_constant(1 / SE)).fit()
    assert (found.bias, found.se, found.p) == pytest.approx(
        (theirs.params[0], theirs.bse[0], theirs.pvalues[0])
    )
    assert (found.limit, found.df) == (pytest.approx(theirs.params[1]), 6)
    assert found.limit_ci == pytest.approx(tuple(theirs.conf_int()[1]))


def test_a_bend_is_seen_and_its_limit_found():
    found = asymmetry.egger(BENT, SE**2, 0.95)
    assert found.p < 0.001
    assert found.bias == pytest.approx(1.5, abs=0.2)
    assert found.limit == pytest.approx(0.2, abs=0.05)


@QUICK
@given(PAIRS)
def test_turning_effects_turns_the_bias(pairs):
    yi, vi = split(pairs)
    if np.ptp(vi) < 1e-3 or np.ptp(yi) < 1e-3:
        return
    here, there = (asymmetry.egger(sign * yi, vi, 0.95) for sign in (1, -1))
    assert (here.bias, here.p) == pytest.approx((-there.bias, there.p), abs=1e-7)


def test_tests_of_odds_ratios_are_weighted_regressions():
    studies = two_arms(*BCG_COUNTS)
    yi, _ = columns(study_effects(studies, MEASURES.get("OR")))
    n = np.array([one.n for one in studies], dtype=float)
    events = np.array([one.ai + one.ci for one in studies], dtype=float)
    theirs = sm.WLS(yi, sm.add_constant(1 / n), weights=events * (n - events) / n).fit()
    found = asymmetry.peters(studies, yi, 0.95)
    assert (found.bias, found.p) == pytest.approx((theirs.params[1], theirs.pvalues[1]))
    size = np.array([4 * one.n1i * one.n2i / one.n for one in studies])
    theirs = sm.WLS(yi, sm.add_constant(size**-0.5), weights=size).fit()
    found = asymmetry.deeks(studies, yi, 0.95)
    assert (found.bias, found.p) == pytest.approx((theirs.params[1], theirs.pvalues[1]))


def test_harbord_passes_over_studies_that_say_nothing():
    rows = BCG_COUNTS[:5]
    full = two_arms(*rows, (0, 10, 0, 10))
    assert asymmetry.harbord(full, 0.95) == asymmetry.harbord(two_arms(*rows), 0.95)


@pytest.mark.parametrize("kind", ["egger", "egger_by_variance", "egger_mixed", "thompson_sharp"])
def test_equally_precise_or_too_few_studies_are_refused(kind):
    level = PoolSettings() if kind in ("egger_mixed", "thompson_sharp") else 0.95
    with pytest.raises(InputError, match="all studies are equally precise"):
        getattr(asymmetry, kind)(np.array([0.1, 0.2, 0.5]), np.full(3, 0.1), level)
    with pytest.raises(InputError, match="too few studies for a test of asymmetry: 2"):
        getattr(asymmetry, kind)(np.array([0.1, 0.2]), np.array([0.1, 0.2]), level)


def test_studies_on_a_line_have_no_error_to_test_by():
    with pytest.raises(InputError, match="lie on one line"):
        asymmetry.egger(np.array([0.0, 0.0, 0.0]), SE[:3] ** 2, 0.95)


# --- the rank test -----------------------------------------------------------------------------------------


@QUICK
@given(PAIRS)
def test_the_score_counts_pairs(pairs):
    yi, vi = split(pairs)
    if np.ptp(vi) < 1e-3 or np.ptp(yi) < 1e-3:
        return
    found = begg(yi, vi)
    total = sum(1 / v for v in vi)
    mean = sum(y / v for y, v in zip(yi, vi, strict=True)) / total
    standard = [(y - mean) / math.sqrt(v - 1 / total) for y, v in zip(yi, vi, strict=True)]
    score = sum(
        np.sign(standard[i] - standard[j]) * np.sign(vi[i] - vi[j]) for i in range(len(yi)) for j in range(i)
    )
    assert found.score == score
    assert -1 <= found.tau <= 1
    assert 0 <= found.p <= 1


def test_the_rank_test_is_exact_without_ties_only():
    yi = np.array([0.1, 0.5, 0.3, 0.9])
    assert begg(yi, np.array([0.1, 0.2, 0.3, 0.4])).exact
    tied = begg(yi, np.array([0.1, 0.2, 0.2, 0.4]))
    assert not tied.exact
    assert set(tied.to_json()) == {"tau", "p", "exact", "score", "score_se", "normal_p"}


def test_the_rank_test_refuses_what_has_no_ranks():
    with pytest.raises(InputError, match="asymmetry: 2"):
        begg(np.array([0.1, 0.2]), np.array([0.1, 0.2]))
    with pytest.raises(InputError, match="equally precise"):
        begg(np.array([0.1, 0.2, 0.4]), np.full(3, 0.1))


# --- trim and fill -----------------------------------------------------------------------------------------


def symmetrical(k: int):
    """Return pairs of effects about 0, those of a pair by turns a little farther, so that no two tie."""
    vi = np.repeat(np.linspace(0.01, 0.5, k), 2)
    farther = np.ravel([[1.0, 1.01] if i % 2 else [1.01, 1.0] for i in range(k)])
    return np.tile([1.0, -1.0], k) * np.sqrt(vi) * farther, vi


@pytest.mark.parametrize("estimator", NUMBERS)
def test_a_symmetrical_funnel_misses_nothing(estimator):
    found = trim_fill(effects(*symmetrical(6)), FIXED, estimator)
    assert (found.missing, found.filled) == (0, ())


@pytest.mark.parametrize(("sign", "side"), [(1, "left"), (-1, "right")])
def test_studies_that_were_taken_out_are_put_back(sign, side):
    yi, vi = symmetrical(10)
    keep = [i for i in range(20) if not (yi[i] < 0 and vi[i] > 0.3)]
    found = trim_fill(effects(sign * yi[keep], vi[keep]), FIXED)
    assert found.side == side
    assert abs(found.missing - (20 - len(keep))) <= 1
    filled = pool([*effects(sign * yi[keep], vi[keep]), *found.filled], GEN, FIXED)
    before = pool(effects(sign * yi[keep], vi[keep]), GEN, FIXED)
    assert abs(filled.beta) < 0.3 * abs(before.beta)
    assert all(sign * one.yi < 0 for one in found.filled)


@QUICK
@given(PAIRS)
def test_what_is_filled_mirrors_what_is_there(pairs):
    yi, vi = split(pairs)
    try:
        found = trim_fill(effects(yi, vi), FIXED)
    except InputError:
        return
    assert len(found.filled) == found.missing < len(yi)
    kept = np.sort(yi if found.side == "left" else -yi)[: len(yi) - found.missing]
    assert {round(one.vi, 9) for one in found.filled} <= {round(v, 9) for v in vi}
    assert len(kept) + found.missing == len(yi)


def test_trim_and_fill_refuses_what_it_cannot_do():
    with pytest.raises(InputError, match="trim and fill: 2"):
        trim_fill(effects([0.1, 0.2], [0.1, 0.2]), FIXED)
    with pytest.raises(ValueError, match="no estimator 'X1'"):
        trim_fill(effects(*symmetrical(3)), FIXED, "X1")


def test_equally_precise_studies_are_trimmed_on_the_left():
    assert trim_fill(effects([0.1, 0.2, 0.9, 0.3], [0.1] * 4), FIXED).side == "left"


# --- fail-safe numbers -------------------------------------------------------------------------------------


@QUICK
@given(PAIRS)
def test_rosenthals_number_is_the_first_that_is_enough(pairs):
    yi, vi = split(pairs)
    number = rosenthal(yi, vi).number
    total = abs(float(np.sum(yi / np.sqrt(vi))))

    def p(added):
        return ndtr(-total / math.sqrt(len(yi) + added))

    assert p(number) >= 0.05 - 1e-9
    assert number == 0 or p(number - 1) < 0.05


@QUICK
@given(PAIRS)
def test_rosenbergs_number_is_the_first_that_is_enough(pairs):
    yi, vi = split(pairs)
    number = rosenberg(yi, vi).number
    weights = 1 / vi
    total, mean_weight = abs(float(np.sum(weights * yi))), float(np.mean(weights))

    def z(added):
        return total / math.sqrt(float(np.sum(weights)) + added * mean_weight)

    limit = -ndtri(0.025)
    assert z(number) <= limit + 1e-9
    assert number == 0 or z(number - 1) > limit


def test_orwins_number_halves_a_plain_mean():
    found = orwin(np.array([0.2, 0.4, 0.9]))
    assert (found.number, found.mean, found.target) == (3, pytest.approx(0.5), pytest.approx(0.25))


# --- the panel ---------------------------------------------------------------------------------------------


def panel(name="OR", method="REML", rows=BCG_COUNTS):
    studies = two_arms(*rows)
    measure = MEASURES.get(name)
    return bias_panel(studies, study_effects(studies, measure), measure, PoolSettings(method=method))


def test_the_panel_holds_what_belongs_to_the_measure_and_the_method():
    assert [one.name for one in panel().tests] == [
        *("egger", "egger_variance", "egger_mixed", "thompson_sharp", "harbord", "peters", "deeks"),
    ]
    assert [one.name for one in panel("RD", "FE").tests] == ["egger", "egger_variance"]
    document = panel().to_json()
    assert [one["estimator"] for one in document["trim_fill"]] == ["L0", "R0"]
    assert [one["name"] for one in document["fail_safe"]] == ["rosenthal", "orwin", "rosenberg"]


def test_the_panel_says_what_to_doubt():
    assert any("log ratio and its error" in note for note in panel().notes)
    few = panel(rows=BCG_COUNTS[:4])
    assert any("to find much, 4" in note for note in few.notes)


def test_what_does_not_settle_is_a_reason_and_not_a_failure(monkeypatch):
    def unsettled(*_):
        raise InputError("the number does not settle.")

    monkeypatch.setattr("tissueclock.evidence.meta.bias.panel.trim_fill", unsettled)
    document = panel().to_json()["trim_fill"]
    assert document[0] == {"estimator": "L0", "reason": "the number does not settle."}
