"""Two groups with events: the intervals that papers print for RR, OR and RD, each by its name.

Only what is needed to say which method reproduces a printed interval, in the standard library alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from tissueclock.evidence.check.known.conditional import conditional_interval
from tissueclock.evidence.check.known.proportion import wilson
from tissueclock.evidence.check.known.restricted import Contrast, restricted_interval
from tissueclock.evidence.check.known.table import TwoByTwo

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class KnownInterval:
    """A method's estimate and limits."""

    method: str
    estimate: float
    low: float
    high: float


def estimate(contrast: Contrast, table: TwoByTwo) -> float:
    """Return RR, OR or RD of the first group over the second; infinite or NaN where a cell is zero."""
    first, second = table.first, table.second
    if contrast is Contrast.RD:
        return first - second
    if contrast is Contrast.RR:
        return _ratio(first, second)
    return _ratio(table.a * table.d, table.b * table.c)


def known_intervals(contrast: Contrast, table: TwoByTwo, z: float) -> Iterator[KnownInterval]:
    """Yield the intervals of the methods in use around the estimate as it is, the commonest first."""
    middle = estimate(contrast, table)
    for name, method in _METHODS[contrast]:
        found = method(table, z)
        if found is not None:
            yield KnownInterval(name, middle, *found)


def slow_intervals(contrast: Contrast, table: TwoByTwo, z: float) -> Iterator[KnownInterval]:
    """Yield the intervals that take long: those of the odds ratio given the margins."""
    if contrast is Contrast.OR:
        yield from (KnownInterval(*found) for found in conditional_interval(table, z))


def log_rr_se(table: TwoByTwo) -> float | None:
    """Return Katz's standard error of log RR; None where an arm has no event."""
    if not (table.a and table.c):
        return None
    return math.sqrt(max(1 / table.a - 1 / table.n1 + 1 / table.c - 1 / table.n2, 0.0))


def log_or_se(table: TwoByTwo) -> float | None:
    """Return Woolf's standard error of log OR; None where a cell is zero."""
    cells = (table.a, table.b, table.c, table.d)
    return math.sqrt(sum(1 / cell for cell in cells)) if all(cells) else None


def rd_se(table: TwoByTwo) -> float:
    """Return the unpooled standard error of the difference of two proportions."""
    p, q = table.first, table.second
    return math.sqrt(p * (1 - p) / table.n1 + q * (1 - q) / table.n2)


def _ratio(above: float, below: float) -> float:
    if below:
        return above / below
    return math.inf if above else math.nan


def _on_log(contrast: Contrast, table: TwoByTwo, z: float) -> Limits | None:
    """Katz 1978 (RR), Woolf 1955 (OR)."""
    se = log_rr_se(table) if contrast is Contrast.RR else log_or_se(table)
    if se is None:
        return None
    middle = math.log(estimate(contrast, table))
    return math.exp(middle - z * se), math.exp(middle + z * se)


def half_intervals(contrast: Contrast, table: TwoByTwo, z: float) -> Iterator[KnownInterval]:
    """Yield the interval with a half in every cell, whose estimate is another, too (Haldane, Anscombe)."""
    halves = table.plus_half()
    limits = None if contrast is Contrast.RD else _on_log(contrast, halves, z)
    if limits is not None:
        name = "Katz" if contrast is Contrast.RR else "Woolf"
        yield KnownInterval(f"{name} with a half in every cell", estimate(contrast, halves), *limits)


def _wald_rd(table: TwoByTwo, z: float) -> Limits:
    reach = z * rd_se(table)
    middle = table.first - table.second
    return middle - reach, middle + reach


def _wald_rd_corrected(table: TwoByTwo, z: float) -> Limits:
    low, high = _wald_rd(table, z)
    more = (1 / table.n1 + 1 / table.n2) / 2
    return low - more, high + more


def _newcombe(table: TwoByTwo, z: float, corrected: bool = False) -> Limits:
    """Newcombe 1998, methods 10 and 11: the Wilson limits of both groups put together."""
    (low1, high1), (low2, high2) = (
        wilson(int(table.a), int(table.n1), z, corrected),
        wilson(int(table.c), int(table.n2), z, corrected),
    )
    p, q = table.first, table.second
    down, up = math.hypot(p - low1, high2 - q), math.hypot(high1 - p, q - low2)
    return p - q - down, p - q + up


def _agresti_caffo(table: TwoByTwo, z: float) -> Limits:
    return _wald_rd(TwoByTwo(table.a + 1, table.n1 + 2, table.c + 1, table.n2 + 2), z)


_Method = Callable[[TwoByTwo, float], Limits | None]


def _scored(contrast: Contrast) -> tuple[tuple[str, _Method], ...]:
    return (
        ("Miettinen-Nurminen", partial(restricted_interval, contrast, "score")),
        ("profile likelihood", partial(restricted_interval, contrast, "likelihood")),
    )


_METHODS: Mapping[Contrast, tuple[tuple[str, _Method], ...]] = MappingProxyType(
    {
        Contrast.RR: (
            ("Katz (log)", partial(_on_log, Contrast.RR)),
            *_scored(Contrast.RR),
        ),
        Contrast.OR: (
            ("Woolf (log)", partial(_on_log, Contrast.OR)),
            *_scored(Contrast.OR),
        ),
        Contrast.RD: (
            ("Wald", _wald_rd),
            ("Newcombe", _newcombe),
            ("Newcombe with continuity correction", partial(_newcombe, corrected=True)),
            ("Wald with continuity correction", _wald_rd_corrected),
            ("Agresti-Caffo", _agresti_caffo),
            *_scored(Contrast.RD),
        ),
    }
)
