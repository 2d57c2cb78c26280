"""Joint outcome tables against closed forms and brute force; dichotomies against statsmodels and R."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from statsmodels.stats.proportion import confint_proportions_2indep

from tissueclock.evidence.ordinal.benefit import (
    Joint,
    benefit_of,
    bounds_of,
    joint_table,
    needed_to_treat,
)
from tissueclock.evidence.ordinal.dichotomy import dichotomies
from tissueclock.evidence.ordinal.estimate import Estimate
from tissueclock.evidence.ordinal.pairs import net_benefit, pairs_of
from tissueclock.evidence.ordinal.table import MrsTable

arms = st.lists(st.integers(0, 12), min_size=7, max_size=7).filter(any)
LIMIT = ((2, 3, 9, 17, 33, 18, 18), (0, 3, 5, 5, 25, 40, 24))
PUBLISHED = json.loads((Path(__file__).parents[1] / "cases" / "published_checks.json").read_text("utf-8"))


def table_of(first, second, levels=None):
    more = {} if levels is None else {"levels": levels}
    return MrsTable(arms=("a", "b"), counts=(tuple(first), tuple(second)), **more)


def benefit(table):
    found = pairs_of(table)
    return benefit_of(table, found.win, found.loss, net_benefit(found))


@settings(max_examples=20)
@given(arms, arms)
def test_the_bounds_are_reached_by_joint_tables(first, second):
    """The closed forms against the transport problem."""
    found = bounds_of(table_of(first, second))
    supply, demand = np.array(first) * sum(second), np.array(second) * sum(first)
    better = np.triu(np.ones((7, 7)), 1)
    for cells, share, (low, high) in (
        (better, lambda joint: joint.benefit, found.benefit),
        (better.T, lambda joint: joint.harm, found.harm),
    ):
        assert share(joint_table(supply, demand, cells)) == pytest.approx(low, abs=1e-12)
        assert share(joint_table(supply, demand, -cells)) == pytest.approx(high, abs=1e-12)


@settings(max_examples=20)
@given(arms, arms)
def test_the_pairs_lie_between_the_bounds_and_the_tables_add_up(first, second):
    table = table_of(first, second)
    found = benefit(table)
    low, high = found.bounds.benefit
    for share in (found.worst.benefit, found.best.benefit, found.win):
        assert low - 1e-12 <= share <= high + 1e-12
    assert found.worst.benefit - found.worst.harm <= found.best.benefit - found.best.harm + 1e-12
    means = [sum(g * n for g, n in enumerate(c)) / sum(c) for c in (first, second)]
    leads = np.cumsum(np.array(first) / sum(first) - np.array(second) / sum(second))
    assert found.moved == pytest.approx(np.abs(leads).sum(), abs=1e-9)
    for joint in (found.best, found.worst):
        counts = np.array(joint.counts)
        assert counts.sum(axis=1) * table.n[0] == pytest.approx(np.array(first) * joint.n)
        assert counts.sum(axis=0) * table.n[1] == pytest.approx(np.array(second) * joint.n)
        moved = sum((j - i) * counts[i, j] for i, j in itertools.product(range(7), repeat=2)) / joint.n
        assert moved == pytest.approx(means[1] - means[0], abs=1e-9)


def joints(first, second):
    """Yield every whole joint table of two equal arms of three levels."""
    n = sum(first)
    for cells in itertools.product(range(n + 1), repeat=4):
        a, b, d, e = cells
        counts = [
            [a, b, first[0] - a - b],
            [d, e, first[1] - d - e],
            [second[0] - a - d, second[1] - b - e, first[2] - second[0] - second[1] + a + d + b + e],
        ]
        if min(map(min, counts)) >= 0 and sum(counts[i][2] for i in range(3)) == second[2]:
            yield Joint(tuple(map(tuple, counts)))


def movement(joint):
    return sum(abs(i - j) * joint.counts[i][j] for i, j in itertools.product(range(3), repeat=2))


@pytest.mark.parametrize(
    ("first", "second"), [((3, 2, 1), (1, 2, 3)), ((1, 4, 1), (2, 2, 2)), ((0, 3, 3), (3, 3, 0))]
)
def test_against_every_joint_table_there_is(first, second):
    every = list(joints(first, second))
    assert len(every) > 3
    least = min(map(movement, every))
    nets = [joint.benefit - joint.harm for joint in every if movement(joint) == least]
    found = benefit(table_of(first, second, ("0-2", "3-5", "6")))
    assert found.worst.benefit - found.worst.harm == pytest.approx(min(nets))
    assert found.best.benefit - found.best.harm == pytest.approx(max(nets))
    for name, share in (("benefit", lambda joint: joint.benefit), ("harm", lambda joint: joint.harm)):
        shares = list(map(share, every))
        assert getattr(found.bounds, name) == pytest.approx((min(shares), max(shares)))


def test_an_arm_that_is_ahead_at_every_cut_need_harm_nobody():
    found, turned = benefit(table_of(*LIMIT)), benefit(table_of(*LIMIT[::-1]))
    assert (found.best.harm, found.worst.harm, found.bounds.harm[0]) == (0, 0, 0)
    assert found.to_json()["least_movement"]["best"]["nnth"] is None
    assert found.worst.benefit == pytest.approx(64 / 100 - 38 / 102)  # the largest lead, at the cut 0-4
    assert found.moved == pytest.approx(472 / 102 - 402 / 100)  # the difference of the mean grades
    assert (turned.best.benefit, turned.worst.benefit) == (0, 0)
    assert (turned.best.harm, turned.worst.harm) == (
        pytest.approx(found.worst.benefit),
        pytest.approx(found.best.benefit),
    )


def of(estimate, low, high):
    return Estimate(method="net benefit", estimate=estimate, ci_low=low, ci_high=high, p=0.5)


@pytest.mark.parametrize(
    ("net", "point", "crosses", "text"),
    [
        (of(0.25, 0.1, 0.4), 4, False, "NNTB 4.0 (2.5 to 10.0)"),
        (of(-0.25, -0.4, -0.1), -4, False, "NNTH 4.0 (2.5 to 10.0)"),
        (of(0.1, -0.1, 0.3), 10, True, "NNTB 10.0 (NNTB 3.3 to infinity to NNTH 10.0)"),
    ],
)
def test_the_number_needed_to_treat_is_that_of_the_net_benefit(net, point, crosses, text):
    found = needed_to_treat(net)
    assert (found.point, found.crosses, found.words()) == (pytest.approx(point), crosses, text)


def test_without_an_interval_there_is_no_number_needed_to_treat():
    table = table_of((4, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 3))
    found = benefit(table)
    assert needed_to_treat(found.net) is None
    shown = found.to_json()["independent"]
    assert (shown["nnt"], shown["nnt_ci"]) == (None, [None, None])
    assert shown["nnt_text"] == "no interval of the net benefit"


@settings(max_examples=40)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(30, 90), st.integers(30, 90))
def test_dichotomies_against_statsmodels_and_scipy(events_1, events_2, n_1, n_2):
    table = table_of((events_1, n_1 - events_1), (events_2, n_2 - events_2), ("0-2", "3-6"))
    (found,) = dichotomies(table)
    assert (found.cut, found.events, found.n) == ("0-2", (events_1, events_2), (n_1, n_2))
    if sum(found.events) in (0, n_1 + n_2):
        assert found.odds_ratio.reason == "all patients are on one side of the cut"
        assert (found.pearson.p, found.risk_difference.p) == (None, None)
        return
    cells = [[events_1, n_1 - events_1], [events_2, n_2 - events_2]]
    assert found.pearson.p == pytest.approx(chi2_contingency(cells, correction=False).pvalue, rel=1e-9)
    low, high = confint_proportions_2indep(events_1, n_1, events_2, n_2, method="newcomb", compare="diff")
    difference = found.risk_difference
    assert (difference.ci_low, difference.ci_high) == pytest.approx((low, high), abs=1e-10)
    for measure, method, compare in (
        (found.odds_ratio, "logit", "odds-ratio"),
        (found.risk_ratio, "log", "ratio"),
    ):
        if "added" in measure.method:
            assert 0 in (*cells[0], *cells[1])
            continue
        low, high = confint_proportions_2indep(events_1, n_1, events_2, n_2, method=method, compare=compare)
        assert (measure.ci_low, measure.ci_high) == pytest.approx((low, high), rel=1e-9)


def test_a_zero_cell_is_said_and_half_is_added_to_all_four():
    found = dichotomies(table_of(*LIMIT))[0]
    assert found.odds_ratio.method == "odds ratio, 1/2 added to each cell"
    assert found.odds_ratio.estimate == pytest.approx(2.5 * 102.5 / (98.5 * 0.5))
    assert found.risk_ratio.estimate == pytest.approx((2.5 / 101) / (0.5 / 103))
    assert found.risk_difference.estimate == pytest.approx(0.02)


@pytest.mark.parametrize(("place", "cut"), [(0, "0-3"), (1, "0-2")])
def test_the_published_dichotomies_of_limit_are_those_of_r(place, cut):
    theirs = PUBLISHED["results"][place]["out"]
    (found,) = [item for item in dichotomies(table_of(*LIMIT)) if item.cut == cut]
    assert found.events == (theirs["a"], theirs["c"])
    assert found.risk_ratio.estimate == pytest.approx(theirs["rr"], rel=1e-9)
    assert [found.risk_ratio.ci_low, found.risk_ratio.ci_high] == pytest.approx(
        theirs["rr_ci_katz"], rel=1e-9
    )
    assert found.risk_difference.estimate == pytest.approx(theirs["rd"], rel=1e-9)
    assert found.pearson.p == pytest.approx(theirs["p_pearson"], rel=1e-9)


def test_death_is_what_the_last_dichotomy_leaves():
    found, theirs = dichotomies(table_of(*LIMIT))[-1], PUBLISHED["results"][5]["out"]
    assert (found.n[0] - found.events[0], found.n[1] - found.events[1]) == (theirs["a"], theirs["c"])
    assert found.pearson.p == pytest.approx(theirs["p_pearson"], rel=1e-9)


def test_merged_levels_leave_out_the_cuts_inside_them():
    table = table_of((10, 11, 18, 24, 15, 46), (2, 1, 13, 16, 24, 66), ("0-1", "2", "3", "4", "5", "6"))
    assert [item.cut for item in dichotomies(table)] == ["0-1", "0-2", "0-3", "0-4", "0-5"]
