"""Names under which exports of others hold a fact, where the name says another unit, or none.

CDISC names are SDTM variables and test codes (AGE, SEX, SYSBP, LBTESTCD GLUC ...), the others what REDCap
projects commonly call a field. NINDS names its stroke elements too; its dictionary could not be read, so they
are not here. A name that leaves the unit open is only read with a unit beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ExportName:
    """A name of an export: the fact, and the unit that the name says ("" where a unit has to be given)."""

    fact: str
    unit: str


PLAIN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "age": ("age_yrs", "age_yr"),
        "sex": ("gender",),
        "nihss": ("nihss_score", "nihss_baseline", "baseline_nihss", "nihsstot"),
        "nihss_initial": ("initial_nihss", "nihss_admission", "admission_nihss"),
        "prestroke_mrs": ("mrs_pre", "pre_mrs", "premorbid_mrs", "mrs_premorbid", "pre_stroke_mrs"),
        "sbp": ("systolic_bp", "bp_systolic", "sbp_mmhg"),
        "dbp": ("diastolic_bp", "bp_diastolic", "dbp_mmhg"),
        "glucose_mg_dl": ("glucose_mgdl", "gluc_mg_dl"),
        "glucose_mmol_l": ("glucose_mmoll", "gluc_mmol_l"),
        "creatinine_mg_dl": ("creatinine_mgdl", "creat_mg_dl"),
        "platelets": ("plat", "platelet_count", "plt"),
        "aptt_s": ("aptt",),
        "sodium_mmol_l": ("sodium",),
        "potassium_mmol_l": ("potassium",),
        "egfr": ("gfre",),
        "aspects_ct": ("ct_aspects", "ncct_aspects", "aspects_ncct"),
        "aspects_dwi": ("dwi_aspects", "mri_aspects"),
        "occlusion_site": ("occlusion_location", "site_of_occlusion"),
        "ivt_given": ("iv_tpa", "ivt", "tpa_given", "iv_thrombolysis"),
        "wake_up": ("wakeup_stroke", "wake_up_stroke"),
        "hypoperfused_ml": ("tmax_6_ml", "penumbra_plus_core_ml"),
        "mismatch_ratio": ("mm_ratio",),
    }
)
"""Names that mean a fact in the vocabulary's own unit."""

_IN_MINUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lkw_to_rand_h": ("lkw_to_rand_min", "lkw_to_randomization_min"),
        "lkw_to_puncture_h": ("lkw_to_puncture_min", "lkw_to_groin_min"),
        "lkw_to_ivt_h": ("lkw_to_ivt_min", "lkw_to_needle_min"),
        "lkw_to_imaging_h": ("lkw_to_imaging_min",),
    }
)

_WITHOUT_UNIT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "glucose_mg_dl": ("glucose", "gluc"),
        "creatinine_mg_dl": ("creatinine", "creat"),
        "haemoglobin_mmol_l": ("haemoglobin", "hemoglobin", "hgb"),
    }
)

_IN_OTHER_UNITS: Mapping[str, ExportName] = MappingProxyType(
    {
        "creatinine_umol_l": ExportName("creatinine_mg_dl", "umol/L"),
        "haemoglobin_g_dl": ExportName("haemoglobin_mmol_l", "g/dL"),
        "hemoglobin_g_dl": ExportName("haemoglobin_mmol_l", "g/dL"),
        "life_expectancy_years": ExportName("life_expectancy_mo", "years"),
    }
)


def _named() -> Iterator[tuple[str, ExportName]]:
    yield from _IN_OTHER_UNITS.items()
    for unit, names in (("min", _IN_MINUTES), ("", _WITHOUT_UNIT)):
        for fact, written in names.items():
            yield from ((name, ExportName(fact, unit)) for name in written)


EXPORT_NAMES: Mapping[str, ExportName] = MappingProxyType(dict(_named()))
"""Names (lower case) that say another unit than the vocabulary's, or none."""

CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "sex": MappingProxyType({"f": "female", "m": "male"}),
        "lesion_side": MappingProxyType({"l": "left", "r": "right"}),
    }
)
"""Words of exports (lower case) by fact, with the vocabulary's word."""
