"""PETO: Peto's one-step odds ratio, analysed as its logarithm (Yusuf S et al., Prog Cardiovasc Dis 1985)."""

from __future__ import annotations

from collections.abc import Sequence

from tissueclock.evidence.meta.measures.base import Effects, Measure, exponential, tables
from tissueclock.evidence.meta.studies import Study, TwoArm


def _effects(studies: Sequence[Study]) -> Effects:
    t = tables(studies)
    events, n = t.a + t.c, t.n1 + t.n2
    information = t.n1 * t.n2 * events * (n - events) / (n**2 * (n - 1))
    return (t.a - t.n1 * events / n) / information, 1 / information, t.corrected


MEASURE = Measure(
    name="PETO",
    title="Peto odds ratio",
    takes=TwoArm,
    effects=_effects,
    back=exponential,
    null=1.0,
    ratio=True,
)
