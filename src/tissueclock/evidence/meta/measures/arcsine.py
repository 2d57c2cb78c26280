"""AS: the difference of the arcsines of the roots of two risks (Ruecker G et al., Stat Med 2009;28:721).

No correction is needed for an empty cell. Nothing leads back to a scale that is read: it stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tissueclock.evidence.meta.measures.base import Effects, Measure, identity, tables
from tissueclock.evidence.meta.studies import Study, TwoArm


def _effects(studies: Sequence[Study]) -> Effects:
    t = tables(studies, add=0.0)
    yi = np.arcsin(np.sqrt(t.a / t.n1)) - np.arcsin(np.sqrt(t.c / t.n2))
    return yi, 1 / (4 * t.n1) + 1 / (4 * t.n2), t.corrected


MEASURE = Measure(
    name="AS", title="arcsine difference", takes=TwoArm, effects=_effects, back=identity, null=0.0
)
