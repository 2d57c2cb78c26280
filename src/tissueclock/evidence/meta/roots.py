"""Roots of falling functions on 0 to infinity, bracketed first, so that the search cannot run away."""

from __future__ import annotations

from collections.abc import Callable

from scipy.optimize import brentq

_DOUBLINGS = 200
_RELATIVE = 1e-14


def falling_root(function: Callable[[float], float], scale: float, start: float = 0.0) -> float:
    """Return where a falling function crosses 0 at or above `start`; `start` where it is not positive there.

    `scale` > 0 is the size at which the search for the other side begins. Raises ArithmeticError where the
    function stays positive as far as numbers go.
    """
    if function(start) <= 0:
        return start
    low, high = start, start + scale
    for _ in range(_DOUBLINGS):
        if function(high) <= 0:
            return float(brentq(function, low, high, xtol=1e-300, rtol=_RELATIVE, maxiter=500))
        low, high = high, high + 2 * (high - start)
    raise ArithmeticError("the function does not fall below 0")
