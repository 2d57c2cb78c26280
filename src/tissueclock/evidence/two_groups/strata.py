"""Two groups in strata: Mantel-Haenszel estimates, the Cochran-Mantel-Haenszel test, and homogeneity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from tissueclock.core.errors import InputError
from tissueclock.evidence.two_groups.conditional import conditional_odds_ratio, is_feasible, support
from tissueclock.evidence.two_groups.effect import Effect, effect, normal_quantile
from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.significance import NOBODY_DIFFERS, Significance
from tissueclock.evidence.two_groups.table import TwoByTwo, ZeroCells

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strata:
    """Named tables of two groups; raises InputError for no stratum, or a name given twice."""

    names: tuple[str, ...]
    tables: tuple[TwoByTwo, ...]

    def __post_init__(self) -> None:
        if not self.tables:
            raise InputError("there is no stratum.", remedy="Give one row a stratum.")
        if len(self.names) != len(self.tables):
            raise InputError(f"{len(self.names)} names for {len(self.tables)} strata.")
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise InputError(f"the stratum '{twice}' is given twice.", remedy="Give it one row.")

    def columns(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return events and patients of group 1, then of group 2, one number a stratum."""
        rows = [(t.events_1, t.n_1, t.events_2, t.n_2) for t in self.tables]
        a, n_1, c, n_2 = np.array(rows, dtype=np.float64).T
        return a, n_1, c, n_2

    def total(self) -> TwoByTwo:
        """Return the strata added up, as if there were none."""
        a, n_1, c, n_2 = (sum(getattr(t, name) for t in self.tables) for name in TwoByTwo.__slots__)
        return TwoByTwo(events_1=a, n_1=n_1, events_2=c, n_2=n_2)


def mantel_haenszel(strata: Strata, measure: Measure, level: float = 0.95) -> Effect:
    """Return the Mantel-Haenszel estimate over strata with its Wald interval.

    Variances: RR Greenland and Robins (1985), OR Robins, Breslow and Greenland (1986), both on the log
    scale; RD Sato (1989). An estimate of 0 or infinity has an open interval; 0/0 is undefined.
    """
    z = normal_quantile(level)
    limits = _POOL[measure](strata, z)
    return Effect(
        measure=measure,
        method="mantel-haenszel",
        title="Mantel-Haenszel over strata",
        level=level,
        estimate=limits.estimate,
        ci_low=limits.low,
        ci_high=limits.high,
        se=limits.se,
        notes=limits.notes,
    )


def _pooled_odds(strata: Strata, z: float) -> Limits:
    a, n_1, c, n_2 = strata.columns()
    b, d, n = n_1 - a, n_2 - c, n_1 + n_2
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    if r.sum() == 0 or s.sum() == 0:
        return _open(r.sum(), s.sum())
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    return _on_log_scale(r.sum() / s.sum(), math.sqrt(variance), z)


def _pooled_risks(strata: Strata, z: float) -> Limits:
    a, n_1, c, n_2 = strata.columns()
    n = n_1 + n_2
    r, s = (a * n_2 / n).sum(), (c * n_1 / n).sum()
    if r == 0 or s == 0:
        return _open(r, s)
    variance = ((n_1 * n_2 * (a + c) - a * c * n) / n**2).sum() / (r * s)
    if variance <= 0:
        note = "Everybody has the event, so the interval has no width."
        return Limits(float(r / s), float(r / s), float(r / s), 0.0, (note,))
    return _on_log_scale(r / s, math.sqrt(variance), z)


def _pooled_difference(strata: Strata, z: float) -> Limits:
    a, n_1, c, n_2 = strata.columns()
    b, d, n = n_1 - a, n_2 - c, n_1 + n_2
    weight = float((n_1 * n_2 / n).sum())
    difference = float(((a * n_2 - c * n_1) / n).sum() / weight)
    p = (n_1**2 * c - n_2**2 * a + n_1 * n_2 * (n_2 - n_1) / 2) / n**2
    q = (a * d + b * c) / (2 * n)
    se = math.sqrt(max(0.0, float(difference * p.sum() + q.sum()))) / weight
    return Limits(difference, max(-1.0, difference - z * se), min(1.0, difference + z * se), se)


def _on_log_scale(estimate: float, se: float, z: float) -> Limits:
    middle = math.log(estimate)
    return Limits(float(estimate), math.exp(middle - z * se), math.exp(middle + z * se), se)


def _open(above: float, below: float) -> Limits:
    """Return an estimate of 0, infinity or nothing, whose standard error no formula gives."""
    note = "No stratum has what one side of the ratio counts, so there is no interval: use exact."
    estimate = None if above == below == 0 else (math.inf if below == 0 else 0.0)
    return Limits(estimate, 0.0, math.inf, notes=(note,))


_POOL: Mapping[Measure, Callable[[Strata, float], Limits]] = MappingProxyType(
    {Measure.OR: _pooled_odds, Measure.RR: _pooled_risks, Measure.RD: _pooled_difference}
)


def exact_over_strata(strata: Strata, level: float = 0.95, *, mid: bool = False) -> Effect:
    """Return the conditional odds ratio over strata with its exact interval, or that with mid-p."""
    limits = conditional_odds_ratio(strata.tables, normal_quantile(level), mid=mid)
    kind = "mid-p" if mid else "exact"
    return Effect(
        measure=Measure.OR,
        method="midp" if mid else "exact",
        title=f"conditional over strata, {kind}",
        level=level,
        estimate=limits.estimate,
        ci_low=limits.low,
        ci_high=limits.high,
        notes=limits.notes,
    )


