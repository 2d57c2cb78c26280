"""SMD: the standardised mean difference with Hedges's exact correction for small samples (Hedges's g).

Hedges LV, J Educ Stat 1981;6:107-128; its large-sample variance, as metafor's default.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaln

from tissueclock.evidence.meta.measures.base import Effects, Measure, identity
from tissueclock.evidence.meta.studies import Study, TwoMeans, column


def _effects(studies: Sequence[Study]) -> Effects:
    m1, sd1, n1, m2, sd2, n2 = (column(studies, name) for name in TwoMeans.columns)
    df = n1 + n2 - 2
    pooled = np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    small_sample = np.exp(gammaln(df / 2) - np.log(np.sqrt(df / 2)) - gammaln((df - 1) / 2))
    yi = small_sample * (m1 - m2) / pooled
    return yi, 1 / n1 + 1 / n2 + yi**2 / (2 * (n1 + n2)), np.zeros(len(n1), dtype=bool)


MEASURE = Measure(
    name="SMD",
    title="standardised mean difference (Hedges's g)",
    takes=TwoMeans,
    effects=_effects,
    back=identity,
    null=0.0,
)
