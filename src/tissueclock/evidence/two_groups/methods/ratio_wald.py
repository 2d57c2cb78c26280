"""Intervals of the risk ratio in closed form: Katz's on the log scale, and those that improve on it."""

from __future__ import annotations

import math

from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Family, Method
from tissueclock.evidence.two_groups.table import Cells


def log_variance(cells: Cells) -> float:
    """Return the delta-method variance of log RR: 1/a - 1/n1 + 1/c - 1/n2; a and c must not be zero."""
    return 1 / cells.a - 1 / cells.n_1 + 1 / cells.c - 1 / cells.n_2


def lacks_variance(cells: Cells) -> bool:
    """Tell whether log RR or its standard error is infinite, or the error zero (everybody has the event)."""
    return cells.a == 0 or cells.c == 0 or (cells.b == 0 and cells.d == 0)


def katz(cells: Cells, z: float) -> Limits:
    """Return exp(log RR +- z SE) (Katz 1978); there must be events in both groups."""
    log_rr, se = math.log(cells.p_1 / cells.p_2), math.sqrt(log_variance(cells))
    return Limits(cells.p_1 / cells.p_2, math.exp(log_rr - z * se), math.exp(log_rr + z * se), se)


def adjusted_log(cells: Cells, z: float) -> Limits:
    """Return Katz's interval from events and patients with 1/2 more (Walter 1975) around the plain RR."""
    a, n_1, c, n_2 = cells.a + 0.5, cells.n_1 + 0.5, cells.c + 0.5, cells.n_2 + 0.5
    log_rr, se = math.log(a / n_1 / (c / n_2)), math.sqrt(1 / a - 1 / n_1 + 1 / c - 1 / n_2)
    return Limits(cells.p_1 / cells.p_2, math.exp(log_rr - z * se), math.exp(log_rr + z * se), se)


def noether(cells: Cells, z: float) -> Limits:
    """Return RR +- z RR SE(log RR), not below zero (Noether 1957): symmetric on the ratio itself."""
    ratio = cells.p_1 / cells.p_2
    se = ratio * math.sqrt(log_variance(cells))
    return Limits(ratio, max(0.0, ratio - z * se), ratio + z * se, se)


def inverse_sinh(cells: Cells, z: float) -> Limits:
    """Return exp(log RR +- 2 asinh(z SE / 2)) (Newcombe 2001), a little narrower than Katz's."""
    log_rr, se = math.log(cells.p_1 / cells.p_2), math.sqrt(log_variance(cells))
    reach = 2 * math.asinh(z / 2 * se)
    return Limits(cells.p_1 / cells.p_2, math.exp(log_rr - reach), math.exp(log_rr + reach), se)


def bailey(cells: Cells, z: float) -> Limits:
    """Return Bailey's interval by cube roots (1987); where all have the event, half a patient less does."""
    a = cells.a - 0.5 if cells.b == 0 else cells.a
    c = cells.c - 0.5 if cells.d == 0 else cells.c
    q_1, q_2 = 1 - a / cells.n_1, 1 - c / cells.n_2
    middle = a / cells.n_1 / (c / cells.n_2)
    reach = z / 3 * math.sqrt(max(q_1 / a + q_2 / c - z**2 * q_1 * q_2 / (9 * a * c), 0.0))
    rest = 1 - z**2 * q_2 / (9 * c)
    low = middle * max((1 - reach) / rest, 0.0) ** 3 if rest > 0 else 0.0
    high = middle * ((1 + reach) / rest) ** 3 if rest > 0 else math.inf
    return Limits(cells.p_1 / cells.p_2, low, high)


FAMILY = Family(
    "ratio-wald",
    (
        Method(
            name="katz",
            measure=Measure.RR,
            title="Katz: Wald on the log scale",
            source="Katz D et al., Biometrics 1978;34:469",
            limits=katz,
            corrected=True,
            needs=lacks_variance,
            aliases=("wald", "katz-log"),
        ),
        Method(
            name="adjusted-log",
            measure=Measure.RR,
            title="Walter: Katz with 1/2 more events and patients",
            source="Walter SD, Biometrika 1975;62:371",
            limits=adjusted_log,
            corrected=True,
            needs=lacks_variance,
            aliases=("walter",),
        ),
        Method(
            name="bailey",
            measure=Measure.RR,
            title="Bailey: cube roots",
            source="Bailey BJR, Appl Stat 1987;36:201",
            limits=bailey,
            corrected=True,
            needs=lacks_variance,
        ),
        Method(
            name="noether",
            measure=Measure.RR,
            title="Noether: Wald on the ratio itself",
            source="Noether GE, Stat Neerl 1957;11:27",
            limits=noether,
            corrected=True,
            needs=lacks_variance,
        ),
        Method(
            name="inverse-sinh",
            measure=Measure.RR,
            title="inverse hyperbolic sine",
            source="Newcombe RG, Am Stat 2001;55:200",
            limits=inverse_sinh,
            corrected=True,
            needs=lacks_variance,
        ),
    ),
)
