"""The modified Rankin Scale of two arms: counts by level, the first arm being the treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.protocol.results.mrs import SEVEN_LEVELS, check_levels, span_of

MERGED = "5-6"
_CAP = 1_000_000  # our choice: joint outcome tables stay exact up to there


@dataclass(frozen=True, slots=True, kw_only=True)
class MrsTable:
    """Patients by level of the scale in two arms; `counts[0]` is the treatment, level 0 the best.

    `levels` are the grades 0 to 6, each once, the best first; grades that are known together are one level,
    `5-6`. An arm without patients, a negative count and a level beyond 6 are refused with an InputError.
    """

    arms: tuple[str, str]
    counts: tuple[tuple[int, ...], tuple[int, ...]]
    levels: tuple[str, ...] = SEVEN_LEVELS

    def __post_init__(self) -> None:
        check_levels(self.levels)
        if len(self.levels) < 2:
            raise InputError("a scale of one level.", remedy="Give two levels or more.")
        if self.arms[0] == self.arms[1]:
            raise InputError(f"both arms are '{self.arms[0]}'.", remedy="Give each arm a name of its own.")
        for arm, counts in zip(self.arms, self.counts, strict=True):
            _check_arm(arm, counts, len(self.levels))

    @property
    def n(self) -> tuple[int, int]:
        """The patients of each arm."""
        return sum(self.counts[0]), sum(self.counts[1])

    @property
    def array(self) -> NDArray[np.float64]:
        """The counts, 2 x levels."""
        return np.array(self.counts, dtype=np.float64)

    @property
    def used_levels(self) -> int:
        """How many levels hold a patient of either arm."""
        return sum(1 for first, second in zip(*self.counts, strict=True) if first + second)

    def merged_5_6(self) -> MrsTable:
        """Return the table with 5 and 6 as one level, itself where they are one; InputError if impossible."""
        if MERGED in self.levels:
            return self
        if self.levels[-2:] != ("5", "6"):
            raise InputError(
                f"5 and 6 cannot be merged: the levels are {', '.join(self.levels)}.",
                remedy="Leave --merge-5-6 out.",
            )
        first, second = ((*counts[:-2], counts[-2] + counts[-1]) for counts in self.counts)
        return MrsTable(arms=self.arms, counts=(first, second), levels=(*self.levels[:-2], MERGED))

    def turned(self) -> MrsTable:
        """Return the table with the other arm as the treatment."""
        return MrsTable(
            arms=(self.arms[1], self.arms[0]), counts=(self.counts[1], self.counts[0]), levels=self.levels
        )

    def values_by_level(self, by_grade: Sequence[float]) -> tuple[float, ...] | None:
        """Return one value a level from one a grade; None where merged grades have different values."""
        found = []
        for level in self.levels:
            first, last = span_of(level)
            inside = set(by_grade[first : last + 1])
            if len(inside) > 1:
                return None
            found.append(inside.pop())
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Return arms, levels, counts and sizes."""
        return {
            "arms": list(self.arms),
            "levels": list(self.levels),
            "counts": [list(counts) for counts in self.counts],
            "n": list(self.n),
        }


def _check_arm(arm: str, counts: Sequence[int], levels: int) -> None:
    if len(counts) != levels:
        raise InputError(
            f"the arm '{arm}' has {len(counts)} counts for {levels} levels.", remedy="Give one a level."
        )
    if any(isinstance(count, bool) or count != int(count) for count in counts):
        raise InputError(f"the arm '{arm}' has a count that is not whole.", remedy="Give patients.")
    if any(count < 0 for count in counts):
        raise InputError(f"the arm '{arm}' has a negative count.", remedy="Counts are 0 or more.")
    if sum(counts) == 0:
        raise InputError(f"the arm '{arm}' has no patients.", remedy="Both arms need at least one.")
    if sum(counts) > _CAP:
        raise InputError(f"the arm '{arm}' has over {_CAP} patients.", remedy="Check its counts.")
