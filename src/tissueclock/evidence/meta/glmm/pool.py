"""The pooled effect of a binomial-normal model, in the form of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from tissueclock.evidence.meta.glmm.fit import CountModel, fit_odds_ratios, fit_proportions
from tissueclock.evidence.meta.heterogeneity import i2_of_tau2, typical_variance
from tissueclock.evidence.meta.linear import ones
from tissueclock.evidence.meta.measures.base import Measure, study_effects
from tissueclock.evidence.meta.normal import Interval, around, critical
from tissueclock.evidence.meta.pool import PoolSettings, T, columns, summary, with_notes
from tissueclock.evidence.meta.pooled import Heterogeneity, PooledEffect
from tissueclock.evidence.meta.studies import OneArm, Study, TwoArm

GLMM = "GLMM"
PROPORTION, ODDS_RATIO = "PLO", "OR"
"""The measures that have such models."""


def pool_glmm(studies: Sequence[Study], measure: Measure, settings: PoolSettings, model: str) -> PooledEffect:
    """Return the pooled effect by counts: of PLO, or of OR by the named model.

    I2 and H2 set tau2 against the typical variance of the studies' own effects, as in metafor; Q is the
    likelihood-ratio test, and its Wald form a note. Raises InputError as the fits do.
    """
    if measure.name == PROPORTION:
        found = fit_proportions(cast(Sequence[OneArm], studies))
    else:
        found = fit_odds_ratios(cast(Sequence[TwoArm], studies), model)
    df = found.k - 1 if settings.test == T else None
    pooled = summary(
        found.beta,
        found.se,
        df,
        measure=measure,
        n=1.0,
        settings=settings,
        found=_heterogeneity(studies, measure, found),
        beta_pi=_prediction(found, df, settings),
        method=GLMM,
    )
    return with_notes(replace(pooled, model=found.model), *_notes(found, len(studies)))


def _heterogeneity(studies: Sequence[Study], measure: Measure, found: CountModel) -> Heterogeneity:
    _, vi = columns(study_effects(studies, measure))
    typical = typical_variance(vi, ones(len(vi)))
    return Heterogeneity(
        tau2=found.tau2,
        i2=i2_of_tau2(found.tau2, typical),
        h2=found.tau2 / typical + 1,
        q=found.q_lrt.statistic if found.q_lrt else None,
        q_df=found.k - 1,
        q_p=found.q_lrt.p if found.q_lrt else None,
    )


def _prediction(found: CountModel, df: int | None, settings: PoolSettings) -> Interval | None:
    if settings.convention.predicts_by_t:
        if found.k < 3:
            return None
        df = found.k - 2
    reach = critical(settings.level, df) * np.sqrt(found.se**2 + found.tau2)
    return around(found.beta, float(reach))


def _notes(found: CountModel, k: int) -> list[str]:
    notes = [f"log-likelihood {found.log_likelihood:.4f}"]
    if found.q_wald:
        test = found.q_wald
        notes.append(
            f"Q is the likelihood-ratio test; Wald's is {test.statistic:.4f} (df {test.df}, p {test.p:.4g}), "
            "which passes over studies with an empty cell"
        )
    else:
        notes.append("no test of heterogeneity belongs to this model")
    if found.model == "CM.AL":
        notes.append("an approximation for rare events; with frequent ones it pulls the odds ratio towards 1")
    if k > found.k:
        notes.append(f"studies left out, having no event or nothing else: {k - found.k}")
    return notes
