"""Times to an event: who was followed for how long, what happened, in which group and stratum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
CENSORED = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FollowUp:
    """One row a person: time, what ended it, group and stratum.

    `causes` is 0 where the follow-up ended without an event, else the number of the event (1 where there is
    only one kind). `group` and `stratum` are places in `groups` and `strata`. A person who is censored at a
    time is still at risk then. Raises ValueError for a time that is negative or not finite, or lengths that
    differ.
    """

    times: Numbers
    causes: Counts
    group: Counts
    groups: tuple[str, ...]
    stratum: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    strata: tuple[str, ...] = ("all",)

    def __post_init__(self) -> None:
        n = len(self.times)
        if len(self.stratum) == 0:
            object.__setattr__(self, "stratum", np.zeros(n, dtype=np.int64))
        if n == 0:
            raise ValueError("nobody was followed")
        if not (len(self.causes) == len(self.group) == len(self.stratum) == n):
            raise ValueError("times, causes, groups and strata differ in length")
        if not np.isfinite(self.times).all() or self.times.min() < 0:
            raise ValueError("a time is negative or not finite")
        if self.causes.min() < 0:
            raise ValueError("an event has a number below 0")

    @property
    def events(self) -> NDArray[np.bool_]:
        """Whether an event of any kind ended the follow-up."""
        return np.asarray(self.causes != CENSORED)

    def of_group(self, at: int) -> tuple[Numbers, Counts]:
        """Return times and causes of one group."""
        kept = self.group == at
        return self.times[kept], self.causes[kept]

    def by_stratum(self) -> Iterator[FollowUp]:
        """Yield the people of each stratum that has any; groups with nobody there are named all the same."""
        for at, name in enumerate(self.strata):
            kept = self.stratum == at
            if kept.any():
                yield FollowUp(
                    times=self.times[kept],
                    causes=self.causes[kept],
                    group=self.group[kept],
                    groups=self.groups,
                    strata=(name,),
                )


def at_risk(times: Numbers, moments: Numbers) -> Counts:
    """Return how many of `times` are not before each of `moments`."""
    return len(times) - np.searchsorted(np.sort(times), moments, side="left")


def happened(times: Numbers, moments: Numbers) -> Counts:
    """Return how many of `times` are exactly each of `moments`, which ascend."""
    ordered = np.sort(times)
    return np.searchsorted(ordered, moments, side="right") - np.searchsorted(ordered, moments, side="left")


def follow_up(
    times: ArrayLike,
    causes: ArrayLike,
    group: Sequence[str] = (),
    stratum: Sequence[str] = (),
    order: Sequence[str] = (),
) -> FollowUp:
    """Return a follow-up from plain columns; groups in `order`, or as they appear, and so the strata."""
    moments = np.asarray(times, dtype=np.float64)
    group_at, groups = _places(group or ["all"] * len(moments), order)
    stratum_at, strata = _places(stratum or ["all"] * len(moments), ())
    return FollowUp(
        times=moments,
        causes=np.asarray(causes, dtype=np.int64),
        group=group_at,
        groups=groups,
        stratum=stratum_at,
        strata=strata,
    )


def _places(names: Sequence[str], order: Sequence[str]) -> tuple[Counts, tuple[str, ...]]:
    found = tuple(order) or tuple(dict.fromkeys(names))
    place = {name: at for at, name in enumerate(found)}
    return np.array([place[name] for name in names], dtype=np.int64), found
