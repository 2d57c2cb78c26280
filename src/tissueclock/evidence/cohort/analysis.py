"""The analysis of one cohort: crude, within profiles, adjusted, and the interaction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.evalue import EValue, e_value
from tissueclock.evidence.cohort.likelihood import (
    Fit,
    fit,
    likelihood_ratio_p,
    model_of,
    poisson_fit,
    profile_limits,
    standardised,
)
from tissueclock.evidence.cohort.rows import Cohort

COMMON = 0.15
"""Above this share of favourable outcomes an odds ratio is no risk ratio (VanderWeele & Ding 2017)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio of exposed to unexposed with Wald's interval; profile limits where they were computed."""

    measure: str
    estimate: float
    ci_low: float
    ci_high: float
    p: float
    se: float
    profile_ci: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """The effect of exposure given covariates: odds ratio, risk ratio (Zou), standardised risks, E-value."""

    name: str
    n: int
    left_out: int
    covariates: tuple[str, ...]
    firth: bool
    odds_ratio: Ratio
    risk_ratio: Ratio | None
    risk_exposed: float
    risk_unexposed: float
    risk_difference: float
    risk_difference_ci: tuple[float, float]
    e_value: EValue
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return every value by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInteraction:
    """The product of exposure and profile in one logistic model: a ratio of odds ratios, with two tests."""

    profiles: tuple[str, ...]
    covariates: tuple[str, ...]
    n: int
    ratio: Ratio | None
    lr_statistic: float
    df: int
    lr_p: float

    def to_json(self) -> dict[str, Any]:
        """Return every value by name."""
        return asdict(self)


def adjusted_log_odds(cohort: Cohort, covariates: Sequence[str], *, firth: bool = False) -> Fit:
    """Return the logistic fit of the outcome on exposure and covariates, of complete rows."""
    columns = [("exposure", cohort.exposure), *cohort.columns(covariates)]
    return fit(model_of(columns, cohort.outcome, firth=firth))


def adjusted(
    cohort: Cohort, covariates: Sequence[str], *, name: str = "all", firth: bool = False, level: float = 0.95
) -> Adjusted:
    """Return the adjusted effect of exposure in the complete rows of a cohort.

    Where a column separates the outcome Firth's penalty is used instead, and a note says so. Raises
    InputError for an outcome that does not vary or too few rows.
    """
    rows = cohort.where(cohort.complete(covariates))
    notes = []
    try:
        found = adjusted_log_odds(rows, covariates, firth=firth)
    except InputError as error:
        if firth or "separated" not in error.found:
            raise
        found, firth = adjusted_log_odds(rows, covariates, firth=True), True
        notes.append("The outcome is separated in this model: Firth's penalty was used.")
    risks = standardised(found, "exposure")
    z = float(norm.isf((1 - level) / 2))
    odds = _odds_ratio(found, level)
    risk_ratio = None if firth else _risk_ratio(found, level)
    common = float(rows.outcome.mean()) > COMMON
    basis = odds if risk_ratio is None else risk_ratio
    return Adjusted(
        name=name,
        n=rows.n,
        left_out=cohort.n - rows.n,
        covariates=tuple(covariates),
        firth=firth,
        odds_ratio=odds,
        risk_ratio=risk_ratio,
        risk_exposed=risks.risk_exposed,
        risk_unexposed=risks.risk_unexposed,
        risk_difference=risks.difference,
        risk_difference_ci=(
            risks.difference - z * risks.difference_se,
            risks.difference + z * risks.difference_se,
        ),
        e_value=e_value(
            basis.estimate, basis.ci_low, basis.ci_high, common_odds=risk_ratio is None and common
        ),
        notes=tuple(notes),
    )


def _odds_ratio(found: Fit, level: float) -> Ratio:
    value, se = found.coefficient("exposure"), found.se("exposure")
    try:
        low, high = profile_limits(found, "exposure", level)
        limits = math.exp(low), math.exp(high)
    except InputError:
        limits = None
    return _ratio("OR", value, se, level, limits)


def _risk_ratio(found: Fit, level: float) -> Ratio | None:
    """Return Zou's risk ratio; None where the Poisson regression does not converge."""
    try:
        coefficients, covariance = poisson_fit(found.model)
    except (InputError, np.linalg.LinAlgError):
        return None
    at = found.model.names.index("exposure")
    return _ratio("RR", float(coefficients[at]), math.sqrt(float(covariance[at, at])), level)


def _ratio(
    measure: str, value: float, se: float, level: float, limits: tuple[float, float] | None = None
) -> Ratio:
    z = float(norm.isf((1 - level) / 2))
    return Ratio(
        measure=measure,
        estimate=math.exp(value),
        ci_low=math.exp(value - z * se),
        ci_high=math.exp(value + z * se),
        p=2 * float(norm.sf(abs(value / se))),
        se=se,
        profile_ci=limits,
    )


def model_interaction(
    cohort: Cohort, covariates: Sequence[str] = (), *, level: float = 0.95
) -> ModelInteraction:
    """Return the interaction of exposure and profile in a logistic model with covariates, of complete rows.

    The ratio is that of the first profile's odds ratio to the second's; None with more than two profiles.
    Raises InputError for fewer than two profiles, or a separated outcome.
    """
    profiles = cohort.strata_names
    if len(profiles) < 2:
        raise InputError("there are fewer than two profiles.", remedy="Name the column of the profile.")
    known = np.array([name != "" for name in cohort.profile])
    rows = cohort.where(known & cohort.complete(covariates))
    inside = [(name, rows.in_profile(name).astype(float)) for name in profiles[:-1]]
    main = [("exposure", rows.exposure), *inside, *rows.columns(covariates)]
    products = [(f"exposure in {name}", rows.exposure * column) for name, column in inside]
    smaller = fit(model_of(main, rows.outcome))
    larger = fit(model_of([*main, *products], rows.outcome))
    statistic, df, p = likelihood_ratio_p(larger, smaller)
    ratio = None
    if len(profiles) == 2:
        name = products[0][0]
        ratio = _ratio("ratio of ORs", larger.coefficient(name), larger.se(name), level)
    return ModelInteraction(
        profiles=profiles,
        covariates=tuple(covariates),
        n=rows.n,
        ratio=ratio,
        lr_statistic=statistic,
        df=df,
        lr_p=p,
    )
