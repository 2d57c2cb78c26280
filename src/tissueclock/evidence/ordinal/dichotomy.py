"""Every dichotomy of the scale: patients up to a grade in each arm, compared as two groups.

The odds ratio is Woolf's, the risk ratio Katz's, the interval of the risk difference Newcombe's hybrid of
two Wilson intervals. The p of a cut is Pearson's, uncorrected. All of them are those of `two_groups`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tissueclock.evidence.ordinal.estimate import Estimate, HypothesisTest, two_sided
from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.evidence.two_groups.effect import effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.significance import pearson
from tissueclock.evidence.two_groups.table import TwoByTwo
from tissueclock.protocol.results.mrs import span_of

_NOBODY_DIFFERS = "all patients are on one side of the cut"


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
    found, (n_1, n_2), first, second = [], table.n, 0, 0
    for place, name in enumerate(table.levels[:-1]):
        first, second = first + table.counts[0][place], second + table.counts[1][place]
        groups = TwoByTwo(events_1=first, n_1=n_1, events_2=second, n_2=n_2)
        found.append(_dichotomy(f"0-{span_of(name)[1]}", groups, level))
    return tuple(found)


def _dichotomy(cut: str, groups: TwoByTwo, level: float) -> Dichotomy:
    tested = pearson(groups)
    chi_square = HypothesisTest(
        method=tested.title,
        statistic=tested.statistic,
        df=tested.df,
        p=tested.p,
        reason=_NOBODY_DIFFERS if tested.p is None else "",
    )
    return Dichotomy(
        cut=cut,
        events=(groups.events_1, groups.events_2),
        n=(groups.n_1, groups.n_2),
        odds_ratio=_ratio(groups, Measure.OR, "woolf", level),
        risk_ratio=_ratio(groups, Measure.RR, "katz", level),
        risk_difference=_difference(groups, level, chi_square),
        pearson=chi_square,
    )


def _ratio(groups: TwoByTwo, measure: Measure, method: str, level: float) -> Estimate:
    """Return a ratio with Wald's p of its logarithm; 1/2 is added to each cell where one is empty.

    With patients on both sides of the cut there is always one.
    """
    found = effect(groups, measure, method, level=level)
    if groups.one_sided or found.estimate is None or found.se is None:
        return Estimate(method=measure.words, reason=_NOBODY_DIFFERS)
    return Estimate(
        method=f"{measure.words}, 1/2 added to each cell" if found.added else measure.words,
        interval=f"{method.capitalize()}, log scale",
        p_method="Wald, log scale",
        estimate=found.estimate,
        se=found.se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p=two_sided(math.log(found.estimate) / found.se),
    )


def _difference(groups: TwoByTwo, level: float, tested: HypothesisTest) -> Estimate:
    found = effect(groups, Measure.RD, "newcombe", level=level)
    return Estimate(
        method=Measure.RD.words,
        interval="Newcombe, hybrid of two Wilson intervals",
        p_method=tested.method,
        estimate=found.estimate,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p=tested.p,
        reason=tested.reason,
    )
