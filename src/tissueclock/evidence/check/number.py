"""A number as it was printed: its digits say how far it may have been rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tissueclock.core.errors import InputError

_WRITTEN = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_LONGEST = 30  # our choice: nobody prints more digits, and exact arithmetic on 1e999999999 would not end
_SLACK = 1e-9
"""What binary fractions may add to an end of a rounding interval."""


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A printed number; whatever rounds to it lies from `low` to `high`, either end included.

    Raises InputError unless `text` is a plain decimal number.
    """

    text: str
    value: Decimal = field(init=False)
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self) -> None:
        if not _WRITTEN.fullmatch(self.text) or len(self.text) > _LONGEST:
            raise InputError(
                f"'{self.text[:_LONGEST]}' is no number.", remedy="Write it as 0.75, -3 or 1e-5."
            )
        value = Decimal(self.text)
        if abs(value.adjusted()) > _LONGEST:
            raise InputError(f"'{self.text}' is a number that nobody prints.", remedy="Write it as printed.")
        half = self._half_of(value)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "low", float(Fraction(value) - half))
        object.__setattr__(self, "high", float(Fraction(value) + half))

    @staticmethod
    def _half_of(value: Decimal) -> Fraction:
        return Fraction(10) ** int(value.as_tuple().exponent) / 2

    @property
    def half(self) -> Fraction:
        """Half a unit of the last printed digit."""
        return self._half_of(self.value)

    @property
    def places(self) -> int:
        """How many decimals were printed."""
        return max(0, -int(self.value.as_tuple().exponent))

    @property
    def number(self) -> float:
        """The number as printed."""
        return float(self.value)

    def holds(self, exact: float) -> bool:
        """Tell whether an unrounded number rounds to the printed one, either way at the ends."""
        slack = _SLACK * (1 + abs(exact))
        return self.low - slack <= exact <= self.high + slack

    def __str__(self) -> str:
        return self.text


def printed(number: int | str | Decimal) -> PrintedNumber:
    """Return a printed number; a Decimal keeps the zeros at its end, which say how it was rounded."""
    return PrintedNumber(str(number))


def rounded(exact: float, like: PrintedNumber) -> str:
    """Return a recomputed number with as many decimals as the printed one has, but two digits at least."""
    places = like.places
    while places < 8 and exact and abs(exact) < 10 ** (1 - places):
        places += 1
    return f"{exact:.{places}f}"


def shown(exact: float) -> str:
    """Return a recomputed number with about three digits."""
    if exact and abs(exact) < 0.001:
        return f"{exact:.1e}"
    return f"{exact:.3g}" if abs(exact) < 1000 else f"{exact:.0f}"
