"""Moments instead of durations: exact, in order, and never filled in."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.clock import MOMENTS, SPANS, with_clock
from tissueclock.facts.entries import case_from_table
from tissueclock.facts.files import read_case
from tissueclock.facts.vocabulary import definition_of, vocabulary

WELL = datetime(2026, 3, 1, 22, 0)


def clock(**hours):
    return with_clock(CaseFacts.of(), {name: WELL + timedelta(hours=value) for name, value in hours.items()})


def test_a_wake_up_stroke_is_timed_from_the_midpoint_of_sleep():
    case = clock(
        last_known_well=0,
        fell_asleep=1,
        woke_with_symptoms=9,
        imaging=10,
        randomisation=11,
        thrombolysis=11.5,
    )
    expected = {
        "wake_up": True,
        "lkw_to_discovery_h": 9,
        "lkw_to_imaging_h": 10,
        "lkw_to_rand_h": 11,
        "lkw_to_ivt_h": Fraction(23, 2),
        "discovery_to_rand_h": 2,
        "sleep_midpoint_to_rand_h": 6,
        "sleep_midpoint_to_ivt_h": Fraction(13, 2),
        "imaging_to_rand_h": 1,
    }
    assert {name: case.known(name) for name in case} == expected


def test_a_progression_and_a_procedure_are_timed():
    case = clock(last_known_well=0, progression=30, randomisation=49, puncture=49.5, thrombectomy_end=51)
    assert (case.known("lkw_to_progression_h"), case.known("progression_to_rand_h")) == (30, 19)
    assert (case.known("rand_to_puncture_min"), case.known("lkw_to_evt_end_h")) == (30, 51)


def test_falling_asleep_is_not_last_known_well_and_nothing_is_filled_in():
    case = clock(fell_asleep=0, randomisation=9)
    assert len(case) == 0
    assert "lkw_to_rand_h" not in clock(fell_asleep=0, woke_with_symptoms=8, randomisation=9)


def test_minutes_become_exact_hours():
    case = with_clock(
        CaseFacts.of(), {"last_known_well": "2026-03-01T22:00", "randomisation": "2026-03-02T04:01:00"}
    )
    assert case.known("lkw_to_rand_h") == 6 + Fraction(1, 60)
    assert case["lkw_to_rand_h"].source == "clock: from last known well to randomisation"


def test_offsets_are_heeded_across_a_change_of_the_clocks():
    case = with_clock(
        CaseFacts.of(),
        {"last_known_well": "2026-03-29T01:30+01:00", "randomisation": "2026-03-29T03:30+02:00"},
    )
    assert case.known("lkw_to_rand_h") == 1


@pytest.mark.parametrize(
    ("moments", "words"),
    [
        ({"last_known_well": 5, "randomisation": 4}, "randomisation lies before last known well"),
        ({"last_known_well": 5, "discovery": 4}, "the discovery of symptoms lies before last known well"),
        ({"fell_asleep": 5, "woke_with_symptoms": 4}, "waking with symptoms lies before falling asleep"),
        ({"woke_with_symptoms": 5, "discovery": 4}, "the discovery of symptoms lies before waking"),
        ({"puncture": 5, "thrombectomy_end": 4}, "the end of thrombectomy lies before arterial puncture"),
        ({"last_known_well": 0, "randomisation": 2401}, "above what is plausible"),
    ],
)
def test_an_impossible_order_is_refused(moments, words):
    with pytest.raises(InputError, match=words):
        clock(**moments)


@pytest.mark.parametrize(
    ("moments", "words"),
    [
        ({"onset": "2026-03-01T22:00"}, "no moment with the name found there.*last_known_well"),
        ({"imaging": "2026-03-01"}, "'clock.imaging' is not a date with a time"),
        ({"imaging": "22:00"}, "'clock.imaging' is not a date with a time"),
        ({"imaging": 1200}, "'clock.imaging' is not a date with a time"),
        ({"imaging": "2026-03-01T22:00", "mri": "2026-03-01T22:00Z"}, "only one states its offset"),
    ],
)
def test_what_is_no_moment_is_refused_without_repeating_it(moments, words):
    with pytest.raises(InputError, match=words) as caught:
        with_clock(CaseFacts.of(), moments)
    assert "2026-03-01 " not in str(caught.value)
    assert "22:00" not in caught.value.found


def test_typed_durations_may_be_rounded_but_not_different():
    def typed(hours):
        return case_from_table(
            {
                "lkw_to_rand_h": hours,
                "clock": {"last_known_well": WELL, "randomisation": WELL + timedelta(hours=6.2)},
            },
            "typed",
        )

    assert typed(6).known("lkw_to_rand_h") == Fraction(31, 5)
    with pytest.raises(InputError, match="'lkw_to_rand_h' as typed differs"):
        typed(7)
    with pytest.raises(InputError, match="'wake_up' as typed differs"):
        case_from_table({"wake_up": False, "clock": {"woke_with_symptoms": WELL}}, "typed")


def test_every_span_is_a_duration_of_the_vocabulary_and_every_duration_has_one():
    assert all(definition_of(name).unit in ("h", "min") for name in SPANS)
    timed = {name for name, item in vocabulary().items() if item.unit == "h" or name.endswith("_min")}
    assert timed - set(SPANS) == {"symptom_duration_min"}


@given(st.dictionaries(st.sampled_from(sorted(MOMENTS)), st.none() | st.integers(0, 100)))
def test_durations_add_up_or_the_order_is_refused(minutes):
    moments = {
        name: None if value is None else datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=value)
        for name, value in minutes.items()
    }
    try:
        case = with_clock(CaseFacts.of(), moments)
    except InputError:
        return
    parts = [case.known(name) for name in ("lkw_to_progression_h", "progression_to_rand_h", "lkw_to_rand_h")]
    if None not in parts:
        assert parts[0] + parts[1] == parts[2]
    assert all(fact.value in (True, None) or fact.value >= 0 for fact in case.values())


@pytest.mark.parametrize(("earlier", "later"), [("mri", "thrombolysis"), ("imaging", "randomisation")])
def test_what_can_happen_either_way_round_is_no_error(earlier, later):
    """Thrombolysis on the way to MRI, randomisation on the table: the duration is unknown, not refused."""
    name = next(name for name, span in SPANS.items() if span == (earlier, later))
    assert clock(**{earlier: 1, later: 2}).known(name) in (1, 60)
    fact = clock(**{earlier: 2, later: 1})[name]
    assert fact.value is None
    assert re.search("came before", fact.reason)


def test_a_typed_duration_is_not_kept_against_moments_the_other_way_round():
    moments = {"imaging": WELL + timedelta(hours=2), "randomisation": WELL}
    with pytest.raises(InputError, match="'imaging_to_rand_h' as typed differs"):
        case_from_table({"imaging_to_rand_h": 1, "clock": moments}, "typed")


START, END = "2026-03-01T22:00", "2026-03-02 08:30"
FILES = {
    "facts.toml": f"age = 70\n[clock]\nlast_known_well = {START}:00\nrandomisation = {END}:00\n",
    "facts.json": f'{{"clock": {{"last_known_well": "{START}", "randomisation": "{END}"}}}}',
    "long.csv": f"fact,value\nclock.last_known_well,{START}\nclock.randomisation,{END}\n",
    "wide.csv": (f"age,clock.last_known_well,clock.randomisation,clock.imaging\n70,{START},{END},\n"),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_reads_the_clock(name, tmp_path):
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    assert read_case(tmp_path / name).known("lkw_to_rand_h") == Fraction(21, 2)
