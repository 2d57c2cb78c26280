"""The cases of the suite: which parts there are, how many patients each has, and their seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

FIRST_SEED, LAST_SEED = 60_000, 60_999
"""Reserved for this suite: nothing may be tuned on them."""


class Part(StrEnum):
    """What is measured."""

    CORE = "core"
    NEGATIVE = "negative"
    REGISTRATION = "registration"
    FLAIR = "flair"
    CLASSES = "classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many cases a part has, in all and in the quick level, and the seed of the first."""

    first_seed: int
    cases: int
    quick: int


EXTENTS: Mapping[Part, Extent] = MappingProxyType(
    {
        Part.CORE: Extent(first_seed=60_700, cases=60, quick=1),
        Part.NEGATIVE: Extent(first_seed=60_102, cases=60, quick=1),
        Part.REGISTRATION: Extent(first_seed=60_200, cases=40, quick=1),
        Part.FLAIR: Extent(first_seed=60_300, cases=40, quick=1),
        Part.CLASSES: Extent(first_seed=60_400, cases=10, quick=1),
    }
)
"""A case of the classes is a perfusion run with ten diffusion scans: ten patients.

The core began at 60000 once. Two of its misses there were mended, so that those seeds are spent.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a part; its seed draws everything about it."""

    part: Part
    seed: int

    @property
    def id(self) -> str:
        """The name of the case: part and seed."""
        return f"{self.part}@{self.seed}"


def cases(quick: bool) -> tuple[Case, ...]:
    """Return the cases of a level, part after part."""
    return tuple(
        Case(part=part, seed=extent.first_seed + number)
        for part, extent in EXTENTS.items()
        for number in range(extent.quick if quick else extent.cases)
    )
