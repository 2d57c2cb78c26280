"""The row of every study: its effect on both scales, its interval, its weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaincinv

from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.normal import Interval, around, critical
from tissueclock.evidence.meta.pooled import natural
from tissueclock.evidence.meta.studies import OneArm, Study, StudyEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """A study as it is printed: `effect` on the analysis scale; `estimate` and `ci` on the natural one.

    `exact_ci` is Clopper and Pearson's interval of a proportion, None of anything else. `weight_percent` is
    None where the method has no weights.
    """

    study: Study
    effect: StudyEffect
    estimate: float
    ci: Interval
    exact_ci: Interval | None
    weight_percent: float | None

    def to_json(self) -> dict[str, Any]:
        """Return names and numbers, the counts included."""
        counts = {name: getattr(self.study, name) for name in self.study.columns}
        return {
            "study": self.effect.study,
            **counts,
            "n": self.effect.n,
            "yi": self.effect.yi,
            "vi": self.effect.vi,
            "estimate": self.estimate,
            "ci_low": self.ci[0],
            "ci_high": self.ci[1],
            "exact_ci_low": self.exact_ci[0] if self.exact_ci else None,
            "exact_ci_high": self.exact_ci[1] if self.exact_ci else None,
            "weight_percent": self.weight_percent,
            "corrected": self.effect.corrected,
        }


def study_rows(
    studies: Sequence[Study],
    effects: Sequence[StudyEffect],
    measure: Measure,
    weights: Sequence[float],
    level: float,
) -> tuple[StudyRow, ...]:
    """Return the rows. A double arcsine goes back with the study's own size."""
    rows = []
    shares: Sequence[float | None] = weights or [None] * len(studies)
    for study, effect, weight in zip(studies, effects, shares, strict=True):
        n = float(effect.n) if effect.n else float("nan")
        ends = around(effect.yi, critical(level) * float(np.sqrt(effect.vi)))
        rows.append(
            StudyRow(
                study=study,
                effect=effect,
                estimate=natural(measure, (effect.yi, effect.yi), n)[0],
                ci=natural(measure, ends, n),
                exact_ci=clopper_pearson(study.xi, study.ni, level) if isinstance(study, OneArm) else None,
                weight_percent=weight,
            )
        )
    return tuple(rows)


def clopper_pearson(events: int, n: int, level: float) -> Interval:
    """Return the exact interval of a proportion (Clopper CJ, Pearson ES, Biometrika 1934;26:404)."""
    tail = (1 - level) / 2
    low = float(betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, n - events, 1 - tail)) if events < n else 1.0
    return low, high
