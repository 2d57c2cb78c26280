"""Can the counts be, and can the percentages beside them come from whole patients?"""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.model import PrintedArm, PrintedResult
from tissueclock.evidence.check.number import PrintedNumber, rounded
from tissueclock.evidence.check.reproduce import attainable_events, attainable_sizes

_FEWEST_PRESENT = 0.85
"""How large a part of a group ought to be counted where the words say that some are missing (our choice)."""


def events_fit(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot for a group with more events than patients, or a percentage over 100."""
    for arm in result.arms:
        if arm.events is not None and arm.n is not None and arm.events > arm.n:
            yield Spot(
                level=Level.ERROR,
                printed=str(arm),
                recomputed=f"at most {arm.n}",
                why=f"{arm.events} events among {arm.n} patients.",
            )
        if arm.percent is not None and not 0 <= arm.percent.number <= 100:
            yield Spot(
                level=Level.ERROR,
                printed=f"{arm.percent} %",
                recomputed="0 to 100 %",
                why=f"{arm.percent} % of patients cannot be.",
            )


def percent_fits(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot for a percentage that is not its events out of its n, to the printed digits."""
    for arm in result.arms:
        if arm.percent is None or arm.events is None or not arm.n or arm.events > arm.n:
            continue
        share = 100 * arm.events / arm.n
        if not arm.percent.holds(share):
            yield Spot(
                level=Level.WARNING if _is_cut(arm.percent, share) else Level.ERROR,
                printed=str(arm),
                recomputed=f"{rounded(share, arm.percent)} %",
                why=f"100 x {arm.events} / {arm.n} = {share:.4g}, which is not {arm.percent} to "
                f"{_digits(arm.percent)}.{_other_counts(arm)}",
            )


def percent_is_attainable(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot for a percentage that no whole number out of its n gives (as the GRIM test of means)."""
    for arm in result.arms:
        if arm.percent is None or arm.events is not None or not arm.n or not _is_share(arm.percent):
            continue
        if not attainable_events(arm.percent, arm.n):
            near = round(arm.percent.number * arm.n / 100)
            around = sorted({max(0, near - 1), near, min(arm.n, near + 1)})
            shares = ", ".join(f"{events}/{arm.n} = {100 * events / arm.n:.4g} %" for events in around)
            yield Spot(
                level=Level.ERROR,
                printed=f"{arm.percent} % of {arm.n}",
                recomputed=shares,
                why=f"No whole number out of {arm.n} is {arm.percent} % to {_digits(arm.percent)}: {shares}.",
            )


def denominator_fits(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where events and percentage imply another n than any group has."""
    for arm in result.arms:
        if arm.n is not None or not arm.events or arm.percent is None or not _is_share(arm.percent):
            continue
        implied = attainable_sizes(arm.percent, arm.events)
        printed = f"{arm.events} ({arm.percent} %)"
        if not implied:
            yield Spot(
                level=Level.ERROR,
                printed=printed,
                recomputed="no n",
                why=f"There is no n out of which {arm.events} are {arm.percent} % to {_digits(arm.percent)}.",
            )
        elif arm.sizes and not _is_size(implied, arm.sizes, result.may_lack):
            sizes = " or ".join(str(size) for size in arm.sizes)
            yield Spot(
                level=Level.WARNING,
                printed=printed,
                recomputed=f"n {_span(implied)}",
                why=f"{arm.events} are {arm.percent} % of {_span(implied)}; the groups have {sizes}.",
            )


def groups_hold_them(result: PrintedResult) -> Iterator[Spot]:
    """Yield a spot where a count is out of more patients than any group has."""
    for arm in result.arms:
        if len(result.arms) < 2 or arm.n is None or not arm.sizes:
            continue
        if max(arm.sizes) < arm.n < sum(arm.sizes):  # more than everybody are other patients
            yield Spot(
                level=Level.WARNING,
                printed=str(arm),
                recomputed=f"at most {max(arm.sizes)}",
                why=f"A group of {arm.n} patients, and the largest has {max(arm.sizes)}.",
            )


def _is_size(implied: range, sizes: tuple[int, ...], may_lack: bool) -> bool:
    if any(size in implied for size in sizes):
        return True
    return may_lack and any(implied[-1] >= _FEWEST_PRESENT * size and implied[0] <= size for size in sizes)


def _is_share(percent: PrintedNumber) -> bool:
    return 0 <= percent.number <= 100


def _is_cut(percent: PrintedNumber, share: float) -> bool:
    """Tell whether the digits were cut off instead of rounded."""
    return 0 <= share - percent.number < 2 * float(percent.half)


def _digits(percent: PrintedNumber) -> str:
    return (
        "the whole percent"
        if percent.places == 0
        else f"{percent.places} decimal" + "s" * (percent.places > 1)
    )


def _span(sizes: range) -> str:
    return str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"


def _other_counts(arm: PrintedArm) -> str:
    """Say which count of the same n the percentage would be."""
    if arm.percent is None or not arm.n or not _is_share(arm.percent):
        return ""
    fitting = attainable_events(arm.percent, arm.n)
    if not fitting:
        return f" No whole number out of {arm.n} is."
    return f" {arm.percent} % would be {_span(fitting)} of {arm.n}."


CHECKS = (
    Check(id="events-exceed", sentence="No group has more events than patients.", run=events_fit),
    Check(id="percent", sentence="A percentage is its events out of its n.", run=percent_fits),
    Check(
        id="percent-unattainable",
        sentence="A percentage is that of a whole number of patients.",
        run=percent_is_attainable,
    ),
    Check(
        id="denominator", sentence="Events and percentage imply the size of a group.", run=denominator_fits
    ),
    Check(
        id="group-size", sentence="No count is out of more patients than a group has.", run=groups_hold_them
    ),
)
