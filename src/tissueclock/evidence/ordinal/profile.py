"""Profile likelihood limits of the common odds ratio of tables.

A limit is where twice the log likelihood, the cuts being maximised, has fallen by the quantile of chi-square.
That fall is convex in the log odds ratio, so Newton's method on it cannot miss from outside the limit. (R's
`clm` interpolates a grid instead, and agrees to about five digits.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from tissueclock.evidence.ordinal.bulk import (
    CutCounts,
    Floats,
    Maximum,
    Status,
    TableFits,
    checked_counts,
    maximise,
    packed,
)

_MOST_STEPS = 200
_CLOSE = 1e-12


def profile_limits(counts: ArrayLike, fits: TableFits, level: float = 0.95) -> Floats:
    """Return both limits of the log common odds ratio, tables x 2.

    A separated table has one: the other is the infinite estimate itself. NaN where `fits` has no fit.
    Raises ValueError for counts that `fit_tables` refuses.
    """
    array = checked_counts(counts)
    limits = np.full((len(array), 2), np.nan)
    limits[fits.status == Status.SEPARATED_BETTER, 1] = np.inf
    limits[fits.status == Status.SEPARATED_WORSE, 0] = -np.inf
    sides = ((0, -1.0, Status.SEPARATED_BETTER), (1, 1.0, Status.SEPARATED_WORSE))
    quantile = float(chi2.ppf(level, 1))
    for column, sign, separated in sides:
        open_side = fits.fitted | (fits.status == separated)
        for levels in np.unique(fits.used[open_side]):
            rows = np.flatnonzero(open_side & (fits.used == levels))
            tables = CutCounts.of(packed(array[rows], levels))
            start = _starts(fits, rows, sign, quantile)
            limits[rows, column] = _limits(tables, start, sign, fits.log_likelihood[rows], quantile)
    return limits


def _starts(fits: TableFits, rows: np.ndarray, sign: float, quantile: float) -> Floats:
    """Return Wald's limits, or 0 where there are none."""
    wald = fits.log_or[rows] + sign * np.sqrt(quantile) * fits.se[rows]
    return np.where(fits.fitted[rows], wald, 0.0)


def _limits(tables: CutCounts, start: Floats, sign: float, top: Floats, quantile: float) -> Floats:
    """Return the limits on one side, from a start that may lie inside them or outside."""
    effect = start.copy()
    found = _profile(tables, tables.start(), effect)
    for _ in range(_MOST_STEPS):
        short = 2 * (top - found.value) - quantile
        away = np.maximum(-2 * sign * found.slope, 0.0)
        step = np.where(away > 0, -short / np.where(away > 0, away, 1.0), 1.0)
        step = np.clip(step, -np.maximum(1.0, np.abs(effect)), np.maximum(1.0, np.abs(effect)))
        effect = effect + sign * step
        if (np.abs(step) <= _CLOSE * np.maximum(1.0, np.abs(effect))).all():
            break
        found = _profile(tables, found.cuts, effect)
    return effect


def _profile(tables: CutCounts, cuts: Floats, effect: Floats) -> Maximum:
    return maximise(tables, cuts, effect, held=True)
