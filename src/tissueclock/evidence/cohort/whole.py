"""Everything that a cohort's columns allow, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np

from tissueclock.core.errors import InputError
from tissueclock.evidence.cohort.analysis import (
    Adjusted,
    ModelInteraction,
    adjusted,
    adjusted_log_odds,
    model_interaction,
)
from tissueclock.evidence.cohort.caveats import caveats
from tissueclock.evidence.cohort.growth import Growth, growth
from tissueclock.evidence.cohort.interaction import Interaction, interaction_of_strata
from tissueclock.evidence.cohort.missing import Pooled, pooled
from tissueclock.evidence.cohort.propensity import Propensity, propensity
from tissueclock.evidence.cohort.rows import Cohort, Vector
from tissueclock.evidence.cohort.surrogacy import Surrogacy, surrogacy
from tissueclock.evidence.two_groups.effect import StudyEffect, study_effect
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.strata import Strata

Part = TypeVar("Part")

WAYS = ("complete", "failure", "multiple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of a cohort, stated before it is analysed."""

    covariates: tuple[str, ...] = ()
    level: float = 0.95
    imputations: int = 20
    seed: int = 1
    replicates: int = 500
    firth: bool = False
    surrogacy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A part of the analysis that could not be done, and why."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortAnalysis:
    """The parts of the analysis; a part that was not asked for, or could not be done, is empty or None."""

    cohort: Cohort
    plan: Plan
    crude: StudyEffect
    by_profile: tuple[tuple[str, StudyEffect], ...]
    interactions: tuple[Interaction, ...]
    model_interactions: tuple[ModelInteraction, ...]
    adjusted: tuple[Adjusted, ...]
    propensity: Propensity | None
    missing: tuple[Pooled, ...]
    growth: Growth | None
    surrogacy: Surrogacy | None
    skipped: tuple[Skipped, ...]
    caveats: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return every part by name."""
        return {
            "simulated": self.cohort.simulated,
            "n": self.cohort.n,
            "exposure": self.cohort.exposure_name,
            "outcome": self.cohort.outcome_name,
            "plan": asdict(self.plan),
            "gaps": gaps(self.cohort),
            "crude": self.crude.to_json(),
            "profiles": [{"profile": name, **found.to_json()} for name, found in self.by_profile],
            "interaction": [item.to_json() for item in self.interactions],
            "model_interaction": [item.to_json() for item in self.model_interactions],
            "adjusted": [item.to_json() for item in self.adjusted],
            "propensity": None if self.propensity is None else self.propensity.to_json(),
            "missing": [item.to_json() for item in self.missing],
            "growth": None if self.growth is None else self.growth.to_json(),
            "surrogacy": None if self.surrogacy is None else self.surrogacy.to_json(),
            "skipped": [asdict(item) for item in self.skipped],
            "caveats": list(self.caveats),
        }


def gaps(cohort: Cohort) -> dict[str, int]:
    """Return how many patients lack each column."""
    found = {cohort.outcome_name: _unknown(cohort.outcome)}
    found |= {name: _unknown(column) for name, column in cohort.covariates.items()}
    if cohort.growth is not None:
        found["growth"] = _unknown(cohort.growth)
    if cohort.profile:
        found["profile"] = sum(not name for name in cohort.profile)
    return found


def _unknown(column: Vector) -> int:
    return int(np.isnan(column).sum())


class _Attempts:
    """Runs parts of an analysis, and keeps why one could not be done."""

    def __init__(self) -> None:
        self.skipped: list[Skipped] = []

    def run(self, part: str, work: Callable[..., Part], *arguments: Any, **settings: Any) -> Part | None:
        """Return the part, or None where it raises InputError."""
        try:
            return work(*arguments, **settings)
        except InputError as error:
            self.skipped.append(Skipped(part=part, reason=str(error)))
            return None


def analyse(cohort: Cohort, plan: Plan) -> CohortAnalysis:
    """Return the whole analysis; a part that the data do not allow is skipped with its reason.

    Raises InputError where not even the crude comparison is possible.
    """
    attempts, level = _Attempts(), plan.level
    crude = study_effect(cohort.table(), Measure.OR, level=level)
    strata = attempts.run("profiles", cohort.strata) if cohort.strata_names else None
    named = list(zip(strata.names, strata.tables, strict=True)) if strata is not None else []
    several = strata if strata is not None and len(named) > 1 else None
    return CohortAnalysis(
        cohort=cohort,
        plan=plan,
        crude=crude,
        by_profile=tuple((name, study_effect(table, Measure.OR, level=level)) for name, table in named),
        interactions=_interactions(several, level),
        model_interactions=_model_interactions(cohort, plan, attempts) if several is not None else (),
        adjusted=_adjusted(cohort, plan, attempts, several is not None),
        propensity=attempts.run("propensity", propensity, cohort, plan.covariates, level=level)
        if plan.covariates
        else None,
        missing=_missing(cohort, plan, attempts),
        growth=attempts.run("growth", growth, cohort, plan.covariates, level=level)
        if cohort.growth is not None
        else None,
        surrogacy=attempts.run("surrogacy", _surrogacy, cohort, plan) if plan.surrogacy else None,
        skipped=tuple(attempts.skipped),
        caveats=caveats(simulated=cohort.simulated, imputed=any(gaps(cohort).values()), strata=len(named)),
    )


def _interactions(strata: Strata | None, level: float) -> tuple[Interaction, ...]:
    if strata is None:
        return ()
    return tuple(interaction_of_strata(strata, measure, level=level) for measure in Measure)


def _model_interactions(cohort: Cohort, plan: Plan, attempts: _Attempts) -> tuple[ModelInteraction, ...]:
    """Return the interaction in a model without covariates, and in one with them."""
    models: list[tuple[str, ...]] = [(), plan.covariates] if plan.covariates else [()]
    part = "interaction in a model"
    found = [attempts.run(part, model_interaction, cohort, own, level=plan.level) for own in models]
    return tuple(item for item in found if item is not None)


def _adjusted(cohort: Cohort, plan: Plan, attempts: _Attempts, several: bool) -> tuple[Adjusted, ...]:
    """Return the adjusted effect in all patients and in every profile."""
    if not plan.covariates:
        return ()
    parts = [("all", cohort)]
    parts += [(name, cohort.where(cohort.in_profile(name))) for name in cohort.strata_names if several]
    found = [
        attempts.run(
            f"adjusted, {name}",
            adjusted,
            part,
            plan.covariates,
            name=name,
            firth=plan.firth,
            level=plan.level,
        )
        for name, part in parts
    ]
    return tuple(item for item in found if item is not None)


def _missing(cohort: Cohort, plan: Plan, attempts: _Attempts) -> tuple[Pooled, ...]:
    """Return the (adjusted) odds ratio by each way of treating gaps; none where there is no gap."""
    missing = gaps(cohort)
    if not any(missing[name] for name in (cohort.outcome_name, *plan.covariates)):
        return ()

    def log_odds(rows: Cohort) -> tuple[float, float]:
        found = adjusted_log_odds(rows, plan.covariates, firth=plan.firth)
        return found.coefficient("exposure"), found.se("exposure")

    found = [
        attempts.run(
            f"missing data, {way}",
            pooled,
            cohort,
            plan.covariates,
            log_odds,
            way=way,
            level=plan.level,
            imputations=plan.imputations,
            seed=plan.seed,
        )
        for way in WAYS
    ]
    return tuple(item for item in found if item is not None)


def _surrogacy(cohort: Cohort, plan: Plan) -> Surrogacy:
    return surrogacy(cohort, plan.covariates, level=plan.level, replicates=plan.replicates, seed=plan.seed)
