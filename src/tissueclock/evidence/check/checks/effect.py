"""Does the effect follow from the counts or percentages of the two groups, by a method in use?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.known.restricted import Contrast
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import Direction, PrintedArm, PrintedResult
from tissueclock.evidence.check.number import PrintedNumber, rounded, shown
from tissueclock.evidence.check.region import Range
from tissueclock.evidence.check.reproduce import (
    agrees,
    estimates,
    first_known,
    has_exact_counts,
    reproduced,
    share_range,
    units,
)
from tissueclock.evidence.check.trio import trio_of

_WIDTH_APART = 0.08
"""How far limits may be from those of the commonest method, as a share of the width, where the counts are not
all printed (our choice)."""


def effect_from_counts(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the estimate is not what the counts, or percentages, of the groups give."""
    contrast, estimate = result.measure.contrast, result.estimate
    if contrast is None or estimate is None or not _is_crude(result):
        return
    if any(_gives(result, contrast, estimate)) or _is_by_a_method(result):
        return
    crude = _crude(result, contrast)
    if crude is None:
        return
    other = next((c for c in Contrast if c is not contrast and any(_gives(result, c, estimate))), None)
    if other is not None:
        yield _label_spot(result, estimate, contrast, other, crude)
        return
    turned = _reversed(result)
    if any(_gives(turned, contrast, estimate)):
        yield _reversed_spot(result, estimate, contrast, crude)
        return
    level = _level(result)
    if level is not None:
        yield Spot(
            level=level,
            printed=f"{_groups(result)}, {result.shown}",
            recomputed=f"{contrast.value} {_crude_words(crude, estimate)}",
            why=f"{_sum_words(contrast, result, crude, estimate)}, not {estimate}. If it is adjusted or "
            "stratified, the source ought to say so.",
        )


