"""Weighted least squares with diagonal weights, and traces of its projection, in O(studies) memory.

P = W - W X (X'WX)^-1 X'W is never formed: every quantity that a meta-analysis needs of it follows from
the small matrices X'DX with a diagonal D.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_DEPENDENT = 1e-10
"""A column of which a smaller share is its own follows from the others."""


@dataclass(frozen=True, slots=True, eq=False)
class WeightedFit:
    """A fit of `yi` (k) on `design` (k x p) with `weights` (k).

    `inverse` is (X'WX)^-1 (p x p), `beta` (p) the coefficients, `residuals` (k) what they leave.
    """

    design: Array
    weights: Array
    inverse: Array
    beta: Array
    residuals: Array

    @property
    def df(self) -> int:
        """Residual degrees of freedom, k - p."""
        return len(self.weights) - len(self.beta)

    @property
    def residual_squares(self) -> float:
        """y'Py: the weighted sum of squared residuals."""
        return float(np.sum(self.weights * self.residuals**2))

    @property
    def leverages(self) -> Array:
        """The diagonal (k) of the hat matrix."""
        return np.asarray(self.weights * np.sum((self.design @ self.inverse) * self.design, axis=1))


def weighted_fit(yi: Array, weights: Array, design: Array) -> WeightedFit:
    """Return the fit, by QR; ValueError where a column of the design follows from the others."""
    root = np.sqrt(weights)
    scaled = design * root[:, None]
    if design.shape[1] == 1:
        inverse = np.array([[1 / np.sum(scaled**2)]])
        beta = inverse[0] * np.sum(scaled[:, 0] * root * yi)
        return WeightedFit(design, weights, inverse, beta, yi - design[:, 0] * beta[0])
    q, r = np.linalg.qr(scaled)
    if np.min(np.abs(np.diag(r)) / np.linalg.norm(scaled, axis=0)) < _DEPENDENT:
        raise ValueError("a moderator follows from the others")
    r_inverse = np.linalg.inv(r)
    beta = r_inverse @ (q.T @ (root * yi))
    return WeightedFit(design, weights, r_inverse @ r_inverse.T, beta, yi - design @ beta)


def cross(design: Array, diagonal: Array) -> Array:
    """Return X'DX (p x p) for a diagonal D given by its k values."""
    return design.T @ (design * diagonal[:, None])


def ones(k: int) -> Array:
    """Return the design (k x 1) of a plain mean."""
    return np.ones((k, 1))


def trace_p(fit: WeightedFit, diagonal: Array | float = 1.0) -> float:
    """Return tr(PD) for a diagonal D."""
    inner = cross(fit.design, fit.weights**2 * diagonal)
    return float(np.sum(fit.weights * diagonal) - np.sum(fit.inverse * inner))


def trace_pp(fit: WeightedFit, diagonal: Array | float = 1.0) -> float:
    """Return tr(PDPD) for a diagonal D."""
    squared = (fit.weights * diagonal) ** 2
    once = fit.inverse @ cross(fit.design, fit.weights**2 * diagonal)
    twice = np.sum(fit.inverse * cross(fit.design, fit.weights * squared))
    return max(0.0, float(np.sum(squared) - 2 * twice + np.sum(once * once.T)))
