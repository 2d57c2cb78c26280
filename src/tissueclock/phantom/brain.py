"""The geometry of the digital head, painted from analytic shapes (our own drawing, no atlas).

A folded cortex costs little: the zero surfaces of plane waves wind like sulci if every point is first moved
towards the nearest surface of its hemisphere; a point within a cortex's thickness of a sulcus, of the hull
or of a fissure is grey. Left and right share their shapes, with small differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.phantom.shapes import Ellipsoid, Floats, Points, Tube
from tissueclock.phantom.tissues import Tissue
from tissueclock.phantom.waves import Waves

Labels = NDArray[np.uint8]

# The inner table of the skull: an egg, wider behind; half-heights above and below its centre.
HULL_CENTRE_MM = (0.0, -12.0, 2.0)
HULL_WIDTH_MM = 68.0
HULL_LENGTH_MM = 86.0
HULL_HEIGHT_MM = (75.0, 105.0)
_TAPER = 0.11
_SQUARENESS = 0.28

# Outer limits in mm of the layers outside the hull, and what they are.
_OUTER_LAYERS = (
    (1.9, Tissue.BONE),
    (4.9, Tissue.DIPLOE),
    (6.8, Tissue.BONE),
    (7.8, Tissue.SCALP),
    (10.2, Tissue.FAT),
    (13.6, Tissue.SCALP),
)
CORTEX_MM = 3.3
_SULCUS_HALF_WIDTH_MM = 0.7
_SULCUS_DEPTH_MM = 17.0
_GYRUS_WAVELENGTH_MM = 21.5
_FISSURE_HALF_WIDTH_MM = 1.3

_CALLOSUM = Ellipsoid((0, -8, 6), (1e4, 40, 25))
_CALLOSUM_INSIDE = Ellipsoid((0, -8, 4), (1e4, 33, 19))
VENTRICLES = (
    Tube(((15, 35, 5, 2.6), (12, 29, 8, 4.4), (8.5, 21, 11, 4.8), (7, 11, 15, 5.0), (8.5, -2, 20, 5.4),
          (13, -18, 22, 5.8), (19, -32, 18, 6.6), (25, -44, 10, 7.2), (27, -56, 7, 4.4), (25, -68, 6, 2.0))),
    Tube(((25, -42, 9, 6.0), (33, -32, -4, 3.4), (35, -18, -13, 2.6), (32, -6, -18, 2.2))),
)  # fmt: skip
_THIRD_VENTRICLE = Ellipsoid((0, -10, 1), (2.4, 13, 11))
_CAUDATE = (
    Ellipsoid((15.5, 16, 7), (4.4, 10, 12), turn_deg=-10),
    Tube(((15.5, 10, 16, 3.4), (17.5, -4, 23, 2.8), (21, -22, 24, 2.0))),
)
_LENTIFORM = (
    Ellipsoid((28, 4, 2), (5.8, 17, 11), turn_deg=13),
    Ellipsoid((20.5, 0, 0), (3.8, 9, 7), turn_deg=24),
    Ellipsoid((35.4, 2, 3), (0.8, 15, 10), turn_deg=5),
)
_THALAMUS = Ellipsoid((11.5, -17, 7), (7.8, 14, 10), turn_deg=24)
_MIDBRAIN = (
    Ellipsoid((8.5, -17, -18), (6.5, 9, 60), turn_deg=25),
    Ellipsoid((0, -25, -18), (14, 9.5, 60)),
    Ellipsoid((5, -33, -18), (5.5, 4, 60)),
)
_CISTERNS = (Ellipsoid((0, -3, -18), (14, 12, 9)), Ellipsoid((0, -40, -8), (9, 4, 8)))
_CEREBELLUM = Ellipsoid((0, -62, -30), (46, 30, 25))
_CEREBELLUM_WHITE = Ellipsoid((17, -62, -24), (12, 14, 11))
_INSULAR_CSF = Ellipsoid((42.0, 0, 2), (1.7, 23, 17), turn_deg=4)


@dataclass(frozen=True, eq=False)
class _Textures:
    """Waves: folds that both sides share, each side's own, their depth, and a gentle bend of all shapes."""

    shared: Waves
    own: Waves
    depth: Waves
    bend: tuple[Waves, Waves]

    @classmethod
    def of_the_head(cls) -> _Textures:
        return cls(
            Waves.of(_GYRUS_WAVELENGTH_MM, seed=11),
            Waves.of(_GYRUS_WAVELENGTH_MM, seed=12),
            Waves.of(34.0, seed=13, count=12),
            (Waves.of(38.0, seed=14, count=8), Waves.of(38.0, seed=15, count=8)),
        )