def interval_from_counts(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the estimate follows from the counts, and the interval does not."""
    contrast, estimate, interval = result.measure.contrast, result.estimate, result.interval
    if contrast is None or estimate is None or interval is None or not _is_crude(result):
        return
    known = first_known(result)
    if known is None or not any(_gives(result, contrast, estimate)) or reproduced(result) is not None:
        return
    width = known.high - known.low
    if not math.isfinite(width) or width <= 0:
        return
    apart = max(abs(interval.low.number - known.low), abs(interval.high.number - known.high)) / width
    exact = has_exact_counts(result)
    if not exact and apart <= _WIDTH_APART:
        return
    level = Level.ERROR if exact and apart > _WIDTH_APART and not result.maybe_adjusted else Level.WARNING
    limits = f"{rounded(known.low, interval.low)} to {rounded(known.high, interval.high)}"
    yield Spot(
        level=level,
        printed=f"{_groups(result)}, {result.shown}",
        recomputed=f"{limits} ({known.method})",
        why=f"The counts give the estimate {estimate}, and by {known.method} {limits}; no method in use "
        f"gives {interval}.",
        suggestion=f"{limits}.",
    )


def direction_fits(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where words call something lower that the numbers have higher, or the reverse."""
    if result.direction is None:
        return
    seen = {name: side for name, side in _sides(result).items() if side is not None}
    wrong = {name: side for name, side in seen.items() if side is not result.direction}
    if not wrong or len(wrong) < len(seen):
        return
    basis = " and ".join(wrong)
    yield Spot(
        level=Level.WARNING,
        printed=f"{result.direction.value}: {_groups(result) or result.shown}",
        recomputed=next(iter(wrong.values())).value,
        why=f"The words say {result.direction.value}; {basis} says {next(iter(wrong.values())).value}.",
        suggestion="The word, the order of the groups or a sign is turned round.",
    )


def nnt_from_counts(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where a number needed to treat is not 1 over the difference of the groups."""
    if result.measure is not Measure.NNT or result.estimate is None or len(result.arms) != 2:
        return
    found = _range(Contrast.RD, *result.arms)
    if found is None or found.low <= 0 <= found.high or result.adjusted:
        return
    needed = found.mapped(lambda difference: 1 / difference)
    ends = abs(needed.low), abs(needed.high)
    allowed = (
        Range(math.floor(min(ends)), math.ceil(max(ends)))
        if result.estimate.places == 0
        else Range(min(ends), max(ends))
    )
    if Range(result.estimate.low, result.estimate.high).mapped(abs).meets(allowed):
        return
    yield Spot(
        level=Level.ERROR,
        printed=f"{_groups(result)}, NNT {result.estimate}",
        recomputed=f"NNT {shown(sum(ends) / 2)}",
        why=f"1 over the difference of the groups is {shown(min(ends))} to {shown(max(ends))}."
        if shown(min(ends)) != shown(max(ends))
        else f"1 over the difference of the groups is {shown(min(ends))}.",
    )


def _is_crude(result: PrintedResult) -> bool:
    """Tell whether the effect is one of two groups as they are: neither adjusted nor pooled over studies."""
    return len(result.arms) == 2 and not result.adjusted and not result.pooled


def _is_by_a_method(result: PrintedResult) -> bool:
    """Tell whether a method with an estimate of its own, such as the conditional odds ratio, gives it."""
    found = reproduced(result)
    return found is not None and not found.reversed


def _gives(result: PrintedResult, contrast: Contrast, estimate: PrintedNumber) -> Iterator[bool]:
    """Yield for each possible table, or else the ranges of the shares, whether it gives the estimate."""
    for unit in units(result) if contrast is Contrast.RD else (1.0,):
        for value in estimates(result, contrast):
            yield agrees(estimate, value * unit)
        if not has_exact_counts(result):
            found = _range(contrast, *result.arms)
            wanted = Range(estimate.low / unit, estimate.high / unit)
            yield found is not None and found.meets(wanted)


def _range(contrast: Contrast, first: PrintedArm, second: PrintedArm) -> Range | None:
    """Return what a contrast may be within the rounding of the shares."""
    p, q = share_range(first), share_range(second)
    if p is None or q is None:
        return None
    if contrast is Contrast.RD:
        return Range(p.low - q.high, p.high - q.low)
    if contrast is Contrast.OR:
        p, q = p.mapped(_odds), q.mapped(_odds)
    if q.high == 0 or p.low == math.inf:
        return None
    return Range(p.low / q.high if q.high < math.inf else 0.0, p.high / q.low if q.low else math.inf)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _reversed(result: PrintedResult) -> PrintedResult:
    return PrintedResult(
        name=result.name,
        measure=result.measure,
        estimate=result.estimate,
        interval=result.interval,
        arms=result.arms[::-1],
    )


def _crude(result: PrintedResult, contrast: Contrast) -> Range | None:
    unit = units(result)[0] if contrast is Contrast.RD else 1.0
    found = estimates(result, contrast)
    if found:
        return Range(min(found) * unit, max(found) * unit)
    by_share = _range(contrast, *result.arms)
    return None if by_share is None else Range(by_share.low * unit, by_share.high * unit)


def _level(result: PrintedResult) -> Level | None:
    """An estimate that its own interval bears out may be adjusted; one that it does not is wrong."""
    trio = trio_of(result)
    bears_out = trio is not None and bool(trio.corners())
    if result.maybe_adjusted and bears_out:
        return None
    return Level.WARNING if bears_out or result.maybe_adjusted else Level.ERROR


def _label_spot(
    result: PrintedResult, estimate: PrintedNumber, contrast: Contrast, other: Contrast, crude: Range
) -> Spot:
    return Spot(
        level=Level.WARNING,
        printed=f"{_groups(result)}, {result.shown}",
        recomputed=f"{contrast.value} {_crude_words(crude, estimate)}",
        why=f"{estimate} is the {other.value} of these groups; their {contrast.value} is "
        f"{_crude_words(crude, estimate)}.",
        suggestion=f"Call it {other.value}.",
    )


def _reversed_spot(result: PrintedResult, estimate: PrintedNumber, contrast: Contrast, crude: Range) -> Spot:
    return Spot(
        level=Level.INFO,
        printed=f"{_groups(result)}, {result.shown}",
        recomputed=f"{contrast.value} {_crude_words(crude, estimate)} of first over second",
        why=f"{estimate} is the {contrast.value} of the second group over the first.",
    )


def _sum_words(contrast: Contrast, result: PrintedResult, crude: Range, estimate: PrintedNumber) -> str:
    first, second = (str(arm) for arm in result.arms)
    name = {"RR": "ratio of risks", "OR": "ratio of odds", "RD": "difference"}[contrast.value]
    return f"The {name} of {first} and {second} is {_crude_words(crude, estimate)}"


def _crude_words(crude: Range, estimate: PrintedNumber) -> str:
    low, high = rounded(crude.low, estimate), rounded(crude.high, estimate)
    return low if low == high else f"{low} to {high}"


def _groups(result: PrintedResult) -> str:
    return " v ".join(str(arm) for arm in result.arms)


def _sides(result: PrintedResult) -> Mapping[str, Direction | None]:
    """Return what the estimate and the groups say of the first group, None where rounding leaves it open."""
    estimate: Direction | None = None
    if result.estimate is not None and (result.measure.is_ratio or result.measure.is_difference):
        null = 1.0 if result.measure.is_ratio else 0.0
        estimate = _side(result.estimate.low - null, result.estimate.high - null)
    groups: Direction | None = None
    if len(result.arms) == 2:
        found = _range(Contrast.RD, *result.arms)
        groups = None if found is None else _side(found.low, found.high)
    return MappingProxyType({"the estimate": estimate, "the order of the groups": groups})


def _side(low: float, high: float) -> Direction | None:
    if low > 0:
        return Direction.HIGHER
    return Direction.LOWER if high < 0 else None


CHECKS = (
    Check(id="effect", sentence="An unadjusted effect follows from the groups.", run=effect_from_counts),
    Check(
        id="effect-interval",
        sentence="An unadjusted interval follows from the counts by a method in use.",
        run=interval_from_counts,
    ),
    Check(id="direction", sentence="Words such as lower and higher fit the numbers.", run=direction_fits),
    Check(id="nnt", sentence="A number needed to treat is 1 over the difference.", run=nnt_from_counts),
)
