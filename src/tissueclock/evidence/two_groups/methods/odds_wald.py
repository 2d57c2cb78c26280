"""Wald intervals of the odds ratio on the log scale: Woolf's, with 1/2 in every cell where it is needed."""

from __future__ import annotations

import math

from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Family, Method
from tissueclock.evidence.two_groups.table import Cells


def woolf(cells: Cells, z: float) -> Limits:
    """Return exp(log OR +- z SE), SE^2 = 1/a + 1/b + 1/c + 1/d (Woolf 1955); no cell may be zero."""
    log_or = math.log(cells.a * cells.d) - math.log(cells.b * cells.c)
    se = math.sqrt(1 / cells.a + 1 / cells.b + 1 / cells.c + 1 / cells.d)
    return Limits(math.exp(log_or), math.exp(log_or - z * se), math.exp(log_or + z * se), se)


def has_zero(cells: Cells) -> bool:
    """Tell whether Woolf's standard error is infinite."""
    return 0 in (cells.a, cells.b, cells.c, cells.d)


def haldane(cells: Cells, z: float) -> Limits:
    """Return Woolf's interval with 1/2 added to every cell of every table (Haldane 1956, Anscombe 1956)."""
    return woolf(Cells(cells.a + 0.5, cells.b + 0.5, cells.c + 0.5, cells.d + 0.5), z)


FAMILY = Family(
    "odds-wald",
    (
        Method(
            name="woolf",
            measure=Measure.OR,
            title="Woolf: Wald on the log scale",
            source="Woolf B, Ann Hum Genet 1955;19:251",
            limits=woolf,
            corrected=True,
            needs=has_zero,
            aliases=("wald",),
        ),
        Method(
            name="haldane",
            measure=Measure.OR,
            title="Haldane-Anscombe: Woolf with 1/2 in every cell",
            source="Haldane JBS, Ann Hum Genet 1956;20:309; Anscombe FJ, Biometrika 1956;43:461",
            limits=haldane,
            aliases=("haldane-anscombe",),
        ),
    ),
)
