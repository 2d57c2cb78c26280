"""How a Bayesian rule with interim looks behaves at true rates: exact, by following every pair of counts.

At each look the trial ends in success where the chance that the first group is better exceeds the rule's
limit, and is given up where that chance is at most a lower limit. The chance of each pair of counts that has
gone on is carried from look to look by the binomial chances of the new patients; nothing is simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.evidence.bayes.predictive import Rule, walked_edge
from tissueclock.evidence.binomial import binomial
from tissueclock.evidence.farrington_manning import Rates

Array = NDArray[np.float64]
Region = NDArray[np.bool_]
MOST_PATIENTS = 1000
"""So many in a group take seconds: our choice."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look at `n_1` and `n_2` patients: the pairs of counts that end in success, and that are given up."""

    n_1: int
    n_2: int
    success: Region
    given_up: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """At true rates: the chance of success and of being given up by each look, and the expected patients.

    Being given up counts at looks before the last: at the end what is no success is none.
    """

    rate_1: float
    rate_2: float
    success: tuple[float, ...]
    given_up: tuple[float, ...]
    expected_n: float


def plan_looks(
    rule: Rule, sizes: Sequence[tuple[int, int]], give_up: float | None = None
) -> tuple[Look, ...]:
    """Return the looks after so many patients of both groups.

    Raises InputError unless sizes rise up to 1000 a group and `give_up` lies between 0 and the rule's limit.
    """
    grown = [
        min(end[0] - begin[0], end[1] - begin[1]) for begin, end in zip(((0, 0), *sizes), sizes, strict=False)
    ]
    if not sizes or min(grown) < 1 or max(sizes[-1]) > MOST_PATIENTS:
        raise InputError(
            f"the looks are after {', '.join(f'{n_1} and {n_2}' for n_1, n_2 in sizes) or 'no'} patients.",
            remedy=f"Give rising numbers for both groups, up to {MOST_PATIENTS}.",
        )
    if give_up is not None and not 0 < give_up < rule.limit:
        raise InputError(
            f"the trial is given up at a chance of {give_up:g}.",
            remedy=f"Use between 0 and the limit of success, {rule.limit:g}.",
        )
    return tuple(_look(rule, n_1, n_2, give_up) for n_1, n_2 in sizes)


def behaviour(looks: Sequence[Look], rate_1: float, rate_2: float) -> Behaviour:
    """Return how the looks behave at these true rates; raises InputError unless both lie between 0 and 1."""
    if not (0 <= rate_1 <= 1 and 0 <= rate_2 <= 1):
        raise InputError(f"true rates of {rate_1:g} and {rate_2:g} were given.", remedy="Use 0 to 1.")
    going, before, expected = np.ones((1, 1)), (0, 0), 0.0
    success: list[float] = []
    given_up: list[float] = []
    for look in looks:
        new = binomial(look.n_1 - before[0], rate_1), binomial(look.n_2 - before[1], rate_2)
        going = _grown(_grown(going, new[0]).T, new[1]).T
        before = look.n_1, look.n_2
        last = look is looks[-1]
        stops = look.success | (look.given_up & (not last))
        success.append(float(going[look.success].sum()))
        given_up.append(0.0 if last else float(going[look.given_up].sum()))
        expected += (look.n_1 + look.n_2) * float(going.sum() if last else going[stops].sum())
        going = np.where(stops, 0.0, going)
    return Behaviour(
        rate_1=rate_1,
        rate_2=rate_2,
        success=tuple(accumulate(success)),
        given_up=tuple(accumulate(given_up)),
        expected_n=expected,
    )


def _look(rule: Rule, n_1: int, n_2: int, give_up: float | None) -> Look:
    success = _region(rule, n_1, n_2)
    nowhere = np.zeros((n_1 + 1, n_2 + 1), dtype=bool)
    given_up = nowhere if give_up is None else ~_region(replace(rule, limit=give_up), n_1, n_2)
    return Look(n_1, n_2, success, given_up)


def _region(rule: Rule, n_1: int, n_2: int) -> Region:
    """Return which pairs of counts have a chance above the rule's limit. Shape: (n_1 + 1, n_2 + 1)."""

    def is_high(events_1: int, events_2: int) -> bool:
        return rule.succeeds(Rates(events_1, n_1, events_2, n_2)) is not rule.fewer_is_better

    high = np.arange(n_1 + 1)[:, None] >= walked_edge(is_high, n_1, n_2)[None, :]
    return np.asarray(~high if rule.fewer_is_better else high)


def _grown(going: Array, new: Array) -> Array:
    """Return the chances after new patients of the first axis: every column convolved."""
    rows = going.shape[0] + new.size - 1
    grown = np.zeros((rows, going.shape[1]))
    for events, chance in enumerate(new):
        grown[events : events + going.shape[0]] += chance * going
    return grown
