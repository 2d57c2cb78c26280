"""Trials drawn on the scale: counts of two arms, thousands at once, with a known common odds ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]


def shifted(shares: ArrayLike, odds_ratio: float) -> Floats:
    """Return shares by level with the odds of every better outcome multiplied by `odds_ratio`.

    `shares` are those of the second arm, the best level first, all above 0; they are brought to a sum of 1.
    Raises ValueError for shares or an odds ratio that are not positive.
    """
    array = np.asarray(shares, dtype=np.float64)
    if array.ndim != 1 or len(array) < 2 or not (array > 0).all() or not np.isfinite(array).all():
        raise ValueError("shares are positive numbers, one a level, two levels or more")
    if not 0 < odds_ratio < np.inf:
        raise ValueError(f"an odds ratio of {odds_ratio}")
    below = np.cumsum(array / array.sum())[:-1]
    moved = expit(logit(below) + np.log(odds_ratio))
    return np.diff(moved, prepend=0.0, append=1.0)


def draw_tables(
    first: ArrayLike, second: ArrayLike, n: tuple[int, int], tables: int, seed: int
) -> NDArray[np.int64]:
    """Return so many drawn trials, tables x 2 x levels, with `n` patients an arm and shares by level."""
    random = np.random.default_rng(seed)
    shares = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    return np.stack([random.multinomial(size, s, tables) for size, s in zip(n, shares, strict=True)], axis=1)
