"""Decimals are compared as they are read, not as binary fractions."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.exact import exact, rounding

tenths = st.integers(min_value=0, max_value=20_000)


def test_binary_fractions_would_get_the_ratio_rule_wrong():
    """Core 6.5 mL and hypoperfused 11.7 mL are a ratio of exactly 1.8, which floats do not see."""
    assert not 11.7 >= 1.8 * 6.5
    assert exact(11.7) >= exact(1.8) * exact(6.5)


@given(tenths)
def test_the_ratio_rule_is_exact_at_its_limit(core_tenths):
    """With the core in tenths of a mL, 1.8 x core in hundredths passes, and one hundredth less does not."""
    core = exact(core_tenths / 10)
    at_limit = core_tenths * 18
    assert exact(float(Decimal(at_limit) / 100)) >= exact(1.8) * core
    assert not exact(float(Decimal(at_limit - 1) / 100)) >= exact(1.8) * core


@pytest.mark.parametrize(
    ("number", "fraction"),
    [
        (1.8, Fraction(9, 5)),
        (0.1, Fraction(1, 10)),
        (1e-7, Fraction(1, 10_000_000)),
        (1e22, Fraction(10**22)),
        (-0.25, Fraction(-1, 4)),
        (70, Fraction(70)),
        (10**40 + 1, Fraction(10**40 + 1)),
        (Decimal("1.80"), Fraction(9, 5)),
        (Fraction(1, 3), Fraction(1, 3)),
        (np.float64(1.8), Fraction(9, 5)),
    ],
)
def test_exact(number, fraction):
    assert exact(number) == fraction


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_is_what_the_float_prints_as(number):
    assert exact(number) == Fraction(repr(number))
    assert float(exact(number)) == number


@pytest.mark.parametrize("function", [exact, rounding])
@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("-Infinity")]
)
def test_what_is_not_finite_is_refused(function, number):
    with pytest.raises(ValueError, match="is not a finite number"):
        function(number)


@pytest.mark.parametrize(
    ("number", "half_a_unit"),
    [
        (1.8, Fraction(1, 20)),
        (Decimal("1.80"), Fraction(1, 200)),
        (50, Fraction(1, 2)),
        (50.0, Fraction(1, 20)),
        (Decimal("5E+1"), Fraction(1, 2)),
        (1e-5, Fraction(1, 200_000)),
        (0, Fraction(1, 2)),
        (np.float64(0.25), Fraction(1, 200)),
        (Fraction(1, 3), Fraction(0)),
    ],
)
def test_rounding_is_half_of_the_last_written_place(number, half_a_unit):
    assert rounding(number) == half_a_unit


@given(st.decimals(min_value=0, max_value=1000, places=4), st.integers(min_value=0, max_value=3))
def test_a_rounded_decimal_is_within_its_rounding(number, places):
    rounded = round(number, places)
    assert abs(exact(number) - exact(rounded)) <= rounding(rounded)
