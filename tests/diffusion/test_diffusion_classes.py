"""The DEFUSE 2 class of 100 patients around its edges: ten perfusion runs against ten diffusion scans.

A patient is one of each, with the core of the one and the delay of the other, so that every class and each of
its edges is met: core 70 mL, Tmax > 10 s of 100 mL, ratio 1.8, mismatch 15 mL.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from diffusion_lab import core_of, stroke, study
from patient_lab import ACQUISITION, run_head, still_measured

from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.patient import digital_patient
from tissueclock.pipeline.diffusion import NOTHING_BESIDE
from tissueclock.scan.study import Scan

CORES_ML = (1.5, 6.0, 12.0, 22.0, 34.0, 44.0, 60.0, 76.0, 92.0, 110.0)
"""Acute tissue asked for; what the limit of 600 reads of it is some 20 % less."""
LESIONS = (
    (0.0, 14.0), (0.0, 22.0), (4.0, 40.0), (10.0, 60.0), (14.0, 80.0),
    (20.0, 98.0), (30.0, 120.0), (50.0, 150.0), (110.0, 190.0), (130.0, 210.0),
)  # fmt: skip
"""Core and hypoperfused tissue of the perfusion runs: the core steers the volume of Tmax > 10 s."""
CLOSE = 0.04
"""A truth this close (as a share, or 1 mL) to an edge may fall on either side of it."""


def class_of(core_ml: float, tmax6_ml: float, tmax10_ml: float) -> str:
    """The published definition, typed anew (Lansberg 2012): the slow, obvious reference."""
    if core_ml >= 70 or tmax10_ml >= 100:
        return "malignant"
    if tmax6_ml - core_ml >= 15 and (core_ml == 0 or tmax6_ml / core_ml >= 1.8):
        return "target-mismatch"
    return "no-mismatch"


def near_an_edge(core_ml: float, tmax6_ml: float, tmax10_ml: float) -> bool:
    def near(value: float, edge: float) -> bool:
        return abs(value - edge) <= max(CLOSE * edge, 1.0)

    return (
        near(core_ml, 70.0)
        or near(tmax10_ml, 100.0)
        or near(tmax6_ml, 1.8 * core_ml)
        or near(tmax6_ml - core_ml, 15.0)
    )


@cache
def cores() -> list[tuple[float, float]]:
    """True and measured core of every diffusion scan, mL."""
    found = []
    for number, core_ml in enumerate(CORES_ML):
        made = study(stroke(core_ml, "right" if number % 2 else "left"), seed=number)
        found.append((made.truth.rule_ml[600.0], core_of(made, 600.0).volume_ml))
    return found


@cache
def delays() -> list[tuple[tuple[float, float], CaseFacts]]:
    """True Tmax > 6 and > 10 s of every run in mL, and the facts that were measured."""
    found = []
    for core_ml, lesion_ml in LESIONS:
        asked = Stroke(side="left", core_ml=core_ml, hypoperfused_ml=lesion_ml)
        made = digital_patient(asked, ACQUISITION, head=run_head())
        scan = Scan(series=made.series, kind="simulated", digest="", files=0, time_source="simulated")
        rule = made.truth.rule.voxels
        found.append(((rule.tmax6_ml, rule.tmax10_ml), still_measured(scan, NOTHING_BESIDE).facts))
    return found


def measured_class(core_ml: float, facts: CaseFacts) -> str:
    core = [Fact(name=name, value=core_ml, source="diffusion") for name in ("core_ml", "core_adc_ml")]
    case = derived(facts.with_facts(*core))
    return {item.name: item.label for item in answer((), case).profiles}["defuse-2"]


def test_the_class_is_right_on_100_patients():
    wrong, classes, close = [], Counter(), 0
    for true_core, core_ml in cores():
        for (tmax6, tmax10), facts in delays():
            true = class_of(true_core, tmax6, tmax10)
            classes[true] += 1
            if near_an_edge(true_core, tmax6, tmax10):
                close += 1
            elif measured_class(core_ml, facts) != true:
                wrong.append((true_core, core_ml, tmax6, tmax10, true))
    assert sum(classes.values()) == 100
    assert min(classes[name] for name in ("malignant", "target-mismatch", "no-mismatch")) >= 15
    assert close <= 15
    assert wrong == []


def test_volumes_behind_the_classes_are_close_to_their_truth():
    for true_ml, measured_ml in cores():
        assert abs(measured_ml - true_ml) <= max(0.05 * true_ml, 1.0)
    for (tmax6, _), facts in delays():
        assert float(facts["tmax6_ml"].value) == pytest.approx(tmax6, rel=0.1, abs=3.0)
