"""What follows by definition is derived exactly; what contradicts by more than its rounding is refused."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact
from tissueclock.facts.case import INFINITE, CaseFacts, Fact
from tissueclock.facts.consistency import number_of, span_of
from tissueclock.facts.derive import complete, merge
from tissueclock.facts.entries import case_from_table


def case(**values):
    """Return a typed case; texts of digits are decimals, so that they keep them."""
    return case_from_table({name: _typed(value) for name, value in values.items()}, "typed")


def _typed(value):
    return Decimal(value) if isinstance(value, str) and value[0].isdigit() else value


def unknown(name, reason="no diffusion", gates=()):
    return Fact(name=name, value=None, reason=reason, source="scan", withheld_by=gates)


def measured(name, value, **more):
    return Fact(name=name, value=value, source="scan", **more)


# --- derived by definition


def test_mismatch_and_ratio_come_from_the_volumes():
    done = complete(case(core_ml="18.75", hypoperfused_ml="33.75"))
    assert done.known("mismatch_ml") == 15
    assert done.known("mismatch_ratio") == Fraction(9, 5)
    assert done["mismatch_ml"].source == "hypoperfused_ml - core_ml, unrounded"


def test_a_core_of_nothing_has_an_infinite_ratio():
    done = complete(case(core_ml=0, hypoperfused_ml=100))
    assert done.known("mismatch_ratio") is INFINITE
    assert done.known("mismatch_ml") == 100


def test_nothing_over_nothing_is_unknown_with_a_reason():
    done = complete(case(core_ml=0, hypoperfused_ml=0))
    assert done.known("mismatch_ml") == 0
    assert done.known("mismatch_ratio") is None
    assert done["mismatch_ratio"].reason == "core and hypoperfused volume are both 0 mL"


def test_tmax_above_2_s_has_a_mismatch_and_a_ratio_of_its_own():
    done = complete(case(core_ml=50, tmax2_ml=60, tmax6_ml=20))
    assert (done.known("mismatch_tmax2_ml"), done.known("mismatch_ratio_tmax2")) == (10, Fraction(6, 5))
    assert (done.known("mismatch_ml"), done.known("mismatch_ratio")) == (-30, Fraction(2, 5))
    assert done["mismatch_ratio_tmax2"].source == "tmax2_ml / core_ml, unrounded"
    assert complete(case(core_ml=0, tmax2_ml=60)).known("mismatch_ratio_tmax2") is INFINITE


def test_without_tmax_above_2_s_its_mismatch_is_not_made_up():
    assert "mismatch_tmax2_ml" not in complete(case(core_ml=50, hypoperfused_ml=90))
    alone = complete(case(tmax2_ml=60))
    assert alone.known("mismatch_tmax2_ml") is None
    assert alone["mismatch_ratio_tmax2"].reason == "core is unknown: not given"


def test_hypoperfusion_is_tmax_above_6_s_where_nothing_else_is_said():
    done = complete(case(core_ml=20, tmax6_ml="98.0"))
    assert done.known("hypoperfused_ml") == 98
    assert done["hypoperfused_ml"].source == "tmax6_ml, its default definition (typed)"
    assert complete(case(tmax6_ml=98, hypoperfused_ml=80)).known("hypoperfused_ml") == 80


@pytest.mark.parametrize(
    ("given_name", "value", "name", "expected"),
    [
        ("glucose_mmol_l", "5.5", "glucose_mg_dl", Fraction("99.088")),
        ("glucose_mg_dl", "400", "glucose_mmol_l", 400 / Fraction("18.016")),
    ],
)
def test_glucose_is_converted_exactly(given_name, value, name, expected):
    assert complete(case(**{given_name: value})).known(name) == expected


def test_an_interval_of_glucose_is_converted_too():
    interval = complete(CaseFacts.of([measured("glucose_mmol_l", 5.0, interval=(4.0, 6.0))]))[
        "glucose_mg_dl"
    ].interval
    assert interval == pytest.approx((72.064, 108.096))


def test_nothing_else_is_derived():
    assert list(complete(case(core_ml=20, hypoperfused_ml=90, core_adc_ml=18, nihss=12))) == [
        *("core_ml", "hypoperfused_ml", "core_adc_ml", "nihss"),
        *("mismatch_ml", "mismatch_ratio"),
    ]
    assert len(complete(CaseFacts.of())) == 0


def test_what_rests_on_an_unknown_volume_is_unknown_and_says_why():
    done = complete(CaseFacts.of([unknown("core_ml"), measured("hypoperfused_ml", 90.0)]))
    assert done.known("mismatch_ml") is None
    assert done["mismatch_ratio"].reason == "core is unknown: no diffusion"
    alone = complete(case(core_ml=20))
    assert alone["mismatch_ml"].reason == "hypoperfused volume is unknown: not given"


def test_what_rests_on_a_withheld_volume_is_withheld():
    core = measured("core_ml", 20.0).withheld(("truncation",))
    hypoperfused = measured("hypoperfused_ml", 90.0).withheld(("truncation", "motion"))
    done = complete(CaseFacts.of([core, hypoperfused]))
    assert (done["mismatch_ml"].value, done.known("mismatch_ml")) == (70, None)
    assert done["mismatch_ratio"].withheld_by == ("truncation", "motion")


def test_withheld_delay_gives_withheld_hypoperfusion():
    done = complete(CaseFacts.of([measured("tmax6_ml", 98.0).withheld(("motion",))]))
    assert done["hypoperfused_ml"].withheld_by == ("motion",)


def test_a_typed_mismatch_stands_where_a_volume_is_hidden_from_rules():
    hidden = measured("core_ml", 20.0).withheld(("motion",))
    done = complete(CaseFacts.of([hidden, measured("hypoperfused_ml", 90.0), *case(mismatch_ml=60).values()]))
    assert done.known("mismatch_ml") == 60
    assert done.known("mismatch_ratio") is None


def test_the_volumes_decide_over_a_typed_ratio_and_keep_its_interval():
    typed = Fact(name="mismatch_ratio", value=Decimal("1.8"), source="typed", interval=(1.7, 1.9))
    done = complete(case(core_ml="50.0", hypoperfused_ml="89.9").with_facts(typed))
    assert done.known("mismatch_ratio") == Fraction("1.798")
    assert done["mismatch_ratio"].interval == (1.7, 1.9)


# --- contradictions

AGREE = [
    {"core_ml": 50, "hypoperfused_ml": 90, "mismatch_ratio": "1.8"},
    {"core_ml": 50, "hypoperfused_ml": 90, "mismatch_ml": 40, "mismatch_ratio": "1.80"},
    {"core_ml": "18.75", "hypoperfused_ml": "33.75", "mismatch_ml": "15.0", "mismatch_ratio": "1.8"},
    {"core_ml": 22, "hypoperfused_ml": 98, "mismatch_ml": 75},  # 22.4 and 97.6: each was rounded on its own
    {"core_ml": 50, "mismatch_ml": 40, "mismatch_ratio": "1.8"},
    {"hypoperfused_ml": 90, "mismatch_ml": 40, "mismatch_ratio": "1.8"},
    {"core_ml": 0, "hypoperfused_ml": 100, "mismatch_ratio": 333},  # a core of 0.3 is printed as 0
    {"mismatch_ml": 40, "mismatch_ratio": "1.8"},
    {"mismatch_ml": 40, "mismatch_ratio": 1},  # 1.4 is printed as 1
    {"mismatch_ml": -10, "core_ml": 30},
    {"tmax2_ml": 98, "tmax4_ml": "98.4"},
    {"tmax2_ml": 200, "tmax6_ml": 90, "tmax10_ml": 90},
    {"core_ml": 50, "tmax2_ml": 60, "mismatch_ratio_tmax2": "1.2", "mismatch_ratio": "0.4"},
    {"glucose_mg_dl": 99, "glucose_mmol_l": "5.5"},
]
CONTRADICT = [
    ({"core_ml": 50, "hypoperfused_ml": 90, "mismatch_ratio": 3}, "mismatch_ratio = 3"),
    ({"core_ml": 50, "hypoperfused_ml": 90, "mismatch_ratio": "1.9"}, "mismatch_ratio = 1.9"),
    ({"core_ml": "50.0", "hypoperfused_ml": "90.0", "mismatch_ratio": "1.81"}, "contradict each other"),
    ({"core_ml": 50, "mismatch_ml": 15, "mismatch_ratio": "1.8"}, "core_ml = 50, mismatch_ml = 15"),
    ({"core_ml": 50, "hypoperfused_ml": 90, "mismatch_ml": 42}, "mismatch_ml = 42"),
    ({"hypoperfused_ml": 90, "mismatch_ml": 10, "mismatch_ratio": "1.8"}, "contradict each other"),
    ({"mismatch_ml": 40, "mismatch_ratio": "0.90"}, "contradict each other"),
    ({"mismatch_ml": -40, "core_ml": 30}, "contradict each other"),
    ({"mismatch_ml": 10, "mismatch_ratio": Fraction(1)}, "contradict each other"),
    ({"core_ml": 0, "hypoperfused_ml": "0.0", "mismatch_ml": 1}, "contradict each other"),
    ({"mismatch_ml": 40, "hypoperfused_ml": 30}, "contradict each other"),
    ({"tmax6_ml": 90, "core_ml": 50, "mismatch_ratio": 3}, "hypoperfused_ml = 90"),
    ({"core_ml": 50, "tmax2_ml": 60, "mismatch_ratio_tmax2": 2}, "tmax2_ml = 60, mismatch_ratio_tmax2 = 2"),
    ({"core_ml": 50, "tmax2_ml": 60, "mismatch_tmax2_ml": 15}, "tmax2_ml = 60, mismatch_tmax2_ml = 15"),
    ({"tmax4_ml": 22, "tmax8_ml": "24.0"}, "tmax8_ml = 24.0 is more than tmax4_ml = 22, which includes it."),
    ({"tmax2_ml": 22, "tmax10_ml": 23.1}, "tmax10_ml = 23.1 is more than tmax2_ml = 22"),
    ({"glucose_mg_dl": 99, "glucose_mmol_l": 22}, "glucose_mg_dl = 99 and glucose_mmol_l = 22 differ."),
]


@pytest.mark.parametrize("values", AGREE, ids=str)
def test_facts_that_agree_within_their_rounding_are_accepted(values):
    complete(case(**values))


@pytest.mark.parametrize(("values", "message"), CONTRADICT, ids=str)
def test_facts_that_contradict_each_other_are_refused(values, message):
    with pytest.raises(InputError) as caught:
        complete(case(**values))
    assert message in str(caught.value)


@pytest.mark.parametrize(("core", "accepted"), [(0, True), ("0.00", True), ("0.3", False), (None, True)])
def test_an_infinite_ratio_needs_a_core_of_nothing(core, accepted):
    infinite = Fact(name="mismatch_ratio", value=None, infinite=True, source="typed")
    given = (case() if core is None else case(core_ml=core)).with_facts(infinite)
    if accepted:
        assert complete(given).known("mismatch_ratio") is INFINITE
    else:
        with pytest.raises(InputError, match="mismatch_ratio = infinite"):
            complete(given)


def test_what_rules_do_not_see_contradicts_nothing():
    hidden = measured("mismatch_ratio", 3.0).withheld(("motion",))
    assert complete(case(core_ml=50, hypoperfused_ml=90).with_facts(hidden)).known(
        "mismatch_ratio"
    ) == Fraction(9, 5)


volumes_ml = st.decimals(min_value=0, max_value=2000, places=3)


@given(volumes_ml, volumes_ml, st.integers(0, 2), st.integers(0, 2))
def test_honest_rounding_never_contradicts(core, hypoperfused, volume_places, ratio_places):
    """Whatever the digits, numbers rounded from one patient agree."""
    assume(core > 0)
    ratio = Fraction(hypoperfused) / Fraction(core)
    typed = {
        "core_ml": round(core, volume_places),
        "hypoperfused_ml": round(hypoperfused, volume_places),
        "mismatch_ml": round(hypoperfused - core, volume_places),
        "mismatch_ratio": round(Decimal(float(round(ratio, 6))), ratio_places),
    }
    complete(case_from_table(typed, "typed"))


@given(st.just(0.0) | st.floats(1e-6, 2000), st.floats(1e-3, 2000))
def test_measurements_are_not_refused_for_the_noise_of_floats(delay, core):
    facts = {
        "core_ml": core,
        "hypoperfused_ml": delay,
        "mismatch_ml": delay - core,
        "mismatch_ratio": delay / core,
    }
    done = complete(CaseFacts.of(measured(name, value) for name, value in facts.items()))
    assert done.known("mismatch_ratio") == exact(delay) / exact(core)


@given(volumes_ml, volumes_ml, st.decimals(0, 100, places=2), st.decimals(-2000, 2000, places=1))
def test_a_refusal_is_proved_by_a_slow_search(core, hypoperfused, ratio, mismatch):
    """A point of the grid of possible cores that fits everything must never be refused."""
    given = case_from_table(
        {"core_ml": core, "hypoperfused_ml": hypoperfused, "mismatch_ratio": ratio, "mismatch_ml": mismatch},
        "t",
    )
    spans = [span_of(given[name]) for name in ("core_ml", "hypoperfused_ml", "mismatch_ml", "mismatch_ratio")]
    low, high = spans[0]
    cores = [max(low + (high - low) * step / 20, Fraction(0)) for step in range(21)]
    fits = any(_fits(point, spans[1:]) for point in cores)
    try:
        complete(given)
        refused = False
    except InputError:
        refused = True
    assert not (fits and refused)


def _fits(core, spans):
    (low, high), (less, more), (small, large) = spans
    return max(low, core + less, core * small) <= min(high, core + more, core * large)


@given(volumes_ml, volumes_ml)
def test_completing_twice_changes_nothing(core, hypoperfused):
    once = complete(
        case_from_table({"core_ml": core, "tmax6_ml": hypoperfused, "glucose_mg_dl": 99}, "typed")
    )
    assert complete(once) == once


def test_a_number_is_asked_of_a_number_only():
    with pytest.raises(ValueError, match="'lesion_side' has no number"):
        number_of(measured("lesion_side", "left"))


# --- merging


def test_both_sides_are_joined_and_the_measured_fact_stays():
    imaging = CaseFacts.of([measured("core_ml", 22.412), measured("perfusion_modality", "CT")])
    joined = merge(imaging, case(core_ml=22, age=68, perfusion_modality="CT"))
    assert (joined["core_ml"].value, joined["core_ml"].source) == (22.412, "scan")
    assert (joined.known("age"), joined.known("perfusion_modality")) == (68, "CT")


@pytest.mark.parametrize(
    ("fact", "typed", "message"),
    [
        (measured("core_ml", 22.412), {"core_ml": 23}, "'core_ml' is 22.412 on imaging, but 23 was typed."),
        (measured("core_ml", 22.412), {"core_ml": 21}, "'core_ml' is 22.412 on imaging, but 21 was typed."),
        (
            measured("core_ml", 22.412),
            {"core_ml": "22.42"},
            "'core_ml' is 22.412 on imaging, but 22.42 was typed.",
        ),
        (
            measured("lesion_side", "left"),
            {"lesion_side": "right"},
            "is left on imaging, but right was typed.",
        ),
        (
            measured("mismatch_ratio", None, infinite=True),
            {"mismatch_ratio": 120},
            "is infinite on imaging, but 120 was typed.",
        ),
        (
            measured("mismatch_ratio", Fraction(4, 3)),
            {"mismatch_ratio": "1.4"},
            "is 1.33333 on imaging, but 1.4 was typed.",
        ),
    ],
)
def test_both_sides_must_agree(fact, typed, message):
    with pytest.raises(InputError) as caught:
        merge(CaseFacts.of([fact]), case(**typed))
    assert message in str(caught.value)


def test_an_infinite_ratio_agrees_with_itself():
    infinite = measured("mismatch_ratio", None, infinite=True)
    assert merge(CaseFacts.of([infinite]), CaseFacts.of([infinite])) == CaseFacts.of([infinite])


def test_what_one_side_knows_wins_over_what_the_other_does_not():
    imaging = CaseFacts.of(
        [unknown("core_ml"), measured("tmax6_ml", 90.0), unknown("age", "not in the header")]
    )
    joined = merge(imaging, CaseFacts.of([*case(core_ml=20).values(), unknown("tmax6_ml"), unknown("age")]))
    assert (joined.known("core_ml"), joined.known("tmax6_ml")) == (20, 90.0)
    assert joined["age"].reason == "not in the header"


def test_a_person_may_type_what_a_gate_withheld():
    imaging = CaseFacts.of(
        [measured("core_ml", 80.0).withheld(("motion",)), measured("hypoperfused_ml", 90.0)]
    )
    done = complete(merge(imaging, case(core_ml=20)))
    assert (done.known("core_ml"), done.known("mismatch_ml")) == (20, 70)


@given(st.booleans(), st.booleans())
def test_merging_with_nothing_changes_nothing(with_core, with_age):
    given = case(**({"core_ml": 20} if with_core else {}), **({"age": 68} if with_age else {}))
    assert merge(given, CaseFacts.of()) == given == merge(CaseFacts.of(), given)
