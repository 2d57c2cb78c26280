"""Events of which only the first can happen: cumulative incidence by cause, and Gray's test of groups.

One minus Kaplan-Meier, with the other events taken as censored, is no probability; Aalen and Johansen's
estimate is (Scand J Stat 1978;5:141-150). Gray RJ, Ann Stat 1988;16:1141-1154.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from tissueclock.evidence.survival.data import Counts, FollowUp, Numbers, at_risk, happened

_ALL = 1 - 1e-12
"""An incidence from here is 1: rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeIncidence:
    """The probability that one cause has come first by each time of an event of any cause."""

    cause: int
    times: Numbers
    at_risk: Counts
    events: Counts
    incidence: Numbers
    variance: Numbers

    def interval(self, level: float = 0.95) -> tuple[Numbers, Numbers]:
        """Return both ends on the log-log scale (Choudhury JB, Stat Med 2002;21:1129-1144).

        Where the incidence is 0 both ends are 0, where it is 1 both are 1.
        """
        reach = NormalDist().inv_cdf((1 + level) / 2)
        inside = (self.incidence > 0) & (self.incidence < _ALL)
        share = np.where(inside, self.incidence, 0.5)
        width = reach * np.sqrt(self.variance) / (share * np.abs(np.log(share)))
        low, high = share ** np.exp(width), share ** np.exp(-width)
        return np.where(inside, low, self.incidence), np.where(inside, high, self.incidence)

    def at(self, moments: ArrayLike) -> tuple[Numbers, Numbers]:
        """Return incidence and its variance at moments."""
        places = np.searchsorted(self.times, np.asarray(moments, dtype=np.float64), side="right")
        incidence, variance = (
            np.concatenate([[0.0], values])[places] for values in (self.incidence, self.variance)
        )
        return incidence, variance


def cumulative_incidence(times: ArrayLike, causes: ArrayLike, cause: int) -> CumulativeIncidence:
    """Return the incidence of one cause among people followed for `times`; 0 in `causes` is no event.

    The variance is the delta method's over the causes' hazards, each with a correction for ties.
    """
    moments, ended = np.asarray(times, dtype=np.float64), np.asarray(causes, dtype=np.int64)
    steps = np.unique(moments[ended != 0])
    risk = at_risk(moments, steps)
    this, other = (
        happened(moments[kept], steps) for kept in (ended == cause, (ended != 0) & (ended != cause))
    )
    after = np.cumprod(1 - (this + other) / risk)
    after[risk == this + other] = 0.0
    before = np.concatenate([[1.0], after[:-1]])
    incidence = np.minimum(np.cumsum(before * this / risk), 1.0)
    return CumulativeIncidence(
        cause=cause,
        times=steps,
        at_risk=risk,
        events=this,
        incidence=incidence,
        variance=_variance(incidence, before, risk, this, other),
    )


def _variance(
    incidence: Numbers, before: Numbers, risk: Counts, this: Counts, other: Counts
) -> NDArray[np.float64]:
    """Return the variance of the incidence at every time.

    With F the incidence, S the share without any event before a time, and r(t) what F still grows by from s
    to t over the share that passes s, it is the sum over s <= t of (S - r)^2 v1 + r^2 v2, v being the
    variances of the hazards. As r is linear in F(t), sums over s do for all t.
    """
    passing = 1 - (this + other) / risk
    inverse = np.divide(1.0, passing, out=np.zeros_like(passing), where=passing > 0)
    one, two = (_hazard_variance(events, risk) for events in (this, other))
    both, shifted = (one + two) * inverse**2, before + incidence * inverse
    # S - r = (S + F(s) inverse) - F(t) inverse, and r = F(t) inverse - F(s) inverse.
    square = np.cumsum(both)
    linear = np.cumsum(one * shifted * inverse + two * incidence * inverse**2)
    constant = np.cumsum(one * shifted**2 + two * (incidence * inverse) ** 2)
    return np.maximum(square * incidence**2 - 2 * linear * incidence + constant, 0.0)


def _hazard_variance(events: Counts, risk: Counts) -> Numbers:
    ties = np.where(events > 1, 1 - (events - 1) / np.maximum(risk - 1, 1), 1.0)
    return events / risk.astype(np.float64) ** 2 * ties


@dataclass(frozen=True, slots=True, kw_only=True)
class GrayTest:
    """The test that one cause's incidence is alike in all groups; without one, `reason` says why."""

    cause: int
    statistic: float | None = None
    df: int | None = None
    p: float | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        found = {"statistic": self.statistic, "df": self.df, "p": self.p}
        return found | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True, eq=False)
