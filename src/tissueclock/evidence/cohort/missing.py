"""Missing data three ways: complete cases, a missing outcome as failure, and multiple imputation.

Imputation is by chained equations (van Buuren S, Stat Med 1999;18:681): a yes-or-no column by a logistic
draw with Firth's penalty, a number by predictive mean matching with five donors. Estimates are pooled by
Rubin's rules (1987) with the degrees of freedom of Barnard and Rubin (Biometrika 1999;86:948). The same
seed gives the same result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, t

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.likelihood import fit, model_of
from tissueclock.evidence.cohort.rows import Cohort

Vector = NDArray[np.float64]
Estimate = Callable[[Cohort], tuple[float, float]]
"""From a cohort without gaps to an estimate and its SE on the scale of analysis."""

DONORS = 5
ROUNDS = 5
"""Times around all columns before an imputed cohort is used (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """An estimate by one way of treating gaps, with interval and p; of imputation also its uncertainty."""

    way: str
    n: int
    estimate: float
    ci_low: float
    ci_high: float
    p: float
    se: float
    df: float | None = None
    imputations: int | None = None
    seed: int | None = None
    missing_information: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return every value by name; the ratio and its limits on the natural scale, the SE on the log."""
        return asdict(self)


def rubin(
    estimates: Sequence[float], errors: Sequence[float], complete_df: float
) -> tuple[float, float, float, float]:
    """Return the pooled estimate, its SE, its degrees of freedom and the share of missing information.

    Raises InputError for fewer than two imputations.
    """
    m = len(estimates)
    if m < 2:
        raise InputError(f"{m} imputations.", remedy="Use 2 or more; 20 are usual.")
    mean = float(np.mean(estimates))
    within, between = float(np.mean(np.square(errors))), float(np.var(estimates, ddof=1))
    total = within + (1 + 1 / m) * between
    observed = (complete_df + 1) / (complete_df + 3) * complete_df
    if between == 0:
        return mean, math.sqrt(total), observed, 0.0
    share = (1 + 1 / m) * between / total
    old = (m - 1) / share**2
    observed *= 1 - share
    df = old * observed / (old + observed)
    r = (1 + 1 / m) * between / within
    return mean, math.sqrt(total), df, (r + 2 / (df + 3)) / (r + 1)


def imputed(cohort: Cohort, covariates: Sequence[str], rng: np.random.Generator) -> Cohort:
    """Return the cohort with its gaps drawn once; exposure and profile are predictors too.

    Raises InputError for a covariate of which nothing is known.
    """
    names = list(covariates)
    columns = {name: cohort.covariates[name].copy() for name in names} | {"": cohort.outcome.copy()}
    gaps = {name: np.isnan(column) for name, column in columns.items()}
    binary = {name: set(np.unique(c[~gaps[name]])) <= {0.0, 1.0} for name, c in columns.items()}
    for name, column in columns.items():
        if gaps[name].all():
            raise InputError(f"nothing is known of '{name or cohort.outcome_name}'.", remedy="Leave it out.")
        column[gaps[name]] = rng.choice(column[~gaps[name]], int(gaps[name].sum()))
    fixed = [cohort.exposure, *(cohort.in_profile(p).astype(float) for p in cohort.strata_names[1:])]
    for _ in range(ROUNDS if any(gap.any() for gap in gaps.values()) else 0):
        for name, column in columns.items():
            if gaps[name].any():
                others = [*fixed, *(other for key, other in columns.items() if key != name)]
                draw = _drawn_binary if binary[name] else _drawn_number
                column[gaps[name]] = draw(np.column_stack(others), column, gaps[name], rng)
    outcome = columns.pop("")
    return replace(cohort, outcome=outcome, covariates={**cohort.covariates, **columns})


def _drawn_binary(
    others: Vector, column: Vector, gaps: NDArray[np.bool_], rng: np.random.Generator
) -> Vector:
    """Draw yes or no from a logistic regression whose coefficients are themselves drawn."""
    known = ~gaps
    if column[known].min() == column[known].max():
        return np.full(int(gaps.sum()), column[known][0])
    names = [(str(at), others[known, at]) for at in _varying(others[known])]
    found = fit(model_of(names, column[known], firth=True))
    drawn = rng.multivariate_normal(found.coefficients, found.covariance, method="cholesky")
    design = np.column_stack([np.ones(int(gaps.sum())), others[gaps][:, _varying(others[known])]])
    return np.asarray((rng.random(design.shape[0]) < expit(design @ drawn)).astype(float))


def _drawn_number(
    others: Vector, column: Vector, gaps: NDArray[np.bool_], rng: np.random.Generator
) -> Vector:
    """Draw a known value of a patient whose prediction is among the five nearest (type 1 matching)."""
    known = ~gaps
    design = np.column_stack([np.ones(column.size), others[:, _varying(others[known])]])
    inverse = np.linalg.pinv(design[known].T @ design[known])
    best = inverse @ design[known].T @ column[known]
    residual = column[known] - design[known] @ best
    freedom = max(1, int(known.sum()) - design.shape[1])
    sigma = math.sqrt(float(residual @ residual) / float(rng.chisquare(freedom)))
    drawn = best + sigma * np.linalg.cholesky(
        inverse + 1e-12 * np.eye(inverse.shape[0])
    ) @ rng.standard_normal(best.size)
    predicted, aimed = design[known] @ best, design[gaps] @ drawn
    donors = np.argsort(np.abs(aimed[:, None] - predicted[None, :]), axis=1, kind="stable")[:, :DONORS]
    chosen = rng.integers(0, donors.shape[1], donors.shape[0])
    return np.asarray(column[known][donors[np.arange(donors.shape[0]), chosen]])


def _varying(design: Vector) -> list[int]:
    return [at for at in range(design.shape[1]) if np.ptp(design[:, at]) > 0]


def pooled(
    cohort: Cohort,
    covariates: Sequence[str],
    estimate: Estimate,
    *,
    way: str,
    level: float = 0.95,
    imputations: int = 20,
    seed: int = 1,
) -> Pooled:
    """Return an estimate (log scale) by `complete`, `failure` or `multiple`, as a ratio with its interval.

    `failure` counts a missing outcome as unfavourable and needs complete covariates besides. Raises
    InputError for another way.
    """
    if way == "multiple":
        return _multiple(cohort, covariates, estimate, level, imputations, seed)
    if way not in ("complete", "failure"):
        raise InputError(f"there is no way '{way}'.", remedy="Known: complete, failure, multiple.")
    if way == "failure":
        cohort = replace(cohort, outcome=np.where(np.isnan(cohort.outcome), 0.0, cohort.outcome))
    rows = cohort.where(cohort.complete(covariates))
    value, se = estimate(rows)
    return _ratio(way, rows.n, value, se, math.inf, level)


def _multiple(
    cohort: Cohort,
    covariates: Sequence[str],
    estimate: Estimate,
    level: float,
    imputations: int,
    seed: int,
) -> Pooled:
    rng = np.random.default_rng(seed)
    found = [estimate(imputed(cohort, covariates, rng)) for _ in range(imputations)]
    complete_df = cohort.n - len(covariates) - 2
    value, se, df, share = rubin([v for v, _ in found], [e for _, e in found], max(1.0, complete_df))
    result = _ratio("multiple", cohort.n, value, se, df, level)
    return replace(result, df=df, imputations=imputations, seed=seed, missing_information=share)


def _ratio(way: str, n: int, value: float, se: float, df: float, level: float) -> Pooled:
    law = t(df) if math.isfinite(df) else norm
    reach = float(law.isf((1 - level) / 2)) * se
    return Pooled(
        way=way,
        n=n,
        estimate=math.exp(value),
        ci_low=math.exp(value - reach),
        ci_high=math.exp(value + reach),
        p=2 * float(law.sf(abs(value / se))),
        se=se,
    )
