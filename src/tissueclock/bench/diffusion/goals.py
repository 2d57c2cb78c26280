"""What was wanted and what was found; and tables of what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tissueclock.bench.validation.agreement import digits

Record = Mapping[str, Any]
"""One finished case, as the ledger keeps it."""
ALL = 100.0
FEWEST = 10
"""Of fewer cases a share cannot lie in a range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was wanted, in words and as found; `met` is None where nothing was run, or nothing was wanted."""

    id: str
    what: str
    wanted: str
    found: float | None
    unit: str
    met: bool | None
    cases: int

    def to_json(self) -> dict[str, Any]:
        """Return the goal as JSON values."""
        return {**asdict(self), "found": digits(self.found, 4)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts, and the words above it."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON values."""
        return {
            "title": self.title,
            "words": self.words,
            "heads": list(self.heads),
            "rows": [list(row) for row in self.rows],
        }


def share_goal(name: str, what: str, holds: Sequence[bool], least: float) -> Goal:
    """Return a goal on the share (%) of cases in which something holds: at least so many, or ALL."""
    found = percent(holds)
    return Goal(
        id=name,
        what=what,
        wanted="all" if least == ALL else f">= {least:g} %",
        found=found,
        unit="%",
        met=None if found is None else found >= least,
        cases=len(holds),
    )


def range_goal(name: str, what: str, holds: Sequence[bool], low: float, high: float) -> Goal:
    """Return a goal on the share (%) of cases in which something holds: within a range, of FEWEST or more."""
    found = percent(holds)
    return Goal(
        id=name,
        what=what,
        wanted=f"{low:g} to {high:g} %",
        found=found,
        unit="%",
        met=None if found is None or len(holds) < FEWEST else low <= found <= high,
        cases=len(holds),
    )


def none_goal(name: str, what: str, holds: Sequence[bool]) -> Goal:
    """Return a goal on the number of cases in which something holds: none."""
    found = float(sum(holds)) if holds else None
    met = None if found is None else found == 0
    return Goal(id=name, what=what, wanted="none", found=found, unit="", met=met, cases=len(holds))


def reported(name: str, what: str, found: float | None, unit: str, cases: int) -> Goal:
    """Return a number for which nothing was wanted."""
    return Goal(id=name, what=what, wanted="reported", found=found, unit=unit, met=None, cases=cases)


def percent(holds: Iterable[bool]) -> float | None:
    """Return the share in percent in which something holds; None of nothing."""
    known = list(holds)
    return 100 * sum(known) / len(known) if known else None


def of(holds: Iterable[bool]) -> str:
    """Return in how many of how many something holds, as text."""
    known = list(holds)
    return f"{sum(known)} of {len(known)}" if known else "-"


def strata(
    records: Sequence[Record], parts: Iterable[tuple[str, Callable[[Record], bool]]]
) -> list[tuple[str, list[Record]]]:
    """Return all records, and those of every part that has any, by name."""
    found = [("all", list(records))]
    found += [(name, [record for record in records if belongs(record)]) for name, belongs in parts]
    return [(name, some) for name, some in found if some]


def between(low: float, high: float, value: Callable[[Record], float]) -> Callable[[Record], bool]:
    """Return whether a value of a record lies from a number up to, but without, another."""
    return lambda record: low <= value(record) < high


def equal(wanted: object, value: Callable[[Record], object]) -> Callable[[Record], bool]:
    """Return whether a value of a record is the wanted one."""
    return lambda record: value(record) == wanted
