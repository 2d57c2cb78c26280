"""Wilcoxon's rank sum on tables, many at once, and van Elteren's stratified form of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from tissueclock.evidence.ordinal.bulk import Floats, checked_counts
from tissueclock.evidence.ordinal.estimate import HypothesisTest, z_test

_TIED = "all patients have the same level"


def rank_sums(counts: ArrayLike) -> tuple[Floats, Floats]:
    """Return U of the first arm over its expectation, and its variance with ties, one each a table.

    U counts the pairs that the first arm wins, ties as halves; positive is better. The variance is that of
    random allocation to arms of these sizes. Raises ValueError as `fit_tables`.
    """
    array = checked_counts(counts)
    first, whole = array[:, 0], array.sum(axis=1)
    size = whole.sum(axis=1)
    worse = size[:, None] - np.cumsum(whole, axis=1)
    rank = worse + (whole + 1) / 2  # mid-ranks from the worst, so that a high one is better
    n_first, n_second = array.sum(axis=2).T
    excess = (first * rank).sum(axis=1) - n_first * (size + 1) / 2
    ties = (whole**3 - whole).sum(axis=1)
    return excess, n_first * n_second / 12 * (size + 1 - ties / (size * (size - 1)))


def wilcoxon_z(counts: ArrayLike) -> Floats:
    """Return z without continuity correction, one a table; 0 where all patients have the same level.

    It is the score test of the common odds ratio, but for the factor of N against N - 1 in the variance.
    """
    excess, variance = rank_sums(counts)
    return np.divide(excess, np.sqrt(variance), out=np.zeros_like(excess), where=variance > 0)


def wilcoxon(counts: ArrayLike, *, corrected: bool = False) -> HypothesisTest:
    """Return the test of one table, 2 x levels, with or without continuity correction of one half."""
    return _test("Wilcoxon", *rank_sums(np.asarray(counts)[None]), corrected=corrected)


def van_elteren(counts: ArrayLike) -> HypothesisTest:
    """Return the test over strata x 2 x levels, each weighted 1 / (N + 1) (Bull Inst Int Stat 1960;37:351).

    Strata without patients of one arm say nothing and are left out.
    """
    array = np.asarray(counts, dtype=np.float64)
    array = array[(array.sum(axis=2) > 0).all(axis=1)]
    method = "van Elteren, weights 1 / (N + 1)"
    if not len(array):
        return HypothesisTest(method=method, reason="no stratum has patients of both arms")
    excess, variance = rank_sums(array)
    weight = 1 / (array.sum(axis=(1, 2)) + 1)
    total, spread = (weight * excess).sum(keepdims=True), (weight**2 * variance).sum(keepdims=True)
    return _test(method, total, spread, corrected=False)


def _test(method: str, excess: Floats, variance: Floats, *, corrected: bool) -> HypothesisTest:
    named = f"{method}, normal, ties corrected, {'with' if corrected else 'without'} continuity correction"
    if variance[0] <= 0:
        return HypothesisTest(method=named, reason=_TIED)
    away = max(abs(float(excess[0])) - (0.5 if corrected else 0.0), 0.0)
    return z_test(named, math.copysign(away, float(excess[0])) / math.sqrt(float(variance[0])))