def hull_depth(points: Points) -> Floats:
    """Return the depth in mm below the skull's inner table; negative outside, first order in distance."""
    return _hull(points)[0]


def _hull(points: Points) -> tuple[Floats, Floats]:
    """Return the depth below the hull and the unit vectors (n x 3) that point out of it."""
    y = (points.y - np.float32(HULL_CENTRE_MM[1])) / np.float32(HULL_LENGTH_MM)
    width = HULL_WIDTH_MM * (1 - _TAPER * np.clip(y, -1, 1))
    x = points.x / width
    above = points.z > HULL_CENTRE_MM[2]
    height = np.where(above, np.float32(HULL_HEIGHT_MM[0]), np.float32(HULL_HEIGHT_MM[1]))
    z = (points.z - np.float32(HULL_CENTRE_MM[2])) / height
    x2, y2 = np.minimum(x * x, 1.2), np.minimum(y * y, 1.2)
    level = np.sqrt(x * x + y * y - _SQUARENESS * x2 * y2 + z * z)
    slope_x = x * (1 - _SQUARENESS * y2)
    slope_y = y * (1 - _SQUARENESS * x2) + slope_x * x * HULL_LENGTH_MM * _TAPER / width
    outward = np.stack([slope_x / width, slope_y / HULL_LENGTH_MM, z / height], axis=1)
    slope = np.maximum(np.sqrt((outward * outward).sum(axis=1)), np.float32(1e-6))
    return (1 - level) * level / slope, outward / slope[:, None]


def paint(points: Points) -> Labels:
    """Return the tissue of every point, without vessels: uint8 labels of `Tissue`."""
    depth, outward = _hull(points)
    labels = np.full(depth.shape, Tissue.AIR, dtype=np.uint8)
    for thickness_mm, tissue in reversed(_OUTER_LAYERS):
        labels[depth > -thickness_mm] = tissue
    inside = np.flatnonzero(depth > 0)
    if inside.size:
        labels[inside] = _paint_inside(points.take(inside), depth[inside], outward[inside])
    return labels


def _paint_inside(points: Points, depth: Floats, outward: Floats) -> Labels:
    textures = _Textures.of_the_head()
    folded = _fold(points, textures)
    labels = _paint_cortex(points, folded, depth, outward, textures)
    _paint_deep(labels, folded)
    _paint_base(labels, folded)
    _paint_falx(labels, points, depth)
    return labels


def _fold(points: Points, textures: _Textures) -> Points:
    """Map both hemispheres onto one: |x|, a little wider on the right in front and on the left behind."""
    lean: Floats = np.sign(points.x) * np.tanh((points.y + 12) / 50)
    aside: Floats = np.abs(points.x) * (1 - np.float32(0.018) * lean)
    off_midline: Floats = np.clip(aside / 15, 0, 1)
    x: Floats = aside + 0.9 * off_midline * textures.bend[0].at(points.stacked)
    y: Floats = points.y + 0.9 * off_midline * textures.bend[1].at(points.stacked)
    return Points(x, y, points.z)


def _paint_cortex(
    points: Points, folded: Points, depth: Floats, outward: Floats, textures: _Textures
) -> Labels:
    rim = 1.7 + 1.2 * np.clip((points.y - 20) / 45, 0, 1)
    medial = np.hypot(folded.x, np.maximum(-_CALLOSUM.distance(folded), 0))
    surface = np.minimum(depth - rim, medial - _FISSURE_HALF_WIDTH_MM)
    surface = np.minimum(surface, _sylvian_distance(folded))
    cover = np.minimum(depth, 1.6 * medial)
    near = np.flatnonzero(cover < _SULCUS_DEPTH_MM + 12)
    on_surface = _projected(points.take(near), depth[near], outward[near], medial[near])
    sulci = _sulcus_distance(on_surface, points.take(near), cover[near], textures)
    surface[near] = np.minimum(surface[near], sulci)
    labels = np.full(depth.shape, Tissue.WHITE, dtype=np.uint8)
    labels[surface < CORTEX_MM] = Tissue.GREY
    labels[surface < 0] = Tissue.CSF
    return labels


def _projected(points: Points, depth: Floats, outward: Floats, medial: Floats) -> Floats:
    """Move points most of the way to the nearest surface (hull or midline), so that sulci dive into it."""
    to_hull: Floats = outward * (np.float32(0.6) * depth[:, None])
    to_midline = np.zeros_like(to_hull)
    to_midline[:, 0] = -0.4 * points.x
    weight = np.clip((depth - medial) / 10 + 0.5, 0, 1)[:, None]
    projected: Floats = points.stacked + to_hull + weight * (to_midline - to_hull)
    return projected


