"""Flips and missing facts where facts follow from others: what was derived never outlives its ground."""

import pytest
from change_lab import case_of, invented_trial, leaf, worked

from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.flips import flips_of
from tissueclock.eligibility.links import roots, typed
from tissueclock.eligibility.outcome import Decision
from tissueclock.eligibility.sensitivity import sensitivity
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.registry import protocols

DEFUSE_3 = protocols()["defuse-3"]
NO_WARFARIN = invented_trial(
    ("on", "inclusion", leaf("anticoagulant", "is", True)), ("no", "exclusion", leaf("warfarin", "is", True))
)
BY_TMAX2 = invented_trial(
    ("ratio", "inclusion", leaf("mismatch_ratio_tmax2", ">=", 2)),
    ("volume", "inclusion", leaf("mismatch_tmax2_ml", ">", 10)),
    ("both", "inclusion", leaf("mismatch_ml", ">", 5)),
)
LATE = {
    "age": 60,
    "lkw_to_puncture_h": 10,
    "lkw_to_rand_h": 9,
    "nihss": 12,
    "occlusion_site": ["M1"],
    "collateral_grade": 2,
    "consent": True,
    "ich_on_imaging": False,
    "prestroke_mrs": 0,
    "hypoperfused_ml": 200,
    "core_ml": 20,
    "judgement.mr-clean-late.acute-ischaemic-stroke": True,
}


def flips(trial, case, scope="full"):
    assessment = assess(trial, case, scope)
    return flips_of(Asked.of(trial, assessment, scope), case, assessment)


def texts(trial, case, scope="full"):
    return [flip.text() for flip in flips(trial, case, scope).flips]


def missing(trial, case, scope="full"):
    found = sensitivity((trial,), case, (assess(trial, case, scope),), scope).missing
    return {item.name: item for item in found}


def late_without(*names):
    return case_of({name: value for name, value in LATE.items() if name not in names})


# --- anticoagulants


def test_a_no_that_followed_does_not_outlive_its_ground():
    """On an anticoagulant, it is open whether that is warfarin: nobody becomes eligible by it."""
    case = case_of({"anticoagulant": False})
    assert assess(NO_WARFARIN, case).decision is Decision.INELIGIBLE
    assert assess(NO_WARFARIN, case_of({"anticoagulant": True})).decision is Decision.UNDETERMINED
    assert texts(NO_WARFARIN, case) == []


def test_a_no_that_was_typed_stays():
    case = case_of({"anticoagulant": False, "warfarin": False})
    assert texts(NO_WARFARIN, case) == ["anticoagulant no -> yes"]


def test_a_yes_that_followed_is_changed_where_it_came_from():
    trial = invented_trial(
        ("age", "inclusion", leaf("age", ">", 18)), ("drug", "exclusion", leaf("anticoagulant", "is", True))
    )
    case = case_of({"age": 50, "warfarin": True})
    assert set(roots(case, "anticoagulant")) == {"warfarin", "direct_anticoagulant"}
    assert texts(trial, case, "computable") == ["warfarin yes -> no"]


def test_a_yes_or_no_can_give_another():
    trial = invented_trial(
        ("no", "exclusion", leaf("warfarin", "is", True)),
        ("none", "exclusion", leaf("anticoagulant", "is", True)),
    )
    found = missing(trial, case_of({}))
    assert found["anticoagulant"].gives == ("warfarin",)
    assert (found["anticoagulant"].admits, found["warfarin"].admits) == (("invented",), ())


# --- the volume by Tmax > 2 s


def test_the_core_is_changed_beside_a_volume_by_two_seconds():
    without = worked("defuse-3", "in order on CT", core_ml=71, hypoperfused_ml=300)
    beside = worked("defuse-3", "in order on CT", core_ml=71, hypoperfused_ml=300, tmax2_ml=400)
    assert texts(DEFUSE_3, beside)[0] == "core_ml 71 -> below 70 mL"
    assert texts(DEFUSE_3, beside) == texts(DEFUSE_3, without)


def test_a_mismatch_by_two_seconds_is_changed_through_its_volumes():
    case = case_of({"core_ml": 40, "tmax2_ml": 70, "hypoperfused_ml": 60})
    assert roots(case, "mismatch_ratio_tmax2") == ("core_ml", "tmax2_ml")
    assert texts(BY_TMAX2, case) == ["core_ml 40 -> 35 mL or less", "tmax2_ml 70 -> 80 mL or more"]


