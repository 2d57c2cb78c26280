"""Pooled proportions and odds ratios by the binomial-normal models, with tests of heterogeneity.

The variance of the estimate is that of the log-likelihood's curvature in all parameters. Seven points a
study as in metafor (lme4), 15 for CM.EL, which metafor integrates closely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.fixed_counts import informative
from tissueclock.evidence.meta.glmm.ascent import Peak, climb
from tissueclock.evidence.meta.glmm.binomial import (
    Binomials,
    fit_fixed,
    fit_random,
    log_binomial,
    log_choose,
    log_likelihood,
)
from tissueclock.evidence.meta.glmm.quadrature import R_POINTS
from tissueclock.evidence.meta.glmm.two_arms import (
    Arms,
    Margins,
    conditional_density,
    conditional_exact,
    conditional_moments,
    fixed_intercepts,
    margins,
    random_intercepts,
)
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.strata_tests import ChiSquare, chi_square
from tissueclock.evidence.meta.studies import OneArm, TwoArm, column

_EXACT_POINTS = 15
_SMALLEST_TAU = 1e-4
_START_TAU = 0.3
_MOST_STEPS = 500
_CONVERGED = 1e-11
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class FixedModel:
    """The same model without a variance between studies: estimate, error, log-likelihood."""

    beta: float
    se: float
    log_likelihood: float


def _fixed(peak: Peak, parameter: int = 0) -> FixedModel:
    error = float(np.sqrt(peak.covariance[parameter, parameter]))
    return FixedModel(float(peak.place[parameter]), error, peak.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountModel:
    """A fitted model: its estimate and error on the log or logit scale, tau2, the log-likelihood.

    `q_lrt` and `q_wald` test whether studies differ; both are None of UM.RS, whose own intercepts leave no
    saturated model to compare with. The Wald test passes over studies with an empty cell, as it must, and
    keeps their degrees of freedom, as metafor does: trust the other. `fixed` is the model without tau2.
    """

    model: str
    k: int
    beta: float
    se: float
    tau2: float
    log_likelihood: float
    q_lrt: ChiSquare | None
    q_wald: ChiSquare | None
    fixed: FixedModel


def fit_proportions(studies: Sequence[OneArm]) -> CountModel:
    """Return the model of proportions; InputError where there is no event at all, or nothing else."""
    x, n = column(studies, "xi"), column(studies, "ni")
    _require_two(len(x))
    if not 0 < float(np.sum(x)) < float(np.sum(n)):
        raise InputError(
            "all studies together have no event, or nothing but events: a logit has no value.",
            remedy="Use --measure PFT or PAS.",
        )
    data = Binomials(x, n, np.zeros(len(x)))
    start = float(np.log(np.sum(x) / np.sum(n - x)))
    return _intercept_model("UM", data, fit_fixed(data, start))


def _intercept_model(name: str, data: Binomials, fixed: Peak) -> CountModel:
    """Return a random-intercept model, with the tests against every study's own proportion."""
    peak = fit_random(data, np.array([fixed.place[0], _START_TAU]))
    beta, tau, se = _settled(peak, 0, 1, lambda place: log_likelihood(data, float(place[0]), 0.0))
    saturated = float(np.sum(log_choose(data.n, data.x) + _own(data)))
    inside = (data.x > 0) & (data.x < data.n)
    x, n = data.x[inside], data.n[inside]
    return CountModel(
        model=name,
        k=len(data.x),
        beta=beta,
        se=se,
        tau2=tau**2,
        log_likelihood=peak.height,
        q_lrt=chi_square(max(0.0, 2 * (saturated - fixed.height)), len(data.x) - 1),
        q_wald=_wald(np.log(x / (n - x)) - data.offset[inside], x * (n - x) / n, len(data.x)),
        fixed=_fixed(fixed),
    )


def _own(data: Binomials) -> Array:
    """Return the log density (k) at every study's own proportion, without the constant."""
    p = data.x / data.n
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    return np.where(inside, log_binomial(data.x, data.n, np.log(safe / (1 - safe))), 0.0)


