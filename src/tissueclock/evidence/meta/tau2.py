"""The variance between studies, tau2: one function an estimator, and the table of all.

Each takes effects `yi`, sampling variances `vi` (k each) and a design (k x p), and returns tau2 >= 0 with
its large-sample standard error. Definitions: Viechtbauer W, J Educ Behav Stat 2005;30:261-293; Veroniki AA
et al., Res Synth Methods 2016;7:55-79. The iterative ones are solved to the last digits, where R's defaults
stop when tau2 changes by less than 1e-5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from tissueclock.evidence.meta.likelihood import maximum
from tissueclock.evidence.meta.linear import Array, WeightedFit, ones, trace_p, trace_pp, weighted_fit
from tissueclock.evidence.meta.normal import chi2_quantile
from tissueclock.evidence.meta.roots import falling_root


@dataclass(frozen=True, slots=True)
class Tau2:
    """An estimate of tau2, on the squared scale of the effects, and its standard error."""

    value: float
    se: float | None


Estimate = Callable[[Array, Array, Array], Tau2]


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator of tau2: the name that users type, what it is, and its function."""

    name: str
    title: str
    estimate: Estimate


def cochran_q(yi: Array, vi: Array, design: Array, tau2: float = 0.0) -> float:
    """Return the generalised Q, y'Py with the weights 1 / (vi + tau2)."""
    return weighted_fit(yi, 1 / (vi + tau2), design).residual_squares


def generalised(yi: Array, vi: Array, design: Array, weights: Array) -> Tau2:
    """Return the moment estimate with any fixed weights: (Q - E Q | tau2 = 0) / tr P."""
    fit = weighted_fit(yi, weights, design)
    slope = trace_p(fit)
    return _moment(fit, vi, (fit.residual_squares - trace_p(fit, vi)) / slope, 1 / slope)


def _moment(fit: WeightedFit, vi: Array, value: float, scale: float) -> Tau2:
    """Return a moment estimate cut off at 0; `scale` is its slope on Q, whose variance gives the error."""
    value = max(0.0, value)
    return Tau2(value, float(scale * np.sqrt(2 * trace_pp(fit, vi + value))))


def _dersimonian_laird(yi: Array, vi: Array, design: Array) -> Tau2:
    return generalised(yi, vi, design, 1 / vi)


def _hedges(yi: Array, vi: Array, design: Array) -> Tau2:
    return generalised(yi, vi, design, np.ones_like(vi))


def _hunter_schmidt(yi: Array, vi: Array, design: Array) -> Tau2:
    fit = weighted_fit(yi, 1 / vi, design)
    total = float(np.sum(fit.weights))
    return _moment(fit, vi, (fit.residual_squares - len(yi)) / total, 1 / total)


def _hunter_schmidt_k(yi: Array, vi: Array, design: Array) -> Tau2:
    fit = weighted_fit(yi, 1 / vi, design)
    total, factor = float(np.sum(fit.weights)), len(yi) / fit.df
    return _moment(fit, vi, (factor * fit.residual_squares - len(yi)) / total, factor / total)


def _sidik_jonkman(yi: Array, vi: Array, design: Array) -> Tau2:
    """Start from the crude variance of the effects, which is 0 only where all are alike."""
    crude = float(np.var(yi))
    fit = weighted_fit(yi, 1 / (vi + crude), design)
    scale = crude / fit.df
    return _moment(fit, vi, scale * fit.residual_squares, scale)


def _paule_mandel(yi: Array, vi: Array, design: Array) -> Tau2:
    return _matched(yi, vi, design, len(yi) - design.shape[1])


def _paule_mandel_median(yi: Array, vi: Array, design: Array) -> Tau2:
    return _matched(yi, vi, design, chi2_quantile(0.5, len(yi) - design.shape[1]))


def _matched(yi: Array, vi: Array, design: Array, target: float) -> Tau2:
    """Return the tau2 at which the generalised Q is `target`; 0 where it is lower already without."""
    value = falling_root(lambda tau2: cochran_q(yi, vi, design, tau2) - target, _scale(yi, vi))
    fit = weighted_fit(yi, 1 / (vi + value), design)
    scale = len(yi) / fit.df / float(np.sum(fit.weights))
    return Tau2(value, float(scale * np.sqrt(2 * trace_pp(fit, vi + value))))


def _restricted(yi: Array, vi: Array, design: Array) -> Tau2:
    value = maximum(yi, vi, design, _hedges(yi, vi, design).value, restricted=True)
    information = trace_pp(weighted_fit(yi, 1 / (vi + value), design)) / 2
    return Tau2(value, information**-0.5 if information > 0 else None)


def _likelihood(yi: Array, vi: Array, design: Array) -> Tau2:
    value = maximum(yi, vi, design, _hedges(yi, vi, design).value, restricted=False)
    return Tau2(value, float(np.sqrt(2 / np.sum((vi + value) ** -2.0))))


def _none(yi: Array, vi: Array, design: Array) -> Tau2:
    return Tau2(0.0, None)


def _scale(yi: Array, vi: Array) -> float:
    """Return a first guess of the size of tau2, never 0."""
    return float(np.var(yi)) or float(np.min(vi))


_ALL = (
    Estimator("FE", "fixed effect, inverse variance", _none),
    Estimator("DL", "DerSimonian-Laird", _dersimonian_laird),
    Estimator("PM", "Paule-Mandel", _paule_mandel),
    Estimator("PMM", "median-unbiased Paule-Mandel", _paule_mandel_median),
    Estimator("REML", "restricted maximum likelihood", _restricted),
    Estimator("ML", "maximum likelihood", _likelihood),
    Estimator("HE", "Hedges", _hedges),
    Estimator("SJ", "Sidik-Jonkman", _sidik_jonkman),
    Estimator("EB", "empirical Bayes (equal to Paule-Mandel)", _paule_mandel),
    Estimator("HS", "Hunter-Schmidt", _hunter_schmidt),
    Estimator("HSk", "Hunter-Schmidt with its bias in small samples corrected", _hunter_schmidt_k),
)
ESTIMATORS: Mapping[str, Estimator] = MappingProxyType({one.name: one for one in _ALL})
"""Every estimator by its name; FE is the model without any variance between studies."""


def mean_tau2(yi: Array, vi: Array, estimator: Estimator) -> Tau2:
    """Return tau2 of studies without moderators; 0 of one study, which has nothing to differ from."""
    return estimator.estimate(yi, vi, ones(len(yi))) if len(yi) > 1 else Tau2(0.0, None)