def cochran_mantel_haenszel(strata: Strata, *, corrected: bool = False) -> Significance:
    """Return the test that the odds ratio is 1 in every stratum (Mantel & Haenszel 1959)."""
    a, n_1, c, n_2 = strata.columns()
    n, events = n_1 + n_2, a + c
    excess = abs(float((a - n_1 * events / n).sum()))
    kept = n > 1  # a stratum of one patient has no variance, and tells nothing
    variance = float((n_1 * n_2 * events * (n - events))[kept] @ (1 / (n**2 * (n - 1))[kept]))
    name = "cmh-corrected" if corrected else "cmh"
    title = f"Cochran-Mantel-Haenszel, {'with' if corrected else 'no'} continuity correction"
    if variance == 0:
        return Significance(name, title, None, reason=NOBODY_DIFFERS)
    statistic = max(0.0, excess - (0.5 if corrected else 0.0)) ** 2 / variance
    return Significance(name, title, float(chi2.sf(statistic, 1)), statistic, 1)


def exact_test_over_strata(strata: Strata) -> Significance:
    """Return the exact test of a common odds ratio of 1, by probability of the sum of events."""
    title = "exact conditional test over strata, by probability"
    if not is_feasible(strata.tables):
        return Significance("cmh-exact", title, None, reason="the strata are too large")
    given = support(strata.tables)
    chances = np.exp(given.log_chances(0.0))
    seen = chances[given.sums == given.observed][0]
    p = float(chances[chances <= seen * (1 + 1e-9)].sum())
    return Significance("cmh-exact", title, min(1.0, p))


def breslow_day(strata: Strata, *, tarone: bool = False) -> Significance:
    """Return the test that the odds ratio is the same in every stratum (Breslow & Day 1980; Tarone 1985).

    Strata in which everybody has the same outcome tell nothing and are left out.
    """
    name, title = ("tarone", "Breslow-Day, Tarone's correction") if tarone else ("breslow-day", "Breslow-Day")
    telling = [table for table in strata.tables if not table.one_sided]
    pooled = mantel_haenszel(strata, Measure.OR).estimate
    if len(telling) < 2:
        return Significance(name, title, None, reason="fewer than two strata have both outcomes")
    if pooled is None or pooled == 0 or math.isinf(pooled):
        return Significance(name, title, None, reason="the common odds ratio is 0 or infinite")
    expected = np.array([_expected(table, pooled) for table in telling])
    variance = np.array([_variance(t, e) for t, e in zip(telling, expected, strict=True)])
    excess = np.array([table.events_1 for table in telling]) - expected
    statistic = float((excess**2 / variance).sum())
    if tarone:
        statistic -= float(excess.sum()) ** 2 / float(variance.sum())
    df = len(telling) - 1
    return Significance(name, title, float(chi2.sf(statistic, df)), statistic, df)


def _expected(table: TwoByTwo, odds_ratio: float) -> float:
    """Return the events of group 1 at which the table, margins as they are, has this odds ratio."""
    low, high = max(0, table.events - table.n_2), min(table.n_1, table.events)

    def excess(a: float) -> float:
        return a * (table.n_2 - table.events + a) - odds_ratio * (table.n_1 - a) * (table.events - a)

    return float(brentq(excess, low, high, xtol=1e-14, rtol=1e-15, maxiter=500))


def _variance(table: TwoByTwo, a: float) -> float:
    cells = (a, table.n_1 - a, table.events - a, table.n_2 - table.events + a)
    return 1 / sum(1 / cell for cell in cells)


def woolf_homogeneity(strata: Strata, measure: Measure) -> Significance:
    """Return the test that the measure is the same in every stratum, weights 1/SE^2 (Woolf 1955).

    The effects are Wald's, log scale for ratios, 1/2 in the cells of a stratum that needs it.
    """
    name, title = "woolf", f"Woolf's test (Cochran's Q) on the {measure.words}"
    effects = [effect(table, measure, zero_cells=ZeroCells.NEEDED) for table in strata.tables]
    if len(effects) < 2:
        return Significance(name, title, None, reason="there is one stratum")
    pairs = [(item.estimate, item.se) for item in effects if item.estimate is not None and item.se]
    if len(pairs) < len(effects):
        return Significance(name, title, None, reason="a stratum has no standard error")
    log = measure is not Measure.RD
    values = np.array([math.log(estimate) if log else estimate for estimate, _ in pairs])
    weights = np.array([1 / se**2 for _, se in pairs])
    mean = float(weights @ values) / float(weights.sum())
    statistic, df = float(weights @ (values - mean) ** 2), len(pairs) - 1
    return Significance(name, title, float(chi2.sf(statistic, df)), statistic, df)


def homogeneity(strata: Strata, measure: Measure) -> Sequence[Significance]:
    """Return the tests of homogeneity that a measure has."""
    if measure is not Measure.OR:
        return (woolf_homogeneity(strata, measure),)
    return (
        breslow_day(strata),
        breslow_day(strata, tarone=True),
        woolf_homogeneity(strata, Measure.OR),
    )
