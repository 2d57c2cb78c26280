"""Proportional odds on tables: a slow reference, known truth, laws, and the tables that have no estimate."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2

from tissueclock.evidence.ordinal.bulk import Status, fit_tables
from tissueclock.evidence.ordinal.profile import profile_limits
from tissueclock.evidence.ordinal.proportionality import brant_tests, ratio_tests, score_tests
from tissueclock.evidence.ordinal.ranks import wilcoxon_z
from tissueclock.evidence.ordinal.simulate import draw_tables, shifted

CONTROL = (0.03, 0.05, 0.09, 0.15, 0.28, 0.20, 0.20)
LIMIT = ((2, 3, 9, 17, 33, 18, 18), (0, 3, 5, 5, 25, 40, 24))
arms = st.lists(st.integers(0, 25), min_size=7, max_size=7).filter(any)
tables = st.tuples(arms, arms)


def log_likelihood(table, cuts, effect):
    """The definition, without a trick: logs of differences of logistic functions."""
    value = 0.0
    for counts, shift in zip(table, (effect, 0.0), strict=True):
        below = np.concatenate([[0.0], expit(np.asarray(cuts) + shift), [1.0]])
        value += sum(n * np.log(p) for n, p in zip(counts, np.diff(below), strict=True) if n)
    return value


def slow_fit(table):
    """A general optimiser over the first cut and positive widths; levels that nobody has are left out."""
    used = [pair for pair in zip(*table, strict=True) if sum(pair)]
    packed = tuple(zip(*used, strict=True))
    below = np.cumsum(np.sum(packed, axis=0))[:-1]
    start = np.log(below) - np.log(np.sum(packed) - below)

    def minus(at):
        cuts = at[0] + np.concatenate([[0.0], np.cumsum(np.exp(at[1:-1]))])
        return -log_likelihood(packed, cuts, at[-1])

    first = np.concatenate([start[:1], np.log(np.diff(start)), [0.0]])
    return minimize(minus, first, method="BFGS", options={"gtol": 1e-8})


def separated(table):
    grades = [[level for level, n in enumerate(counts) if n] for counts in table]
    return max(grades[0]) <= min(grades[1]) or max(grades[1]) <= min(grades[0])


@settings(max_examples=25)
@given(tables)
def test_against_a_general_optimiser(table):
    fit = fit_tables([table])
    if separated(table):
        assert not fit.fitted[0]
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimiser says so when it cannot do better
        slow = slow_fit(table)
    assert fit.status[0] == Status.FITTED
    assert fit.log_or[0] == pytest.approx(slow.x[-1], abs=2e-4)
    assert fit.log_likelihood[0] >= -slow.fun - 1e-9
    assert fit.log_likelihood[0] == pytest.approx(-slow.fun, abs=1e-6)


@settings(max_examples=25)
@given(tables)
def test_the_slopes_are_zero_and_the_curvature_is_the_standard_error(table):
    """Differences of the definition, at the estimate: an own check of both derivatives."""
    if separated(table):
        return
    fit = fit_tables([table])
    whole = np.sum(table, axis=0) > 0
    keep = np.flatnonzero(whole[:-1] & (np.cumsum(whole)[:-1] < whole.sum()))

    def value(at):
        cuts = np.full(6, np.nan)
        cuts[keep] = at[:-1]
        levels = np.flatnonzero(whole)
        packed = [[counts[level] for level in levels] for counts in table]
        return log_likelihood(packed, cuts[keep], at[-1])

    at = np.concatenate([fit.cuts[0][keep], fit.log_or])
    step = 1e-4
    moves = np.eye(len(at)) * step
    slopes = [(value(at + m) - value(at - m)) / (2 * step) for m in moves]
    assert slopes == pytest.approx(np.zeros(len(at)), abs=1e-4 * np.sum(table))
    bend = [
        [
            (value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b)) / (4 * step**2)
            for a in moves
        ]
        for b in moves
    ]
    assert fit.se[0] == pytest.approx(np.sqrt(np.linalg.inv(-np.array(bend))[-1, -1]), rel=2e-3)


def test_the_odds_ratio_that_was_drawn_is_found_and_covered():
    drawn = draw_tables(shifted(CONTROL, 1.6), CONTROL, (150, 150), 3000, seed=11)
    fit = fit_tables(drawn)
    assert fit.fitted.all()
    assert np.exp(fit.log_or.mean()) == pytest.approx(1.6, rel=0.02)
    assert fit.se.mean() == pytest.approx(fit.log_or.std(), rel=0.04)
    wald, profile = fit.wald_interval(), profile_limits(drawn, fit)
    for limits in (wald, profile):
        inside = (limits[:, 0] < np.log(1.6)) & (np.log(1.6) < limits[:, 1])
        assert inside.mean() == pytest.approx(0.95, abs=0.012)


def test_without_an_effect_every_test_rejects_as_often_as_it_says():
    drawn = draw_tables(CONTROL, CONTROL, (150, 150), 3000, seed=12)
    fit = fit_tables(drawn)
    for p in (fit.wald_p(), fit.ratio_p(), chi2.sf(wilcoxon_z(drawn) ** 2, 1), ratio_tests(fit).p):
        assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.013)


def test_many_at_once_are_one_by_one():
    drawn = draw_tables(CONTROL, shifted(CONTROL, 3.0), (12, 9), 30, seed=5)  # many empty levels
    fit, limits = fit_tables(drawn), profile_limits(drawn, fit_tables(drawn))
    assert len(np.unique(fit.used)) > 2
    for place, table in enumerate(drawn):
        one = fit_tables([table])
        assert one.status[0] == fit.status[place]
        for name in ("log_or", "se", "log_likelihood", "log_likelihood_null", "log_likelihood_free", "cuts"):
            mine, theirs = getattr(one, name)[0], getattr(fit, name)[place]
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(profile_limits([table], one)[0], limits[place], rtol=1e-8, atol=1e-8)


@settings(max_examples=25)
@given(tables)
def test_the_other_arm_first_turns_the_sign(table):
    fit, turned = fit_tables([table]), fit_tables([table[::-1]])
    if not fit.fitted[0]:
        assert {fit.status[0], turned.status[0]} in (
            {Status.SEPARATED_BETTER, Status.SEPARATED_WORSE},
            {Status.ONE_LEVEL},
        )
        return
    assert turned.log_or[0] == pytest.approx(-fit.log_or[0], abs=1e-9)
    assert turned.se[0] == pytest.approx(fit.se[0], rel=1e-9)


@settings(max_examples=25)
@given(tables)
def test_the_scale_upside_down_turns_the_sign(table):
    fit, turned = fit_tables([table]), fit_tables([[counts[::-1] for counts in table]])
    if fit.fitted[0]:
        assert turned.log_or[0] == pytest.approx(-fit.log_or[0], abs=1e-9)
        assert turned.ratio()[0] == pytest.approx(fit.ratio()[0], abs=1e-8)


@settings(max_examples=25)
@given(tables, st.integers(0, 7))
def test_a_level_that_nobody_has_changes_nothing(table, place):
    wider = [[*counts[:place], 0, *counts[place:]] for counts in table]
    fit, wide = fit_tables([table]), fit_tables([wider])
    assert (fit.status[0], fit.used[0]) == (wide.status[0], wide.used[0])
    if fit.fitted[0]:
        assert wide.log_or[0] == pytest.approx(fit.log_or[0], abs=1e-10)
        assert wide.se[0] == pytest.approx(fit.se[0], rel=1e-10)
        for tests in (score_tests, brant_tests):
            one, other = tests([table], fit), tests([wider], wide)
            assert one.possible[0] == other.possible[0]
            np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-7, atol=1e-9)


def test_cuts_beside_an_empty_level_are_equal_and_infinite_beyond_the_patients():
    fit = fit_tables([((0, 3, 0, 4, 2, 0), (0, 1, 0, 3, 6, 0))])
    cuts = fit.cuts[0]
    assert (cuts[0], cuts[4]) == (-np.inf, np.inf)
    assert cuts[1] == cuts[2] < cuts[3] < np.inf


def test_two_levels_are_logistic_regression():
    fit = fit_tables([((30, 70), (20, 80))])
    assert fit.log_or[0] == pytest.approx(np.log(30 * 80 / (70 * 20)), rel=1e-12)
    assert fit.se[0] == pytest.approx(np.sqrt(1 / 30 + 1 / 70 + 1 / 20 + 1 / 80), rel=1e-12)
    statistic, df, p = fit.proportionality_ratio()
    assert (statistic[0], df[0], p[0]) == (pytest.approx(0, abs=1e-9), 0, 1)


@pytest.mark.parametrize(
    ("table", "status", "log_or"),
    [
        (((5, 5, 0), (0, 0, 4)), Status.SEPARATED_BETTER, np.inf),
        (((5, 5, 0), (0, 3, 4)), Status.SEPARATED_BETTER, np.inf),  # sharing one level does not help
        (((0, 1, 3), (4, 2, 0)), Status.SEPARATED_WORSE, -np.inf),
        (((0, 4, 0), (0, 7, 0)), Status.ONE_LEVEL, np.nan),
        (((5, 0, 0), (3, 3, 3)), Status.SEPARATED_BETTER, np.inf),
    ],
)
def test_where_there_is_no_estimate_the_status_says_so(table, status, log_or):
    fit = fit_tables([table])
    assert fit.status[0] == status
    assert fit.log_or[0] == pytest.approx(log_or, nan_ok=True)
    assert np.isnan([fit.se[0], fit.wald_p()[0], *fit.wald_interval()[0]]).all()
    assert not score_tests([table], fit).possible[0]
    assert np.isnan(brant_tests([table], fit).p[0])
    assert 0 < fit.ratio_p()[0] <= 1


def test_a_separated_table_has_one_profile_limit():
    table = ((5, 5, 0, 0), (0, 3, 3, 3))
    fit = fit_tables([table])
    low, high = profile_limits([table], fit)[0]
    assert (np.isfinite(low), high) == (True, np.inf)
    cuts = minimize_cuts(table, low)
    assert 2 * (fit.log_likelihood[0] - cuts) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-3)
    assert profile_limits([table[::-1]], fit_tables([table[::-1]]))[0] == pytest.approx([-np.inf, -low])


def minimize_cuts(table, effect):
    """Return the highest log likelihood with a given effect, by a general optimiser."""

    def minus(at):
        return -log_likelihood(table, at[0] + np.concatenate([[0.0], np.cumsum(np.exp(at[1:]))]), effect)

    return -minimize(minus, [-1.0, 0.0, 0.0], method="Nelder-Mead", options={"maxiter": 4000}).fun


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_profile_limits_are_where_the_likelihood_has_fallen_enough(level):
    table = ((5, 9, 3, 4), (2, 4, 6, 7))
    fit = fit_tables([table])
    for limit in profile_limits([table], fit, level)[0]:
        fall = 2 * (fit.log_likelihood[0] - minimize_cuts(table, limit))
        assert fall == pytest.approx(chi2.ppf(level, 1), abs=1e-4)


def test_large_counts_and_strong_effects_converge():
    strong = draw_tables(shifted(CONTROL, 400.0), CONTROL, (4000, 4000), 50, seed=2)
    fit = fit_tables([*strong, np.array(LIMIT) * 5000])
    assert fit.fitted.all()
    assert np.exp(fit.log_or[:50].mean()) == pytest.approx(400, rel=0.05)
    small = fit_tables([LIMIT])
    assert fit.log_or[-1] == pytest.approx(small.log_or[0], rel=1e-10)
    assert fit.se[-1] == pytest.approx(small.se[0] / np.sqrt(5000), rel=1e-10)


def test_brant_needs_both_sides_of_every_cut():
    counts = np.array([LIMIT, [[5, 9, 14, 22, 25, 12, 13], [3, 5, 9, 15, 28, 20, 20]]])
    found = brant_tests(counts, fit_tables(counts))
    assert found.possible.tolist() == [False, True]
    assert np.isnan(found.p[0])
    assert 0 < found.p[1] < 1


def test_the_score_test_is_pearsons_of_the_fit():
    fit = fit_tables([LIMIT])
    statistic = 0.0
    for counts, shift in zip(LIMIT, (fit.log_or[0], 0.0), strict=True):
        chances = np.diff(np.concatenate([[0.0], expit(fit.cuts[0] + shift), [1.0]]))
        expected = chances * sum(counts)
        statistic += sum((o - e) ** 2 / e for o, e in zip(counts, expected, strict=True))
    assert score_tests([LIMIT], fit).statistic[0] == pytest.approx(statistic, rel=1e-10)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (LIMIT, "shape"),
        ([[[1], [2]]], "shape"),
        ([[[1, 2], [0, 0]]], "no patients"),
        ([[[1, -2], [3, 4]]], "whole numbers, 0 or more"),
        ([[[1, 2.5], [3, 4]]], "whole numbers"),
        ([[[1, np.nan], [3, 4]]], "whole numbers"),
    ],
)
def test_counts_that_are_none_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        fit_tables(counts)


@pytest.mark.parametrize(
    ("shares", "odds_ratio"), [((0.5, 0.0), 2), ((0.5,), 2), ((0.5, 0.5), 0), ((1, 1), np.inf)]
)
def test_shares_that_cannot_be_shifted_are_refused(shares, odds_ratio):
    with pytest.raises(ValueError, match=r"shares|odds ratio"):
        shifted(shares, odds_ratio)


def test_a_shift_multiplies_the_odds_at_every_cut():
    moved, still = np.cumsum(shifted(CONTROL, 2.5))[:-1], np.cumsum(CONTROL)[:-1]
    assert moved / (1 - moved) == pytest.approx(2.5 * still / (1 - still))


def test_the_same_seed_draws_the_same_trials():
    one, two, other = (draw_tables(CONTROL, CONTROL, (9, 8), 20, seed) for seed in (1, 1, 2))
    assert json.dumps(one.tolist()) == json.dumps(two.tolist()) != json.dumps(other.tolist())
    assert one.sum(axis=2).tolist() == [[9, 8]] * 20
