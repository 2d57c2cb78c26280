"""Gauss-Legendre points over panels: for integrands that are smooth within each."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def on_panels(edges: Array, points: int) -> tuple[Array, Array]:
    """Return points and weights, so many a panel between neighbouring `edges`, as one row each."""
    nodes, weights = _legendre(points)
    half = np.diff(edges)[:, None] / 2
    middle = (edges[:-1] + edges[1:])[:, None] / 2
    return (middle + half * nodes).ravel(), (half * weights).ravel()


@cache
def _legendre(points: int) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(points)
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
