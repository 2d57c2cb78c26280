"""Haemorrhage and thrombolysis: each warning tripped, its near misses, and what is never warned of."""

import pytest

from tissueclock.core.quality import Level
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.haemorrhage import haemorrhage_warnings

ICH, IVT = {"ich_on_imaging": True}, {"ivt_eligible": True}


def warned(**facts):
    return [flag.id for flag in haemorrhage_warnings(case_from_table(facts, "typed"))]


@pytest.mark.parametrize(
    ("facts", "ids"),
    [
        (ICH, ["haemorrhage"]),
        ({**ICH, "ivt_eligible": False}, ["haemorrhage"]),
        ({**ICH, **IVT}, ["haemorrhage", "thrombolysis-with-haemorrhage"]),
        ({**IVT, "platelets": 99.9}, ["thrombolysis-with-platelets"]),
        ({**IVT, "platelets": 100}, []),
        ({"platelets": 20}, []),
        ({"ivt_eligible": False, "platelets": 20, "inr": 4}, []),
        ({**IVT, "inr": 1.71}, ["thrombolysis-with-inr"]),
        ({**IVT, "inr": 1.7}, []),
        ({"ich_on_imaging": False, **IVT, "platelets": 200, "inr": 1}, []),
        (
            {**ICH, **IVT, "platelets": 20, "inr": 4},
            [
                *("haemorrhage", "thrombolysis-with-haemorrhage"),
                *("thrombolysis-with-platelets", "thrombolysis-with-inr"),
            ],
        ),
    ],
)
def test_each_warning_and_its_near_misses(facts, ids):
    assert warned(**facts) == ids


def test_the_warning_counts_the_trials_that_do_not_ask_where_it_is_told():
    case = case_from_table(ICH, "typed")
    (plain,) = haemorrhage_warnings(case)
    assert (plain.level, plain.text) == (Level.WARN, "Haemorrhage is on the imaging.")
    (told,) = haemorrhage_warnings(case, unasked=7, trials=25)
    assert told.text == "Haemorrhage is on the imaging; 7 of the 25 trials asked have no criterion on it."
    (all_ask,) = haemorrhage_warnings(case, unasked=0, trials=1)
    assert all_ask.text == "Haemorrhage is on the imaging; 0 of the 1 trials asked have no criterion on it."


def test_a_limit_and_the_value_stand_in_the_warning():
    platelets, inr = haemorrhage_warnings(case_from_table({**IVT, "platelets": 20, "inr": 4}, "typed"))
    assert (platelets.value, platelets.limit) == (20, 100)
    assert (inr.value, inr.limit) == (4, 1.7)
    assert "100 x 10^9/L" in platelets.text
    assert "1.7" in inr.text


def test_what_is_unknown_or_withheld_warns_of_nothing():
    assert haemorrhage_warnings(CaseFacts.of()) == ()
    case = case_from_table({**ICH, **IVT}, "typed")
    assert haemorrhage_warnings(case.with_facts(case["ich_on_imaging"].withheld(("gate",)))) == ()
