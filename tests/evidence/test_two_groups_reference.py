"""Two groups beside slow, obvious versions of themselves, and beside scipy and statsmodels."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import barnard_exact, binom, boschloo_exact, chi2, norm
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from two_groups_lab import tables

from tissueclock.evidence.two_groups.conditional import support
from tissueclock.evidence.two_groups.effect import effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.proportion import proportion
from tissueclock.evidence.two_groups.score_moments import (
    MOMENTS,
    difference_nuisance,
    odds_nuisance,
    ratio_nuisance,
)
from tissueclock.evidence.two_groups.significance import (
    barnard,
    boschloo,
    central_mid_p,
    fisher,
    fisher_central,
    pearson,
)
from tissueclock.evidence.two_groups.strata import (
    Strata,
    breslow_day,
    cochran_mantel_haenszel,
    mantel_haenszel,
)
from tissueclock.evidence.two_groups.table import TwoByTwo

LIMIT = TwoByTwo(events_1=31, n_1=100, events_2=13, n_2=102)


def log_likelihood(table: TwoByTwo, p_1: float, p_2: float) -> float:
    shares = ((table.events_1, table.n_1, p_1), (table.events_2, table.n_2, p_2))
    return sum(
        count * (math.log(share) if share > 0 else -math.inf)
        for events, n, p in shares
        for count, share in ((events, p), (n - events, 1 - p))
        if count
    )


def slow_nuisance(table: TwoByTwo, first_of, low: float, high: float) -> float:
    """Return the second share that maximises the likelihood, by a grid and a search within its best cell."""
    grid = np.linspace(low, high, 100)[1:-1]
    values = [log_likelihood(table, first_of(p), p) for p in grid]
    at = int(np.argmax(values))
    step = grid[1] - grid[0]
    found = minimize_scalar(
        lambda p: -log_likelihood(table, first_of(p), p),
        bounds=(max(low, grid[at] - step), min(high, grid[at] + step)),
        options={"xatol": 1e-12},
    )
    return float(found.x)


@settings(max_examples=40)
@given(tables(), st.floats(-0.9, 0.9))
def test_the_cubic_is_the_likeliest_pair_with_that_difference(table: TwoByTwo, difference: float) -> None:
    p_1, p_2 = difference_nuisance(table.cells(), difference)
    slow = slow_nuisance(table, lambda p: p + difference, max(0.0, -difference), min(1.0, 1 - difference))
    assert p_1 - p_2 == pytest.approx(difference, abs=1e-9)
    assert log_likelihood(table, p_1, p_2) >= log_likelihood(table, slow + difference, slow) - 1e-6


@settings(max_examples=40)
@given(tables(), st.floats(-3.0, 3.0))
def test_the_quadratics_are_the_likeliest_pairs(table: TwoByTwo, log_ratio: float) -> None:
    ratio = math.exp(log_ratio)
    p_1, p_2 = ratio_nuisance(table.cells(), ratio)
    slow = slow_nuisance(table, lambda p: p * ratio, 0.0, min(1.0, 1 / ratio))
    assert p_1 == pytest.approx(ratio * p_2, rel=1e-9)
    assert log_likelihood(table, p_1, p_2) >= log_likelihood(table, slow * ratio, slow) - 1e-6
    q_1, q_2 = odds_nuisance(table.cells(), ratio)

    def first(p: float) -> float:
        return ratio * p / ((1 - p) + ratio * p)

    slow = slow_nuisance(table, first, 0.0, 1.0)
    assert q_1 == pytest.approx(first(q_2), rel=1e-9)
    assert log_likelihood(table, q_1, q_2) >= log_likelihood(table, first(slow), slow) - 1e-6


@pytest.mark.parametrize("measure", Measure)
def test_the_limits_of_the_score_interval_are_where_its_test_is_at_the_level(measure: Measure) -> None:
    found = effect(LIMIT, measure, "mn")
    for end in (found.ci_low, found.ci_high):
        at = MOMENTS[measure](LIMIT.cells(), end)
        z2 = at.score**2 / (at.variance * LIMIT.n / (LIMIT.n - 1))
        assert chi2.sf(z2, 1) == pytest.approx(0.05, rel=1e-9)
    for end, inside in ((found.ci_low, 1.001), (found.ci_high, 0.999)):
        at = MOMENTS[measure](LIMIT.cells(), end * inside)
        assert at.score**2 / (at.variance * LIMIT.n / (LIMIT.n - 1)) < norm.isf(0.025) ** 2


def test_statsmodels_miettinen_nurminen_difference_is_the_wrong_one() -> None:
    """Issue 10269 of statsmodels: it takes count0 for nobs0; if this fails, it has been mended there."""
    theirs = confint_proportions_2indep(31, 100, 13, 102, compare="diff", method="score")
    assert theirs != pytest.approx((0.07001904, 0.29452271), abs=1e-4)


def chances_by_fractions(table: TwoByTwo) -> dict[int, Fraction]:
    """Return the chance of each number of events of group 1 given the margins, exactly."""
    low, high = max(0, table.events - table.n_2), min(table.n_1, table.events)
    weights = {
        a: Fraction(math.comb(table.n_1, a) * math.comb(table.n_2, table.events - a))
        for a in range(low, high + 1)
    }
    total = sum(weights.values())
    return {a: weight / total for a, weight in weights.items()}


@given(tables(12))
def test_fishers_tests_by_fractions(table: TwoByTwo) -> None:
    chances = chances_by_fractions(table)
    seen = chances[table.events_1]
    below = sum(chance for a, chance in chances.items() if a <= table.events_1)
    above = sum(chance for a, chance in chances.items() if a >= table.events_1)
    by_probability = sum(chance for chance in chances.values() if chance <= seen)
    assert fisher(table).p == pytest.approx(float(by_probability), rel=1e-9)
    assert fisher_central(table).p == pytest.approx(min(1.0, float(2 * min(below, above))), rel=1e-9)
    mid = min(below, above) - seen / 2
    assert central_mid_p(table).p == pytest.approx(min(1.0, float(2 * mid)), rel=1e-9)


def test_the_support_over_strata_is_the_sum_over_all_ways() -> None:
    first = TwoByTwo(events_1=2, n_1=5, events_2=1, n_2=4)
    second = TwoByTwo(events_1=1, n_1=3, events_2=4, n_2=6)
    slow: dict[int, Fraction] = {}
    for a, chance in chances_by_fractions(first).items():
        for b, other in chances_by_fractions(second).items():
            slow[a + b] = slow.get(a + b, Fraction(0)) + chance * other
    given = support([first, second])
    assert given.sums.tolist() == sorted(slow)
    assert np.exp(given.log_chances(0.0)) == pytest.approx([float(slow[s]) for s in sorted(slow)], rel=1e-12)


@given(tables(30))
def test_the_conditional_odds_ratio_is_scipys(table: TwoByTwo) -> None:
    cells = table.cells()
    if table.one_sided:
        return
    theirs = scipy_odds_ratio(np.array([[cells.a, cells.b], [cells.c, cells.d]], dtype=int))
    found = effect(table, Measure.OR, "exact")
    interval = theirs.confidence_interval(0.95)
    assert found.estimate == pytest.approx(theirs.statistic, rel=1e-6)
    assert (found.ci_low, found.ci_high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def slow_unconditional(table: TwoByTwo, extreme) -> float:
    """Return the largest chance over a dense grid of tables at least as extreme, written out."""
    rows = [
        (a, c)
        for a in range(table.n_1 + 1)
        for c in range(table.n_2 + 1)
        if extreme(a, c) >= extreme(table.events_1, table.events_2) - 1e-12
    ]
    grid = np.linspace(0, 1, 4001)
    chance = sum(binom.pmf(a, table.n_1, grid) * binom.pmf(c, table.n_2, grid) for a, c in rows)
    return float(np.max(chance))


def test_barnard_and_boschloo_by_going_through_all_tables() -> None:
    table = TwoByTwo(events_1=7, n_1=12, events_2=2, n_2=9)

    def z(a: int, c: int) -> float:
        pooled = (a + c) / 21
        spread = math.sqrt(pooled * (1 - pooled) * (1 / 12 + 1 / 9))
        return (a / 12 - c / 9) / spread if spread else 0.0

    def minus_fisher(a: int, c: int) -> float:
        chances = chances_by_fractions(TwoByTwo(events_1=a, n_1=12, events_2=c, n_2=9))
        return -float(sum(chance for other, chance in chances.items() if other >= a))

    assert barnard(table).p == pytest.approx(2 * slow_unconditional(table, z), rel=1e-5)
    assert boschloo(table).p == pytest.approx(2 * slow_unconditional(table, minus_fisher), rel=1e-5)


@pytest.mark.parametrize("counts", [(14, 100, 8, 102), (10, 10, 6, 10)])
def test_barnard_and_boschloo_as_scipy_has_them_with_groups_in_columns(counts) -> None:
    a, n_1, c, n_2 = counts
    table = TwoByTwo(events_1=a, n_1=n_1, events_2=c, n_2=n_2)
    grid = np.array([[a, c], [n_1 - a, n_2 - c]])
    theirs = 2 * boschloo_exact(grid, alternative="greater", n=256).pvalue
    assert boschloo(table).p == pytest.approx(theirs, rel=1e-9)
    if a < n_1:  # scipy counts a tie of the pooled z as less extreme where rounding says so
        theirs = 2 * barnard_exact(grid, alternative="greater", pooled=True, n=256).pvalue
        assert barnard(table).p == pytest.approx(theirs, rel=1e-9)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_one_proportion_as_statsmodels_has_it(counts: tuple[int, int]) -> None:
    events, n = counts
    for ours, theirs in (("wilson", "wilson"), ("exact", "beta"), ("agresti-coull", "agresti_coull")):
        found = proportion(events, n, ours)
        expected = proportion_confint(events, n, method=theirs)
        assert (found.ci_low, found.ci_high) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("events", "n"), [(3, 40), (20, 41), (1, 1000)])
def test_the_limits_of_one_proportion_solve_their_equations(events: int, n: int) -> None:
    mid = proportion(events, n, "midp")
    half = binom.pmf(events, n, mid.ci_low) / 2
    assert binom.sf(events, n, mid.ci_low) + half == pytest.approx(0.025, rel=1e-9)
    half = binom.pmf(events, n, mid.ci_high) / 2
    assert binom.cdf(events, n, mid.ci_high) - half == pytest.approx(0.025, rel=1e-9)
    likely = proportion(events, n, "likelihood")
    best = binom.logpmf(events, n, events / n)
    for end in (likely.ci_low, likely.ci_high):
        assert chi2.sf(2 * (best - binom.logpmf(events, n, end)), 1) == pytest.approx(0.05, rel=1e-8)


@settings(max_examples=50)
@given(st.lists(tables(30), min_size=2, max_size=5))
def test_strata_as_statsmodels_has_them(rows: list[TwoByTwo]) -> None:
    strata = Strata(tuple(str(at) for at in range(len(rows))), tuple(rows))
    found = mantel_haenszel(strata, Measure.OR)
    usable = [row for row in rows if not row.one_sided]
    if found.se is None or len(usable) < 2 or found.estimate == 1:
        return  # statsmodels divides by 0 where the common odds ratio is 1
    grid = [np.array([[t.events_1, t.n_1 - t.events_1], [t.events_2, t.n_2 - t.events_2]]) for t in usable]
    theirs = StratifiedTable(grid)
    assert found.estimate == pytest.approx(theirs.oddsratio_pooled, rel=1e-9)
    assert cochran_mantel_haenszel(strata).p == pytest.approx(theirs.test_null_odds().pvalue, rel=1e-7)
    assert breslow_day(strata).p == pytest.approx(theirs.test_equal_odds().pvalue, rel=1e-6, abs=1e-9)


@given(tables(30), st.integers(1, 4))
def test_one_stratum_taken_often_is_that_stratum(table: TwoByTwo, often: int) -> None:
    strata = Strata(tuple(str(at) for at in range(often)), (table,) * often)
    whole = Strata(("all",), (table,))
    for measure in Measure:
        one, many = mantel_haenszel(whole, measure), mantel_haenszel(strata, measure)
        assert many.estimate == (one.estimate if one.estimate is None else pytest.approx(one.estimate))
        if one.se is not None:
            assert many.se == pytest.approx(one.se / math.sqrt(often), abs=1e-12)


def test_one_stratum_is_the_plain_difference_and_ratios() -> None:
    whole = Strata(("all",), (LIMIT,))
    assert mantel_haenszel(whole, Measure.RR).estimate == pytest.approx(effect(LIMIT, Measure.RR).estimate)
    assert mantel_haenszel(whole, Measure.OR).se == pytest.approx(effect(LIMIT, Measure.OR).se)
    statistic = cochran_mantel_haenszel(whole).statistic
    assert statistic == pytest.approx(pearson(LIMIT).statistic * (LIMIT.n - 1) / LIMIT.n)
