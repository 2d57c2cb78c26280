"""Logistic regression by Newton's method: Wald and profile intervals, Firth's penalty, Poisson regression.

Firth's penalty is half the log determinant of the information (Firth D, Biometrika 1993;80:27; Heinze G,
Schemper M, Stat Med 2002;21:2409): it gives finite estimates where an outcome is separated. Modified
Poisson regression is Zou's (Am J Epidemiol 2004;159:702), with his sandwich.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, xlogy
from scipy.stats import chi2, norm

from tissueclock.core.errors import InputError

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_MOST_STEPS = 200
_TOLERANCE = 1e-10
_LARGEST = 30.0
"""A linear predictor beyond this says that an outcome is separated: chances below 1e-13."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a regression is of: names of the columns, the columns (rows x columns), the outcome, weights.

    The outcome is 0 or 1. Raises InputError for fewer rows than columns, columns that are not independent, or
    an outcome that does not vary.
    """

    names: tuple[str, ...]
    design: Matrix
    outcome: Vector
    weights: Vector
    firth: bool = False

    def __post_init__(self) -> None:
        rows, columns = self.design.shape
        if columns != len(self.names) or rows != self.outcome.size or rows != self.weights.size:
            raise InputError("the columns of the model differ in length.")
        if rows <= columns:
            raise InputError(
                f"{rows} rows for {columns} coefficients.",
                remedy="Adjust for fewer columns, or give more rows.",
            )
        if self.outcome.min() == self.outcome.max():
            raise InputError("everybody has the same outcome.", remedy="Nothing can be fitted to it.")
        if np.linalg.matrix_rank(self.design) < columns:
            raise InputError(
                "the columns of the model are not independent of each other.",
                remedy="Leave out a column that does not vary or that others give.",
            )

    def log_likelihood(self, coefficients: Vector) -> float:
        """Return the (penalised) log likelihood."""
        p = expit(self.design @ coefficients)
        total = xlogy(self.outcome, p) + xlogy(1 - self.outcome, 1 - p)
        found = float(self.weights @ total)
        if not self.firth:
            return found
        sign, half = np.linalg.slogdet(self.information(coefficients))
        return found + half / 2 if sign > 0 else -math.inf

    def information(self, coefficients: Vector) -> Matrix:
        """Return Fisher's information."""
        p = expit(self.design @ coefficients)
        return np.asarray(self.design.T @ (self.design * (self.weights * p * (1 - p))[:, None]))

    def score(self, coefficients: Vector) -> Vector:
        """Return the derivative of the (penalised) log likelihood."""
        p = expit(self.design @ coefficients)
        excess = self.weights * (self.outcome - p)
        if self.firth:
            excess = excess + self._leverage(coefficients) * (0.5 - p)
        return np.asarray(self.design.T @ excess)

    def covariance(self, coefficients: Vector) -> Matrix:
        """Return the inverse information; with Firth's penalty that of the data with the leverages added.

        logistf 1.24 and later have the same.
        """
        if not self.firth:
            return np.asarray(np.linalg.inv(self.information(coefficients)))
        p = expit(self.design @ coefficients)
        spread = (self.weights + self._leverage(coefficients)) * p * (1 - p)
        return np.asarray(np.linalg.inv(self.design.T @ (self.design * spread[:, None])))

    def _leverage(self, coefficients: Vector) -> Vector:
        p = expit(self.design @ coefficients)
        solved = np.linalg.solve(self.information(coefficients), self.design.T)
        return np.asarray(self.weights * p * (1 - p) * np.einsum("ij,ji->i", self.design, solved))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Coefficients with their covariance (inverse information) and the largest log likelihood."""

    model: Model
    coefficients: Vector
    covariance: Matrix
    log_likelihood: float

    def coefficient(self, name: str) -> float:
        """Return one coefficient."""
        return float(self.coefficients[self.model.names.index(name)])

    def se(self, name: str) -> float:
        """Return the standard error of one coefficient."""
        at = self.model.names.index(name)
        return math.sqrt(float(self.covariance[at, at]))

    def p(self, name: str) -> float:
        """Return Wald's two-sided p of one coefficient."""
        return 2 * float(norm.sf(abs(self.coefficient(name) / self.se(name))))


def model_of(
    columns: Sequence[tuple[str, Vector]],
    outcome: Vector,
    *,
    weights: Vector | None = None,
    firth: bool = False,
) -> Model:
    """Return a model with an intercept before the named columns; raises InputError as Model does."""
    design = np.column_stack([np.ones(outcome.size), *(column for _, column in columns)])
    return Model(
        names=("intercept", *(name for name, _ in columns)),
        design=design,
        outcome=np.asarray(outcome, dtype=np.float64),
        weights=np.ones(outcome.size) if weights is None else weights,
        firth=firth,
    )


def fit(model: Model) -> Fit:
    """Return the coefficients of the largest likelihood.

    Raises InputError where there is none: a column, or several, tell the outcome without error (separation).
    """
    coefficients = _maximised(model, np.zeros(len(model.names)), np.ones(len(model.names), dtype=bool))
    return Fit(
        model=model,
        coefficients=coefficients,
        covariance=model.covariance(coefficients),
        log_likelihood=model.log_likelihood(coefficients),
    )


