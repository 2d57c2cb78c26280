"""The log-likelihoods of the binomial-normal models of the odds ratio over studies of two arms.

Jackson D, Law M, Stijnen T, Viechtbauer W, White IR, Stat Med 2018;37:1059. Models, named as in metafor:

UM.FS  both arms binomial, an intercept of every study's own, the treatment's effect random
UM.RS  the same, the intercept random too and independent of the effect; its integral by Laplace
CM.EL  the events of the treated given all events: the non-central hypergeometric distribution
CM.AL  the same, approximated by a binomial (in `binomial`)

In the unconditional models the effect acts by half on either arm, for the random part too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tissueclock.evidence.meta.glmm.binomial import log_binomial, log_choose
from tissueclock.evidence.meta.glmm.quadrature import log_integrals, modes
from tissueclock.evidence.meta.linear import Array

_MOST_STEPS = 100
_CONVERGED = 1e-11
_DIFFERENCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Events and patients of the treated (`a` of `n1`) and of the controls (`c` of `n2`), k each."""

    a: Array
    n1: Array
    c: Array
    n2: Array

    @property
    def log_constant(self) -> float:
        """What the binomial coefficients add to a log-likelihood."""
        return float(np.sum(log_choose(self.n1, self.a) + log_choose(self.n2, self.c)))


def fixed_intercepts(arms: Arms, beta: float, tau: float, points: int, start: Array) -> tuple[float, Array]:
    """Return the log-likelihood of UM.FS at its best study intercepts (k), and these, searched from `start`.

    Newton's method, every study by itself, with differences.
    """
    alpha, k = start, len(start)
    thrice = Arms(*(np.tile(one, 3) for one in (arms.a, arms.n1, arms.c, arms.n2)))
    shifts = np.repeat([0.0, -_DIFFERENCE, _DIFFERENCE], k)
    for _ in range(_MOST_STEPS):
        found = _study_likelihoods(thrice, np.tile(alpha, 3) + shifts, beta, tau, points)
        middle, below, above = found.reshape(3, k)
        bend = (above - 2 * middle + below) / _DIFFERENCE**2
        step = np.clip((above - below) / (2 * _DIFFERENCE) / np.maximum(-bend, 1e-8), -1.0, 1.0)
        alpha = alpha + step
        if float(np.max(np.abs(step))) < 1e-7:
            break
    final = _study_likelihoods(arms, alpha, beta, tau, points)
    return arms.log_constant + float(np.sum(final)), alpha


def _study_likelihoods(arms: Arms, alpha: Array, beta: float, tau: float, points: int) -> Array:
    """Return log of the integral over the random effect, a study each (k), without constants."""
    eta1, eta2 = alpha + beta / 2, alpha - beta / 2
    if tau == 0:
        return log_binomial(arms.a, arms.n1, eta1) + log_binomial(arms.c, arms.n2, eta2)
    half = tau / 2

    def derivatives(u: Array) -> tuple[Array, Array]:
        p1, p2 = expit(eta1 + half * u), expit(eta2 - half * u)
        first = half * (arms.a - arms.n1 * p1 - arms.c + arms.n2 * p2)
        return first, -(half**2) * (arms.n1 * p1 * (1 - p1) + arms.n2 * p2 * (1 - p2))

    def density(u: Array) -> Array:
        treated = log_binomial(arms.a[:, None], arms.n1[:, None], eta1[:, None] + half * u)
        return treated + log_binomial(arms.c[:, None], arms.n2[:, None], eta2[:, None] - half * u)

    mode, width = modes(derivatives, len(arms.a), abs(half))
    return log_integrals(density, mode, width, points)


