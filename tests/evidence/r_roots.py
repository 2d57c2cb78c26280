"""Where R's uniroot stops: Brent's root finder with R's own tolerance, written from his book.

Brent RP, Algorithms for Minimization without Derivatives, 1973, chapter 4. R's default tolerance, the fourth
root of the machine's precision, is absolute: a root near 0 has few digits. metafor's confint and its
Paule-Mandel estimate (as meta calls it) stop there, so that their digits can be had from our functions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

EPSILON = sys.float_info.epsilon
R_TOLERANCE = EPSILON**0.25
R_LARGEST = 100.0
"""metafor looks for tau2 up to here."""


def uniroot(function: Callable[[float], float], low: float, high: float = R_LARGEST) -> float:
    """Return the root in low..high as R's uniroot does; `low` where there is no change of sign."""
    if function(low) * function(high) > 0:
        return low
    other, best = low, high
    f_other, f_best = function(low), function(high)
    opposite, f_opposite = other, f_other
    while True:
        previous = best - other
        if abs(f_opposite) < abs(f_best):
            other, best, opposite = best, opposite, best
            f_other, f_best, f_opposite = f_best, f_opposite, f_best
        reach = 2 * EPSILON * abs(best) + R_TOLERANCE / 2
        step = (opposite - best) / 2
        if abs(step) <= reach or f_best == 0:
            return best
        if abs(previous) >= reach and abs(f_other) > abs(f_best):
            step = _interpolated(
                (other, f_other), (best, f_best), (opposite, f_opposite), previous, step, reach
            )
        if abs(step) < reach:
            step = reach if step > 0 else -reach
        other, f_other = best, f_best
        best += step
        f_best = function(best)
        if f_best * f_opposite > 0:
            opposite, f_opposite = other, f_other


def _interpolated(a, b, c, previous: float, bisection: float, reach: float) -> float:
    """Return the step of the secant, or of inverse quadratic interpolation, where it is short enough."""
    gap = c[0] - b[0]
    if a[0] == c[0]:
        s = b[1] / a[1]
        p, q = gap * s, 1 - s
    else:
        r, s, t = b[1] / c[1], b[1] / a[1], a[1] / c[1]
        p = s * (gap * t * (t - r) - (b[0] - a[0]) * (r - 1))
        q = (t - 1) * (r - 1) * (s - 1)
    p, q = (p, -q) if p > 0 else (-p, q)
    is_short = p < 0.75 * gap * q - abs(reach * q) / 2 and p < abs(previous * q / 2)
    return p / q if is_short else bisection
