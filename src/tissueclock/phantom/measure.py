"""Applies the slow rule method to the phantom's noise-free tissue, voxel by voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.volume import Volume
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import Head
from tissueclock.phantom.kinetics import FineCurve
from tissueclock.phantom.rule_truth import RuleMethod
from tissueclock.phantom.sick_head import Contrast, SickHead
from tissueclock.phantom.tissues import Tissue
from tissueclock.phantom.truth import RuleTruth, RuleVolumes, ZoneTruth

Samples = NDArray[np.float64]

_VOXELS_AT_ONCE = 20_000
_REFERENCE_TMAX_S = 4.0
_LESION_TMAX_S = 6.0
_CORE_SHARE = 0.30


@dataclass(frozen=True, eq=False)
class RuleReading:
    """The rule method applied to one run: its reading of every voxel of `head.index`, NaN without tissue."""

    sick: SickHead
    tmax_s: Samples
    cbf: Samples

    @classmethod
    def of(cls, sick: SickHead, contrast: Contrast, acquisition: Acquisition) -> RuleReading:
        """Deconvolve all tissue; slices with their own times are sampled at them."""
        times = acquisition.kept_times_s
        method = RuleMethod.of(times, contrast.artery.at(times))
        offsets = acquisition.offsets_s(sick.head.grid.shape[2])[sick.head.slice_number]
        tmax_s, cbf = np.full((2, offsets.size), np.nan)
        for offset in np.unique(offsets):
            grey, white = (
                _residues(method, curves, times + offset) for curves in (contrast.grey, contrast.white)
            )
            here = np.flatnonzero((offsets == offset) & (sick.head.tissue > 0))
            for chunk in np.split(here, np.arange(_VOXELS_AT_ONCE, here.size, _VOXELS_AT_ONCE)):
                tmax_s[chunk], cbf[chunk] = method.peaks(_mixed(sick, chunk, grey, white))
        return cls(sick, tmax_s, cbf)

    @property
    def lesion_side(self) -> str:
        """The side of the tissue with Tmax > 6 s; both, if the lesser has a quarter of it and 10 mL."""
        delayed = self.tmax_s > _LESION_TMAX_S
        right = self.sick.head.positions_mm[:, 0] > 0
        sides = {"right": self.sick.tissue_ml(delayed & right), "left": self.sick.tissue_ml(delayed & ~right)}
        total = sum(sides.values())
        if total == 0:
            return "none"
        if min(sides.values()) >= max(0.25 * total, 10.0):
            return "bilateral"
        return max(sides, key=lambda side: sides[side])

    @property
    def reference(self) -> NDArray[np.bool_]:
        """The voxels whose flow counts as normal."""
        undelayed: NDArray[np.bool_] = self.tmax_s <= _REFERENCE_TMAX_S
        if self.lesion_side in ("none", "bilateral"):
            return undelayed
        right = self.sick.head.positions_mm[:, 0] > 0
        return undelayed & (right if self.lesion_side == "left" else ~right)

    def truth(self, brain: NDArray[np.bool_]) -> RuleTruth:
        """Return volumes and maps; `brain` marks the voxels of `head.index` that are mostly tissue."""
        head, reference = self.sick.head, self.reference
        reference_cbf = None
        if reference.any():
            reference_cbf = float(np.average(self.cbf[reference], weights=head.tissue[reference]))
        return RuleTruth(
            lesion_side=self.lesion_side,
            reference_cbf=reference_cbf,
            reference_ml=self.sick.tissue_ml(reference),
            tissue=self._volumes(head.tissue, reference_cbf),
            voxels=self._volumes(brain.astype(np.float32), reference_cbf),
            tmax=brain_map(head, brain, self.tmax_s, "Tmax", "s"),
            cbf=brain_map(head, brain, self.cbf, "rule CBF", "mL/100 g/min"),
        )

    def _volumes(self, weights: NDArray[np.float32], reference_cbf: float | None) -> RuleVolumes:
        def volume_ml(inside: NDArray[np.bool_]) -> float:
            return float(weights[inside].sum(dtype=np.float64) * self.sick.head.grid.voxel_ml)

        core_ml = None
        if reference_cbf is not None:
            slow = self.cbf < _CORE_SHARE * reference_cbf
            core_ml = volume_ml(slow & (self.tmax_s > _LESION_TMAX_S))
        return RuleVolumes(
            tmax2_ml=volume_ml(self.tmax_s > 2),
            tmax4_ml=volume_ml(self.tmax_s > 4),
            tmax6_ml=volume_ml(self.tmax_s > 6),
            tmax8_ml=volume_ml(self.tmax_s > 8),
            tmax10_ml=volume_ml(self.tmax_s > 10),
            core_ml=core_ml,
        )


def zone_truths(
    sick: SickHead, contrast: Contrast, acquisition: Acquisition, reference_cbf: float | None
) -> tuple[ZoneTruth, ...]:
    """Return what the rule method reads in the pure tissues of every zone."""
    times = acquisition.kept_times_s
    method = RuleMethod.of(times, contrast.artery.at(times))
    truths = []
    for tissue, curves in (("grey", contrast.grey), ("white", contrast.white)):
        tmax_s, cbf = method.peaks(_residues(method, curves, times))
        for number, zone in enumerate(sick.zones):
            flow = zone.grey if tissue == "grey" else zone.white
            truths.append(
                ZoneTruth(
                    zone=zone.name,
                    tissue=tissue,
                    cbf=flow.cbf,
                    cbv=flow.cbv,
                    mtt_s=flow.mtt_s,
                    delay_s=zone.delay_s,
                    rule_tmax_s=float(tmax_s[number]),
                    rule_cbf=float(cbf[number]),
                    rule_cbf_relative=None if reference_cbf is None else float(cbf[number] / reference_cbf),
                )
            )
    return tuple(truths)


def brain_map(
    head: Head, brain: NDArray[np.bool_], values: NDArray[np.floating], quantity: str, unit: str
) -> Volume:
    """Return values of the voxels of `head.index` as a map, NaN outside `brain`."""
    return Volume(head.on_grid(np.where(brain, values, np.nan), np.nan), head.grid, quantity, unit)


def _residues(method: RuleMethod, curves: tuple[FineCurve, ...], times_s: Samples) -> Samples:
    return method.residues(times_s, np.stack([curve.at(times_s) for curve in curves], axis=1))


def _mixed(sick: SickHead, voxels: NDArray[np.intp], grey: Samples, white: Samples) -> Samples:
    """Return the residues of voxels as the mean of their grey and white matter (deconvolution is linear)."""
    zone = sick.zone[voxels]
    share = sick.head.fractions[voxels, Tissue.GREY] / sick.head.tissue[voxels]
    mixed: Samples = share * grey[:, zone] + (1 - share) * white[:, zone]
    return mixed
