"""A simulated cohort in the shape of DEFUSE 2: no patient is behind it, and every output says so.

Reperfusion is more likely in younger patients with smaller cores and earlier treatment, who do better
anyway, so the crude effect is confounded. It helps with a target mismatch and does not without. All numbers
are invented (our choice) in the range of published cohorts; nothing here estimates anything of DEFUSE 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from tissueclock.core.errors import UsageError
from tissueclock.evidence.cohort.rows import Cohort

TARGET, OTHER = "target mismatch", "no target mismatch"
FEWEST_SIMULATED, MOST_SIMULATED = 40, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What the cohort is drawn with: sizes, true log odds ratios of reperfusion, growth, and gaps."""

    n: int = 400
    target_share: float = 0.75
    log_or_target: float = 1.4
    log_or_other: float = -0.2
    saved_share: float = 0.5
    growth_effect: float = -0.02
    missing_share: float = 0.06

    def __post_init__(self) -> None:
        if not FEWEST_SIMULATED <= self.n <= MOST_SIMULATED:
            raise UsageError(
                f"{self.n} simulated patients.", remedy=f"Use {FEWEST_SIMULATED} to {MOST_SIMULATED}."
            )


def simulated_cohort(design: Design, seed: int) -> Cohort:
    """Return a cohort drawn by the design; the same seed gives the same cohort.

    The odds ratio of reperfusion given everything else, growth included, is exp(log_or) in its profile; what
    goes through growth comes on top of it.
    """
    rng = np.random.default_rng(seed)
    n = design.n
    target = rng.random(n) < design.target_share
    age = np.clip(rng.normal(67, 13, n), 22, 95).round()
    nihss = np.clip(rng.normal(16, 6, n), 3, 38).round()
    onset_h = np.clip(rng.gamma(6, 1.1, n), 1, 12).round(1)
    core_ml = np.where(target, rng.gamma(1.6, 12, n), rng.gamma(2.0, 35, n)).round(1)
    lean = 0.3 - 0.03 * (age - 67) - 0.008 * (core_ml - 25) - 0.12 * (onset_h - 6.5)
    reperfused = (rng.random(n) < expit(lean)).astype(float)
    left = 1 - design.saved_share * np.where(target, 1.0, 0.2) * reperfused
    growth = (rng.gamma(1.5, 40, n) * left + rng.normal(0, 6, n)).round(1)
    effect = np.where(target, design.log_or_target, design.log_or_other)
    predictor = (
        0.2
        + effect * reperfused
        + design.growth_effect * (growth - 45)
        - 0.045 * (age - 67)
        - 0.09 * (nihss - 16)
        - 0.008 * (core_ml - 25)
    )
    outcome = (rng.random(n) < expit(predictor)).astype(float)
    columns = {"age": age, "nihss": nihss, "onset_to_treatment_h": onset_h, "core_ml": core_ml}
    for column in (outcome, growth, columns["nihss"]):
        column[rng.random(n) < design.missing_share] = np.nan
    return Cohort(
        exposure=reperfused,
        outcome=outcome,
        profile=tuple(TARGET if own else OTHER for own in target),
        covariates=columns,
        growth=growth,
        simulated=True,
        exposure_name="reperfusion",
        outcome_name="favourable",
    )
