"""Arteries and venous sinuses of the digital head, as tubes along centrelines (our own drawing)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tissueclock.phantom.brain import HULL_CENTRE_MM, HULL_HEIGHT_MM, HULL_LENGTH_MM, HULL_WIDTH_MM
from tissueclock.phantom.shapes import Tube, smooth_path


@dataclass(frozen=True)
class Artery:
    """One named artery of one side ('left', 'right', or '' on the midline).

    `arrival_s` is how much later than the internal carotid the bolus comes.
    """

    name: str
    side: str
    tubes: tuple[Tube, ...]
    arrival_s: float


# Knots are (x, y, z, radius) in mm for the right side. Radii: ICA 2.3, M1 1.8, M2 1.5, A1 1.2, A2 1.4 mm;
# an A2 is drawn a little wider than life so that a 1.6 mm voxel can hold it.
_Path = tuple[tuple[float, float, float, float], ...]
_RIGHT_TREE: Mapping[str, tuple[float, tuple[_Path, ...]]] = MappingProxyType({
    "ica": (0.0, (((11, -4, -27, 2.4), (11.5, -1, -19, 2.4), (12, 1, -12, 2.2)),)),
    "m1": (0.0, (((12, 1, -12, 1.9), (18, 3, -13, 1.8), (25, 4, -12, 1.8)),)),
    "m1-distal": (0.0, (((25, 4, -12, 1.8), (31, 3, -11, 1.8), (36, 2, -9, 1.7)),)),
    "m2-superior": (
        0.3,
        (
            ((36, 2, -9, 1.6), (41, 9, -3, 1.5), (42, 13, 6, 1.5), (43, 14, 16, 1.4), (48, 14, 21, 1.3),
             (54, 17, 26, 1.2), (49, 16, 38, 1.1), (42, 12, 50, 1.0)),
            ((42, 12, 2, 1.4), (43, 3, 10, 1.4), (44, 0, 19, 1.3), (52, -4, 23, 1.2), (58, -6, 28, 1.1),
             (52, -12, 42, 1.0), (43, -14, 54, 0.9)),
        ),
    ),
    "m2-inferior": (
        0.3,
        (
            ((36, 2, -9, 1.6), (42, -4, -4, 1.5), (43, -12, 4, 1.5), (44, -21, 12, 1.4), (50, -31, 18, 1.3),
             (59, -37, 24, 1.2), (54, -44, 34, 1.1), (44, -50, 46, 1.0)),
            ((42, -4, -4, 1.4), (50, -8, -9, 1.2), (60, -16, -8, 1.1), (64, -30, -2, 1.0)),
        ),
    ),
    "a1": (0.0, (((12, 1, -12, 1.4), (7, 6, -12, 1.3), (2.6, 9, -11, 1.3)),)),
    "a2": (
        0.3,
        (
            ((2.4, 9, -11, 1.4), (2.2, 22, -9, 1.4), (2.2, 31, -4, 1.4), (2.2, 36, 5, 1.4),
             (2.2, 34, 18, 1.3), (2.2, 23, 29, 1.2), (2.2, 5, 35, 1.1), (2.2, -20, 35, 1.0)),
            ((2.2, 36, 6, 1.3), (2.4, 46, 18, 1.2), (2.6, 46, 34, 1.1), (2.6, 36, 50, 1.0),
             (2.6, 14, 62, 0.9)),
        ),
    ),
    "p1": (0.0, (((0, -9, -16, 1.7), (8, -11, -15, 1.5), (15, -17, -14, 1.4)),)),
    "pca": (
        0.3,
        (
            ((15, -17, -14, 1.4), (20, -28, -12, 1.4), (19, -38, -8, 1.3), (18, -48, -3, 1.2),
             (15, -60, 2, 1.2), (10, -72, 6, 1.1), (6, -84, 8, 1.0)),
        ),
    ),
})  # fmt: skip

_WIDENING = 1.5
_VEINS_Y_MM, _VEIN_DEPTH_MM, _VEIN_RADIUS_MM = (18.0, -12.0, -42.0), 2.5, 2.3
_BASILAR = Tube(((0.0, -10.0, -28.0, 2.1), (0.0, -8.5, -16.0, 2.0)))


def arteries(wide: bool = False) -> tuple[Artery, ...]:
    """Return every artery, those of the right side first; `wide` widens the middle cerebral's branches."""
    right = tuple(
        Artery(name, "right", tuple(_tube(name, path, wide) for path in paths), arrival_s)
        for name, (arrival_s, paths) in _RIGHT_TREE.items()
    )
    left = tuple(
        Artery(artery.name, "left", tuple(tube.mirrored() for tube in artery.tubes), artery.arrival_s)
        for artery in right
    )
    return (*right, *left, Artery("basilar", "", (_BASILAR,), 0.0))


def _tube(name: str, path: _Path, wide: bool) -> Tube:
    factor = _WIDENING if wide and name.startswith("m2") else 1.0
    return Tube(smooth_path(tuple((x, y, z, factor * radius) for x, y, z, radius in path)))


def cortical_veins() -> tuple[Tube, ...]:
    """Return wide veins on the convexity of both sides, from the temple up to the sagittal sinus."""
    paths = [_convexity_path(y) for y in _VEINS_Y_MM]
    right = [Tube(smooth_path(path)) for path in paths]
    return (*right, *(tube.mirrored() for tube in right))


def _convexity_path(y: float) -> _Path:
    """Run along the inside of the vault, in a coronal plane that leans back a little at the top."""
    path = []
    for angle_deg in range(15, 86, 10):
        angle = math.radians(angle_deg)
        length = math.sqrt(max(0.05, 1 - ((y - HULL_CENTRE_MM[1]) / HULL_LENGTH_MM) ** 2))
        x = (HULL_WIDTH_MM * length - _VEIN_DEPTH_MM) * math.cos(angle)
        z = HULL_CENTRE_MM[2] + (HULL_HEIGHT_MM[0] * length - _VEIN_DEPTH_MM) * math.sin(angle)
        path.append((x, y - 0.1 * z, z, _VEIN_RADIUS_MM))
    return tuple(path)


def sinuses() -> tuple[Tube, ...]:
    """Return the venous sinuses: superior sagittal, straight, and both transverse (the right is wider)."""
    straight = ((0, -44, 11, 1.8), (0, -52, 9, 2.2), (0, -70, 0, 2.3), (0, -88, -9, 2.6))
    transverse = ((0, -92, -10, 3.5), (22, -88, -12, 3.4), (42, -74, -14, 3.3), (54, -58, -17, 3.3))
    left = tuple((-x, y, z - 1, 0.8 * radius) for x, y, z, radius in transverse)
    return Tube(_sagittal_path()), Tube(smooth_path(straight)), Tube(smooth_path(transverse)), Tube(left)


def _sagittal_path() -> tuple[tuple[float, float, float, float], ...]:
    """Run inside the vault's midline from the forehead over the vertex to the torcula, growing."""
    path = []
    for angle_deg in range(20, 191, 5):
        angle, depth_mm = math.radians(angle_deg), 3.4
        height = HULL_HEIGHT_MM[0] if angle_deg < 180 else HULL_HEIGHT_MM[1]
        y = HULL_CENTRE_MM[1] + (HULL_LENGTH_MM - depth_mm) * math.cos(angle)
        z = HULL_CENTRE_MM[2] + (height - depth_mm) * math.sin(angle)
        path.append((0.0, y, z, 1.2 + 3.2 * (angle_deg - 20) / 170))
    return tuple(path)