class _Hazards:
    """Of each group (rows) at each time of an event: people, survival, and the incidence before it."""

    this: Numbers
    other: Numbers
    risk: Numbers
    before: Numbers
    after: Numbers
    incidence_before: Numbers

    @property
    def weight(self) -> Numbers:
        """People at risk over the share without any event before: how many there would be of the start."""
        return np.divide(self.risk, self.before, out=np.zeros_like(self.risk), where=self.before > 0)


def gray_test(data: FollowUp, cause: int) -> GrayTest:
    """Return Gray's test (rho 0) of one cause, summed over strata."""
    size = len(data.groups)
    score, covariance = np.zeros(size), np.zeros((size, size))
    for part in data.by_stratum():
        found = _hazards(part, cause)
        if found.this.sum() > 0:
            score, covariance = score + _score(found), covariance + _covariance(found)
    inner = covariance[1:, 1:]
    if size < 2:
        return GrayTest(cause=cause, reason="there is one group only")
    if np.linalg.matrix_rank(inner, hermitian=True) < size - 1:
        return GrayTest(cause=cause, reason="too few events to compare the groups")
    statistic = float(score[1:] @ np.linalg.solve(inner, score[1:]))
    return GrayTest(cause=cause, statistic=statistic, df=size - 1, p=float(chi2.sf(statistic, size - 1)))


def _hazards(part: FollowUp, cause: int) -> _Hazards:
    moments = np.unique(part.times[part.events])
    rows = []
    for at in range(len(part.groups)):
        times, causes = part.of_group(at)
        this = happened(times[causes == cause], moments)
        other = happened(times[(causes != 0) & (causes != cause)], moments)
        risk = at_risk(times, moments)
        share = np.divide(this + other, risk, out=np.zeros(len(moments)), where=risk > 0)
        after = np.cumprod(1 - share)
        after[np.logical_or.accumulate((risk > 0) & (risk == this + other))] = 0.0
        before = np.concatenate([[1.0], after[:-1]])
        grown = np.divide(before * this, risk, out=np.zeros(len(moments)), where=risk > 0)
        incidence = np.concatenate([[0.0], np.cumsum(grown)[:-1]])
        rows.append((this, other, risk, before, after, incidence))
    return _Hazards(*(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))


def _score(found: _Hazards) -> Numbers:
    """Return each group's events of the cause minus those expected: z of Gray's section 2, with K = 1."""
    waiting = found.weight * (1 - found.incidence_before)
    total = waiting.sum(axis=0)
    share = np.divide(waiting, total, out=np.zeros_like(waiting), where=total > 0)
    return np.asarray((found.this - share * found.this.sum(axis=0)).sum(axis=1))


def _covariance(found: _Hazards) -> NDArray[np.float64]:
    """Return the covariance of the scores (Gray 1988, section 3), each integral a sum over times.

    With h a group's weight, D(k, r) what group k's score changes by with an event of group r, and c its
    integral over the common incidence, an event of the cause in group r moves the score of k by a(k, r) / h,
    one of another cause by b(k, r) / h. Both terms have a correction for ties.
    """
    weight = found.weight
    total = weight.sum(axis=0)
    ours, dying = range(len(weight)), found.this.sum(axis=0)
    growth = np.divide(dying, total, out=np.zeros_like(dying), where=total > 0)
    common = np.cumsum(growth)
    free_before, free_after = 1 - (common - growth), 1 - common
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    covariance = np.zeros((len(weight), len(weight)))
    for group in ours:
        alive, h = found.risk[group] > 0, weight[group]
        change = ((np.arange(len(weight)) == group)[:, None] - share) * h
        step = change * np.divide(growth, free_before, out=np.zeros_like(growth), where=free_before > 0)
        rest = step.sum(axis=1, keepdims=True) - np.cumsum(step, axis=1)
        after = found.after[group]
        free = np.divide(free_after, after, out=np.zeros_like(after), where=after > 0)
        a, b = np.where(alive, change + (1 - free) * rest, 0.0), np.where(alive, free * rest, 0.0)
        inverse = np.divide(1.0, h, out=np.zeros_like(h), where=h > 0)
        hazard = np.divide(
            found.before[group] * found.other[group], found.risk[group], out=np.zeros_like(h), where=alive
        )
        first = inverse * growth * _ties(dying, total * found.before[group])
        second = inverse * hazard * _ties(found.other[group], found.risk[group])
        covariance += (a * first) @ a.T + (b * second) @ b.T
    return covariance


def _ties(events: Numbers, risk: Numbers) -> Numbers:
    """Return the share that the variance keeps where several events of `risk` people fall on one time."""
    rest = np.divide(events - 1, risk - 1, out=np.ones_like(risk), where=risk > 1)
    return np.where(events > 1, 1 - rest, 1.0)
