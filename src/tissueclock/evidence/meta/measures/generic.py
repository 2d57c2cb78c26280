"""GEN: effects that are given with their variances, of whatever scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.measures.base import Effects, Measure, identity
from tissueclock.evidence.meta.studies import Given, Study, column


def _effects(studies: Sequence[Study]) -> Effects:
    return column(studies, "yi"), column(studies, "vi"), np.zeros(len(studies), dtype=bool)


MEASURE = Measure(
    name="GEN", title="effects as given", takes=Given, effects=_effects, back=identity, null=0.0
)
