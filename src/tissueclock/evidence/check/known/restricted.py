"""Intervals from the likelihood of two groups with their contrast held fixed: score and profile likelihood.

Miettinen O, Nurminen M, Stat Med 1985;4:213-226 (score, with the factor N/(N - 1)); the profile likelihood
interval holds every contrast whose likelihood-ratio statistic is at most z squared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

from tissueclock.evidence.check.known.table import TwoByTwo

_HALVINGS = 60
_LOG_BOUND = 16.0
_EDGE = 1e-12


class Contrast(Enum):
    """What is compared: the ratio of risks or odds, or the difference of risks."""

    RR = "RR"
    OR = "OR"
    RD = "RD"


def restricted_interval(
    contrast: Contrast, kind: str, table: TwoByTwo, z: float
) -> tuple[float, float] | None:
    """Return the limits by `kind`, "score" or "likelihood"; None where nobody or everybody had an event."""
    if table.a + table.c in (0, table.n):
        return None
    statistic = _score if kind == "score" else _likelihood_ratio

    def distance(at: float) -> float:
        return statistic(contrast, table, at if contrast is Contrast.RD else math.exp(at)) - z * z

    low, middle, high = _bounds(contrast, table)
    limits = _crossing(distance, middle, low), _crossing(distance, middle, high)
    if contrast is Contrast.RD:
        return limits
    down, up = limits
    return (0.0 if down <= low else math.exp(down)), (math.inf if up >= high else math.exp(up))


def _bounds(contrast: Contrast, table: TwoByTwo) -> tuple[float, float, float]:
    """Return the ends and the estimate on the scale that is searched."""
    if contrast is Contrast.RD:
        return -1 + _EDGE, table.first - table.second, 1 - _EDGE
    above, below = table.first, table.second
    if contrast is Contrast.OR:
        above, below = table.a * table.d, table.b * table.c
    middle = math.log(above / below) if above and below else math.copysign(_LOG_BOUND, above - below)
    return -_LOG_BOUND, middle, _LOG_BOUND


def _crossing(distance: Callable[[float], float], inside: float, outside: float) -> float:
    """Return where the distance becomes positive on the way out; the end itself if it never does."""
    if distance(outside) <= 0:
        return outside
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        inside, outside = (middle, outside) if distance(middle) <= 0 else (inside, middle)
    return (inside + outside) / 2


def _restricted(contrast: Contrast, table: TwoByTwo, at: float) -> tuple[float, float]:
    """Return the most likely shares of both groups, given the contrast."""
    if contrast is Contrast.RR:
        second = _share_at_ratio(table, at)
        return _kept(at * second), _kept(second)
    if contrast is Contrast.OR:
        second = _share_at_odds(table, at)
        return _kept(at * second / (1 + second * (at - 1))), _kept(second)
    second = _share_at_difference(table, at)
    return _kept(second + at), _kept(second)


def _share_at_ratio(table: TwoByTwo, at: float) -> float:
    square = table.n * at
    linear = -(table.n1 * at + table.a + table.n2 + table.c * at)
    events = table.a + table.c
    return (-linear - math.sqrt(max(linear**2 - 4 * square * events, 0.0))) / (2 * square)


def _share_at_odds(table: TwoByTwo, at: float) -> float:
    events = table.a + table.c
    square = table.n2 * (at - 1)
    linear = table.n1 * at + table.n2 - events * (at - 1)
    root = math.sqrt(max(linear**2 + 4 * square * events, 0.0))
    return 2 * events / (linear + root)


def _share_at_difference(table: TwoByTwo, at: float) -> float:
    """Return the root of the cubic of Miettinen and Nurminen that is a share, by their cosine."""
    n, events = table.n, table.a + table.c
    square = (table.n1 + 2 * table.n2) * at - n - events
    linear = (table.n2 * at - n - 2 * table.c) * at + events
    constant = table.c * at * (1 - at)
    q = (square / (3 * n)) ** 3 - linear * square / (6 * n * n) + constant / (2 * n)
    p = math.copysign(math.sqrt(max((square / (3 * n)) ** 2 - linear / (3 * n), 0.0)), q)
    cosine = min(max(q / p**3, -1.0), 1.0) if p else 0.0
    return 2 * p * math.cos((math.pi + math.acos(cosine)) / 3) - square / (3 * n)


def _score(contrast: Contrast, table: TwoByTwo, at: float) -> float:
    first, second = _restricted(contrast, table, at)
    spread1, spread2 = first * (1 - first), second * (1 - second)
    factor = table.n / (table.n - 1)
    if contrast is Contrast.OR:
        lack = table.n1 * (table.first - first)
        return lack**2 * (1 / (table.n1 * spread1) + 1 / (table.n2 * spread2)) / factor
    weight = at if contrast is Contrast.RR else 1.0
    shift = 0.0 if contrast is Contrast.RR else at
    lack = table.first - weight * table.second - shift
    return lack**2 / ((spread1 / table.n1 + weight**2 * spread2 / table.n2) * factor)


def _likelihood_ratio(contrast: Contrast, table: TwoByTwo, at: float) -> float:
    first, second = _restricted(contrast, table, at)
    best = _log_likelihood(table, table.first, table.second)
    return 2 * (best - _log_likelihood(table, first, second))


def _log_likelihood(table: TwoByTwo, first: float, second: float) -> float:
    cells = ((table.a, first), (table.b, 1 - first), (table.c, second), (table.d, 1 - second))
    return math.fsum(count * math.log(max(share, 1e-300)) for count, share in cells if count)


def _kept(share: float) -> float:
    return min(max(share, _EDGE), 1 - _EDGE)
