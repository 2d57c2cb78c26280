"""One proportion: the intervals that papers print, each by its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from tissueclock.evidence.check.region import two_sided_p

Limits = tuple[float, float]
_HALVINGS = 60


def proportion_intervals(events: int, n: int, z: float) -> Iterator[tuple[str, Limits]]:
    """Yield the intervals in use, the commonest first, as shares."""
    yield "Wilson", wilson(events, n, z)
    yield "Clopper-Pearson", exact(events, n, z)
    yield "Wald", _wald(events, n, z)
    yield "Agresti-Coull", _agresti_coull(events, n, z)
    yield "Wilson with continuity correction", wilson(events, n, z, corrected=True)
    yield "mid-p", exact(events, n, z, half=0.5)
    if 0 < events < n:
        yield "Wald on the logit scale", _logit(events, n, z)
    yield "arcsine", _arcsine(events, n, z)


def wilson(events: int, n: int, z: float, corrected: bool = False) -> Limits:
    """Return Wilson's interval (1927), with Newcombe's continuity correction (1998) if asked."""
    p, square = events / n, z * z
    middle, below = 2 * n * p + square, 2 * (n + square)
    if not corrected:
        reach = z * math.sqrt(square + 4 * n * p * (1 - p))
        return max(0.0, (middle - reach) / below), min(1.0, (middle + reach) / below)
    down = z * math.sqrt(max(square - 2 - 1 / n + 4 * p * (n * (1 - p) + 1), 0.0))
    up = z * math.sqrt(max(square + 2 - 1 / n + 4 * p * (n * (1 - p) - 1), 0.0))
    low = 0.0 if events == 0 else max(0.0, (middle - 1 - down) / below)
    high = 1.0 if events == n else min(1.0, (middle + 1 + up) / below)
    return low, high


def exact(events: int, n: int, z: float, half: float = 0.0) -> Limits:
    """Return the interval of Clopper and Pearson (1934); `half` 0.5 counts what was seen by half (mid-p)."""
    tail = two_sided_p(z) / 2
    low = 0.0 if events == 0 else _root(lambda p: _at_least(events, n, p, half) - tail)
    high = 1.0 if events == n else _root(lambda p: tail - _at_least(n - events, n, 1 - p, half))
    return low, high


def _at_least(events: int, n: int, p: float, without: float) -> float:
    """Return the chance of as many events or more, less a share of that of exactly as many."""
    if p <= 0 or p >= 1:
        return float(p >= 1)
    seen = _chance(events, n, p)
    if events > n * p:
        return _tail(events, n, p, seen) - without * seen
    below = _tail(n - events, n, 1 - p, seen)  # as many or fewer: the tail that is the smaller one
    return 1 - below + (1 - without) * seen


def _chance(events: int, n: int, p: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(events + 1) - math.lgamma(n - events + 1)
    return math.exp(log + events * math.log(p) + (n - events) * math.log1p(-p))


def _tail(events: int, n: int, p: float, first: float) -> float:
    """Return the sum of chances from `events`, whose own is `first`, up to n; they fall from there on."""
    odds, term, total = p / (1 - p), first, first
    for k in range(events, n):
        term *= (n - k) / (k + 1) * odds
        total += term
        if term <= total * 1e-16:
            break
    return total


def _wald(events: int, n: int, z: float) -> Limits:
    p = events / n
    reach = z * math.sqrt(p * (1 - p) / n)
    return max(0.0, p - reach), min(1.0, p + reach)


def _agresti_coull(events: int, n: int, z: float) -> Limits:
    more = n + z * z
    p = (events + z * z / 2) / more
    reach = z * math.sqrt(p * (1 - p) / more)
    return max(0.0, p - reach), min(1.0, p + reach)


def _logit(events: int, n: int, z: float) -> Limits:
    middle = math.log(events / (n - events))
    reach = z * math.sqrt(n / (events * (n - events)))
    return tuple(1 / (1 + math.exp(-x)) for x in (middle - reach, middle + reach))  # type: ignore[return-value]


def _arcsine(events: int, n: int, z: float) -> Limits:
    middle, reach = math.asin(math.sqrt(events / n)), z / (2 * math.sqrt(n))
    low, high = max(0.0, middle - reach), min(math.pi / 2, middle + reach)
    return math.sin(low) ** 2, math.sin(high) ** 2


def _root(growing: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if growing(middle) < 0 else (low, middle)
    return (low + high) / 2
