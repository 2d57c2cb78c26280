"""A printed number holds whatever rounds to it, and nothing else."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.number import PrintedNumber, printed, rounded, shown


@pytest.mark.parametrize(
    ("text", "low", "high", "places"),
    [
        ("0.75", 0.745, 0.755, 2),
        ("1.80", 1.795, 1.805, 2),
        ("1.8", 1.75, 1.85, 1),
        ("50", 49.5, 50.5, 0),
        (".002", 0.0015, 0.0025, 3),
        ("-5.5", -5.55, -5.45, 1),
        ("1e-5", 5e-6, 1.5e-5, 5),
    ],
)
def test_the_digits_say_how_far_it_was_rounded(text, low, high, places):
    number = PrintedNumber(text)
    assert (number.low, number.high) == pytest.approx((low, high), rel=1e-12)
    assert (number.places, str(number)) == (places, text)


@given(
    st.decimals(-1000, 1000, places=6), st.integers(0, 4), st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN])
)
def test_every_way_of_rounding_is_held(exact, places, way):
    number = printed(exact.quantize(Decimal(1).scaleb(-places), rounding=way))
    assert number.holds(float(exact))


@given(st.decimals(-1000, 1000, places=6), st.integers(0, 4))
def test_a_number_a_whole_unit_away_is_not_held(exact, places):
    number = printed(exact.quantize(Decimal(1).scaleb(-places)))
    assert not number.holds(float(exact) + 1.001 * 10**-places)


@pytest.mark.parametrize("text", ["", "a", "1.2.3", "1,5", "nan", "inf", "--1", "1e999", "0" * 40, "1 2"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InputError, match=r"is (no number|a number that nobody prints)"):
        PrintedNumber(text)


def test_a_decimal_keeps_its_zeros():
    assert printed(Decimal("2.50")).places == 2


@pytest.mark.parametrize(
    ("exact", "like", "text"), [(0.5679, "0.75", "0.57"), (4.3701, "4.4", "4.4"), (0.0051, "0.1", "0.0051")]
)
def test_a_recomputed_number_has_the_digits_of_the_printed_one(exact, like, text):
    assert rounded(exact, printed(like)) == text


@pytest.mark.parametrize(
    ("exact", "text"), [(0.000001, "1.0e-06"), (0.0412, "0.0412"), (1234.5, "1234"), (0, "0")]
)
def test_others_have_three_digits(exact, text):
    assert shown(exact) == text
