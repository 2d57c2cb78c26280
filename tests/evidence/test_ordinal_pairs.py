"""Pairs, ranks and means: against every pair written out, scipy, and the laws between them."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.ordinal.analysis import Settings, analyse_table
from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest
from tissueclock.evidence.ordinal.means import GRADES, UTILITIES, mean_difference, utilities
from tissueclock.evidence.ordinal.pairs import (
    Ties,
    brunner_munzel,
    generalised_or,
    net_benefit,
    pairs_of,
    win_odds,
    win_ratio,
)
from tissueclock.evidence.ordinal.ranks import rank_sums, van_elteren, wilcoxon, wilcoxon_z
from tissueclock.evidence.ordinal.table import MrsTable

arms = st.lists(st.integers(0, 9), min_size=7, max_size=7).filter(lambda counts: sum(counts) > 1)


def table_of(first, second, levels=None):
    more = {} if levels is None else {"levels": levels}
    return MrsTable(arms=("a", "b"), counts=(tuple(first), tuple(second)), **more)


def grades(counts):
    return np.repeat(np.arange(len(counts)), counts)


@settings(max_examples=25)
@given(arms, arms)
def test_every_pair_written_out(first, second):
    one, other = grades(first), grades(second)
    better = np.sign(other[None, :] - one[:, None])  # a lower grade of the first arm wins
    found = pairs_of(table_of(first, second))
    assert found.win == pytest.approx(np.mean(better > 0))
    assert found.loss == pytest.approx(np.mean(better < 0), abs=1e-15)
    assert found.tie == pytest.approx(np.mean(better == 0), abs=1e-15)
    assert found.win + found.loss + found.tie == pytest.approx(1)
    score = (better + 1) / 2
    parts = score.mean(axis=1), score.mean(axis=0)
    variance = np.var(parts[0]) / len(one) + np.var(parts[1]) / len(other)
    assert found.better_se == pytest.approx(math.sqrt(variance), abs=1e-12)
    assert found.better == pytest.approx(score.mean())


@settings(max_examples=25)
@given(arms, arms)
def test_the_measures_of_pairs_are_one_number_in_different_clothes(first, second):
    found = pairs_of(table_of(first, second))
    odds, net = win_odds(found), net_benefit(found)
    assert net.estimate == pytest.approx(2 * found.better - 1, abs=1e-12)
    if odds.estimate is not None and odds.ci_low is not None:
        assert odds.estimate == pytest.approx((1 + net.estimate) / (1 - net.estimate))
        assert odds.ci_low <= odds.estimate <= odds.ci_high
        turned = win_odds(pairs_of(table_of(second, first)))
        assert turned.estimate == pytest.approx(1 / odds.estimate)
        assert turned.ci_low == pytest.approx(1 / odds.ci_high)


@settings(max_examples=60)
@given(arms, arms)
def test_no_pair_lost_is_exactly_none(first, second):
    """In whole numbers: a loss of 1e-17 would make a win ratio of 1e17."""
    found = pairs_of(table_of(first, second))
    lost = sum(a * b for i, a in enumerate(first) for j, b in enumerate(second) if j < i)
    assert (found.loss == 0) == (lost == 0)
    assert ("no pair is lost" in win_ratio(found).reason) == (lost == 0 and found.win > 0)
    one_place = len({*grades(first)}) == len({*grades(second)}) == 1
    assert (found.better_se == 0) == one_place or found.better_se > 1e-6
    assert (
        not one_place or "do not vary" in mean_difference(table_of(first, second), GRADES).difference.reason
    )


@pytest.mark.parametrize("n", [3, 7, 49, 93])
def test_a_constant_arm_has_no_spread_left_by_rounding(n):
    table = table_of((0, n, 0, 0, 0, 0, 0), (0, 0, 0, n + 4, 0, 0, 0))
    assert mean_difference(table, UTILITIES["dawn"].weights).difference.p is None
    assert pairs_of(table).better_se == 0


def test_the_rule_for_ties_is_named_and_matters():
    found = pairs_of(table_of((2, 3, 9, 17, 33, 18, 18), (0, 3, 5, 5, 25, 40, 24)))
    split, dropped = (generalised_or(found, ties=ties) for ties in (Ties.SPLIT, Ties.DROP))
    assert split == win_odds(found)
    assert dropped == win_ratio(found)
    assert 1 < split.estimate < dropped.estimate
    assert ("ties split" in split.method, "ties dropped" in dropped.method) == (True, True)


@settings(max_examples=30)
@given(arms, arms)
def test_against_scipy(first, second):
    table = table_of(first, second)
    one, other = grades(first), grades(second)
    for corrected in (False, True):
        found = wilcoxon(table.array, corrected=corrected)
        if found.p is None:
            assert len({*one, *other}) == 1
            continue
        theirs = stats.mannwhitneyu(one, other, method="asymptotic", use_continuity=corrected)
        assert found.p == pytest.approx(min(theirs.pvalue, 1.0), rel=1e-9)
    ours = brunner_munzel(pairs_of(table))
    if ours.p is not None:
        theirs = stats.brunnermunzel(one, other)
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-12)
    means = mean_difference(table, GRADES).difference
    if means.p is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of one arm that does not vary, which is no harm
            theirs = stats.ttest_ind(one, other, equal_var=False)
        interval = theirs.confidence_interval()
        assert means.p == pytest.approx(theirs.pvalue, rel=1e-8, abs=1e-14)
        assert (means.ci_low, means.ci_high) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_a_positive_z_is_a_better_first_arm():
    assert wilcoxon(np.array([[5, 2, 1], [1, 2, 5]])).statistic > 0
    assert van_elteren([[[5, 2, 1], [1, 2, 5]]]).statistic > 0
    assert brunner_munzel(pairs_of(table_of((5, 2, 0, 0, 0, 0, 1), (1, 2, 0, 0, 0, 0, 5)))).statistic > 0


def test_many_rank_sums_at_once_are_one_by_one():
    random = np.random.default_rng(4)
    counts = random.integers(0, 6, (50, 2, 7)) + np.eye(7, dtype=int)[0]
    excess, variance = rank_sums(counts)
    for place, one in enumerate(counts):
        assert wilcoxon(one).statistic == pytest.approx(excess[place] / math.sqrt(variance[place]))
    assert wilcoxon_z(counts) == pytest.approx(excess / np.sqrt(variance))
    assert wilcoxon_z([[[3, 0], [2, 0]]]) == [0]


def test_van_elteren_of_one_stratum_is_wilcoxon_and_of_two_by_hand():
    one, other = np.array([[5, 2, 1], [1, 2, 5]]), np.array([[1, 0, 9], [3, 3, 3]])
    assert van_elteren([one]).p == pytest.approx(wilcoxon(one).p)
    excess, variance = rank_sums([one, other])
    weights = np.array([1 / 17, 1 / 20])
    z = (weights * excess).sum() / math.sqrt((weights**2 * variance).sum())
    assert van_elteren([one, other]).statistic == pytest.approx(z)


def test_strata_of_one_arm_say_nothing():
    one = [[5, 2, 1], [1, 2, 5]]
    alone = [[5, 2, 1], [0, 0, 0]]
    assert van_elteren([one, alone]).p == van_elteren([one]).p
    assert van_elteren([alone]).reason == "no stratum has patients of both arms"
    assert van_elteren([[[3, 0], [2, 0]]]).reason == "all patients have the same level"


@pytest.mark.parametrize(
    ("first", "second", "ratio", "odds"),
    [
        ((4, 0, 0), (0, 0, 4), "no pair is lost", "no pair is lost"),
        ((0, 0, 4), (4, 0, 0), "no pair is won", "no pair is won"),
        ((4, 0, 0), (4, 0, 0), "every pair is tied", "the pairs do not vary"),
        ((0, 4, 0), (2, 0, 2), "", ""),
    ],
)
def test_pairs_without_a_ratio_say_why(first, second, ratio, odds):
    wide = [(*counts, 0, 0, 0, 0) for counts in (first, second)]
    found = pairs_of(table_of(*wide))
    assert ratio in win_ratio(found).reason
    assert odds in win_odds(found).reason
    assert bool(win_ratio(found).reason) == bool(ratio)


def test_an_arm_of_one_patient_has_no_brunner_munzel_and_no_welch():
    table = table_of((1, 0, 0, 0, 0, 0, 0), (1, 2, 0, 0, 0, 0, 0))
    assert brunner_munzel(pairs_of(table)).reason == "an arm has one patient"
    found = mean_difference(table, GRADES)
    assert found.difference.reason == "an arm has one patient: there is no interval"
    assert found.means == (0.0, pytest.approx(2 / 3))


def test_values_that_do_not_vary_have_no_interval():
    table = table_of((3, 0, 0, 0, 0, 0, 0), (0, 3, 0, 0, 0, 0, 0))
    found = mean_difference(table, GRADES).difference
    assert (found.estimate, found.p) == (-1, None)
    assert "do not vary" in found.reason
    assert "do not vary" in brunner_munzel(pairs_of(table)).reason


@pytest.mark.parametrize(
    ("counts", "means"),
    [
        (((6, 8, 8, 23, 30, 23, 53), (2, 6, 5, 16, 35, 33, 49)), (2.93, 2.27)),  # TESLA, as published
        (((10, 24, 18, 14, 14, 7, 20), (4, 5, 4, 16, 34, 18, 18)), (5.54, 3.35)),  # DAWN
    ],
)
def test_the_published_utilities_are_reproduced(counts, means):
    found = mean_difference(table_of(*counts), UTILITIES["dawn"].weights)
    assert found.means == pytest.approx(means, abs=0.005)


def test_utilities_of_merged_grades_need_equal_weights():
    table = table_of((1, 2, 3, 4, 5, 6), (2, 2, 3, 4, 5, 6), ("0", "1", "2", "3", "4", "5-6"))
    assert mean_difference(table, UTILITIES["dawn"].weights).means is not None
    for name in ("who-disability", "eq-5d"):
        found = mean_difference(table, UTILITIES[name].weights)
        assert found.means is None
        assert found.difference.reason == "grades of different value are known together (5-6)"


@pytest.mark.parametrize("name", UTILITIES)
def test_utilities_are_named_cited_and_fall_with_the_grade(name):
    item = UTILITIES[name]
    assert (item.name, item.weights[6]) == (name, 0)
    assert list(item.weights[:6]) == sorted(item.weights[:6], reverse=True)
    assert any(year in item.source for year in ("2009", "2018", "2020"))
    assert utilities(name) is item


def test_own_utilities_are_seven_numbers():
    assert utilities("1,0.9,0.8,0.7,0.3,0,0").weights == (1, 0.9, 0.8, 0.7, 0.3, 0, 0)
    for text, message in (
        ("dwan", "no utilities 'dwan'"),
        ("1,2", "not seven"),
        ("1,2,3,4,5,6,nan", "not seven"),
    ):
        with pytest.raises(UsageError, match=message):
            utilities(text)


def test_an_estimate_is_finite_or_has_a_reason():
    with pytest.raises(ValueError, match="not finite"):
        Estimate(method="x", estimate=math.nan, reason="because")
    with pytest.raises(ValueError, match="without a reason"):
        Estimate(method="x", estimate=1.0)
    with pytest.raises(ValueError, match="not finite"):
        HypothesisTest(method="x", statistic=math.inf, p=0.5)
    with pytest.raises(ValueError, match="without a reason"):
        HypothesisTest(method="x", statistic=1.0)


@settings(max_examples=15)
@given(arms, arms)
def test_no_table_makes_a_number_that_json_cannot_hold(first, second):
    """Estimates refuse what is not finite, so that an analysis that ends holds no NaN."""
    found = analyse_table(table_of(first, second)).to_json()
    assert found["n"] == [sum(first), sum(second)]
    for part in ("common_or", "generalized_or", "win_ratio", "net_benefit", "utility_mrs", "mean_mrs"):
        assert found[part]["reason"] or None not in (found[part]["estimate"], found[part]["p"])


@pytest.mark.parametrize(
    ("arms_", "counts", "levels", "message"),
    [
        (("a", "a"), ((1, 1), (1, 1)), ("0-3", "4-6"), "both arms are 'a'"),
        (("a", "b"), ((1,), (1,)), ("0-6",), "one level"),
        (("a", "b"), ((1, 1, 1), (1, 1)), ("0-3", "4-6"), "3 counts for 2 levels"),
        (("a", "b"), ((1, -1), (1, 1)), ("0-3", "4-6"), "negative count"),
        (("a", "b"), ((1, 1), (0, 0)), ("0-3", "4-6"), "'b' has no patients"),
        (("a", "b"), ((1, 1.5), (1, 1)), ("0-3", "4-6"), "not whole"),
        (("a", "b"), ((1, 2_000_000), (1, 1)), ("0-3", "4-6"), "over 1000000"),
        (("a", "b"), ((1, 1), (1, 1)), ("0-3", "4-7"), "the level '4-7'"),
        (("a", "b"), ((1, 1), (1, 1)), ("0", "2-6"), "not the grades 0 to 6"),
    ],
)
def test_a_table_that_cannot_be_is_refused(arms_, counts, levels, message):
    with pytest.raises(InputError, match=message):
        MrsTable(arms=arms_, counts=counts, levels=levels)


def test_merging_is_refused_where_other_grades_are_merged_with_them():
    table = table_of((1, 2), (3, 4), ("0-3", "4-6"))
    with pytest.raises(InputError, match="5 and 6 cannot be merged"):
        table.merged_5_6()
    assert table_of(range(7), range(7)).merged_5_6().counts[0] == (0, 1, 2, 3, 4, 11)


def test_turning_a_table_turns_it_twice():
    table = table_of((1, 2, 0, 0, 0, 0, 0), (0, 1, 1, 0, 0, 0, 1))
    assert table.turned().turned() == table
    assert table.used_levels == 4


def test_a_level_of_confidence_is_between_0_and_1():
    with pytest.raises(UsageError, match="a level of 95"):
        Settings(level=95)
