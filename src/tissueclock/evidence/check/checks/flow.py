"""Do groups add up to everybody, and did a trial that stopped early stop early?"""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.evidence.check.finding import Check, Level, Spot
from tissueclock.evidence.check.model import PrintedFlow, PrintedTable

_MOST_DROPPED = 0.05
"""How large a part of everybody may be in no group before that is more than a remark (our choice)."""


def groups_add_up(flow: PrintedFlow) -> Iterator[Spot]:
    """Yield a spot where the groups are not everybody: too many is an error, too few only if unexplained."""
    total = flow.total
    if total is None or len(flow.arms) < 2 or sum(flow.arms) == total:
        return
    together = sum(flow.arms)
    missing = total - together
    few = 0 < missing <= _MOST_DROPPED * total
    if few and flow.lacking:
        return
    sums = " + ".join(map(str, flow.arms))
    yield Spot(
        level=Level.WARNING if few else Level.ERROR,
        printed=f"{sums} of {total}",
        recomputed=str(together),
        why=f"{sums} = {together}, {abs(missing)} {'fewer' if missing > 0 else 'more'} than {total}.",
        suggestion=f"Say what became of the other {missing}, or correct a number." if few else "",
    )


def stopped_early(flow: PrintedFlow) -> Iterator[Spot]:
    """Yield a spot where a trial is said to have stopped early with everybody that was planned."""
    enrolled = flow.enrolled if flow.enrolled is not None else flow.total
    if not flow.stopped_early or flow.planned is None or enrolled is None or enrolled < flow.planned:
        return
    yield Spot(
        level=Level.ERROR,
        printed=f"stopped early, {enrolled} of {flow.planned} planned",
        recomputed="not stopped early: the planned number was reached",
        why=f"{enrolled} is no fewer than the {flow.planned} that were planned, so enrolment was completed.",
        suggestion="Leave out that it stopped early, or correct a number.",
    )


def cells_add_up(table: PrintedTable) -> Iterator[Spot]:
    """Yield a spot where the levels of a scale do not add up to its n."""
    together = sum(table.counts)
    if table.n is not None and together != table.n:
        sums = " + ".join(map(str, table.counts))
        yield Spot(
            level=Level.ERROR,
            printed=f"{sums}, n = {table.n}",
            recomputed=str(together),
            why=f"{sums} = {together}, which is {abs(table.n - together)} "
            f"{'fewer' if together < table.n else 'more'} than {table.n}.",
        )


def cells_up_to(table: PrintedTable) -> Iterator[Spot]:
    """Yield a spot where a printed number at or below a level is not the sum of the levels."""
    for level, printed in table.up_to:
        together = sum(table.counts[: level + 1])
        if together != printed:
            sums = " + ".join(map(str, table.counts[: level + 1]))
            yield Spot(
                level=Level.ERROR,
                printed=f"{printed} at 0 to {level}",
                recomputed=str(together),
                why=f"{sums} = {together}, not {printed}.",
            )


def cell_percents(table: PrintedTable) -> Iterator[Spot]:
    """Yield a spot for a level whose percentage is not its count out of n."""
    n = table.n or sum(table.counts)
    if not n:
        return
    for level, (count, percent) in enumerate(zip(table.counts, table.percents, strict=False)):
        if not percent.holds(100 * count / n):
            yield Spot(
                level=Level.ERROR,
                printed=f"level {level}: {count} ({percent} %)",
                recomputed=f"{100 * count / n:.1f} %",
                why=f"100 x {count} / {n} = {100 * count / n:.4g}, not {percent}.",
            )


FLOW_CHECKS = (
    Check(id="arms-add-up", sentence="The groups add up to everybody.", run=groups_add_up),
    Check(
        id="stopped-early", sentence="A trial that stopped early has fewer than planned.", run=stopped_early
    ),
)
TABLE_CHECKS = (
    Check(id="cells-add-up", sentence="The levels of a scale add up to its n.", run=cells_add_up),
    Check(id="cells-up-to", sentence="Printed dichotomies are sums of levels.", run=cells_up_to),
    Check(id="cells-percent", sentence="The percentage of a level is its count out of n.", run=cell_percents),
)
