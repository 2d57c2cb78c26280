"""The facts that diffusion and FLAIR add to those of a perfusion run on MR, or put in their place."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.core.exact import exact
from tissueclock.core.quality import failed_gates
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.profile.diffusion_checks import CORE_GATES, FLAIR_GATES, REGISTRATION
from tissueclock.profile.diffusion_measure import AgainstDelay, DiffusionMeasures
from tissueclock.profile.intervals import difference_interval, ratio_interval

_DIFFERENCE, _RATIO = "hypoperfused less core, as volumes", "hypoperfused over core, as volumes"
_NO_TENTORIUM = "The images show too little of the skull's dome to tell what lies in the posterior fossa"
_NO_LESION = "there is no lesion on diffusion"
_NO_PERFUSION = "there is no perfusion run in the input"
_OF_PERFUSION = (
    *(f"tmax{limit}_ml" for limit in (2, 4, 6, 8, 10)),
    "hypoperfused_ml",
    "mismatch_ml",
    "mismatch_ratio",
    "mismatch_voxelwise_ml",
    "hypoperfusion_intensity_ratio",
    "cbv_index",
    "lesion_side",
)
"""What only a perfusion run can tell."""


def without_perfusion(measures: DiffusionMeasures) -> CaseFacts:
    """Return the facts of diffusion alone; what perfusion would tell is unknown, with that reason."""
    unknown = [Fact(name=name, value=None, source="", reason=_NO_PERFUSION) for name in _OF_PERFUSION]
    return with_diffusion(CaseFacts.of(unknown), measures)


def with_diffusion(perfusion: CaseFacts, measures: DiffusionMeasures) -> CaseFacts:
    """Return the facts of a perfusion run with the core of diffusion, and what follows from both.

    A failed gate of the perfusion run withholds what rests on it, not the core on diffusion; a failed gate of
    diffusion withholds the core, a failed registration only what rests on places.
    """
    failed = failed_gates(measures.flags)
    of_core = tuple(gate for gate in failed if gate in CORE_GATES)
    of_places = tuple(gate for gate in failed if gate == REGISTRATION.id)
    delay = perfusion["hypoperfused_ml"]
    facts = [fact.withheld(of_core) for fact in _core_facts(measures)]
    facts += [fact.withheld((*delay.withheld_by, *of_core)) for fact in _mismatch_facts(delay, measures)]
    if measures.against_delay is not None:
        voxelwise = _voxelwise(delay, measures.against_delay)
        facts += [voxelwise.withheld((*delay.withheld_by, *of_core, *of_places))]
    of_flair = tuple(gate for gate in failed if gate in FLAIR_GATES)
    facts += [fact.withheld(of_flair) for fact in _flair_facts(measures)]
    return perfusion.with_facts(*facts)


def core_source(measures: DiffusionMeasures) -> str:
    """Return in words what the core was measured by."""
    return f"MR diffusion: ADC < {measures.limit_adc:g} x 10^-6 mm2/s where DWI is bright"


def _core_facts(measures: DiffusionMeasures) -> Iterator[Fact]:
    source = core_source(measures)
    interval = measures.interval_ml
    for name in ("core_ml", "core_adc_ml"):
        yield Fact(name=name, value=measures.core_ml, source=source, interval=interval)
    parts = measures.parts
    yield Fact(name="core_right_ml", value=parts.right_ml, source=f"{source}, patient's right")
    yield Fact(name="core_left_ml", value=parts.left_ml, source=f"{source}, patient's left")
    fossa = parts.posterior_fossa_ml
    where = f"{source}, posterior fossa estimated from the head's shape, not validated in patients"
    reason = "" if fossa is not None else _NO_TENTORIUM
    yield Fact(name="core_posterior_fossa_ml", value=fossa, source=where, reason=reason)


def _mismatch_facts(delay: Fact, measures: DiffusionMeasures) -> Iterator[Fact]:
    """Yield mismatch and ratio as volumes, with intervals; the errors of the two scans are independent."""
    if not isinstance(delay.value, (int, float)):
        return
    lesion_ml, core_ml = float(delay.value), measures.core_ml
    core_interval = measures.interval_ml or (core_ml, core_ml)
    lesion = lesion_ml, delay.interval or (lesion_ml, lesion_ml)
    ends = difference_interval(lesion, (core_ml, core_interval), 0.0)
    difference = exact(lesion_ml) - exact(core_ml)
    yield Fact(name="mismatch_ml", value=difference, source=_DIFFERENCE, interval=ends)
    if core_ml:
        ratio = exact(lesion_ml) / exact(core_ml)
        ends_of_ratio = ratio_interval(lesion, (core_ml, core_interval), 0.0)
        yield Fact(name="mismatch_ratio", value=ratio, source=_RATIO, interval=ends_of_ratio)


def _voxelwise(delay: Fact, against: AgainstDelay) -> Fact:
    name, source = "mismatch_voxelwise_ml", "hypoperfused tissue outside the core on diffusion, registered"
    if not isinstance(delay.value, (int, float)):
        return Fact(name=name, value=None, source=source, reason=delay.reason or "the delay is unknown")
    return Fact(name=name, value=max(float(delay.value) - against.overlap_ml, 0.0), source=source)


def _flair_facts(measures: DiffusionMeasures) -> Iterator[Fact]:
    if measures.flair is None:
        return
    found = measures.flair
    source = "median FLAIR of the diffusion lesion over its mirror image, pairs of like tissue"
    if not found.can_be_read:
        reason = found.because if measures.core_ml else _NO_LESION
        yield Fact(name="flair_sir", value=None, source=source, reason=reason)
        return
    yield Fact(name="flair_sir", value=found.ratio, source=source, interval=found.interval)
