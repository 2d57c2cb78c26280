"""ROM: the ratio of two means, analysed as its logarithm; without the bias correction of metafor 5."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.measures.base import Effects, Measure, exponential
from tissueclock.evidence.meta.studies import Study, TwoMeans, column


def _effects(studies: Sequence[Study]) -> Effects:
    m1, sd1, n1, m2, sd2, n2 = (column(studies, name) for name in TwoMeans.columns)
    if not np.all(m1 * m2 > 0):
        first = int(np.argmin(m1 * m2 > 0))
        raise InputError(
            f"the means of '{studies[first].study}' have no ratio.", remedy="Use --measure MD or SMD."
        )
    return np.log(m1 / m2), (sd1 / m1) ** 2 / n1 + (sd2 / m2) ** 2 / n2, np.zeros(len(n1), dtype=bool)


MEASURE = Measure(
    name="ROM",
    title="ratio of means",
    takes=TwoMeans,
    effects=_effects,
    back=exponential,
    null=1.0,
    ratio=True,
)
