"""Begg and Mazumdar's rank test: are effects and their variances correlated? Biometrics 1994;50:1088."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.normal import two_sided_p

_MOST_EXACT = 50
"""With up to so many studies and no ties p is exact, as in R's cor.test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTest:
    """Kendall's tau of standardised effects and variances, with its p (exact or by the normal).

    `score` is concordant minus discordant pairs, `score_se` its error under no correlation, ties allowed for.
    """

    tau: float
    p: float
    exact: bool
    score: int
    score_se: float

    @property
    def normal_p(self) -> float:
        """The p of score / error, without a correction."""
        return two_sided_p(self.score / self.score_se)

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        names = ("tau", "p", "exact", "score", "score_se", "normal_p")
        return {name: getattr(self, name) for name in names}


def begg(yi: Array, vi: Array) -> RankTest:
    """Return the rank test; InputError where there are fewer than three studies, or all are alike."""
    k = len(yi)
    if k < 3:
        raise InputError(
            f"too few studies for a test of asymmetry: {k}.", remedy="It takes three; ten to be of use."
        )
    total = float(np.sum(1 / vi))
    standard = (yi - np.sum(yi / vi) / total) / np.sqrt(vi - 1 / total)
    signs = np.sign(standard[:, None] - standard) * np.sign(vi[:, None] - vi)
    score_se = _score_se(standard, vi)
    if score_se == 0:
        raise InputError("all studies are equally precise.", remedy="No test can see an asymmetry.")
    exact = k < _MOST_EXACT and len(np.unique(standard)) == len(np.unique(vi)) == k
    found = kendalltau(standard, vi, method="exact" if exact else "asymptotic")
    return RankTest(
        tau=float(found.statistic),
        p=float(found.pvalue),
        exact=exact,
        score=round(float(np.sum(np.triu(signs, 1)))),
        score_se=score_se,
    )


def _score_se(first: Array, second: Array) -> float:
    """Return the error of the score, with ties (Kendall MG, Rank Correlation Methods, 1970, 4.7)."""
    k = len(first)
    t, u = (np.unique(one, return_counts=True)[1].astype(float) for one in (first, second))
    full = k * (k - 1) * (2 * k + 5)
    v = (full - np.sum(t * (t - 1) * (2 * t + 5)) - np.sum(u * (u - 1) * (2 * u + 5))) / 18
    v += np.sum(t * (t - 1) * (t - 2)) * np.sum(u * (u - 1) * (u - 2)) / (9 * k * (k - 1) * (k - 2))
    v += np.sum(t * (t - 1)) * np.sum(u * (u - 1)) / (2 * k * (k - 1))
    return math.sqrt(float(v))