def _sulcus_distance(on_surface: Floats, points: Points, cover: Floats, textures: _Textures) -> Floats:
    """Return the distance in mm to the nearest sulcus' wall; sulci narrow towards their bottom."""
    sides = np.sign(points.x)
    mirrored = on_surface * np.stack([sides, np.ones_like(sides), np.ones_like(sides)], axis=1)
    shared, shared_gradient = textures.shared.with_gradient(mirrored)
    own, own_gradient = textures.own.with_gradient(on_surface)
    own_gradient[:, 0] *= sides
    gradient = 0.88 * shared_gradient + 0.47 * own_gradient
    slope = np.sqrt((gradient * gradient).sum(axis=1))
    aside = np.abs(0.88 * shared + 0.47 * own) / np.maximum(slope, np.float32(0.16))
    reach = np.maximum(_SULCUS_DEPTH_MM + 5 * textures.depth.at(points.stacked), 4)
    below = np.maximum(cover - reach, 0)
    half_width = _SULCUS_HALF_WIDTH_MM * (1.3 - 0.7 * np.clip(cover / reach, 0, 1))
    distance: Floats = np.hypot(aside, below) - half_width
    return distance


def _sylvian_distance(folded: Points) -> Floats:
    """Return the distance in mm to the sylvian fissure: its stem, its ramus, and the CSF over the insula."""
    ramus = np.abs(folded.y - 3 + 0.8 * folded.z) * np.float32(0.78)
    ramus = np.hypot(ramus, np.hypot(np.maximum(41 - folded.x, 0), np.maximum(np.abs(folded.z - 3) - 16, 0)))
    stem = np.abs(folded.y - 3 - 0.3 * (folded.x - 14))
    stem = np.hypot(stem, np.hypot(np.maximum(12 - folded.x, 0), np.maximum(folded.z + 10, 0)))
    distance: Floats = np.minimum(_INSULAR_CSF.distance(folded), np.minimum(ramus, stem) - 1.6)
    return distance


def _paint_deep(labels: Labels, folded: Points) -> None:
    """Paint callosum, nuclei, thalami and ventricles over the hemispheres."""
    near = np.flatnonzero((folded.x < 40) & (np.abs(folded.y + 14) < 62) & (folded.z < 36))
    points, deep = folded.take(near), labels[near]
    band = (_CALLOSUM.distance(points) < 0) & (_CALLOSUM_INSIDE.distance(points) > 0)
    deep[band & (points.x < 14)] = Tissue.WHITE
    deep[_inside(VENTRICLES, points) & (points.x > 0.7)] = Tissue.CSF
    deep[_inside((*_CAUDATE, *_LENTIFORM, _THALAMUS), points)] = Tissue.GREY
    deep[_inside((_THIRD_VENTRICLE,), points)] = Tissue.CSF
    labels[near] = deep


def _paint_base(labels: Labels, folded: Points) -> None:
    """Paint the cerebellum under the tentorium, the basal cisterns, and the midbrain in the ambient one."""
    near = np.flatnonzero((folded.z < 2) & (folded.x < 60))
    points, base = folded.take(near), labels[near]
    under_tentorium = _CEREBELLUM.distance(points)
    base[(under_tentorium < 0) & (base == Tissue.WHITE)] = Tissue.GREY
    base[_inside((_CEREBELLUM_WHITE,), points)] = Tissue.WHITE
    base[np.abs(under_tentorium) < 0.8] = Tissue.DURA
    midbrain = np.minimum.reduce([part.distance(points) for part in _MIDBRAIN])
    midbrain = np.maximum(midbrain, points.z + 5)
    base[midbrain < 2.6] = Tissue.CSF
    base[_inside(_CISTERNS, points)] = Tissue.CSF
    base[midbrain < 0] = Tissue.WHITE
    labels[near] = base


def _paint_falx(labels: Labels, points: Points, depth: Floats) -> None:
    near = np.flatnonzero((np.abs(points.x) < 0.75) & (depth > 0))
    middle = points.take(near)
    hangs = (_CALLOSUM.distance(middle) > 6) & (middle.z > -6)
    labels[near[hangs]] = Tissue.DURA


def _inside(shapes: Sequence[Ellipsoid | Tube], points: Points) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.logical_or.reduce([shape.distance(points) < 0 for shape in shapes])
    return inside
