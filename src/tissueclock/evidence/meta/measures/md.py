"""MD: the difference of two means, treated minus control, with the variance of each arm its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.measures.base import Effects, Measure, identity
from tissueclock.evidence.meta.studies import Study, TwoMeans, column


def _effects(studies: Sequence[Study]) -> Effects:
    m1, sd1, n1, m2, sd2, n2 = (column(studies, name) for name in TwoMeans.columns)
    return m1 - m2, sd1**2 / n1 + sd2**2 / n2, np.zeros(len(n1), dtype=bool)


MEASURE = Measure(
    name="MD", title="mean difference", takes=TwoMeans, effects=_effects, back=identity, null=0.0
)
