"""A fact is valid or not constructed, and nothing unknown or withheld reads as known."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from tissueclock.core.errors import InputError
from tissueclock.facts.case import INFINITE, CaseFacts, Fact


def fact(name="core_ml", value=22.4, **more):
    return Fact(name=name, value=value, source="test", **more)


def test_zero_is_a_value():
    assert fact(value=0).known == 0
    assert fact("pregnant", False).known is False


def test_unknown_needs_a_reason():
    with pytest.raises(InputError, match=r"^'core_ml' is unknown without a reason\.$"):
        fact(value=None)
    assert fact(value=None, reason="no diffusion").known is None


def test_withheld_is_printed_but_not_known():
    withheld = fact().withheld(("truncation", "motion")).withheld(("motion",))
    assert withheld.known is None
    assert withheld.withheld_by == ("truncation", "motion")
    assert withheld.to_json() == {
        "value": 22.4,
        "unit": "mL",
        "interval": None,
        "source": "test",
        "withheld": True,
        "withheld_by": ["truncation", "motion"],
    }


def test_no_gate_withholds_nothing():
    assert fact().withheld(()) == fact()


def test_only_a_ratio_is_infinite_and_then_has_no_value():
    ratio = fact("mismatch_ratio", None, infinite=True)
    assert ratio.known is INFINITE
    assert repr(ratio.known) == "INFINITE"
    assert ratio.to_json()["value"] is None
    assert ratio.to_json()["infinite"] is True
    for wrong in (("core_ml", None), ("mismatch_ratio", 3)):
        with pytest.raises(InputError, match="cannot be infinite here"):
            fact(*wrong, infinite=True)


def test_a_value_is_checked_and_its_meaning_named():
    with pytest.raises(
        InputError, match=r"^'core_ml' = -1 is below what is plausible \(0 mL\)\. Meaning: volume"
    ):
        fact(value=-1)


@pytest.mark.parametrize("value", ["1950-03-01", 19500301, 1950, Decimal("1950"), {"name": "Doe"}, ["Doe"]])
def test_a_value_that_may_identify_somebody_is_not_repeated(value):
    with pytest.raises(InputError) as caught:
        fact("age", value)
    assert "1950" not in str(caught.value)
    assert "Doe" not in str(caught.value)


def test_a_subclass_of_float_becomes_a_float():
    class Float32(float):
        def __repr__(self):
            return f"Float32({float(self)})"

    assert type(fact(value=Float32(22.4)).value) is float


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (22.4, (25.0, 20.0)),
        (22.4, (0.0, float("inf"))),
        (22.4, (float("nan"), 1.0)),
    ],
)
def test_an_interval_is_two_finite_numbers_in_order(value, interval):
    with pytest.raises(InputError, match="the interval of 'core_ml' must be two finite numbers"):
        fact(value=value, interval=interval)


def test_a_word_has_no_interval():
    with pytest.raises(InputError, match="'lesion_side' is not a number and has no interval"):
        fact("lesion_side", "left", interval=(0, 1))


def test_facts_become_plain_json():
    case = CaseFacts.of(
        [
            fact("core_ml", Decimal("15.00"), interval=(Decimal("14.5"), 16)),
            fact("mismatch_ratio", Fraction(9, 5)),
            fact("occlusion_site", frozenset({"M1", "ICA_T"})),
            fact("age", None, reason="not asked", observed_at="2018-02-22T10:00:00"),
        ]
    )
    document = json.loads(json.dumps(case.to_json(), allow_nan=False))
    assert document["core_ml"] == {"value": 15.0, "unit": "mL", "interval": [14.5, 16.0], "source": "test"}
    assert document["mismatch_ratio"]["value"] == 1.8
    assert document["occlusion_site"]["value"] == ["ICA_T", "M1"]
    assert document["age"]["reason"] == "not asked"
    assert document["age"]["observed_at"] == "2018-02-22T10:00:00"


def test_a_case_is_a_mapping_that_does_not_change():
    case = CaseFacts.of([fact()])
    assert (len(case), list(case), case["core_ml"].value) == (1, ["core_ml"], 22.4)
    longer = case.with_facts(fact("age", 70), fact(value=30))
    assert (longer["core_ml"].value, longer["age"].value) == (30, 70)
    assert case["core_ml"].value == 22.4
    with pytest.raises(TypeError):
        case.facts["age"] = fact("age", 70)


def test_a_case_answers_known_for_every_name_of_the_vocabulary():
    case = CaseFacts.of([fact()])
    assert case.known("core_ml") == 22.4
    assert case.known("age") is None
    with pytest.raises(InputError, match="there is no fact 'core'"):
        case.known("core")


def test_a_name_is_given_once_and_stands_under_itself():
    with pytest.raises(InputError, match=r"^'core_ml' is given twice\."):
        CaseFacts.of([fact(), fact()])
    with pytest.raises(ValueError, match="under its own name"):
        CaseFacts({"age": fact()})
