"""Proportions with beta priors: posteriors, and the chance that one proportion exceeds another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, betaincinv, betaln, expit, log_expit, polygamma

from tissueclock.core.errors import InputError
from tissueclock.evidence.quadrature import on_panels

Array = NDArray[np.float64]
Values = Callable[[Array, Array], Array]
"""A function of rates and of what is left of them to 1."""
_POINTS = 12
_WIDEST_PANEL = 1.0
_TAIL = 1e-17
_HALVINGS = 40
_LEAST_SHAPE = 0.05
"""Beta priors below it pile up on 0 and 1 so sharply that they mean nothing: our choice."""


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta distribution of a proportion: as a prior, `a` events and `b` non-events seen before.

    Raises InputError unless both are 0.05 or more and finite.
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (_LEAST_SHAPE <= self.a < math.inf and _LEAST_SHAPE <= self.b < math.inf):
            raise InputError(
                f"a beta distribution with {self.a:g} and {self.b:g} was given.",
                remedy=f"Use two numbers of {_LEAST_SHAPE:g} or more, such as 0.5,0.5 (Jeffreys) or 1,1.",
            )

    def after(self, events: int, n: int) -> Beta:
        """Return the posterior; raises InputError for counts that are impossible."""
        if not 0 <= events <= n:
            raise InputError(
                f"there are {events} events of {n} patients.", remedy="Use 0 <= events <= patients."
            )
        return Beta(self.a + events, self.b + n - events)

    @property
    def mean(self) -> float:
        """The mean of the proportion."""
        return self.a / (self.a + self.b)

    def chance_above(self, rate: float) -> float:
        """Return the chance that the proportion exceeds `rate`."""
        return float(betaincc(self.a, self.b, rate))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the equal-tailed credible interval."""
        tail = (1 - level) / 2
        return float(betaincinv(self.a, self.b, tail)), float(betaincinv(self.a, self.b, 1 - tail))


JEFFREYS = Beta(0.5, 0.5)


def chance_greater(first: Beta, second: Beta, margin: float = 0.0) -> float:
    """Return the chance that the first proportion exceeds the second by more than `margin`.

    One distribution function is integrated over the other's density on the logit scale, where a beta density
    has no poles, by Gauss-Legendre in panels narrower than the SD of either: exact to some 1e-12. With a
    margin the one that is integrated over is that with less chance where the other's function has its kink.
    """
    if not -1 < margin < 1:
        raise InputError(f"a margin of {margin:g} was given.", remedy="Use a difference between -1 and 1.")
    if margin == 0:
        return _mean_of(first, second, _shifted_below(second, 0.0), None)
    # The second's function has its kink where the first rate is `margin` (or 1 + margin); the first's, seen
    # from the second rate, at 1 - margin (or -margin). As logits these mirror each other.
    logit = math.log(abs(margin)) - math.log1p(-abs(margin))
    logit = logit if margin > 0 else -logit
    if _rarer_end(first, logit) <= _rarer_end(second, -logit):
        return _mean_of(first, second, _shifted_below(second, margin), logit)
    return _mean_of(second, first, _shifted_above(first, margin), -logit)


def _shifted_below(beta: Beta, margin: float) -> Values:
    return lambda x, rest: _below(beta, np.clip(x - margin, 0, 1), np.clip(rest + margin, 0, 1))


def _shifted_above(beta: Beta, margin: float) -> Values:
    """Return the chance above x + margin: that of the complement below what is left."""
    turned = Beta(beta.b, beta.a)
    return lambda x, rest: _below(turned, np.clip(rest - margin, 0, 1), np.clip(x + margin, 0, 1))


def _below(beta: Beta, rates: Array, rests: Array) -> Array:
    """Return the distribution function of rates and their rests: near 1 the rest has more digits."""
    low, high = betainc(beta.a, beta.b, rates), betaincc(beta.b, beta.a, rests)
    return np.asarray(np.where(rates < 0.5, low, high))


def _rarer_end(beta: Beta, logit: float) -> float:
    rate = expit(logit)
    return float(min(betainc(beta.a, beta.b, rate), betaincc(beta.a, beta.b, rate)))


def _mean_of(over: Beta, other: Beta, value: Values, kink: float | None) -> float:
    """Return the mean of a function of rates and rests over the first beta."""
    logits, weights = _points(over, min(_WIDEST_PANEL, _logit_sd(over), _logit_sd(other)), kink)
    logs = over.a * log_expit(logits) + over.b * log_expit(-logits) - betaln(over.a, over.b)
    return float(min(1.0, weights @ (np.exp(logs) * value(expit(logits), expit(-logits)))))


def _logit_sd(beta: Beta) -> float:
    """The SD of the logit of a beta variable, from the trigamma function."""
    return math.sqrt(float(polygamma(1, beta.a)) + float(polygamma(1, beta.b)))


def _points(beta: Beta, width: float, kink: float | None) -> tuple[Array, Array]:
    """Return points and weights where the density is, on the logit scale, ever finer panels at the kink."""
    low, high = _logit_end(beta.a, beta.b), -_logit_end(beta.b, beta.a)
    edges = np.linspace(low, high, math.ceil((high - low) / width) + 1)
    if kink is not None:
        near = width * 0.5 ** np.arange(_HALVINGS)
        at = kink + np.concatenate((-near, [0.0], near))
        edges = np.union1d(edges, at[(at > low) & (at < high)])
    return on_panels(edges, _POINTS)


def _logit_end(a: float, b: float) -> float:
    """Return a logit below which less than 1e-17 lies: there the density falls off as exp(a x)."""
    rate = float(betaincinv(a, b, _TAIL))
    if rate > 0:
        return math.log(rate) - math.log1p(-rate)
    return (math.log(_TAIL) + math.log(a) + float(betaln(a, b))) / a
