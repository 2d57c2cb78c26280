"""One proportion with its interval: is it inside, by which method, on which scale, and what does it imply?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.known.proportion import proportion_intervals
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import PrintedArm, PrintedDocument, PrintedInterval, PrintedResult
from tissueclock.evidence.check.number import PrintedNumber, rounded
from tissueclock.evidence.check.region import Range, z_of_level
from tissueclock.evidence.check.reproduce import agrees
from tissueclock.evidence.check.scale import Scale
from tissueclock.evidence.check.trio import Trio

_SCALES = (Scale.RAW, Scale.LOGIT, Scale.ARCSINE, Scale.LOG)
_FAR = 0.25
"""How far off centre on every scale is an error and no warning, in half-widths (our choice)."""
_EXACT_LEANS = 0.12
"""How far off centre on every scale an exact interval may be, where n is not printed (our choice)."""
_MANY = 10_000

Share = tuple[PrintedNumber, PrintedInterval, PrintedArm | None]


def proportion_with_interval(result: PrintedResult) -> Share | None:
    """Return the percentage of a result that has an interval of its own; None if there is none."""
    if result.measure is Measure.PROPORTION and result.estimate is not None and result.interval is not None:
        return result.estimate, result.interval, result.arms[0] if len(result.arms) == 1 else None
    for arm in result.arms:
        if arm.percent is not None and arm.interval is not None:
            return arm.percent, arm.interval, arm
    return None


def inside_and_ordered(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where the limits of a percentage are upside down, or it lies outside."""
    share = proportion_with_interval(result)
    if (
        share is None or result.measure is Measure.PROPORTION
    ):  # the latter is asked as every other estimate is
        return
    percent, interval, _ = share
    trio = Trio(percent, interval, Scale.RAW, 0.01)
    if not trio.ordered or trio.outside is not None:
        yield Spot(
            level=Level.ERROR,
            printed=_words(percent, interval),
            recomputed=trio.restored(),
            why=f"{percent} % does not lie from {interval.low} % to {interval.high} %.",
        )


