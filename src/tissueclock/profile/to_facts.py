"""From measures to facts: the end of the imaging side. A failed gate withholds every fact it touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tissueclock.core.exact import exact
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.image.series import Modality
from tissueclock.lesion.settings import LesionSettings
from tissueclock.profile.checks import implausible
from tissueclock.profile.intervals import Interval, VolumeIntervals, intervals
from tissueclock.profile.measure import Measures
from tissueclock.profile.parts import Parts
from tissueclock.profile.settings import IntervalSettings

_NO_DIFFUSION = "DSC perfusion without diffusion: the MR core is measured on diffusion only"
_NO_TENTORIUM = "The slab shows too little of the skull's dome to tell what lies in the posterior fossa"
_DIFFERENCE, _RATIO = "hypoperfused less core, as volumes", "hypoperfused over core, as volumes"
_NOT_GATED = frozenset({"perfusion_modality", "slab_coverage_cm", "brain_ml"})
"""What the scan itself says, whatever the quality of its curves."""


def to_facts(
    measures: Measures, settings: LesionSettings, spread: IntervalSettings, gates: tuple[str, ...]
) -> CaseFacts:
    """Return the measures as facts with their intervals; `gates` are the ids of the failed quality checks."""
    core_ml = None
    if measures.modality is Modality.CT and measures.reference_cbf is not None:
        core_ml = measures.core_ml.get(settings.core_cbf_percent)
    ends = intervals(measures, core_ml, spread)
    facts = [
        fact if fact.name in _NOT_GATED else fact.withheld(gates)
        for fact in (
            *_core_facts(measures, settings, ends),
            *_delay_facts(measures, settings, ends),
            *_mismatch_facts(measures, core_ml, ends),
            *_ratio_facts(measures),
            *_scan_facts(measures),
        )
    ]
    return CaseFacts.of(facts)


def _number(
    name: str, value: float | None, source: str, reason: str = "", interval: Interval | None = None
) -> Fact:
    why = implausible(name, value)
    if why:
        return Fact(name=name, value=None, source=source, reason=f"What was measured {why}")
    if value is None:
        return Fact(name=name, value=None, source=source, reason=reason)
    return Fact(name=name, value=value, source=source, interval=interval)


def _part_facts(name: str, parts: Parts | None, source: str, reason: str = "") -> Iterator[Fact]:
    """Yield a volume by side and in the posterior fossa; `reason` says why there is no volume at all."""
    right, left, fossa = (
        (None, None, None) if parts is None else (parts.right_ml, parts.left_ml, parts.posterior_fossa_ml)
    )
    yield _number(f"{name}_right_ml", right, f"{source}, patient's right", reason)
    yield _number(f"{name}_left_ml", left, f"{source}, patient's left", reason)
    where = f"{source}, posterior fossa estimated from the head's shape, not validated in patients"
    yield _number(f"{name}_posterior_fossa_ml", fossa, where, reason if parts is None else _NO_TENTORIUM)


def _core_facts(measures: Measures, settings: LesionSettings, ends: VolumeIntervals) -> Iterator[Fact]:
    source = f"CT perfusion: SVD-CBF < {settings.core_cbf_percent:g} % of {measures.reference_where}"
    if measures.modality is Modality.MR:
        yield _number("core_ml", None, "", _NO_DIFFUSION)
        yield _number("mismatch_voxelwise_ml", None, "", _NO_DIFFUSION)
        yield from _part_facts("core", None, "", _NO_DIFFUSION)
        return
    without = "There is no normal tissue to compare with"
    cores: Mapping[float, float] = measures.core_ml if measures.reference_cbf is not None else {}
    core = cores.get(settings.core_cbf_percent)
    yield _number("core_ml", core, source, without, ends.core)
    yield _number("core_cbf_ml", core, source, without, ends.core)
    for percent in settings.cbf_ladder_percent:
        if percent != settings.core_cbf_percent:
            step = source.replace(f"< {settings.core_cbf_percent:g} %", f"< {percent:g} %")
            yield _number(f"core_cbf{percent:g}_ml", cores.get(percent), step, without)
    yield from _part_facts("core", None if core is None else measures.core_parts, source, without)
    off = f"{100 * settings.reference_variation:g} %"
    has_core = core is not None
    low, high = (measures.core_low_ml, measures.core_high_ml) if has_core else (None, None)
    yield _number("core_reference_low_ml", low, f"{source}, reference {off} lower", without)
    yield _number("core_reference_high_ml", high, f"{source}, reference {off} higher", without)
    voxelwise = measures.mismatch_voxelwise_ml if has_core else None
    yield _number("mismatch_voxelwise_ml", voxelwise, "hypoperfused tissue outside the core", without)
    yield _number(
        "reference_cbf", measures.reference_cbf, f"mean SVD-CBF of {measures.reference_where}", without
    )


def _delay_facts(measures: Measures, settings: LesionSettings, ends: VolumeIntervals) -> Iterator[Fact]:
    how = f"{measures.modality.value} perfusion: rule-method Tmax"
    for limit, ml in measures.tmax_ml.items():
        own = ends.delay if limit == settings.delay_s else None
        yield _number(f"tmax{limit:g}_ml", ml, f"{how} > {limit:g} s", interval=own)
    rule = f"{how} > {settings.delay_s:g} s"
    yield _number("hypoperfused_ml", measures.hypoperfused_ml, rule, interval=ends.delay)
    late = f"{measures.modality.value} perfusion: peak > {settings.late_ttp_s:g} s after the normal side's"
    yield _number("ttp45_ml", measures.late_ml, f"{late}, without an input curve")
    yield from _part_facts("tmax6", measures.hypoperfused_parts, f"{how} > {settings.delay_s:g} s")
    yield _number("unknown_perfusion_ml", measures.unknown_ml, "tissue with too little bolus")
    by = "stated by the user" if measures.side_is_chosen else f"{how} by hemisphere"
    yield Fact(name="lesion_side", value=measures.side.value, source=by)


def _mismatch_facts(measures: Measures, core_ml: float | None, ends: VolumeIntervals) -> Iterator[Fact]:
    """Yield mismatch and ratio with their intervals; where a volume is missing, derivation says why."""
    lesion_ml = measures.hypoperfused_ml
    if core_ml is None or implausible("core_ml", core_ml) or implausible("hypoperfused_ml", lesion_ml):
        return
    difference = exact(lesion_ml) - exact(core_ml)
    yield Fact(name="mismatch_ml", value=difference, source=_DIFFERENCE, interval=ends.mismatch)
    if core_ml:
        ratio = exact(lesion_ml) / exact(core_ml)
        yield Fact(name="mismatch_ratio", value=ratio, source=_RATIO, interval=ends.ratio)
    elif lesion_ml:
        yield Fact(name="mismatch_ratio", value=None, infinite=True, source=_RATIO, interval=ends.ratio)


def _ratio_facts(measures: Measures) -> Iterator[Fact]:
    yield _number(
        "hypoperfusion_intensity_ratio",
        measures.hypoperfusion_intensity_ratio,
        "volume with Tmax > 10 s over volume with Tmax > 6 s",
        "There is no tissue with Tmax > 6 s",
    )
    yield _number(
        "cbv_index",
        measures.cbv_index,
        "mean CBV of delayed tissue over its mirror image",
        "Without one delayed side, or with too little normal tissue in its mirror image, it is not defined",
    )


def _scan_facts(measures: Measures) -> Iterator[Fact]:
    where = measures.reference_where
    yield _number("reference_ml", measures.reference_ml, f"tissue of {where} without delay")
    yield _number(
        "normal_tmax_s", measures.normal_tmax_s, f"median Tmax of {where}", "There is no normal tissue"
    )
    yield _number("brain_ml", measures.brain_ml, "brain mask")
    yield _number("slab_coverage_cm", measures.slab_coverage_cm, "slices x their distance")
    yield Fact(name="perfusion_modality", value=measures.modality.value, source="the scan")
