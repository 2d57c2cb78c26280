"""RD: the risk difference, treated minus control."""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.evidence.meta.measures.base import Effects, Measure, identity, tables
from tissueclock.evidence.meta.studies import Study, TwoArm


def _effects(studies: Sequence[Study]) -> Effects:
    t = tables(studies)
    p1, p2 = t.a / t.n1, t.c / t.n2
    return p1 - p2, p1 * (1 - p1) / t.n1 + p2 * (1 - p2) / t.n2, t.corrected


MEASURE = Measure(name="RD", title="risk difference", takes=TwoArm, effects=_effects, back=identity, null=0.0)
