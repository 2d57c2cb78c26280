"""From maps to masks: delayed tissue, its side, the reference, and on CT the core."""

from __future__ import annotations

import numpy as np

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Provenance, Step
from tissueclock.core.settings import settings_to_table
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.lesion.clusters import drop_small, enclosed
from tissueclock.lesion.masks import LesionMasks, Mask, Reference, Side
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.result import PerfusionMaps


def segment(
    maps: PerfusionMaps, brain: Mask, midline: Midline, modality: Modality, settings: LesionSettings
) -> LesionMasks:
    """Apply the published limits to the rule method's maps.

    Delayed: Tmax > 6 s. Core (CT only): CBF < 30 % of the reference, within delayed tissue. Small clusters
    are dropped; voxels with too little bolus count as delayed where delayed tissue encloses them.
    """
    grid = maps.tmax.grid
    tmax, right = maps.tmax.array, midline.signed_distance_mm(grid) > 0
    tissue = brain & ~maps.vessels & np.isfinite(tmax)
    faint = tissue & ~(maps.cnr.array >= settings.min_cnr)
    certain = tissue & ~faint
    delayed = certain & (tmax > settings.delay_s)
    filled = enclosed(faint, delayed, certain, settings.enclosed_share)
    hypoperfused = drop_small(delayed | filled, settings.min_hypoperfused_ml, grid.voxel_ml)
    side = side_of(hypoperfused, right, grid, settings)
    reference = _reference(maps, certain, right, side, settings)
    ct = modality is Modality.CT

    def core(percent: float) -> Mask:
        return _core(maps, hypoperfused, reference, percent, settings)

    variation = settings.reference_variation
    return LesionMasks(
        grid=grid,
        brain=brain,
        tissue=tissue,
        unknown=faint & ~hypoperfused,
        hypoperfused=hypoperfused,
        ladder={
            limit: _rung(limit, tmax, certain, hypoperfused, settings) for limit in settings.tmax_ladder_s
        },
        cores={percent: core(percent) for percent in settings.cbf_ladder_percent} if ct else {},
        core_low=core(settings.core_cbf_percent * (1 - variation)) if ct else None,
        core_high=core(settings.core_cbf_percent * (1 + variation)) if ct else None,
        reference=reference,
        side=side,
        right=right,
        dropped_ml={"hypoperfused": _ml((delayed | filled) & ~hypoperfused, grid)},
        provenance=Provenance((_delay_step(settings), *((_core_step(reference, settings),) if ct else ()))),
    )


def side_of(hypoperfused: Mask, right: Mask, grid: Grid, settings: LesionSettings) -> Side:
    """Return the patient's side of the delay; bilateral from 25 % and 10 mL on the smaller side on."""
    right_ml, left_ml = _ml(hypoperfused & right, grid), _ml(hypoperfused & ~right, grid)
    smaller, total = min(right_ml, left_ml), right_ml + left_ml
    if total == 0:
        return Side.NONE
    if smaller >= settings.bilateral_share * total and smaller >= settings.bilateral_ml:
        return Side.BILATERAL
    return Side.RIGHT if right_ml > left_ml else Side.LEFT


def _ml(mask: Mask, grid: Grid) -> float:
    return int(np.count_nonzero(mask)) * grid.voxel_ml


def _reference(
    maps: PerfusionMaps, certain: Mask, right: Mask, side: Side, settings: LesionSettings
) -> Reference:
    """Return the contralateral tissue without delay; the whole brain's where no side is delayed, or both."""
    normal = certain & (maps.tmax.array <= settings.reference_tmax_s)
    hemisphere = {Side.RIGHT: ~right, Side.LEFT: right}.get(side)
    mask = normal if hemisphere is None else normal & hemisphere
    flow = maps.cbf.array[mask]
    return Reference(
        mask=mask,
        mean_cbf=float(flow.mean(dtype=np.float64)) if flow.size else float("nan"),
        ml=_ml(mask, maps.tmax.grid),
        where="the whole brain" if hemisphere is None else "the contralateral hemisphere",
    )


def _core(
    maps: PerfusionMaps, hypoperfused: Mask, reference: Reference, percent: float, settings: LesionSettings
) -> Mask:
    """Return delayed tissue with less flow than a share of the reference; empty without a reference."""
    low = hypoperfused & (maps.cbf.array < percent / 100.0 * reference.mean_cbf)
    return drop_small(low, settings.min_core_ml, maps.tmax.grid.voxel_ml)


def _rung(
    limit: float, tmax: np.ndarray, certain: Mask, hypoperfused: Mask, settings: LesionSettings
) -> Mask:
    """Return the tissue beyond one Tmax limit: at or above the rule's limit, inside the cleaned lesion."""
    if limit == settings.delay_s:
        return hypoperfused
    if limit > settings.delay_s:
        return hypoperfused & (tmax > limit)
    return hypoperfused | (certain & (tmax > limit))


def _delay_step(settings: LesionSettings) -> Step:
    return Step(
        name="hypoperfusion",
        sentence=f"Tissue with Tmax above {settings.delay_s:g} s counted as hypoperfused; clusters below "
        f"{settings.min_hypoperfused_ml:g} mL were dropped.",
        parameters=settings_to_table(settings),
        citations=("Lansberg 2012, Lancet Neurol 11:860",),
    )


def _core_step(reference: Reference, settings: LesionSettings) -> Step:
    return Step(
        name="ct-core",
        sentence=f"The CT core is tissue within it whose CBF is below {settings.core_cbf_percent:g} % of the "
        f"mean of {reference.where} without vessels, without fluid and with Tmax up to "
        f"{settings.reference_tmax_s:g} s; clusters below {settings.min_core_ml:g} mL were dropped.",
        parameters={
            "reference_ml": round(reference.ml, 3),
            "reference_cbf": round(reference.mean_cbf, 4) if reference.ml else None,
        },
        citations=("Albers 2018, N Engl J Med 378:708",),
    )
