"""The facts that imaging measures, or that a person types from another program's report.

Plausible ranges are our choice and generous: they catch slips of unit and digit, not unusual patients.
"""

from __future__ import annotations

from tissueclock.facts.definition import FactDefinition, Kind

_OURS = "DESIGN: Tissueclock vocabulary"
_DEFUSE_3 = "Albers GW et al. (DEFUSE 3), N Engl J Med 2018;378:708-718"
_LADDER = "DESIGN: Tissueclock vocabulary; a ladder of thresholds as perfusion programs print it"
_HIR = "Olivot JM et al., Stroke 2014, doi:10.1161/STROKEAHA.113.003857"
_CBV_INDEX = "DESIGN: settled 6; doi:10.1186/s12883-024-03806-w"
_ASPECTS = "Barber PA et al., Lancet 2000;355:1670-1674"
_SIR = "MR WITNESS, Ann Neurol 2018, doi:10.1002/ana.25235"
_TMAX2 = "DESIGN: Tissueclock vocabulary; the mismatch that DEFUSE and EPITHET analysed by"
_MR_RESCUE = "Kidwell CS et al. (MR RESCUE), N Engl J Med 2013;368:914-923"
_WAKE_UP = "Thomalla G et al. (WAKE-UP), N Engl J Med 2018;379:611-622"


def _volume(
    name: str,
    label: str,
    definition: str,
    *,
    low: float = 0,
    source: str = _OURS,
    synonyms: tuple[str, ...] = (),
) -> FactDefinition:
    return FactDefinition(
        name=name,
        label=label,
        kind=Kind.NUMBER,
        unit="mL",
        low=low,
        high=2500,
        definition=definition,
        source=source,
        synonyms=synonyms,
    )


def _ratio(name: str, label: str, high: float, definition: str, source: str) -> FactDefinition:
    return FactDefinition(
        name=name, label=label, kind=Kind.NUMBER, low=0, high=high, definition=definition, source=source
    )


def _score(
    name: str, label: str, high: int, definition: str, source: str, unit: str = "points"
) -> FactDefinition:
    return FactDefinition(
        name=name,
        label=label,
        kind=Kind.INTEGER,
        unit=unit,
        low=0,
        high=high,
        definition=definition,
        source=source,
    )


def _tmax(limit: int, *synonyms: str) -> FactDefinition:
    return _volume(
        f"tmax{limit}_ml",
        f"volume with Tmax > {limit} s",
        f"volume of brain whose Tmax is above {limit} s",
        source=_LADDER,
        synonyms=synonyms,
    )


def _core_under(percent: int, source: str) -> FactDefinition:
    return _volume(
        "core_cbf_ml" if percent == 30 else f"core_cbf{percent}_ml",
        f"perfusion core (CBF < {percent} %)",
        f"volume of delayed tissue whose flow is under {percent} % of the reference",
        source=source,
        synonyms=(f"cbf{percent}_ml",),
    )


def _parts(name: str, label: str, what: str) -> tuple[FactDefinition, ...]:
    """Return the two sides of a volume, which add up to it, and the part of it in the posterior fossa."""
    sides = tuple(
        _volume(
            f"{name}_{side}_ml",
            f"{side} {label}",
            f"{what} on the patient's {side} of the midline, posterior fossa included",
        )
        for side in ("left", "right")
    )
    fossa = _volume(
        f"{name}_posterior_fossa_ml",
        f"{label} in the posterior fossa",
        f"{what} in the posterior fossa (cerebellum and brainstem, estimated from the head's shape); a part "
        f"of {name}_left_ml and {name}_right_ml, not beside them",
    )
    return (*sides, fossa)


_CORE = (
    _volume(
        "core_ml",
        "core",
        "volume of the ischaemic core, whatever it was measured by; its source says by what",
        source=_DEFUSE_3,
        synonyms=("core_volume_ml", "infarct_core_ml"),
    ),
    _volume("core_adc_ml", "diffusion core", "volume of the core on diffusion (low ADC)", source=_DEFUSE_3),
    _core_under(30, _DEFUSE_3),
    _core_under(20, _LADDER),
    _core_under(34, _LADDER),
    _core_under(38, _LADDER),
    _volume(
        "core_reference_low_ml",
        "core at a lower reference",
        "core_cbf_ml if the reference flow were 20 % lower",
    ),
    _volume(
        "core_reference_high_ml",
        "core at a higher reference",
        "core_cbf_ml if the reference flow were 20 % higher",
    ),
    _volume(
        "predicted_core_ml",
        "predicted core",
        "volume of infarct that a voxel-wise model of the MR RESCUE type predicts",
        source=_MR_RESCUE,
    ),
    *_parts("core", "core", "volume of the core, as core_ml,"),
)

_DELAY = (
    _tmax(2, "perf2_ml"),
    _tmax(4),
    _tmax(6),
    _tmax(8),
    _tmax(10),
    _volume(
        "hypoperfused_ml",
        "hypoperfused volume",
        "volume of critically hypoperfused tissue; where nothing else is said, Tmax above 6 s",
        source=_DEFUSE_3,
        synonyms=("hypoperfusion_ml",),
    ),
    *_parts("tmax6", "Tmax > 6 s", "volume with Tmax above 6 s"),
    _volume(
        "ttp45_ml",
        "volume with relative TTP > 4.5 s",
        "volume of tissue whose curve peaks more than 4.5 s after that of normal tissue; found without an "
        "input curve, beside tmax6_ml; no rule reads it",
        source="Wouters A et al., Front Neurol 2017;8:539, doi:10.3389/fneur.2017.00539",
    ),
)

