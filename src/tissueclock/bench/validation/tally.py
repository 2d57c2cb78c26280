"""Numbers over cases: how far volumes were off, how often a verdict flipped; None where none was counted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from tissueclock.bench.validation.agreement import digits

Record = Mapping[str, Any]
"""One finished case, as the ledger keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Measured less true volumes over cases, mL; `worst_ml` keeps its sign, `r` is Pearson's over cases."""

    cases: int
    bias_ml: float
    rmse_ml: float
    median_ml: float
    p90_ml: float
    worst_ml: float
    r: float | None

    @classmethod
    def of(cls, pairs: Iterable[tuple[float | None, float | None]]) -> Errors | None:
        """Sum up (measured, true); pairs with a None are left out."""
        known = [(found, true) for found, true in pairs if found is not None and true is not None]
        if not known:
            return None
        errors = [found - true for found, true in known]
        return cls(
            cases=len(errors),
            bias_ml=fmean(errors),
            rmse_ml=math.sqrt(fmean(error**2 for error in errors)),
            median_ml=median(map(abs, errors)),
            p90_ml=percentile([abs(error) for error in errors], 90),
            worst_ml=max(errors, key=abs),
            r=correlation(known),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the numbers, rounded to four digits."""
        return {name: digits(value, 4) for name, value in asdict(self).items()} | {"cases": self.cases}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """One question over cases: how many verdicts flipped, and how many the measurement left open.

    `cases` have an answer by the truth; `far` of them lie far from every limit, of which `far_flips` flipped.
    `borderline` were marked so, `marked` of them among the flips.
    """

    cases: int
    flips: int
    open: int
    far: int
    far_flips: int
    borderline: int
    marked: int

    @classmethod
    def of(cls, question: str, records: Sequence[Record]) -> Flips:
        """Count one question over records that were not refused."""
        answers = [record["verdicts"][question] for record in records]
        answered = [answer for answer in answers if answer[0] != "open"]
        flipped = [(far, found != "open" and found != true, near) for true, found, far, near in answered]
        return cls(
            cases=len(answered),
            flips=sum(flip for _, flip, _ in flipped),
            open=sum(answer[1] == "open" for answer in answered),
            far=sum(far for far, _, _ in flipped),
            far_flips=sum(far and flip for far, flip, _ in flipped),
            borderline=sum(near for _, _, near in flipped),
            marked=sum(flip and near for _, flip, near in flipped),
        )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, linear between the neighbours (as numpy's)."""
    ordered = sorted(values)
    place = percent / 100 * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Pearson's correlation; None for fewer than three pairs, or where one side does not vary."""
    if len(pairs) < 3:
        return None
    mean_x, mean_y = (fmean(column) for column in zip(*pairs, strict=True))
    xy = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    xx = sum((x - mean_x) ** 2 for x, _ in pairs)
    yy = sum((y - mean_y) ** 2 for _, y in pairs)
    return None if min(xx, yy) < 1e-12 else xy / math.sqrt(xx * yy)


def mean_of(values: Iterable[float | None]) -> float | None:
    """Return the mean of what is known."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def median_of(values: Iterable[float | None]) -> float | None:
    """Return the median of what is known."""
    known = [value for value in values if value is not None]
    return median(known) if known else None