def _wald(effects: Array, weights: Array, k: int) -> ChiSquare | None:
    """Return Q of effects with fixed weights, with the degrees of freedom of `k` studies."""
    if len(effects) < 2:
        return None
    centre = np.average(effects, weights=weights)
    return chi_square(float(np.sum(weights * (effects - centre) ** 2)), k - 1)


def _settled(peak: Peak, beta: int, tau: int, height: Callable[[Array], float]) -> tuple[float, float, float]:
    """Return the estimate, the SD and the estimate's error; an SD too small to tell from 0 is 0.

    `height` is the log-likelihood without that SD.
    """
    place = peak.place
    spread = abs(float(place[tau]))
    if spread < _SMALLEST_TAU and height(place) >= peak.height - 1e-6:
        spread = 0.0
    return float(place[beta]), spread, float(np.sqrt(peak.covariance[beta, beta]))


@dataclass(frozen=True, slots=True)
class OddsRatioModel:
    """A model of the odds ratio: the name that users type, what it is, and its function."""

    name: str
    title: str
    fit: Callable[[Arms], CountModel]


def fit_odds_ratios(studies: Sequence[TwoArm], model: str) -> CountModel:
    """Return a model of the odds ratio over the studies that say something of it.

    Raises InputError where fewer than two do, or an arm has no event (or nothing else) anywhere.
    """
    used = informative(studies, MEASURES.get("OR"))
    arms = Arms(*(column(used, name) for name in ("ai", "n1i", "ci", "n2i")))
    totals = ((arms.a, arms.n1), (arms.c, arms.n2))
    _require_two(len(used))
    if not all(0 < float(np.sum(x)) < float(np.sum(n)) for x, n in totals):
        raise InputError(
            "an arm has no event, or nothing but events, in all studies: the odds ratio has no value.",
            remedy="Use --measure RD or AS.",
        )
    return ODDS_RATIO_MODELS[model].fit(arms)


def _require_two(k: int) -> None:
    if k < 2:
        raise InputError(
            f"too few studies with events and others for a model of counts: {k}.",
            remedy="Use --method REML or FE.",
        )


def _start(arms: Arms) -> float:
    odds = [(np.sum(x) / np.sum(n - x)) for x, n in ((arms.a, arms.n1), (arms.c, arms.n2))]
    return float(np.log(odds[0] / odds[1]))


def _um_fs(arms: Arms) -> CountModel:
    events, n = arms.a + arms.c, arms.n1 + arms.n2
    latest = [np.log((events + 0.5) / (n - events + 0.5))]

    def height(place: Array) -> float:
        tau = float(place[1]) if len(place) > 1 else 0.0
        value, latest[0] = fixed_intercepts(arms, float(place[0]), tau, R_POINTS, latest[0])
        return value

    fixed = climb(height, np.array([_start(arms)]))
    peak = climb(height, np.array([fixed.place[0], _START_TAU]))
    beta, tau, se = _settled(peak, 0, 1, lambda place: height(place[:1]))
    halves = (Binomials(arms.a, arms.n1, arms.a * 0), Binomials(arms.c, arms.n2, arms.c * 0))
    saturated = arms.log_constant + sum(float(np.sum(_own(half))) for half in halves)
    inside = np.minimum.reduce([arms.a, arms.n1 - arms.a, arms.c, arms.n2 - arms.c]) > 0
    a, b, c, d = (one[inside] for one in (arms.a, arms.n1 - arms.a, arms.c, arms.n2 - arms.c))
    return CountModel(
        model="UM.FS",
        k=len(arms.a),
        beta=beta,
        se=se,
        tau2=tau**2,
        log_likelihood=peak.height,
        q_lrt=chi_square(max(0.0, 2 * (saturated - fixed.height)), len(arms.a) - 1),
        q_wald=_wald(np.log(a * d / (b * c)), 1 / (1 / a + 1 / b + 1 / c + 1 / d), len(arms.a)),
        fixed=_fixed(fixed),
    )


