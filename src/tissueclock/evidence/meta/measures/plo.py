"""PLO: a proportion, analysed as its logit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.measures.base import Effects, Measure, shares
from tissueclock.evidence.meta.studies import OneArm, Study


def _effects(studies: Sequence[Study]) -> Effects:
    s = shares(studies)
    return np.log(s.x / (s.n - s.x)), 1 / s.x + 1 / (s.n - s.x), s.corrected


def _back(yi: Array, n: float) -> Array:
    return np.asarray(expit(yi), dtype=np.float64)


MEASURE = Measure(
    name="PLO", title="proportion, logit", takes=OneArm, effects=_effects, back=_back, null=None
)
