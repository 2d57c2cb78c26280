"""Where a stroke lies: its territory, the arteries it blocks, and the order in which tissue falls ill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import UsageError
from tissueclock.phantom.head import Head
from tissueclock.phantom.waves import Waves

_TENTORIUM_MM = -14.0
SIDES = ("left", "right", "none")


@dataclass(frozen=True)
class Site:
    """A place where strokes happen, drawn for the right side.

    `centre_mm` is where the lesion starts; it grows by distance over `scale`. `blocked` arteries hold clot
    and no contrast, `behind` ones fill late by collaterals.
    """

    territory: str
    centre_mm: tuple[float, float, float]
    scale: tuple[float, float, float]
    blocked: tuple[str, ...]
    behind: tuple[str, ...]


_M2 = ("m2-superior", "m2-inferior")
SITES: Mapping[str, Site] = MappingProxyType(
    {
        "mca": Site("mca", (40, -6, 20), (0.8, 1.15, 0.9), ("m1-distal",), _M2),
        "mca-anterior": Site("mca", (42, 20, 20), (0.8, 1.1, 1.0), (), ("m2-superior",)),
        "mca-posterior": Site("mca", (48, -32, 18), (0.8, 1.1, 1.0), (), ("m2-inferior",)),
        "aca": Site("aca", (9, 34, 34), (0.5, 1.2, 1.1), (), ("a2",)),
        "pca": Site("pca", (16, -72, 4), (0.9, 1.1, 0.9), (), ("pca",)),
    }
)


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """The stroke that is asked for.

    `side` is the patient's 'left', 'right' or 'none'; `place` one of `SITES`. `core_ml` and
    `hypoperfused_ml` (core included) are volumes of grey and white matter. A sharp lesion has zones of one
    physiology each; a graded one fades from its centre, and the volumes only steer how far. Raises
    UsageError if the parts contradict each other.
    """

    side: str
    place: str = "mca"
    core_ml: float = 0.0
    hypoperfused_ml: float = 0.0
    graded: bool = False

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise _refused(f"there is no side '{self.side}'.", f"Known: {', '.join(SIDES)}.")
        if self.place not in SITES:
            raise _refused(f"there is no place '{self.place}'.", f"Known: {', '.join(SITES)}.")
        if not 0 <= self.core_ml <= self.hypoperfused_ml < np.inf:
            found = f"a core of {self.core_ml:g} mL in {self.hypoperfused_ml:g} mL of hypoperfused tissue."
            raise _refused(found, "The core is part of the hypoperfused tissue: 0 <= core <= hypoperfused.")
        if (self.side == "none") != (self.hypoperfused_ml == 0):
            found = f"side '{self.side}' with {self.hypoperfused_ml:g} mL of hypoperfused tissue."
            raise _refused(found, "Use side 'none' without volumes, or a side with a volume.")

    @property
    def site(self) -> Site:
        """The site of the place."""
        return SITES[self.place]


def sickness_distance(head: Head, stroke: Stroke) -> NDArray[np.float64]:
    """Return how far each voxel of `head.index` is from falling ill, in mm from the lesion's centre.

    The lesion grows along this distance: an ellipsoid with an uneven rim, which stays inside the stroke's
    side and bends along its territory's border. Infinite where it can never reach.
    """
    positions = head.positions_mm
    side = 1.0 if stroke.side == "right" else -1.0
    folded = positions * (side, 1.0, 1.0)
    site = stroke.site
    distance = np.linalg.norm((folded - site.centre_mm) / site.scale, axis=1)
    distance *= 1 + 0.07 * Waves.of(32.0, seed=21, count=12).at(folded.astype(np.float32))
    room_mm = _room(site.territory, folded)
    reachable = (room_mm > 0) & (folded[:, 0] > 0) & (head.tissue > 0)
    return np.where(reachable, distance / np.tanh(np.maximum(room_mm, 1e-3) / 9.0), np.inf)


def carotid_territory(head: Head, side: str) -> NDArray[np.bool_]:
    """Return the voxels of `head.index` that a side's carotid feeds: all in front of the posterior territory.

    The thalamus and what lies under the tentorium belong to the basilar.
    """
    folded = head.positions_mm * (1.0 if side == "right" else -1.0, 1.0, 1.0)
    room_mm = np.maximum(_room("mca", folded), _room("aca", folded))
    return (folded[:, 0] > 0) & (room_mm > 0) & (folded[:, 2] > _TENTORIUM_MM)


def radius_of(head: Head, distance: NDArray[np.float64], target_ml: float, place: str) -> float:
    """Return the distance within which the tissue's volume is nearest to `target_ml`.

    Raises UsageError where the territory holds less tissue than that.
    """
    if target_ml == 0:
        return 0.0
    order = np.argsort(distance, kind="stable")
    order = order[np.isfinite(distance[order])]
    volume_ml = np.cumsum(head.tissue[order], dtype=np.float64) * head.grid.voxel_ml
    if not order.size or volume_ml[-1] < target_ml:
        room = volume_ml[-1] if order.size else 0.0
        found = f"{target_ml:g} mL of tissue do not fit into the territory '{place}' ({room:.0f} mL here)."
        raise _refused(found, "Ask for less, choose a larger territory, or cover more of the head.")
    return float(distance[order[np.argmin(np.abs(volume_ml - target_ml))]])


def _room(territory: str, folded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance in mm to the territory's border, positive inside (our own drawing)."""
    x, y, z = folded.T
    from_middle = x - (15.0 + 0.12 * np.maximum(z - 20, 0) + 0.25 * np.maximum(y - 25, 0))
    from_behind = 0.88 * (y + 46 + 0.45 * (x - 17))
    thalamus = np.linalg.norm((folded - (11.5, -17, 4)) / (1.0, 1.6, 1.3), axis=1) - 11
    above_callosum = np.hypot((y + 8) / 1.5, z - 6) - 25
    borders = {
        "mca": (from_middle, from_behind, thalamus),
        "aca": (-from_middle, from_behind, above_callosum),
        "pca": (-from_behind,),
    }
    room: NDArray[np.float64] = np.minimum.reduce(borders[territory])
    return room


def _refused(found: str, remedy: str) -> UsageError:
    return UsageError(found, where="stroke", remedy=remedy)
