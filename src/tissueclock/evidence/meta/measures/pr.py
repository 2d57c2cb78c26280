"""PR: the raw proportion."""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.evidence.meta.measures.base import Effects, Measure, identity, shares
from tissueclock.evidence.meta.studies import OneArm, Study


def _effects(studies: Sequence[Study]) -> Effects:
    s = shares(studies)
    return s.p, s.p * (1 - s.p) / s.n, s.corrected


MEASURE = Measure(
    name="PR", title="proportion, raw", takes=OneArm, effects=_effects, back=identity, null=None
)
