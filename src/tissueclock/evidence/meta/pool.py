"""Inverse-variance pooling with or without a variance between studies: the fixed and random effects models.

The test is z, or Knapp and Hartung's (Stat Med 2003;22:2693), plain or never narrower than z's (ad hoc).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.convention import METAFOR, Convention
from tissueclock.evidence.meta.heterogeneity import (
    generalised_q,
    i2_interval_of_q,
    i2_of_q,
    i2_of_tau2,
    profile_likelihood,
    q_profile,
    typical_variance,
)
from tissueclock.evidence.meta.linear import Array, WeightedFit, ones, weighted_fit
from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.normal import Interval, around, chi2_upper, critical, two_sided_p
from tissueclock.evidence.meta.pooled import Heterogeneity, PooledEffect, natural
from tissueclock.evidence.meta.studies import StudyEffect
from tissueclock.evidence.meta.tau2 import ESTIMATORS, Tau2

FIXED = "FE"
EMPTY_INTERVAL = "tau2 has no interval: the studies differ less than chance alone would make them"
Z, T, KNAPP_HARTUNG, AD_HOC = "z", "t", "knapp-hartung", "knapp-hartung-ad-hoc"
TAU2_INTERVALS = (Q_PROFILE, PROFILE_LIKELIHOOD, JACKSON) = ("q-profile", "profile-likelihood", "jackson")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """How studies are pooled: the estimator of tau2 by its name, the test, the level, the convention.

    `tau2_interval` is the method of the interval of tau2.
    """

    method: str = "REML"
    test: str = Z
    level: float = 0.95
    convention: Convention = METAFOR
    tau2_interval: str = Q_PROFILE

    def __post_init__(self) -> None:
        if self.method not in ESTIMATORS:
            raise ValueError(f"there is no estimator '{self.method}'")
        if self.test not in (Z, T, KNAPP_HARTUNG, AD_HOC):
            raise ValueError(f"there is no test '{self.test}'")
        if self.tau2_interval not in TAU2_INTERVALS:
            raise ValueError(f"there is no interval '{self.tau2_interval}' of tau2")
        if not 0 < self.level < 1:
            raise ValueError(f"a level of {self.level} is not between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A weighted mean on the analysis scale: its value, its classical error, its test and the tau2 in it."""

    beta: float
    se: float
    classical_se: float
    df: int | None
    tau2: Tau2
    fit: WeightedFit


def columns(effects: Sequence[StudyEffect]) -> tuple[Array, Array]:
    """Return yi and vi (k each)."""
    return np.array([one.yi for one in effects]), np.array([one.vi for one in effects])


def harmonic_n(effects: Sequence[StudyEffect]) -> float:
    """Return the harmonic mean of the studies' sizes; nan where one has none, for measures that need none."""
    sizes = [one.n for one in effects]
    return float("nan") if None in sizes else len(sizes) / sum(1 / size for size in sizes if size)


def mean_effect(yi: Array, vi: Array, settings: PoolSettings, tau2: Tau2 | None = None) -> Mean:
    """Return the pooled mean of at least one study; a `tau2` that is given is not estimated."""
    k, design = len(yi), ones(len(yi))
    if tau2 is None:
        tau2 = ESTIMATORS[settings.method].estimate(yi, vi, design) if k > 1 else Tau2(0.0, None)
    fit = weighted_fit(yi, 1 / (vi + tau2.value), design)
    classical = float(np.sqrt(fit.inverse[0, 0]))
    return Mean(
        beta=float(fit.beta[0]),
        se=classical * knapp_hartung_factor(fit, settings.test),
        classical_se=classical,
        df=None if settings.test == Z or k == 1 else k - 1,
        tau2=tau2,
        fit=fit,
    )


def knapp_hartung_factor(fit: WeightedFit, test: str) -> float:
    """Return what a test multiplies standard errors by: 1 for z and t, and where there is one study only."""
    if test in (Z, T) or fit.df == 0:
        return 1.0
    factor = float(np.sqrt(fit.residual_squares / fit.df))
    return max(1.0, factor) if test == AD_HOC else factor


def pool(
    effects: Sequence[StudyEffect],
    measure: Measure,
    settings: PoolSettings,
    *,
    q_about: float | None = None,
    tau2: Tau2 | None = None,
) -> PooledEffect:
    """Return the pooled effect by inverse variance; of one study, that study, with nothing to say of others.

    `q_about` is the estimate that Cochran's Q is taken about, on the analysis scale; with it tau2 is
    DerSimonian and Laird's from that Q (RevMan 5), and without it Q is about the fixed effect. A `tau2` that
    is given is not estimated. Raises InputError where a likelihood has no maximum.
    """
    yi, vi = columns(effects)
    q = cochran_q_about(yi, vi, q_about)
    if q_about is not None and settings.method == "DL" and len(yi) > 1:
        tau2 = _tau2_of_q(q, vi)
    mean = mean_effect(yi, vi, settings, tau2)
    found = _heterogeneity(yi, vi, q, mean.tau2, settings)
    beta_pi = prediction(mean, len(yi), settings)
    pooled = summary(
        mean.beta,
        mean.se,
        mean.df,
        measure=measure,
        n=harmonic_n(effects),
        settings=settings,
        found=found,
        beta_pi=beta_pi,
        weights=mean.fit.weights,
    )
    empty = settings.method != FIXED and found.q is not None and found.tau2_ci is None
    return with_notes(pooled, EMPTY_INTERVAL) if empty else pooled


