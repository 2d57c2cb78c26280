"""A pooled estimate: one value with its intervals, its heterogeneity, and the names of what made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.normal import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How studies differ: tau2 (squared analysis scale) with its error, I2 in percent, H2, Cochran's Q.

    None stands for what a model does not give. `tau2_ci` is the interval by `tau2_ci_method`; `i2_ci` follows
    from it, or from Q where I2 does.
    """

    tau2: float
    tau2_se: float | None = None
    tau2_ci: Interval | None = None
    tau2_ci_method: str = ""
    i2: float | None
    i2_ci: Interval | None = None
    h2: float | None
    q: float | None
    q_df: int
    q_p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledEffect:
    """An estimate over `k` studies.

    `beta`, `se`, `beta_ci`, `beta_pi` lie on the analysis scale; `estimate`, `ci`, `pi` on the natural one.
    `test` is z, t, knapp-hartung or knapp-hartung-ad-hoc, with `df` for all but z. `pi` is the prediction
    interval of a new study's true effect, None where there is none. `model` names one of several of a
    method (GLMM). `weights_percent` has a number a study,
    and is empty for a model without weights.
    """

    measure: str
    method: str
    convention: str
    test: str
    level: float
    k: int
    beta: float
    se: float
    statistic: float
    df: int | None
    p: float
    beta_ci: Interval
    beta_pi: Interval | None
    estimate: float
    ci: Interval
    pi: Interval | None
    heterogeneity: Heterogeneity
    model: str = ""
    weights_percent: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fixed keys: natural scale, analysis scale, heterogeneity; I2 in percent."""
        found = self.heterogeneity
        return {
            "measure": self.measure,
            "method": self.method,
            "model": self.model or None,
            "convention": self.convention,
            "test": self.test,
            "df": self.df,
            "level": self.level,
            "k": self.k,
            "estimate": self.estimate,
            "ci_low": self.ci[0],
            "ci_high": self.ci[1],
            "p": self.p,
            "pi_low": self.pi[0] if self.pi else None,
            "pi_high": self.pi[1] if self.pi else None,
            "beta": self.beta,
            "se": self.se,
            "statistic": self.statistic,
            "beta_ci": list(self.beta_ci),
            "beta_pi": list(self.beta_pi) if self.beta_pi else None,
            "tau2": found.tau2,
            "tau2_se": found.tau2_se,
            "tau2_ci": list(found.tau2_ci) if found.tau2_ci else None,
            "tau2_ci_method": found.tau2_ci_method or None,
            "i2": found.i2,
            "i2_ci": list(found.i2_ci) if found.i2_ci else None,
            "h2": found.h2,
            "q": found.q,
            "q_df": found.q_df,
            "q_p": found.q_p,
            "notes": list(self.notes),
        }


def natural(measure: Measure, interval: Interval, n: float) -> Interval:
    """Return an interval of the analysis scale on the natural one; `n` is the harmonic mean of the sizes."""
    low, high = measure.back(np.array(interval), n)
    return float(low), float(high)
