"""The modified Rankin Scale of one arm: patients by level, or percentages where counts are not certain."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.errors import InputError
from tissueclock.core.exact import exact, rounding
from tissueclock.protocol.results.values import Counts, Origin, Printed, check_percent

DEATH = 6
SEVEN_LEVELS = tuple(str(grade) for grade in range(DEATH + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class MrsTable:
    """The scale at 90 days of the `n` patients in whom it is known.

    `counts` is empty where no counts are certain; `status` says why, or how they were checked. `levels` are
    the grades from 0 to 6, where a source merges some `0-1`. `percents` are as printed. `doubt` says what
    may be wrong although the checks hold.
    """

    n: int
    status: str
    origin: Origin
    counts: tuple[int, ...] = ()
    levels: tuple[str, ...] = SEVEN_LEVELS
    percents: tuple[Printed, ...] = ()
    doubt: str = ""

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"a scale of {self.n} patients.", remedy="'n' is 1 or more.")
        check_levels(self.levels)
        for key, numbers in (("counts", self.counts), ("percent", self.percents)):
            if numbers and len(numbers) != len(self.levels):
                raise InputError(
                    f"'{key}' has {len(numbers)} numbers for {len(self.levels)} levels.",
                    remedy="One number a level, from 0 to 6; merged levels are named in 'levels'.",
                )
        if self.doubt and not self.counts:
            raise InputError("a doubt about counts that are not given.", remedy="Say it in 'status'.")
        self._check_counts()
        self._check_percents()

    def _check_counts(self) -> None:
        if any(count < 0 for count in self.counts):
            raise InputError("a negative count.", remedy="Counts are 0 or more.")
        if self.counts and sum(self.counts) != self.n:
            raise InputError(
                f"the counts add up to {sum(self.counts)}, and 'n' is {self.n}.",
                remedy="Give counts only where they add up; else leave them out and say why in 'status'.",
            )

    def _check_percents(self) -> None:
        slack = sum((rounding(check_percent(percent)) for percent in self.percents), start=exact(0))
        total = sum((exact(percent) for percent in self.percents), start=exact(0))
        if self.percents and abs(total - 100) > slack:
            raise InputError(f"the percentages add up to {float(total):g}.", remedy="Copy them as printed.")
        for level, count, percent in zip(self.levels, self.counts, self.percents, strict=False):
            if not Counts(count, self.n).fits_percent(percent):
                raise InputError(
                    f"{percent} % with {level} is not {count} of {self.n}.", remedy="Correct one of them."
                )

    def up_to(self, grade: int) -> Counts | None:
        """Return the patients with this grade or better; None where missing or merged counts hide them."""
        return self._between(0, grade)

    @property
    def deaths(self) -> Counts | None:
        """The patients with grade 6; None where merged levels or missing counts hide them."""
        return self._between(DEATH, DEATH)

    @property
    def seven(self) -> tuple[int, ...] | None:
        """The counts of the grades 0 to 6; None unless each of them is known."""
        return self.counts if self.counts and self.levels == SEVEN_LEVELS else None

    def _between(self, low: int, high: int) -> Counts | None:
        spans = [span_of(level) for level in self.levels]
        whole = {first for first, _ in spans} | {last + 1 for _, last in spans}
        if not self.counts or not {low, high + 1} <= whole:
            return None
        inside = zip(spans, self.counts, strict=True)
        return Counts(sum(count for (first, last), count in inside if low <= first and last <= high), self.n)


def check_levels(levels: tuple[str, ...]) -> None:
    """Raise InputError unless the levels are the grades 0 to 6, each once, the best first; `0-1` is two."""
    grades: list[int] = []
    for level in levels:
        if not all(part in SEVEN_LEVELS for part in level.split("-")) or level.count("-") > 1:
            raise InputError(f"the level '{level}'.", remedy="A level is a grade, or two such as 0-1.")
        first, last = span_of(level)
        grades += range(first, last + 1)
    if grades != list(range(DEATH + 1)):
        raise InputError("the levels are not the grades 0 to 6, each once.", remedy="Put the best one first.")


def span_of(level: str) -> tuple[int, int]:
    """Return the first and the last grade of a level: `4` is (4, 4), `5-6` is (5, 6)."""
    first, _, last = level.partition("-")
    return int(first), int(last or first)
