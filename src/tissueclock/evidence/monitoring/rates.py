"""A group-sequential trial of two proportions: cumulative counts at each look, in and out.

z is that of the pooled variance. Repeated intervals of the risk difference turn the score of Farrington and
Manning around with the bound of the look; the final estimate and its interval are the drift times the
unpooled standard error of the look at which the trial ended, scaled to full information.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from tissueclock.core.errors import InputError
from tissueclock.evidence.farrington_manning import Rates, score_interval
from tissueclock.evidence.monitoring.design import Design
from tissueclock.evidence.monitoring.inference import Analysis, Interval, analyse


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesFound:
    """The analysis on the z scale, and on that of the risk difference (first group minus second).

    `repeated` has one interval a look; `estimate` (median unbiased) and `interval` are None until the end.
    """

    analysis: Analysis
    differences: tuple[float, ...]
    repeated: tuple[Interval, ...]
    estimate: float | None
    interval: Interval | None


def pooled_z(rates: Rates, *, fewer_is_better: bool = False) -> float:
    """Return z of the difference with the pooled variance, above 0 where the first group does better.

    Raises InputError where nobody or everybody has the event, so that there is no z.
    """
    events, n = rates.events_1 + rates.events_2, rates.n_1 + rates.n_2
    if events in (0, n):
        raise InputError(
            f"{events} of {n} patients have the event, so that there is no z.",
            remedy="Wait for the first patient who differs.",
        )
    pooled = events / n
    z = rates.difference / math.sqrt(pooled * (1 - pooled) * (1 / rates.n_1 + 1 / rates.n_2))
    return -z if fewer_is_better else z


def unpooled_error(rates: Rates) -> float:
    """Return the standard error of the difference with each group's own variance."""
    first, second = rates.events_1 / rates.n_1, rates.events_2 / rates.n_2
    return math.sqrt(first * (1 - first) / rates.n_1 + second * (1 - second) / rates.n_2)


def analyse_rates(design: Design, looks: Sequence[Rates], *, fewer_is_better: bool = False) -> RatesFound:
    """Return what the cumulative counts of the first looks say.

    Raises InputError where counts fall from one look to the next, or make no z.
    """
    _check_cumulative(looks)
    sign = -1.0 if fewer_is_better else 1.0
    found = analyse(design, [pooled_z(rates, fewer_is_better=fewer_is_better) for rates in looks])
    estimate, interval = None, None
    if found.final is not None:
        at = found.final.look - 1
        scale = sign * unpooled_error(looks[at]) * math.sqrt(design.plan.information[at])
        estimate = scale * found.final.median_unbiased
        low, high = sorted(scale * end for end in found.final.interval)
        interval = (low, high)
    return RatesFound(
        analysis=found,
        differences=tuple(rates.difference for rates in looks),
        repeated=tuple(
            score_interval(rates, bound) for rates, bound in zip(looks, design.upper, strict=False)
        ),
        estimate=estimate,
        interval=interval,
    )


def _check_cumulative(looks: Sequence[Rates]) -> None:
    for look, (before, after) in enumerate(itertools.pairwise(looks), start=2):
        grown = (
            after.events_1 - before.events_1,
            after.n_1 - before.n_1 - (after.events_1 - before.events_1),
            after.events_2 - before.events_2,
            after.n_2 - before.n_2 - (after.events_2 - before.events_2),
        )
        if min(grown) < 0 or sum(grown) == 0:
            raise InputError(
                f"the counts of look {look} do not hold those of the look before.",
                remedy="Give the cumulative events and patients of each look.",
            )
