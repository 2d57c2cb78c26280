"""The facts about the patient that people type: history, severity, times, laboratory, vessels, treatment.

Plausible ranges are our choice and generous: they catch slips of unit and digit, not unusual patients.
"""

from __future__ import annotations

from fractions import Fraction

from tissueclock.facts.definition import FactDefinition, Kind

_OURS = "DESIGN: Tissueclock vocabulary"
_NIHSS = "Brott T et al., Stroke 1989;20:864-870"
_MRS = "van Swieten JC et al., Stroke 1988;19:604-607"
_BARTHEL = "Mahoney FI, Barthel DW, Md State Med J 1965;14:61-65"
_ETICI = "Liebeskind DS et al., J Neurointerv Surg 2019;11:433-438"
GLUCOSE_MG_DL_PER_MMOL_L = Fraction("18.016")
"""From the molar mass of glucose, 180.16 g/mol."""

_CREATININE_UMOL_L_PER_MG_DL = Fraction("88.4")  # from the molar mass of creatinine, 113.12 g/mol
_HAEMOGLOBIN_MMOL_L_PER_G_DL = Fraction(1000, 1611)  # per monomer, whose molar mass is 16.11 kg/mol
_SITES = ("ICA_cervical", "ICA_intracranial", "ICA_T", "M1", "M2", "A1", "A2", "BA", "V4")


def _yes_no(name: str, label: str, definition: str) -> FactDefinition:
    return FactDefinition(name=name, label=label, kind=Kind.BOOLEAN, definition=definition, source=_OURS)


def _points(
    name: str, label: str, high: int, definition: str, source: str, synonyms: tuple[str, ...] = ()
) -> FactDefinition:
    return FactDefinition(
        name=name,
        label=label,
        kind=Kind.INTEGER,
        unit="points",
        low=0,
        high=high,
        definition=definition,
        source=source,
        synonyms=synonyms,
    )


def _number(
    name: str,
    label: str,
    unit: str,
    plausible: tuple[float, float],
    definition: str,
    synonyms: tuple[str, ...] = (),
    other_units: tuple[tuple[str, Fraction], ...] = (),
) -> FactDefinition:
    low, high = plausible
    return FactDefinition(
        name=name,
        label=label,
        kind=Kind.NUMBER,
        unit=unit,
        low=low,
        high=high,
        definition=definition,
        source=_OURS,
        synonyms=synonyms,
        other_units=other_units,
    )


def _hours(name: str, start: str, end: str) -> FactDefinition:
    return _number(name, f"time from {start} to {end}", "h", (0, 2400), f"hours from {start} to {end}")


_PERSON = (
    FactDefinition(
        name="age",
        label="age",
        kind=Kind.INTEGER,
        unit="years",
        low=0,
        high=120,
        definition="age in completed years at the decision to enrol",
        source="DESIGN: settled 11; CDISC SDTM variable AGE",
        synonyms=("age_years",),
    ),
    FactDefinition(
        name="sex",
        label="sex",
        kind=Kind.CHOICE,
        choices=("female", "male"),
        definition="sex of the patient; whatever is neither is left out, which is unknown",
        source="CDISC SDTM variable SEX",
    ),
    _yes_no("consent", "consent", "consent by the patient, a proxy or an approved deferral is in hand"),
    _yes_no("pregnant", "pregnant", "the patient is pregnant"),
    _number(
        "life_expectancy_mo",
        "life expectancy",
        "months",
        (0, 1440),
        "life expectancy in months, apart from this stroke",
    ),
    _yes_no("diabetes", "diabetes", "history of diabetes"),
    _yes_no("prior_stroke", "prior stroke", "a stroke before this one"),
    _number(
        "prior_stroke_d",
        "time since the last stroke",
        "days",
        (0, 40000),
        "days from the last stroke before this one to the decision to enrol",
    ),
    _yes_no("prior_ich", "prior intracranial haemorrhage", "an intracranial haemorrhage before this stroke"),
    _yes_no("anticoagulant", "current oral anticoagulant", "takes an oral anticoagulant now"),
    _yes_no("warfarin", "current warfarin", "takes warfarin or another vitamin K antagonist now"),
    _yes_no(
        "direct_anticoagulant",
        "current direct anticoagulant",
        "has taken a direct thrombin or factor Xa inhibitor within 48 h",
    ),
    _yes_no("heparin", "current heparin", "receives heparin now, in a dose that prolongs the PTT"),
    _yes_no("dialysis", "dialysis", "has dialysis for renal failure"),
    _yes_no("other_trial", "in another interventional trial", "takes part in another interventional trial"),
    _yes_no(
        "contrast_allergy", "contrast allergy", "an allergy to iodinated contrast that cannot be controlled"
    ),
    _yes_no("mri_contra", "contraindication to MRI", "MRI is contraindicated"),
)

