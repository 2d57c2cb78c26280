"""Newcombe's hybrid intervals of the risk difference: from the two groups' own Wilson intervals."""

from __future__ import annotations

import math

from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Family, Method
from tissueclock.evidence.two_groups.proportion import Rule, wilson, wilson_corrected
from tissueclock.evidence.two_groups.table import Cells


def _hybrid(cells: Cells, z: float, rule: Rule) -> Limits:
    """Square and add the distances from each share to the limit of its own interval."""
    low_1, high_1 = rule(cells.a, cells.n_1, z)
    low_2, high_2 = rule(cells.c, cells.n_2, z)
    difference = cells.p_1 - cells.p_2
    below = math.hypot(cells.p_1 - max(low_1, 0.0), min(high_2, 1.0) - cells.p_2)
    above = math.hypot(min(high_1, 1.0) - cells.p_1, cells.p_2 - max(low_2, 0.0))
    return Limits(difference, difference - below, difference + above)


def newcombe(cells: Cells, z: float) -> Limits:
    """Return the hybrid of two Wilson intervals (Newcombe 1998, method 10): no continuity correction."""
    return _hybrid(cells, z, wilson)


def newcombe_corrected(cells: Cells, z: float) -> Limits:
    """Return the hybrid of two Wilson intervals with continuity correction (Newcombe 1998, method 11)."""
    return _hybrid(cells, z, wilson_corrected)


_SOURCE = "Newcombe RG, Stat Med 1998;17:873"

FAMILY = Family(
    "newcombe",
    (
        Method(
            name="newcombe",
            measure=Measure.RD,
            title="Newcombe: hybrid of two Wilson intervals",
            source=f"{_SOURCE}, method 10",
            limits=newcombe,
            aliases=("wilson", "score"),
        ),
        Method(
            name="newcombe-cc",
            measure=Measure.RD,
            title="Newcombe with continuity correction",
            source=f"{_SOURCE}, method 11",
            limits=newcombe_corrected,
            aliases=("scorecc",),
        ),
    ),
)