def _um_rs(arms: Arms) -> CountModel:
    events, n = arms.a + arms.c, arms.n1 + arms.n2
    logits = np.log((events + 0.5) / (n - events + 0.5))

    def height(place: Array) -> float:
        tau = float(place[3]) if len(place) > 3 else 0.0
        return random_intercepts(arms, float(place[0]), float(place[1]), float(place[2]), tau)

    spread = max(_START_TAU, float(np.std(logits)))
    fixed = climb(height, np.array([np.mean(logits), _start(arms), spread]))
    peak = climb(height, np.array([*fixed.place, _START_TAU]))
    beta, tau, se = _settled(peak, 1, 3, lambda place: height(place[:3]))
    return CountModel(
        model="UM.RS",
        k=len(arms.a),
        beta=beta,
        se=se,
        tau2=tau**2,
        log_likelihood=peak.height,
        q_lrt=None,
        q_wald=None,
        fixed=_fixed(fixed, 1),
    )


def _cm_el(arms: Arms) -> CountModel:
    data = margins(arms)

    def height(place: Array) -> float:
        tau = float(place[1]) if len(place) > 1 else 0.0
        return conditional_exact(data, float(place[0]), tau, _EXACT_POINTS)

    fixed = climb(height, np.array([_start(arms)]))
    peak = climb(height, np.array([fixed.place[0], _START_TAU]))
    beta, tau, se = _settled(peak, 0, 1, lambda place: height(place[:1]))
    own, inside = _own_conditional(data)
    best = conditional_density(data, own[:, None])[:, 0]
    saturated = float(np.sum(np.where(inside, best, 0.0)))
    weights = conditional_moments(data, own)[1]
    return CountModel(
        model="CM.EL",
        k=len(arms.a),
        beta=beta,
        se=se,
        tau2=tau**2,
        log_likelihood=peak.height,
        q_lrt=chi_square(max(0.0, 2 * (saturated - fixed.height)), len(arms.a) - 1),
        q_wald=_wald(own[inside], weights[inside], len(arms.a)),
        fixed=_fixed(fixed),
    )


def _own_conditional(data: Margins) -> tuple[Array, NDArray[np.bool_]]:
    """Return every study's conditional log odds ratio (k), and whether it is finite, by Newton's method.

    It is infinite, and 0 stands for it, where the treated have the fewest or the most events that they can.
    """
    fewest = np.minimum.reduceat(data.support, data.starts)
    most = np.maximum.reduceat(data.support, data.starts)
    finite = (fewest < data.observed) & (data.observed < most)
    theta = np.zeros(len(data.observed))
    for _ in range(_MOST_STEPS):
        mean, variance = conditional_moments(data, theta)
        step = np.where(finite, (data.observed - mean) / np.maximum(variance, _LEAST_VARIANCE), 0.0)
        theta = theta + np.clip(step, -1.0, 1.0)
        if float(np.max(np.abs(step))) < _CONVERGED:
            break
    return theta, finite


def _cm_al(arms: Arms) -> CountModel:
    data = Binomials(arms.a, arms.a + arms.c, np.log(arms.n1 / arms.n2))
    return _intercept_model("CM.AL", data, fit_fixed(data, _start(arms)))


_ALL = (
    OddsRatioModel("UM.FS", "unconditional, fixed study effects", _um_fs),
    OddsRatioModel("UM.RS", "unconditional, random study effects", _um_rs),
    OddsRatioModel("CM.EL", "conditional, exact likelihood (non-central hypergeometric)", _cm_el),
    OddsRatioModel("CM.AL", "conditional, approximate likelihood (binomial)", _cm_al),
)
ODDS_RATIO_MODELS: Mapping[str, OddsRatioModel] = MappingProxyType({one.name: one for one in _ALL})
