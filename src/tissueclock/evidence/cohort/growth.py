"""Infarct growth by exposure: medians with exact intervals, the Hodges-Lehmann shift, quantile regression.

Volumes are skewed, so means say little. A median's interval is made of two order statistics by the binomial
(Conover WJ, Practical Nonparametric Statistics, 1999); its coverage is at least the level. The shift is the
median of all differences between the groups, its interval that of the rank-sum test (Hollander M, Wolfe DA,
1999).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, mannwhitneyu, norm
from statsmodels.regression.quantile_regression import QuantReg

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.rows import Cohort

Vector = NDArray[np.float64]

QUANTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    """The median of a group with quartiles, mL; the interval is None where there are too few values."""

    n: int
    median_ml: float
    quartiles_ml: tuple[float, float]
    ci_ml: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileEffect:
    """How much a quantile of growth, mL, differs between exposed and unexposed, adjusted for covariates."""

    quantile: float
    difference_ml: float
    ci_ml: tuple[float, float]
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Growth of both groups, the shift between them (exposed minus unexposed), and its quantiles."""

    exposed: Median
    unexposed: Median
    shift_ml: float
    shift_ci_ml: tuple[float, float]
    p: float
    p_method: str
    covariates: tuple[str, ...]
    quantiles: tuple[QuantileEffect, ...]
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """Return every value by name."""
        return asdict(self)


def median_interval(values: Vector, level: float = 0.95) -> Median:
    """Return the median with its exact interval; raises InputError for no value."""
    if values.size == 0:
        raise InputError("a group has no known growth.", remedy="Leave growth out.")
    ordered = np.sort(values)
    rank = int(binom.ppf((1 - level) / 2, values.size, 0.5))  # ends are the rank-th smallest and largest
    interval = None
    if rank >= 1 and binom.cdf(rank - 1, values.size, 0.5) <= (1 - level) / 2:
        interval = (float(ordered[rank - 1]), float(ordered[-rank]))
    low, middle, high = (float(np.quantile(values, q)) for q in QUANTILES)
    return Median(n=int(values.size), median_ml=middle, quartiles_ml=(low, high), ci_ml=interval)


def hodges_lehmann(one: Vector, other: Vector, level: float = 0.95) -> tuple[float, tuple[float, float]]:
    """Return the median of all differences one - other, with the interval of the rank-sum test.

    The rank of the limits is by the normal approximation without ties.
    """
    differences = np.sort((one[:, None] - other[None, :]).ravel())
    n, m = one.size, other.size
    spread = math.sqrt(n * m * (n + m + 1) / 12)
    rank = max(1, round(n * m / 2 - float(norm.isf((1 - level) / 2)) * spread))
    return float(np.median(differences)), (float(differences[rank - 1]), float(differences[-rank]))


def growth(cohort: Cohort, covariates: Sequence[str] = (), *, level: float = 0.95) -> Growth:
    """Return the analysis of growth of the patients whose growth is known.

    Quantile regression takes those whose covariates are known too. Raises InputError where the cohort has no
    growth or a group has none that is known.
    """
    if cohort.growth is None:
        raise InputError("the cohort has no growth.", remedy="Name the column.")
    known = ~np.isnan(cohort.growth)
    values, exposed = cohort.growth[known], cohort.exposure[known] == 1
    one, other = values[exposed], values[~exposed]
    medians = median_interval(one, level), median_interval(other, level)
    shift, interval = hodges_lehmann(one, other, level)
    test = mannwhitneyu(one, other, alternative="two-sided", method="asymptotic", use_continuity=False)
    kept = known.copy()
    for name in covariates:
        kept &= ~np.isnan(cohort.covariates[name])
    return Growth(
        exposed=medians[0],
        unexposed=medians[1],
        shift_ml=shift,
        shift_ci_ml=interval,
        p=float(test.pvalue),
        p_method="Wilcoxon rank-sum, normal approximation with ties, no continuity correction",
        covariates=tuple(covariates),
        quantiles=quantile_effects(cohort.where(kept), covariates, level),
        left_out=int((~known).sum()),
    )


def quantile_effects(
    cohort: Cohort, covariates: Sequence[str], level: float = 0.95
) -> tuple[QuantileEffect, ...]:
    """Return the quartiles' differences by quantile regression (Koenker & Bassett, Econometrica 1978;46:33).

    Standard errors are statsmodels' robust ones (Epanechnikov kernel, Hall-Sheather bandwidth). A cohort with
    too few patients for the coefficients gives none.
    """
    design = np.column_stack(
        [np.ones(cohort.n), cohort.exposure, *(cohort.covariates[name] for name in covariates)]
    )
    if cohort.growth is None or cohort.n < 5 * design.shape[1]:
        return ()
    model = QuantReg(cohort.growth, design)
    return tuple(_quantile(model, quantile, level) for quantile in QUANTILES)


def _quantile(model: QuantReg, quantile: float, level: float) -> QuantileEffect:
    with warnings.catch_warnings():  # its reweighting may circle around the last digits
        warnings.simplefilter("ignore")
        found = model.fit(q=quantile, max_iter=5000, p_tol=1e-8)
    low, high = found.conf_int(alpha=1 - level)[1]
    return QuantileEffect(
        quantile=quantile,
        difference_ml=float(found.params[1]),
        ci_ml=(float(low), float(high)),
        p=float(found.pvalues[1]),
    )
