"""What was printed: results, how patients flowed, tables of a scale, subgroups. Nothing is judged here.

A value is made as it stands on paper, wrong numbers included: what does not agree is for the checks to say.
`where` is the line of a text, or the table of a TOML file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tissueclock.core.errors import InputError
from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.number import PrintedNumber

MOST = 10**7  # our choice: a trial of more patients is a slip of the pen


class Relation(Enum):
    """How a printed p stands to the true one."""

    EQUAL = "="
    BELOW = "<"
    ABOVE = ">"


class Method(Enum):
    """How an interval was made, as far as it was said. WALD: estimate +/- z * se, on its scale."""

    UNSAID = "unsaid"
    WALD = "wald"
    EXACT = "exact"
    SCORE = "score"
    PROFILE = "profile"
    BOOTSTRAP = "bootstrap"
    CREDIBLE = "credible"

    @property
    def is_symmetric(self) -> bool:
        """Whether the estimate lies in the middle, on the scale of its measure."""
        return self in (Method.UNSAID, Method.WALD)


class Direction(Enum):
    """What the words beside a result say of the first group."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class PrintedInterval:
    """Two limits in the order in which they were printed, at a level in percent."""

    low: PrintedNumber
    high: PrintedNumber
    level_percent: float = 95.0
    method: Method = Method.UNSAID

    def __post_init__(self) -> None:
        if not 50 <= self.level_percent < 100:
            raise InputError(
                f"a level of {self.level_percent:g} %.", remedy="A level is from 50 to below 100, such as 95."
            )

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class PrintedP:
    """A p-value as printed, by how many sides; `test` names the test where the source does."""

    relation: Relation
    value: PrintedNumber
    sides: int = 2
    test: str = ""

    def __post_init__(self) -> None:
        if self.sides not in (1, 2):
            raise InputError(f"a p-value of {self.sides} sides.", remedy="1 or 2.")

    def __str__(self) -> str:
        return f"{self.relation.value} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedArm:
    """One group of a result: events of n, the percentage, its own interval; each None where not printed.

    `sizes` are the group sizes given elsewhere: what `n` may be where it is not beside the count.
    """

    name: str = ""
    events: int | None = None
    n: int | None = None
    percent: PrintedNumber | None = None
    interval: PrintedInterval | None = None
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for count in (self.events, self.n, *self.sizes):
            if count is not None and not 0 <= count <= MOST:
                raise InputError(f"a count of {count}.", remedy=f"Counts are from 0 to {MOST}.")
        if self.events is None and self.n is None and self.percent is None:
            raise InputError("a group without a number.", remedy="Give events, n or percent.")

    def __str__(self) -> str:
        count = "" if self.events is None else f"{self.events}/{'?' if self.n is None else self.n}"
        if self.percent is None:
            return count or f"n = {self.n}"
        return f"{count} ({self.percent} %)" if count else f"{self.percent} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedResult:
    """One printed result; each part is None or empty where it is not printed.

    `estimate` and `interval` are in the unit of the measure, percentages and differences of percentages in
    percent. `adjusted` None: not said. `pooled`: over studies. `maybe_adjusted`: the source speaks of
    adjustment, though not beside this estimate. `may_lack`: not all patients of a group may be counted.
    `significant`: what the words claim.
    """

    name: str
    measure: Measure = Measure.UNKNOWN
    estimate: PrintedNumber | None = None
    interval: PrintedInterval | None = None
    p: PrintedP | None = None
    arms: tuple[PrintedArm, ...] = ()
    adjusted: bool | None = None
    adjusted_for: str = ""
    maybe_adjusted: bool = False
    may_lack: bool = False
    pooled: bool = False
    studies: int | None = None
    i2: PrintedNumber | None = None
    q: PrintedNumber | None = None
    direction: Direction | None = None
    significant: bool | None = None
    control_at_most: PrintedNumber | None = None
    where: str = ""

    def __post_init__(self) -> None:
        if len(self.arms) > 2:
            raise InputError("a result of more than two groups.", remedy="Give one result a comparison.")
        if self.estimate is None and self.interval is None and self.p is None and not self.arms:
            raise InputError(
                "a result without a number.", remedy="Give an estimate, an interval, p or counts."
            )

    @property
    def shown(self) -> str:
        """The estimate with its interval, as printed."""
        parts = [] if self.measure is Measure.UNKNOWN else [self.measure.value]
        parts += [] if self.estimate is None else [str(self.estimate)]
        parts += [] if self.interval is None else [f"({self.interval})"]
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFlow:
    """How patients flowed. `total` were randomised or enrolled, `arms` are the sizes of the groups.

    `lacking`: the words say that some are in no group, for example because consent was withdrawn.
    """

    name: str = "patients"
    total: int | None = None
    arms: tuple[int, ...] = ()
    planned: int | None = None
    enrolled: int | None = None
    stopped_early: bool | None = None
    lacking: bool = False
    where: str = ""

    def __post_init__(self) -> None:
        for count in (self.total, *self.arms, self.planned, self.enrolled):
            if count is not None and not 0 <= count <= MOST:
                raise InputError(f"a count of {count}.", remedy=f"Counts are from 0 to {MOST}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedTable:
    """Counts of the levels of a scale in one group, mRS 0 to 6 for example, and what was printed of them.

    `up_to` holds pairs of a level (by its place, from 0) and the patients at or below it.
    """

    name: str
    counts: tuple[int, ...]
    n: int | None = None
    up_to: tuple[tuple[int, int], ...] = ()
    percents: tuple[PrintedNumber, ...] = ()
    where: str = ""

    def __post_init__(self) -> None:
        if len(self.counts) < 2 or not all(0 <= count <= MOST for count in self.counts):
            raise InputError("the counts of a scale are not two counts or more.", remedy="Give one a level.")
        if self.percents and len(self.percents) != len(self.counts):
            raise InputError("as many percentages as counts are needed.", remedy="Give one a level.")
        if any(not 0 <= level < len(self.counts) for level, _ in self.up_to):
            raise InputError("a level that the scale has not.", remedy="Levels count from 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedInteraction:
    """A printed test of whether an effect differs between two strata."""

    name: str
    strata: tuple[PrintedResult, PrintedResult]
    p: PrintedP
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedSpread:
    """A median with the range that half, or all, of the values lie in."""

    name: str
    median: PrintedNumber
    low: PrintedNumber
    high: PrintedNumber
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDocument:
    """Everything that was printed in one place; `text` is the prose where there is one."""

    results: tuple[PrintedResult, ...] = ()
    flows: tuple[PrintedFlow, ...] = ()
    tables: tuple[PrintedTable, ...] = ()
    interactions: tuple[PrintedInteraction, ...] = ()
    spreads: tuple[PrintedSpread, ...] = ()
    text: str = ""
