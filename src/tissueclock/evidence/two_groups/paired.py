"""Pairs of yes and no, as two reads of the same scans: McNemar's test and the paired difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.stats import binom, chi2

from tissueclock.core.errors import InputError
from tissueclock.evidence.two_groups.effect import Effect, normal_quantile
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.proportion import exact, wilson
from tissueclock.evidence.two_groups.significance import Significance

NO_DISCORDANT = "no pair differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs with the event in both members, in the first only, in the second only, in neither.

    Raises InputError for a negative count or no pair.
    """

    both: int
    first: int
    second: int
    neither: int

    def __post_init__(self) -> None:
        counts = (self.both, self.first, self.second, self.neither)
        if any(isinstance(count, bool) or not isinstance(count, int) or count < 0 for count in counts):
            raise InputError("a count of pairs is no whole number from 0.", remedy="Counts are 0 or more.")
        if self.n == 0:
            raise InputError("there is no pair.", remedy="Give four counts: both, first, second, neither.")

    @property
    def n(self) -> int:
        """The number of pairs."""
        return self.both + self.first + self.second + self.neither

    @property
    def discordant(self) -> int:
        """Pairs whose members differ: all that the test looks at."""
        return self.first + self.second


def mcnemar(pairs: Pairs, *, corrected: bool = False) -> Significance:
    """Return McNemar's chi-square (1947), with Edwards' continuity correction (1948) if `corrected`."""
    name = "mcnemar-corrected" if corrected else "mcnemar"
    title = f"McNemar's chi-square, {'with' if corrected else 'no'} continuity correction"
    if pairs.discordant == 0:
        return Significance(name, title, None, reason=NO_DISCORDANT)
    excess = abs(pairs.first - pairs.second)
    statistic = max(0, excess - (1 if corrected else 0)) ** 2 / pairs.discordant
    return Significance(name, title, float(chi2.sf(statistic, 1)), statistic, 1)


def mcnemar_exact(pairs: Pairs, *, mid: bool = False) -> Significance:
    """Return the exact test: the smaller discordant count in a fair binomial, twice; or with mid-p."""
    name, title = ("mcnemar-midp", "McNemar's test, mid-p") if mid else ("mcnemar-exact", "exact McNemar")
    if pairs.discordant == 0:
        return Significance(name, title, None, reason=NO_DISCORDANT)
    fewer = min(pairs.first, pairs.second)
    p = 2 * float(binom.cdf(fewer, pairs.discordant, 0.5))
    if mid:
        p -= float(binom.pmf(fewer, pairs.discordant, 0.5))
    return Significance(name, title, min(1.0, p))


def paired_tests(pairs: Pairs) -> tuple[Significance, ...]:
    """Return McNemar's test in its four forms."""
    return (
        mcnemar(pairs),
        mcnemar(pairs, corrected=True),
        mcnemar_exact(pairs),
        mcnemar_exact(pairs, mid=True),
    )


def paired_odds_ratio(pairs: Pairs, level: float = 0.95) -> Effect:
    """Return the conditional odds ratio first/second with Clopper and Pearson's limits turned into odds."""
    z = normal_quantile(level)
    estimate, low, high = None, 0.0, math.inf
    notes = ("No pair differs, so the odds ratio may be anything.",) if pairs.discordant == 0 else ()
    if pairs.discordant:
        low, high = (_odds(share) for share in exact(pairs.first, pairs.discordant, z))
        estimate = _odds(pairs.first / pairs.discordant)
    return Effect(
        measure=Measure.OR,
        method="paired-exact",
        title="pairs, conditional, exact",
        level=level,
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        notes=notes,
    )


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def paired_difference(pairs: Pairs, level: float = 0.95) -> Effect:
    """Return the difference of the two shares with Newcombe's interval for pairs (1998, method 10)."""
    z, n = normal_quantile(level), pairs.n
    p_1, p_2 = (pairs.both + pairs.first) / n, (pairs.both + pairs.second) / n
    (low_1, high_1), (low_2, high_2) = wilson(p_1 * n, n, z), wilson(p_2 * n, n, z)
    phi = _phi(pairs)
    below = _distance(p_1 - low_1, high_2 - p_2, phi)
    above = _distance(high_1 - p_1, p_2 - low_2, phi)
    return Effect(
        measure=Measure.RD,
        method="paired-newcombe",
        title="pairs, Newcombe: hybrid of two Wilson intervals",
        level=level,
        estimate=p_1 - p_2,
        ci_low=p_1 - p_2 - below,
        ci_high=p_1 - p_2 + above,
    )


def _distance(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2))


def _phi(pairs: Pairs) -> float:
    """Return the correlation within pairs, drawn towards 0 where it is positive, as Newcombe has it."""
    a, b, c, d = pairs.both, pairs.first, pairs.second, pairs.neither
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    excess = a * d - b * c
    drawn = max(excess - pairs.n / 2, 0.0) if excess > 0 else float(excess)
    return drawn / math.sqrt(margins)


def paired_json(pairs: Pairs, found: Effect) -> Mapping[str, Any]:
    """Return an effect of pairs with McNemar's uncorrected p."""
    test = mcnemar(pairs)
    counts = {name: getattr(pairs, name) for name in Pairs.__slots__}
    return {**found.to_json(), "p": test.p, "p_method": test.title, "nnt": None, "counts": counts}
