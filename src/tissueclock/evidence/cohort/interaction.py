"""The interaction of an effect with a profile: whether it differs between strata, from counts or from print.

The strata's effects are put on the scale where they are nearly normal (the logarithm for ratios); two of
them differ by d with SE sqrt(SE1^2 + SE2^2) (Altman DG, Bland JM, BMJ 2003;326:219), more by Cochran's Q. A
printed interval gives its SE as its width over 2 z; where its lower limit is printed as 0, from estimate
and upper limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.stats import chi2, norm

from tissueclock.core.errors import InputError
from tissueclock.evidence.two_groups.effect import effect, finite, normal_quantile
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.strata import Strata


class Scale(Enum):
    """Whether effects are ratios, compared by their logarithms, or differences."""

    RATIO = "ratio"
    DIFFERENCE = "difference"

    def analysed(self, value: float) -> float:
        """Return a value on the scale of analysis."""
        return math.log(value) if self is Scale.RATIO else value

    def natural(self, value: float) -> float:
        """Return a value of the scale of analysis as print has it; too large for a float is infinite."""
        if self is Scale.DIFFERENCE:
            return value
        return math.exp(value) if value < 709 else math.inf


SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        **dict.fromkeys(("RR", "OR", "HR"), Scale.RATIO),
        **dict.fromkeys(("RD", "MD"), Scale.DIFFERENCE),
    }
)
"""The measures that strata may be compared by: MD is a mean difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumEffect:
    """The effect in one stratum on the scale of analysis, its SE, and how that was found."""

    name: str
    value: float
    se: float
    how: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.se) and self.se > 0):
            raise InputError(
                f"the effect in '{self.name}' has no finite standard error.",
                remedy="Give an interval with two limits around the estimate, or a p below 1.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """How the effect differs between strata.

    `contrast` is the first stratum against the second: the ratio of ratios, or the difference of differences,
    with its interval; None with more than two strata. `statistic` is z with two strata, else Q with `df`.
    """

    measure: str
    strata: tuple[StratumEffect, ...]
    statistic: float
    df: int
    p: float
    level: float
    contrast: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    se: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> Scale:
        """The scale of the measure."""
        return SCALES[self.measure]

    def natural(self, stratum: StratumEffect) -> tuple[float, float, float]:
        """Return the effect of a stratum with its interval as print has it."""
        reach = normal_quantile(self.level) * stratum.se
        ends = (stratum.value, stratum.value - reach, stratum.value + reach)
        low, middle, high = (self.scale.natural(end) for end in (ends[1], ends[0], ends[2]))
        return middle, low, high

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name; ratios on the natural scale, SEs on that of analysis."""
        strata = []
        for stratum in self.strata:
            estimate, low, high = map(finite, self.natural(stratum))
            strata.append(
                {
                    "stratum": stratum.name,
                    "estimate": estimate,
                    "ci_low": low,
                    "ci_high": high,
                    "se": stratum.se,
                    "how": stratum.how,
                }
            )
        two = len(self.strata) == 2
        return {
            "measure": self.measure,
            "contrast": None if self.contrast is None else finite(self.contrast),
            "ci_low": None if self.ci_low is None else finite(self.ci_low),
            "ci_high": None if self.ci_high is None else finite(self.ci_high),
            "contrast_is": f"{self.scale.value} of {self.scale.value}s, first stratum against second",
            "se": self.se,
            "z": self.statistic if two else None,
            "q": None if two else self.statistic,
            "df": self.df,
            "p": self.p,
            "p_method": "two-sided z of the difference" if two else "Cochran's Q over the strata",
            "level": self.level,
            "strata": strata,
            "notes": list(self.notes),
        }


def interaction(
    effects: Sequence[StratumEffect], measure: str, *, level: float = 0.95, notes: Sequence[str] = ()
) -> Interaction:
    """Return how effects that are independent of each other differ; raises InputError for fewer than two."""
    _check(effects)
    scale, z = SCALES[measure], normal_quantile(level)
    if len(effects) > 2:
        statistic, df = _q(effects)
        return Interaction(
            measure=measure,
            strata=tuple(effects),
            statistic=statistic,
            df=df,
            p=float(chi2.sf(statistic, df)),
            level=level,
            notes=tuple(notes),
        )
    first, second = effects
    difference, se = first.value - second.value, math.hypot(first.se, second.se)
    return Interaction(
        measure=measure,
        strata=tuple(effects),
        statistic=difference / se,
        df=1,
        p=2 * float(norm.sf(abs(difference / se))),
        level=level,
        contrast=scale.natural(difference),
        ci_low=scale.natural(difference - z * se),
        ci_high=scale.natural(difference + z * se),
        se=se,
        notes=tuple(notes),
    )


def _check(effects: Sequence[StratumEffect]) -> None:
    names = [item.name for item in effects]
    if len(names) < 2:
        raise InputError(f"there are {len(names)} strata.", remedy="An interaction needs two or more.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"the stratum '{twice}' is given twice.", remedy="Give it once.")


def _q(effects: Sequence[StratumEffect]) -> tuple[float, int]:
    values = np.array([item.value for item in effects])
    weights = np.array([1 / item.se**2 for item in effects])
    mean = float(weights @ values) / float(weights.sum())
    return float(weights @ (values - mean) ** 2), len(effects) - 1


def interaction_of_strata(strata: Strata, measure: Measure, *, level: float = 0.95) -> Interaction:
    """Return the interaction from counts: Katz (RR), Woolf (OR) or Wald (RD) in every stratum.

    1/2 is added to the cells of a stratum whose ratio needs it, and a note says so.
    """
    effects, notes = [], []
    for name, table in zip(strata.names, strata.tables, strict=True):
        found = effect(table, measure, level=level)
        estimate = found.estimate if found.estimate is not None else math.nan
        value = SCALES[measure.value].analysed(estimate)
        se = math.nan if found.se is None else found.se
        effects.append(StratumEffect(name=name, value=value, se=se, how=f"{table.words()}, {found.method}"))
        notes += [f"{name}: {note}" for note in found.notes]
    return interaction(effects, measure.value, level=level, notes=notes)


def from_interval(
    name: str, estimate: float, low: float, high: float, measure: str, *, level: float = 0.95
) -> StratumEffect:
    """Return the effect that a printed interval stands for.

    Of a ratio whose lower limit is printed as 0 the SE comes from estimate and upper limit. Raises InputError
    where the limits are not around the estimate, or a ratio is not positive.
    """
    scale, z = SCALES[measure], normal_quantile(level)
    if not all(map(math.isfinite, (estimate, low, high))):
        raise InputError("a number is not finite.", where=name, remedy="Give numbers as they are printed.")
    if not low <= estimate <= high or low == high:
        raise InputError(
            f"the estimate {estimate:g} is not between {low:g} and {high:g}.",
            where=name,
            remedy="Give estimate, lower limit, upper limit in this order.",
        )
    if scale is Scale.RATIO and (estimate <= 0 or low < 0):
        raise InputError(f"the ratio {estimate:g}.", where=name, remedy="A ratio is above 0.")
    value = scale.analysed(estimate)
    if scale is Scale.RATIO and low == 0:
        how = "estimate and upper limit, since the lower is printed as 0"
        return StratumEffect(name=name, value=value, se=(math.log(high) - value) / z, how=how)
    width = scale.analysed(high) - scale.analysed(low)
    return StratumEffect(name=name, value=value, se=width / (2 * z), how="width of the interval")


def from_p(name: str, estimate: float, p: float, measure: str) -> StratumEffect:
    """Return the effect that a printed estimate with its two-sided p stands for: SE = |effect| / z.

    Raises InputError for a p outside 0..1, or an estimate of no effect, whose SE no p can tell.
    """
    scale = SCALES[measure]
    if not 0 < p < 1:
        raise InputError(f"the p {p:g}.", where=name, remedy="A p lies between 0 and 1.")
    if scale is Scale.RATIO and not estimate > 0:
        raise InputError(f"the ratio {estimate:g}.", where=name, remedy="A ratio is above 0.")
    value = scale.analysed(estimate)
    if value == 0:
        raise InputError(
            "no effect and a p: its standard error cannot be told.", where=name, remedy="Give the interval."
        )
    se = abs(value) / float(norm.isf(p / 2))
    return StratumEffect(name=name, value=value, se=se, how="estimate and p")