_MISMATCH = (
    _volume(
        "mismatch_ml",
        "mismatch",
        "hypoperfused volume minus core volume: a difference of volumes, negative if the core is larger",
        low=-2500,
        source=_DEFUSE_3,
        synonyms=("mismatch_volume_ml",),
    ),
    _volume(
        "mismatch_voxelwise_ml",
        "voxel-wise mismatch",
        "volume that is hypoperfused and not core, voxel by voxel; no rule reads it",
    ),
    FactDefinition(
        name="mismatch_ratio",
        label="mismatch ratio",
        kind=Kind.NUMBER,
        low=0,
        definition="hypoperfused volume divided by core volume; infinite for a core of 0 mL",
        source=_DEFUSE_3,
        may_be_infinite=True,
    ),
    _volume(
        "mismatch_tmax2_ml",
        "mismatch by Tmax > 2 s",
        "volume with Tmax above 2 s minus core volume, as the trials before Tmax above 6 s took it; "
        "negative if the core is larger",
        low=-2500,
        source=_TMAX2,
    ),
    FactDefinition(
        name="mismatch_ratio_tmax2",
        label="mismatch ratio by Tmax > 2 s",
        kind=Kind.NUMBER,
        low=0,
        definition="volume with Tmax above 2 s divided by core volume; infinite for a core of 0 mL",
        source=_TMAX2,
        may_be_infinite=True,
    ),
    _ratio(
        "hypoperfusion_intensity_ratio",
        "hypoperfusion intensity ratio",
        1,
        "volume with Tmax above 10 s divided by volume with Tmax above 6 s",
        _HIR,
    ),
    _ratio(
        "cbv_index",
        "CBV index",
        20,
        "mean CBV where Tmax is above 6 s, divided by that of the mirrored side",
        _CBV_INDEX,
    ),
    _ratio(
        "core_fraction_of_risk",
        "core as a fraction of the volume at risk",
        10,
        "predicted core volume divided by the volume at risk (0.70 is 70 %)",
        _MR_RESCUE,
    ),
)

_SCAN = (
    FactDefinition(
        name="perfusion_modality",
        label="perfusion modality",
        kind=Kind.CHOICE,
        choices=("CT", "MR"),
        definition="the modality of the perfusion scan that selection rests on",
        source=_OURS,
    ),
    FactDefinition(
        name="lesion_side",
        label="side of the lesion",
        kind=Kind.CHOICE,
        choices=("left", "right", "bilateral", "none"),
        definition="the patient's side on which tissue is hypoperfused",
        source="DESIGN: settled 6",
    ),
    FactDefinition(
        name="reference_cbf",
        label="reference flow",
        kind=Kind.NUMBER,
        unit="mL/100 g/min",
        low=0,
        high=500,
        definition="mean SVD flow of the normal tissue that the core is relative to; it underestimates flow",
        source=_OURS,
    ),
    _volume("reference_ml", "reference volume", "volume of the normal tissue behind reference_cbf"),
    FactDefinition(
        name="normal_tmax_s",
        label="Tmax of normal tissue",
        kind=Kind.NUMBER,
        unit="s",
        low=-5,
        high=60,
        definition="median Tmax of normal tissue",
        source=_OURS,
    ),
    FactDefinition(
        name="slab_coverage_cm",
        label="slab coverage",
        kind=Kind.NUMBER,
        unit="cm",
        low=0,
        high=40,
        definition="height of brain that the perfusion slab covers",
        source=_OURS,
    ),
    _volume("brain_ml", "brain volume", "volume of brain in the scan"),
    _volume(
        "unknown_perfusion_ml",
        "unjudged volume",
        "volume of brain with too little bolus to be judged",
        source="DESIGN: settled 4",
    ),
)

_READS = (
    _score("aspects_ct", "ASPECTS on CT", 10, "ASPECTS read on non-contrast CT", _ASPECTS),
    _score("aspects_dwi", "ASPECTS on DWI", 10, "ASPECTS read on diffusion-weighted MRI", _ASPECTS),
    _score("aspects_cbv", "ASPECTS on CBV maps", 10, "ASPECTS read on CBV maps of CT perfusion", _ASPECTS),
    _score(
        "aspects_posterior",
        "posterior-circulation ASPECTS",
        10,
        "ASPECTS of the posterior circulation, on CT or DWI",
        "Puetz V et al., Stroke 2008;39:2485-2490",
    ),
    FactDefinition(
        name="dwi_lesion",
        label="lesion on diffusion",
        kind=Kind.BOOLEAN,
        definition="read by eye: an acute ischaemic lesion on diffusion-weighted MRI",
        source=_WAKE_UP,
    ),
    FactDefinition(
        name="mca_third",
        label="infarct of over a third of the MCA territory",
        kind=Kind.BOOLEAN,
        definition="early infarction of more than a third of the MCA territory",
        source=_OURS,
    ),
    FactDefinition(
        name="dwi_flair_mismatch",
        label="DWI-FLAIR mismatch",
        kind=Kind.BOOLEAN,
        definition="read by eye: a diffusion lesion without marked FLAIR hyperintensity",
        source=_WAKE_UP,
    ),
    _ratio(
        "flair_sir",
        "FLAIR signal ratio",
        10,
        "FLAIR signal of the lesion divided by that of the mirrored side; it never sets dwi_flair_mismatch",
        _SIR,
    ),
    _score(
        "collateral_grade",
        "collateral grade",
        3,
        "collaterals on CTA: 0 none, 1 poor (at most half of the territory), 2 moderate, 3 good",
        _OURS,
        unit="grade",
    ),
)

IMAGING_FACTS = _CORE + _DELAY + _MISMATCH + _SCAN + _READS
