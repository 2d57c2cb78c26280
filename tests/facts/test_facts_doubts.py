"""What is hardly true together: every warning tripped, with a near miss beside it; nothing of nothing."""

import pytest

from tissueclock.facts.case import CaseFacts
from tissueclock.facts.doubts import doubtful
from tissueclock.facts.entries import case_from_table

TRIPS = {
    "progression": (
        "times-do-not-add-up",
        {"lkw_to_progression_h": 28, "progression_to_rand_h": 3, "lkw_to_rand_h": 190},
        {"lkw_to_progression_h": 28, "progression_to_rand_h": 3, "lkw_to_rand_h": 31},
    ),
    "minutes": (
        "times-do-not-add-up",
        {"lkw_to_imaging_h": "2.0", "imaging_to_puncture_min": 60, "lkw_to_puncture_h": "3.5"},
        {"lkw_to_imaging_h": "2.0", "imaging_to_puncture_min": 60, "lkw_to_puncture_h": "3.0"},
    ),
    "long": ("time-very-long", {"lkw_to_rand_h": 600}, {"lkw_to_rand_h": 192}),
    "flair": (
        "facts-exclude-each-other",
        {"dwi_flair_mismatch": True, "dwi_lesion": False},
        {"dwi_flair_mismatch": False, "dwi_lesion": False},
    ),
    "sir": ("facts-exclude-each-other", {"flair_sir": 1.1, "dwi_lesion": False}, {"flair_sir": 1.1}),
    "onset": (
        "facts-exclude-each-other",
        {"wake_up": True, "onset_known": True},
        {"wake_up": True, "onset_known": False},
    ),
    "stroke": (
        "facts-exclude-each-other",
        {"prior_stroke": False, "prior_stroke_d": 20},
        {"prior_stroke": True, "prior_stroke_d": 20},
    ),
    "lysis": (
        "facts-exclude-each-other",
        {"ivt_given": False, "lkw_to_ivt_h": 2},
        {"ivt_given": True, "lkw_to_ivt_h": 2},
    ),
    "pressure": ("pressures-swapped", {"sbp": 80, "dbp": 120}, {"sbp": 121, "dbp": 119}),
    "ratio": (
        "ratio-of-delays",
        {"hypoperfusion_intensity_ratio": 0.9, "tmax10_ml": 10, "tmax6_ml": 100},
        {"hypoperfusion_intensity_ratio": "0.1", "tmax10_ml": 10, "tmax6_ml": 100},
    ),
    "brain": ("more-than-the-brain", {"core_ml": 1300, "brain_ml": 1200}, {"core_ml": 20, "brain_ml": 1200}),
    "interval": (
        "interval-without-its-value",
        {"core_ml": {"value": 20, "interval": [25, 30]}},
        {"core_ml": {"value": 20, "interval": [18, 30]}},
    ),
}


def found(facts):
    exact = {name: float(value) if isinstance(value, str) else value for name, value in facts.items()}
    return [flag.id for flag in doubtful(case_from_table(exact, "typed"))]


@pytest.mark.parametrize("name", TRIPS)
def test_every_doubt_is_raised_and_its_near_miss_is_not(name):
    id, trips, misses = TRIPS[name]
    assert found(trips) == [id]
    assert found(misses) == []


def test_what_is_unknown_or_withheld_raises_no_doubt():
    assert doubtful(CaseFacts.of()) == ()
    case = case_from_table({"sbp": 80, "dbp": 120}, "typed")
    assert doubtful(case.with_facts(case["sbp"].withheld(("gate",)))) == ()


def test_every_doubt_is_documented(checkout):
    page = (checkout / "docs" / "reference" / "territory.md").read_text(encoding="utf-8")
    assert [id for id, *_ in TRIPS.values() if f"| `{id}` |" not in page] == []
