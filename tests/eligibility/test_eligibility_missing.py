"""What is missing, ordered by what it would settle; what is borderline; and how both are told as JSON."""

import dataclasses
import json
from decimal import Decimal

import pytest
from change_lab import case_of, invented_trial, leaf, trials_and_cases, verdict_after, worked
from hypothesis import given, settings

from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision
from tissueclock.eligibility.sensitivity import sensitivity
from tissueclock.facts.definition import Kind
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.registry import protocols
from tissueclock.protocol.standing import State

YOUNG = invented_trial(("age", "inclusion", leaf("age", "<", 80)), id="young")
YOUNG_AND_SEVERE = invented_trial(
    ("age", "inclusion", leaf("age", "<", 80)), ("nihss", "inclusion", leaf("nihss", ">=", 6)), id="severe"
)
MISMATCH = invented_trial(
    ("ratio", "inclusion", leaf("mismatch_ratio", ">=", Decimal("1.8"))),
    ("volume", "inclusion", leaf("mismatch_ml", ">", 15)),
    ("core", "inclusion", leaf("core_ml", "<", 50)),
    id="mismatch",
)
SUGAR = invented_trial(("low", "exclusion", leaf("glucose_mmol_l", "<", 3)), id="sugar")
SUGAR_TOO = invented_trial(("high", "exclusion", leaf("glucose_mg_dl", ">", 400)), id="sugar-too")


def asked(trials, case, scope="full"):
    return sensitivity(trials, case, [assess(trial, case, scope) for trial in trials], scope)


def rows(trials, case, scope="full"):
    return [
        (item.name, item.open_in, item.settles, item.admits) for item in asked(trials, case, scope).missing
    ]


def test_the_fact_that_settles_most_comes_first():
    assert rows((YOUNG_AND_SEVERE, YOUNG), case_of({})) == [
        ("age", ("severe", "young"), ("severe", "young"), ("young",)),
        ("nihss", ("severe",), ("severe",), ()),
    ]


def test_the_last_gap_can_admit():
    assert rows((YOUNG_AND_SEVERE,), case_of({"nihss": 10})) == [
        ("age", ("severe",), ("severe",), ("severe",))
    ]


def test_a_trial_that_is_settled_is_open_but_not_settled_by_more():
    assert rows((YOUNG_AND_SEVERE,), case_of({"nihss": 3})) == [("age", ("severe",), (), ())]


def test_what_settles_more_comes_before_what_is_open_in_more():
    def needs(id, *facts):
        return invented_trial(*((fact, "inclusion", leaf(fact, ">", 1)) for fact in facts), id=id)

    settled = [needs(id, "age", "nihss") for id in ("first", "second", "third")]
    trials = (*settled, needs("a", "inr"), needs("b", "inr"))
    found = asked(trials, case_of({"nihss": 0})).missing
    assert [(item.name, len(item.settles), len(item.open_in)) for item in found] == [
        ("inr", 2, 2),
        ("age", 0, 3),
    ]


def test_equals_are_ordered_by_what_admits_and_then_by_who_reads_them():
    old = invented_trial(("old", "inclusion", leaf("sbp", ">", 80)), id="old")
    both = invented_trial(
        ("sbp", "inclusion", leaf("sbp", ">", 80)), ("inr", "inclusion", leaf("inr", "<", 3)), id="both"
    )
    names = [row[0] for row in rows((both, YOUNG, old), case_of({}))]
    assert names == ["sbp", "age", "inr"]


def test_a_volume_is_asked_for_before_what_follows_from_it():
    (row,) = asked((MISMATCH,), case_of({"core_ml": 20})).missing
    assert (row.name, row.gives, row.admits) == (
        "hypoperfused_ml",
        ("mismatch_ratio", "mismatch_ml"),
        ("mismatch",),
    )
    (row,) = asked((MISMATCH,), case_of({"hypoperfused_ml": 90})).missing
    assert (row.name, row.admits) == ("core_ml", ("mismatch",))
    (row,) = asked((MISMATCH,), case_of({"hypoperfused_ml": 12})).missing
    assert (row.settles, row.admits) == (("mismatch",), ())


def test_a_volume_that_has_to_fit_a_typed_mismatch_still_settles():
    """The mismatch and the ratio leave one core only: 40 mL."""
    case = case_of({"hypoperfused_ml": 80, "mismatch_ml": 40, "mismatch_ratio": 2})
    (row,) = asked((MISMATCH,), case).missing
    assert (row.name, row.admits) == ("core_ml", ("mismatch",))


def test_without_any_volume_each_is_asked_for():
    assert {row[0] for row in rows((MISMATCH,), case_of({}))} == {"mismatch_ratio", "mismatch_ml", "core_ml"}


def test_glucose_is_asked_for_once():
    (row,) = asked((SUGAR, SUGAR_TOO), case_of({})).missing
    assert (row.name, row.gives) == ("glucose_mg_dl", ("glucose_mmol_l",))
    assert row.settles == row.admits == ("sugar", "sugar-too")


def test_what_a_gate_withholds_is_missing_too():
    case = case_of(
        {"core_ml": {"value": 20, "withheld": True, "withheld_by": ["gate"]}, "hypoperfused_ml": 90}
    )
    core = next(item for item in asked((MISMATCH,), case).missing if item.name == "core_ml")
    assert core.admits == ("mismatch",)