def cochran_q_about(yi: Array, vi: Array, about: float | None) -> float:
    """Return Cochran's Q about an estimate; about the fixed effect where None is given."""
    centre = np.sum(yi / vi) / np.sum(1 / vi) if about is None else about
    return float(np.sum((yi - centre) ** 2 / vi))


def _tau2_of_q(q: float, vi: Array) -> Tau2:
    weights = 1 / vi
    slope = float(np.sum(weights) - np.sum(weights**2) / np.sum(weights))
    return Tau2(max(0.0, (q - (len(vi) - 1)) / slope), None)


def _heterogeneity(yi: Array, vi: Array, q: float, tau2: Tau2, settings: PoolSettings) -> Heterogeneity:
    k, df = len(yi), len(yi) - 1
    if df == 0:
        return Heterogeneity(tau2=tau2.value, i2=None, h2=None, q=None, q_df=0, q_p=None)
    interval = None if settings.method == FIXED else _tau2_interval(yi, vi, tau2.value, settings)
    if settings.convention.i2_from_q or settings.method == FIXED:
        i2, h2 = i2_of_q(q, df), q / df
        i2_ci = i2_interval_of_q(q, k, settings.level)
    else:
        typical = typical_variance(vi, ones(k))
        i2, h2 = i2_of_tau2(tau2.value, typical), tau2.value / typical + 1
        i2_ci = interval and (i2_of_tau2(interval[0], typical), i2_of_tau2(interval[1], typical))
    return Heterogeneity(
        tau2=tau2.value,
        tau2_se=tau2.se,
        tau2_ci=interval,
        tau2_ci_method=settings.tau2_interval if interval else "",
        i2=i2,
        i2_ci=i2_ci,
        h2=h2,
        q=q,
        q_df=df,
        q_p=chi2_upper(q, df),
    )


def _tau2_interval(yi: Array, vi: Array, tau2: float, settings: PoolSettings) -> Interval | None:
    """Return the interval of tau2 by the method of the settings; None where it is empty."""
    design = ones(len(yi))
    if settings.tau2_interval == PROFILE_LIKELIHOOD:
        restricted = settings.method == "REML"
        return profile_likelihood(yi, vi, design, tau2, settings.level, restricted=restricted)
    if settings.tau2_interval == JACKSON:
        return generalised_q(yi, vi, design, 1 / vi, settings.level)
    return q_profile(yi, vi, design, settings.level)


def prediction(mean: Mean, k: int, settings: PoolSettings) -> Interval | None:
    """Return the prediction interval on the analysis scale; None of a fixed effect or too few studies."""
    if settings.method == FIXED or k == 1:
        return None
    if not settings.convention.predicts_by_t:
        reach = critical(settings.level, mean.df) * np.sqrt(mean.se**2 + mean.tau2.value)
    elif k > 2:
        reach = critical(settings.level, k - 2) * np.sqrt(mean.classical_se**2 + mean.tau2.value)
    else:
        return None
    return around(mean.beta, float(reach))


def summary(
    beta: float,
    se: float,
    df: int | None,
    *,
    measure: Measure,
    n: float,
    settings: PoolSettings,
    found: Heterogeneity,
    beta_pi: Interval | None = None,
    weights: Array | None = None,
    method: str | None = None,
) -> PooledEffect:
    """Return a pooled effect from its estimate and standard error; `df` makes the test a t.

    `n` is the harmonic mean of the sizes. `method` overrules the name that the settings have. Raises
    InputError where there is no error to test by.
    """
    if not se > 0:
        raise InputError(
            "the studies' effects are all alike: by Knapp and Hartung there is no error.",
            remedy="Leave out --knapp-hartung, or add --ad-hoc.",
        )
    statistic = beta / se
    beta_ci = around(beta, critical(settings.level, df) * se)
    estimate, _ = natural(measure, (beta, beta), n)
    share = () if weights is None else tuple(map(float, 100 * weights / np.sum(weights)))
    return PooledEffect(
        measure=measure.name,
        method=method or settings.method,
        convention=settings.convention.name,
        test=settings.test,
        level=settings.level,
        k=found.q_df + 1,
        beta=beta,
        se=se,
        statistic=statistic,
        df=df,
        p=two_sided_p(statistic, df),
        beta_ci=beta_ci,
        beta_pi=beta_pi,
        estimate=estimate,
        ci=natural(measure, beta_ci, n),
        pi=natural(measure, beta_pi, n) if beta_pi else None,
        heterogeneity=found,
        weights_percent=share,
    )


def with_notes(effect: PooledEffect, *notes: str) -> PooledEffect:
    """Return the effect with sentences that a reader must see."""
    return replace(effect, notes=(*effect.notes, *notes))
