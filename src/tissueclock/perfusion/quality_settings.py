"""The limits of every quality gate, one preset table: `[quality]`."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySettings:
    """Limits of the gates; each gate names its own and their source (docs/reference/quality-gates.md)."""

    baseline_warn_s: float = setting("a shorter baseline is flagged", low=0, high=30)
    baseline_frames_warn: float = setting("fewer frames before the bolus are flagged", low=1, high=20)
    baseline_frames_fail: float = setting(
        "fewer frames before the bolus withhold the verdict", low=1, high=20
    )
    arrival_warn_s: float = setting("a bolus that arrives later is flagged", low=0, high=120)
    coverage_warn_s: float = setting("less scan after the arterial peak: CBV and MTT too low", low=0, high=90)
    coverage_fail_s: float = setting(
        "less scan after the arterial peak withholds the verdict", low=0, high=90
    )
    aif_peak_warn_hu: float = setting("CT: a lower arterial peak is flagged", low=0, high=500)
    aif_peak_fail_hu: float = setting("CT: a lower arterial peak withholds the verdict", low=0, high=500)
    tissue_drop_warn: float = setting("MR: tissue that loses less signal is flagged", low=0, high=1)
    tissue_drop_fail: float = setting("MR: tissue that loses less withholds the verdict", low=0, high=1)
    saturation_warn: float = setting(
        "MR: an artery that falls nearer to the noise, in its SD, is flagged", low=0, high=50
    )
    bolus_width_warn_s: float = setting("a wider bolus is flagged: Tmax reads too long", low=1, high=60)
    bolus_width_fail_s: float = setting("a wider bolus withholds the verdict", low=1, high=60)
    venous_fall_warn: float = setting("the vein must fall below this share of its peak", low=0, high=1)
    interval_warn_s: float = setting("a longer median sampling interval is flagged", low=0.5, high=10)
    gap_warn_s: float = setting("a longer gap during the first pass is flagged", low=0.5, high=60)
    gap_fail_s: float = setting("a longer gap during the first pass withholds the verdict", low=0.5, high=60)
    left_out_warn: float = setting("more frames left out or interpolated are flagged", low=0, high=1)
    left_out_fail: float = setting("more frames left out or interpolated withhold the verdict", low=0, high=1)
    contrast_noise_warn: float = setting("less median contrast over noise is flagged", low=0, high=100)
    contrast_noise_fail: float = setting("less median contrast over noise withholds", low=0, high=100)
    motion_warn_mm: float = setting("more motion is flagged (it is undone)", low=0, high=20)
    motion_isolated_mm: float = setting(
        "a single frame that moved more is interpolated instead of realigned", low=0, high=20
    )
    motion_fail_mm: float = setting("more motion than can be undone withholds the verdict", low=0, high=50)
    motion_across_warn: float = setting(
        "motion across slices, as a share of their distance: more is flagged", low=0, high=1
    )
    motion_across_fail: float = setting(
        "motion across slices, as a share of their distance: more withholds the verdict", low=0, high=1
    )
    motion_residual_fail_mm: float = setting(
        "what realignment leaves, as an edge's shift: more withholds the verdict", low=0, high=5
    )
    tilt_warn_deg: float = setting("a midline turned further from the scanner's is flagged", low=0, high=45)
    slab_coverage_warn_cm: float = setting("a lower slab is flagged", low=0, high=30)
    slab_edge_warn_ml: float = setting("more lesion in the slab's end slices is flagged", low=0, high=100)
    faint_warn: float = setting("more tissue with too little bolus is flagged", low=0, high=1)
    faint_fail: float = setting("more tissue with too little bolus withholds the verdict", low=0, high=1)
    normal_tmax_low_warn_s: float = setting(
        "a shorter Tmax of normal tissue is flagged: the artery is late", low=-5, high=5
    )
    normal_tmax_low_fail_s: float = setting(
        "a shorter Tmax of normal tissue withholds the verdict", low=-5, high=5
    )
    normal_tmax_warn_s: float = setting("slower normal tissue is flagged", low=0, high=20)
    normal_tmax_fail_s: float = setting("slower normal tissue withholds the verdict", low=0, high=20)
    bilateral_warn: float = setting(
        "a share of delayed tissue (Tmax above the reference's limit) that both sides exceed is flagged",
        low=0,
        high=1,
    )
    fossa_warn: float = setting("this share of the lesion in the posterior fossa is flagged", low=0, high=1)
    stated_side_fail: float = setting(
        "a stated side that holds less of the delay withholds the verdict", low=0, high=1
    )
    low_flow_warn_ml: float = setting("CT: more core-like flow without delay is flagged", low=0, high=500)
    blood_from_hu: float = setting("CT: blood is at least this dense before contrast", low=40, high=100)
    blood_to_hu: float = setting("CT: and at most this; lime is denser", low=60, high=150)
    blood_rim_mm: float = setting("CT: blood is looked for this far from bone", low=0, high=30)
    blood_warn_ml: float = setting("CT: a larger cluster as dense as blood is flagged", low=0.1, high=100)
    registration_fail_mm: float = setting(
        "MR: a larger disagreement of a registration, there and back, withholds what rests on places",
        low=0.1,
        high=50,
    )
    head_overlap_fail: float = setting(
        "MR: less overlap (Dice) of the heads on diffusion and perfusion withholds the core", low=0, high=1
    )
    diffusion_coverage_warn: float = setting(
        "MR: diffusion that covers less of the perfusion's brain is flagged", low=0, high=1
    )
    diffusion_coverage_fail: float = setting("MR: and less than this withholds the core", low=0, high=1)
    diffusion_slab_warn_cm: float = setting(
        "MR without perfusion: diffusion that shows less brain, from feet to head, is flagged", low=0, high=20
    )
    diffusion_slab_fail_cm: float = setting("MR: and less than this withholds the core", low=0, high=20)
    diffusion_missing_warn_ml: float = setting(
        "MR: more space inside the skull without a signal in a diffusion image is flagged", low=0, high=500
    )
    diffusion_missing_fail_ml: float = setting("MR: and more than this withholds the core", low=0, high=500)
    adc_low_warn: float = setting(
        "MR: a lower median ADC of the brain's tissue (10^-6 mm2/s) is flagged", low=0, high=2000
    )
    adc_low_fail: float = setting("MR: and a lower one withholds the core", low=0, high=2000)
    adc_high_warn: float = setting(
        "MR: a higher median ADC of the brain's tissue (10^-6 mm2/s) is flagged", low=0, high=2000
    )
    adc_high_fail: float = setting("MR: and a higher one withholds the core", low=0, high=2000)
    reperfused_warn_ml: float = setting("MR: more core outside delayed tissue is flagged", low=0, high=500)
    late_dice_warn: float = setting(
        "less overlap (Dice) of late and delayed tissue is flagged", low=0, high=1
    )
    late_apart_ml: float = setting(
        "and only if late and delayed volume differ by more than this, or lie apart by more", low=0, high=100
    )
    early_below_s: float = setting("tissue whose Tmax is below this fills before the artery", low=-3, high=1)
    early_warn: float = setting("a larger share of early tissue is flagged", low=0, high=1)
    early_fail: float = setting("a larger share of early tissue withholds the verdict", low=0, high=1)
    border_warn: float = setting("a larger change of the delayed volume is flagged", low=0, high=100)
    border_fail: float = setting("a larger change of it withholds the verdict", low=0, high=100)
