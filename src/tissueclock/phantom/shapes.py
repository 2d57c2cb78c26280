"""Analytic shapes: signed distances in mm (negative inside) of points in head coordinates, float32.

Only distances near a surface need to be right, since shapes are painted by their sign or as shells of a
few millimetres; ellipsoids use the first-order distance f / |grad f|.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Points:
    """Points in head coordinates (RAS, mm, origin near the anterior commissure), one array an axis."""

    x: Floats
    y: Floats
    z: Floats

    def take(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Points:
        """Return the points that `keep` (a mask or indices) selects."""
        return Points(self.x[keep], self.y[keep], self.z[keep])

    @cached_property
    def stacked(self) -> Floats:
        """The points as an n x 3 array."""
        return np.stack([self.x, self.y, self.z], axis=1)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with axes along the head's, turned by `turn_deg` about the vertical (from x to y)."""

    centre: tuple[float, float, float]
    semi_axes: tuple[float, float, float]
    turn_deg: float = 0.0

    def distance(self, points: Points) -> Floats:
        """Return the first-order signed distance in mm."""
        x, y, z = (axis - np.float32(c) for axis, c in zip(_axes(points), self.centre, strict=True))
        if self.turn_deg:
            cosine, sine = math.cos(math.radians(self.turn_deg)), math.sin(math.radians(self.turn_deg))
            x, y = cosine * x + sine * y, cosine * y - sine * x
        a, b, c = self.semi_axes
        x, y, z = x / a, y / b, z / c
        radius = np.sqrt(x * x + y * y + z * z)
        slope = np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
        distance: Floats = (radius - 1) * radius / np.maximum(slope, np.float32(1e-6))
        return distance


@dataclass(frozen=True)
class Tube:
    """A chain of round cones: (x, y, z, radius) at every knot, in mm."""

    knots: tuple[tuple[float, float, float, float], ...]

    def distance(self, points: Points) -> Floats:
        """Return the distance in mm to the tube's wall, exact for equal radii."""
        result = np.full(points.x.shape, np.inf, dtype=np.float32)
        for start, end in zip(self.knots, self.knots[1:], strict=False):
            np.minimum(result, _cone_distance(points, start, end), out=result)
        return result

    def inside(self, points: Points) -> NDArray[np.intp]:
        """Return the indices of the points inside the tube; points far from it cost little."""
        near = np.flatnonzero(self._in_box(points))
        return near[self.distance(points.take(near)) < 0] if near.size else near

    def _in_box(self, points: Points) -> NDArray[np.bool_]:
        knots = np.array(self.knots, dtype=np.float32)
        low, high = knots[:, :3].min(axis=0), knots[:, :3].max(axis=0)
        margin = knots[:, 3].max()
        inside = np.ones(points.x.shape, dtype=bool)
        for axis, first, last in zip(_axes(points), low - margin, high + margin, strict=True):
            inside &= (axis > first) & (axis < last)
        return inside

    def mirrored(self) -> Tube:
        """Return the tube on the other side of the midline."""
        return Tube(tuple((-x, y, z, radius) for x, y, z, radius in self.knots))


def smooth_path(
    knots: Sequence[tuple[float, float, float, float]], pieces: int = 4
) -> tuple[tuple[float, float, float, float], ...]:
    """Return the knots joined by a Catmull-Rom spline, with `pieces` cones between neighbours."""
    points = np.array([knots[0], *knots, knots[-1]], dtype=float)
    path = []
    for before, start, end, after in zip(points, points[1:], points[2:], points[3:], strict=False):
        for t in np.arange(pieces) / pieces:
            bend = 2 * before - 5 * start + 4 * end - after
            twist = 3 * start - before - 3 * end + after
            path.append(start + 0.5 * t * ((end - before) + t * (bend + t * twist)))
    return tuple((float(x), float(y), float(z), float(r)) for x, y, z, r in [*path, points[-1]])


def _axes(points: Points) -> tuple[Floats, Floats, Floats]:
    return points.x, points.y, points.z


def _cone_distance(
    points: Points, start: tuple[float, float, float, float], end: tuple[float, float, float, float]
) -> Floats:
    (x0, y0, z0, r0), (x1, y1, z1, r1) = start, end
    run = (x1 - x0, y1 - y0, z1 - z0)
    length2 = max(sum(step * step for step in run), 1e-9)
    x, y, z = points.x - np.float32(x0), points.y - np.float32(y0), points.z - np.float32(z0)
    along = np.clip((x * run[0] + y * run[1] + z * run[2]) / np.float32(length2), 0, 1)
    x, y, z = x - along * run[0], y - along * run[1], z - along * run[2]
    distance: Floats = np.sqrt(x * x + y * y + z * z) - (r0 + along * (r1 - r0))
    return distance
