"""All that is asked of small studies at once, and what a reader must know before believing any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from tissueclock.core.errors import InputError
from tissueclock.evidence.meta.bias.asymmetry import (
    FEW,
    Asymmetry,
    deeks,
    egger,
    egger_by_variance,
    egger_mixed,
    harbord,
    peters,
    thompson_sharp,
)
from tissueclock.evidence.meta.bias.fail_safe import FailSafe, orwin, rosenberg, rosenthal
from tissueclock.evidence.meta.bias.rank import RankTest, begg
from tissueclock.evidence.meta.bias.trim_fill import TrimFill, trim_fill
from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.pool import FIXED, PoolSettings, columns, pool
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.studies import Study, StudyEffect, TwoArm

SHOWN_NUMBERS = ("L0", "R0")
"""The estimators of missing studies that are shown; Q0 often does not settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A trim and fill with the effect pooled with what it filled in, or the reason why there is none."""

    estimator: str
    found: TrimFill | None
    pooled: PooledEffect | None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return both, or the reason."""
        if self.found is None or self.pooled is None:
            return {"estimator": self.estimator, "reason": self.reason}
        return {**self.found.to_json(), "pooled": self.pooled.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasPanel:
    """Tests of asymmetry, the rank test, trim and fill, fail-safe numbers, and notes."""

    tests: tuple[Asymmetry, ...]
    rank: RankTest
    filled: tuple[Filled, ...]
    fail_safe: tuple[FailSafe, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return all by name."""
        return {
            "asymmetry": [one.to_json() for one in self.tests],
            "begg": self.rank.to_json(),
            "trim_fill": [one.to_json() for one in self.filled],
            "fail_safe": [one.to_json() for one in self.fail_safe],
            "notes": list(self.notes),
        }


def bias_panel(
    studies: Sequence[Study], effects: Sequence[StudyEffect], measure: Measure, settings: PoolSettings
) -> BiasPanel:
    """Return the panel of three studies or more; InputError where there are fewer, or all weigh alike."""
    yi, vi = columns(effects)
    return BiasPanel(
        tests=_tests(studies, effects, measure, settings),
        rank=begg(yi, vi),
        filled=tuple(_filled(effects, measure, settings, name) for name in SHOWN_NUMBERS),
        fail_safe=(rosenthal(yi, vi), orwin(yi), rosenberg(yi, vi)),
        notes=tuple(_notes(len(effects), measure)),
    )


def _tests(
    studies: Sequence[Study], effects: Sequence[StudyEffect], measure: Measure, settings: PoolSettings
) -> tuple[Asymmetry, ...]:
    yi, vi = columns(effects)
    found = [egger(yi, vi, settings.level), egger_by_variance(yi, vi, settings.level)]
    if settings.method != FIXED:
        found += [egger_mixed(yi, vi, settings), thompson_sharp(yi, vi, settings)]
    if measure.name == "OR" and isinstance(studies[0], TwoArm):
        two_arms = cast(Sequence[TwoArm], studies)
        found.append(harbord(two_arms, settings.level))
        found.append(peters(two_arms, yi, settings.level))
        found.append(deeks(two_arms, yi, settings.level))
    return tuple(found)


def _filled(
    effects: Sequence[StudyEffect], measure: Measure, settings: PoolSettings, estimator: str
) -> Filled:
    try:
        found = trim_fill(effects, settings, estimator)
    except InputError as error:
        return Filled(estimator=estimator, found=None, pooled=None, reason=error.found)
    pooled = pool([*effects, *found.filled], measure, settings)
    return Filled(estimator=estimator, found=found, pooled=pooled)


def _notes(k: int, measure: Measure) -> list[str]:
    notes = [
        "an asymmetric funnel has other causes than unpublished studies: chance and true differences too"
    ]
    if k < FEW:
        notes.append(f"too few studies for a test of asymmetry to find much, {k}: {FEW} or more are advised")
    if measure.null is None:
        notes.append(
            "a proportion and its error depend on each other: a funnel of proportions leans by itself"
        )
    elif measure.name in ("OR", "RR", "PETO"):
        notes.append(
            "a log ratio and its error depend on each other: Egger's test finds too much where it is large"
        )
    return notes
