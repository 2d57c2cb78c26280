"""Is the estimate inside its interval, and in the middle of it on the scale where it ought to be?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import PrintedResult
from tissueclock.evidence.check.number import rounded
from tissueclock.evidence.check.reproduce import reproduced
from tissueclock.evidence.check.scale import Scale
from tissueclock.evidence.check.trio import Trio, trio_of

_FAR = 0.1
"""How far off centre, in half-widths, is an error and no warning (our choice)."""

_NEGLIGIBLE = 0.01
"""How far off centre numbers that were rounded on the way may be, in half-widths (our choice)."""

_LEEWAY: Mapping[Measure, float] = MappingProxyType(
    {
        Measure.RD: 0.1,  # Newcombe's and score intervals lean
        Measure.GENERALISED_OR: 0.05,
        Measure.WIN_RATIO: 0.05,
        Measure.RATIO_OF_MEDIANS: 0.6,  # Hodges-Lehmann and bootstrap intervals
        Measure.MEDIAN_DIFFERENCE: 0.6,
    }
)
"""How far off centre, in half-widths, an interval that need not be Wald's may be (our choice)."""

_LEEWAY_OF_METHOD = 0.35
"""The same where the interval is said to be exact, a profile, a bootstrap or Bayesian."""


def limits_in_order(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the limits are upside down, or below 0 for a ratio."""
    interval = result.interval
    if interval is None or result.measure is Measure.NNT:
        return
    if interval.low.low > interval.high.high:
        yield Spot(
            level=Level.ERROR,
            printed=result.shown,
            recomputed=f"{interval.low} > {interval.high}",
            why=f"The lower limit {interval.low} is above the upper limit {interval.high}.",
        )
    elif result.measure.is_ratio and interval.low.high < 0:
        yield Spot(
            level=Level.ERROR,
            printed=result.shown,
            recomputed="0 or more",
            why=f"The lower limit {interval.low} is below 0, where no ratio is.",
        )


def estimate_inside(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the estimate lies outside its own interval."""
    estimate, interval = result.estimate, result.interval
    if estimate is None or interval is None or result.measure is Measure.NNT:
        return
    trio = Trio(estimate, interval, result.measure.scale)
    if trio.ordered and trio.outside is not None:
        side = "below" if trio.outside is interval.low else "above"
        yield Spot(
            level=Level.ERROR,
            printed=result.shown,
            recomputed=trio.restored(),
            why=f"The estimate {estimate} lies {side} its limit {trio.outside}.",
        )


def estimate_in_the_middle(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the estimate is off the middle of its interval by more than rounding allows."""
    trio = trio_of(result)
    if trio is None or not trio.ordered or trio.outside is not None or trio.corners():
        return
    off, leeway = trio.off_centre(), max(_NEGLIGIBLE, _leeway(result))
    if off <= leeway or reproduced(result) is not None:
        return
    yield Spot(
        level=Level.ERROR if off > leeway + _FAR else Level.WARNING,
        printed=result.shown,
        recomputed=trio.restored(),
        why=f"{_middle_words(trio)} That is off by {100 * off:.0f} % of half the width beyond rounding. "
        "Wald intervals have the estimate in the middle; profile, exact, bootstrap and Bayesian "
        "ones need not.",
    )


def _leeway(result: PrintedResult) -> float:
    by_measure = _LEEWAY.get(result.measure, 0.0)
    if result.interval is None or result.interval.method.is_symmetric:
        return by_measure
    return max(by_measure, _LEEWAY_OF_METHOD)


def _middle_words(trio: Trio) -> str:
    low, high = trio.interval.low, trio.interval.high
    middle = rounded(trio.middle(), trio.estimate)
    if trio.scale is Scale.LOG:
        return f"On the log scale the middle is sqrt({low} x {high}) = {middle}, not {trio.estimate}."
    return f"The middle is ({low} + {high}) / 2 = {middle}, not {trio.estimate}."


CHECKS = (
    Check(id="interval-order", sentence="The lower limit is below the upper one.", run=limits_in_order),
    Check(id="estimate-outside", sentence="An estimate lies inside its interval.", run=estimate_inside),
    Check(
        id="estimate-off-centre",
        sentence="An estimate lies in the middle of its interval, on the log scale for ratios.",
        run=estimate_in_the_middle,
    ),
)
