"""How a stopping rule for events behaves at a true rate: exact, following every count from look to look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.evidence.binomial import binomial

Array = NDArray[np.float64]
MOST_PATIENTS = 5000


@dataclass(frozen=True, slots=True)
class Step:
    """A look after `n` patients: harm from `stop` events on, safety up to `accept`; None where never."""

    n: int
    stop: int | None
    accept: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """At a true rate: the chances of stopping for harm and for safety, and patients and events until the end.

    `stopped` is the cumulative chance of stopping for harm by each look.
    """

    rate: float
    stop: float
    accept: float
    expected_n: float
    expected_events: float
    stopped: tuple[float, ...]


def check_looks(looks: Sequence[int]) -> tuple[int, ...]:
    """Return looks after so many patients; raises InputError unless they rise from 1 to at most 5000."""
    found = tuple(looks)
    rising = all(before < after for before, after in zip((0, *found), found, strict=False))
    if not found or not rising or found[-1] > MOST_PATIENTS:
        raise InputError(
            f"there are looks after {', '.join(map(str, found[:20])) or 'no'} patients.",
            remedy=f"Give rising whole numbers from 1 to {MOST_PATIENTS}.",
        )
    return found


def operating(steps: Sequence[Step], rate: float) -> Operating:
    """Return how a rule behaves at a true rate.

    Raises InputError unless 0 <= rate <= 1.
    """
    if not 0 <= rate <= 1:
        raise InputError(f"a true rate of {rate:g} was given.", remedy="Use 0 to 1.")
    going, before = np.ones(1), 0
    stopped, accepted, patients, events = [0.0], 0.0, 0.0, 0.0
    for at, step in enumerate(steps):
        going = np.convolve(going, binomial(step.n - before, rate))
        before = step.n
        counts = np.arange(going.size)
        harm = counts >= (step.stop if step.stop is not None else math.inf)
        safe = counts <= (step.accept if step.accept is not None else -1)
        leaves = harm | safe | (at + 1 == len(steps))
        patients += step.n * float(going[leaves].sum())
        events += float(going[leaves] @ counts[leaves])
        stopped.append(stopped[-1] + float(going[harm].sum()))
        accepted += float(going[safe & ~harm].sum())
        going = np.where(leaves, 0.0, going)
    return Operating(
        rate=rate,
        stop=stopped[-1],
        accept=accepted,
        expected_n=patients,
        expected_events=events,
        stopped=tuple(stopped[1:]),
    )
