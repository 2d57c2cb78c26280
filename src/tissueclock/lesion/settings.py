"""Settings of the lesion layer: the published limits, and our choices around them."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionSettings:
    """How maps become masks."""

    delay_s: float = setting("hypoperfused: Tmax above this (6 s: DEFUSE 2, DEFUSE 3)", low=1, high=20)
    core_cbf_percent: float = setting(
        "CT core: CBF below this share of the reference (DEFUSE 3)", low=5, high=60
    )
    tmax_ladder_s: tuple[float, ...] = setting("Tmax limits whose volumes are reported", low=0, high=20)
    cbf_ladder_percent: tuple[float, ...] = setting("CBF limits whose volumes are reported", low=5, high=60)
    reference_tmax_s: float = setting(
        "the reference holds tissue with Tmax up to this (our choice)", low=1, high=6
    )
    min_reference_ml: float = setting("less reference withholds the verdict (our choice)", low=0, high=500)
    reference_variation: float = setting(
        "the core is also given with the reference this share off", low=0, high=0.5
    )
    delay_variation_s: float = setting(
        "for intervals the delay is also read with its limit this much off (our choice)", low=0, high=3
    )
    min_hypoperfused_ml: float = setting("smaller clusters of delay are dropped (our choice)", low=0, high=20)
    min_core_ml: float = setting("smaller clusters of core are dropped (our choice)", low=0, high=20)
    min_cnr: float = setting(
        "less contrast over noise than this is too little bolus (our choice)", low=0, high=20
    )
    enclosed_share: float = setting(
        "voxels with too little bolus: enclosed from this share on", low=0.5, high=1
    )
    bilateral_share: float = setting(
        "bilateral: the smaller side has this share of the delay", low=0, high=0.5
    )
    bilateral_ml: float = setting("bilateral: and at least this volume", low=0, high=100)
    late_ttp_s: float = setting(
        "late: time to peak this much after the normal side's (4.5 s: Wouters 2017)", low=1, high=20
    )
