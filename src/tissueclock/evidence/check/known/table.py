"""The counts of two groups."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Events `a` of `n1` in the first group, `c` of `n2` in the second; ValueError if they cannot be."""

    a: float
    n1: float
    c: float
    n2: float

    def __post_init__(self) -> None:
        if not (0 <= self.a <= self.n1 and 0 <= self.c <= self.n2 and self.n1 > 0 and self.n2 > 0):
            raise ValueError(f"{self.a} of {self.n1} and {self.c} of {self.n2} are no counts")

    @property
    def b(self) -> float:
        """Those without an event in the first group."""
        return self.n1 - self.a

    @property
    def d(self) -> float:
        """Those without an event in the second group."""
        return self.n2 - self.c

    @property
    def n(self) -> float:
        """Everybody."""
        return self.n1 + self.n2

    @property
    def first(self) -> float:
        """The share with an event in the first group."""
        return self.a / self.n1

    @property
    def second(self) -> float:
        """The share with an event in the second group."""
        return self.c / self.n2

    def plus_half(self) -> TwoByTwo:
        """Return the table with a half in every cell (Haldane, Anscombe)."""
        return TwoByTwo(self.a + 0.5, self.n1 + 1, self.c + 0.5, self.n2 + 1)
