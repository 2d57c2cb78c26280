"""The score interval over strata, with Mantel-Haenszel weights n1 n2 / N (Miettinen & Nurminen 1985)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tissueclock.evidence.two_groups.effect import Effect, normal_quantile
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.score_moments import MOMENTS, root_of, standardised
from tissueclock.evidence.two_groups.strata import Strata
from tissueclock.evidence.two_groups.table import TwoByTwo


def score_over_strata(strata: Strata, measure: Measure, level: float = 0.95) -> Effect:
    """Return the value whose weighted score is 0, and all values that the score test does not reject.

    Strata without events say nothing about a ratio, nor those in which everybody has the event about an odds
    ratio; they are left out of it. An end that no stratum bounds is open.
    """
    z = normal_quantile(level)
    tables = [table for table in strata.tables if _tells(table, measure)]
    estimate, low, high = (_solved(tables, measure, at) for at in (0.0, z, -z))
    smallest, largest = (-1.0, 1.0) if measure is Measure.RD else (0.0, math.inf)
    return Effect(
        measure=measure,
        method="mn",
        title="Miettinen-Nurminen score over strata",
        level=level,
        estimate=estimate,
        ci_low=smallest if low is None else low,
        ci_high=largest if high is None else high,
        notes=() if estimate is not None else ("No value makes the weighted score zero.",),
    )


def _tells(table: TwoByTwo, measure: Measure) -> bool:
    if measure is Measure.RR:
        return table.events > 0
    return measure is Measure.RD or not table.one_sided


def weighted_score(tables: Sequence[TwoByTwo], measure: Measure, value: float) -> float:
    """Return the standardised weighted sum of the strata's scores, N/(N - 1) in each variance."""
    score = variance = 0.0
    for table in tables:
        found = MOMENTS[measure](table.cells(), value)
        weight = table.n_1 * table.n_2 / table.n
        score += weight * found.score
        variance += weight**2 * found.variance * table.n / (table.n - 1)
    return standardised(score, variance)


def _solved(tables: Sequence[TwoByTwo], measure: Measure, z: float) -> float | None:
    if not tables:
        return None
    return root_of(measure, lambda value: weighted_score(tables, measure, value) - z)
