"""Intervals of the risk difference in closed form: Wald's, and those that improve on it."""

from __future__ import annotations

import math

from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Family, Method
from tissueclock.evidence.two_groups.table import Cells


def _around(cells: Cells, middle: float, reach: float, se: float | None = None) -> Limits:
    """Return middle +- reach kept within -1..1, beside the plain difference."""
    return Limits(cells.p_1 - cells.p_2, max(-1.0, middle - reach), min(1.0, middle + reach), se)


def _standard_error(p_1: float, n_1: float, p_2: float, n_2: float) -> float:
    return math.sqrt(p_1 * (1 - p_1) / n_1 + p_2 * (1 - p_2) / n_2)


def wald(cells: Cells, z: float) -> Limits:
    """Return the difference +- z SE from the two shares; where both are 0 or 1 it has no width."""
    se = _standard_error(cells.p_1, cells.n_1, cells.p_2, cells.n_2)
    limits = _around(cells, cells.p_1 - cells.p_2, z * se, se)
    if se > 0:
        return limits
    note = "Both shares are 0 or 1, so the Wald interval has no width: use newcombe or mn."
    return Limits(limits.estimate, limits.low, limits.high, se, (note,))


def wald_corrected(cells: Cells, z: float) -> Limits:
    """Return Wald's interval with the continuity correction (1/n1 + 1/n2)/2 on either side (Yates)."""
    se = _standard_error(cells.p_1, cells.n_1, cells.p_2, cells.n_2)
    reach = z * se + (1 / cells.n_1 + 1 / cells.n_2) / 2
    return _around(cells, cells.p_1 - cells.p_2, reach, se)


def agresti_caffo(cells: Cells, z: float) -> Limits:
    """Return Wald's interval after adding an event and a non-event to each group (Agresti & Caffo 2000)."""
    more = Cells(cells.a + 1, cells.b + 1, cells.c + 1, cells.d + 1)
    se = _standard_error(more.p_1, more.n_1, more.p_2, more.n_2)
    return _around(cells, more.p_1 - more.p_2, z * se, se)


def brown_li(cells: Cells, z: float) -> Limits:
    """Return the interval around the difference of the Jeffreys estimates (Brown & Li 2005)."""
    p_1, p_2 = (cells.a + 0.5) / (cells.n_1 + 1), (cells.c + 0.5) / (cells.n_2 + 1)
    se = _standard_error(p_1, cells.n_1, p_2, cells.n_2)
    return _around(cells, p_1 - p_2, z * se, se)


def hauck_anderson(cells: Cells, z: float) -> Limits:
    """Return Wald's interval with n - 1 in the variance and 1/(2 min n) added (Hauck & Anderson 1986)."""
    n_1, n_2 = cells.n_1, cells.n_2
    if min(n_1, n_2) <= 1:
        note = "A group of one patient has no variance with n - 1: the interval is all there is."
        return Limits(cells.p_1 - cells.p_2, -1.0, 1.0, notes=(note,))
    se = _standard_error(cells.p_1, n_1 - 1, cells.p_2, n_2 - 1)
    return _around(cells, cells.p_1 - cells.p_2, z * se + 1 / (2 * min(n_1, n_2)), se)


def haldane(cells: Cells, z: float) -> Limits:
    """Return Beal's interval with the mean of the two shares as the middle (Beal 1987, Haldane)."""
    return _beal(cells, z, (cells.p_1 + cells.p_2) / 2)


def jeffreys_perks(cells: Cells, z: float) -> Limits:
    """Return Beal's interval with the mean of the two Jeffreys estimates as the middle (Beal 1987)."""
    return _beal(cells, z, ((cells.a + 0.5) / (cells.n_1 + 1) + (cells.c + 0.5) / (cells.n_2 + 1)) / 2)


def _beal(cells: Cells, z: float, mean: float) -> Limits:
    difference = cells.p_1 - cells.p_2
    u, v = (1 / cells.n_1 + 1 / cells.n_2) / 4, (1 / cells.n_1 - 1 / cells.n_2) / 4
    lean = 1 - 2 * mean
    middle = (difference + z**2 * v * lean) / (1 + z**2 * u)
    spread = (
        u * (4 * mean * (1 - mean) - difference**2)
        + 2 * v * lean * difference
        + 4 * z**2 * u**2 * (1 - mean) * mean
        + z**2 * v**2 * lean**2
    )
    return _around(cells, middle, z / (1 + z**2 * u) * math.sqrt(max(spread, 0.0)))


FAMILY = Family(
    "difference-wald",
    (
        Method(
            name="wald",
            measure=Measure.RD,
            title="Wald",
            source="Altman DG, Practical Statistics for Medical Research, 1991",
            limits=wald,
            corrected=True,
        ),
        Method(
            name="wald-cc",
            measure=Measure.RD,
            title="Wald with continuity correction",
            source="Fleiss JL, Statistical Methods for Rates and Proportions, 1981",
            limits=wald_corrected,
            aliases=("waldcc",),
        ),
        Method(
            name="agresti-caffo",
            measure=Measure.RD,
            title="Agresti-Caffo: Wald after adding one of each",
            source="Agresti A, Caffo B, Am Stat 2000;54:280",
            limits=agresti_caffo,
            aliases=("ac",),
        ),
        Method(
            name="brown-li",
            measure=Measure.RD,
            title="Brown-Li: Jeffreys estimates",
            source="Brown L, Li X, J Stat Plan Inference 2005;130:359",
            limits=brown_li,
        ),
        Method(
            name="hauck-anderson",
            measure=Measure.RD,
            title="Hauck-Anderson",
            source="Hauck WW, Anderson S, Am Stat 1986;40:318",
            limits=hauck_anderson,
        ),
        Method(
            name="haldane",
            measure=Measure.RD,
            title="Beal's Haldane interval",
            source="Beal SL, Biometrics 1987;43:941",
            limits=haldane,
        ),
        Method(
            name="jeffreys-perks",
            measure=Measure.RD,
            title="Beal's Jeffreys-Perks interval",
            source="Beal SL, Biometrics 1987;43:941",
            limits=jeffreys_perks,
        ),
    ),
)
