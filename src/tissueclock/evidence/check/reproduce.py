"""From the counts of two groups: which tables are possible, and which known method gives what is printed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

from tissueclock.evidence.check.known.restricted import Contrast
from tissueclock.evidence.check.known.table import TwoByTwo
from tissueclock.evidence.check.known.two_by_two import (
    KnownInterval,
    estimate,
    half_intervals,
    known_intervals,
    slow_intervals,
)
from tissueclock.evidence.check.model import PrintedArm, PrintedResult
from tissueclock.evidence.check.number import PrintedNumber
from tissueclock.evidence.check.region import Range, z_of_level

_MOST_OPTIONS = 6
"""How many pairs of events and n are tried for a group whose counts are not both printed (our choice)."""
_LARGEST_N = 20_000
_OWN_ESTIMATE = 0.2
_CONDITIONAL_ESTIMATE = 0.04
"""How far, relative, the estimate with halves, and that of the odds ratio given its margins, may be from the
crude one in a table without a zero (our choice): farther ones are not computed."""
_ROUNDED_Z = 1e-4
"""How far limits differ, relative, between 1.96 and the exact quantile."""

Option = tuple[int, int]


def agrees(number: PrintedNumber, exact: float) -> bool:
    """Tell whether a recomputed limit rounds to the printed one, made with 1.96 or the exact quantile."""
    slack = _ROUNDED_Z * abs(exact)
    return number.low - slack - 1e-9 <= exact <= number.high + slack + 1e-9


def is_exact(arm: PrintedArm) -> bool:
    """Tell whether events and patients of the group are both printed, and possible."""
    return arm.events is not None and arm.n is not None and 0 <= arm.events <= arm.n and arm.n > 0


def share_range(arm: PrintedArm) -> Range | None:
    """Return what the share of patients with an event may be; None where nothing says it."""
    if is_exact(arm):
        share = (arm.events or 0) / (arm.n or 1)
        return Range(share, share)
    if arm.percent is not None and 0 <= arm.percent.number <= 100:
        return Range(max(0.0, arm.percent.low / 100), min(1.0, arm.percent.high / 100))
    return None


def attainable_events(percent: PrintedNumber, n: int) -> range:
    """Return the counts out of n that round to a printed percentage; empty if there is none."""
    low = (Fraction(percent.value) - percent.half) * n / 100
    high = (Fraction(percent.value) + percent.half) * n / 100
    return range(max(0, math.ceil(low)), min(n, math.floor(high)) + 1)


def attainable_sizes(percent: PrintedNumber, events: int) -> range:
    """Return the n out of which so many events round to a printed percentage, up to a limit."""
    high = Fraction(percent.value) + percent.half
    low = Fraction(percent.value) - percent.half
    if high <= 0 or events == 0:
        return range(0)
    first = max(events, math.ceil(100 * events / high))
    last = _LARGEST_N if low <= 0 else math.floor(100 * events / low)
    return range(first, min(last, _LARGEST_N) + 1)


def options(arm: PrintedArm) -> tuple[Option, ...]:
    """Return the pairs of events and n that the group may be, the likeliest first; few at most."""
    if is_exact(arm):
        return ((arm.events or 0, arm.n or 1),)
    sizes = (arm.n,) if arm.n else arm.sizes
    return tuple(_options(arm, tuple(size for size in sizes if size)))[:_MOST_OPTIONS]


def _options(arm: PrintedArm, sizes: tuple[int, ...]) -> Iterator[Option]:
    if arm.events is None:
        if arm.percent is not None:
            for n in sizes:
                yield from ((events, n) for events in attainable_events(arm.percent, n))
        return
    if arm.percent is None:
        yield from ((arm.events, n) for n in sizes if arm.events <= n)
        return
    fitting = attainable_sizes(arm.percent, arm.events)
    yield from ((arm.events, n) for n in sizes if n in fitting)
    near = sizes[0] if sizes else 0
    yield from (
        (arm.events, n) for n in sorted(fitting[:2000], key=lambda n: abs(n - near)) if n not in sizes
    )


def tables(result: PrintedResult) -> tuple[TwoByTwo, ...]:
    """Return the tables of two groups that the printed counts allow; empty where they do not say."""
    if len(result.arms) != 2:
        return ()
    first, second = map(options, result.arms)
    return tuple(TwoByTwo(a, n1, c, n2) for (a, n1), (c, n2) in product(first, second))


def has_exact_counts(result: PrintedResult) -> bool:
    """Tell whether the counts of both groups are printed."""
    return len(result.arms) == 2 and all(map(is_exact, result.arms))


def units(result: PrintedResult) -> tuple[float, ...]:
    """Return by what a recomputed effect is multiplied to be as printed: differences may be in percent."""
    if result.measure.contrast is not Contrast.RD:
        return (1.0,)
    interval = result.interval
    limits = () if interval is None else (interval.low, interval.high)
    shown = [number for number in (result.estimate, *limits) if number is not None]
    return (100.0, 1.0) if all(abs(number.number) <= 1 for number in shown) else (100.0,)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A known interval that is the printed one, in the printed unit; `reversed` if of second over first."""

    known: KnownInterval
    reversed: bool


