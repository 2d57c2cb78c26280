"""Missing data, growth, surrogacy and the whole analysis beside slow versions and known truths."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from reperfusion_lab import COVARIATES, confounded, rows_of
from scipy.optimize import linprog
from scipy.stats import binom

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.cohort.analysis import adjusted_log_odds
from tissueclock.evidence.cohort.growth import growth, hodges_lehmann, median_interval, quantile_effects
from tissueclock.evidence.cohort.missing import imputed, pooled, rubin
from tissueclock.evidence.cohort.rows import Cohort
from tissueclock.evidence.cohort.simulate import Design, simulated_cohort
from tissueclock.evidence.cohort.surrogacy import log_odds, natural_effects, surrogacy, trial_level
from tissueclock.evidence.cohort.whole import Plan, analyse
from tissueclock.evidence.two_groups.table import TwoByTwo

RNG_SEED = 20


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulated_cohort(Design(n=300), seed=3)


@pytest.fixture(scope="module")
def complete() -> Cohort:
    return simulated_cohort(Design(n=300, missing_share=0.0), seed=3)


# --- missing data -------------------------------------------------------------------------------------------


def log_odds_of(rows: Cohort) -> tuple[float, float]:
    found = adjusted_log_odds(rows, COVARIATES)
    return found.coefficient("exposure"), found.se("exposure")


def test_rubins_rules_by_hand() -> None:
    mean, se, df, share = rubin([1.0, 2.0, 3.0], [0.5, 0.5, 0.5], 100)
    total = 0.25 + 4 / 3
    assert (mean, se) == pytest.approx((2.0, math.sqrt(total)))
    lam = (4 / 3) / total
    old, observed = 2 / lam**2, 101 / 103 * 100 * (1 - lam)
    assert df == pytest.approx(old * observed / (old + observed))
    assert 0 < share < 1
    assert rubin([1.0, 1.0], [0.5, 0.5], 100)[1:] == pytest.approx((0.5, 101 / 103 * 100, 0.0))
    with pytest.raises(InputError, match="1 imputations"):
        rubin([1.0], [0.5], 100)


def test_imputation_fills_gaps_and_touches_nothing_else(cohort: Cohort) -> None:
    filled = imputed(cohort, COVARIATES, np.random.default_rng(1))
    known = ~np.isnan(cohort.outcome)
    assert (filled.outcome[known] == cohort.outcome[known]).all()
    assert set(filled.outcome) == {0.0, 1.0}
    nihss = cohort.covariates["nihss"]
    assert not np.isnan(filled.covariates["nihss"]).any()
    assert set(filled.covariates["nihss"]) <= set(nihss[~np.isnan(nihss)])
    again = imputed(cohort, COVARIATES, np.random.default_rng(1))
    assert (again.outcome == filled.outcome).all()
    other = imputed(cohort, COVARIATES, np.random.default_rng(2))
    assert (other.covariates["nihss"] != filled.covariates["nihss"]).any()
    unknown = replace(cohort, covariates={"age": np.full(cohort.n, np.nan)})
    with pytest.raises(InputError, match="nothing is known of 'age'"):
        imputed(unknown, ("age",), np.random.default_rng(1))


def test_without_gaps_all_ways_are_one(complete: Cohort) -> None:
    found = [
        pooled(complete, COVARIATES, log_odds_of, way=way, imputations=2)
        for way in ("complete", "failure", "multiple")
    ]
    for other in found[1:]:
        assert (other.estimate, other.se, other.n) == pytest.approx(
            (found[0].estimate, found[0].se, found[0].n)
        )
    assert found[2].missing_information == 0


def test_gaps_are_treated_as_named(cohort: Cohort) -> None:
    ways = {
        way: pooled(cohort, COVARIATES, log_odds_of, way=way, imputations=3, seed=7)
        for way in ("complete", "failure", "multiple")
    }
    kept = cohort.complete(COVARIATES)
    assert ways["complete"].n == kept.sum()
    assert ways["failure"].n == (~np.isnan(cohort.covariates["nihss"])).sum()
    assert ways["multiple"].n == cohort.n
    assert (ways["multiple"].seed, ways["multiple"].imputations) == (7, 3)
    assert ways["multiple"] == pooled(cohort, COVARIATES, log_odds_of, way="multiple", imputations=3, seed=7)
    assert 0 < ways["multiple"].missing_information < 1
    with pytest.raises(InputError, match="no way 'guess'"):
        pooled(cohort, COVARIATES, log_odds_of, way="guess")


def test_gaps_at_random_given_age_bias_complete_cases_and_not_imputation() -> None:
    """The mean of an outcome that is known less often in the old, who do worse: known truth by drawing."""
    rng = np.random.default_rng(RNG_SEED)
    n = 4000
    age = rng.normal(0, 1, n)
    outcome = (rng.random(n) < 1 / (1 + np.exp(1.5 * age))).astype(float)
    gap = rng.random(n) < 1 / (1 + np.exp(-2 * age))
    cohort = Cohort(
        exposure=(np.arange(n) % 2).astype(float),
        outcome=np.where(gap, np.nan, outcome),
        covariates={"age": age},
    )
    draws = [imputed(cohort, ("age",), rng).outcome.mean() for _ in range(3)]
    assert abs(np.mean(draws) - outcome.mean()) < 0.025
    assert np.nanmean(cohort.outcome) - outcome.mean() > 0.1


# --- growth -------------------------------------------------------------------------------------------------


def test_a_median_with_its_order_statistics_by_hand() -> None:
    found = median_interval(np.arange(1.0, 11.0))
    assert (found.median_ml, found.ci_ml) == (5.5, (2.0, 9.0))
    assert median_interval(np.arange(1.0, 6.0)).ci_ml is None
    assert median_interval(np.arange(1.0, 6.0), 0.9).ci_ml == (1.0, 5.0)
    with pytest.raises(InputError, match="no known growth"):
        median_interval(np.array([]))


@given(st.integers(1, 80), st.floats(0.5, 0.99))
def test_a_medians_interval_covers_at_least_its_level_and_no_wider_than_it_must(n: int, level: float) -> None:
    found = median_interval(np.arange(1.0, n + 1.0), level)
    if found.ci_ml is None:
        assert 2 * binom.cdf(0, n, 0.5) > 1 - level - 1e-12
        return
    rank = int(found.ci_ml[0])
    assert found.ci_ml[1] == n + 1 - rank
    assert 1 - 2 * binom.cdf(rank - 1, n, 0.5) >= level - 1e-12
    assert 1 - 2 * binom.cdf(rank, n, 0.5) < level + 1e-12


@settings(max_examples=30)
@given(
    st.lists(st.integers(-20, 200), min_size=4, max_size=25),
    st.lists(st.integers(-20, 200), min_size=4, max_size=25),
)
def test_the_shift_is_the_median_of_all_differences(one: list[int], other: list[int]) -> None:
    first, second = np.array(one, float), np.array(other, float)
    shift, (low, high) = hodges_lehmann(first, second)
    assert shift == np.median([a - b for a in one for b in other])
    assert low <= shift <= high
    back, (back_low, back_high) = hodges_lehmann(second, first)
    assert (back, back_low, back_high) == (-shift, -high, -low)
    assert hodges_lehmann(first + 7, second)[0] == shift + 7


def quantile_by_linear_programming(growth_ml, design, quantile: float) -> np.ndarray:
    """Return the coefficients that minimise the sum of tilted absolute residuals, exactly."""
    n, k = design.shape
    cost = np.concatenate([np.zeros(2 * k), np.full(n, quantile), np.full(n, 1 - quantile)])
    equal = np.hstack([design, -design, np.eye(n), -np.eye(n)])
    found = linprog(cost, A_eq=equal, b_eq=growth_ml, bounds=(0, None), method="highs").x
    return found[:k] - found[k : 2 * k]


def test_quantile_regression_is_the_linear_programme(complete: Cohort) -> None:
    design = np.column_stack([np.ones(complete.n), complete.exposure, complete.covariates["age"]])
    for found in quantile_effects(complete, ("age",)):
        exact = quantile_by_linear_programming(complete.growth, design, found.quantile)
        loss = []
        for slope in (exact[1], found.difference_ml):
            rest = complete.growth - slope * complete.exposure
            loss.append(best_loss(rest, np.delete(design, 1, axis=1), found.quantile))
        assert loss[1] == pytest.approx(loss[0], rel=1e-4)


def best_loss(growth_ml, design, quantile: float) -> float:
    residual = growth_ml - design @ quantile_by_linear_programming(growth_ml, design, quantile)
    return float(np.sum(residual * (quantile - (residual < 0))))


def test_growth_says_what_was_saved(complete: Cohort, cohort: Cohort) -> None:
    found = growth(complete, COVARIATES)
    assert found.exposed.median_ml < found.unexposed.median_ml
    assert found.shift_ci_ml[1] < 0
    assert found.p < 0.001
    assert [item.quantile for item in found.quantiles] == [0.25, 0.5, 0.75]
    assert growth(cohort).left_out == np.isnan(cohort.growth).sum()
    assert quantile_effects(complete.where(np.arange(300) < 9), COVARIATES) == ()
    with pytest.raises(InputError, match="has no growth"):
        growth(replace(cohort, growth=None))


# --- surrogacy ----------------------------------------------------------------------------------------------


def test_growth_that_differs_not_between_groups_mediates_nothing() -> None:
    growth_ml = np.tile(np.arange(20.0), 4)
    exposure = np.repeat([1.0, 0.0], 40)
    outcome = np.concatenate([np.arange(40) % 4 != 0, np.arange(40) % 3 == 0]).astype(float)
    cohort = Cohort(exposure=exposure, outcome=outcome, growth=growth_ml)
    total, direct, indirect, share = natural_effects(cohort, ())
    assert (indirect, share) == pytest.approx((0, 0), abs=1e-9)
    assert total == pytest.approx(direct)


def slow_natural_effects(cohort: Cohort) -> tuple[float, float]:
    """Return total and direct effect from patients and residuals taken one by one."""
    design = sm.add_constant(cohort.exposure)
    growth_model = sm.OLS(cohort.growth, design).fit()
    columns = np.column_stack([np.ones(cohort.n), cohort.exposure, cohort.growth])
    outcome = sm.GLM(cohort.outcome, columns, family=sm.families.Binomial()).fit(tol=1e-12).params

    def mean(exposure: float, through: float) -> float:
        mediators = growth_model.params[0] + growth_model.params[1] * through + growth_model.resid
        return float(
            np.mean(1 / (1 + np.exp(-(outcome[0] + outcome[1] * exposure + outcome[2] * mediators))))
        )

    return mean(1, 1) - mean(0, 0), mean(1, 0) - mean(0, 0)


def test_natural_effects_are_those_of_all_residuals(complete: Cohort) -> None:
    total, direct, indirect, share = natural_effects(complete, ())
    assert (total, direct) == pytest.approx(slow_natural_effects(complete), abs=2e-3)
    assert indirect == pytest.approx(total - direct)
    assert share == pytest.approx(indirect / total)


def test_surrogacy_states_its_seed_and_its_caveats(cohort: Cohort) -> None:
    found = surrogacy(cohort, ("age",), replicates=30, seed=4)
    assert found == surrogacy(cohort, ("age",), replicates=30, seed=4)
    assert found != surrogacy(cohort, ("age",), replicates=30, seed=5)
    kept = cohort.where(cohort.complete(("age",)) & ~np.isnan(cohort.growth))
    without, beside = log_odds(kept, ("age",))
    assert found.explained.estimate == pytest.approx(1 - beside / without)
    assert found.mediated.ci_low < found.mediated.estimate < found.mediated.ci_high
    assert found.n + found.left_out == cohort.n
    assert any("cannot show that growth is a surrogate" in caveat for caveat in found.caveats)


def test_surrogacy_is_refused_where_there_is_nothing_to_explain(complete: Cohort) -> None:
    with pytest.raises(InputError, match="has no growth"):
        surrogacy(replace(complete, growth=None))
    with pytest.raises(InputError, match="growth is the same in all patients"):
        surrogacy(replace(complete, growth=np.ones(complete.n)))
    few = rows_of(TwoByTwo(events_1=4, n_1=6, events_2=2, n_2=6))
    with pytest.raises(InputError, match="bootstrap samples cannot be fitted"):
        surrogacy(replace(few, growth=np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])), replicates=20)


def test_r2_over_trials_is_a_squared_correlation_and_needs_ten() -> None:
    rng = np.random.default_rng(RNG_SEED)
    x = rng.normal(0, 1, 12)
    y = 0.5 * x + rng.normal(0, 0.5, 12)
    found = trial_level(x.tolist(), y.tolist(), [1.0] * 12, replicates=200)
    assert found.r2 == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert found.r2_ci[0] < found.r2 < found.r2_ci[1]
    weights = rng.uniform(50, 500, 12)
    weighted = trial_level(x.tolist(), y.tolist(), weights.tolist(), replicates=200)
    theirs = sm.WLS(y, sm.add_constant(x), weights=weights).fit()
    assert (weighted.intercept, weighted.slope) == pytest.approx(tuple(theirs.params))
    assert weighted.r2 == pytest.approx(theirs.rsquared)
    with pytest.raises(InputError, match="R2 over 9 trials is refused"):
        trial_level(x[:9].tolist(), y[:9].tolist(), [1.0] * 9)
    with pytest.raises(InputError, match="do not vary"):
        trial_level([1.0] * 12, y.tolist(), [1.0] * 12)
    with pytest.raises(InputError, match="weight not positive"):
        trial_level(x.tolist(), y.tolist(), [0.0] * 12)


# --- the cohort and the whole -------------------------------------------------------------------------------


def test_a_cohort_that_is_none_is_refused() -> None:
    exposure, outcome = np.array([1.0, 0, 1, 0]), np.array([1.0, 0, 0, 1])
    with pytest.raises(InputError, match="the columns differ in length"):
        Cohort(exposure=exposure, outcome=outcome[:3])
    with pytest.raises(InputError, match="3 patients are too few"):
        Cohort(exposure=exposure[:3], outcome=outcome[:3])
    with pytest.raises(InputError, match="'exposure' is unknown in 1 patients"):
        Cohort(exposure=np.array([1.0, np.nan, 1, 0]), outcome=outcome)
    with pytest.raises(InputError, match="'outcome' holds other numbers than 0 and 1"):
        Cohort(exposure=exposure, outcome=outcome * 2)
    with pytest.raises(InputError, match="'exposure' is the same in all patients"):
        Cohort(exposure=np.ones(4), outcome=outcome)
    lonely = Cohort(exposure=exposure, outcome=outcome, profile=("a", "a", "b", "a"))
    with pytest.raises(
        InputError, match=r"the profile 'b' cannot be compared|is the same in all patients|too few"
    ):
        lonely.strata()


def test_a_simulated_cohort_is_the_same_for_the_same_seed_and_says_what_it_is() -> None:
    one, again = simulated_cohort(Design(), 1), simulated_cohort(Design(), 1)
    assert np.array_equal(one.outcome, again.outcome, equal_nan=True)
    assert not np.array_equal(one.outcome, simulated_cohort(Design(), 2).outcome, equal_nan=True)
    assert one.simulated
    with pytest.raises(UsageError, match="10 simulated patients"):
        Design(n=10)


def test_the_whole_skips_what_cannot_be_done_and_says_why(cohort: Cohort) -> None:
    told = replace(cohort, covariates={"told": cohort.exposure.copy()}, growth=np.full(cohort.n, np.nan))
    found = analyse(told, Plan(covariates=("told",), imputations=2))
    assert {item.part for item in found.skipped} >= {"propensity", "growth", "adjusted, all"}
    assert all(item.reason for item in found.skipped)
    assert found.propensity is None
    assert "Immortal time" in " ".join(found.caveats)


def test_the_whole_of_few_columns_is_the_crude_comparison() -> None:
    found = analyse(confounded(), Plan())
    assert found.crude.table.words() == "37/50 v 13/50"
    assert (found.by_profile, found.adjusted, found.missing, found.growth) == ((), (), (), None)
    assert not any("SIMULATED" in caveat for caveat in found.caveats)
