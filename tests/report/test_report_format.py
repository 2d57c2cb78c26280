"""Numbers in print: rounding by hand, infinity, the unknown and the withheld."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_report import coreless_model, dsc_model, failed_model, number, sample_model

from tissueclock.facts.case import Fact
from tissueclock.report.format import (
    Printed,
    State,
    compact,
    headline,
    headline_text,
    height_text,
    interval_text,
    position_text,
    printed,
    rounded,
    sentence,
    words,
)


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (22.4, 0, "22"),
        (22.5, 0, "23"),
        (23.5, 0, "24"),
        (2.675, 2, "2.68"),
        (0.04, 1, "0.0"),
        (-0.4, 0, "0"),
        (-12.5, 0, "-13"),
        (Fraction(9, 5), 1, "1.8"),
        (Decimal("1.25"), 1, "1.3"),
        (70, 1, "70.0"),
    ],
)
def test_rounding_is_what_a_person_does_by_hand(number, decimals, text):
    assert rounded(number, decimals) == text


@given(st.decimals(-10000, 10000, places=4), st.integers(0, 3))
def test_rounding_agrees_with_decimal_arithmetic(value, decimals):
    expected = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert Decimal(rounded(value, decimals)) == expected
    assert not rounded(value, decimals).startswith("-0") or expected != 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (40.0, "40"),
        (0.15, "0.15"),
        (431.93, "432"),
        (0.00094312, "0.000943"),
        (-12.34, "-12.3"),
        (2e12, "2e+12"),
        (12345.0, "12345"),
        (0.0, "0"),
    ],
)
def test_compact_numbers(number, text):
    assert compact(number) == text


def test_headline_in_exactly_the_agreed_form():
    text = headline_text(headline(sample_model()))
    assert text == "CBF<30% 22 mL | Tmax>6s 98 mL | mismatch 76 mL | ratio 4.5"


def test_headline_of_an_infinite_ratio():
    text = headline_text(headline(coreless_model()))
    assert text == "CBF<30% 0 mL | Tmax>6s 98 mL | mismatch 98 mL | ratio >99"


def test_headline_without_a_core():
    text = headline_text(headline(dsc_model()))
    expected = "core not measured | Tmax>6s 98 mL | mismatch not measured | ratio not measured"
    assert text == expected


def test_headline_marks_what_is_withheld():
    text = headline_text(headline(failed_model()))
    assert text.startswith("CBF<30% 22 mL (withheld) | Tmax>6s 98 mL (withheld) | ")
    assert text.count("(withheld)") == 4


def test_a_finite_ratio_above_99_prints_as_such():
    assert printed(number("mismatch_ratio", 99.04), 1).text == ">99"
    assert printed(number("mismatch_ratio", 98.96), 1).text == "99.0"


def test_an_exact_ratio_prints():
    assert printed(number("mismatch_ratio", Fraction(9, 2)), 1).text == "4.5"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("age", 71, "71 years"),
        ("consent", True, "yes"),
        ("consent", False, "no"),
        ("lesion_side", "left", "left"),
        ("occlusion_site", frozenset({"M1", "ICA_T"}), "ICA_T, M1"),
        ("occlusion_site", frozenset(), "none"),
        ("core_ml", 0, "0 mL"),
    ],
)
def test_every_kind_of_fact_prints(name, value, text):
    assert printed(number(name, value)) == Printed(text)


def test_zero_is_known_and_none_is_not():
    assert printed(number("core_ml", 0.0), 0).state is State.KNOWN
    unknown = printed(Fact(name="core_ml", value=None, source="x", reason="no diffusion"), 0)
    assert (unknown.text, unknown.state, unknown.reason) == ("not measured", State.UNKNOWN, "no diffusion")


def test_an_absent_fact_is_unknown_with_a_reason():
    absent = printed(None)
    assert absent.state is State.UNKNOWN
    assert absent.reason


def test_a_withheld_fact_names_the_gate():
    fact = number("core_ml", 22.4).withheld(("bolus-width", "coverage"))
    value = printed(fact, 1)
    assert value.reason == "withheld by bolus width, coverage"
    assert (value.text, value.marked) == ("22.4 mL", "22.4 mL (withheld)")


def test_a_unit_can_be_replaced():
    assert printed(number("reference_cbf", 24.6), 1, "(relative)").text == "24.6 (relative)"


def test_interval():
    assert interval_text(number("core_ml", 22.4, interval=(18.94, 26.25)), 1) == "18.9 to 26.3"
    assert interval_text(number("core_ml", 22.4), 1) == ""


def test_words_and_sentences():
    assert words("target-mismatch") == "target mismatch"
    assert sentence("the core is small") == "The core is small."
    assert sentence("core_ml is not known.") == "core_ml is not known."


def test_positions():
    assert height_text(42.0) == "S 42.0 mm"
    assert height_text(-12.54) == "I 12.5 mm"
    assert position_text((27, -73.0, 8)) == "R 27.0, P 73.0, S 8.0 mm"
    assert position_text((-27, 73.0, -8)) == "L 27.0, A 73.0, I 8.0 mm"
