"""One digital patient: simulated, measured with the default preset, and held against both truths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from tissueclock.bench.validation.agreement import Agreement, Mask, Values, dice, digits
from tissueclock.bench.validation.coverage import stated_intervals, strata_of
from tissueclock.bench.validation.rows import PatientRow, Size
from tissueclock.bench.validation.verdicts import true_case, verdicts
from tissueclock.core.errors import InputError
from tissueclock.core.quality import failed_gates
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.image.series import Modality
from tissueclock.phantom.head import Head, build_head
from tissueclock.phantom.patient import DigitalPatient, digital_patient
from tissueclock.phantom.truth import Truth
from tissueclock.pipeline.analysis import Measured, measure_scan
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.scan.study import Scan

_CORE_SHARE, _DELAY_S = 0.30, 6.0
_PHYSICS = (("cbf", "cbf"), ("cbv", "cbv"), ("mtt", "mtt"), ("tmax", "delay"))
_BEST = (("delay", "delay"), ("flow", "cbf"))
"""Maps that a version may have beside those of the rule: better estimates, held against the physics."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulatedPatient:
    """A patient, the masks of the rule's truth, and what was measured (None where the program refused)."""

    patient: DigitalPatient
    core: Mask | None
    hypoperfused: Mask
    measured: Measured | None
    refused: str
    seconds: float

    @property
    def found_core(self) -> Mask | None:
        """The measured core, None on DSC or where the program refused."""
        if self.measured is None or not self.measured.masks.cores:
            return None
        preset = preset_for(self.patient.series.modality)
        return self.measured.masks.cores[preset.lesion.core_cbf_percent]


def simulate(row: PatientRow, seed: int) -> SimulatedPatient:
    """Simulate and measure a patient with the default preset of the modality."""
    head = _head(row.size, row.conditions.large_vessels)
    acquisition = replace(row.acquisition, seed=seed)
    patient = digital_patient(row.stroke, acquisition, None, row.residue, row.conditions, head)
    watch, measured, refused = Stopwatch(), None, ""
    try:
        measured = measure_scan(_scan(patient), preset_for(patient.series.modality), watch)
    except InputError as error:
        refused = error.found
    core, hypoperfused = true_masks(patient.truth, patient.series.modality)
    return SimulatedPatient(
        patient=patient,
        core=core,
        hypoperfused=hypoperfused,
        measured=measured,
        refused=refused,
        seconds=watch.seconds()["total"],
    )


def measure_patient(row: PatientRow, seed: int) -> dict[str, Any]:
    """Return what a case of a patient tells, as JSON values."""
    found = simulate(row, seed)
    truth, measured = found.patient.truth.rule, found.measured
    known_core = found.patient.series.modality is Modality.CT
    document: dict[str, Any] = {
        "truth": {
            "core_ml": digits(truth.tissue.core_ml) if known_core else None,
            "tmax6_ml": digits(truth.tissue.tmax6_ml),
            "core_voxels_ml": digits(truth.voxels.core_ml) if known_core else None,
            "tmax6_voxels_ml": digits(truth.voxels.tmax6_ml),
            "physics_core_ml": digits(found.patient.truth.physics.core_ml),
            "side": truth.lesion_side,
        },
        "strata": strata_of(row, truth.tissue.core_ml if known_core else None),
        "seconds": found.seconds,
    }
    if measured is None:
        return {**document, "refused": found.refused}
    case = derived(measured.facts)
    true = true_case(document["truth"]["core_ml"], document["truth"]["tmax6_ml"])
    return {
        **document,
        "core_ml": digits(_value(case, "core_ml")),
        "tmax6_ml": digits(_value(case, "tmax6_ml")),
        "contrast_noise": digits(measured.maps.contrast_noise, 3),
        "intervals": stated_intervals(true, case),
        "side": str(case["lesion_side"].value),
        "gates": list(failed_gates(measured.flags)),
        "dice_core": digits(_dice(found.found_core, found.core)),
        "dice_tmax6": digits(dice(measured.masks.hypoperfused, found.hypoperfused)),
        "verdicts": {
            name: [item.true, item.measured, item.far, item.borderline]
            for name, item in verdicts(true, case).items()
        },
        "maps": _maps(found.patient.truth, measured, relative=not known_core),
    }


def true_masks(truth: Truth, modality: Modality) -> tuple[Mask | None, Mask]:
    """Return core (None on DSC) and Tmax > 6 s, in whole voxels of brain, as the rule method reads them."""
    rule = truth.rule
    hypoperfused = np.nan_to_num(rule.tmax.array, nan=-np.inf) > _DELAY_S
    if modality is Modality.MR:
        return None, hypoperfused
    if rule.reference_cbf is None:
        return np.zeros_like(hypoperfused), hypoperfused
    return hypoperfused & (rule.cbf.array < _CORE_SHARE * rule.reference_cbf), hypoperfused


@lru_cache(maxsize=2)
def _head(size: Size, large_vessels: bool) -> Head:
    return build_head(size.grid(), large_vessels)


def _scan(patient: DigitalPatient) -> Scan:
    return Scan(series=patient.series, kind="simulated", digest="", files=0, time_source="simulated")


def _dice(found: Mask | None, wanted: Mask | None) -> float | None:
    return None if found is None or wanted is None else dice(found, wanted)


def _value(case: CaseFacts, name: str) -> float | None:
    """Return a volume as printed, withheld or not."""
    value = case[name].value
    return None if value is None else float(value)  # type: ignore[arg-type] # volumes are numbers


def _maps(truth: Truth, measured: Measured, relative: bool) -> dict[str, Any]:
    """Return every map against the rule's truth and against the physics, over tissue without vessels."""
    tissue, maps = measured.masks.tissue & truth.brain.array, measured.maps
    pairs: list[tuple[str, Values, Values]] = [
        ("tmax against rule", maps.tmax.array, truth.rule.tmax.array),
        ("cbf against rule", maps.cbf.array, truth.rule.cbf.array),
    ]
    for name, true in (*_PHYSICS, *_BEST):
        volume = getattr(maps, name, None)
        if volume is not None:
            pairs.append((f"{name} against {true}", volume.array, getattr(truth.physics, true).array))
    return {
        name: agreement.to_json()
        for name, found, wanted in pairs
        if (agreement := Agreement.of(found[tissue], wanted[tissue], relative and name[:3] in ("cbf", "cbv")))
    }