def reproduced(result: PrintedResult) -> Reproduction | None:
    """Return the known method that gives estimate and limits as printed, from counts; None if none does."""
    contrast, interval = result.measure.contrast, result.interval
    if contrast is None or interval is None or result.estimate is None:
        return None
    for known, unit, turned in _candidates(result, contrast):
        printed_and_known = (
            (result.estimate, known.estimate),
            (interval.low, known.low),
            (interval.high, known.high),
        )
        if all(agrees(number, exact * unit) for number, exact in printed_and_known):
            return Reproduction(known, turned)
    return None


def first_known(result: PrintedResult) -> KnownInterval | None:
    """Return the commonest method's interval from the likeliest counts, in the printed unit."""
    contrast, interval = result.measure.contrast, result.interval
    found = tables(result)
    if contrast is None or not found:
        return None
    z = z_of_level(95.0 if interval is None else interval.level_percent)
    unit = units(result)[0]
    known = intervals_of(contrast, found[0], z)
    if not known:
        return None
    return KnownInterval(known[0].method, known[0].estimate * unit, known[0].low * unit, known[0].high * unit)


def estimates(result: PrintedResult, contrast: Contrast) -> tuple[float, ...]:
    """Return the finite estimates of a contrast that the counts allow."""
    found = (estimate(contrast, table) for table in tables(result))
    return tuple(value for value in found if math.isfinite(value))


@lru_cache(maxsize=512)
def intervals_of(contrast: Contrast, table: TwoByTwo, z: float) -> tuple[KnownInterval, ...]:
    """Return the known intervals; the last ones are remembered, since slips of the pen ask for them again."""
    return tuple(known_intervals(contrast, table, z))


@lru_cache(maxsize=128)
def _slow_intervals_of(contrast: Contrast, table: TwoByTwo, z: float) -> tuple[KnownInterval, ...]:
    return tuple(slow_intervals(contrast, table, z))


def _half_intervals_of(contrast: Contrast, table: TwoByTwo, z: float) -> tuple[KnownInterval, ...]:
    return tuple(half_intervals(contrast, table, z))


_MAKERS = (
    (intervals_of, 0.0),
    (_half_intervals_of, _OWN_ESTIMATE),
    (_slow_intervals_of, _CONDITIONAL_ESTIMATE),
)
"""Who makes intervals, and how far from the crude estimate, relative, theirs may be."""


def _candidates(result: PrintedResult, contrast: Contrast) -> Iterator[tuple[KnownInterval, float, bool]]:
    """Yield every known interval of every possible table, either way round and in every unit."""
    interval = result.interval
    z = z_of_level(95.0 if interval is None else interval.level_percent)
    placed = [
        (TwoByTwo(table.c, table.n2, table.a, table.n1) if turned else table, turned)
        for table in tables(result)
        for turned in (False, True)
    ]
    for maker, apart in _MAKERS:
        for table, turned in placed:
            if _is_near(result, contrast, table, apart):
                for known, unit in product(maker(contrast, table, z), units(result)):
                    yield known, unit, turned


def _is_near(result: PrintedResult, contrast: Contrast, table: TwoByTwo, apart: float) -> bool:
    """Tell whether a method with an estimate of its own, so far apart at most, could give the printed one."""
    crude, printed = estimate(contrast, table), result.estimate
    if apart and not (table.a and table.b and table.c and table.d):
        return True  # a half in every cell moves it by any amount
    if printed is None or not math.isfinite(crude):
        return False
    return any(
        agrees(printed, crude * unit) or abs(printed.number - crude * unit) <= abs(crude * unit) * apart
        for unit in units(result)
    )
