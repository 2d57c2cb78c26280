"""Score intervals of all three measures: every value that a score test at its own null does not reject.

With the factor N/(N - 1) in the variance the interval is Miettinen and Nurminen's; without it Mee's (RD),
Koopman's (RR) and Cornfield's (OR). With Laud's correction for skewness, and for bias in the odds ratio, both
tails are closer to what they should be. No table needs a correction: an open end is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Family, Method
from tissueclock.evidence.two_groups.score_moments import MOMENTS, Moments, root_of, standardised
from tissueclock.evidence.two_groups.table import Cells


def bounds(measure: Measure) -> tuple[float, float]:
    """Return the smallest and the largest value of a measure."""
    return (-1.0, 1.0) if measure is Measure.RD else (0.0, math.inf)


def plain_estimate(measure: Measure, cells: Cells) -> float | None:
    """Return the measure from the cells as they are: infinite over a zero, None for 0/0."""
    if measure is Measure.RD:
        return cells.p_1 - cells.p_2
    above, below = (cells.p_1, cells.p_2) if measure is Measure.RR else (cells.a * cells.d, cells.b * cells.c)
    if below > 0:
        return above / below
    return math.inf if above > 0 else None


def open_ends(measure: Measure, cells: Cells) -> tuple[bool, bool]:
    """Tell whether the data cannot bound the measure from below, and from above."""
    if measure is Measure.RR:
        return cells.a == 0, cells.c == 0
    if measure is Measure.OR:
        return 0 in (cells.a, cells.d), 0 in (cells.b, cells.c)
    return cells.p_1 - cells.p_2 <= -1, cells.p_1 - cells.p_2 >= 1


def score_interval(cells: Cells, z: float, *, measure: Measure, unbiased: bool) -> Limits:
    """Return the score interval, `unbiased` with N/(N - 1) in the variance."""
    factor = _factor(cells) if unbiased else 1.0

    def statistic(value: float) -> float:
        found = MOMENTS[measure](cells, value)
        return standardised(found.score, factor * found.variance)

    low, high = _limits(measure, cells, z, lambda value, _: statistic(value))
    return Limits(plain_estimate(measure, cells), low, high)


def laud(cells: Cells, z: float, *, measure: Measure) -> Limits:
    """Return Laud's interval: the score less (z^2 - 1) times its skewness/6; its own estimate at z = 0."""
    factor = _factor(cells)

    def statistic(value: float, at: float) -> float:
        return skewed(MOMENTS[measure](cells, value), factor, at)

    low, high = _limits(measure, cells, z, statistic)
    estimate = plain_estimate(measure, cells)
    if 0 < cells.a + cells.c < cells.n_1 + cells.n_2:
        own = root_of(measure, lambda value: statistic(value, 0.0))
        estimate = estimate if own is None else own  # none where the plain one is at an end
    if estimate is None or low <= estimate <= high:
        return Limits(estimate, low, high)
    plain = score_interval(cells, z, measure=measure, unbiased=True)
    note = "So few patients are too skewed for Laud's correction: these are Miettinen and Nurminen's limits."
    return Limits(plain.estimate, plain.low, plain.high, notes=(note,))


def skewed(found: Moments, factor: float, z: float) -> float:
    """Return the standardised score corrected for skewness and bias as it is at `z`."""
    variance = factor * found.variance
    plain = standardised(found.score - found.bias, variance)
    if variance <= 0:
        return plain
    return plain - (z**2 - 1) * found.third / 6 / variance / math.sqrt(variance)


def _factor(cells: Cells) -> float:
    n = cells.n_1 + cells.n_2
    return n / (n - 1)


def _limits(
    measure: Measure, cells: Cells, z: float, statistic: Callable[[float, float], float]
) -> tuple[float, float]:
    """Return where the statistic, a falling function of the value, is z and -z."""
    smallest, largest = bounds(measure)
    low_open, high_open = open_ends(measure, cells)
    low = None if low_open else root_of(measure, lambda value: statistic(value, z) - z)
    high = None if high_open else root_of(measure, lambda value: statistic(value, -z) + z)
    return smallest if low is None else low, largest if high is None else high


def _method(
    name: str, measure: Measure, title: str, source: str, limits: Callable[..., Limits], *aliases: str
) -> Method:
    return Method(
        name=name,
        measure=measure,
        title=title,
        source=source,
        limits=partial(limits, measure=measure),
        aliases=aliases,
    )


_MN = "Miettinen OS, Nurminen M, Stat Med 1985;4:213"
_with_factor = partial(score_interval, unbiased=True)
_without = partial(score_interval, unbiased=False)

FAMILY = Family(
    "score",
    (
        *(
            _method("mn", measure, "Miettinen-Nurminen score", _MN, _with_factor, "miettinen-nurminen")
            for measure in Measure
        ),
        *(
            _method(
                "laud",
                measure,
                "Laud score, corrected for skewness",
                "Laud PJ, Pharm Stat 2017;16:334 and 2018;17:290",
                laud,
                "scas",
            )
            for measure in Measure
        ),
        _method("mee", Measure.RD, "Mee score", "Mee RW, Biometrics 1984;40:1175", _without),
        _method("koopman", Measure.RR, "Koopman score", "Koopman PAR, Biometrics 1984;40:513", _without),
        _method(
            "cornfield",
            Measure.OR,
            "Cornfield score",
            "Cornfield J, Proc 3rd Berkeley Symp 1956;4:135",
            _without,
        ),
    ),
)
