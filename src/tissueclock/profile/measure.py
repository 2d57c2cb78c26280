"""From masks to numbers: volumes, mismatch, ratios and the checks that only masks allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.midline import Midline
from tissueclock.core.quality import QualityFlag
from tissueclock.image.series import Modality
from tissueclock.lesion.masks import LesionMasks, Mask, Side
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.profile.checks import check_masks, plausible_flags, slab_coverage_cm
from tissueclock.profile.delay_checks import check_delay
from tissueclock.profile.parts import Parts

_MIN_MIRROR_ML = 5.0
_SEVERE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Volumes in mL, unrounded; None where the number is not defined (the facts say why).

    `mismatch_voxelwise_ml` is hypoperfused tissue outside the core; the mismatch of the rules is a difference
    of volumes and is derived with the facts.
    """

    modality: Modality
    brain_ml: float
    hypoperfused_ml: float
    delay_low_ml: float
    delay_high_ml: float
    contrast_noise: float
    late_ml: float
    tmax_ml: Mapping[float, float]
    core_ml: Mapping[float, float]
    core_low_ml: float | None
    core_high_ml: float | None
    mismatch_voxelwise_ml: float | None
    hypoperfused_parts: Parts
    core_parts: Parts | None
    side: Side
    side_is_chosen: bool
    hypoperfusion_intensity_ratio: float | None
    cbv_index: float | None
    unknown_ml: float
    reference_ml: float
    reference_cbf: float | None
    reference_where: str
    normal_tmax_s: float | None
    slab_coverage_cm: float
    flags: tuple[QualityFlag, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "tmax_ml", MappingProxyType(dict(self.tmax_ml)))
        object.__setattr__(self, "core_ml", MappingProxyType(dict(self.core_ml)))


def measure(
    maps: PerfusionMaps,
    masks: LesionMasks,
    midline: Midline,
    posterior_fossa: Mask | None,
    modality: Modality,
    settings: LesionSettings,
    quality: QualitySettings,
) -> Measures:
    """Measure the masks on the maps; `posterior_fossa` is None where it is not known what lies in it."""
    tmax_ml = {limit: masks.ml(mask) for limit, mask in masks.ladder.items()}
    hypoperfused_ml = masks.ml(masks.hypoperfused)
    core = masks.cores.get(settings.core_cbf_percent)
    parts = Parts.of(masks.hypoperfused, masks, posterior_fossa)
    reference = masks.reference
    normal_tmax = maps.tmax.array[reference.mask]
    reference_cbf = reference.mean_cbf if np.isfinite(reference.mean_cbf) else None
    cbv_index = _cbv_index(maps, masks, midline, settings)
    return Measures(
        modality=modality,
        brain_ml=masks.ml(masks.brain),
        hypoperfused_ml=hypoperfused_ml,
        delay_low_ml=masks.ml(masks.delay_low),
        delay_high_ml=masks.ml(masks.delay_high),
        contrast_noise=maps.contrast_noise,
        late_ml=masks.ml(masks.late),
        tmax_ml=tmax_ml,
        core_ml={percent: masks.ml(mask) for percent, mask in masks.cores.items()},
        core_low_ml=None if masks.core_low is None else masks.ml(masks.core_low),
        core_high_ml=None if masks.core_high is None else masks.ml(masks.core_high),
        mismatch_voxelwise_ml=None if core is None else masks.ml(masks.hypoperfused & ~core),
        hypoperfused_parts=parts,
        core_parts=None if core is None else Parts.of(core, masks, posterior_fossa),
        side=masks.side,
        side_is_chosen=masks.side_is_chosen,
        hypoperfusion_intensity_ratio=_intensity_ratio(tmax_ml.get(_SEVERE_S), hypoperfused_ml),
        cbv_index=cbv_index,
        unknown_ml=masks.ml(masks.unknown),
        reference_ml=reference.ml,
        reference_cbf=reference_cbf,
        reference_where=reference.where,
        normal_tmax_s=float(np.median(normal_tmax)) if normal_tmax.size else None,
        slab_coverage_cm=slab_coverage_cm(masks),
        flags=(
            *check_masks(maps, masks, midline, parts, modality, settings, quality),
            *check_delay(maps, masks, settings, quality),
            *plausible_flags(reference_cbf=reference_cbf, cbv_index=cbv_index),
        ),
    )


def _intensity_ratio(severe_ml: float | None, hypoperfused_ml: float) -> float | None:
    """Return the share of the delayed tissue that is severely delayed (Olivot 2014)."""
    return None if severe_ml is None or hypoperfused_ml == 0 else severe_ml / hypoperfused_ml


def _cbv_index(
    maps: PerfusionMaps, masks: LesionMasks, midline: Midline, settings: LesionSettings
) -> float | None:
    """Return mean CBV in delayed tissue over mean CBV of its mirror image with Tmax up to 4 s."""
    if masks.side not in (Side.LEFT, Side.RIGHT):
        return None
    mirror = _mirrored(masks.hypoperfused, midline.mirrored_index(masks.grid))
    mirror &= masks.tissue & (maps.tmax.array <= settings.reference_tmax_s)
    if masks.ml(mirror) < _MIN_MIRROR_ML:
        return None
    cbv = maps.cbv.array
    return float(cbv[masks.hypoperfused].mean(dtype=np.float64) / cbv[mirror].mean(dtype=np.float64))


def _mirrored(mask: Mask, to_mirror: NDArray[np.float64]) -> Mask:
    """Return the voxels onto which those of `mask` fall in the mirror."""
    places = np.argwhere(mask) @ to_mirror[:3, :3].T + to_mirror[:3, 3]
    nearest = np.rint(places).astype(int)
    inside = ((nearest >= 0) & (nearest < np.array(mask.shape))).all(axis=1)
    mirrored = np.zeros_like(mask)
    mirrored[tuple(nearest[inside].T)] = True
    return mirrored
