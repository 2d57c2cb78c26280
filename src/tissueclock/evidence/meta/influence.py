"""How much each study moves a random-effects estimate, and where its own true effect is expected.

Viechtbauer W, Cheung MW-L, Res Synth Methods 2010;1:112-125. Every diagnostic is from a fit without the
study, its tau2 estimated anew. Best linear unbiased predictions: Raudenbush SW, Bryk AS, J Educ Stat
1985;10:75.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.normal import Interval, around, chi2_quantile, critical
from tissueclock.evidence.meta.pool import Mean, PoolSettings, cochran_q_about, mean_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """One study's diagnostics.

    `rstudent` is its externally standardised residual; `dffits` and `dfbetas` what the estimate moves by
    with it, in standard errors; `cook_d` Cook's distance; `covariance_ratio` what it changes the estimate's
    variance by; `tau2_without`, `q_without`, `hat`, `weight_percent`. `influential` follows the limits of
    Viechtbauer and Cheung: |dffits| > 3 sqrt(1/(k-1)), Cook's distance beyond the median of its chi-square,
    hat > 3/k, |dfbetas| > 1.
    """

    study: str
    rstudent: float
    dffits: float
    cook_d: float
    covariance_ratio: float
    tau2_without: float
    q_without: float
    hat: float
    weight_percent: float
    dfbetas: float
    influential: bool

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Where a study's own true effect is expected, on the analysis scale, with its standard error."""

    study: str
    beta: float
    se: float
    interval: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the four by name."""
        low, high = self.interval
        return {"study": self.study, "beta": self.beta, "se": self.se, "pi_low": low, "pi_high": high}


def influence(names: Sequence[str], yi: Array, vi: Array, settings: PoolSettings) -> tuple[Influence, ...]:
    """Return the diagnostics of every study; InputError where there are fewer than three."""
    if len(yi) < 3:
        raise InputError(
            f"{len(yi)} studies say nothing of each other's influence.", remedy="It takes three."
        )
    whole = mean_effect(yi, vi, settings)
    return tuple(_without(i, name, yi, vi, whole, settings) for i, name in enumerate(names))


def _without(i: int, study: str, yi: Array, vi: Array, whole: Mean, settings: PoolSettings) -> Influence:
    """Return the diagnostics of study `i`, from a fit to all others."""
    others, variances = np.delete(yi, i), np.delete(vi, i)
    rest = mean_effect(others, variances, settings)
    moved, tau2 = whole.beta - rest.beta, rest.tau2.value
    hat = float(whole.fit.weights[i] / np.sum(whole.fit.weights))
    cook_d = (moved / whole.se) ** 2
    dffits = float(moved / math.sqrt(hat * (tau2 + vi[i])))
    dfbetas = moved * math.sqrt(float(np.sum(1 / (vi + tau2))))
    return Influence(
        study=study,
        rstudent=float((yi[i] - rest.beta) / math.sqrt(vi[i] + tau2 + rest.se**2)),
        dffits=dffits,
        cook_d=cook_d,
        covariance_ratio=(rest.se / whole.se) ** 2,
        tau2_without=tau2,
        q_without=cochran_q_about(others, variances, None),
        hat=hat,
        weight_percent=100 * hat,
        dfbetas=dfbetas,
        influential=_is_influential(dffits, cook_d, hat, dfbetas, len(yi)),
    )


def _is_influential(dffits: float, cook_d: float, hat: float, dfbetas: float, k: int) -> bool:
    return (
        abs(dffits) > 3 * math.sqrt(1 / (k - 1))
        or cook_d > chi2_quantile(0.5, 1)
        or hat > 3 / k
        or abs(dfbetas) > 1
    )


def predictions(names: Sequence[str], yi: Array, vi: Array, settings: PoolSettings) -> tuple[Prediction, ...]:
    """Return the best linear unbiased prediction of every study's true effect, shrunk towards the mean."""
    mean = mean_effect(yi, vi, settings)
    kept = mean.tau2.value / (mean.tau2.value + vi)
    betas = kept * yi + (1 - kept) * mean.beta
    errors = np.sqrt(kept * vi + (1 - kept) ** 2 * mean.se**2)
    reach = critical(settings.level, mean.df)
    return tuple(
        Prediction(study=name, beta=float(b), se=float(e), interval=around(float(b), float(reach * e)))
        for name, b, e in zip(names, betas, errors, strict=True)
    )
