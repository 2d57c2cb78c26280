"""Tests of odds ratios over studies: Cochran-Mantel-Haenszel, and Breslow-Day with Tarone's correction.

Mantel N, Haenszel W, JNCI 1959;22:719; Breslow NE, Day NE, Statistical Methods in Cancer Research I, 1980,
4.4; Tarone RE, Biometrika 1985;72:91.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.evidence.meta.fixed_counts import informative, mantel_haenszel
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.measures.base import MEASURES, Tables, tables
from tissueclock.evidence.meta.normal import chi2_upper
from tissueclock.evidence.meta.studies import TwoArm


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A chi-square statistic with its degrees of freedom and p."""

    statistic: float
    df: int
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return the three by name."""
        return {"statistic": self.statistic, "df": self.df, "p": self.p}


def chi_square(statistic: float, df: int) -> ChiSquare:
    """Return the statistic with its p."""
    return ChiSquare(statistic, df, chi2_upper(statistic, df))


def cochran_mantel_haenszel(studies: Sequence[TwoArm], *, corrected: bool) -> ChiSquare:
    """Return the test that the common odds ratio is 1; `corrected` takes 1/2 off the difference of events."""
    t = tables(informative(studies, MEASURES.get("OR")), add=0.0)
    n, events = t.n1 + t.n2, t.a + t.c
    excess = abs(float(np.sum(t.a - t.n1 * events / n)))
    variance = float(np.sum(t.n1 * t.n2 * events * (n - events) / (n**2 * (n - 1))))
    return chi_square(max(0.0, excess - 0.5 * corrected) ** 2 / variance, 1)


def breslow_day(studies: Sequence[TwoArm], *, tarone: bool) -> ChiSquare:
    """Return the test that all odds ratios are alike, about the Mantel-Haenszel estimate."""
    used = informative(studies, MEASURES.get("OR"))
    beta, _, _ = mantel_haenszel(used, MEASURES.get("OR"))
    t = tables(used, add=0.0)
    expected = _expected(t, float(np.exp(beta)))
    rest = t.a + t.c - expected
    variance = 1 / (1 / expected + 1 / rest + 1 / (t.n1 - expected) + 1 / (t.n2 - rest))
    statistic = float(np.sum((t.a - expected) ** 2 / variance))
    if tarone:
        statistic -= float(np.sum(t.a - expected) ** 2 / np.sum(variance))
    return chi_square(statistic, len(used) - 1)


def _expected(t: Tables, ratio: float) -> Array:
    """Return the events of the treated (k) that give every study this odds ratio with its margins kept."""
    events = t.a + t.c
    a, b = ratio - 1, -(ratio * (t.n1 + events) + t.n2 - events)
    c = ratio * t.n1 * events
    if abs(a) < 1e-12:
        return c / -b
    return np.asarray(2 * c / (-b + np.sqrt(b**2 - 4 * a * c)))