def _maximised(model: Model, start: Vector, free: NDArray[np.bool_]) -> Vector:
    """Return the coefficients of the largest likelihood where those that are not `free` stay as they are."""
    found, value = start, model.log_likelihood(start)
    for _ in range(_MOST_STEPS):
        score = model.score(found)[free]
        if not free.any():
            return found
        step = np.zeros_like(found)
        step[free] = np.linalg.solve(model.information(found)[np.ix_(free, free)], score)
        if float(np.abs(step).max()) < _TOLERANCE:
            return found
        found, value = _uphill(model, found, value, step)
        if free.all() and float(np.abs(model.design @ found).max()) > _LARGEST:
            break
    raise InputError(
        "the outcome is separated: a column, or several, tell it without error.",
        remedy="Use Firth's penalty (--firth), or adjust for less.",
    )


def _uphill(model: Model, found: Vector, value: float, step: Vector) -> tuple[Vector, float]:
    """Go along the step, halved until the likelihood does not fall."""
    for _ in range(40):
        candidate = found + step
        reached = model.log_likelihood(candidate)
        if reached >= value - 1e-12:
            return candidate, reached
        step = step / 2
    return found, value


def profile_limits(found: Fit, name: str, level: float) -> tuple[float, float]:
    """Return the limits at which twice the (penalised) log likelihood has fallen by the chi-square quantile.

    Raises InputError where the likelihood never falls so far on one side.
    """
    at, fall = found.model.names.index(name), float(chi2.isf(1 - level, 1)) / 2
    free = np.ones(len(found.model.names), dtype=bool)
    free[at] = False

    def over(value: float) -> float:
        start = found.coefficients.copy()
        start[at] = value
        return found.log_likelihood - found.model.log_likelihood(_maximised(found.model, start, free)) - fall

    middle, step = found.coefficient(name), found.se(name)
    return _crossing(over, middle, -step), _crossing(over, middle, step)


def _crossing(over: Callable[[float], float], middle: float, step: float) -> float:
    end = middle + 2 * step
    for _ in range(30):
        if over(end) > 0:
            return float(brentq(over, middle, end, xtol=1e-10, rtol=1e-10))
        end += step
    raise InputError("the likelihood has no limit on one side.", remedy="Use Firth's penalty (--firth).")


def likelihood_ratio_p(larger: Fit, smaller: Fit) -> tuple[float, int, float]:
    """Return the statistic, its degrees of freedom and the p of one model within another."""
    statistic = max(0.0, 2 * (larger.log_likelihood - smaller.log_likelihood))
    df = len(larger.model.names) - len(smaller.model.names)
    return statistic, df, float(chi2.sf(statistic, df))


def penalised_p(found: Fit, name: str) -> float:
    """Return the p of the (penalised) likelihood ratio of one coefficient against 0."""
    at = found.model.names.index(name)
    free = np.ones(len(found.model.names), dtype=bool)
    free[at] = False
    start = found.coefficients.copy()
    start[at] = 0.0
    null = found.model.log_likelihood(_maximised(found.model, start, free))
    return float(chi2.sf(max(0.0, 2 * (found.log_likelihood - null)), 1))


def poisson_fit(model: Model) -> tuple[Vector, Matrix]:
    """Return the coefficients of a Poisson regression of a 0/1 outcome, and Zou's sandwich (HC0).

    exp(coefficient) is a risk ratio. Raises InputError where it does not converge.
    """
    found = np.zeros(len(model.names))
    found[0] = math.log(float(np.average(model.outcome, weights=model.weights)))
    for _ in range(_MOST_STEPS):
        mean = np.exp(np.minimum(model.design @ found, 300.0))
        information = model.design.T @ (model.design * (model.weights * mean)[:, None])
        step = np.linalg.solve(information, model.design.T @ (model.weights * (model.outcome - mean)))
        found = found + step
        if float(np.abs(step).max()) < _TOLERANCE:
            residual = model.weights * (model.outcome - np.exp(model.design @ found))
            bread = np.linalg.inv(information)
            meat = model.design.T @ (model.design * (residual**2)[:, None])
            return found, np.asarray(bread @ meat @ bread)
    raise InputError("the Poisson regression does not converge.", remedy="Adjust for less.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """The risks if everybody were exposed and if nobody were, their difference and log ratio, with SEs."""

    risk_exposed: float
    risk_unexposed: float
    difference: float
    difference_se: float
    log_ratio: float
    log_ratio_se: float


def standardised(found: Fit, name: str) -> Standardised:
    """Return the risks standardised to all rows from a logistic fit (g-computation).

    Standard errors by the delta method with the covariates held fixed. `name` is a 0/1 column; interactions
    of it with others must not be in the model.
    """
    model, at = found.model, found.model.names.index(name)
    risks, slopes = [], []
    for value in (1.0, 0.0):
        design = model.design.copy()
        design[:, at] = value
        p = expit(design @ found.coefficients)
        share = model.weights / model.weights.sum()
        risks.append(float(share @ p))
        slopes.append(share * p * (1 - p) @ design)
    (p_1, p_0), (d_1, d_0) = risks, slopes
    along, ratio = d_1 - d_0, d_1 / p_1 - d_0 / p_0
    return Standardised(
        risk_exposed=p_1,
        risk_unexposed=p_0,
        difference=p_1 - p_0,
        difference_se=math.sqrt(float(along @ found.covariance @ along)),
        log_ratio=math.log(p_1 / p_0),
        log_ratio_se=math.sqrt(float(ratio @ found.covariance @ ratio)),
    )
