"""The counts of two groups: events and patients of each, and what is added where a cell is zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tissueclock.core.errors import InputError

MOST_PATIENTS = 1_000_000
"""Exact tests go through every table with the same margins, and more of them take too long (our choice)."""


class ZeroCells(Enum):
    """When 1/2 is added to all four cells before a Wald interval on a log scale is computed.

    NEEDED: only where the estimate or its standard error cannot be computed otherwise. ESCALC: wherever a
    cell is zero, for every measure, as metafor's `escalc` does. ALWAYS: Haldane and Anscombe. NEVER: such
    tables are refused.
    """

    NEEDED = "needed"
    ESCALC = "escalc"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Cells:
    """The four cells as numbers that need not be whole: events and others of group 1, then of group 2."""

    a: float
    b: float
    c: float
    d: float

    @property
    def n_1(self) -> float:
        """Patients of group 1."""
        return self.a + self.b

    @property
    def n_2(self) -> float:
        """Patients of group 2."""
        return self.c + self.d

    @property
    def p_1(self) -> float:
        """The share with the event in group 1."""
        return self.a / self.n_1

    @property
    def p_2(self) -> float:
        """The share with the event in group 2."""
        return self.c / self.n_2


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoByTwo:
    """Events among the patients of group 1 (treatment) and of group 2 (control).

    Raises InputError for what does not add up: an empty group, a negative count, more events than patients.
    """

    events_1: int
    n_1: int
    events_2: int
    n_2: int

    def __post_init__(self) -> None:
        check_counts(self.events_1, self.n_1, "group 1")
        check_counts(self.events_2, self.n_2, "group 2")

    @property
    def events(self) -> int:
        """Events of both groups."""
        return self.events_1 + self.events_2

    @property
    def n(self) -> int:
        """Patients of both groups."""
        return self.n_1 + self.n_2

    @property
    def has_zero(self) -> bool:
        """Whether one of the four cells is zero."""
        return 0 in (self.events_1, self.n_1 - self.events_1, self.events_2, self.n_2 - self.events_2)

    @property
    def one_sided(self) -> bool:
        """Whether nobody, or everybody, has the event: no test can tell anything."""
        return self.events in (0, self.n)

    def cells(self, added: float = 0.0) -> Cells:
        """Return the four cells with `added` in each."""
        return Cells(
            self.events_1 + added,
            self.n_1 - self.events_1 + added,
            self.events_2 + added,
            self.n_2 - self.events_2 + added,
        )

    def words(self) -> str:
        """Return the table as print has it: 31/100 v 13/102."""
        return f"{self.events_1}/{self.n_1} v {self.events_2}/{self.n_2}"


def check_counts(events: int, n: int, name: str) -> None:
    """Raise InputError unless 0 <= events <= n and n >= 1, both whole; `name` says whose counts they are."""
    for value in (events, n):
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"a count is {value!r}.", where=name, remedy="Counts are whole numbers.")
    if not 1 <= n <= MOST_PATIENTS:
        raise InputError(
            f"it has {n} patients.", where=name, remedy=f"A group has 1 to {MOST_PATIENTS} patients."
        )
    if events < 0:
        raise InputError(f"it has {events} events.", where=name, remedy="Counts are 0 or more.")
    if events > n:
        raise InputError(
            f"{events} events among {n} patients.", where=name, remedy="Check which number is which."
        )
