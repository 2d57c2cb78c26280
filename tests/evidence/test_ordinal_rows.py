"""Patient rows with covariates: against statsmodels, tables and definitions; separation and refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.ordinal.adjusted_tests import brant_of, ratio_of, score_of
from tissueclock.evidence.ordinal.bulk import fit_tables
from tissueclock.evidence.ordinal.cumulative import climb, design_of
from tissueclock.evidence.ordinal.profile import profile_limits
from tissueclock.evidence.ordinal.proportionality import brant_tests, ratio_tests, score_tests
from tissueclock.evidence.ordinal.regression import fit_cut, fit_rows, ratio_test
from tissueclock.evidence.ordinal.rows import OrdinalRows, Term, category_term
from tissueclock.evidence.ordinal.table import MrsTable


def term(name, values):
    return Term(name=name, labels=(name,), columns=(tuple(float(value) for value in values),))


def drawn(patients=300, seed=3, effects=(0.6, -0.05, 0.4)):
    """Return rows that follow the model: the arm, an age and a yes-or-no covariate."""
    random = np.random.default_rng(seed)
    first, age = random.random(patients) < 0.5, random.normal(72, 11, patients)
    flag = random.random(patients) < 0.3
    logit = effects[0] * first + effects[1] * (age - 72) + effects[2] * flag
    latent = random.logistic(size=patients) - logit
    level_of = np.digitize(latent, [-2.2, -1.2, -0.4, 0.4, 1.2, 2.0])
    return OrdinalRows(
        arms=("a", "b"),
        level_of=tuple(map(int, level_of)),
        first=tuple(map(bool, first)),
        terms=(term("age", age), term("flag", flag)),
    )


def of_table(table):
    level_of = [level for counts in table for level, n in enumerate(counts) for _ in range(n)]
    first = [True] * sum(table[0]) + [False] * sum(table[1])
    return OrdinalRows(arms=("a", "b"), level_of=tuple(level_of), first=tuple(first))


def test_against_statsmodels_newton():
    rows = drawn()
    fit = fit_rows(rows)
    theirs = OrderedModel(np.array(rows.level_of), rows.matrix(), distr="logit").fit(
        method="newton", maxiter=100, disp=False
    )
    assert fit.parameters[fit.cuts :] == pytest.approx(-theirs.params[:3], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)
    assert np.sqrt(np.diag(fit.covariance))[fit.cuts :] == pytest.approx(theirs.bse[:3], rel=1e-4)


def test_the_effects_that_were_drawn_are_found():
    fit = fit_rows(drawn(patients=20_000, seed=8))
    se = np.sqrt(np.diag(fit.covariance))[fit.cuts :]
    away = (fit.parameters[fit.cuts :] - np.array([0.6, -0.05, 0.4])) / se
    assert np.abs(away).max() < 3


def test_rows_with_the_arm_alone_are_the_table():
    table = ((5, 9, 14, 22, 25, 12, 13), (3, 5, 9, 15, 28, 20, 20))
    rows, counts = of_table(table), np.array([table])
    fit, bulk = fit_rows(rows), fit_tables(counts)
    assert fit.parameters[-1] == pytest.approx(bulk.log_or[0], rel=1e-10)
    assert fit.covariance[-1, -1] ** 0.5 == pytest.approx(bulk.se[0], rel=1e-10)
    assert fit.parameters[:6] == pytest.approx(bulk.cuts[0], rel=1e-9)
    assert fit.profile("arm") == pytest.approx(profile_limits(counts, bulk)[0], rel=1e-8)
    assert ratio_test(rows, fit).statistic == pytest.approx(bulk.ratio()[0], rel=1e-9)
    for ours, theirs in (
        (ratio_of(rows, fit, ["arm"]), ratio_tests(bulk)),
        (score_of(fit, ["arm"]), score_tests(counts, bulk)),
        (brant_of(fit)["arm"], brant_tests(counts, bulk)),
    ):
        assert (ours.statistic, ours.df) == (pytest.approx(theirs.statistic[0], rel=1e-8), theirs.df[0])


@settings(max_examples=15)
@given(st.floats(-3, 3), st.floats(0.01, 200))
def test_another_unit_of_a_covariate_changes_its_own_effect_only(shift, scale):
    rows = drawn(patients=120)
    age = np.array(rows.terms[0].columns[0])
    other = dataclasses.replace(rows, terms=(term("age", (age + 1000 * shift) * scale), rows.terms[1]))
    fit, moved = fit_rows(rows), fit_rows(other)
    assert moved.estimate("arm").estimate == pytest.approx(fit.estimate("arm").estimate, rel=1e-8)
    assert moved.estimate("arm").se == pytest.approx(fit.estimate("arm").se, rel=1e-8)
    effects = fit.parameters[-2], moved.parameters[-2] * scale
    assert effects[1] == pytest.approx(effects[0], rel=1e-6)
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)


def test_the_order_of_patients_does_not_matter():
    rows = drawn(patients=80)
    order = np.random.default_rng(0).permutation(80)
    shuffled = OrdinalRows(
        arms=rows.arms,
        level_of=tuple(rows.level_of[place] for place in order),
        first=tuple(rows.first[place] for place in order),
        terms=tuple(term(one.name, [one.columns[0][place] for place in order]) for one in rows.terms),
    )
    assert fit_rows(shuffled).parameters == pytest.approx(fit_rows(rows).parameters, rel=1e-9)


def test_slopes_and_information_are_those_of_differences():
    rows = drawn(patients=60)
    matrix = rows.matrix()
    design = design_of(np.array(rows.level_of), 7, matrix[:, 1:], matrix[:, :1])
    at = np.concatenate([np.linspace(-2, 2, 6), [0.01, 0.3], np.full(6, 0.2)])
    step = 1e-5
    moves = np.eye(len(at)) * step
    slopes = [(design.value(at + m) - design.value(at - m)) / (2 * step) for m in moves]
    assert design.gradient(at) == pytest.approx(np.array(slopes), rel=1e-5, abs=1e-5)
    bends = [(design.gradient(at - m) - design.gradient(at + m)) / (2 * step) for m in moves]
    assert design.information(at) == pytest.approx(np.array(bends), rel=1e-4, abs=1e-4)
    assert design.information(at) == pytest.approx(design.information(at).T)


def test_the_expected_information_is_the_mean_of_the_observed_one():
    """Over all levels, each weighted by its chance, the two must be one (the information identity)."""
    rows = drawn(patients=40)
    level_of, matrix = np.array(rows.level_of), rows.matrix()
    none = np.zeros((40, 0))
    at = np.concatenate([np.linspace(-2, 2, 6), [0.3, 0.01, -0.2]])
    outer, observed = np.zeros((9, 9)), np.zeros((9, 9))
    for level in range(7):
        for patient in range(40):
            design = design_of(np.full(1, level), 7, matrix[patient : patient + 1], none[:1])
            chance = design.blocks[0].chances(at)[0]
            outer += design.outer_slopes(at)
            observed += chance * design.information(at)
    assert outer == pytest.approx(observed, rel=1e-7, abs=1e-9)
    assert level_of.max() == 6


def test_free_effects_have_a_higher_likelihood_and_each_cut_its_own():
    rows = drawn()
    fit, free = fit_rows(rows), fit_rows(rows, free=["arm"])
    assert free.log_likelihood > fit.log_likelihood
    assert len(free.at_each_cut("arm")) == 6
    assert len({round(one.estimate, 6) for one in free.at_each_cut("arm")}) == 6
    assert free.labels == ("age", "flag")


def test_a_free_arm_alone_is_the_odds_ratio_of_each_dichotomy():
    table = ((5, 9, 14, 22, 25, 12, 13), (3, 5, 9, 15, 28, 20, 20))
    first, second = (np.cumsum(counts)[:-1] for counts in table)
    ratios = first * (100 - second) / (second * (100 - first))
    found = fit_rows(of_table(table), free=["arm"]).at_each_cut("arm")
    assert [one.estimate for one in found] == pytest.approx(ratios, rel=1e-8)


def test_odds_that_are_not_proportional_are_noticed():
    random = np.random.default_rng(1)
    chances = {True: (0.3, 0.02, 0.02, 0.02, 0.02, 0.02, 0.6), False: (0.05, 0.2, 0.2, 0.2, 0.2, 0.1, 0.05)}
    first = [True] * 100 + [False] * 100
    rows = OrdinalRows(
        arms=("a", "b"),
        level_of=tuple(int(random.choice(7, p=chances[one])) for one in first),
        first=tuple(first),
        terms=(term("x", random.normal(size=200)),),
    )
    fit = fit_rows(rows)
    assert 0 in rows.table().counts[0]  # so that a free effect runs off to infinity, and the test stands
    for found in (ratio_of(rows, fit, ["arm"]), score_of(fit, ["arm"]), brant_of(fit)["arm"]):
        assert found.p < 1e-6
    for found in (ratio_of(rows, fit, ["x"]), score_of(fit, ["x"]), brant_of(fit)["x"]):
        assert found.p > 1e-3
    everything = score_of(fit, fit.labels)
    assert (everything.df, everything.p < 1e-6) == (10, True)


@pytest.mark.parametrize("guilty", ["arm", "age"])
def test_a_separation_is_named(guilty):
    rows = drawn(patients=60)
    level_of = np.array(rows.level_of)
    if guilty == "arm":
        rows = dataclasses.replace(rows, first=tuple(map(bool, level_of < 3)))
    else:
        rows = dataclasses.replace(rows, terms=(term("age", level_of + 0.001 * np.arange(60)), rows.terms[1]))
    fit = fit_rows(rows)
    assert fit.reason == f"the levels are separated by {guilty}: an odds ratio is infinite"
    for found in (fit.estimate("arm"), score_of(fit, ["arm"]), brant_of(fit)["arm"]):
        assert found.reason == fit.reason
        assert found.p is None
    assert fit.profile("arm") is None
    assert ratio_test(rows, fit, guilty).p < 1e-4


def test_a_strong_effect_is_no_separation():
    fit = fit_rows(drawn(patients=200, effects=(5.0, 0.0, 0.0), seed=4))
    assert fit.reason == ""
    assert 4 < fit.parameters[fit.cuts] < 6.5


def test_a_cut_that_is_separated_takes_brants_test_away_but_not_the_others():
    rows = of_table(((0, 9, 14, 22), (3, 5, 9, 15)))
    fit = fit_rows(rows)
    assert "at cut 1 of 3, the levels are separated by arm" in brant_of(fit)["arm"].reason
    assert ratio_of(rows, fit, ["arm"]).p < 0.2
    assert fit_cut(fit, 0).reason != ""
    assert fit_cut(fit, 1).reason == ""


def test_one_level_or_two_leave_nothing_to_test():
    one = OrdinalRows(arms=("a", "b"), level_of=(3,) * 6, first=(True, False) * 3)
    fit = fit_rows(one)
    assert fit.estimate("arm").reason == "all patients have the same level"
    assert ratio_test(one, fit).reason == "all patients have the same level"
    assert ratio_of(one, fit, ["arm"]).p is None
    two = OrdinalRows(arms=("a", "b"), level_of=(3, 5, 3, 5, 3), first=(True, False, False, True, True))
    fit = fit_rows(two)
    assert fit.estimate("arm").estimate is not None
    for found in (ratio_of(two, fit, ["arm"]), score_of(fit, ["arm"]), brant_of(fit)[""]):
        assert found.reason == "two levels are in use: the odds are proportional in any case"


def test_a_climb_that_cannot_end_says_so():
    design = design_of(np.array([0, 0, 1, 1]), 2, np.array([[1.0], [1.0], [0.0], [0.0]]), np.zeros((4, 0)))
    peak = climb(design, np.zeros(2))
    assert np.abs(peak.at).max() > 10
    assert peak.settled
    assert peak.value == pytest.approx(0, abs=1e-8)


def test_merging_5_and_6_is_the_table_s():
    rows = drawn()
    merged = rows.merged_5_6()
    assert merged.levels[-1] == "5-6"
    assert merged.table() == rows.table().merged_5_6()
    assert merged.merged_5_6() is merged
    assert merged.used_cuts() == ("0-0", "0-1", "0-2", "0-3", "0-4")


def test_categories_have_a_column_each_but_the_first_in_order():
    found = category_term("site", ["10", "2", "b", "2", "a"])
    assert found.labels == ("site=10", "site=a", "site=b")
    assert found.columns == ((1, 0, 0, 0, 0), (0, 0, 0, 0, 1), (0, 0, 1, 0, 0))


def test_strata_are_counted_in_their_order():
    rows = OrdinalRows(
        arms=("a", "b"), level_of=(0, 6, 3), first=(True, False, True), strata=("10", "2", "10")
    )
    counts = rows.by_stratum()
    assert counts.shape == (2, 2, 7)
    assert (counts[0, 1, 6], counts[1, 0, 0], counts[1, 0, 3], counts.sum()) == (1, 1, 1, 3)


def change(**changes):
    return lambda: dataclasses.replace(drawn(patients=20), **changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (change(level_of=(0,) * 19), "differ in length"),
        (change(level_of=(7,) * 20), "not on the scale"),
        (change(first=(True,) * 20), "the arm 'b' has no patients"),
        (change(terms=(term("x", range(20)), term("x", range(20)))), "'x' is given twice"),
        (change(terms=(term("x", [4] * 20),)), "'x' is the same for everybody"),
        (change(terms=(term("x", range(20)), term("y", range(5, 25)))), "'y' follows from"),
        (lambda: term("x", [1.0, float("nan")]), "no number"),
        (lambda: Term(name="x", labels=(), columns=()), "has no column"),
        (lambda: category_term("site", ["a", "a"]), "'site' is 'a' for everybody"),
    ],
)
def test_rows_that_cannot_be_fitted_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_a_column_that_is_the_arm_is_refused():
    rows = drawn(patients=20)
    with pytest.raises(InputError, match="'copy' follows from the arm"):
        dataclasses.replace(rows, terms=(term("copy", [not one for one in rows.first]),))


def test_an_unknown_column_is_answered_with_the_known_ones():
    rows = drawn(patients=40)
    for ask in (lambda: fit_rows(rows, free=["agee"]), lambda: fit_rows(rows).estimate("agee")):
        with pytest.raises(UsageError) as caught:
            ask()
        assert (caught.value.found, caught.value.remedy) == (
            "there is no column 'agee'.",
            "Known: arm, age, flag.",
        )


def test_the_table_of_rows_is_counted():
    table = MrsTable(arms=("a", "b"), counts=((1, 0, 2, 0, 0, 0, 3), (0, 4, 0, 0, 0, 0, 1)))
    assert of_table(table.counts).table() == table
