"""Intervals of the odds ratio given the margins: exact (central, Fisher and Cornfield), and with mid-p."""

from __future__ import annotations

from tissueclock.core.errors import UsageError
from tissueclock.evidence.two_groups.conditional import conditional_odds_ratio
from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Family, Method
from tissueclock.evidence.two_groups.table import Cells, TwoByTwo


def exact(cells: Cells, z: float) -> Limits:
    """Return the conditional odds ratio and its exact central interval."""
    return conditional_odds_ratio([_whole(cells)], z, mid=False)


def mid_p(cells: Cells, z: float) -> Limits:
    """Return the conditional odds ratio and the interval whose tails count half of what was seen."""
    return conditional_odds_ratio([_whole(cells)], z, mid=True)


def _whole(cells: Cells) -> TwoByTwo:
    """Return the cells as counts; raises UsageError where they are not whole."""
    if any(cell != int(cell) for cell in (cells.a, cells.b, cells.c, cells.d)):
        raise UsageError("an exact interval needs whole counts.", remedy="Add nothing to the cells.")
    return TwoByTwo(events_1=int(cells.a), n_1=int(cells.n_1), events_2=int(cells.c), n_2=int(cells.n_2))


FAMILY = Family(
    "conditional-odds",
    (
        Method(
            name="exact",
            measure=Measure.OR,
            title="conditional, exact (Fisher, Cornfield)",
            source="Cornfield J, Proc 3rd Berkeley Symp 1956;4:135; Fisher RA, J R Stat Soc 1935;98:39",
            limits=exact,
            aliases=("fisher", "clopper-pearson"),
        ),
        Method(
            name="midp",
            measure=Measure.OR,
            title="conditional, mid-p",
            source="Lancaster HO, J Am Stat Assoc 1961;56:223; Mehta CR, Walsh SJ, Am Stat 1992;46:146",
            limits=mid_p,
            aliases=("mid-p",),
        ),
    ),
)
