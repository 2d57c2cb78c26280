"""The flow of a systematic review, whose counts must add up.

The boxes are those of Page MJ et al., The PRISMA 2020 statement, BMJ 2021;372:n71: records are what a search
finds, reports what is read, studies what they are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class FlowError(ValueError):
    """The counts of a flow do not add up; `mismatches` says each with its arithmetic."""

    def __init__(self, mismatches: tuple[str, ...]) -> None:
        super().__init__("; ".join(mismatches))
        self.mismatches = mismatches


@dataclass(frozen=True, slots=True)
class Part:
    """A named count: a database, a reason."""

    name: str
    n: int

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError(f"'{self.name}' is {self.n}")

    def to_json(self) -> dict[str, Any]:
        """Return name and count."""
        return {"name": self.name, "n": self.n}


def total(parts: tuple[Part, ...]) -> int:
    """Return the sum of parts."""
    return sum(part.n for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Reports on one way: sought, not retrieved, assessed, and excluded by reason."""

    sought: int
    not_retrieved: int
    assessed: int
    excluded: tuple[Part, ...]

    @property
    def included(self) -> int:
        """The reports that are left."""
        return self.assessed - total(self.excluded)

    def mismatches(self, way: str) -> Iterator[str]:
        """Yield what does not add up."""
        yield from _unequal(
            f"{way}: sought {self.sought} - not retrieved {self.not_retrieved}",
            self.sought - self.not_retrieved,
            f"{way}: assessed",
            self.assessed,
        )
        if self.included < 0:
            yield f"{way}: excluded {total(self.excluded)} of {self.assessed} assessed"

    def to_json(self) -> dict[str, Any]:
        """Return every count by its name."""
        return {
            "sought": self.sought,
            "not_retrieved": self.not_retrieved,
            "assessed": self.assessed,
            "excluded": [part.to_json() for part in self.excluded],
            "included": self.included,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """Studies and the reports about them."""

    studies: int
    reports: int

    def mismatches(self, what: str) -> Iterator[str]:
        """Yield what cannot be."""
        if self.studies > self.reports:
            yield f"{what}: {self.studies} studies in {self.reports} reports, but each has one"

    def to_json(self) -> dict[str, Any]:
        """Return both counts."""
        return {"studies": self.studies, "reports": self.reports}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A whole flow. Raises FlowError where counts do not add up.

    `removed` is what left before screening (duplicates, automation, other). `other` is the way by websites,
    organisations or citations, None where there was none; `previous` what an earlier version of the review
    had.
    """

    databases: tuple[Part, ...]
    registers: tuple[Part, ...]
    removed: tuple[Part, ...]
    screened: int
    screened_out: int
    reading: Reading
    included: Included
    other_sources: tuple[Part, ...] = ()
    other: Reading | None = None
    previous: Included | None = None

    def __post_init__(self) -> None:
        found = tuple(self._mismatches())
        if found:
            raise FlowError(found)

    @property
    def identified(self) -> int:
        """Records of databases and registers."""
        return total(self.databases) + total(self.registers)

    @property
    def in_all(self) -> Included | None:
        """What the review has with its earlier version, None where there was none."""
        if self.previous is None:
            return None
        studies = self.previous.studies + self.included.studies
        return Included(studies=studies, reports=self.previous.reports + self.included.reports)

    def _mismatches(self) -> Iterator[str]:
        removed = total(self.removed)
        yield from _unequal(
            f"identified {self.identified} - removed {removed}",
            self.identified - removed,
            "screened",
            self.screened,
        )
        yield from _unequal(
            f"screened {self.screened} - excluded {self.screened_out}",
            self.screened - self.screened_out,
            "sought",
            self.reading.sought,
        )
        yield from self.reading.mismatches("databases")
        yield from self._other_mismatches()
        reports = self.reading.included + (self.other.included if self.other else 0)
        words = f"reports left after exclusions {reports}"
        yield from _unequal(words, reports, "reports included", self.included.reports)
        yield from self.included.mismatches("included")
        if self.previous:
            yield from self.previous.mismatches("previous")

    def _other_mismatches(self) -> Iterator[str]:
        if (self.other is None) != (not self.other_sources):
            yield "other sources need both the records identified and what became of them"
        elif self.other:
            found = total(self.other_sources)
            yield from _unequal(f"other sources identified {found}", found, "sought there", self.other.sought)
            yield from self.other.mismatches("other sources")

    def to_json(self) -> dict[str, Any]:
        """Return every box by its name."""
        return {
            "databases": [part.to_json() for part in self.databases],
            "registers": [part.to_json() for part in self.registers],
            "identified": self.identified,
            "removed_before_screening": [part.to_json() for part in self.removed],
            "screened": self.screened,
            "excluded_at_screening": self.screened_out,
            "reports": self.reading.to_json(),
            "other_sources": [part.to_json() for part in self.other_sources],
            "other_reports": self.other.to_json() if self.other else None,
            "included": self.included.to_json(),
            "previous": self.previous.to_json() if self.previous else None,
            "in_all": self.in_all.to_json() if self.in_all else None,
        }


def _unequal(sum_words: str, expected: int, name: str, stated: int) -> Iterator[str]:
    """Yield a sentence where a stated count is not what others give."""
    if expected != stated:
        apart = f"{abs(expected - stated)} too {'many' if stated > expected else 'few'}"
        yield f"{sum_words} = {expected}, but {name} is {stated} ({apart})"
