"""How one trial refers to another: derived from the other's criteria, never against what is typed."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.eligibility.decide import readable
from tissueclock.eligibility.predicates import derived, registered_predicates, with_predicates
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.model import Predicate, Role
from tissueclock.protocol.registry import protocol, protocols

DAWN = {
    "age": 70,
    "nihss": 15,
    "lkw_to_rand_h": 10,
    "prestroke_mrs": 0,
    "occlusion_site": ["M1"],
    "core_ml": 20,
}
DEFUSE_3 = {
    "age": 70,
    "nihss": 6,
    "lkw_to_puncture_h": 10,
    "prestroke_mrs": 2,
    "occlusion_site": ["M1"],
    "core_ml": 69.9,
    "hypoperfused_ml": 125.82,
}


def typed(facts):
    return case_from_table(facts, "typed")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"core_ml": 30.9}, True),
        ({"core_ml": 31}, False),
        ({"core_ml": 31, "nihss": 20}, True),
        ({"age": 80, "core_ml": 21}, False),
        ({"age": 80}, True),
        ({"nihss": 9}, False),
        ({"prestroke_mrs": 2}, False),
        ({"lkw_to_rand_h": 24.1}, False),
        ({"occlusion_site": ["M2"]}, False),
        ({"core_ml": None}, None),
        ({"core_ml": None, "age": 17}, False),
        ({"nihss": None, "core_ml": 51}, False),
    ],
)
def test_dawn_is_met_as_its_clinical_and_core_criteria_say(change, expected):
    case = derived(typed({**DAWN, **change}))
    assert case.known("dawn_eligible") is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, True), ({"hypoperfused_ml": 125.81}, False), ({"core_ml": 70}, False), ({"age": None}, None)],
)
def test_defuse_3_is_met_as_its_criteria_say(change, expected):
    assert derived(typed({**DEFUSE_3, **change})).known("defuse3_eligible") is expected


def test_what_stays_open_is_said_and_nothing_is_said_of_an_empty_case():
    fact = derived(typed({**DAWN, "core_ml": None}))["dawn_eligible"]
    assert (fact.value, fact.reason) == (None, "DAWN's criteria are open: core unknown")
    assert len(derived(CaseFacts.of())) == 0


def test_the_source_names_the_rule_and_what_decided():
    fact = derived(typed({**DAWN, "age": 80, "core_ml": 30}))["dawn_eligible"]
    assert fact.source == f"criteria of DAWN, digest {protocol('dawn').digest[:12]}: fails core-from-80-years"


def test_a_withheld_core_withholds_the_predicate():
    case = complete(typed(DAWN))
    case = derived(case.with_facts(case["core_ml"].withheld(("motion",))))
    assert case.known("dawn_eligible") is None
    assert case["dawn_eligible"].withheld_by == ("motion",)


def test_a_person_may_type_the_answer_but_not_against_the_criteria():
    open_case = {**DAWN, "core_ml": None, "dawn_eligible": True}
    assert derived(typed(open_case))["dawn_eligible"].source == "typed"
    assert derived(typed({**DAWN, "dawn_eligible": True}))["dawn_eligible"].source == "typed"
    with pytest.raises(InputError, match="given as false, but all that DAWN asks is met"):
        derived(typed({**DAWN, "dawn_eligible": False}))
    with pytest.raises(InputError, match="given as true, but DAWN's nihss fails"):
        derived(typed({**DAWN, "nihss": 5, "dawn_eligible": True}))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "age": st.sampled_from([17, 18, 79, 80, 90, 91]),
            "nihss": st.sampled_from([5, 6, 9, 10, 19, 20]),
            "prestroke_mrs": st.integers(0, 3),
            "lkw_to_rand_h": st.sampled_from([5, 6, 24, 25]),
            "lkw_to_puncture_h": st.sampled_from([5, 6, 16, 17]),
            "occlusion_site": st.sampled_from([[], ["M1"], ["M2"], ["ICA_cervical"]]),
            "core_ml": st.sampled_from([0, 20, 21, 30, 31, 50, 51, 69, 70]),
            "hypoperfused_ml": st.sampled_from([0, 15, 36, 90, 126]),
        },
    )
)
def test_the_fast_predicates_answer_as_the_explained_ones(facts):
    case = derived(typed(facts))
    seen = readable(complete(typed(facts)))
    for name, test in registered_predicates().items():
        assert test(seen) is case.known(name)


def test_every_way_of_filling_the_gaps_agrees_with_a_definite_answer():
    gaps = {"age": [79, 80], "nihss": [9, 15, 20], "core_ml": [20, 30, 50]}
    for known in product(*([None, *values] for values in gaps.values())):
        facts = {name: value for name, value in zip(gaps, known, strict=True) if value is not None}
        answer = derived(typed({**{k: v for k, v in DAWN.items() if k not in gaps}, **facts})).known(
            "dawn_eligible"
        )
        filled = product(
            *([value] if value is not None else gaps[name] for name, value in zip(gaps, known, strict=True))
        )
        answers = {
            derived(typed({**DAWN, **dict(zip(gaps, values, strict=True))})).known("dawn_eligible")
            for values in filled
        }
        assert answers == {answer} or answer is None


def test_a_predicate_is_a_yes_or_no_of_the_vocabulary_over_gates_of_its_own_trial():
    with pytest.raises(InputError, match="no yes-or-no fact"):
        Predicate(fact="age", text="x", criteria=("age",))
    with pytest.raises(InputError, match="names no criterion"):
        Predicate(fact="dawn_eligible", text="x", criteria=())
    dawn = protocol("dawn")
    with pytest.raises(InputError, match="a predicate names 'agee'"):
        replace(dawn, predicates=(Predicate(fact="dawn_eligible", text="x", criteria=("agee",)),))
    softened = tuple(
        replace(item, role=Role.ANALYSIS) if item.id == "age" else item for item in dawn.criteria
    )
    with pytest.raises(InputError, match="decides nothing"):
        replace(dawn, criteria=softened)
    with pytest.raises(InputError, match="given twice"):
        replace(dawn, predicates=dawn.predicates * 2)


def test_no_two_trials_define_one_predicate():
    facts = [item.fact for trial in protocols().values() for item in trial.predicates]
    assert sorted(facts) == sorted(set(facts)) == ["dawn_eligible", "defuse3_eligible"]


def test_only_the_trials_that_are_given_are_asked():
    assert "dawn_eligible" not in with_predicates(complete(typed(DAWN)), ())