@pytest.mark.parametrize("unknown", ["core_ml", "tmax2_ml"])
def test_a_volume_by_two_seconds_is_asked_for_before_what_follows(unknown):
    known = {"core_ml": 20, "tmax2_ml": 90, "mismatch_ml": 10}
    case = case_of({name: value for name, value in known.items() if name != unknown})
    found = missing(BY_TMAX2, case)
    assert list(found) == [unknown]
    assert found[unknown].gives == ("mismatch_ratio_tmax2", "mismatch_tmax2_ml")
    assert found[unknown].admits == ("invented",)


# --- another trial's rule


def test_what_another_trials_rule_misses_is_missing():
    found = missing(protocols()["mr-clean-late"], late_without("core_ml"))
    assert list(found) == ["core_ml", "dawn_eligible", "defuse3_eligible"]
    core = found["core_ml"]
    assert core.gives == ("dawn_eligible", "defuse3_eligible")
    assert core.open_in == core.settles == core.admits == ("mr-clean-late",)


@pytest.mark.parametrize("name", ["occlusion_site", "prestroke_mrs", "lkw_to_rand_h", "hypoperfused_ml"])
def test_words_whole_numbers_and_volumes_can_settle_another_trials_rule(name):
    trial = invented_trial(
        ("dawn", "exclusion", leaf("dawn_eligible", "is", True)),
        ("defuse", "exclusion", leaf("defuse3_eligible", "is", True)),
    )
    case = late_without(name)
    found = missing(trial, case)
    assert name in found
    assert found[name].gives == assess(trial, case).missing


def test_nothing_behind_a_rule_is_asked_for_while_nothing_is_known_of_it():
    trial = invented_trial(("dawn", "exclusion", leaf("dawn_eligible", "is", True)))
    assert list(missing(trial, case_of({}))) == ["dawn_eligible"]


# --- a gate


def test_what_a_gate_leaves_open_is_asked_in_the_scope_computable():
    trial = invented_trial(
        ("age", "inclusion", leaf("age", "<", 80)), ("core", "inclusion", leaf("core_ml", "<", 70))
    )
    held = {"value": 20, "withheld": True, "withheld_by": ["motion"]}
    because = flips(trial, case_of({"age": 90, "core_ml": held}), "computable").because
    assert because.startswith("other criteria are open")
    assert texts(trial, case_of({"age": 90}), "computable") == ["age 90 -> 79 years or less"]


# --- the order


def test_the_stretch_that_holds_gives_the_rank():
    """Tmax > 6 s under 35 mL would be nearest, but 40 mL lie above 10 s; above 300 mL is far."""
    trial = invented_trial(
        (
            "any",
            "inclusion",
            {"any": [leaf("tmax6_ml", "<", 35), leaf("tmax6_ml", ">", 300), leaf("age", "<", 60)]},
        )
    )
    case = case_of({"tmax6_ml": 50, "tmax10_ml": 40, "age": 90})
    assert texts(trial, case) == ["age 90 -> 59 years or less", "tmax6_ml 50 -> above 300 mL"]


# --- what was typed


def test_only_what_was_typed_is_left_without_what_follows():
    entries = {
        **LATE,
        "hypoperfused_ml": None,
        "tmax6_ml": 200,
        "tmax2_ml": 300,
        "warfarin": True,
        "glucose_mmol_l": 6,
    }
    given = {name: value for name, value in entries.items() if value is not None}
    case = case_of(given)
    assert {"mismatch_ratio_tmax2", "anticoagulant", "glucose_mg_dl", "dawn_eligible"} <= set(case)
    assert set(typed(case)) == set(given)


def test_a_result_that_is_read_again_changes_as_the_case_did():
    case = case_of({"anticoagulant": False})
    again = case_of({name: {"value": fact.value, "source": fact.source} for name, fact in case.items()})
    assert texts(NO_WARFARIN, again) == texts(NO_WARFARIN, case) == []


def test_a_derived_fact_without_its_ground_counts_as_typed():
    alone = case_from_table(
        {"mismatch_ml": {"value": 40, "source": "hypoperfused_ml - core_ml, unrounded"}}, "test"
    )
    assert roots(alone, "mismatch_ml") == ("mismatch_ml",)
