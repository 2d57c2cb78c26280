"""Whether infarct growth stands for the outcome: proportion explained, mediation, and R2 over trials.

Within one cohort: Freedman's proportion of the effect explained (Stat Med 1992;11:167), and natural direct
and indirect effects on the risk difference (VanderWeele TJ, Explanation in Causal Inference, 2015), with a
linear model of growth, a logistic model of the outcome and the empirical residuals of growth. Intervals are
percentiles of a bootstrap whose seed is stated. Over trials: the R2 of a weighted regression of the effects
on the outcome on the effects on growth (Buyse M et al., Biostatistics 2000;1:49), refused for fewer than 10
trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.likelihood import fit, model_of
from tissueclock.evidence.cohort.rows import Cohort

Vector = NDArray[np.float64]

FEWEST_TRIALS = 10
"""Fewer trials do not tell an R2 from chance (our choice)."""
PARTS = 40
SURROGACY_CAVEATS = (
    "Growth is measured after treatment: whatever drives both growth and outcome biases every number here.",
    "Natural effects assume that exposure, growth and outcome share no cause that is left out, and none of "
    "growth and outcome that reperfusion itself changes.",
    "The proportion explained may lie below 0 or above 1; its interval is wide unless the effect is large.",
    "Odds ratios with and without growth differ even where growth explains nothing (noncollapsibility).",
    "One cohort cannot show that growth is a surrogate: that takes the effects of many randomised trials.",
)

TRIAL_CAVEATS = (
    "A high R2 over trials says that effects go together, not that growth is how treatment works.",
    "The effects are themselves estimates: their errors draw R2 down, or tie them together.",
    "It holds for treatments and patients such as those of the trials, and for no other.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A number with the percentile interval of the bootstrap."""

    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogacy:
    """How much of the effect of exposure on the outcome goes with growth; risk differences and shares."""

    n: int
    left_out: int
    covariates: tuple[str, ...]
    log_odds_without: float
    log_odds_with: float
    explained: Share
    total_effect: Share
    direct_effect: Share
    indirect_effect: Share
    mediated: Share
    replicates: int
    failed_replicates: int
    seed: int
    level: float
    caveats: tuple[str, ...] = SURROGACY_CAVEATS

    def to_json(self) -> dict[str, Any]:
        """Return every value by name."""
        return asdict(self)


def surrogacy(
    cohort: Cohort,
    covariates: Sequence[str] = (),
    *,
    level: float = 0.95,
    replicates: int = 500,
    seed: int = 1,
) -> Surrogacy:
    """Return the analysis of the patients whose growth, outcome and covariates are known.

    Raises InputError where the cohort has no growth, or the models cannot be fitted.
    """
    if cohort.growth is None:
        raise InputError("the cohort has no growth.", remedy="Name the column.")
    rows = cohort.where(cohort.complete(covariates) & ~np.isnan(cohort.growth))
    without, beside = log_odds(rows, covariates)
    found = np.array([_explained(without, beside), *natural_effects(rows, covariates)])
    draws, failed = _bootstrap(rows, covariates, replicates, seed)
    tails = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    shares = [
        Share(estimate=float(value), ci_low=float(low), ci_high=float(high))
        for value, low, high in zip(found, tails[0], tails[1], strict=True)
    ]
    return Surrogacy(
        n=rows.n,
        left_out=cohort.n - rows.n,
        covariates=tuple(covariates),
        log_odds_without=without,
        log_odds_with=beside,
        explained=shares[0],
        total_effect=shares[1],
        direct_effect=shares[2],
        indirect_effect=shares[3],
        mediated=shares[4],
        replicates=replicates,
        failed_replicates=failed,
        seed=seed,
        level=level,
    )


def log_odds(cohort: Cohort, covariates: Sequence[str]) -> tuple[float, float]:
    """Return the log odds ratio of exposure without growth in the model, and with it."""
    own = [("exposure", cohort.exposure), *cohort.columns(covariates)]
    without = fit(model_of(own, cohort.outcome)).coefficient("exposure")
    with_growth = [*own, ("growth", _grown(cohort))]
    return without, fit(model_of(with_growth, cohort.outcome)).coefficient("exposure")


def _explained(without: float, beside: float) -> float:
    """Return Freedman's proportion; raises InputError where there is no effect to explain."""
    if abs(without) < 1e-12:
        raise InputError("exposure has no effect at all.", remedy="There is nothing to explain.")
    return 1 - beside / without


def _grown(cohort: Cohort) -> Vector:
    """Return growth in units of its SD, so that the outcome's model is well scaled."""
    if cohort.growth is None or np.std(cohort.growth) == 0:
        raise InputError("growth is the same in all patients.", remedy="It cannot explain anything.")
    return np.asarray(cohort.growth / np.std(cohort.growth))


