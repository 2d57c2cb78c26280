"""Three tests of proportional odds on tables of two arms, many at once.

* `ratio`: likelihood ratio against an odds ratio of its own at each cut (R: `ordinal::nominal_test`).
* `score`: the score test of the same hypothesis. On a table it is Pearson's chi-square of the counts against
  those that the model expects, since the alternative leaves each arm a free distribution.
* `brant`: Wald's test of equal odds ratios in the binary regressions at each cut (Brant R, Biometrics
  1990;46:1171). It needs patients on both sides of every cut in both arms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from tissueclock.evidence.ordinal.bulk import Floats, Status, TableFits, checked_counts, chi2_p, packed
from tissueclock.evidence.ordinal.estimate import HypothesisTest, chi_square


@dataclass(frozen=True, slots=True, eq=False)
class BulkTests:
    """A chi-square test of each table; where `possible` is False its statistic and p are NaN."""

    statistic: Floats
    df: NDArray[np.intp]
    p: Floats
    possible: NDArray[np.bool_]


RATIO, SCORE, BRANT = "likelihood ratio", "score", "Brant"
TWO_LEVELS = "two levels are in use: the odds are proportional in any case"


def proportionality_of(counts: ArrayLike, fits: TableFits, reason: str) -> tuple[HypothesisTest, ...]:
    """Return the three tests of one table, 2 x levels; `reason` says why it has no fit, where it has none."""
    array = np.asarray(counts)[None]
    found = {
        RATIO: ratio_tests(fits),
        SCORE: score_tests(array, fits),
        BRANT: brant_tests(array, fits),
    }
    return tuple(_single(method, tests, fits, reason) for method, tests in found.items())


def _single(method: str, tests: BulkTests, fits: TableFits, reason: str) -> HypothesisTest:
    if not fits.fitted[0]:
        return HypothesisTest(method=method, reason=reason)
    if tests.df[0] == 0:
        return HypothesisTest(method=method, reason=TWO_LEVELS)
    if not tests.possible[0]:
        return HypothesisTest(method=method, reason="an arm has nobody on one side of a cut")
    return chi_square(method, float(tests.statistic[0]), int(tests.df[0]))


def ratio_tests(fits: TableFits) -> BulkTests:
    """Return the likelihood ratio tests; possible for separated tables too, whose statistic is 0."""
    statistic, df, _ = fits.proportionality_ratio()
    return _tests(statistic, df, fits.status != Status.NOT_CONVERGED)


def score_tests(counts: ArrayLike, fits: TableFits) -> BulkTests:
    """Return the score tests, sums of (observed - expected)^2 / expected; possible where fitted."""
    array = checked_counts(counts)
    statistic = np.full(len(array), np.nan)
    rows = np.flatnonzero(fits.fitted)
    statistic[rows] = _pearson(array[rows], fits.cuts[rows], fits.log_or[rows])
    df = np.maximum(fits.used - 2, 0)
    return _tests(statistic, df, fits.fitted)


def _pearson(array: Floats, cuts: Floats, log_or: Floats) -> Floats:
    """Return the sums over arms and levels in use."""
    below = expit(np.stack([cuts + log_or[:, None], cuts], axis=1))
    expected = np.diff(below, axis=2, prepend=0.0, append=1.0) * array.sum(axis=2, keepdims=True)
    in_use = np.broadcast_to(array.sum(axis=1, keepdims=True) > 0, array.shape)
    parts = np.divide((array - expected) ** 2, expected, out=np.zeros_like(array), where=in_use)
    return np.asarray(parts.sum(axis=(1, 2)))


def brant_tests(counts: ArrayLike, fits: TableFits) -> BulkTests:
    """Return Brant's tests; possible where every used cut has patients on both sides in both arms."""
    array = checked_counts(counts)
    statistic, possible = np.full(len(array), np.nan), fits.fitted.copy()
    df = np.maximum(fits.used - 2, 0)
    for levels in np.unique(fits.used[possible]):
        rows = np.flatnonzero(fits.fitted & (fits.used == levels))
        tables = packed(array[rows], levels)
        below = np.cumsum(tables, axis=2)[:, :, :-1]
        size = tables.sum(axis=2, keepdims=True)
        whole = ((below > 0) & (below < size)).all(axis=(1, 2))
        possible[rows[~whole]] = False
        statistic[rows[whole]] = _brant(below[whole], size[whole])
    return _tests(statistic, df, possible)


def _brant(below: Floats, size: Floats) -> Floats:
    """Return the statistics from the patients up to each cut, tables x arms x cuts.

    In an arm, the covariance of the logits at two cuts is 1 / (patients x share beyond the lower cut x share
    up to the higher one); with the lower cut second it is that at the same pair.
    """
    share = below / size
    logits = np.log(share) - np.log1p(-share)
    effects = logits[:, 0] - logits[:, 1]
    cuts = below.shape[2]
    if cuts < 2:
        return np.zeros(len(below))
    low = np.minimum.outer(np.arange(cuts), np.arange(cuts))
    high = np.maximum.outer(np.arange(cuts), np.arange(cuts))
    within = 1 / (size[..., None] * ((1 - share)[:, :, low] * share[:, :, high]))
    covariance = within.sum(axis=1)
    contrast = np.diff(np.eye(cuts), axis=0)
    differences = effects @ contrast.T
    spread = contrast @ covariance @ contrast.T
    solved = np.linalg.solve(spread, differences[..., None])[..., 0]
    return np.asarray((differences * solved).sum(axis=1))


def _tests(statistic: Floats, df: NDArray[np.intp], possible: NDArray[np.bool_]) -> BulkTests:
    shown = np.where(possible, statistic, np.nan)
    return BulkTests(
        shown, df, np.where(possible, chi2_p(np.where(possible, statistic, 0.0), df), np.nan), possible
    )
