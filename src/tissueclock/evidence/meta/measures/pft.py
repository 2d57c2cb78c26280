"""PFT: a proportion, analysed by the double arcsine of Freeman and Tukey, halved as in metafor.

The way back is Miller's inverse with the harmonic mean of the studies' sizes (Miller JJ, Am Stat
1978;32:138). It depends on that mean: with studies of very unequal size it may lead to a proportion that no
study supports (Schwarzer G et al., Res Synth Methods 2019;10:476).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.measures.base import Effects, Measure
from tissueclock.evidence.meta.studies import OneArm, Study, column


def _effects(studies: Sequence[Study]) -> Effects:
    x, n = column(studies, "xi"), column(studies, "ni")
    return _double_arcsine(x, n), 1 / (4 * n + 2), np.zeros(len(n), dtype=bool)


def _double_arcsine(x: Array, n: Array) -> Array:
    return 0.5 * (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1))))


def _back(yi: Array, n: float) -> Array:
    """Beyond what 0 and all of `n` events give, a proportion is 0 or 1."""
    size = np.array(n)
    low, high = _double_arcsine(np.array(0.0), size), _double_arcsine(size, size)
    inside = np.clip(yi, low, high)
    sine = np.sin(2 * inside)
    root = np.sqrt(np.maximum(0.0, 1 - (sine + (sine - 1 / sine) / n) ** 2))
    found = 0.5 * (1 - np.sign(np.cos(2 * inside)) * root)
    return np.where(yi <= low, 0.0, np.where(yi >= high, 1.0, found))


MEASURE = Measure(
    name="PFT",
    title="proportion, double arcsine",
    takes=OneArm,
    effects=_effects,
    back=_back,
    null=None,
    needs_n=True,
)
