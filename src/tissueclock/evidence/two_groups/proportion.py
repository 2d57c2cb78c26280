"""One proportion with its interval, by the methods that the field uses.

Wald, Wilson, Agresti-Coull, Jeffreys, Clopper-Pearson and more are compared in Brown LD et al., Stat Sci
2001;16:101, and Newcombe RG, Stat Med 1998;17:857. Limits stay within 0..1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from scipy.optimize import brentq
from scipy.special import xlogy
from scipy.stats import beta, binom, norm

from tissueclock.core.errors import UsageError
from tissueclock.evidence.two_groups.table import check_counts

Pair = tuple[float, float]
Rule = Callable[[float, float, float], Pair]
"""From events, patients and the normal quantile of the level to the two limits, not yet within 0..1."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """Events over patients with the interval of one method."""

    events: int
    n: int
    method: str
    level: float
    estimate: float
    ci_low: float
    ci_high: float


def wald(x: float, n: float, z: float, *, corrected: bool = False) -> Pair:
    """Return p +- z sqrt(pq/n), with 1/(2n) more on either side if `corrected`."""
    reach = z * math.sqrt(x / n * (1 - x / n) / n) + (1 / (2 * n) if corrected else 0.0)
    return x / n - reach, x / n + reach


def wilson(x: float, n: float, z: float) -> Pair:
    """Return Wilson's score interval (1927)."""
    middle, scale = x + z**2 / 2, n + z**2
    reach = z * math.sqrt(x * (1 - x / n) + z**2 / 4)
    low = 0.0 if x == 0 else (middle - reach) / scale
    return low, 1.0 if x == n else (middle + reach) / scale


def wilson_corrected(x: float, n: float, z: float) -> Pair:
    """Return Wilson's interval with continuity correction (Newcombe 1998, method 4)."""
    scale = 2 * (n + z**2)
    low_root = z**2 - 2 - 1 / n + 4 * x / n * (n - x + 1)
    high_root = z**2 + 2 - 1 / n + 4 * x / n * (n - x - 1)
    low = 0.0 if x == 0 else (2 * x + z**2 - 1 - z * math.sqrt(low_root)) / scale
    return low, 1.0 if x == n else (2 * x + z**2 + 1 + z * math.sqrt(high_root)) / scale


def agresti_coull(x: float, n: float, z: float) -> Pair:
    """Return Wald's interval after adding z^2/2 of each kind (Agresti & Coull 1998)."""
    return wald(x + z**2 / 2, n + z**2, z)


def exact(x: float, n: float, z: float) -> Pair:
    """Return Clopper and Pearson's interval (1934)."""
    tail = float(norm.sf(z))
    low = 0.0 if x == 0 else float(beta.ppf(tail, x, n - x + 1))
    return low, 1.0 if x == n else float(beta.isf(tail, x + 1, n - x))


def jeffreys(x: float, n: float, z: float) -> Pair:
    """Return the quantiles of Beta(x + 1/2, n - x + 1/2), with an end at 0 or 1 where all are alike."""
    tail = float(norm.sf(z))
    low = 0.0 if x == 0 else float(beta.ppf(tail, x + 0.5, n - x + 0.5))
    return low, 1.0 if x == n else float(beta.isf(tail, x + 0.5, n - x + 0.5))


def mid_p(x: float, n: float, z: float) -> Pair:
    """Return the interval whose tails count half of what was seen (Lancaster's mid-p)."""
    tail = float(norm.sf(z))

    def below(p: float) -> float:
        return float(binom.cdf(x, n, p) - binom.pmf(x, n, p) / 2 - tail)

    def above(p: float) -> float:
        return float(binom.sf(x, n, p) + binom.pmf(x, n, p) / 2 - tail)

    low = 0.0 if x == 0 else _root(above, 0.0, x / n)
    return low, 1.0 if x == n else _root(below, x / n, 1.0)


def arcsine(x: float, n: float, z: float) -> Pair:
    """Return the interval on the arcsine scale with Anscombe's (x + 3/8)/(n + 3/4)."""
    middle = math.asin(math.sqrt((x + 0.375) / (n + 0.75)))
    reach = z / (2 * math.sqrt(n))
    low, high = max(middle - reach, 0.0), min(middle + reach, math.pi / 2)
    return math.sin(low) ** 2, math.sin(high) ** 2


def logit(x: float, n: float, z: float) -> Pair:
    """Return Wald's interval on the logit scale; with none or all it is Clopper and Pearson's."""
    if x in (0, n):
        return exact(x, n, z)
    middle, reach = math.log(x / (n - x)), z * math.sqrt(n / (x * (n - x)))
    return 1 / (1 + math.exp(reach - middle)), 1 / (1 + math.exp(-reach - middle))


def likelihood(x: float, n: float, z: float) -> Pair:
    """Return every p whose log likelihood is within z^2/2 of the largest."""
    largest = float(xlogy(x, x / n) + xlogy(n - x, 1 - x / n))

    def over(p: float) -> float:
        return largest - float(xlogy(x, p) + xlogy(n - x, 1 - p)) - z**2 / 2

    tiny = 1e-300
    low = 0.0 if x == 0 else _root(over, tiny, x / n)
    return low, 1.0 if x == n else _root(over, x / n, math.nextafter(1.0, 0.0))


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-15, rtol=1e-14, maxiter=500))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "agresti-coull": agresti_coull,
        "arcsine": arcsine,
        "exact": exact,
        "jeffreys": jeffreys,
        "likelihood": likelihood,
        "logit": logit,
        "midp": mid_p,
        "wald": wald,
        "wald-cc": partial(wald, corrected=True),
        "wilson": wilson,
        "wilson-cc": wilson_corrected,
    }
)
ALIASES: Mapping[str, str] = MappingProxyType(
    {"clopper-pearson": "exact", "waldcc": "wald-cc", "wilsoncc": "wilson-cc", "lik": "likelihood"}
)


def proportion(events: int, n: int, method: str = "wilson", level: float = 0.95) -> Proportion:
    """Return events / n with its interval. Raises InputError for counts, UsageError for an unknown method."""
    check_counts(events, n, "the group")
    name = ALIASES.get(method, method)
    if name not in RULES:
        raise UsageError(
            f"there is no method '{method}' of one proportion.", remedy=f"Known: {', '.join(RULES)}."
        )
    low, high = RULES[name](events, n, float(norm.isf((1 - level) / 2)))
    return Proportion(events, n, name, level, events / n, max(0.0, low), min(1.0, high))
