"""Exact arithmetic on the decimals that people read: 1.8 is nine fifths, not its binary neighbour."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

Number = int | float | Decimal | Fraction


def exact(number: Number) -> Fraction:
    """Return the decimal that `number` prints as, exactly. Raises ValueError unless it is finite."""
    return number if isinstance(number, Fraction) else Fraction(_decimal(number))


def rounding(number: Number) -> Fraction:
    """Return half a unit of the last written decimal: 1.8 was rounded by at most 0.05, 50 by 0.5.

    A Fraction was never written as a decimal, so nothing was rounded. Raises ValueError unless it is finite.
    """
    if isinstance(number, Fraction):
        return Fraction(0)
    exponent = int(_decimal(number).as_tuple().exponent)
    return Fraction(10) ** min(exponent, 0) / 2


def _decimal(number: int | float | Decimal) -> Decimal:
    # float.__repr__, since a numpy float64 is a float that prints its type.
    written = Decimal(float.__repr__(number) if isinstance(number, float) else number)
    if not written.is_finite():
        raise ValueError(f"{number} is not a finite number")
    return written
