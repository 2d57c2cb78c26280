"""The delay against the stated occlusion: each warning tripped, and its near misses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.quality import Level
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.territory import territory_warnings

M1 = {"occlusion_site": ["M1"]}
BASILAR = {"occlusion_site": ["BA"]}
GOOD, POOR = {"collateral_grade": 3}, {"collateral_grade": 1}


def warned(**facts):
    return [flag.id for flag in territory_warnings(case_from_table(facts, "typed"))]


TRIPS = {
    "territory-side": [
        {"occlusion_side": "left", "lesion_side": "right"},
        {"occlusion_side": "right", "lesion_side": "left"},
    ],
    "territory-no-delay": [
        {**M1, "tmax6_ml": 0},
        {**M1, "tmax6_ml": 2.99},
        {"occlusion_site": ["ICA_T", "BA"], "tmax6_ml": 0},
        {"occlusion_site": ["ICA_intracranial"], "hypoperfused_ml": 1},
    ],
    "territory-no-occlusion": [{"occlusion_site": [], "tmax6_ml": 50.1}],
    "territory-branch": [
        {"occlusion_site": ["M2"], "tmax6_ml": 200.1},
        {"occlusion_site": ["A1", "A2"], "hypoperfused_ml": 210},
    ],
    "territory-posterior": [
        {**BASILAR, "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 0.9},
        {"occlusion_site": ["BA", "V4"], "tmax6_ml": 50.1, "tmax6_posterior_fossa_ml": 0},
    ],
    "territory-anterior": [
        {**M1, "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 31},
        {"occlusion_site": ["A2"], "tmax6_ml": 10, "tmax6_posterior_fossa_ml": 5.1},
    ],
    "collaterals-good": [
        {**GOOD, "hypoperfusion_intensity_ratio": 0.71},
        {**GOOD, "hypoperfusion_intensity_ratio": 0.9, "tmax6_ml": 15},
    ],
    "collaterals-poor": [
        {**POOR, "hypoperfusion_intensity_ratio": 0.29},
        {"collateral_grade": 0, "hypoperfusion_intensity_ratio": 0, "tmax6_ml": 80},
    ],
}
NEAR = {
    "territory-side": [
        {"occlusion_side": "left", "lesion_side": "left"},
        {"occlusion_side": "bilateral", "lesion_side": "left"},
        {"occlusion_side": "left", "lesion_side": "bilateral"},
        {"occlusion_side": "left", "lesion_side": "none"},
        {"occlusion_side": "left"},
        {"lesion_side": "left"},
    ],
    "territory-no-delay": [
        {**M1, "tmax6_ml": 3},
        {**M1, "tmax6_ml": 90, "hypoperfused_ml": 0},
        {"occlusion_site": ["M2"], "tmax6_ml": 0},
        {"occlusion_site": ["ICA_cervical"], "tmax6_ml": 0},
        {**M1},
        {"tmax6_ml": 0},
    ],
    "territory-no-occlusion": [{"occlusion_site": [], "tmax6_ml": 50}, {**M1, "tmax6_ml": 90}],
    "territory-branch": [
        {"occlusion_site": ["M2"], "tmax6_ml": 200},
        {"occlusion_site": ["M2", "M1"], "tmax6_ml": 300},
        {"occlusion_site": [], "tmax6_ml": 40},
    ],
    "territory-posterior": [
        {**BASILAR, "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 1},
        {**BASILAR, "tmax6_ml": 50.5, "tmax6_posterior_fossa_ml": 0.5},
        {**BASILAR, "tmax6_ml": 60},
        {"occlusion_site": ["BA", "M1"], "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 0},
    ],
    "territory-anterior": [
        {**M1, "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 30},
        {**M1, "tmax6_ml": 9.9, "tmax6_posterior_fossa_ml": 9},
        {"occlusion_site": ["M1", "V4"], "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 50},
        {"occlusion_site": [], "tmax6_ml": 40, "tmax6_posterior_fossa_ml": 40, **M1} | {"tmax6_ml": 90},
    ],
    "collaterals-good": [
        {**GOOD, "hypoperfusion_intensity_ratio": 0.7},
        {"collateral_grade": 2, "hypoperfusion_intensity_ratio": 0.9},
        {**GOOD, "hypoperfusion_intensity_ratio": 0.9, "tmax6_ml": 14.9},
        {**GOOD},
    ],
    "collaterals-poor": [
        {**POOR, "hypoperfusion_intensity_ratio": 0.3},
        {"collateral_grade": 2, "hypoperfusion_intensity_ratio": 0.1},
        {**POOR, "hypoperfusion_intensity_ratio": 0.1, "hypoperfused_ml": 14},
    ],
}


def listed(table):
    return [
        pytest.param(id, facts, id=f"{id} {number}") for id in table for number, facts in enumerate(table[id])
    ]


@pytest.mark.parametrize(("id", "facts"), listed(TRIPS))
def test_what_does_not_fit_is_a_warning_and_the_only_one(id, facts):
    assert warned(**facts) == [id]


def test_a_warning_has_the_unit_of_its_number():
    units = {
        id: flag.unit
        for id, cases in TRIPS.items()
        for facts in cases
        for flag in territory_warnings(case_from_table(facts, "typed"))
    }
    shares = {"territory-anterior", "collaterals-good", "collaterals-poor"}
    assert {id for id, unit in units.items() if unit == "share"} == shares
    assert {id for id, unit in units.items() if unit == ""} == {"territory-side"}
    assert set(units.values()) == {"share", "", "mL"}


@pytest.mark.parametrize(("id", "facts"), listed(NEAR))
def test_a_near_miss_warns_of_nothing(id, facts):
    assert id not in warned(**facts)


def test_every_warning_has_trips_near_misses_and_its_row_in_the_reference(checkout):
    page = (checkout / "docs" / "reference" / "territory.md").read_text(encoding="utf-8")
    assert set(TRIPS) == set(NEAR)
    assert [id for id in TRIPS if f"| `{id}` |" not in page] == []


def test_a_warning_is_a_sentence_with_the_value_and_the_limit():
    (flag,) = territory_warnings(
        case_from_table({**BASILAR, "tmax6_ml": 60, "tmax6_posterior_fossa_ml": 0}, "t")
    )
    assert (flag.level, flag.value, flag.limit) == (Level.WARN, 60.0, 50.0)
    assert flag.text == (
        "BA is stated as occluded, and the posterior fossa has 0.0 mL of delayed tissue, "
        "the rest of the brain 60.0 mL."
    )


def test_a_withheld_fact_warns_of_nothing():
    case = case_from_table({**M1, "tmax6_ml": 0}, "typed")
    hidden = case.with_facts(case["tmax6_ml"].withheld(("bolus",)))
    assert territory_warnings(case)
    assert territory_warnings(hidden) == ()


@given(st.sampled_from([facts for group in TRIPS.values() for facts in group]), st.data())
def test_knowing_less_never_warns_of_something_new_but_by_the_other_measure_of_delay(facts, data):
    gone = data.draw(st.sampled_from(sorted(facts)))
    left = {name: value for name, value in facts.items() if name != gone}
    assert set(warned(**left)) <= set(warned(**facts))


def test_the_empty_case_warns_of_nothing():
    assert territory_warnings(CaseFacts.of()) == ()