def brute_values(name):
    definition = definition_of(name)
    if definition.kind is Kind.BOOLEAN:
        return [True, False]
    if definition.kind is Kind.CHOICE:
        return list(definition.choices)
    if definition.kind is Kind.SET:
        return [frozenset([word]) for word in definition.choices] + [frozenset()]
    low, high = definition.low or 0, definition.high if definition.high is not None else 100
    if definition.kind is Kind.INTEGER:
        return list(range(int(low), int(high) + 1))
    return [Decimal(low) + (Decimal(high) - Decimal(low)) * step / 40 for step in range(41)]


@settings(max_examples=25)
@given(trials_and_cases())
def test_brute_force_finds_no_verdict_that_is_not_told(drawn):
    """Every verdict that some value of a missing fact gives, by the slow evaluator over a coarse grid."""
    trial, case = drawn
    if assess(trial, case).decision is not Decision.UNDETERMINED:
        return
    for item in asked((trial,), case).missing[:5]:
        verdicts = {
            verdict_after(trial, drawn.typed, {item.name: value}) for value in brute_values(item.name)
        }
        if verdicts & {Decision.ELIGIBLE, Decision.INELIGIBLE}:
            assert item.settles == (trial.id,), item
        if Decision.ELIGIBLE in verdicts:
            assert item.admits == (trial.id,), item


@settings(max_examples=25)
@given(trials_and_cases())
def test_all_that_an_assessment_misses_is_told_or_follows(drawn):
    trial, case = drawn
    assessment = assess(trial, case)
    found = asked((trial,), case).missing
    told = {item.name for item in found} | {name for item in found for name in item.gives}
    assert set(assessment.missing) <= told
    assert len({item.name for item in found}) == len(found)


def test_a_draft_is_settled_by_nothing():
    draft = dataclasses.replace(YOUNG, standing=dataclasses.replace(YOUNG.standing, state=State.DRAFT))
    found = asked((draft,), case_of({}))
    assert [(item.name, item.settles) for item in found.missing] == [("age", ())]
    assert assess(draft, case_of({"age": 90})).decision is Decision.UNDETERMINED
    assert asked((draft,), case_of({"age": 90})).flips[0].flips == ()


# --- borderline


def test_a_limit_inside_an_interval_is_named_with_it():
    case = worked(
        "defuse-3", "in order on CT", core_ml={"value": 68, "interval": [64, 72]}, hypoperfused_ml=300
    )
    trial = protocols()["defuse-3"]
    (found,) = asked((trial,), case).borderline
    assert found.to_json() == {
        "trial": "defuse-3",
        "criterion": "core-volume",
        "fact": "core_ml",
        "value": 68.0,
        "unit": "mL",
        "limit": 70.0,
        "interval": [64.0, 72.0],
        "outcome": "pass",
    }
    assert found.text() == "64 to 72 mL around the limit of 70 mL"
    assert assess(trial, case).borderline == ("core_ml",)


@pytest.mark.parametrize(
    ("interval", "limits"),
    [
        ([10, 15], []),
        ([17, 19], [18]),
        ([70, 95], [90]),
        ([10, 95], [18, 90]),
        ([17, 18], [18]),
        ([90, 91], [90]),
        ([18, 90], []),
    ],
)
def test_both_ends_of_a_range_can_be_inside(interval, limits):
    trial = invented_trial(("age", "inclusion", leaf("age", "between", [18, 90])))
    case = case_of({"age": {"value": 50, "interval": interval}})
    assert [item.limit for item in asked((trial,), case).borderline] == limits


@settings(max_examples=25)
@given(trials_and_cases())
def test_the_details_name_the_facts_that_the_assessment_calls_borderline(drawn):
    trial, case = drawn
    wide = {
        name: {"value": fact.value, "interval": [float(fact.value) - 1, float(fact.value) + 1]}
        for name, fact in case.items()
        if definition_of(name).numeric
        and fact.value is not None
        and name not in ("mismatch_ml", "mismatch_ratio")
    }
    case = case_of(wide)
    details = asked((trial,), case).borderline
    assert {item.fact for item in details} == set(assess(trial, case).borderline)


# --- all together


def test_the_document_is_plain_json_and_every_trial_is_in_it():
    trials = (YOUNG, YOUNG_AND_SEVERE)
    document = asked(trials, case_of({"age": 85, "nihss": 3})).to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document["flips"]) == ["young", "severe"]
    (flip,) = document["flips"]["young"]
    assert (flip["from"], flip["to"], flip["text"]) == (
        "ineligible",
        "eligible",
        "age 85 -> 79 years or less",
    )
    assert flip["changes"] == [
        {
            "fact": "age",
            "before": "85",
            "after": "79 years or less",
            "example": 79,
            "unit": "years",
            "distance": 6.0,
            "distance_share": 6 / 85,
            "distance_of_interval": None,
        }
    ]
    assert [len(flip["changes"]) for flip in document["flips"]["severe"]] == [2]


def test_assessments_of_other_trials_are_refused():
    case = case_of({})
    with pytest.raises(ValueError, match="its own assessment"):
        sensitivity((YOUNG,), case, [assess(YOUNG_AND_SEVERE, case)])