def random_intercepts(arms: Arms, mu: float, beta: float, sigma: float, tau: float) -> float:
    """Return the log-likelihood of UM.RS by Laplace's approximation."""
    eta = mu + np.array([[beta / 2], [-beta / 2]])
    loads = np.array([[sigma, tau / 2], [sigma, -tau / 2]])
    x, n = np.stack([arms.a, arms.c]), np.stack([arms.n1, arms.n2])
    effects = np.zeros((2, len(arms.a)))
    for _ in range(_MOST_STEPS):
        p = expit(eta + loads @ effects)
        bend = _bend(loads, n * p * (1 - p))
        step = np.linalg.solve(bend, (loads.T @ (x - n * p) - effects).T[:, :, None])[:, :, 0].T
        step = step / np.maximum(1.0, np.max(np.abs(loads @ step), axis=0))
        effects = effects + step
        if float(np.max(np.abs(step))) < _CONVERGED:
            break
    linear = eta + loads @ effects
    p = expit(linear)
    height = float(np.sum(log_binomial(x, n, linear))) - float(np.sum(effects**2)) / 2
    return arms.log_constant + height - float(np.sum(np.linalg.slogdet(_bend(loads, n * p * (1 - p)))[1])) / 2


def _bend(loads: Array, weights: Array) -> Array:
    """Return minus the second derivatives (k x 2 x 2) of every study's density times the normal's."""
    return np.asarray(np.eye(2) + np.einsum("ai,ak,aj->kij", loads, weights, loads))


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """The events that the treated can have with all margins fixed, and their log weights, study after study.

    `owner` says which study an entry belongs to, `starts` (k) where a study's entries begin. `observed` (k)
    are the events that there were, `base` (k) their log weights.
    """

    support: Array
    log_weights: Array
    owner: NDArray[np.intp]
    starts: NDArray[np.intp]
    observed: Array
    base: Array


def margins(arms: Arms) -> Margins:
    """Return the conditional supports of studies."""
    total = arms.a + arms.c
    low, high = np.maximum(0, total - arms.n2), np.minimum(total, arms.n1)
    sizes = (high - low).astype(np.intp) + 1
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    support = np.asarray(np.arange(len(owner)) - starts[owner] + low[owner], dtype=np.float64)
    weights = log_choose(arms.n1[owner], support) + log_choose(arms.n2[owner], total[owner] - support)
    base = log_choose(arms.n1, arms.a) + log_choose(arms.n2, arms.c)
    return Margins(support, weights, owner, starts, arms.a, base)


def conditional_exact(data: Margins, beta: float, tau: float, points: int) -> float:
    """Return the log-likelihood of CM.EL."""
    if tau == 0:
        return float(np.sum(conditional_density(data, np.full((len(data.base), 1), beta))))

    def derivatives(u: Array) -> tuple[Array, Array]:
        mean, variance = conditional_moments(data, beta + tau * u)
        return tau * (data.observed - mean), -(tau**2) * variance

    mode, width = modes(derivatives, len(data.base), abs(tau))
    found = log_integrals(lambda u: conditional_density(data, beta + tau * u), mode, width, points)
    return float(np.sum(found))


def conditional_density(data: Margins, theta: Array) -> Array:
    """Return the log density of what was observed at log odds ratios theta (k x points)."""
    _, log_total = _shares(data, theta)
    return data.base[:, None] + data.observed[:, None] * theta - log_total


def conditional_moments(data: Margins, theta: Array) -> tuple[Array, Array]:
    """Return mean and variance (k each) of the events of the treated at log odds ratios theta (k)."""
    shares, _ = _shares(data, theta[:, None])
    share = shares[:, 0]
    mean = np.add.reduceat(share * data.support, data.starts)
    variance = np.add.reduceat(share * (data.support - mean[data.owner]) ** 2, data.starts)
    return mean, variance


def _shares(data: Margins, theta: Array) -> tuple[Array, Array]:
    """Return the chance of every entry at theta (k x points), and log of the studies' sums of weights."""
    terms = data.log_weights[:, None] + data.support[:, None] * theta[data.owner]
    highest = np.maximum.reduceat(terms, data.starts, axis=0)
    parts = np.exp(terms - highest[data.owner])
    sums = np.add.reduceat(parts, data.starts, axis=0)
    return parts / sums[data.owner], highest + np.log(sums)
