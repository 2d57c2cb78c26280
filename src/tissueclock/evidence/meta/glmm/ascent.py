"""The highest point of a smooth function of a few parameters, by Newton's method with differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.linear import Array

_MOST_STEPS = 100
_MOST_HALVINGS = 30
_SLOPE_STEP = 1e-4
_CURVE_STEP = 1e-3
_CONVERGED = 1e-8

Height = Callable[[Array], float]


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """Where the function is highest, how high, and its second derivatives there."""

    place: Array
    height: float
    curvature: Array

    @property
    def covariance(self) -> Array:
        """The inverse of minus the curvature: of a log-likelihood, the covariance of its parameters."""
        return np.asarray(np.linalg.inv(-self.curvature), dtype=np.float64)


def climb(height: Height, start: Array) -> Peak:
    """Return the peak above `start`; InputError where the climb does not come to rest."""
    place, value = start, height(start)
    for _ in range(_MOST_STEPS):
        step = _step(slope(height, place), curvature(height, place))
        if float(np.max(np.abs(step))) < _CONVERGED * (1 + float(np.max(np.abs(place)))):
            return Peak(place, value, curvature(height, place))
        place, before = place + step, value
        value = height(place)
        halvings = 0
        while not value > before - 1e-10 * abs(before) and halvings < _MOST_HALVINGS:
            step, halvings = step / 2, halvings + 1
            place = place - step
            value = height(place)
    raise InputError(
        "the likelihood of the counts has no peak that could be found.",
        remedy="An arm or group without any event, or with nothing else, has none; or use another --method.",
    )


def _step(rise: Array, bend: Array) -> Array:
    """Return Newton's step, turned uphill where the function is not concave, and kept within reach."""
    values, vectors = np.linalg.eigh(-bend)
    sizes = np.maximum(np.abs(values), 1e-8 * max(1.0, float(np.max(np.abs(values)))))
    step = vectors @ ((vectors.T @ rise) / sizes)
    return np.asarray(step / max(1.0, float(np.max(np.abs(step)))))


def slope(height: Height, place: Array) -> Array:
    """Return the first derivatives, by central differences."""
    steps = np.eye(len(place)) * _SLOPE_STEP
    return np.array([(height(place + one) - height(place - one)) / (2 * _SLOPE_STEP) for one in steps])


def curvature(height: Height, place: Array) -> Array:
    """Return the second derivatives, by central differences."""
    p, h = len(place), _CURVE_STEP
    steps = np.eye(p) * h
    middle = height(place)
    bend = np.empty((p, p))
    for i in range(p):
        bend[i, i] = (height(place + steps[i]) - 2 * middle + height(place - steps[i])) / h**2
        for j in range(i):
            corners = (
                height(place + steps[i] + steps[j])
                - height(place + steps[i] - steps[j])
                - height(place - steps[i] + steps[j])
                + height(place - steps[i] - steps[j])
            )
            bend[i, j] = bend[j, i] = corners / (4 * h**2)
    return bend
