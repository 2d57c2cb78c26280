"""PAS: a proportion, analysed as the arcsine of its root. No correction is needed for 0 or all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.measures.base import Effects, Measure
from tissueclock.evidence.meta.studies import OneArm, Study, column


def _effects(studies: Sequence[Study]) -> Effects:
    x, n = column(studies, "xi"), column(studies, "ni")
    return np.arcsin(np.sqrt(x / n)), 1 / (4 * n), np.zeros(len(n), dtype=bool)


def _back(yi: Array, n: float) -> Array:
    """Beyond the ends of the scale, 0 and half of pi, a proportion is 0 or 1."""
    return np.sin(np.clip(yi, 0.0, np.pi / 2)) ** 2


MEASURE = Measure(
    name="PAS", title="proportion, arcsine", takes=OneArm, effects=_effects, back=_back, null=None
)
