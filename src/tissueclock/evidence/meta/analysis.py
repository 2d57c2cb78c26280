"""One meta-analysis from a request: which method answers it, what is refused, and what a reader must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.meta.convention import METAFOR, Convention
from tissueclock.evidence.meta.fixed_counts import (
    MH,
    PETO,
    has_mantel_haenszel,
    informative,
    mantel_haenszel,
    pool_mantel_haenszel,
    pool_peto,
)
from tissueclock.evidence.meta.glmm.fit import ODDS_RATIO_MODELS
from tissueclock.evidence.meta.glmm.pool import GLMM, ODDS_RATIO, PROPORTION, pool_glmm
from tissueclock.evidence.meta.measures.base import Measure, study_effects
from tissueclock.evidence.meta.pool import (
    AD_HOC,
    FIXED,
    KNAPP_HARTUNG,
    PROFILE_LIKELIHOOD,
    Q_PROFILE,
    PoolSettings,
    T,
    Z,
    pool,
    with_notes,
)
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.studies import Given, OneArm, Study, StudyEffect, TwoArm
from tissueclock.evidence.meta.tau2 import ESTIMATORS

METHODS = (*ESTIMATORS, MH, PETO, GLMM)
"""Every method by the name that users type."""
_DEFAULT, _DEFAULT_REVMAN, _DEFAULT_MODEL = "REML", "DL", "UM.FS"
_BY_COUNTS = (MH, PETO, GLMM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: a measure, a method, a test, a level, a convention, and the model of GLMM.

    Raises UsageError for a combination that does not exist.
    """

    measure: Measure
    method: str
    test: str = Z
    level: float = 0.95
    convention: Convention = METAFOR
    model: str = _DEFAULT_MODEL
    tau2_interval: str = Q_PROFILE

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(f"there is no method '{self.method}'.", remedy=f"Known: {', '.join(METHODS)}.")
        if self.model not in ODDS_RATIO_MODELS:
            known = ", ".join(ODDS_RATIO_MODELS)
            raise UsageError(f"there is no model '{self.model}'.", remedy=f"Known: {known}.")
        wanted = _measures_of(self.method)
        if wanted and self.measure.name not in wanted:
            raise UsageError(
                f"method {self.method} does not go with measure {self.measure.name}.",
                remedy=f"Use it with {', '.join(wanted)}, or another --method.",
            )
        if self.test != Z and self.method in (MH, PETO, FIXED):
            raise UsageError(
                f"method {self.method} has no Knapp-Hartung test.",
                remedy="It belongs to random effects: use --method REML, DL, PM ...",
            )

        if self.tau2_interval == PROFILE_LIKELIHOOD and self.method not in ("ML", "REML"):
            raise UsageError(
                f"method {self.method} has no profile likelihood.",
                remedy="Use --method ML or REML, or another --tau2-interval.",
            )

    @property
    def settings(self) -> PoolSettings:
        """The settings of inverse-variance pooling nearest to the request: FE of a fixed effect by counts,
        REML of a model of counts.
        """
        method = {MH: FIXED, PETO: FIXED, GLMM: _DEFAULT}.get(self.method, self.method)
        test = T if self.method == GLMM and self.test != Z else self.test
        return PoolSettings(
            method=method,
            test=test,
            level=self.level,
            convention=self.convention,
            tau2_interval=self.tau2_interval,
        )


def _measures_of(method: str) -> tuple[str, ...]:
    """Return the measures that a method goes with, none for any."""
    return {MH: ("RR", "OR", "RD"), PETO: ("PETO",), GLMM: (ODDS_RATIO, PROPORTION)}.get(method, ())


def default_method(measure: Measure, convention: Convention) -> str:
    """Return the method where none is named: Peto's own of PETO, DL in RevMan 5, else REML."""
    if measure.name == PETO:
        return PETO
    return _DEFAULT_REVMAN if convention.q_about_mh else _DEFAULT


def named_test(*, knapp_hartung: bool, ad_hoc: bool) -> str:
    """Return the name of a test; UsageError for ad hoc alone."""
    if ad_hoc and not knapp_hartung:
        raise UsageError("--ad-hoc was given alone.", remedy="It belongs to --knapp-hartung.")
    return AD_HOC if ad_hoc else KNAPP_HARTUNG if knapp_hartung else Z


def analyse(studies: Sequence[Study], request: Request) -> PooledEffect:
    """Return the pooled effect of two studies or more, with notes.

    Raises InputError where there are fewer, or none has both events and others; UsageError where the method
    needs counts that were not given.
    """
    require_studies(studies, request)
    return pool_some(studies, request)


