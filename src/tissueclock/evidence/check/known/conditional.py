"""The odds ratio given the margins (Fisher's noncentral hypergeometric distribution), and Fisher's test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from tissueclock.evidence.check.known.table import TwoByTwo
from tissueclock.evidence.check.region import two_sided_p

_HALVINGS = 44
_LOG_BOUND = 16.0
_TIE = 1e-7
_MOST_TERMS = 500
"""Exact odds ratios of larger tables take long, and are Woolf's to the printed digits (our choice)."""


def conditional_interval(table: TwoByTwo, z: float) -> Iterator[tuple[str, float, float, float]]:
    """Yield name, conditional estimate and limits: exact (Cornfield 1956), and with mid-p."""
    support = _support(table)
    if len(support) > _MOST_TERMS or len(support) < 2:
        return
    logs = [_log_weight(table, a) for a in support]
    middle = _conditional_estimate(table, support, logs)
    tail = two_sided_p(z) / 2
    for name, half in (("exact conditional", 0.0), ("exact conditional with mid-p", 0.5)):

        def lower(log_or: float, half: float = half) -> float:
            return _upper_tail(table, support, logs, log_or, half) - tail

        def upper(log_or: float, half: float = half) -> float:
            return tail - (1 - _upper_tail(table, support, logs, log_or, 1 - half))

        low = 0.0 if table.a == support[0] else math.exp(_root(lower))
        high = math.inf if table.a == support[-1] else math.exp(_root(upper))
        yield name, middle, low, high


def fisher_p(table: TwoByTwo) -> tuple[float, float, float]:
    """Return Fisher's two-sided p: by the chance of each table; with mid-p; twice the smaller tail."""
    support = _support(table)
    logs = [_log_weight(table, a) for a in support]
    top = max(logs)
    weights = [math.exp(log - top) for log in logs]
    total = math.fsum(weights)
    seen = weights[int(table.a) - support[0]]
    as_rare = math.fsum(weight for weight in weights if weight <= seen * (1 + _TIE)) / total
    below = math.fsum(weights[: int(table.a) - support[0] + 1]) / total
    above = math.fsum(weights[int(table.a) - support[0] :]) / total
    return min(as_rare, 1.0), as_rare - seen / total / 2, min(2 * min(below, above), 1.0)


def _support(table: TwoByTwo) -> range:
    events = int(table.a + table.c)
    return range(max(0, events - int(table.n2)), min(events, int(table.n1)) + 1)


def _log_weight(table: TwoByTwo, a: int) -> float:
    c = int(table.a + table.c) - a
    return _log_choose(int(table.n1), a) + _log_choose(int(table.n2), c)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _chances(support: range, logs: Sequence[float], log_or: float) -> list[float]:
    tilted = [log + log_or * a for a, log in zip(support, logs, strict=True)]
    top = max(tilted)
    weights = [math.exp(log - top) for log in tilted]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def _upper_tail(
    table: TwoByTwo, support: range, logs: Sequence[float], log_or: float, without: float
) -> float:
    """Return the chance of as many events or more, less a share of the chance of exactly as many."""
    chances = _chances(support, logs, log_or)
    at = int(table.a) - support[0]
    return math.fsum(chances[at:]) - without * chances[at]


def _conditional_estimate(table: TwoByTwo, support: range, logs: Sequence[float]) -> float:
    if table.a == support[0]:
        return 0.0
    if table.a == support[-1]:
        return math.inf

    def excess(log_or: float) -> float:
        chances = _chances(support, logs, log_or)
        return math.fsum(a * chance for a, chance in zip(support, chances, strict=True)) - table.a

    return math.exp(_root(excess))


def _root(growing: Callable[[float], float]) -> float:
    low, high = -_LOG_BOUND, _LOG_BOUND
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if growing(middle) < 0 else (low, middle)
    return (low + high) / 2
