"""The chance of leaving a trial at each look, by recursive numerical integration.

The B-value, z times the root of the information, is a Brownian motion seen at the looks: between two of them
it grows by a normal step with mean drift x d and variance d, where d is the information gained and the drift
is the expected z at full information. What is inside the bounds at one look is carried to the next on
Gauss-Legendre points, in panels as narrow as the step before and the step to come ask for. Armitage P,
McPherson CK, Rowe BC, J R Stat Soc A 1969;132:235-244.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tissueclock.core.errors import InputError
from tissueclock.evidence.quadrature import on_panels

Array = NDArray[np.float64]
_POINTS = 16
_PANEL_SDS = 3.0
"""Points a panel, and its width in SDs of the narrower step: bounds are then exact to some 1e-14."""
REACH_SDS = 10.0
"""Paths farther than so many SDs from where they are expected carry 1e-23 of the chance."""


@dataclass(frozen=True, slots=True)
class Paths:
    """What has gone on after a look: its information, B-values, and the chance that each stands for.

    `origin` is the information and the B-value from which all of them came.
    """

    information: float
    values: Array
    chances: Array
    origin: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Exits:
    """The chance of leaving at each look above the upper and below the lower bound, first exits only."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]

    @property
    def by_look(self) -> tuple[float, ...]:
        """The chance of leaving at each look, either way."""
        return tuple(up + low for up, low in zip(self.upper, self.lower, strict=True))


def start() -> Paths:
    """Return the one path of a trial without data."""
    return Paths(0.0, np.zeros(1), np.ones(1))


def begin_at(z: float, information: float) -> Paths:
    """Return the one path of a trial that stands at `z` with that information."""
    value = z * math.sqrt(information)
    return Paths(information, np.array([value]), np.ones(1), (information, value))


def above(paths: Paths, information: float, z: float, drift: float) -> float:
    """Return the chance of having gone on so far and of exceeding `z` at the look with that information."""
    return float(paths.chances @ ndtr(_steps_to(paths, information, z, drift)))


def below(paths: Paths, information: float, z: float, drift: float) -> float:
    """Return the chance of having gone on so far and of falling below `z` at that look."""
    return float(paths.chances @ ndtr(-_steps_to(paths, information, z, drift)))


def go_on(
    paths: Paths,
    looks: tuple[float, float],
    bounds: tuple[float, float],
    drift: float,
    reach_sds: float = REACH_SDS,
) -> Paths:
    """Return the paths between the z `bounds` (low, high) at a look; `looks`: its information and the next's.

    Raises InputError where the bounds leave no room between them.
    """
    information, following = looks
    if bounds[0] >= bounds[1]:
        raise InputError(
            f"at information {information:.4g} the bounds leave no room to go on.",
            remedy="Spend less at the early looks, or ask for more power.",
        )
    gained, to_come, root = information - paths.information, following - information, math.sqrt(information)
    expected = paths.origin[1] + drift * (information - paths.origin[0])
    reach = reach_sds * math.sqrt(information - paths.origin[0])
    low, high = max(bounds[0] * root, expected - reach), min(bounds[1] * root, expected + reach)
    if low >= high:  # all paths have left
        return Paths(information, np.zeros(1), np.zeros(1), paths.origin)
    panel = _PANEL_SDS * math.sqrt(min(gained, to_come))
    values, weights = _panels(low, high, panel)
    step = (values[:, None] - paths.values - drift * gained) / math.sqrt(gained)
    density = np.exp(-0.5 * step**2) @ paths.chances / math.sqrt(2 * math.pi * gained)
    return Paths(information, values, weights * density, paths.origin)


def exits(
    information: Sequence[float], upper: Sequence[float], lower: Sequence[float], drift: float
) -> Exits:
    """Return the chance of each first exit. Shapes: one fraction, upper and lower z a look; at the last look
    all that does not exceed the upper bound falls below a lower bound that equals it.
    """
    return exits_from(start(), information, upper, lower, drift)


def exits_from(
    paths: Paths, information: Sequence[float], upper: Sequence[float], lower: Sequence[float], drift: float
) -> Exits:
    """Return the chances of `exits` over the looks that are still to come after `paths`."""
    up: list[float] = []
    down: list[float] = []
    for at, (fraction, high, low) in enumerate(zip(information, upper, lower, strict=True)):
        up.append(above(paths, fraction, high, drift))
        down.append(below(paths, fraction, low, drift))
        if at + 1 < len(information):
            paths = go_on(paths, (fraction, information[at + 1]), (low, high), drift)
    return Exits(tuple(up), tuple(down))


def _steps_to(paths: Paths, information: float, z: float, drift: float) -> Array:
    gained = information - paths.information
    return (paths.values + drift * gained - z * math.sqrt(information)) / math.sqrt(gained)


def _panels(low: float, high: float, width: float) -> tuple[Array, Array]:
    """Return points and weights of Gauss-Legendre in equal panels no wider than `width`."""
    return on_panels(np.linspace(low, high, math.ceil((high - low) / width) + 1), _POINTS)
