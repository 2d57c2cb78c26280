"""Do groups survive alike? The log-rank test, weighted and stratified.

Mantel N, Cancer Chemother Rep 1966;50:163-170; weights by survival to the power rho: Harrington DP, Fleming
TR, Biometrika 1982;69:553-566 (rho 1: Peto and Peto's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from tissueclock.evidence.survival.data import FollowUp, at_risk, happened
from tissueclock.evidence.survival.kaplan_meier import kaplan_meier


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRank:
    """Observed and expected (weighted) events of each group, and the test that all are alike.

    `covariance` is that of observed minus expected. Without a test, `reason` says why.
    """

    groups: tuple[str, ...]
    strata: int
    rho: float
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    covariance: NDArray[np.float64]
    statistic: float | None = None
    df: int | None = None
    p: float | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {
            "rho": self.rho,
            "strata": self.strata,
            "groups": list(self.groups),
            "observed": list(self.observed),
            "expected": list(self.expected),
            "statistic": self.statistic,
            "df": self.df,
            "p": self.p,
        } | ({"reason": self.reason} if self.reason else {})


def log_rank(data: FollowUp, rho: float = 0.0) -> LogRank:
    """Return the test of all groups, summed over strata; events of any kind count.

    Groups of which nobody was ever at risk of an event have no part in it.
    """
    size = len(data.groups)
    observed, expected, covariance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    strata = list(data.by_stratum())
    for part in strata:
        found = _sums(part, rho)
        observed, expected, covariance = observed + found[0], expected + found[1], covariance + found[2]
    taking_part = np.flatnonzero(expected > 0)
    statistic, df, reason = _chi_squared(observed - expected, covariance, taking_part)
    return LogRank(
        groups=data.groups,
        strata=len(strata),
        rho=rho,
        observed=tuple(map(float, observed)),
        expected=tuple(map(float, expected)),
        covariance=covariance,
        statistic=statistic,
        df=df,
        p=None if statistic is None else float(chi2.sf(statistic, df)),
        reason=reason,
    )


def _sums(part: FollowUp, rho: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return observed and expected events and their covariance in one stratum, a group each."""
    size = range(len(part.groups))
    moments = np.unique(part.times[part.events])
    members = [part.group == at for at in size]
    risk = np.array([at_risk(part.times[kept], moments) for kept in members], dtype=np.float64)
    deaths = np.array(
        [happened(part.times[kept & part.events], moments) for kept in members], dtype=np.float64
    )
    everyone, dying = risk.sum(axis=0), deaths.sum(axis=0)
    weight = (
        np.ones(len(moments))
        if rho == 0
        else kaplan_meier(part.times, part.events).survival_before(moments) ** rho
    )
    shares = risk / everyone
    spread = weight**2 * dying * (everyone - dying) / np.maximum(everyone - 1, 1)
    covariance = np.diag((shares * spread).sum(axis=1)) - (shares * spread) @ shares.T
    return (deaths * weight).sum(axis=1), (shares * dying * weight).sum(axis=1), covariance


def _chi_squared(
    excess: NDArray[np.float64], covariance: NDArray[np.float64], taking_part: NDArray[np.int64]
) -> tuple[float | None, int | None, str]:
    if len(taking_part) < 2:
        return None, None, "fewer than two groups have events to be expected"
    kept = taking_part[1:]
    inner = covariance[np.ix_(kept, kept)]
    if np.linalg.matrix_rank(inner, hermitian=True) < len(kept):
        return None, None, "no moment compares the groups: nobody of one is at risk when another has events"
    return float(excess[kept] @ np.linalg.solve(inner, excess[kept])), len(kept), ""