def require_studies(studies: Sequence[Study], request: Request) -> None:
    """Refuse what cannot be pooled; raises as `analyse`."""
    if len(studies) < 2:
        raise InputError(
            f"there is {'one study' if studies else 'no study'}: nothing can be pooled.",
            remedy="Give two or more; 'tissueclock evidence effect' computes the effect of one.",
        )
    given = any(isinstance(study, Given) for study in studies)
    if given and request.method in _BY_COUNTS:
        raise UsageError(
            f"method {request.method} needs counts; the file has effects.", remedy="Use --method REML or FE."
        )
    if request.measure.needs_n and given and any(study.n is None for study in studies):
        raise InputError(
            f"{request.measure.name} needs the size of every study to go back to a proportion.",
            remedy="Add a column ni.",
        )
    _require_events(studies, request.measure)


def _require_events(studies: Sequence[Study], measure: Measure) -> None:
    """Refuse counts of which every one is 0 (or all): an effect would come from the correction alone."""
    two_arms = [(one.ai + one.ci, one.n) for one in studies if isinstance(one, TwoArm)]
    one_arm = [(one.xi, one.ni) for one in studies if isinstance(one, OneArm)]
    counts = two_arms or (one_arm if measure.name in ("PR", "PLN", "PLO") else [])
    for found, share in (("no event", 0.0), ("nothing but events", 1.0)):
        if counts and all(events == share * n for events, n in counts):
            raise InputError(
                f"there is {found} in any study: only what is added to empty cells could be pooled.",
                remedy="Use --measure PFT or PAS." if one_arm else "There is nothing to compare.",
            )


def pool_some(studies: Sequence[Study], request: Request) -> PooledEffect:
    """Return the pooled effect of studies, one or more, that were not refused together."""
    measure, settings = request.measure, request.settings
    if request.method == MH:
        return pool_mantel_haenszel(cast(Sequence[TwoArm], studies), measure, settings)
    if request.method == PETO:
        return pool_peto(cast(Sequence[TwoArm], studies), measure, settings)
    if request.method == GLMM:
        return pool_glmm(studies, measure, settings, request.model)
    if request.convention.q_about_mh:
        return _pool_revman(studies, request)
    effects = study_effects(studies, measure)
    pooled = pool(effects, measure, settings)
    return with_notes(pooled, *correction_notes(studies, effects), *_range_notes(pooled, measure))


def _range_notes(pooled: PooledEffect, measure: Measure) -> list[str]:
    """Return a note where an interval of a proportion leaves 0 to 1."""
    ends = (*pooled.ci, *(pooled.pi or ()))
    if measure.null is not None or (min(ends) >= 0 and max(ends) <= 1):
        return []
    return ["an interval leaves 0 to 1, where no proportion is: PLO and PFT stay within"]


def _pool_revman(studies: Sequence[Study], request: Request) -> PooledEffect:
    """Return what RevMan 5 pools: studies without events left out of ratios, Q about Mantel-Haenszel."""
    measure, settings = request.measure, request.settings
    about = None
    used = studies
    if isinstance(studies[0], TwoArm):
        two_arms = cast(Sequence[TwoArm], studies)
        used = informative(two_arms, measure)
        if not used:
            raise InputError("no study has both events and others.", remedy="There is nothing to compare.")
        if has_mantel_haenszel(measure):
            about = mantel_haenszel(two_arms, measure)[0]
    effects = study_effects(used, measure)
    pooled = pool(effects, measure, settings, q_about=about if request.method == "DL" else None)
    if len(used) < len(studies):
        pooled = _spread_weights(pooled, studies, used)
    return with_notes(pooled, *correction_notes(used, effects))


def _spread_weights(pooled: PooledEffect, studies: Sequence[Study], used: Sequence[Study]) -> PooledEffect:
    """Return the effect with a weight of 0 for every study that was left out, and a note of how many."""
    weights = iter(pooled.weights_percent)
    chosen = {id(one) for one in used}
    spread = tuple(next(weights) if id(one) in chosen else 0.0 for one in studies)
    left = len(studies) - len(used)
    pooled = replace(pooled, weights_percent=spread)
    return with_notes(pooled, f"studies left out, having no event or nothing else: {left}")


def correction_notes(studies: Sequence[Study], effects: Sequence[StudyEffect]) -> list[str]:
    """Return what a reader must know of the 1/2 that was added to empty cells."""
    corrected = sum(one.corrected for one in effects)
    silent = sum(isinstance(one, TwoArm) and not 0 < one.ai + one.ci < one.n for one in studies)
    notes = []
    if corrected:
        notes.append(f"studies with an empty cell, of which every cell got 1/2: {corrected}")
    if silent and corrected:
        notes.append(f"of these kept without any event, or with nothing else: {silent}")
    return notes
