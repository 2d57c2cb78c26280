"""The utility-weighted mRS under Dirichlet priors: posteriors, and the chance that one group does better.

The mean utility of a group is a weighted sum of Dirichlet shares. That it exceeds a value c says that
sum (w_j - c) G_j > 0 with independent gamma variables G_j, whose characteristic function is a product; the
chance and the density follow by Gil-Pelaez' inversion, and the comparison of two groups by one more integral.
Nothing is simulated. Gil-Pelaez J, Biometrika 1951;38:481-482. Weights of DAWN and TESLA: Nogueira RG et al.,
N Engl J Med 2018;378:11-21.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from tissueclock.core.errors import InputError
from tissueclock.evidence.quadrature import on_panels

Array = NDArray[np.float64]
DAWN_WEIGHTS = (10.0, 9.1, 7.6, 6.5, 3.3, 0.0, 0.0)
"""Utilities of mRS 0 to 6 on a scale to 10."""
_REACH_SDS = 13.0
_POINTS = 16
_PANELS = 12
_MARGIN_XTOL = 1e-7
_NEGLIGIBLE = 1e-17
_LEAST_TOTAL = 4.0
"""With less in all the characteristic function falls off too slowly to be integrated well."""


@dataclass(frozen=True, slots=True)
class Utility:
    """The posterior of a mean utility: a weight and a Dirichlet count a level, best level first.

    Raises InputError where lengths differ, a count is not above 0, they are too few in all, or all weights
    agree.
    """

    weights: tuple[float, ...]
    counts: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.weights) != len(self.counts) or len(self.weights) < 2:
            raise InputError(
                f"{len(self.counts)} counts were given for {len(self.weights)} weights.",
                remedy="Give one count and one weight a level, best level first.",
            )
        if not all(math.isfinite(value) for value in (*self.weights, *self.counts)) or min(self.counts) <= 0:
            raise InputError(
                "a weight is not finite, or a level has neither patients nor prior.",
                remedy="Give each level a prior above 0, such as 1.",
            )
        if len(set(self.weights)) < 2:
            raise InputError("all weights agree.", remedy="Give weights that tell the levels apart.")
        if sum(self.counts) < _LEAST_TOTAL:
            raise InputError(
                f"prior and patients count {sum(self.counts):g} in all.",
                remedy=f"Give {_LEAST_TOTAL:g} or more together.",
            )

    @property
    def mean(self) -> float:
        """The posterior mean of the mean utility."""
        return math.fsum(w * n for w, n in zip(self.weights, self.counts, strict=True)) / sum(self.counts)

    @property
    def sd(self) -> float:
        """The posterior SD of the mean utility."""
        total, mean = sum(self.counts), self.mean
        spread = (
            math.fsum(n * (w - mean) ** 2 for w, n in zip(self.weights, self.counts, strict=True)) / total
        )
        return math.sqrt(spread / (total + 1))

    def chance_above(self, values: Array) -> Array:
        """Return the chance that the mean utility exceeds each value. Shapes: (n,) to (n,)."""
        odd, _ = self._inverted(values)
        inside = np.clip(0.5 + odd, 0.0, 1.0)
        return np.where(values >= max(self.weights), 0.0, np.where(values < min(self.weights), 1.0, inside))

    def density(self, values: Array) -> Array:
        """Return the density of the mean utility at each value. Shapes: (n,) to (n,)."""
        _, density = self._inverted(values)
        outside = (values <= min(self.weights)) | (values >= max(self.weights))
        return np.where(outside, 0.0, density)

    def _inverted(self, values: Array) -> tuple[Array, Array]:
        """Return the chance above each value less one half, and the density there."""
        counts = np.array(self.counts)
        apart = np.array(self.weights)[None, :] - np.asarray(values, dtype=np.float64)[:, None]
        scale = np.sqrt(apart**2 @ counts)
        turns = apart / scale[:, None]
        t, weights = _frequencies(turns, counts)
        shape = (turns.shape[0], t.size)
        size, phase, even, uneven = (np.zeros(shape) for _ in range(4))
        for level, n in enumerate(counts):  # each gamma variable multiplies phi by (1 - i x)^-n
            x = turns[:, level, None] * t
            square = 1 + x * x
            size -= 0.5 * n * np.log(square)
            phase += n * np.arctan(x)
            even += n / square
            uneven += n * x / square
        phi, cosine, sine = np.exp(size), np.cos(phase), np.sin(phase)
        odd = (phi * sine / t) @ weights / math.pi
        slope = (phi * (cosine * even - sine * uneven)) @ weights / math.pi
        return odd, slope / scale


def _frequencies(turns: Array, counts: Array) -> tuple[Array, Array]:
    """Return frequencies and weights up to where no characteristic function is left."""
    end = 4.0
    while (-0.5 * np.log1p((turns * end) ** 2) @ counts).max() > math.log(_NEGLIGIBLE):
        end *= 1.5
        if end > 1e6:
            break
    edges = np.concatenate(([0.0], np.geomspace(1.0, end, math.ceil(4 * math.log(end)) + 1)))
    return on_panels(np.union1d(edges, np.arange(0.0, min(end, 12.0))), _POINTS)


def chance_better(first: Utility, second: Utility, margin: float = 0.0) -> float:
    """Return the chance that the first group's mean utility exceeds the second's by more than `margin`."""
    return _chance_beyond(first, second)(margin)


def _chance_beyond(first: Utility, second: Utility) -> Callable[[float], float]:
    """Return the chance as a function of the margin; the second's density is found once."""
    reach = _REACH_SDS * second.sd
    low = max(min(second.weights), second.mean - reach)
    high = min(max(second.weights), second.mean + reach)
    values, weights = on_panels(np.linspace(low, high, _PANELS + 1), _POINTS)
    masses = weights * second.density(values)

    def chance(margin: float) -> float:
        return min(1.0, max(0.0, float(masses @ first.chance_above(values + margin))))

    return chance


def posterior(weights: Sequence[float], counts: Sequence[int], prior: Sequence[float]) -> Utility:
    """Return the posterior of a group's mean utility; raises InputError as `Utility`, or for a count < 0."""
    if len(prior) != len(counts) or any(count < 0 for count in counts):
        raise InputError(
            f"counts {', '.join(map(str, counts))} were given with {len(prior)} priors.",
            remedy="Give one prior and a count of 0 or more a level.",
        )
    return Utility(tuple(weights), tuple(n + a for n, a in zip(counts, prior, strict=True)))


def difference_interval(first: Utility, second: Utility, level: float = 0.95) -> tuple[float, float]:
    """Return the equal-tailed credible interval of the first group's mean utility minus the second's."""
    middle, sd = first.mean - second.mean, math.hypot(first.sd, second.sd)
    tail = (1 - level) / 2

    chance = _chance_beyond(first, second)

    def excess(margin: float, wanted: float) -> float:
        return chance(margin) - wanted

    low, high = middle - _REACH_SDS * sd, middle + _REACH_SDS * sd
    return (
        float(brentq(excess, low, middle, args=(1 - tail,), xtol=_MARGIN_XTOL)),
        float(brentq(excess, middle, high, args=(tail,), xtol=_MARGIN_XTOL)),
    )
