"""Every gate: a scan that trips it at each of its levels, a near miss that does not, and its row in print."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from gate_lab import Patient, stroke
from gate_scans import NEAR, SCANS, TRIPS, flags, reading

from tissueclock.core.quality import SHARE, Level
from tissueclock.diffusion.result import ADC_UNIT
from tissueclock.facts.vocabulary import definition_of
from tissueclock.image.series import Modality
from tissueclock.pipeline.gates import GATES, gates_markdown, limit_of
from tissueclock.pipeline.preset import PRESETS, preset_for, read_preset
from tissueclock.profile import diffusion_checks

BY_ID = {gate.id: gate for gate in GATES}
SOURCE = Path(__file__).parents[2] / "src" / "tissueclock"
NEARLY = 0.5
"""A near miss lies within this share of its limit."""


def levels_of(gate):
    """The levels, other than a pass, that a gate can reach."""
    always = {"repaired-frame": {Level.WARN}, "implausible": {Level.FAIL}, "bilateral-lesion": {Level.WARN}}
    stated = {Level.WARN} if gate.warn else set()
    return always.get(gate.id, stated | ({Level.FAIL} if gate.fail else set()))


@pytest.mark.parametrize(
    ("id", "level", "scan"),
    [pytest.param(id, *trip, id=f"{id} {trip[0].value}") for id, trips in TRIPS.items() for trip in trips],
)
def test_a_scan_trips_it(id, level, scan):
    flag = flags(scan)[id]
    assert flag.level is level, flag
    assert flag.text.endswith(".")
    if id != "implausible":
        assert flag.unit == BY_ID[id].unit


@pytest.mark.parametrize("id", TRIPS)
def test_a_near_miss_does_not(id):
    flag = flags(NEAR[id]).get(id)
    if id in ("repaired-frame", "implausible"):
        assert flag is None
        return
    assert flag.level is Level.PASS, flag
    assert abs(flag.value - flag.limit) <= NEARLY * abs(flag.limit), flag


def test_every_gate_has_a_trip_at_each_level_a_near_miss_and_no_stranger():
    assert set(TRIPS) == set(NEAR) == set(BY_ID)
    assert len(GATES) == len(BY_ID)
    assert {id: {level for level, _ in trips} for id, trips in TRIPS.items()} == {
        id: levels_of(gate) for id, gate in BY_ID.items()
    }
    assert {scan for trips in TRIPS.values() for _, scan in trips} | set(NEAR.values()) <= set(SCANS)


def calls(name: str) -> dict[str, list[ast.Call]]:
    """The calls of a function or class by name, by the module of the source that makes them."""
    found: dict[str, list[ast.Call]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        made = [n for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name]
        if made:
            found[path.relative_to(SOURCE).as_posix()] = made
    return found


def test_every_gate_that_the_code_declares_is_registered():
    ids = [
        next(word.value.value for word in call.keywords if word.arg == "id")
        for made in calls("Gate").values()
        for call in made
        if call.keywords
    ]
    declared = [id for id in ids if id in BY_ID or "-" in id]
    assert sorted(declared) == sorted(BY_ID)


def test_flags_are_made_by_gates_only_but_for_those_of_typed_facts():
    """The warnings about typed facts have pages, trips and near misses of their own: territory.md."""
    makers = {path for path in calls("QualityFlag") if not path.startswith("facts/")}
    assert makers == {"core/quality.py"}


@pytest.mark.parametrize("name", list(PRESETS.entries()))
def test_every_limit_is_a_setting_of_every_preset_and_every_setting_has_a_gate(name):
    preset = read_preset(PRESETS.get(name))
    named = {setting for gate in GATES for setting in (gate.warn, gate.fail) if setting}
    for setting in named:
        assert limit_of(setting, preset) == pytest.approx(limit_of(setting, preset))
    others = {
        "motion_isolated_mm",
        "blood_from_hu",
        "blood_to_hu",
        "blood_rim_mm",
        "late_apart_ml",
        "early_below_s",
    }
    fields = set(type(preset.quality).__dataclass_fields__)
    assert fields == (named - {"min_reference_ml"}) | others


def test_the_harder_limit_lies_beyond_the_softer():
    quality = preset_for(Modality.CT).quality
    for gate in GATES:
        if gate.warn and gate.fail:
            (_, near), trips = (0, flags(NEAR[gate.id])[gate.id].value), dict(TRIPS[gate.id])
            warn, fail = getattr(quality, gate.warn), getattr(quality, gate.fail)
            worse = flags(trips[Level.FAIL])[gate.id].value
            assert (near - warn) * (fail - warn) <= 0 <= (worse - fail) * (fail - warn), gate.id


def test_the_committed_reference_is_current(checkout):
    committed = (checkout / "docs" / "reference" / "quality-gates.md").read_text(encoding="utf-8")
    assert committed == gates_markdown(), "write gates_markdown() to docs/reference/quality-gates.md"


def test_the_reference_has_a_row_of_equal_columns_for_every_gate():
    rows = [line for line in gates_markdown().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [gate.id for gate in GATES]
    assert {row.count("|") for row in rows} == {8}
    assert "| 40 (`coverage_warn_s`) | 25 (`coverage_fail_s`) |" in gates_markdown()


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
def test_a_gate_says_what_it_judges_what_goes_wrong_and_where_its_limits_are_from(gate):
    assert gate.judges
    assert gate.harm.endswith(".")
    assert gate.source
    assert gate.unit in ("", SHARE, "s", "mm", "mL", "cm", "HU", "SD", "frames", "degrees", ADC_UNIT)


def test_a_plain_stroke_prints_every_gate_and_trips_none():
    """On CT and MR: all that can be judged are there, with a number in a unit."""
    beside = {gate.id for gate in diffusion_checks.GATES}
    for name, modality in (("stroke", "CT"), ("mr", "MR"), ("diffusion", "MR")):
        shown = flags(name)
        sometimes = {"repaired-frame", "implausible", "stated-side", "diffusion-slab"}
        sometimes |= beside if name == "mr" else set()
        assert set(shown) == {gate.id for gate in GATES if gate.only in ("", modality)} - sometimes
        assert {flag.level for flag in shown.values()} == {Level.PASS}, shown
        assert all(flag.value is not None and flag.limit is not None for flag in shown.values())


def test_lime_is_no_blood():
    assert flags("lime")["bleed-suspected"].level is Level.PASS


def test_late_tissue_is_a_fact_beside_that_of_tmax():
    """A sharp, clear lesion is the same to both; the fact is withheld with the rest."""
    facts = reading("stroke").facts
    assert facts["ttp45_ml"].value == pytest.approx(facts["tmax6_ml"].value, rel=0.1)
    assert definition_of("ttp45_ml").unit == "mL"
    assert reading("4 lost").facts["ttp45_ml"].withheld_by


def test_a_patient_of_the_lab_is_made_the_same_twice():
    one, two = stroke().series(), stroke().series()
    assert (one.stored == two.stored).all()
    assert not (one.stored == Patient().series().stored).all()
