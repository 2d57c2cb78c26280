"""Every dichotomy of the scale: patients up to a grade in each arm, compared as two proportions.

The odds ratio is Woolf's, the risk ratio Katz's, the interval of the risk difference Newcombe's hybrid of
two Wilson intervals (method 10, no continuity correction). The p is Pearson's, uncorrected. Where a cell is
0 and a ratio needs it not to be, 1/2 is added to all four, and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy.stats import chi2

from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest, ratio_estimate, z_of
from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.protocol.results.mrs import span_of

_NOBODY_DIFFERS = "all patients are on one side of the cut"
_ADDED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dichotomy:
    """The patients from 0 to a grade, of both arms; effects are of the first arm, above 1 or 0 better."""

    cut: str
    events: tuple[int, int]
    n: tuple[int, int]
    odds_ratio: Estimate
    risk_ratio: Estimate
    risk_difference: Estimate
    pearson: HypothesisTest

    def to_json(self) -> dict[str, Any]:
        """Return every part by its name."""
        return {
            "cut": self.cut,
            "events": list(self.events),
            "n": list(self.n),
            "or": self.odds_ratio.to_json(),
            "rr": self.risk_ratio.to_json(),
            "rd": self.risk_difference.to_json(),
            "p": self.pearson.p,
            "p_method": self.pearson.method,
        }


def dichotomies(table: MrsTable, level: float = 0.95) -> tuple[Dichotomy, ...]:
    """Return the dichotomy after each level but the last."""
    found, events = [], (0, 0)
    for place, name in enumerate(table.levels[:-1]):
        events = events[0] + table.counts[0][place], events[1] + table.counts[1][place]
        found.append(_dichotomy(f"0-{span_of(name)[1]}", events, table.n, level))
    return tuple(found)


def _dichotomy(cut: str, events: tuple[int, int], n: tuple[int, int], level: float) -> Dichotomy:
    return Dichotomy(
        cut=cut,
        events=events,
        n=n,
        odds_ratio=_odds_ratio(events, n, level),
        risk_ratio=_risk_ratio(events, n, level),
        risk_difference=_risk_difference(events, n, level),
        pearson=pearson(events, n),
    )


def pearson(events: tuple[int, int], n: tuple[int, int]) -> HypothesisTest:
    """Return Pearson's chi-square of two proportions without continuity correction."""
    method = "Pearson chi-square, uncorrected"
    both, size = sum(events), sum(n)
    if both in (0, size):
        return HypothesisTest(method=method, reason=_NOBODY_DIFFERS)
    excess = events[0] * n[1] - events[1] * n[0]
    statistic = excess**2 * size / (n[0] * n[1] * both * (size - both))
    return HypothesisTest(method=method, statistic=statistic, df=1, p=float(chi2.sf(statistic, 1)))


def _odds_ratio(events: tuple[int, int], n: tuple[int, int], level: float) -> Estimate:
    if sum(events) in (0, sum(n)):
        return Estimate(method="odds ratio", reason=_NOBODY_DIFFERS)
    cells = events[0], n[0] - events[0], events[1], n[1] - events[1]
    added = _ADDED if 0 in cells else 0.0
    a, b, c, d = (cell + added for cell in cells)
    se = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return ratio_estimate(
        math.log(a * d / (b * c)), se, level, _named("odds ratio", added), "Woolf, log scale"
    )


def _risk_ratio(events: tuple[int, int], n: tuple[int, int], level: float) -> Estimate:
    if sum(events) in (0, sum(n)):
        return Estimate(method="risk ratio", reason=_NOBODY_DIFFERS)
    added = _ADDED if 0 in events else 0.0
    (a, c), (first, second) = (e + added for e in events), (size + 2 * added for size in n)
    se = math.sqrt(1 / a - 1 / first + 1 / c - 1 / second)
    return ratio_estimate(
        math.log(a * second / (c * first)), se, level, _named("risk ratio", added), "Katz, log scale"
    )


def _risk_difference(events: tuple[int, int], n: tuple[int, int], level: float) -> Estimate:
    z = z_of(level)
    first, second = (e / size for e, size in zip(events, n, strict=True))
    (low_1, high_1), (low_2, high_2) = (wilson(e, size, z) for e, size in zip(events, n, strict=True))
    test = pearson(events, n)
    return Estimate(
        method="risk difference",
        interval="Newcombe, hybrid of two Wilson intervals",
        p_method=test.method,
        estimate=first - second,
        ci_low=first - second - math.hypot(first - low_1, high_2 - second),
        ci_high=first - second + math.hypot(high_1 - first, second - low_2),
        p=test.p,
        reason=test.reason,
    )


def wilson(events: int, n: int, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a proportion (J Am Stat Assoc 1927;22:209)."""
    share, square = events / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


def _named(measure: str, added: float) -> str:
    return f"{measure}, 1/2 added to each cell" if added else measure
