"""Pools that others printed, beside what our rows give by the same method, and what their numbers imply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tissueclock.core.exact import rounding
from tissueclock.evidence.library.rows import LibraryRow
from tissueclock.evidence.meta.analysis import Request, pool_some
from tissueclock.evidence.meta.convention import CONVENTIONS
from tissueclock.evidence.meta.measures.base import MEASURES
from tissueclock.evidence.meta.normal import critical, two_sided_p
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.studies import TwoArm
from tissueclock.protocol.pooling.model import PrintedPool
from tissueclock.protocol.results.values import Effect, Printed

_LEVEL = 0.95
_SLACK = 1e-9
"""A number that lies on the border of a printed one's rounding belongs to it."""


@dataclass(frozen=True, slots=True)
class Implied:
    """What a printed ratio implies: the geometric middle of its interval, the standard error, the p."""

    middle: float
    se: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedComparison:
    """A printed pool beside ours: `ours` by its recipe, `shares` the percentages of all our rows together.

    `agrees` is None where nothing was recomputed; `implied` where the effect is no ratio with an interval.
    """

    printed: PrintedPool
    ours: PooledEffect | None = None
    shares: tuple[float, ...] = ()
    agrees: bool | None = None
    implied: Implied | None = None

    def to_json(self) -> dict[str, Any]:
        """Return both, with the reason where they differ or nothing is recomputed."""
        printed, effect = self.printed, self.printed.effect
        low, high = effect.interval if effect and effect.interval else (None, None)
        return {
            "name": printed.name,
            "measure": effect.name if effect else None,
            "estimate": _float(effect.estimate if effect else None),
            "ci_low": _float(low),
            "ci_high": _float(high),
            "p": str(printed.p) if printed.p else None,
            "percent": [float(percent) for percent in printed.percents] or None,
            "confidence": printed.origin.confidence.value,
            "source": printed.origin.source,
            "ours": self.ours.to_json() if self.ours else None,
            "our_percent": list(self.shares) or None,
            "agrees": self.agrees,
            "implied": {"middle": self.implied.middle, "se": self.implied.se, "p": self.implied.p}
            if self.implied
            else None,
            "why": printed.why or None,
        }


def compare_printed(printed: PrintedPool, rows: Sequence[LibraryRow]) -> PrintedComparison:
    """Return a printed pool with what the rows of its trials give; nothing of ours where there are no two."""
    implied = _implied(printed.effect) if printed.effect else None
    chosen = _chosen(printed, rows)
    if printed.recipe is None or len(chosen) < 2:
        return PrintedComparison(printed=printed, implied=implied)
    shares = _shares(chosen) if printed.percents else ()
    ours = _ours(printed, chosen) if printed.effect else None
    agrees = _fits(printed, ours, shares)
    return PrintedComparison(printed=printed, ours=ours, shares=shares, agrees=agrees, implied=implied)


def _chosen(printed: PrintedPool, rows: Sequence[LibraryRow]) -> list[TwoArm]:
    wanted = printed.recipe.trials if printed.recipe else ()
    return [row.study for row in rows if isinstance(row.study, TwoArm) and (not wanted or row.id in wanted)]


def _ours(printed: PrintedPool, studies: Sequence[TwoArm]) -> PooledEffect | None:
    if printed.effect is None or printed.recipe is None:
        return None
    request = Request(
        measure=MEASURES.get(printed.effect.measure.value),
        method=printed.recipe.method,
        convention=CONVENTIONS[printed.recipe.convention],
    )
    return pool_some(studies, request)


def _shares(studies: Sequence[TwoArm]) -> tuple[float, float]:
    """Return the percentages of all patients together."""
    return (
        100 * sum(study.ai for study in studies) / sum(study.n1i for study in studies),
        100 * sum(study.ci for study in studies) / sum(study.n2i for study in studies),
    )


def _fits(printed: PrintedPool, ours: PooledEffect | None, shares: Sequence[float]) -> bool:
    """Tell whether every printed number is ours, rounded to its digits."""
    pairs = list(zip(printed.percents, shares, strict=False))
    if printed.effect is not None and ours is not None:
        effect = printed.effect
        pairs += [(effect.estimate, ours.estimate)] if effect.estimate is not None else []
        pairs += list(zip(effect.interval or (), ours.ci, strict=False))
    return all(abs(found - float(number)) <= float(rounding(number)) + _SLACK for number, found in pairs)


def _implied(effect: Effect) -> Implied | None:
    if not effect.measure.is_ratio or effect.interval is None or effect.interval[0] <= 0:
        return None
    low, high = (math.log(end) for end in effect.interval)
    se = (high - low) / (2 * critical(_LEVEL))
    if se == 0:
        return None
    middle = (low + high) / 2
    return Implied(middle=math.exp(middle), se=se, p=two_sided_p(middle / se))


def _float(number: Printed | None) -> float | None:
    return None if number is None else float(number)