def natural_effects(cohort: Cohort, covariates: Sequence[str]) -> tuple[float, float, float, float]:
    """Return total, direct and indirect effect on the risk difference, and the share of the total mediated.

    E[Y(x, M(x'))] is the mean of the outcome's model over patients and over the residuals of growth, which
    stand in 40 parts of equal size (our choice). Raises InputError where there is no effect to share out.
    """
    growth = _grown(cohort)
    others = [column for _, column in cohort.columns(covariates)]
    base = np.column_stack([np.ones(cohort.n), cohort.exposure, *others])
    slopes, *_ = np.linalg.lstsq(base, growth, rcond=None)
    residuals = np.quantile(growth - base @ slopes, (np.arange(PARTS) + 0.5) / PARTS)
    columns = [("exposure", cohort.exposure), ("growth", growth), *cohort.columns(covariates)]
    outcome = fit(model_of(columns, cohort.outcome)).coefficients

    def mean(exposure: float, through: float) -> float:
        mediator = base @ slopes + (through - cohort.exposure) * slopes[1]
        fixed = outcome[0] + outcome[1] * exposure
        fixed = fixed + np.column_stack(others) @ outcome[3:] if others else np.full(cohort.n, fixed)
        predictor = fixed[:, None] + outcome[2] * (mediator[:, None] + residuals[None, :])
        return float(expit(predictor).mean())

    neither = mean(0, 0)
    total, direct = mean(1, 1) - neither, mean(1, 0) - neither
    if abs(total) < 1e-12:
        raise InputError("exposure has no effect at all.", remedy="There is nothing to explain.")
    return total, direct, total - direct, (total - direct) / total


def _bootstrap(
    cohort: Cohort, covariates: Sequence[str], replicates: int, seed: int
) -> tuple[NDArray[np.float64], int]:
    """Return the five numbers of every replicate that could be fitted, and how many could not.

    Raises InputError where more than a tenth could not be fitted.
    """
    rng = np.random.default_rng(seed)
    found, failed = [], 0
    for _ in range(replicates):
        drawn = _resampled(cohort, rng)
        try:
            without, beside = log_odds(drawn, covariates)
            numbers = (_explained(without, beside), *natural_effects(drawn, covariates))
        except InputError:
            failed += 1
            continue
        found.append(numbers)
    if failed > replicates / 10:
        raise InputError(
            f"{failed} of {replicates} bootstrap samples cannot be fitted.", remedy="Adjust for less."
        )
    return np.array(found), failed


def _resampled(cohort: Cohort, rng: np.random.Generator) -> Cohort:
    """Return as many patients as there are, drawn with replacement within exposed and unexposed."""
    rows = np.concatenate(
        [
            rng.choice(group, group.size)
            for group in (np.flatnonzero(cohort.exposure == 1), np.flatnonzero(cohort.exposure == 0))
        ]
    )
    return Cohort(
        exposure=cohort.exposure[rows],
        outcome=cohort.outcome[rows],
        covariates={name: column[rows] for name, column in cohort.covariates.items()},
        growth=None if cohort.growth is None else cohort.growth[rows],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLevel:
    """The regression over trials of the effect on the outcome on the effect on the surrogate."""

    trials: int
    slope: float
    intercept: float
    r2: float
    r2_ci: tuple[float, float]
    replicates: int
    seed: int
    level: float

    def to_json(self) -> dict[str, Any]:
        """Return every value by name."""
        return asdict(self)


def trial_level(
    surrogate: Sequence[float],
    outcome: Sequence[float],
    weights: Sequence[float],
    *,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 1,
) -> TrialLevel:
    """Return R2 over trials with the percentile interval of a bootstrap of trials.

    Raises InputError for fewer than 10 trials, weights that are not positive, or effects that do not vary.
    """
    trials = len(surrogate)
    if trials < FEWEST_TRIALS:
        raise InputError(
            f"R2 over {trials} trials is refused: so few cannot tell it from chance.",
            remedy=f"Give {FEWEST_TRIALS} trials or more.",
        )
    x, y, w = (np.asarray(values, dtype=np.float64) for values in (surrogate, outcome, weights))
    if not (np.isfinite(np.concatenate([x, y, w])).all() and (w > 0).all()):
        raise InputError("an effect or weight is not finite, or a weight not positive.")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise InputError("the effects do not vary between trials.", remedy="There is no R2 then.")
    slope, intercept, r2 = _weighted_line(x, y, w)
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, trials, trials) for _ in range(replicates)]
    found = [_weighted_line(x[d], y[d], w[d])[2] for d in draws if np.ptp(x[d]) > 0 and np.ptp(y[d]) > 0]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return TrialLevel(
        trials=trials,
        slope=slope,
        intercept=intercept,
        r2=r2,
        r2_ci=(float(low), float(high)),
        replicates=replicates,
        seed=seed,
        level=level,
    )


def _weighted_line(x: Vector, y: Vector, w: Vector) -> tuple[float, float, float]:
    mean_x, mean_y = float(np.average(x, weights=w)), float(np.average(y, weights=w))
    xx, yy = float(w @ (x - mean_x) ** 2), float(w @ (y - mean_y) ** 2)
    xy = float(w @ ((x - mean_x) * (y - mean_y)))
    slope = xy / xx
    return slope, mean_y - slope * mean_x, xy**2 / (xx * yy)
