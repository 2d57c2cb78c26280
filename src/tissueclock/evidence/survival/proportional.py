"""Are hazards proportional? The score test of coefficients that change with time, and Schoenfeld residuals.

Grambsch PM, Therneau TM, Biometrika 1994;81:515-526, as the score test that it approximates: to each
covariate is added its product with g(time), and the test is that these products have no effect. g is 1 -
Kaplan-Meier just before each event, so that the units of time do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from tissueclock.evidence.survival.cox import CoxModel
from tissueclock.evidence.survival.kaplan_meier import kaplan_meier
from tissueclock.evidence.survival.partial_likelihood import Moments, Ties

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalityTest:
    """The test of one covariate, or of all (`global`); small p speaks against proportional hazards."""

    name: str
    statistic: float
    df: int
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {"name": self.name, "statistic": self.statistic, "df": self.df, "p": self.p}


def proportionality_tests(
    model: CoxModel, times: Numbers, events: NDArray[np.bool_], names: Sequence[str] = ()
) -> tuple[ProportionalityTest, ...]:
    """Return the test of each covariate, and of all where there are several.

    Exact ties have no single events to follow: the model must be one of Efron's or Breslow's. Raises
    ValueError otherwise, and where all events fall on one time.
    """
    if model.ties is Ties.EXACT:
        raise ValueError("proportionality is tested with Efron's or Breslow's ties")
    g = 1 - kaplan_meier(times, events).survival_before(model.at_fit.time)
    g = g - g.mean()
    if np.ptp(g) == 0:
        raise ValueError("all events fall on one time")
    titles = tuple(names) or tuple(one.name for one in model.coefficients)
    score, variance = _of_products(model.at_fit, g)
    tests = [_test(name, score[[at]], variance[np.ix_([at], [at])]) for at, name in enumerate(titles)]
    return (*tests, _test("global", score, variance)) if len(titles) > 1 else tuple(tests)


def _of_products(fit: Moments, g: Numbers) -> tuple[Numbers, Numbers]:
    """Return score and variance of the products with g, the covariates' own coefficients being estimated."""
    score = g @ fit.residual
    cross, own = (np.tensordot(weight, fit.curvature, axes=1) for weight in (g, g**2))
    return score, own - cross @ np.linalg.solve(fit.information, cross)


def _test(name: str, score: Numbers, variance: Numbers) -> ProportionalityTest:
    statistic = float(score @ np.linalg.solve(variance, score))
    return ProportionalityTest(
        name=name, statistic=statistic, df=len(score), p=float(chi2.sf(statistic, len(score)))
    )
