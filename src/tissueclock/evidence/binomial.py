"""The binomial distribution as one array."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

Array = NDArray[np.float64]


def binomial(n: int, rate: float) -> Array:
    """Return the chance of 0 to `n` events."""
    k = np.arange(n + 1)
    choose = math.lgamma(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    chances = np.exp(choose + xlogy(k, rate) + xlog1py(n - k, -rate))
    return np.asarray(chances / chances.sum())
