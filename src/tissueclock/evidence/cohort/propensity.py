"""Propensity scores: the chance of exposure given the covariates, used as weights and for matching.

Weights: for the whole cohort (1/e and 1/(1 - e)), for the exposed (1 and e/(1 - e)) and for the overlap (1
- e and e; Li F et al., J Am Stat Assoc 2018;113:390). Matching: one to one without replacement, the exposed
from the highest score down, to the nearest unexposed within 0.2 SD of the logit (Austin PC, Pharm Stat
2011;10:150). Balance is the standardised difference, always over the SD of the unweighted groups (Austin
PC, Stat Med 2009;28:3083). The SE of a weighted effect takes the weights as known, which for the whole
cohort is on the safe side (Lunceford JK, Davidian M, Stat Med 2004;23:2937).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.likelihood import fit, model_of
from tissueclock.evidence.cohort.rows import Cohort
from tissueclock.evidence.two_groups.paired import Pairs, mcnemar, paired_difference

Vector = NDArray[np.float64]

CALIPER_SDS = 0.2
TARGETS = ("whole-cohort", "exposed", "overlap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The standardised difference of one covariate before and after, exposed minus unexposed."""

    covariate: str
    before: float
    weighted: float
    matched: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """The effect in one target population: weighted risks, their difference and ratio, with intervals."""

    target: str
    n: int
    risk_exposed: float
    risk_unexposed: float
    difference: float
    difference_ci: tuple[float, float]
    risk_ratio: float
    risk_ratio_ci: tuple[float, float]
    p: float
    effective_n: tuple[float, float]
    largest_weight_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The effect in matched pairs: how many, the paired difference of the risks, McNemar's p."""

    pairs: int
    exposed_without_match: int
    caliper_logit: float
    counts: Mapping[str, int]
    difference: float
    difference_ci: tuple[float, float]
    p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Propensity:
    """Scores, balance, the weighted effects and the matched one. `scores` go by the complete patients."""

    covariates: tuple[str, ...]
    n: int
    left_out: int
    scores: Vector
    exposure: Vector
    c_statistic: float
    balance: tuple[Balance, ...]
    weighted: tuple[Weighted, ...]
    matched: Matched | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything but the scores of single patients."""
        return {
            "covariates": list(self.covariates),
            "n": self.n,
            "left_out_incomplete": self.left_out,
            "c_statistic": self.c_statistic,
            "balance": [asdict(item) for item in self.balance],
            "weighted": [asdict(item) for item in self.weighted],
            "matched": None if self.matched is None else asdict(self.matched),
            "notes": list(self.notes),
        }


def propensity(cohort: Cohort, covariates: Sequence[str], *, level: float = 0.95) -> Propensity:
    """Return the analysis by propensity scores of the patients who are complete in these covariates.

    Raises InputError for no covariate, and where the covariates tell the exposure without error.
    """
    if not covariates:
        raise InputError("there is no covariate for the propensity score.", remedy="Name some to adjust for.")
    kept = cohort.complete(covariates)
    rows = cohort.where(kept)
    scores = propensity_scores(rows, covariates)
    pairs = matched_pairs(scores, rows.exposure)
    weights = weights_for("whole-cohort", scores, rows.exposure)
    notes = _overlap_notes(scores, rows.exposure)
    return Propensity(
        covariates=tuple(covariates),
        n=rows.n,
        left_out=cohort.n - rows.n,
        scores=scores,
        exposure=rows.exposure,
        c_statistic=c_statistic(scores, rows.exposure),
        balance=tuple(_balance(name, rows, weights, pairs) for name in covariates),
        weighted=tuple(weighted_effect(target, scores, rows, level=level) for target in TARGETS),
        matched=_matched(pairs, scores, rows, level),
        notes=tuple(notes),
    )


def propensity_scores(cohort: Cohort, covariates: Sequence[str]) -> Vector:
    """Return the chance of exposure of every patient, by logistic regression on complete covariates."""
    try:
        found = fit(model_of(cohort.columns(covariates), cohort.exposure))
    except InputError as error:
        raise InputError(
            f"the propensity score cannot be fitted: {error.found}", remedy="Use fewer or other covariates."
        ) from None
    return np.asarray(expit(found.model.design @ found.coefficients))


def weights_for(target: str, scores: Vector, exposure: Vector) -> Vector:
    """Return the weight of every patient for one target population; raises InputError for another."""
    exposed = exposure == 1
    if target == "whole-cohort":
        return np.asarray(np.where(exposed, 1 / scores, 1 / (1 - scores)))
    if target == "exposed":
        return np.asarray(np.where(exposed, 1.0, scores / (1 - scores)))
    if target == "overlap":
        return np.asarray(np.where(exposed, 1 - scores, scores))
    raise InputError(f"there is no target '{target}'.", remedy=f"Known: {', '.join(TARGETS)}.")


def weighted_effect(target: str, scores: Vector, cohort: Cohort, *, level: float = 0.95) -> Weighted:
    """Return the weighted risks, their difference and ratio; SEs take the weights as known."""
    weights, z = weights_for(target, scores, cohort.exposure), float(norm.isf((1 - level) / 2))
    risks, variances, sizes = [], [], []
    for value in (1.0, 0.0):
        group = cohort.exposure == value
        own, outcome = weights[group] / weights[group].sum(), cohort.outcome[group]
        risk = float(own @ outcome)
        risks.append(risk)
        variances.append(float(own**2 @ (outcome - risk) ** 2))
        sizes.append(1 / float(own @ own))
    (p_1, p_0), (v_1, v_0) = risks, variances
    if 0 in (p_1, p_0, v_1 + v_0):
        raise InputError(
            "a weighted group has no favourable outcome, or only such.", remedy="Use the adjusted analysis."
        )
    se, log_se = math.sqrt(v_1 + v_0), math.sqrt(v_1 / p_1**2 + v_0 / p_0**2)
    difference, log_ratio = p_1 - p_0, math.log(p_1 / p_0)
    return Weighted(
        target=target,
        n=cohort.n,
        risk_exposed=p_1,
        risk_unexposed=p_0,
        difference=difference,
        difference_ci=(difference - z * se, difference + z * se),
        risk_ratio=p_1 / p_0,
        risk_ratio_ci=(math.exp(log_ratio - z * log_se), math.exp(log_ratio + z * log_se)),
        p=2 * float(norm.sf(abs(difference / se))),
        effective_n=(sizes[0], sizes[1]),
        largest_weight_share=float((weights / weights.sum()).max()),
    )


def matched_pairs(scores: Vector, exposure: Vector) -> list[tuple[int, int]]:
    """Return (exposed, unexposed) rows of matched pairs; ties go to the earlier row."""
    positions = logit(np.clip(scores, 1e-12, 1 - 1e-12))
    reach = caliper(scores)
    free = list(np.flatnonzero(exposure == 0))
    exposed = np.flatnonzero(exposure == 1)
    pairs = []
    for row in exposed[np.argsort(-positions[exposed], kind="stable")]:
        if not free:
            break
        gaps = np.abs(positions[free] - positions[row])
        nearest = int(np.argmin(gaps))
        if gaps[nearest] <= reach:
            pairs.append((int(row), int(free.pop(nearest))))
    return pairs


def caliper(scores: Vector) -> float:
    """Return the farthest that a match may be on the logit of the score: 0.2 SD."""
    return CALIPER_SDS * float(np.std(logit(np.clip(scores, 1e-12, 1 - 1e-12)), ddof=1))


def _matched(
    pairs: Sequence[tuple[int, int]], scores: Vector, cohort: Cohort, level: float
) -> Matched | None:
    if not pairs:
        return None
    outcomes = [(int(cohort.outcome[one]), int(cohort.outcome[other])) for one, other in pairs]
    counts = Pairs(
        both=outcomes.count((1, 1)),
        first=outcomes.count((1, 0)),
        second=outcomes.count((0, 1)),
        neither=outcomes.count((0, 0)),
    )
    found = paired_difference(counts, level)
    return Matched(
        pairs=len(pairs),
        exposed_without_match=int((cohort.exposure == 1).sum()) - len(pairs),
        caliper_logit=caliper(scores),
        counts={name: getattr(counts, name) for name in Pairs.__slots__},
        difference=float(found.estimate or 0.0),
        difference_ci=(found.ci_low, found.ci_high),
        p=mcnemar(counts).p,
    )


def standardised_difference(
    column: Vector, exposure: Vector, weights: Vector | None = None, sd: float | None = None
) -> float:
    """Return the (weighted) mean of the exposed less that of the unexposed, over `sd` or their pooled SD."""
    own = np.ones(column.size) if weights is None else weights
    exposed = exposure == 1
    means = [float(np.average(column[group], weights=own[group])) for group in (exposed, ~exposed)]
    spread = pooled_sd(column, exposure) if sd is None else sd
    if spread == 0:
        return 0.0 if means[0] == means[1] else math.copysign(math.inf, means[0] - means[1])
    return (means[0] - means[1]) / spread


def pooled_sd(column: Vector, exposure: Vector) -> float:
    """Return the root of the mean of both groups' variances (n - 1)."""
    groups = (column[exposure == 1], column[exposure == 0])
    return math.sqrt(sum(float(np.var(g, ddof=1)) if g.size > 1 else 0.0 for g in groups) / 2)


def _balance(name: str, cohort: Cohort, weights: Vector, pairs: Sequence[tuple[int, int]]) -> Balance:
    column, exposure = cohort.covariates[name], cohort.exposure
    sd = pooled_sd(column, exposure)
    rows = [row for pair in pairs for row in pair]
    return Balance(
        covariate=name,
        before=standardised_difference(column, exposure, sd=sd),
        weighted=standardised_difference(column, exposure, weights, sd),
        matched=standardised_difference(column[rows], exposure[rows], sd=sd) if rows else None,
    )


def c_statistic(scores: Vector, exposure: Vector) -> float:
    """Return the chance that an exposed patient has the higher score, ties counted half."""
    one, other = scores[exposure == 1], scores[exposure == 0]
    higher = (one[:, None] > other[None, :]).mean()
    return float(higher + (one[:, None] == other[None, :]).mean() / 2)


def _overlap_notes(scores: Vector, exposure: Vector) -> list[str]:
    low = max(scores[exposure == 1].min(), scores[exposure == 0].min())
    high = min(scores[exposure == 1].max(), scores[exposure == 0].max())
    outside = int(((scores < low) | (scores > high)).sum())
    if not outside:
        return []
    return [f"{outside} patients have a score that no patient of the other group has."]
