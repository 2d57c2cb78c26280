"""Cox's partial likelihood with its slope and curvature, for three ways of treating events at one time.

Cox DR, J R Stat Soc B 1972;34:187-220. Ties: Breslow N, Biometrics 1974;30:89-99; Efron B, J Am Stat Assoc
1977;72:557-565; exact is Cox's discrete likelihood, by the recursion of Gail MH, Lubin JH, Rubinstein LV,
Biometrika 1981;68:703-707.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Ties(Enum):
    """How events at one time share a risk set."""

    EFRON = "efron"
    BRESLOW = "breslow"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What the likelihood sums: log likelihood of each event, its residual, and its curvature.

    `residual` is covariates of the event minus their mean over the risk set (events x covariates),
    `curvature` the covariance there (events x covariates x covariates). Rows are in the order of `time`; with
    exact ties a row is all events of one time, and `time` is given once.
    """

    time: Numbers
    log_likelihood: Numbers
    residual: Numbers
    curvature: Numbers

    @property
    def is_finite(self) -> bool:
        """Whether all of it are numbers: far from the maximum a risk set can weigh nothing."""
        return all(np.isfinite(part).all() for part in (self.log_likelihood, self.residual, self.curvature))

    @property
    def score(self) -> Numbers:
        """The slope of the log likelihood."""
        return np.asarray(self.residual.sum(axis=0))

    @property
    def information(self) -> Numbers:
        """The negative of its curvature."""
        return np.asarray(self.curvature.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """People of one stratum by time, longest first, with covariates centred; `events` says who had one."""

    times: Numbers
    events: NDArray[np.bool_]
    covariates: Numbers


def risk_sets(
    times: Numbers, events: NDArray[np.bool_], covariates: Numbers, stratum: NDArray[np.int64]
) -> tuple[RiskSets, ...]:
    """Return the strata in which somebody had an event; the covariates' mean over all is taken away."""
    centred = covariates - covariates.mean(axis=0)
    found = []
    for name in np.unique(stratum):
        kept = np.flatnonzero(stratum == name)
        if events[kept].any():
            order = kept[np.argsort(-times[kept], kind="stable")]
            found.append(RiskSets(times[order], events[order], centred[order]))
    return tuple(found)


def moments(strata: tuple[RiskSets, ...], beta: Numbers, ties: Ties) -> Moments:
    """Return the likelihood at `beta`, over all strata; ask `is_finite` of it."""
    one = _exact if ties is Ties.EXACT else _summed
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        parts = [one(part, beta, ties) for part in strata]
    return Moments(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


_Part = tuple[Numbers, Numbers, Numbers, Numbers]


def _summed(part: RiskSets, beta: Numbers, ties: Ties) -> _Part:
    """Return the moments of one stratum, one row an event, by cumulative sums over the risk sets.

    Of d events at one time the j-th (from 0) sees the risk set less j/d of these events with Efron's way, and
    all of it with Breslow's.
    """
    linear = part.covariates @ beta
    risk = np.exp(linear - linear.max())
    sums = [np.cumsum(values, axis=0) for values in _weighted(risk, part.covariates)]
    when = np.flatnonzero(part.events)
    event_times = part.times[when]
    last = np.searchsorted(-part.times, -event_times, side="right") - 1
    s0, s1, s2 = (values[last] for values in sums)
    if ties is Ties.EFRON:
        share, own = _shares(event_times, _weighted(risk[when], part.covariates[when]))
        s0 = s0 - share * own[0]
        s1 = s1 - share[:, None] * own[1]
        s2 = s2 - share[:, None, None] * own[2]
    mean = s1 / s0[:, None]
    curvature = s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :]
    likelihood = linear[when] - linear.max() - np.log(s0)
    return event_times, likelihood, part.covariates[when] - mean, curvature


def _weighted(risk: Numbers, covariates: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    first = risk[:, None] * covariates
    return risk, first, first[:, :, None] * covariates[:, None, :]


def _shares(
    event_times: Numbers, values: tuple[Numbers, Numbers, Numbers]
) -> tuple[Numbers, tuple[Numbers, Numbers, Numbers]]:
    """Return for each event its j/d, and the sums over the d events of its time; times fall."""
    starts = np.flatnonzero(np.concatenate([[True], event_times[1:] != event_times[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(event_times)]]))
    number = np.arange(len(event_times)) - np.repeat(starts, sizes)
    sums = [np.repeat(np.add.reduceat(one, starts, axis=0), sizes, axis=0) for one in values]
    return number / np.repeat(sizes, sizes), (sums[0], sums[1], sums[2])


def _exact(part: RiskSets, beta: Numbers, _: Ties) -> _Part:
    rows = list(_exact_rows(part, beta))
    return (
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows]),
    )


def _exact_rows(part: RiskSets, beta: Numbers) -> Iterator[tuple[float, float, Numbers, Numbers]]:
    """Yield, for each time of events, the chance that just these people of the risk set had them."""
    linear = part.covariates @ beta
    for time in np.unique(part.times[part.events]):
        inside = part.times >= time
        own = (part.times == time) & part.events
        log_sum, mean, spread = _subsets(linear[inside], part.covariates[inside], int(own.sum()))
        yield time, float(linear[own].sum() - log_sum), part.covariates[own].sum(axis=0) - mean, spread


def _subsets(linear: Numbers, covariates: Numbers, size: int) -> tuple[float, Numbers, Numbers]:
    """Return the log of the sum over all subsets of `size` of the product of risks, its slope and curvature.

    Person by person, with the sums of all smaller subsets: with a person of risk w and covariates x, sums of
    size k become B(k) + w B(k - 1), and their derivatives follow by the product rule. The risks are scaled so
    that the largest is 1, which the slope and curvature of the logarithm do not see.
    """
    width = covariates.shape[1]
    level = float(linear.max())
    b0, b1, b2 = np.zeros(size + 1), np.zeros((size + 1, width)), np.zeros((size + 1, width, width))
    b0[0] = 1.0
    for risk, x in zip(np.exp(linear - level), covariates, strict=True):
        outer = np.outer(x, x)
        cross = x[None, :, None] * b1[:-1, None, :] + b1[:-1, :, None] * x[None, None, :]
        b2[1:] += risk * (b2[:-1] + cross + outer * b0[:-1, None, None])
        b1[1:] += risk * (b1[:-1] + x * b0[:-1, None])
        b0[1:] += risk * b0[:-1]
    mean = b1[size] / b0[size]
    return float(np.log(b0[size]) + size * level), mean, b2[size] / b0[size] - np.outer(mean, mean)
