"""From maps to masks: delayed tissue, its side, the reference, and on CT the core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Provenance, Step
from tissueclock.core.settings import settings_to_table
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.lesion.clusters import drop_small, enclosed
from tissueclock.lesion.late import Late, late_tissue
from tissueclock.lesion.masks import LesionMasks, Mask, Reference, Side
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.result import PerfusionMaps


def segment(
    maps: PerfusionMaps,
    brain: Mask,
    midline: Midline,
    modality: Modality,
    settings: LesionSettings,
    chosen_side: Side | None = None,
) -> LesionMasks:
    """Apply the published limits to the rule method's maps.

    Delayed: Tmax > 6 s. Core (CT only): CBF < 30 % of the reference, within delayed tissue. Small clusters
    are dropped; voxels with too little bolus count as delayed where delayed tissue encloses them. A
    `chosen_side` is taken for the lesion's, so that the other hemisphere is the reference.
    """
    grid = maps.tmax.grid
    right = midline.signed_distance_mm(grid) > 0
    tissue = brain & ~maps.vessels & np.isfinite(maps.tmax.array)
    certain = tissue & (maps.cnr.array >= settings.min_cnr)
    delay = _delay(maps, tissue, certain, settings, settings.delay_s)
    side = chosen_side or side_of(delay.after, right, grid, settings)
    reference = _reference(maps, certain, right, side, settings)

    def core(percent: float) -> _Cleaned:
        return _core(maps, delay.after, reference, percent, settings)

    def shifted(by_s: float) -> Mask:
        return _delay(maps, tissue, certain, settings, settings.delay_s + by_s).after

    ct = modality is Modality.CT
    rule, variation = core(settings.core_cbf_percent), settings.reference_variation
    late = late_tissue(maps, tissue, certain, right, settings)
    steps = (_delay_step(delay, settings), _late_step(late, settings), _core_step(rule, reference, settings))
    return LesionMasks(
        grid=grid,
        brain=brain,
        tissue=tissue,
        certain=certain,
        unknown=tissue & ~certain & ~delay.after,
        hypoperfused=delay.after,
        late=late.mask,
        ladder={
            limit: _rung(limit, maps, certain, delay.after, settings) for limit in settings.tmax_ladder_s
        },
        cores={percent: core(percent).after for percent in settings.cbf_ladder_percent} if ct else {},
        core_low=core(settings.core_cbf_percent * (1 - variation)).after if ct else None,
        core_high=core(settings.core_cbf_percent * (1 + variation)).after if ct else None,
        delay_low=shifted(settings.delay_variation_s),
        delay_high=shifted(-settings.delay_variation_s),
        reference=reference,
        side=side,
        side_is_chosen=chosen_side is not None,
        right=right,
        dropped_ml={"hypoperfused": delay.dropped_ml} | ({"core": rule.dropped_ml} if ct else {}),
        provenance=Provenance(steps if ct else steps[:-1]),
    )


@dataclass(frozen=True, eq=False)
class _Cleaned:
    """A mask before and after its small clusters were dropped."""

    before: Mask
    after: Mask
    voxel_ml: float

    @classmethod
    def of(cls, mask: Mask, min_ml: float, grid: Grid) -> _Cleaned:
        """Drop the clusters below `min_ml`."""
        return cls(mask, drop_small(mask, min_ml, grid.voxel_ml), grid.voxel_ml)

    @property
    def volumes_ml(self) -> dict[str, float]:
        """Return both volumes, for provenance."""
        before, after = (int(np.count_nonzero(mask)) * self.voxel_ml for mask in (self.before, self.after))
        return {"before_ml": round(before, 3), "after_ml": round(after, 3)}

    @property
    def dropped_ml(self) -> float:
        """The volume of the clusters that were dropped."""
        return int(np.count_nonzero(self.before & ~self.after)) * self.voxel_ml


def _delay(
    maps: PerfusionMaps, tissue: Mask, certain: Mask, settings: LesionSettings, limit_s: float
) -> _Cleaned:
    """Return tissue with Tmax beyond the limit, and the faint tissue that it encloses."""
    delayed = certain & (maps.tmax.array > limit_s)
    filled = enclosed(tissue & ~certain, delayed, certain, settings.enclosed_share)
    return _Cleaned.of(delayed | filled, settings.min_hypoperfused_ml, maps.tmax.grid)


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
) -> _Cleaned:
    """Return delayed tissue with less flow than a share of the reference; empty without a reference."""
    low = hypoperfused & (maps.cbf.array < percent / 100.0 * reference.mean_cbf)
    return _Cleaned.of(low, settings.min_core_ml, maps.tmax.grid)


def _rung(
    limit: float, maps: PerfusionMaps, certain: Mask, hypoperfused: Mask, settings: LesionSettings
) -> Mask:
    """Return the tissue beyond one Tmax limit: from the rule's limit on, inside the cleaned lesion."""
    if limit == settings.delay_s:
        return hypoperfused
    if limit > settings.delay_s:
        return hypoperfused & (maps.tmax.array > limit)
    return hypoperfused | (certain & (maps.tmax.array > limit))


def _delay_step(delay: _Cleaned, settings: LesionSettings) -> Step:
    return Step(
        name="hypoperfusion",
        sentence=f"Tissue with Tmax above {settings.delay_s:g} s counted as hypoperfused; clusters below "
        f"{settings.min_hypoperfused_ml:g} mL were dropped.",
        parameters={**settings_to_table(settings), **delay.volumes_ml},
        citations=("Lansberg 2012, Lancet Neurol 11:860",),
    )


def _late_step(late: Late, settings: LesionSettings) -> Step:
    return Step(
        name="late-tissue",
        sentence="As a check that needs no input curve, tissue that peaks more than "
        f"{settings.late_ttp_s:g} s after the hemisphere that peaks earlier counted as late.",
        parameters={
            "late_ttp_s": settings.late_ttp_s,
            "normal_ttp_s": None if late.normal_ttp_s is None else round(late.normal_ttp_s, 3),
        },
        citations=("Wouters 2017, Front Neurol 8:539",),
    )


def _core_step(core: _Cleaned, reference: Reference, settings: LesionSettings) -> Step:
    return Step(
        name="ct-core",
        sentence=f"The CT core is tissue within it whose CBF is below {settings.core_cbf_percent:g} % of the "
        f"mean of {reference.where} without vessels, without fluid and with Tmax up to "
        f"{settings.reference_tmax_s:g} s; clusters below {settings.min_core_ml:g} mL were dropped.",
        parameters={
            "reference_ml": round(reference.ml, 3),
            "reference_cbf": round(reference.mean_cbf, 4) if reference.ml else None,
            **core.volumes_ml,
        },
        citations=("Albers 2018, N Engl J Med 378:708",),
    )
