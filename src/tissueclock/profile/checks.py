"""Checks that only masks and volumes allow; limits are settings of the preset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import ndimage

from tissueclock.anatomy.midline import Midline
from tissueclock.core.quality import SHARE, Gate, Level, QualityFlag
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.lesion.clusters import drop_small
from tissueclock.lesion.masks import LesionMasks, Mask, Side
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.result import PerfusionMaps
from tissueclock.profile.parts import Parts

_TINY = 1e-9
_SHEET_MM = 2.0
"""Half the width of what counts as a thin sheet (our choice)."""

MIDLINE = Gate(
    id="midline",
    judges="turn of the fitted midline against the scanner's",
    harm="The fit may have gone wrong: sides and the reference are not to be trusted.",
    unit="degrees",
    warn="tilt_warn_deg",
)
SLAB_COVERAGE = Gate(
    id="slab-coverage",
    judges="height of the slab",
    harm="Part of the brain was not seen: volumes are lower bounds.",
    unit="cm",
    warn="slab_coverage_warn_cm",
    source="8 cm: recommended for RAPID (Practical Neurology, November 2019)",
)
SLAB_EDGE = Gate(
    id="slab-edge",
    judges="lesion in the first and last slice",
    harm="The lesion goes on beyond the slab: its volumes are lower bounds.",
    unit="mL",
    warn="slab_edge_warn_ml",
)
REFERENCE = Gate(
    id="normal-tissue",
    judges="volume of the normal tissue that flow is relative to",
    harm="Normal tissue is too slow to serve as reference: there is no relative flow, and no core.",
    unit="mL",
    fail="min_reference_ml",
)
NORMAL_TMAX = Gate(
    id="normal-tmax",
    judges="median Tmax of the side without the lesion",
    harm="Tmax is long everywhere (a wide bolus, a weak heart): Tmax > 6 s marks normal tissue.",
    unit="s",
    warn="normal_tmax_warn_s",
    fail="normal_tmax_fail_s",
)
ARTERY_LATE = Gate(
    id="artery-late",
    judges="median Tmax of the side without the lesion",
    harm="The artery fills later than, or with, normal tissue (a vein, a branch beyond a stenosis, a cut-off "
    "peak): Tmax reads too short, and delayed volumes too low.",
    unit="s",
    warn="normal_tmax_low_warn_s",
    fail="normal_tmax_low_fail_s",
)
FAINT = Gate(
    id="faint-tissue",
    judges="share of the tissue with too little bolus to be judged",
    harm="It counts neither as delayed nor as normal: volumes are too low.",
    unit=SHARE,
    warn="faint_warn",
    fail="faint_fail",
)
FOSSA = Gate(
    id="posterior-fossa",
    judges="share of the delayed tissue in the posterior fossa",
    harm="Beam hardening is strongest there, and no trial's profile is validated.",
    unit=SHARE,
    warn="fossa_warn",
    limits_are="from that share on",
)
STATED_SIDE = Gate(
    id="stated-side",
    judges="share of the delayed tissue on the side that the user stated",
    harm="The reference would be the lesion's own hemisphere.",
    unit=SHARE,
    fail="stated_side_fail",
)
BILATERAL = Gate(
    id="bilateral-delay",
    judges="share of tissue that is slower than the reference may be, on the side that has less of it",
    harm="Both hemispheres are late (carotid disease, a weak heart, an input curve from beyond a stenosis): "
    "delay is no sign of a threatened territory, and there is no normal side.",
    unit=SHARE,
    warn="bilateral_warn",
)
BOTH_SIDES = Gate(
    id="bilateral-lesion",
    judges="hypoperfused volume of the side that has less of it",
    harm="No side is normal: the whole brain without delay is the reference, and the mirrored side is no "
    "comparison.",
    unit="mL",
    limits_are="flagged where it is at least `bilateral_ml` and `bilateral_share` of the whole",
)
LOW_FLOW = Gate(
    id="low-flow-outside",
    judges="tissue with the flow of a core but without delay",
    harm="An old infarct, or a core that is perfused again: neither is in the core's volume.",
    unit="mL",
    warn="low_flow_warn_ml",
    only="CT",
)
LATE = Gate(
    id="late-overlap",
    judges="overlap (Dice) of the delayed tissue with that of a late peak, found without an input curve",
    harm="Tmax > 6 s and the check without an input curve disagree: look at the input curve and at Tmax.",
    unit=SHARE,
    warn="late_dice_warn",
    limits_are="and only where more than `late_apart_ml` is in one of them alone",
    source="our choice, from digital patients (seeds 1 to 40); the check itself: Wouters 2017, Front Neurol "
    "8:539",
)
IMPLAUSIBLE = Gate(
    id="implausible",
    judges="a measured number that no brain has",
    harm="Baseline, input curve or motion went wrong.",
    limits_are="the plausible range of the [fact](facts.md) fails; there is a flag only then",
)
GATES = (
    MIDLINE,
    SLAB_COVERAGE,
    SLAB_EDGE,
    REFERENCE,
    NORMAL_TMAX,
    ARTERY_LATE,
    FAINT,
    FOSSA,
    STATED_SIDE,
    BILATERAL,
    BOTH_SIDES,
    LOW_FLOW,
    LATE,
    IMPLAUSIBLE,
)


def check_masks(
    maps: PerfusionMaps,
    masks: LesionMasks,
    midline: Midline,
    parts: Parts,
    modality: Modality,
    settings: LesionSettings,
    quality: QualitySettings,
) -> tuple[QualityFlag, ...]:
    """Return every check of the masks, passed ones too; `parts` are those of the delayed tissue."""
    low_flow = (_low_flow_flag(maps, masks, settings, quality),) if modality is Modality.CT else ()
    return (
        _midline_flag(midline, quality),
        _coverage_flag(slab_coverage_cm(masks), quality),
        _reference_flag(masks, settings),
        *_normal_flags(maps, masks, quality),
        _edge_flag(masks, quality),
        _faint_flag(masks, quality),
        _fossa_flag(parts, quality),
        *_side_flags(masks, parts, quality),
        _bilateral_flag(maps, masks, settings, quality),
        _both_sides_flag(masks, parts, settings),
        *low_flow,
        _late_flag(masks, settings, quality),
    )


def slab_coverage_cm(masks: LesionMasks) -> float:
    """Return the height of the slab: slices times their distance."""
    axis = masks.grid.axial_axis
    return round(masks.grid.shape[axis] * masks.grid.spacing_mm[axis] / 10.0, 6)


def plausible_flags(**measured: float | None) -> tuple[QualityFlag, ...]:
    """Fail for every number that no brain has: baseline, input curve or motion went wrong."""
    return tuple(_implausible_flags(measured))


def implausible(name: str, value: float | None) -> str:
    """Return in words why a measured value cannot stand under its name; empty where it can."""
    return "" if value is None else definition_of(name).complaint(value)


def _implausible_flags(measured: dict[str, float | None]) -> Iterator[QualityFlag]:
    for name, value in measured.items():
        why, definition = implausible(name, value), definition_of(name)
        if why:
            text = f"The {definition.label} {why}: baseline, input curve or motion went wrong."
            yield replace(IMPLAUSIBLE.flag(Level.FAIL, value, None, text), unit=definition.unit)


def _midline_flag(midline: Midline, quality: QualitySettings) -> QualityFlag:
    told = f"The midline was fitted {midline.tilt_deg:.0f} degrees from the scanner's"
    return MIDLINE.judged(
        midline.tilt_deg,
        warn=quality.tilt_warn_deg,
        high=True,
        good=f"{told}.",
        bad=f"{told}, more than {quality.tilt_warn_deg:g}: sides and the reference are not to be trusted.",
    )


def _coverage_flag(height_cm: float, quality: QualitySettings) -> QualityFlag:
    return SLAB_COVERAGE.judged(
        height_cm,
        warn=quality.slab_coverage_warn_cm,
        high=False,
        good=f"The slab is {height_cm:.1f} cm high.",
        bad=f"The slab is only {height_cm:.1f} cm high: a lesion outside is not seen, volumes are lower "
        "bounds.",
    )


def _reference_flag(masks: LesionMasks, settings: LesionSettings) -> QualityFlag:
    text = f"The reference is {masks.reference.ml:.0f} mL of {masks.reference.where}."
    return REFERENCE.judged(
        masks.reference.ml,
        fail=settings.min_reference_ml,
        high=False,
        good=text,
        bad=f"{text} Normal tissue is too slow to serve as reference.",
    )


def _normal_flags(
    maps: PerfusionMaps, masks: LesionMasks, quality: QualitySettings
) -> tuple[QualityFlag, ...]:
    """Judge the side without the lesion as it is: the reference leaves out what is slow."""
    opposite = {Side.RIGHT: ~masks.right, Side.LEFT: masks.right}.get(masks.side)
    normal = masks.certain & ~masks.hypoperfused
    normal = normal if opposite is None else normal & opposite
    if not normal.any():
        text = "No tissue is left to tell how long Tmax is in normal tissue."
        return (NORMAL_TMAX.flag(Level.FAIL, None, quality.normal_tmax_fail_s, text),)
    median = float(np.median(maps.tmax.array[normal]))
    told = f"Normal tissue has a median Tmax of {median:.1f} s"
    slow = NORMAL_TMAX.judged(
        median,
        warn=quality.normal_tmax_warn_s,
        fail=quality.normal_tmax_fail_s,
        high=True,
        good=f"{told}.",
        bad=f"{told}, which is long: Tmax > 6 s marks tissue that is not threatened.",
    )
    late = ARTERY_LATE.judged(
        median,
        warn=quality.normal_tmax_low_warn_s,
        fail=quality.normal_tmax_low_fail_s,
        high=False,
        good=f"{told}: the artery fills before it.",
        bad=f"{told}: the artery fills no earlier, so Tmax reads too short. Look at the input curve.",
    )
    return (slow, late)


def _edge_flag(masks: LesionMasks, quality: QualitySettings) -> QualityFlag:
    layers = np.moveaxis(masks.hypoperfused, masks.grid.axial_axis, 0)
    touching_ml = masks.ml(layers[[0, -1]]) if len(layers) > 1 else masks.ml(layers)
    return SLAB_EDGE.judged(
        touching_ml,
        warn=quality.slab_edge_warn_ml,
        high=True,
        good="The lesion lies inside the imaged slab.",
        bad="The lesion reaches the edge of the imaged slab: its volumes are lower bounds.",
    )


def _faint_flag(masks: LesionMasks, quality: QualitySettings) -> QualityFlag:
    share = masks.ml(masks.unknown) / max(masks.ml(masks.tissue), _TINY)
    text = f"{100 * share:.1f} % of the tissue has too little bolus to be judged."
    return FAINT.judged(
        share, warn=quality.faint_warn, fail=quality.faint_fail, high=True, good=text, bad=text
    )


def _fossa_flag(parts: Parts, quality: QualitySettings) -> QualityFlag:
    """Warn of a lesion of the posterior fossa: no trial profile is validated there."""
    total_ml, fossa_ml = parts.right_ml + parts.left_ml, parts.posterior_fossa_ml
    share = 0.0 if total_ml == 0 else None if fossa_ml is None else round(fossa_ml / total_ml, 9)
    if share is None:
        text = "How much of the lesion lies in the posterior fossa is not known."
    else:
        text = f"{100 * share:.0f} % of the delayed tissue lies in the posterior fossa, by estimate."
    doubtful = share is None or share >= quality.fossa_warn
    return FOSSA.flag(
        Level.WARN if doubtful else Level.PASS,
        share,
        quality.fossa_warn,
        f"{text} The trials' profiles are not validated there." if doubtful else text,
    )


def _side_flags(masks: LesionMasks, parts: Parts, quality: QualitySettings) -> tuple[QualityFlag, ...]:
    """Hold a side that the user stated against the images: its mirror image is the reference."""
    if not masks.side_is_chosen:
        return ()
    there_ml = parts.left_ml if masks.side is Side.LEFT else parts.right_ml
    total_ml = parts.right_ml + parts.left_ml
    share = 1.0 if total_ml == 0 else there_ml / total_ml
    side = masks.side.value
    text = f"The stated side, {side}, holds {there_ml:.0f} of {total_ml:.0f} mL of delayed tissue."
    return (
        STATED_SIDE.judged(
            share,
            fail=quality.stated_side_fail,
            high=False,
            good=text,
            bad=f"{text} The reference would be the lesion's own hemisphere.",
        ),
    )


def _bilateral_flag(
    maps: PerfusionMaps, masks: LesionMasks, settings: LesionSettings, quality: QualitySettings
) -> QualityFlag:
    slow = masks.certain & (maps.tmax.array > settings.reference_tmax_s)
    shares = [_share(slow, masks.certain & side) for side in (masks.right, ~masks.right)]
    told = f"{100 * min(shares):.0f} % of the side with less delay has Tmax > {settings.reference_tmax_s:g} s"
    return BILATERAL.judged(
        min(shares),
        warn=quality.bilateral_warn,
        high=True,
        good=f"{told}.",
        bad=f"{told}: both hemispheres are late, by carotid disease, a weak heart or the choice of artery.",
    )


def _both_sides_flag(masks: LesionMasks, parts: Parts, settings: LesionSettings) -> QualityFlag:
    smaller_ml = min(parts.right_ml, parts.left_ml)
    both = masks.side is Side.BILATERAL
    told = f"{smaller_ml:.0f} mL of the delayed tissue lies on the side that has less of it"
    return BOTH_SIDES.flag(
        Level.WARN if both else Level.PASS,
        smaller_ml,
        settings.bilateral_ml,
        f"{told}: no side is normal, and the whole brain without delay is the reference."
        if both
        else f"{told}.",
    )


def _low_flow_flag(
    maps: PerfusionMaps, masks: LesionMasks, settings: LesionSettings, quality: QualitySettings
) -> QualityFlag:
    """Measure clusters with the flow of a core outside the delayed tissue; none without a reference."""
    limit = settings.core_cbf_percent / 100.0 * masks.reference.mean_cbf
    low = masks.certain & ~masks.hypoperfused & (maps.cbf.array < limit)
    found_ml = masks.ml(low)
    if found_ml > quality.low_flow_warn_ml:
        found_ml = masks.ml(drop_small(_thick(low, masks.grid), settings.min_core_ml, masks.grid.voxel_ml))
    told = f"{found_ml:.1f} mL of tissue has CBF < {settings.core_cbf_percent:g} % without delay"
    return LOW_FLOW.judged(
        found_ml,
        warn=quality.low_flow_warn_ml,
        high=True,
        good=f"{told}.",
        bad=f"{told}: an old infarct, or a core that is perfused again; it is not in the core's volume.",
    )


def _late_flag(masks: LesionMasks, settings: LesionSettings, quality: QualitySettings) -> QualityFlag:
    """Hold Tmax against the relative time to peak, which needs no input curve."""
    late_ml, delayed_ml = masks.ml(masks.late), masks.ml(masks.hypoperfused)
    common_ml = masks.ml(masks.late & masks.hypoperfused)
    both_ml = late_ml + delayed_ml
    dice = 2 * common_ml / both_ml if both_ml else 1.0
    told = (
        f"Tmax > {settings.delay_s:g} s marks {delayed_ml:.0f} mL, a peak over {settings.late_ttp_s:g} s "
        f"late (no input curve) {late_ml:.0f} mL, {common_ml:.0f} mL both"
    )
    apart_ml = masks.ml(masks.late ^ masks.hypoperfused)
    disagree = dice < quality.late_dice_warn and apart_ml > quality.late_apart_ml
    return LATE.flag(
        Level.WARN if disagree else Level.PASS,
        dice,
        quality.late_dice_warn,
        f"{told}: they disagree; look at the input curve." if disagree else f"{told}.",
    )


def _thick(mask: Mask, grid: Grid) -> Mask:
    """Return the parts of a mask that are no thin sheet within their slices: the falx has no flow either."""
    cross = ndimage.generate_binary_structure(2, 1)
    steps = [grid.spacing_mm[axis] for axis in grid.in_plane_axes]
    structure = ndimage.iterate_structure(cross, max(1, math.ceil(_SHEET_MM / min(steps))))
    opened = ndimage.binary_opening(np.moveaxis(mask, grid.axial_axis, 0), structure[None])
    return np.asarray(np.moveaxis(opened, 0, grid.axial_axis))


def _share(part: Mask, whole: Mask) -> float:
    """Return the share of `whole` that is also `part`; 0 of nothing."""
    return float(np.count_nonzero(part & whole)) / max(int(np.count_nonzero(whole)), 1)
