"""The head with its stroke: which zone every voxel belongs to, and the contrast that reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tissueclock.phantom.acquisition import Bolus
from tissueclock.phantom.head import Head
from tissueclock.phantom.kinetics import FineCurve, arterial_curve, tissue_curve
from tissueclock.phantom.lesion_site import Stroke, radius_of, sickness_distance
from tissueclock.phantom.physiology import (
    GRADED_LEVELS,
    GRADED_REACH,
    NORMAL,
    SHARP_ZONES,
    Zone,
    graded_zones,
)
from tissueclock.phantom.vessels import Artery

# Our choice: sinuses fill 3.5 s after the arteries, dispersed, so that they peak some 5 s later; arteries
# behind a clot fill by collaterals: late, smeared, and with part of the contrast.
_VENOUS_DELAY_S, _VENOUS_SPREAD_S = 3.5, 3.0
_COLLATERAL_DELAY_S, _COLLATERAL_SPREAD_S, _COLLATERAL_SHARE = 5.5, 2.5, 0.6


LateArteries = Callable[[Artery], float]


def _never_late(artery: Artery) -> float:
    return 0.0


@dataclass(frozen=True, eq=False)
class SickHead:
    """A head in which every voxel of `head.index` belongs to a zone.

    `zone` is one index into `zones` a voxel; its zone says what a voxel's grey and white matter do. Sharp
    zones are normal, penumbra and core, in this order; graded ones are levels, the last of them normal.
    What else the patient has appends its own version of every zone; `stages` counts those of the stroke
    alone.
    """

    head: Head
    stroke: Stroke
    zones: tuple[Zone, ...]
    zone: NDArray[np.intp]
    stages: int

    @property
    def stage(self) -> NDArray[np.intp]:
        """Which of the stroke's own zones every voxel of `head.index` is in."""
        return self.zone % self.stages

    def changed(self, inside: NDArray[np.bool_], change: Callable[[Zone], Zone]) -> SickHead:
        """Return the head with another physiology `inside` (a mask over `head.index`)."""
        zone = np.where(inside, self.zone + len(self.zones), self.zone)
        return replace(self, zones=(*self.zones, *map(change, self.zones)), zone=zone)

    @classmethod
    def of(cls, head: Head, stroke: Stroke) -> SickHead:
        """Grow the lesion until it holds the volumes asked for; raises UsageError where they do not fit."""
        if stroke.side == "none":
            return cls(head, stroke, (NORMAL,), np.zeros(head.index.size, dtype=np.intp), 1)
        distance = sickness_distance(head, stroke)
        outer = radius_of(head, distance, stroke.hypoperfused_ml, stroke.place)
        core = radius_of(head, distance, stroke.core_ml, stroke.place)
        if stroke.graded:
            level = np.minimum(distance / outer / GRADED_REACH * GRADED_LEVELS, GRADED_LEVELS)
            zones = (*graded_zones(core / outer), NORMAL)
            return cls(head, stroke, zones, level.astype(np.intp), len(zones))
        zone = (distance <= outer).astype(np.intp) + (distance <= core)
        return cls(head, stroke, SHARP_ZONES, zone, len(SHARP_ZONES))

    def tissue_ml(self, inside: NDArray[np.bool_]) -> float:
        """Return the volume of grey and white matter in the voxels (a mask over `head.index`)."""
        return float(self.head.tissue[inside].sum(dtype=np.float64) * self.head.grid.voxel_ml)


@dataclass(frozen=True, eq=False)
class Contrast:
    """The contrast over time in every compartment, in HU of blood, on the injection's clock.

    `arteries` has one curve an artery of the head, None where a clot sits; `grey` and `white` one a zone.
    """

    artery: FineCurve
    vein: FineCurve
    arteries: tuple[FineCurve | None, ...]
    grey: tuple[FineCurve, ...]
    white: tuple[FineCurve, ...]

    @classmethod
    def of(
        cls, sick: SickHead, bolus: Bolus, until_s: float, residue: str, late_s: LateArteries = _never_late
    ) -> Contrast:
        """Let the bolus pass through the head, up to `until_s`; `late_s` says how late an artery is."""
        artery = arterial_curve(bolus, until_s)
        return cls(
            artery,
            venous_curve(artery),
            tuple(
                _in_artery(vessel, sick.stroke, artery.delayed(late_s(vessel)))
                for vessel in sick.head.arteries
            ),
            tuple(tissue_curve(artery, z.grey.cbf, z.grey.cbv, z.delay_s, residue) for z in sick.zones),
            tuple(tissue_curve(artery, z.white.cbf, z.white.cbv, z.delay_s, residue) for z in sick.zones),
        )


def venous_curve(artery: FineCurve) -> FineCurve:
    """Return the bolus in the large sinuses: the artery's area, later and wider."""
    return artery.delayed(_VENOUS_DELAY_S).dispersed(_VENOUS_SPREAD_S)


def _in_artery(vessel: Artery, stroke: Stroke, artery: FineCurve) -> FineCurve | None:
    if vessel.side == stroke.side and vessel.name in stroke.site.blocked:
        return None
    if vessel.side == stroke.side and vessel.name in stroke.site.behind:
        late = artery.delayed(_COLLATERAL_DELAY_S).dispersed(_COLLATERAL_SPREAD_S)
        return late.scaled(_COLLATERAL_SHARE)
    return artery.delayed(vessel.arrival_s)
