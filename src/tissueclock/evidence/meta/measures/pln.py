"""PLN: a proportion, analysed as its logarithm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.measures.base import Effects, Measure, exponential, shares
from tissueclock.evidence.meta.studies import OneArm, Study


def _effects(studies: Sequence[Study]) -> Effects:
    s = shares(studies)
    return np.log(s.p), 1 / s.x - 1 / s.n, s.corrected


MEASURE = Measure(
    name="PLN", title="proportion, logarithm", takes=OneArm, effects=_effects, back=exponential, null=None
)
