"""Checks of delay as a whole: whether it has a border, and whether tissue fills before the artery."""

from __future__ import annotations

import numpy as np

from tissueclock.core.quality import SHARE, Gate, QualityFlag
from tissueclock.lesion.masks import LesionMasks
from tissueclock.lesion.settings import LesionSettings
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.perfusion.result import PerfusionMaps

EARLY = Gate(
    id="early-tissue",
    judges="share of the tissue that fills before the artery does",
    harm="The input curve is a late artery's (both carotids narrowed, a branch beyond a stenosis): Tmax "
    "reads too short wherever that artery leads, and all of the delay may be lost.",
    unit=SHARE,
    warn="early_warn",
    fail="early_fail",
    source="our choice, from digital heads: up to 0.2 % with the right artery, 35 % with late carotids",
)
BORDER = Gate(
    id="delay-border",
    judges="change of the delayed volume as its limit goes from 0.5 s above to 0.5 s below, over it",
    harm="Tissue is evenly slow and lies at the limit (a narrow carotid, a weak heart): the volume is that "
    "of the limit, not of a lesion.",
    unit=SHARE,
    warn="border_warn",
    fail="border_fail",
    source="our choice, from digital heads: lesions without any border changed by 60 % at most",
)
GATES = (EARLY, BORDER)


def check_delay(
    maps: PerfusionMaps, masks: LesionMasks, settings: LesionSettings, quality: QualitySettings
) -> tuple[QualityFlag, ...]:
    """Return both checks, passed ones too."""
    return (_early(maps, masks, quality), _border(masks, settings, quality))


def _early(maps: PerfusionMaps, masks: LesionMasks, quality: QualitySettings) -> QualityFlag:
    tmax_s = maps.tmax.array[masks.certain]
    share = float(np.mean(tmax_s < quality.early_below_s)) if tmax_s.size else 0.0
    told = f"{100 * share:.1f} % of the tissue fills before the artery"
    return EARLY.judged(
        share,
        warn=quality.early_warn,
        fail=quality.early_fail,
        high=True,
        good=f"{told}.",
        bad=f"{told}: the input curve is a late artery's, and delayed tissue may be missed. Choose another.",
    )


def _border(masks: LesionMasks, settings: LesionSettings, quality: QualitySettings) -> QualityFlag:
    low_ml, ml, high_ml = (masks.ml(m) for m in (masks.delay_low, masks.hypoperfused, masks.delay_high))
    change = (high_ml - low_ml) / ml if ml else 0.0
    early_s, late_s = (settings.delay_s + by * settings.delay_variation_s for by in (-1, 1))
    told = f"Tmax marks {high_ml:.0f} mL beyond {early_s:g} s and {low_ml:.0f} mL beyond {late_s:g} s"
    return BORDER.judged(
        change,
        warn=quality.border_warn,
        fail=quality.border_fail,
        high=True,
        good=f"{told}.",
        bad=f"{told}: the tissue is evenly slow about the limit, and the volume hangs on it.",
    )