_SEVERITY = (
    _points("nihss", "NIHSS", 42, "NIHSS at the decision to enrol", _NIHSS, ("nihss_total",)),
    _points("nihss_initial", "first NIHSS", 42, "first NIHSS at the index presentation", _NIHSS),
    _points("nihss_pre_rand", "NIHSS before randomisation", 42, "last NIHSS before randomisation", _NIHSS),
    _points(
        "prestroke_mrs",
        "pre-stroke mRS",
        5,
        "modified Rankin Scale before this stroke",
        _MRS,
        ("mrs_prestroke",),
    ),
    _points(
        "barthel_prestroke", "pre-stroke Barthel index", 100, "Barthel index before this stroke", _BARTHEL
    ),
    _yes_no("rapid_improvement", "rapid improvement", "the deficit is improving rapidly"),
    _yes_no("coma", "coma", "the patient is comatose"),
    _yes_no("disabling_deficit", "disabling deficit", "the deficit would disable the patient if it stayed"),
    _yes_no("seizure_at_onset", "seizure at onset", "a seizure when the symptoms began"),
    _number(
        "symptom_duration_min",
        "duration of symptoms",
        "min",
        (0, 144000),
        "minutes for which the symptoms have lasted without significant improvement",
    ),
    _yes_no("onset_known", "known onset", "somebody knows when the symptoms began"),
    _yes_no("wake_up", "wake-up stroke", "symptoms were first noticed on awakening"),
)

_TIMES = (
    _hours("lkw_to_rand_h", "last known well", "randomisation"),
    _hours("lkw_to_puncture_h", "last known well", "arterial puncture"),
    _number(
        "lkw_to_evt_end_h",
        "time from last known well to the end of thrombectomy",
        "h",
        (0, 2400),
        "hours from last known well to the end of thrombectomy, as expected at the decision to enrol",
    ),
    _hours("lkw_to_imaging_h", "last known well", "the qualifying imaging"),
    _hours("lkw_to_discovery_h", "last known well", "the discovery of symptoms"),
    _hours("lkw_to_ivt_h", "last known well", "the start of intravenous thrombolysis"),
    _hours("lkw_to_mri_h", "last known well", "MRI"),
    _hours("lkw_to_progression_h", "last known well", "the progression of symptoms"),
    _hours("progression_to_rand_h", "the progression of symptoms", "randomisation"),
    _hours("discovery_to_treat_h", "the discovery of symptoms", "the start of treatment"),
    _hours("discovery_to_rand_h", "the discovery of symptoms", "randomisation"),
    _hours("sleep_midpoint_to_rand_h", "the midpoint of sleep", "randomisation"),
    _hours("sleep_midpoint_to_ivt_h", "the midpoint of sleep", "the start of intravenous thrombolysis"),
    _number(
        "mri_to_ivt_min",
        "time from MRI to thrombolysis",
        "min",
        (0, 14400),
        "minutes from the end of MRI to the start of intravenous thrombolysis",
    ),
    _number(
        "imaging_to_puncture_min",
        "time from imaging to puncture",
        "min",
        (0, 14400),
        "minutes from the qualifying imaging to arterial puncture",
    ),
    _hours("imaging_to_rand_h", "the qualifying imaging", "randomisation"),
    _number(
        "rand_to_puncture_min",
        "time from randomisation to puncture",
        "min",
        (0, 14400),
        "minutes from randomisation to arterial puncture, as expected when the decision to enrol is made",
    ),
)

