"""Cox's proportional hazards model: hazard ratios with intervals, three tests, and concordance."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from tissueclock.evidence.survival.partial_likelihood import Moments, RiskSets, Ties, moments, risk_sets

Numbers = NDArray[np.float64]
Interval = tuple[float, float]
_MOST_STEPS = 50
_HALVINGS = 30
_GAIN = 1e-13
"""A step that raises the log likelihood by less, as a share of it, is the last (our choice)."""
_FARTHEST = 20.0
"""A log hazard ratio over the whole range of a covariate beyond this has no maximum (our choice)."""
_NOTHING = 1e-12
"""Information of an event on a covariate, in squares of its range, that is none: rounding."""
_SAME = 1e-9
"""The rest of a covariate's information, beside the others, that is none: rounding."""
_RISK_DECIMALS = 12
"""Risks that differ by less are one and the same: rounding."""
_FLAT = 1e-6
"""A likelihood whose curvature falls to this share of that at no effect has none either (our choice)."""


_LARGEST_LOG_RATIO = 700.0
"""The largest log hazard ratio whose ratio is a number."""


class CoxError(ValueError):
    """The model cannot be fitted; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One covariate: log hazard ratio and its standard error; hazard ratio, interval and Wald's p."""

    name: str
    log_hazard_ratio: float
    standard_error: float
    hazard_ratio: float
    interval: Interval
    z: float
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {**found, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTest:
    """A test that all coefficients are 0."""

    statistic: float
    df: int
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {"statistic": self.statistic, "df": self.df, "p": self.p}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxModel:
    """A fitted model. `log_likelihood` is that of no effect and that of the fit.

    `concordance` is the share of comparable pairs in which who has the event first has the higher risk, ties
    of risk a half; None where no pair can be compared.
    """

    n: int
    events: int
    strata: int
    ties: Ties
    coefficients: tuple[Coefficient, ...]
    log_likelihood: tuple[float, float]
    likelihood_ratio: ModelTest
    score: ModelTest
    wald: ModelTest
    concordance: float | None
    at_fit: Moments

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {
            "n": self.n,
            "events": self.events,
            "strata": self.strata,
            "ties": self.ties.value,
            "coefficients": [one.to_json() for one in self.coefficients],
            "log_likelihood": list(self.log_likelihood),
            "likelihood_ratio_test": self.likelihood_ratio.to_json(),
            "score_test": self.score.to_json(),
            "wald_test": self.wald.to_json(),
            "concordance": self.concordance,
        }


def cox_model(
    times: ArrayLike,
    events: ArrayLike,
    covariates: ArrayLike,
    names: Sequence[str],
    *,
    stratum: ArrayLike | None = None,
    ties: Ties = Ties.EFRON,
    level: float = 0.95,
) -> CoxModel:
    """Fit the model by Newton's method; `covariates` is people x covariates.

    Raises CoxError where there is no event, where covariates are combinations of each other, and where a
    hazard ratio grows without limit because nobody with some value of it had an event.
    """
    moment, ended = np.asarray(times, dtype=np.float64), np.asarray(events, dtype=bool)
    table = np.asarray(covariates, dtype=np.float64).reshape(len(moment), len(names))
    part_of = (
        np.zeros(len(moment), dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    )
    _check(ended, table, names)
    strata = risk_sets(moment, ended, table, part_of)
    start = moments(strata, np.zeros(len(names)), ties)
    _check_information(start, np.ptp(table, axis=0), names)
    beta, fit = _newton(strata, start, ties, np.ptp(table, axis=0), names)
    covariance = np.linalg.inv(fit.information)
    before, after = (float(one.log_likelihood.sum()) for one in (start, fit))
    return CoxModel(
        n=len(moment),
        events=int(ended.sum()),
        strata=len(np.unique(part_of)),
        ties=ties,
        coefficients=tuple(
            _coefficient(name, float(value), math.sqrt(variance), level)
            for name, value, variance in zip(names, beta, np.diag(covariance), strict=True)
        ),
        log_likelihood=(before, after),
        likelihood_ratio=_test(max(2 * (after - before), 0.0), len(names)),
        score=_test(float(start.score @ np.linalg.solve(start.information, start.score)), len(names)),
        wald=_test(float(beta @ fit.information @ beta), len(names)),
        concordance=_concordance(moment, ended, table @ beta, part_of),
        at_fit=fit,
    )


def _check(events: NDArray[np.bool_], covariates: Numbers, names: Sequence[str]) -> None:
    if not np.isfinite(covariates).all():
        raise CoxError("a covariate is not finite")
    if not events.any():
        raise CoxError("nobody had the event")
    for at, name in enumerate(names):
        if np.ptp(covariates[:, at]) == 0:
            raise CoxError(f"'{name}' is the same for all")
    centred = covariates - covariates.mean(axis=0)
    if np.linalg.matrix_rank(centred / np.linalg.norm(centred, axis=0)) < len(names):
        raise CoxError("a covariate is a combination of the others")


def _newton(
    strata: tuple[RiskSets, ...], start: Moments, ties: Ties, span: Numbers, names: Sequence[str]
) -> tuple[Numbers, Moments]:
    """Climb to the maximum; a step that would lead down, or beyond all numbers, is halved."""
    beta, now = np.zeros(len(names)), start
    for _ in range(_MOST_STEPS):
        height = float(now.log_likelihood.sum())
        beta, now = _climb(strata, beta, now, ties)
        gain = float(now.log_likelihood.sum()) - height
        if bool((np.abs(beta) * span > _FARTHEST).any()):
            break
        if gain <= _GAIN * abs(height):
            flat = np.diag(now.information) < _FLAT * np.diag(start.information)
            if not flat.any():
                return beta, now
            break
    worst = names[int(np.argmax(np.abs(beta) * span))]
    raise CoxError(
        f"the hazard ratio of '{worst}' has no limit: nobody with some value of it had the event, or a value "
        "of it lies far from all others"
    )


def _climb(strata: tuple[RiskSets, ...], beta: Numbers, now: Moments, ties: Ties) -> tuple[Numbers, Moments]:
    """Return the first of Newton's step and its halves that does not lead down."""
    step, height = _step(now), float(now.log_likelihood.sum())
    for halving in range(_HALVINGS):
        tried = beta + step / 2**halving
        there = moments(strata, tried, ties)
        if there.is_finite and float(there.log_likelihood.sum()) >= height - _GAIN * abs(height):
            return tried, there
    raise CoxError("the likelihood cannot be climbed: a covariate's values lie too far from each other")


def _step(now: Moments) -> Numbers:
    try:
        return np.asarray(np.linalg.solve(now.information, now.score))
    except np.linalg.LinAlgError as error:
        raise CoxError("the events cannot tell the covariates apart") from error


def _check_information(start: Moments, span: Numbers, names: Sequence[str]) -> None:
    """Raise CoxError where the events say nothing of a covariate, or of some apart from others."""
    information = start.information
    own = np.diag(information)
    for name, share in zip(names, own / (span**2 * len(start.time)), strict=True):
        if share < _NOTHING:
            raise CoxError(f"the events tell nothing of '{name}': it is alike in every risk set")
    scale = np.sqrt(own)
    if np.linalg.matrix_rank(information / np.outer(scale, scale), tol=_SAME, hermitian=True) < len(names):
        raise CoxError("the events cannot tell the covariates apart")


def _coefficient(name: str, beta: float, error: float, level: float) -> Coefficient:
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    if abs(beta) + reach > _LARGEST_LOG_RATIO:
        raise CoxError(f"the events hardly tell anything of {name}: its interval ends beyond all numbers")
    return Coefficient(
        name=name,
        log_hazard_ratio=beta,
        standard_error=error,
        hazard_ratio=math.exp(beta),
        interval=(math.exp(beta - reach), math.exp(beta + reach)),
        z=beta / error,
        p=math.erfc(abs(beta / error) / math.sqrt(2)),
    )


def _test(statistic: float, df: int) -> ModelTest:
    return ModelTest(statistic=statistic, df=df, p=float(chi2.sf(statistic, df)))


def _concordance(
    times: Numbers, events: NDArray[np.bool_], risk: Numbers, stratum: NDArray[np.int64]
) -> float | None:
    """Return Harrell's C within strata: who has the event against all who are known to have it later."""
    parts = [_pairs(times[kept], events[kept], risk[kept]) for kept in _members(stratum)]
    right, tied, pairs = (sum(column) for column in zip(*parts, strict=True))
    return (right + tied / 2) / pairs if pairs else None


def _members(stratum: NDArray[np.int64]) -> Iterator[NDArray[np.bool_]]:
    for name in np.unique(stratum):
        yield stratum == name


def _pairs(times: Numbers, events: NDArray[np.bool_], risk: Numbers) -> tuple[int, int, int]:
    """Count pairs in which the earlier event had the higher risk, pairs tied in it, and all.

    From the last time back, the risks of all who have it later are kept in order. Who is censored at the time
    of an event has it later.
    """
    later: list[float] = []
    right = tied = pairs = 0
    rounded = np.round(risk, _RISK_DECIMALS).tolist()
    order = np.lexsort((events, -times)).tolist()
    for _, at_one_time in groupby(order, key=lambda at: (times[at], events[at])):
        people = list(at_one_time)
        if events[people[0]]:
            for at in people:
                below = bisect_left(later, rounded[at])
                right, pairs = right + below, pairs + len(later)
                tied += bisect_right(later, rounded[at]) - below
        for at in people:
            insort(later, rounded[at])
    return right, tied, pairs
