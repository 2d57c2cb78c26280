"""RR: the risk ratio, analysed as its logarithm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.measures.base import Effects, Measure, exponential, tables
from tissueclock.evidence.meta.studies import Study, TwoArm


def _effects(studies: Sequence[Study]) -> Effects:
    t = tables(studies)
    yi = np.log(t.a / t.n1) - np.log(t.c / t.n2)
    return yi, 1 / t.a - 1 / t.n1 + 1 / t.c - 1 / t.n2, t.corrected


MEASURE = Measure(
    name="RR", title="risk ratio", takes=TwoArm, effects=_effects, back=exponential, null=1.0, ratio=True
)