_LABORATORY = (
    _number(
        "sbp",
        "systolic blood pressure",
        "mmHg",
        (30, 350),
        "systolic blood pressure, sustained after treatment",
        ("sysbp",),
    ),
    _number(
        "dbp",
        "diastolic blood pressure",
        "mmHg",
        (10, 250),
        "diastolic blood pressure, sustained after treatment",
        ("diabp",),
    ),
    _number(
        "glucose_mg_dl",
        "glucose",
        "mg/dL",
        (18.016, 1080.96),  # the same as in mmol/L; a value in the other unit nearly always lies outside
        "blood glucose; 18.016 mg/dL are 1 mmol/L",
        other_units=(("mmol/L", GLUCOSE_MG_DL_PER_MMOL_L),),
    ),
    _number(
        "glucose_mmol_l",
        "glucose",
        "mmol/L",
        (1, 60),
        "blood glucose; 1 mmol/L is 18.016 mg/dL",
        other_units=(("mg/dL", 1 / GLUCOSE_MG_DL_PER_MMOL_L),),
    ),
    _number(
        "platelets",
        "platelet count",
        "10^9/L",
        (0, 5000),
        "platelet count; 100 000 per microlitre are 100 of these",
    ),
    _number("inr", "INR", "", (0.5, 30), "international normalised ratio of the prothrombin time"),
    _number("aptt_s", "aPTT", "s", (5, 400), "activated partial thromboplastin time"),
    _number("aptt_x_normal", "aPTT over normal", "", (0.1, 30), "aPTT divided by its upper limit of normal"),
    _number(
        "creatinine_mg_dl",
        "creatinine",
        "mg/dL",
        (0.05, 50),
        "serum creatinine; 1 mg/dL is 88.4 umol/L",
        other_units=(("umol/L", 1 / _CREATININE_UMOL_L_PER_MG_DL),),
    ),
    _number(
        "haemoglobin_mmol_l",
        "haemoglobin",
        "mmol/L",
        (0.5, 20),
        "haemoglobin per monomer; 1 mmol/L is 1.611 g/dL",
        ("hemoglobin_mmol_l",),
        (("g/dL", _HAEMOGLOBIN_MMOL_L_PER_G_DL), ("g/L", _HAEMOGLOBIN_MMOL_L_PER_G_DL / 10)),
    ),
    _number("sodium_mmol_l", "sodium", "mmol/L", (80, 220), "serum sodium"),
    _number("potassium_mmol_l", "potassium", "mmol/L", (1, 12), "serum potassium; 1 mEq/L is 1 mmol/L"),
    _number("egfr", "eGFR", "mL/min/1.73 m2", (0, 250), "estimated glomerular filtration rate"),
)

_VESSELS = (
    FactDefinition(
        name="occlusion_site",
        label="occlusion site",
        kind=Kind.SET,
        choices=_SITES,
        definition="every vessel segment that is occluded; an empty list means that none of them is",
        source=_OURS,
    ),
    FactDefinition(
        name="occlusion_side",
        label="side of the occlusion",
        kind=Kind.CHOICE,
        choices=("left", "right", "bilateral"),
        definition="the patient's side of the occluded vessel; left out for a basilar occlusion",
        source=_OURS,
    ),
    FactDefinition(
        name="occlusion_modality",
        label="angiography",
        kind=Kind.SET,
        choices=("CTA", "MRA", "DSA"),
        definition="every angiography that showed the occlusion",
        source=_OURS,
    ),
    _number(
        "cervical_ica_stenosis_pct",
        "stenosis of the cervical carotid artery",
        "%",
        (0, 100),
        "stenosis of the cervical internal carotid artery on the side of the stroke; 100 is an occlusion",
    ),
    _yes_no("ich_on_imaging", "intracranial haemorrhage", "acute intracranial haemorrhage on imaging"),
    _yes_no("midline_shift", "midline shift", "mass effect with a shift of the midline"),
    _points("etici_rank", "eTICI rank", 6, "eTICI 0, 1, 2a, 2b50, 2b67, 2c, 3 as the ranks 0 to 6", _ETICI),
    FactDefinition(
        name="evt_attempts",
        label="attempts of thrombectomy",
        kind=Kind.INTEGER,
        low=0,
        high=20,
        definition="attempts of thrombectomy so far",
        source=_OURS,
    ),
    _number(
        "residual_stenosis_pct",
        "residual stenosis",
        "%",
        (0, 100),
        "stenosis that remains after thrombectomy",
    ),
)

_TREATMENT = (
    _yes_no("ivt_given", "intravenous thrombolysis", "intravenous thrombolysis was started"),
    _yes_no("ivt_eligible", "eligible for thrombolysis", "the patient may have intravenous thrombolysis"),
    _yes_no("planned_evt", "endovascular treatment planned", "endovascular treatment is planned"),
    _yes_no("dawn_eligible", "meets DAWN's rule", "meets the clinical and imaging rule of DAWN"),
    _yes_no("defuse3_eligible", "meets DEFUSE 3's rule", "meets the clinical and imaging rule of DEFUSE 3"),
)

CLINICAL_FACTS = _PERSON + _SEVERITY + _TIMES + _LABORATORY + _VESSELS + _TREATMENT
