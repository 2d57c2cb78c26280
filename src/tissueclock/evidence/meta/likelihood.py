"""The normal likelihood of a random-effects model, and the tau2 that makes it highest."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.linear import Array, WeightedFit, trace_p, trace_pp, weighted_fit

_MOST_STEPS = 200
_CONVERGED = 1e-10
_NOTHING = 1e-9
"""A tau2 that is a smaller part than this of the smallest variance is none, unless the score says more."""
_FINE, _COARSE = 200, 15
_HIGHER = 1e-6


def log_likelihood(yi: Array, vi: Array, design: Array, tau2: float, *, restricted: bool) -> float:
    """Return the profile log-likelihood of tau2, without constants (Harville DA, JASA 1977;72:320-338)."""
    fit = weighted_fit(yi, 1 / (vi + tau2), design)
    value = -0.5 * (float(np.sum(np.log(vi + tau2))) + fit.residual_squares)
    if restricted:
        value += 0.5 * float(np.linalg.slogdet(fit.inverse)[1])
    return value


def maximum(yi: Array, vi: Array, design: Array, start: float, *, restricted: bool) -> float:
    """Return the tau2 >= 0 of highest likelihood: Fisher scoring from `start`, then a search if that fails.

    It fails where it does not settle, or settles on a peak that is not the highest: variances of very
    different size can make two. Raises InputError where neither finds it.
    """
    found = _scored(yi, vi, design, start, restricted)
    if found is None or _is_lower(found, yi, vi, design, restricted):
        found = _searched(yi, vi, design, restricted)
    return found


def _is_lower(found: float, yi: Array, vi: Array, design: Array, restricted: bool) -> bool:
    """Return whether some point of a coarse grid is more likely than what was found."""
    height = log_likelihood(yi, vi, design, found, restricted=restricted)
    return any(
        log_likelihood(yi, vi, design, float(other), restricted=restricted) > height + _HIGHER
        for other in _grid(yi, vi, _COARSE)
    )


def _grid(yi: Array, vi: Array, points: int) -> Array:
    """Return 0 and as many sizes of tau2 as wanted, from nothing to more than there can be."""
    sizes = np.geomspace(1e-8 * float(np.min(vi)), 10 * float(np.var(yi) + np.max(vi)), points)
    return np.concatenate([[0.0], sizes])


def _scored(yi: Array, vi: Array, design: Array, tau2: float, restricted: bool) -> float | None:
    """Return where Fisher scoring comes to rest; None where it does not.

    A step that would cross 0 goes half the way there, and all the way once what is left is too small to
    matter.
    """
    size = float(np.min(vi))
    for _ in range(_MOST_STEPS):
        step = _step(weighted_fit(yi, 1 / (vi + tau2), design), restricted)
        if step is None:
            return None
        if tau2 == 0 and step <= 0:
            return 0.0
        after = tau2 + step if tau2 + step > 0 else (tau2 / 2 if tau2 > _NOTHING * size else 0.0)
        if tau2 > 0 and abs(after - tau2) <= _CONVERGED * after:
            return after
        tau2 = after
    return None


def _step(fit: WeightedFit, restricted: bool) -> float | None:
    """Return the score of tau2 over its expected information; None where rounding leaves none of that."""
    squares = float(np.sum((fit.weights * fit.residuals) ** 2))
    if restricted:
        information = trace_pp(fit)
        return (squares - trace_p(fit)) / information if information > 0 else None
    return (squares - float(np.sum(fit.weights))) / float(np.sum(fit.weights**2))


def _searched(yi: Array, vi: Array, design: Array, restricted: bool) -> float:
    """Return the best of a grid from 0 over many sizes, refined between its neighbours."""

    def loss(tau2: float) -> float:
        return -log_likelihood(yi, vi, design, tau2, restricted=restricted)

    grid = _grid(yi, vi, _FINE)
    best = int(np.argmin([loss(float(one)) for one in grid]))
    if best == len(grid) - 1:
        raise InputError(
            "the likelihood of tau2 has no maximum that could be found.",
            remedy="Check the variances, or use --method DL or PM.",
        )
    if best == 0:
        return 0.0
    bounds = (float(grid[best - 1]), float(grid[best + 1]))
    return float(
        minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12 * bounds[1]}).x
    )
