"""Meta-regression: effects on moderators, with a variance between studies that is left over.

Thompson SG, Higgins JPT, Stat Med 2002;21:1559; Knapp G, Hartung J, Stat Med 2003;22:2693; R2 as the share
of tau2 that moderators take away (Raudenbush SW 2009), of a fixed-effect model the adjusted R2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.heterogeneity import i2_of_q, i2_of_tau2, q_profile, typical_variance
from tissueclock.evidence.meta.linear import Array, WeightedFit, ones, weighted_fit
from tissueclock.evidence.meta.normal import Interval, around, chi2_upper, critical, f_upper, two_sided_p
from tissueclock.evidence.meta.pool import FIXED, PoolSettings, Z, knapp_hartung_factor
from tissueclock.evidence.meta.tau2 import ESTIMATORS, Tau2

INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderator:
    """One value a study: all numbers, or all words (a factor whose first word in order is the reference)."""

    name: str
    values: tuple[float, ...] | tuple[str, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """The words in order, empty for numbers."""
        return tuple(sorted({value for value in self.values if isinstance(value, str)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One coefficient on the analysis scale."""

    name: str
    beta: float
    se: float
    statistic: float
    p: float
    ci: Interval

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {
            "name": self.name,
            "beta": self.beta,
            "se": self.se,
            "statistic": self.statistic,
            "p": self.p,
            "ci_low": self.ci[0],
            "ci_high": self.ci[1],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A meta-regression of `k` studies: coefficients, what the moderators explain, and what is left.

    `qm` tests all coefficients but the intercept: a chi-square, or an F where `df` is not None. `r2` is a
    percentage, None where there is no variance between studies to explain. `covariance` is p x p.
    """

    method: str
    test: str
    level: float
    k: int
    df: int | None
    coefficients: tuple[Coefficient, ...]
    covariance: Array
    tau2: float
    tau2_se: float | None
    tau2_ci: Interval | None
    i2: float
    h2: float
    r2: float | None
    qm: float
    qm_df: int
    qm_p: float
    qe: float
    qe_df: int
    qe_p: float

    @property
    def shared_tau2(self) -> Tau2:
        """The variance between studies that is left."""
        return Tau2(self.tau2, self.tau2_se)

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name; I2 and R2 in percent."""
        names = ("method", "test", "level", "k", "df", "tau2", "tau2_se", "i2", "h2", "r2")
        tests = ("qm", "qm_df", "qm_p", "qe", "qe_df", "qe_p")
        return {
            "coefficients": [one.to_json() for one in self.coefficients],
            "covariance": self.covariance.tolist(),
            "tau2_ci": list(self.tau2_ci) if self.tau2_ci else None,
            **{name: getattr(self, name) for name in (*names, *tests)},
        }


def design_of(moderators: Sequence[Moderator], k: int) -> tuple[Array, tuple[str, ...]]:
    """Return the design (k x p) with an intercept first, and the names of its columns.

    Raises InputError where a moderator does not vary.
    """
    columns, names = [np.ones(k)], [INTERCEPT]
    for moderator in moderators:
        if len(set(moderator.values)) < 2:
            raise InputError(
                f"'{moderator.name}' is the same in all studies.",
                remedy="It can explain nothing: leave it out.",
            )
        for level in moderator.levels[1:]:
            columns.append(np.array([float(value == level) for value in moderator.values]))
            names.append(f"{moderator.name}={level}")
        if not moderator.levels:
            columns.append(np.array(moderator.values, dtype=np.float64))
            names.append(moderator.name)
    return np.column_stack(columns), tuple(names)


def regress(yi: Array, vi: Array, moderators: Sequence[Moderator], settings: PoolSettings) -> Regression:
    """Return the meta-regression on an intercept and the moderators.

    Raises InputError where there are too few studies, or a moderator follows from the others.
    """
    design, names = design_of(moderators, len(yi))
    return regress_on(yi, vi, design, names, settings)


def regress_on(
    yi: Array, vi: Array, design: Array, names: Sequence[str], settings: PoolSettings
) -> Regression:
    """Return the meta-regression on a design whose first column is the intercept; raises as `regress`."""
    k, p = design.shape
    if k <= p:
        raise InputError(f"{k} studies are too few for {p} coefficients.", remedy="Leave out a moderator.")
    try:
        fixed = weighted_fit(yi, 1 / vi, design)
    except ValueError as error:
        raise InputError(f"{error}.", remedy="Leave one of them out.") from None
    tau2 = ESTIMATORS[settings.method].estimate(yi, vi, design)
    fit = weighted_fit(yi, 1 / (vi + tau2.value), design)
    factor = knapp_hartung_factor(fit, settings.test)
    if factor == 0:
        raise InputError(
            "the moderators explain every effect: by Knapp and Hartung there is no error.",
            remedy="Leave out --knapp-hartung, or add --ad-hoc.",
        )
    covariance = fit.inverse * factor**2
    df = None if settings.test == Z else k - p
    return _regression(yi, vi, fixed, fit, covariance, tau2, df, names, settings)


def _regression(
    yi: Array,
    vi: Array,
    fixed: WeightedFit,
    fit: WeightedFit,
    covariance: Array,
    tau2: Tau2,
    df: int | None,
    names: Sequence[str],
    settings: PoolSettings,
) -> Regression:
    qe, qe_df = fixed.residual_squares, fixed.df
    qm, qm_df, qm_p = wald(fit.beta[1:], covariance[1:, 1:], df)
    i2, h2 = _i2_h2(vi, fit.design, qe, tau2.value, settings)
    profiled = settings.method != FIXED
    return Regression(
        method=settings.method,
        test=settings.test,
        level=settings.level,
        k=len(yi),
        df=df,
        coefficients=_coefficients(names, fit.beta, covariance, df, settings.level),
        covariance=covariance,
        tau2=tau2.value,
        tau2_se=tau2.se,
        tau2_ci=q_profile(yi, vi, fit.design, settings.level) if profiled else None,
        i2=i2,
        h2=h2,
        r2=_r2(yi, vi, fixed, tau2.value, settings),
        qm=qm,
        qm_df=qm_df,
        qm_p=qm_p,
        qe=qe,
        qe_df=qe_df,
        qe_p=chi2_upper(qe, qe_df),
    )


def wald(beta: Array, covariance: Array, df: int | None) -> tuple[float, int, float]:
    """Return the test that coefficients are all 0: statistic, how many, p; an F where `df` is given."""
    chi_square, m = float(beta @ np.linalg.solve(covariance, beta)), len(beta)
    if df is None:
        return chi_square, m, chi2_upper(chi_square, m)
    return chi_square / m, m, f_upper(chi_square / m, m, df)


def _coefficients(
    names: Sequence[str], beta: Array, covariance: Array, df: int | None, level: float
) -> tuple[Coefficient, ...]:
    rows = []
    for name, b, variance in zip(names, map(float, beta), map(float, np.diag(covariance)), strict=True):
        se = variance**0.5
        ci = around(b, critical(level, df) * se)
        rows.append(Coefficient(name=name, beta=b, se=se, statistic=b / se, p=two_sided_p(b / se, df), ci=ci))
    return tuple(rows)


def _i2_h2(vi: Array, design: Array, qe: float, tau2: float, settings: PoolSettings) -> tuple[float, float]:
    df = len(vi) - design.shape[1]
    if settings.method == FIXED or settings.convention.i2_from_q:
        return i2_of_q(qe, df), qe / df
    typical = typical_variance(vi, design)
    return i2_of_tau2(tau2, typical), tau2 / typical + 1


def _r2(yi: Array, vi: Array, fixed: WeightedFit, tau2: float, settings: PoolSettings) -> float | None:
    """Return R2 in percent, not below 0."""
    if settings.method == FIXED:
        total = weighted_fit(yi, 1 / vi, ones(len(yi))).residual_squares
        if total == 0:
            return None
        return max(0.0, 100 * (1 - fixed.residual_squares / fixed.df / (total / (len(yi) - 1))))
    alone = ESTIMATORS[settings.method].estimate(yi, vi, ones(len(yi))).value
    return max(0.0, 100 * (alone - tau2) / alone) if alone > 0 else None
