"""OR: the odds ratio, analysed as its logarithm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.measures.base import Effects, Measure, exponential, tables
from tissueclock.evidence.meta.studies import Study, TwoArm


def _effects(studies: Sequence[Study]) -> Effects:
    t = tables(studies)
    yi = np.log(t.a * t.d) - np.log(t.b * t.c)
    return yi, 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d, t.corrected


MEASURE = Measure(
    name="OR", title="odds ratio", takes=TwoArm, effects=_effects, back=exponential, null=1.0, ratio=True
)
