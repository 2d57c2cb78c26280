"""Means over the scale: the utility-weighted mRS and the mean grade, compared by Welch's t."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from tissueclock.core.errors import UsageError
from tissueclock.evidence.ordinal.estimate import Estimate, t_of, two_sided_t
from tissueclock.evidence.ordinal.table import MrsTable

GRADES = tuple(float(grade) for grade in range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilities:
    """What each grade from 0 to 6 is worth, and who says so."""

    name: str
    weights: tuple[float, ...]
    source: str

    def __post_init__(self) -> None:
        if len(self.weights) != len(GRADES) or not all(map(math.isfinite, self.weights)):
            raise UsageError(
                f"the utilities '{self.name}' are not seven numbers.", remedy="Give one a grade, 0 to 6."
            )


UTILITIES: Mapping[str, Utilities] = MappingProxyType(
    {
        item.name: item
        for item in (
            Utilities(
                name="dawn",
                weights=(10.0, 9.1, 7.6, 6.5, 3.3, 0.0, 0.0),
                source="co-primary outcome of DAWN (NEJM 2018;378:11) and primary of TESLA, from 0 to 10",
            ),
            Utilities(
                name="who-disability",
                weights=(10.0, 9.54, 7.88, 6.69, 3.48, 0.56, 0.0),
                source="10 x (1 - disability weight), Hong KS, Saver JL, Stroke 2009;40:3828",
            ),
            Utilities(
                name="eq-5d",
                weights=(9.6, 8.3, 7.2, 5.4, 2.2, -1.8, 0.0),
                source="10 x EQ-5D in 22 946 patients, Wang X et al, Stroke 2020;51:2411",
            ),
        )
    }
)
"""Sets of utilities by name, all from 0 (dead) to 10, so that their differences can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """Means of both arms and the first minus the second; `means` is None where levels hide the values."""

    means: tuple[float, float] | None
    difference: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return means and difference by name."""
        means = None if self.means is None else list(self.means)
        return {"means": means, **self.difference.to_json()}


def utilities(text: str) -> Utilities:
    """Return a named set, or seven numbers with commas between; raises UsageError with the names."""
    if text in UTILITIES:
        return UTILITIES[text]
    try:
        weights = tuple(float(word) for word in text.split(","))
    except ValueError:
        known = ", ".join(UTILITIES)
        raise UsageError(
            f"there are no utilities '{text}'.", remedy=f"Known: {known}; or seven numbers."
        ) from None
    return Utilities(name="given", weights=weights, source="given by the user")


def mean_difference(table: MrsTable, by_grade: Sequence[float], level: float = 0.95) -> MeanDifference:
    """Compare the means of `by_grade`, one value a grade, by Welch's t with its interval."""
    method = "difference of means"
    values = table.values_by_level(by_grade)
    if values is None:
        merged = ", ".join(name for name in table.levels if "-" in name)
        reason = f"grades of different value are known together ({merged})"
        return MeanDifference(means=None, difference=Estimate(method=method, reason=reason))
    sizes = table.n
    means, squares = _moments(table, np.array(values))
    difference = means[0] - means[1]
    reason = ""
    if min(sizes) < 2:
        reason = "an arm has one patient: there is no interval"
    elif all(len(_in_use(values, counts)) == 1 for counts in table.counts):
        reason = "the values do not vary within the arms: there is no interval"
    if reason:
        return MeanDifference(
            means=means, difference=Estimate(method=method, estimate=difference, reason=reason)
        )
    parts = [square / n / (n - 1) for square, n in zip(squares, sizes, strict=True)]
    se = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    reach = t_of(level, df) * se
    found = Estimate(
        method=method,
        interval="Welch, t",
        p_method="Welch, t",
        estimate=difference,
        se=se,
        ci_low=difference - reach,
        ci_high=difference + reach,
        p=two_sided_t(difference / se, df),
    )
    return MeanDifference(means=means, difference=found)


def _in_use(values: Sequence[float], counts: Sequence[int]) -> set[float]:
    return {value for value, count in zip(values, counts, strict=True) if count}


def _moments(table: MrsTable, values: np.ndarray) -> tuple[tuple[float, float], list[float]]:
    """Return the mean of each arm, and its sum of squares about it."""
    means = [float(np.average(values, weights=counts)) for counts in table.array]
    squares = [float(counts @ (values - mean) ** 2) for counts, mean in zip(table.array, means, strict=True)]
    return (means[0], means[1]), squares
