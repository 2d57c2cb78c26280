"""Fixed effects straight from counts, without a correction of empty cells: Mantel-Haenszel, and Peto.

Mantel N, Haenszel W, JNCI 1959;22:719. Variances: of the RR and RD Greenland S, Robins JM, Biometrics
1985;41:55 (of the RD Sato T, Greenland S, Robins JM, Biometrics 1989;45:1323), of the OR Robins J, Breslow
N, Greenland S, Biometrics 1986;42:311. Peto: Yusuf S et al., Prog Cardiovasc Dis 1985;27:335.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.convention import METAFOR, Convention
from tissueclock.evidence.meta.heterogeneity import i2_interval_of_q, i2_of_q
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.measures.base import Measure, Tables, study_effects, tables
from tissueclock.evidence.meta.normal import chi2_upper
from tissueclock.evidence.meta.pool import PoolSettings, cochran_q_about, columns, summary, with_notes
from tissueclock.evidence.meta.pooled import Heterogeneity, PooledEffect
from tissueclock.evidence.meta.studies import TwoArm

MH, PETO = "MH", "PETO"
Found = tuple[float, float, Array]
"""An estimate on the analysis scale, its standard error, and the weights of the studies."""


def mantel_haenszel(studies: Sequence[TwoArm], measure: Measure, convention: Convention = METAFOR) -> Found:
    """Return the Mantel-Haenszel estimate of RR, OR or RD; in RevMan 5 the RD has the older variance.

    Raises ValueError for another measure, InputError where an arm has no event (or nothing else) anywhere.
    """
    if measure.name not in _MANTEL_HAENSZEL:
        raise ValueError(f"there is no Mantel-Haenszel estimate of {measure.name}")
    cells = tables(studies, add=0.0)
    if measure.name == "RD" and convention.q_about_mh:
        return _risk_difference_1985(cells)
    return _MANTEL_HAENSZEL[measure.name](cells)


def _risk_ratio(t: Tables) -> Found:
    n = t.n1 + t.n2
    treated, control = t.a * t.n2 / n, t.c * t.n1 / n
    _require(treated, control)
    top = (t.n1 * t.n2 * (t.a + t.c) - t.a * t.c * n) / n**2
    variance = np.sum(top) / (np.sum(treated) * np.sum(control))
    return float(np.log(np.sum(treated) / np.sum(control))), float(np.sqrt(variance)), control


def _odds_ratio(t: Tables) -> Found:
    n = t.n1 + t.n2
    r, s = t.a * t.d / n, t.b * t.c / n
    _require(r, s)
    p, q = (t.a + t.d) / n, (t.b + t.c) / n
    r_all, s_all = np.sum(r), np.sum(s)
    variance = (
        np.sum(p * r) / r_all**2 + np.sum(p * s + q * r) / (r_all * s_all) + np.sum(q * s) / s_all**2
    ) / 2
    return float(np.log(r_all / s_all)), float(np.sqrt(variance)), s


def _risk_difference(t: Tables) -> Found:
    """Return the RD with the variance of Sato, Greenland and Robins, good for few and for large strata."""
    n = t.n1 + t.n2
    beta, total, weights = _mean_difference(t)
    p = np.sum(t.c * (t.n1 / n) ** 2 - t.a * (t.n2 / n) ** 2 + t.n1 * t.n2 * (t.n2 - t.n1) / n**2 / 2)
    q = np.sum(t.a * t.d / n + t.c * t.b / n) / 2
    return beta, _error(float(beta * p + q) / total**2), weights


def _risk_difference_1985(t: Tables) -> Found:
    """Return the RD with the variance of Greenland and Robins, good for large strata."""
    beta, total, weights = _mean_difference(t)
    top = (t.a * t.b * t.n2**3 + t.c * t.d * t.n1**3) / (t.n1 * t.n2 * (t.n1 + t.n2) ** 2)
    return beta, _error(float(np.sum(top)) / total**2), weights


def _mean_difference(t: Tables) -> tuple[float, float, Array]:
    """Return the weighted mean of risk differences, the sum of the weights, and these."""
    n = t.n1 + t.n2
    weights = t.n1 * t.n2 / n
    total = float(np.sum(weights))
    return float(np.sum((t.a * t.n2 - t.c * t.n1) / n)) / total, total, weights


def _error(variance: float) -> float:
    if not variance > 0:
        raise InputError("no study has both events and others.", remedy="There is nothing to compare.")
    return math.sqrt(variance)


def _require(treated: Array, control: Array) -> None:
    if not (np.sum(treated) > 0 and np.sum(control) > 0):
        raise InputError(
            "an arm has no event, or nothing but events, in all studies together: the ratio has no value.",
            remedy="Use --measure RD or AS.",
        )


_MANTEL_HAENSZEL: Mapping[str, Callable[[Tables], Found]] = MappingProxyType(
    {"RR": _risk_ratio, "OR": _odds_ratio, "RD": _risk_difference}
)


def has_mantel_haenszel(measure: Measure) -> bool:
    """Return whether a measure has a Mantel-Haenszel estimate."""
    return measure.name in _MANTEL_HAENSZEL


def informative(studies: Sequence[TwoArm], measure: Measure) -> tuple[TwoArm, ...]:
    """Return the studies that say something: all for a difference, for ratios those with 0 < events < all."""
    if not measure.ratio:
        return tuple(studies)
    return tuple(one for one in studies if 0 < one.ai + one.ci < one.n)


def pool_mantel_haenszel(studies: Sequence[TwoArm], measure: Measure, settings: PoolSettings) -> PooledEffect:
    """Return the Mantel-Haenszel fixed effect; Q is about it, of effects whose empty cells are corrected."""
    beta, se, weights = mantel_haenszel(studies, measure, settings.convention)
    used = informative(studies, measure)
    yi, vi = columns(study_effects(used, measure))
    found = _heterogeneity(cochran_q_about(yi, vi, beta), len(used), settings.level)
    pooled = summary(
        beta, se, None, measure=measure, n=1.0, settings=settings, found=found, weights=weights, method=MH
    )
    return _left_out(pooled, len(studies) - len(used))


def pool_peto(studies: Sequence[TwoArm], measure: Measure, settings: PoolSettings) -> PooledEffect:
    """Return Peto's odds ratio: observed minus expected events over their hypergeometric variances.

    Raises InputError where no study has both events and others.
    """
    used = informative(studies, measure)
    t = tables(used, add=0.0)
    events, n = t.a + t.c, t.n1 + t.n2
    excess = t.a - t.n1 * events / n
    information = t.n1 * t.n2 * events * (n - events) / (n**2 * (n - 1))
    total = float(np.sum(information))
    if not total > 0:
        raise InputError("no study has both events and others.", remedy="Use --measure RD or AS.")
    beta = float(np.sum(excess)) / total
    q = float(max(0.0, np.sum(excess**2 / information) - np.sum(excess) ** 2 / total))
    pooled = summary(
        beta,
        total**-0.5,
        None,
        measure=measure,
        n=1.0,
        settings=settings,
        found=_heterogeneity(q, len(used), settings.level),
        weights=_with_zeros(studies, used, information),
        method=PETO,
    )
    return _left_out(pooled, len(studies) - len(used))


def _with_zeros(studies: Sequence[TwoArm], used: Sequence[TwoArm], weights: Array) -> Array:
    """Return a weight for every study: 0 for those that say nothing."""
    all_weights = np.zeros(len(studies))
    chosen = {id(one) for one in used}
    all_weights[[id(one) in chosen for one in studies]] = weights
    return all_weights


def _heterogeneity(q: float, k: int, level: float) -> Heterogeneity:
    """Return what a fixed effect says of heterogeneity; of a single study nothing."""
    df = k - 1
    if df == 0:
        return Heterogeneity(tau2=0.0, i2=None, h2=None, q=None, q_df=0, q_p=None)
    return Heterogeneity(
        tau2=0.0,
        i2=i2_of_q(q, df),
        i2_ci=i2_interval_of_q(q, k, level),
        h2=q / df,
        q=q,
        q_df=df,
        q_p=chi2_upper(q, df),
    )


def _left_out(pooled: PooledEffect, number: int) -> PooledEffect:
    if not number:
        return pooled
    return with_notes(pooled, f"studies that weigh nothing, having no event or nothing else: {number}")
