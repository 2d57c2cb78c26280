"""What else a digital patient has, besides a stroke or instead of one: causes of false lesions.

All sizes and values are our choice; that leukoaraiosis lowers flow and lengthens the transit time, that a
narrow carotid delays its territory without infarction, and that an old infarct has low flow without delay,
is from the literature that docs/explanation/digital-patient.md names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import UsageError
from tissueclock.phantom.brain import VENTRICLES
from tissueclock.phantom.head import Head
from tissueclock.phantom.lesion_site import Stroke, carotid_territory, radius_of, sickness_distance
from tissueclock.phantom.physiology import gliosis, narrowed, rarefied
from tissueclock.phantom.shapes import Points
from tissueclock.phantom.sick_head import SickHead
from tissueclock.phantom.tissues import Tissue
from tissueclock.phantom.vessels import Artery

_PERIVENTRICULAR_MM = 5.0
_CAVITY_SHARE = 0.5
"""The inner part of an old infarct, by volume, is fluid; the rest is scar."""
_OLD_PLACE = "mca-anterior"
_LONGEST_DELAY_S = 8.0
_OF_BASILAR = ("p1", "pca")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What else a patient has; the default is nothing.

    `leukoaraiosis` is the share of flow that the white matter within 5 mm of the ventricles has lost;
    `right_carotid_delay_s` and `left_carotid_delay_s` delay a carotid's territory and arteries;
    `old_infarct_ml` is a frontal infarct of long ago on `old_infarct_side`, half cavity, half scar;
    `large_vessels` adds wide veins on the cortex and widens the branches of the middle cerebral artery.
    Raises UsageError if a value is impossible.
    """

    leukoaraiosis: float = 0.0
    right_carotid_delay_s: float = 0.0
    left_carotid_delay_s: float = 0.0
    old_infarct_ml: float = 0.0
    old_infarct_side: str = "right"
    large_vessels: bool = False

    def __post_init__(self) -> None:
        _require(0 <= self.leukoaraiosis <= 0.8, "leukoaraiosis takes a share of", self.leukoaraiosis)
        for delay_s in (self.right_carotid_delay_s, self.left_carotid_delay_s):
            _require(0 <= delay_s <= _LONGEST_DELAY_S, "a carotid delays by", delay_s)
        _require(0 <= self.old_infarct_ml < math.inf, "an old infarct has", self.old_infarct_ml)
        _require(self.old_infarct_side in ("left", "right"), "an old infarct lies", self.old_infarct_side)

    def carotid_delay_s(self, side: str) -> float:
        """Return by how much the carotid of 'left' or 'right' is late."""
        return self.left_carotid_delay_s if side == "left" else self.right_carotid_delay_s

    def late_s(self, artery: Artery) -> float:
        """Return by how much an artery is late; those that the basilar feeds are not."""
        fed_by_basilar = not artery.side or artery.name in _OF_BASILAR
        return 0.0 if fed_by_basilar else self.carotid_delay_s(artery.side)

    def scarred(self, head: Head) -> tuple[Head, NDArray[np.bool_]]:
        """Return the head with the old infarct's cavity, and which of its voxels are scar."""
        if not self.old_infarct_ml:
            return head, np.zeros(head.index.size, dtype=bool)
        asked = Stroke(side=self.old_infarct_side, place=_OLD_PLACE, hypoperfused_ml=self.old_infarct_ml)
        distance = sickness_distance(head, asked)
        outer = radius_of(head, distance, self.old_infarct_ml, _OLD_PLACE)
        inner = radius_of(head, distance, _CAVITY_SHARE * self.old_infarct_ml, _OLD_PLACE)
        fractions = head.fractions.copy()
        cavity = distance <= inner
        fractions[cavity, Tissue.CSF] += head.tissue[cavity]
        for tissue in (Tissue.GREY, Tissue.WHITE):
            fractions[cavity, tissue] = 0.0
        return replace(head, fractions=fractions), (distance <= outer) & ~cavity

    def apply(self, sick: SickHead, scar: NDArray[np.bool_]) -> SickHead:
        """Return the head with every condition's change of flow and delay."""
        if self.leukoaraiosis:
            sick = sick.changed(_periventricular(sick.head), partial(rarefied, loss=self.leukoaraiosis))
        for side in ("right", "left"):
            delay_s = self.carotid_delay_s(side)
            if delay_s:
                territory = carotid_territory(sick.head, side)
                sick = sick.changed(territory, partial(narrowed, delay_s=delay_s))
        return sick.changed(scar, gliosis) if scar.any() else sick


def _periventricular(head: Head) -> NDArray[np.bool_]:
    x, y, z = head.positions_mm.astype(np.float32).T
    points = Points(np.abs(x), y, z)
    nearest = np.minimum.reduce([tube.distance(points) for tube in VENTRICLES])
    near: NDArray[np.bool_] = (nearest < _PERIVENTRICULAR_MM) & (head.fraction(Tissue.WHITE) > 0)
    return near


def _require(holds: bool, what: str, found: object) -> None:
    if not holds:
        raise UsageError(
            f"{what} {found}.", where="conditions", remedy="Use a value that a patient can have."
        )


NO_CONDITIONS = Conditions()
