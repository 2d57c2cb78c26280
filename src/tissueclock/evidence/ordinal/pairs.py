"""Every patient of the first arm against every one of the second: who does better, and how often.

A pair is won by the better level of the scale, and tied within a level. Standard errors are those of the
first-order projection of a U statistic, divided by n (Buyse M, Stat Med 2010;29:3245; Bebu I and Lachin JM,
Biostatistics 2016;17:178): R's BuyseTest without its second order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tissueclock.evidence.ordinal.estimate import (
    Estimate,
    HypothesisTest,
    ratio_estimate,
    two_sided,
    two_sided_t,
    z_of,
)
from tissueclock.evidence.ordinal.table import MrsTable

Whole = NDArray[np.int64]
_INTERVAL = "first-order U statistic, log scale"


class Ties(Enum):
    """What a tied pair counts in an odds ratio of pairs."""

    SPLIT = "split"  # half a win and half a loss (O'Brien PC, Castelloe J, SUGI 2006; Churilov L 2014)
    DROP = "drop"  # nothing (Agresti A, Biometrics 1980;36:59)


@dataclass(frozen=True, slots=True)
class Placement:
    """Of one arm's patients: the sample variance of the share of the other arm beaten, ties as halves."""

    n: int
    variance: float | None  # over n - 1; None with one patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Shares of pairs that the first arm wins, loses and ties, and the covariance of the first two."""

    win: float
    loss: float
    tie: float
    win_variance: float
    loss_variance: float
    covariance: float
    placements: tuple[Placement, Placement]

    @property
    def better(self) -> float:
        """The chance that a patient of the first arm does better, ties as halves (Mann-Whitney)."""
        return self.win + self.tie / 2

    @property
    def better_se(self) -> float:
        """The standard error of `better`."""
        return math.sqrt(max(self.win_variance + self.loss_variance - 2 * self.covariance, 0.0)) / 2


def pairs_of(table: MrsTable) -> Pairs:
    """Return the shares over all pairs with the variances of their first-order projection.

    Pairs are counted in whole numbers, so that none lost is exactly none.
    """
    first, second = (np.array(counts, dtype=np.int64) for counts in table.counts)
    n_first, n_second = table.n
    worse_second, better_second = n_second - np.cumsum(second), np.cumsum(second) - second
    better_first, worse_first = np.cumsum(first) - first, n_first - np.cumsum(first)
    by_first = _moments(first, worse_second, better_second, n_second)
    by_second = _moments(second, better_first, worse_first, n_first)
    win_variance, loss_variance, covariance = (
        one / n_first + other / n_second for one, other in zip(by_first, by_second, strict=True)
    )
    every = n_first * n_second
    return Pairs(
        win=int(first @ worse_second) / every,
        loss=int(first @ better_second) / every,
        tie=int(first @ second) / every,
        win_variance=win_variance,
        loss_variance=loss_variance,
        covariance=covariance,
        placements=(_placement(by_first, n_first), _placement(by_second, n_second)),
    )


def generalised_or(pairs: Pairs, level: float = 0.95, ties: Ties = Ties.SPLIT) -> Estimate:
    """Return the generalised odds ratio: wins over losses, ties split between them or dropped."""
    return win_odds(pairs, level) if ties is Ties.SPLIT else win_ratio(pairs, level)


def win_odds(pairs: Pairs, level: float = 0.95) -> Estimate:
    """Return (win + tie / 2) / (loss + tie / 2)."""
    method = "win odds, ties split"
    better, se = pairs.better, pairs.better_se
    if not 0 < better < 1 or se == 0:
        return _without(method, better, 1 - better)
    share = better * (1 - better)
    return ratio_estimate(math.log(better / (1 - better)), se / share, level, method, _INTERVAL)


def win_ratio(pairs: Pairs, level: float = 0.95) -> Estimate:
    """Return win / loss, tied pairs left out."""
    method = "win ratio, ties dropped"
    win, loss = pairs.win, pairs.loss
    if win == 0 or loss == 0:
        return _without(method, win, loss)
    variance = (
        pairs.win_variance / win**2 + pairs.loss_variance / loss**2 - 2 * pairs.covariance / (win * loss)
    )
    if variance <= 0:
        return _without(method, win, loss)
    return ratio_estimate(math.log(win / loss), math.sqrt(variance), level, method, _INTERVAL)


def net_benefit(pairs: Pairs, level: float = 0.95) -> Estimate:
    """Return win - loss, with a Wald interval within -1 to 1."""
    value, se = pairs.win - pairs.loss, 2 * pairs.better_se
    if se == 0:
        return Estimate(
            method="net benefit", estimate=value, reason="the pairs do not vary: there is no interval"
        )
    reach = z_of(level) * se
    return Estimate(
        method="net benefit",
        interval="first-order U statistic",
        p_method="Wald",
        estimate=value,
        se=se,
        ci_low=max(value - reach, -1.0),
        ci_high=min(value + reach, 1.0),
        p=two_sided(value / se),
    )


def brunner_munzel(pairs: Pairs) -> HypothesisTest:
    """Return the test of equal chances to do better of Brunner and Munzel (Biom J 2000;42:17), t version.

    The statistic is positive where the first arm does better.
    """
    method = "Brunner-Munzel, t"
    first, second = pairs.placements
    if first.variance is None or second.variance is None:
        return HypothesisTest(method=method, reason="an arm has one patient")
    parts = first.variance / first.n, second.variance / second.n
    if sum(parts) == 0:
        return HypothesisTest(method=method, reason="the ranks do not vary within the arms")
    df = sum(parts) ** 2 / (parts[0] ** 2 / (first.n - 1) + parts[1] ** 2 / (second.n - 1))
    statistic = (pairs.better - 0.5) / math.sqrt(sum(parts))
    return HypothesisTest(method=method, statistic=statistic, df=df, p=two_sided_t(statistic, df))


def _moments(own: Whole, wins: Whole, losses: Whole, others: int) -> tuple[float, float, float]:
    """Return variances of wins and losses over one arm's patients (over n), and their covariance.

    `wins` and `losses` are how many of the `others` a patient beats and is beaten by, at each level.
    """
    n = int(own.sum())
    scale = float(n) ** 3 * float(others) ** 2
    win = (n * wins - own @ wins).astype(np.float64)
    loss = (n * losses - own @ losses).astype(np.float64)
    return float(own @ win**2) / scale, float(own @ loss**2) / scale, float(own @ (win * loss)) / scale


def _placement(moments: tuple[float, float, float], n: int) -> Placement:
    win_variance, loss_variance, covariance = moments
    spread = max(win_variance + loss_variance - 2 * covariance, 0.0) / 4
    return Placement(n, spread * n / (n - 1) if n > 1 else None)


def _without(method: str, win: float, loss: float) -> Estimate:
    """Return a ratio that has no interval: 0, infinite, or of pairs that do not vary."""
    if loss == 0 and win > 0:
        return Estimate(method=method, reason="no pair is lost: the ratio is infinite")
    if win == 0 and loss > 0:
        return Estimate(
            method=method, estimate=0.0, reason="no pair is won: the ratio is 0, without an interval"
        )
    if win == 0:
        return Estimate(method=method, reason="every pair is tied: there is no ratio")
    return Estimate(method=method, estimate=win / loss, reason="the pairs do not vary: there is no interval")
