"""From masks to numbers: volumes, mismatch, ratios and the checks that only masks allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.midline import Midline
from tissueclock.core.quality import Level, QualityFlag
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.series import Modality
from tissueclock.lesion.masks import LesionMasks, Mask, Side
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.result import PerfusionMaps

_MIN_MIRROR_ML = 5.0
_SEVERE_S = 10.0
_STATED_SHARE = 0.5
"""Our choice: a side that the user states must hold at least this share of the delayed tissue."""
_FOSSA_SHARE = 0.5
"""Our choice: from this share of the delayed tissue on, the lesion is one of the posterior fossa."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A volume in mL by side, which add up to it; and its part in the posterior fossa, None where unknown."""

    right_ml: float
    left_ml: float
    posterior_fossa_ml: float | None

    @classmethod
    def of(cls, mask: Mask, masks: LesionMasks, posterior_fossa: Mask | None) -> Parts:
        """Measure the parts of a mask."""
        return cls(
            right_ml=masks.ml(mask & masks.right),
            left_ml=masks.ml(mask & ~masks.right),
            posterior_fossa_ml=None if posterior_fossa is None else masks.ml(mask & posterior_fossa),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Volumes in mL, unrounded; None where the number is not defined (the facts say why).

    `mismatch_voxelwise_ml` is hypoperfused tissue outside the core; the mismatch of the rules is a difference
    of volumes and is derived with the facts.
    """

    modality: Modality
    brain_ml: float
    hypoperfused_ml: float
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
        slab_coverage_cm=masks.grid.shape[masks.grid.axial_axis]
        * masks.grid.spacing_mm[masks.grid.axial_axis]
        / 10.0,
        flags=(
            _reference_flag(masks, settings),
            _edge_flag(masks),
            _faint_flag(masks),
            _fossa_flag(parts),
            *_side_flags(masks, parts),
            *_plausible_flags(reference_cbf=reference_cbf, cbv_index=cbv_index),
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


def _reference_flag(masks: LesionMasks, settings: LesionSettings) -> QualityFlag:
    enough = masks.reference.ml >= settings.min_reference_ml
    text = f"The reference is {masks.reference.ml:.0f} mL of {masks.reference.where}."
    slow = f"{text} Normal tissue is too slow to serve as reference."
    return QualityFlag(
        id="normal-tissue",
        level=Level.PASS if enough else Level.FAIL,
        value=masks.reference.ml,
        limit=settings.min_reference_ml,
        text=text if enough else slow,
    )


def _edge_flag(masks: LesionMasks) -> QualityFlag:
    layers = np.moveaxis(masks.hypoperfused, masks.grid.axial_axis, 0)
    touching_ml = masks.ml(layers[[0, -1]]) if len(layers) > 1 else masks.ml(layers)
    cut = touching_ml > 0
    return QualityFlag(
        id="slab-edge",
        level=Level.WARN if cut else Level.PASS,
        value=touching_ml,
        limit=0.0,
        text="The lesion reaches the edge of the imaged slab: its volumes are lower bounds."
        if cut
        else "The lesion lies inside the imaged slab.",
    )


def _faint_flag(masks: LesionMasks) -> QualityFlag:
    share = masks.ml(masks.unknown) / max(masks.ml(masks.tissue), 1e-9)
    text = f"{100 * share:.1f} % of the tissue has too little bolus to be judged."
    return QualityFlag(
        id="faint-tissue", level=Level.WARN if share > 0.1 else Level.PASS, value=share, limit=0.1, text=text
    )


def _plausible_flags(**measured: float | None) -> tuple[QualityFlag, ...]:
    """Fail for every number that no brain has: baseline, input curve or motion went wrong."""
    found = {name: implausible(name, value) for name, value in measured.items()}
    return tuple(
        QualityFlag(
            id="implausible",
            level=Level.FAIL,
            value=measured[name],
            limit=None,
            text=f"The {definition_of(name).label} {why}: baseline, input curve or motion went wrong.",
        )
        for name, why in found.items()
        if why
    )


def implausible(name: str, value: float | None) -> str:
    """Return in words why a measured value cannot stand under its name; empty where it can."""
    return "" if value is None else definition_of(name).complaint(value)


def _side_flags(masks: LesionMasks, parts: Parts) -> tuple[QualityFlag, ...]:
    """Hold a side that the user stated against the images: its mirror image is the reference."""
    if not masks.side_is_chosen:
        return ()
    there_ml = parts.left_ml if masks.side is Side.LEFT else parts.right_ml
    total_ml = parts.right_ml + parts.left_ml
    share = 1.0 if total_ml == 0 else there_ml / total_ml
    wrong = share < _STATED_SHARE
    side = masks.side.value
    text = f"The stated side, {side}, holds {there_ml:.0f} of {total_ml:.0f} mL of delayed tissue."
    doubt = f"{text} The reference would be the lesion's own hemisphere."
    return (
        QualityFlag(
            id="stated-side",
            level=Level.FAIL if wrong else Level.PASS,
            value=share,
            limit=_STATED_SHARE,
            text=doubt if wrong else text,
        ),
    )


def _fossa_flag(parts: Parts) -> QualityFlag:
    """Warn of a lesion of the posterior fossa: no trial profile is validated there."""
    total_ml, fossa_ml = parts.right_ml + parts.left_ml, parts.posterior_fossa_ml
    share = 0.0 if total_ml == 0 else None if fossa_ml is None else round(fossa_ml / total_ml, 9)
    if share is None:
        text = "How much of the lesion lies in the posterior fossa is not known."
    else:
        text = f"{100 * share:.0f} % of the delayed tissue lies in the posterior fossa, by estimate."
    doubtful = share is None or share >= _FOSSA_SHARE
    return QualityFlag(
        id="posterior-fossa",
        level=Level.WARN if doubtful else Level.PASS,
        value=share,
        limit=_FOSSA_SHARE,
        text=f"{text} The trials' profiles are not validated there." if doubtful else text,
    )
