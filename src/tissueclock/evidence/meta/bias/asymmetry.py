"""Regression tests of funnel asymmetry: does the effect depend on how precise a study is?

Egger M et al., BMJ 1997;315:629 (`egger`; the weighted regression on the standard error is the same test);
Sterne JAC, Egger M, in Rothstein HR et al. 2005 (`egger_mixed`, with a variance between studies); Thompson
SG, Sharp SJ, Stat Med 1999;18:2693; Harbord RM et al., Stat Med 2006;25:3443; Peters JL et al., JAMA
2006;295:676; Deeks JJ et al., J Clin Epidemiol 2005;58:882.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.linear import Array, weighted_fit
from tissueclock.evidence.meta.measures.base import tables
from tissueclock.evidence.meta.normal import Interval, around, critical, two_sided_p
from tissueclock.evidence.meta.pool import PoolSettings, Z
from tissueclock.evidence.meta.regression import Regression, regress_on
from tissueclock.evidence.meta.studies import TwoArm

FEWEST = 3
_ALIKE = 1e-12
FEW = 10
"""Under so many studies a test of asymmetry is said to have little power (Sterne JAC et al., BMJ 2011)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """A test of asymmetry: the slope (or intercept) that asymmetry makes, its test, and the limit.

    `limit` is the effect that a study without any error would have, None where the test gives none. `df` is
    None for a z.
    """

    name: str
    title: str
    bias: float
    se: float
    statistic: float
    df: int | None
    p: float
    limit: float | None = None
    limit_ci: Interval | None = None

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        names = ("name", "title", "bias", "se", "statistic", "df", "p", "limit")
        limit_ci = list(self.limit_ci) if self.limit_ci else None
        return {**{name: getattr(self, name) for name in names}, "limit_ci": limit_ci}


def egger(yi: Array, vi: Array, level: float) -> Asymmetry:
    """Return Egger's test: effects over errors on 1 / error; its intercept is the bias."""
    return _weighted("egger", "Egger", yi, 1 / vi, np.sqrt(vi), level)


def egger_by_variance(yi: Array, vi: Array, level: float) -> Asymmetry:
    """Return Egger's test with the variance as predictor instead of the error."""
    return _weighted("egger_variance", "Egger, on the variance", yi, 1 / vi, vi, level)


def egger_mixed(yi: Array, vi: Array, settings: PoolSettings) -> Asymmetry:
    """Return the meta-regression on the standard error, with tau2 and test as the settings have them."""
    found = _on_error(yi, vi, settings)
    limit, bias = found.coefficients
    return Asymmetry(
        name="egger_mixed",
        title=f"Egger, with tau2 ({settings.method})",
        bias=bias.beta,
        se=bias.se,
        statistic=bias.statistic,
        df=found.df,
        p=bias.p,
        limit=limit.beta,
        limit_ci=limit.ci,
    )


def thompson_sharp(yi: Array, vi: Array, settings: PoolSettings) -> Asymmetry:
    """Return the meta-regression on the standard error with its classical errors and a t of k - 2."""
    found = _on_error(yi, vi, replace(settings, test=Z))
    limit, bias = found.coefficients
    df = found.k - 2
    return Asymmetry(
        name="thompson_sharp",
        title=f"Thompson and Sharp ({settings.method})",
        bias=bias.beta,
        se=bias.se,
        statistic=bias.statistic,
        df=df,
        p=two_sided_p(bias.statistic, df),
        limit=limit.beta,
        limit_ci=around(limit.beta, critical(settings.level, df) * limit.se),
    )


def _on_error(yi: Array, vi: Array, settings: PoolSettings) -> Regression:
    _require(yi, vi)
    design = np.column_stack([np.ones_like(vi), np.sqrt(vi)])
    return regress_on(yi, vi, design, ("limit", "error"), settings)


def harbord(studies: Sequence[TwoArm], level: float) -> Asymmetry:
    """Return Harbord's test for odds ratios: the score over its variance on 1 / root of the variance."""
    t = tables(studies, add=0.0)
    n, events = t.n1 + t.n2, t.a + t.c
    variance = t.n1 * t.n2 * events * (n - events) / (n**2 * (n - 1))
    used = variance > 0
    score = (t.a - events * t.n1 / n)[used]
    variance = variance[used]
    return _weighted("harbord", "Harbord", score / variance, variance, variance**-0.5, level)


def peters(studies: Sequence[TwoArm], yi: Array, level: float) -> Asymmetry:
    """Return Peters's test for odds ratios: the effect on 1 / size, weighted by events and others."""
    t = tables(studies)
    n, events = t.n1 + t.n2, t.a + t.c
    return _weighted("peters", "Peters", yi, events * (n - events) / n, 1 / n, level)


def deeks(studies: Sequence[TwoArm], yi: Array, level: float) -> Asymmetry:
    """Return Deeks's test for odds ratios: the effect on 1 / root of the effective size."""
    t = tables(studies)
    size = 4 * t.n1 * t.n2 / (t.n1 + t.n2)
    return _weighted("deeks", "Deeks", yi, size, size**-0.5, level)


def _weighted(name: str, title: str, yi: Array, weights: Array, predictor: Array, level: float) -> Asymmetry:
    """Return the weighted regression of effects on a predictor, its residual variance estimated."""
    _require(yi, predictor)
    fit = weighted_fit(yi, weights, np.column_stack([np.ones(len(yi)), predictor]))
    limit, bias = map(float, fit.beta)
    limit_se, se = map(float, np.sqrt(fit.residual_squares / fit.df * np.diag(fit.inverse)))
    if se == 0:
        raise InputError("the studies lie on one line: there is no error to test by.", remedy="Check them.")
    return Asymmetry(
        name=name,
        title=title,
        bias=bias,
        se=se,
        statistic=bias / se,
        df=fit.df,
        p=two_sided_p(bias / se, fit.df),
        limit=limit,
        limit_ci=around(limit, critical(level, fit.df) * limit_se),
    )


def _require(yi: Array, predictor: Array) -> None:
    if len(yi) < FEWEST:
        raise InputError(
            f"too few studies for a test of asymmetry: {len(yi)}.", remedy="It takes three; ten to be of use."
        )
    if float(np.ptp(predictor)) <= _ALIKE * float(np.max(np.abs(predictor))):
        raise InputError("all studies are equally precise.", remedy="No test can see an asymmetry.")