def middle_on_some_scale(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where counts do not give the interval, or it is off centre on every scale in use."""
    share = proportion_with_interval(result)
    if share is None:
        return
    percent, interval, arm = share
    trios = [Trio(percent, interval, scale, 0.01) for scale in _SCALES]
    if not trios[0].ordered or trios[0].outside is not None:
        return
    if arm is not None and arm.events is not None and arm.n and arm.events <= arm.n and not result.pooled:
        yield from _from_counts(arm.events, arm.n, percent, interval)
        return
    off = min(trio.off_centre() if not trio.corners() else 0.0 for trio in trios)
    if off > _EXACT_LEANS:
        logit = trios[1]
        yield Spot(
            level=Level.ERROR if off > _FAR else Level.WARNING,
            printed=_words(percent, interval),
            recomputed=f"on the logit scale: {logit.restored()}",
            why=f"{percent} % is off the middle of {interval} % on the percent, logit, "
            f"arcsine and log scales, by {100 * off:.0f} % of half the width at least.",
        )


def scales_of(document: PrintedDocument) -> Iterator[Spot]:
    """Yield on which scale the pooled proportions of a document were computed, as far as symmetry tells."""
    shares = [
        (result, share)
        for result in document.results
        if result.pooled and (share := proportion_with_interval(result)) is not None
    ]
    if not shares:
        return
    fitting = {
        scale: sum(
            bool(Trio(percent, interval, scale, 0.01).corners()) for _, (percent, interval, _) in shares
        )
        for scale in _SCALES
    }
    best = [scale for scale, count in fitting.items() if count == len(shares)]
    counts = ", ".join(f"{scale.value} {count} of {len(shares)}" for scale, count in fitting.items())
    yield Spot(
        level=Level.INFO,
        printed="; ".join(_words(percent, interval) for _, (percent, interval, _) in shares),
        recomputed=" or ".join(scale.value for scale in best) or "no single scale",
        why=f"The intervals that are symmetric around their percentage within rounding: {counts}. "
        f"{_verdict(best)}",
        suggestion="Say on which scale proportions were pooled, and by which model."
        if len(best) == 1
        else "",
    )


def implied_control(result: PrintedResult) -> Iterator[Spot]:
    """Yield the share of the other group that one percentage and a ratio or difference imply."""
    percent = result.arms[0].percent if len(result.arms) == 1 else None
    if percent is None or result.estimate is None or result.measure.contrast is None:
        return
    found = _implied(result.measure, percent, result.estimate)
    if found is None:
        return
    low, high = 100 * found.low, 100 * found.high
    words = _percent_words(low, high)
    most = result.control_at_most
    impossible = low > 100 or high < 0 or (most is not None and low > most.high)
    yield Spot(
        level=Level.WARNING if impossible else Level.INFO,
        printed=f"{percent} % and {result.measure.value} {result.estimate}",
        recomputed=f"{words} in the other group",
        why=f"{_implied_words(result.measure, percent, result.estimate)} = {words}."
        + ("" if most is None or not impossible else f" By its definition the group has {most} % at most.")
        + " Compare it with the comparator; a pooled percentage and a ratio may be of other studies.",
    )


def _from_counts(events: int, n: int, percent: PrintedNumber, interval: PrintedInterval) -> Iterator[Spot]:
    if n > _MANY:
        return
    known = list(proportion_intervals(events, n, z_of_level(interval.level_percent)))
    if any(agrees(interval.low, 100 * low) and agrees(interval.high, 100 * high) for _, (low, high) in known):
        return
    shown = "; ".join(
        f"{name} {rounded(100 * low, interval.low)} to {rounded(100 * high, interval.high)}"
        for name, (low, high) in known[:3]
    )
    yield Spot(
        level=Level.WARNING,
        printed=f"{events}/{n}, {_words(percent, interval)}",
        recomputed=shown,
        why=f"No method in use gives {interval.low} to {interval.high} % from {events} of {n}: {shown}.",
    )


def _implied(measure: Measure, percent: PrintedNumber, estimate: PrintedNumber) -> Range | None:
    share = Range(percent.low / 100, percent.high / 100)
    if measure is Measure.RD:
        return Range(share.low - estimate.high / 100, share.high - estimate.low / 100)
    if estimate.low <= 0 or not 0 < share.low <= share.high < 1:
        return None
    if measure is Measure.RR:
        return Range(share.low / estimate.high, share.high / estimate.low)
    odds = Range(share.low / (1 - share.low), share.high / (1 - share.high))
    return Range(odds.low / estimate.high, odds.high / estimate.low).mapped(lambda x: x / (1 + x))


def _implied_words(measure: Measure, percent: PrintedNumber, estimate: PrintedNumber) -> str:
    if measure is Measure.RD:
        return f"{percent} - {estimate}"
    if measure is Measure.RR:
        return f"{percent} / {estimate}"
    return f"The odds of {percent} % over {estimate}, as a percentage,"


def _percent_words(low: float, high: float) -> str:
    middle = (low + high) / 2
    return f"{middle:.1f} %"


def _verdict(best: Sequence[Scale]) -> str:
    if not best:
        return "No scale fits all of them."
    if len(best) > 1:
        return "Rounding does not tell these apart."
    if best[0] is Scale.ARCSINE:
        return "Only the arcsine, or the double arcsine, fits all of them."
    return f"Only the {best[0].value} scale fits all of them."


def _words(percent: PrintedNumber, interval: PrintedInterval) -> str:
    return f"{percent} % ({interval.low} to {interval.high})"


CHECKS = (
    Check(id="proportion-outside", sentence="A percentage lies inside its interval.", run=inside_and_ordered),
    Check(
        id="proportion-interval",
        sentence="The interval of a percentage follows from its counts, or is symmetric on some scale.",
        run=middle_on_some_scale,
    ),
    Check(
        id="implied-control-rate",
        sentence="A percentage and a ratio imply a plausible percentage of the other group.",
        run=implied_control,
    ),
)
DOCUMENT_CHECKS = (
    Check(
        id="pooled-scale",
        sentence="The scale on which proportions were pooled can be told from their intervals.",
        run=scales_of,
    ),
)
