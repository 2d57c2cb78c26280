"""A logistic model with a normal random intercept: one group a study, with an offset where there is one.

Of proportions it is the binomial-normal model (Hamza TH, van Houwelingen HC, Stijnen T, J Clin Epidemiol
2008;61:41); of two arms, given the events of both, it is the approximate conditional model CM.AL (Stijnen T,
Hamza TH, Ozdemir P, Stat Med 2010;29:3046).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln

from tissueclock.evidence.meta.glmm.ascent import Peak, climb
from tissueclock.evidence.meta.glmm.quadrature import R_POINTS, log_integrals, modes
from tissueclock.evidence.meta.linear import Array


@dataclass(frozen=True, slots=True, eq=False)
class Binomials:
    """Events `x` of `n` (k each), and what is added to the linear predictor of each study."""

    x: Array
    n: Array
    offset: Array


def log_choose(n: Array, x: Array) -> Array:
    """Return the logarithm of the binomial coefficient."""
    return np.asarray(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))


def log_binomial(x: Array, n: Array, eta: Array) -> Array:
    """Return x eta - n log(1 + exp eta): the log density without its constant."""
    return np.asarray(x * eta - n * np.logaddexp(0.0, eta))


def log_likelihood(data: Binomials, beta: float, tau: float, points: int = R_POINTS) -> float:
    """Return the log-likelihood with an intercept `beta` and a random one with the SD `tau`."""
    constant = float(np.sum(log_choose(data.n, data.x)))
    fixed = beta + data.offset
    if tau == 0:
        return constant + float(np.sum(log_binomial(data.x, data.n, fixed)))

    def derivatives(u: Array) -> tuple[Array, Array]:
        p = expit(fixed + tau * u)
        return tau * (data.x - data.n * p), -(tau**2) * data.n * p * (1 - p)

    mode, width = modes(derivatives, len(data.x), abs(tau))
    x, n = data.x[:, None], data.n[:, None]
    found = log_integrals(lambda u: log_binomial(x, n, fixed[:, None] + tau * u), mode, width, points)
    return constant + float(np.sum(found))


def fit_fixed(data: Binomials, start: float) -> Peak:
    """Return the fit without a random intercept."""
    return climb(lambda place: log_likelihood(data, float(place[0]), 0.0), np.array([start]))


def fit_random(data: Binomials, start: Array, points: int = R_POINTS) -> Peak:
    """Return the fit of the intercept and the SD (in this order) from a `start` with both."""
    return climb(lambda place: log_likelihood(data, float(place[0]), float(place[1]), points), start)
