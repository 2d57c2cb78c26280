"""Subgroups, medians with ranges, and the heterogeneity of pooled studies."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tissueclock.evidence.check.checks.p_value import z_range
from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.model import PrintedInteraction, PrintedResult, PrintedSpread
from tissueclock.evidence.check.number import shown
from tissueclock.evidence.check.region import Range, two_sided_p
from tissueclock.evidence.check.scale import on_scale
from tissueclock.evidence.check.trio import trio_of

_ALLOWED_Z = 0.4
"""How far another model of the interaction may be, in z (our choice; DEFUSE 2 and MR RESCUE: under 0.1)."""
_FAR_Z = 1.0
_I2_APART = 15.0
"""How far I2 by tau2 may be from that by Q, in points of percent (our choice)."""

Estimate = tuple[float, Range]


def interaction_p(interaction: PrintedInteraction) -> Iterator[Spot]:
    """Yield a spot where p of an interaction does not follow from the two strata (Altman, Bland, 2003)."""
    first, second = map(_estimate_and_se, interaction.strata)
    if first is None or second is None:
        return
    difference = abs(first[0] - second[0])
    z = Range(
        difference / math.hypot(first[1].high, second[1].high),
        difference / math.hypot(first[1].low, second[1].low),
    )
    gap = z_range(interaction.p).gap(z)
    if gap <= _ALLOWED_Z:
        return
    middle = (z.low + z.high) / 2
    yield Spot(
        level=Level.ERROR if gap > _FAR_Z else Level.WARNING,
        printed=f"p for interaction {interaction.p}",
        recomputed=f"p about {shown(two_sided_p(middle))}",
        why=f"The strata differ by {shown(difference)} with se sqrt({shown(_middle(first[1]))}^2 + "
        f"{shown(_middle(second[1]))}^2), so z = {middle:.2f} and p about {shown(two_sided_p(middle))}; "
        f"the printed p {interaction.p} is {gap:.2f} away in z.",
    )


def median_inside(spread: PrintedSpread) -> Iterator[Spot]:
    """Yield a spot where a median lies outside its range, or the range is upside down."""
    upside_down = spread.low.low > spread.high.high
    if upside_down or spread.median.high < spread.low.low or spread.median.low > spread.high.high:
        words = f"{spread.median} ({spread.low} to {spread.high})"
        yield Spot(
            level=Level.ERROR,
            printed=words,
            recomputed="-",
            why=f"The range {spread.low} to {spread.high} is upside down."
            if upside_down
            else f"The median {spread.median} lies outside {spread.low} to {spread.high}.",
        )


def i2_from_q(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where I2 is not (Q - df) / Q of so many studies (Higgins, Thompson, 2002)."""
    if result.i2 is None or result.q is None or result.studies is None or result.q.high <= 0:
        return
    df = result.studies - 1
    ends = [100 * max(0.0, (q - df) / q) if q > 0 else 0.0 for q in (result.q.low, result.q.high)]
    gap = Range(*sorted(ends)).gap(Range(result.i2.low, result.i2.high))
    if gap > 0:
        found = f"{max(ends):.1f} %"
        yield Spot(
            level=Level.WARNING if gap > _I2_APART else Level.INFO,
            printed=f"I2 {result.i2} %, Q {result.q}, {result.studies} studies",
            recomputed=f"I2 {found}",
            why=f"(Q - {df}) / Q = {found}, not {result.i2} %. I2 by tau2 (metafor, RevMan) may differ.",
        )


def _estimate_and_se(result: PrintedResult) -> Estimate | None:
    """Return an estimate on its scale and the range of its se, by the interval or else by p."""
    trio = trio_of(result)
    if trio is not None and trio.ordered:
        estimate, low, high = trio.ranges()
        if math.isfinite(low.low):
            return _middle(estimate), Range(
                max(high.low - low.high, 1e-9) / 2 / trio.z, (high.high - low.low) / 2 / trio.z
            )
        return _middle(estimate), _half_above(estimate, high, trio.z)
    if result.estimate is None or result.p is None:
        return None
    z = z_range(result.p)
    estimate = on_scale(result.estimate, result.measure.scale)
    if not 0 < z.low <= z.high < math.inf:
        return None
    size = abs(_middle(estimate))
    return _middle(estimate), Range(size / z.high, size / z.low)


def _half_above(estimate: Range, high: Range, z: float) -> Range:
    """Return the se that the upper limit alone gives, where the lower one is printed as 0."""
    return Range(max(high.low - estimate.high, 1e-9) / z, (high.high - estimate.low) / z)


def _middle(range_: Range) -> float:
    return (range_.low + range_.high) / 2


INTERACTION_CHECKS = (
    Check(id="interaction-p", sentence="p for interaction follows from the strata.", run=interaction_p),
)
SPREAD_CHECKS = (Check(id="median-outside", sentence="A median lies inside its range.", run=median_inside),)
CHECKS = (Check(id="i2", sentence="I2 follows from Q and the number of studies.", run=i2_from_q),)
