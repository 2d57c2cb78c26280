"""Integrals over a standard normal random effect, by Gauss and Hermite about each study's own mode.

Pinheiro JC, Bates DM, J Comput Graph Stat 1995;4:12. Seven points are those of R's models (lme4).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp

from tissueclock.evidence.meta.linear import Array

R_POINTS = 7
_MOST_STEPS = 200
_CONVERGED = 1e-12
_LONGEST = 1.0

Derivatives = Callable[[Array], tuple[Array, Array]]
"""First and second derivative (k each) of every study's log density at its random effect (k)."""


def modes(derivatives: Derivatives, k: int, scale: float) -> tuple[Array, Array]:
    """Return the mode (k) of density times standard normal, and the width (k) of the peak there.

    `scale` is what a random effect of 1 moves the linear predictor by: no step moves it by more than 1, so
    that Newton's method reaches the mode of a log-concave density from 0.
    """
    u = np.zeros(k)
    longest = _LONGEST / max(scale, 1e-3)
    for _ in range(_MOST_STEPS):
        first, second = derivatives(u)
        step = np.clip((first - u) / (1 - second), -longest, longest)
        u = u + step
        if float(np.max(np.abs(step))) < _CONVERGED:
            break
    return u, (1 - derivatives(u)[1]) ** -0.5


def log_integrals(log_density: Callable[[Array], Array], mode: Array, width: Array, points: int) -> Array:
    """Return log of the integral of exp(log_density(u)) over a standard normal u, a study each (k).

    `log_density` takes u (k x points) and returns as much.
    """
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    u = mode[:, None] + np.sqrt(2) * width[:, None] * nodes
    terms = log_density(u) - u**2 / 2 + nodes**2 + np.log(weights)
    return np.asarray(np.log(width) - np.log(np.pi) / 2 + logsumexp(terms, axis=1))
