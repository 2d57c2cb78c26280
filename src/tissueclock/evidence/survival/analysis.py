"""Everything that a table of follow-up allows: curves, tests, Cox's model, means, competing causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.evidence.survival.competing import (
    CumulativeIncidence,
    GrayTest,
    cumulative_incidence,
    gray_test,
)
from tissueclock.evidence.survival.cox import CoxError, CoxModel, cox_model
from tissueclock.evidence.survival.data import FollowUp
from tissueclock.evidence.survival.kaplan_meier import KaplanMeier, Scale, kaplan_meier
from tissueclock.evidence.survival.log_rank import LogRank, log_rank
from tissueclock.evidence.survival.partial_likelihood import Ties
from tissueclock.evidence.survival.proportional import ProportionalityTest, proportionality_tests
from tissueclock.evidence.survival.restricted_mean import (
    MeanDifference,
    RestrictedMean,
    longest_horizon,
    mean_difference,
    restricted_mean,
)

QUARTILES = (0.25, 0.5, 0.75)
_INTEREST = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariates:
    """Columns that go into Cox's model beside the groups: a name each, and people x columns."""

    names: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the analysis is made: `at` which times survival is told; `horizon` None is the longest common."""

    scale: Scale = Scale.LOG_LOG
    level: float = 0.95
    ties: Ties = Ties.EFRON
    rho: float = 0.0
    at: tuple[float, ...] = ()
    horizon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One group's curve, and what the analysis says of it."""

    group: str
    curve: KaplanMeier
    quartiles: tuple[tuple[float | None, float | None, float | None], ...]
    mean: RestrictedMean


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Incidence:
    """One group's cumulative incidence of one cause."""

    group: str
    cause: int
    curve: CumulativeIncidence


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalAnalysis:
    """What was found. `curves` are of any event; tests and Cox's model are of the event of interest, cause 1.

    Where other causes can come first, `incidences` and `gray` tell of each, and what concerns cause 1 alone
    is cause-specific: it takes people whom another event met as censored. `cox_reason` says why there is no
    model.
    """

    asked: Asked
    n: int
    curves: tuple[Curve, ...]
    causes: tuple[int, ...]
    log_rank: LogRank
    cox: CoxModel | None
    cox_reason: str
    proportionality: tuple[ProportionalityTest, ...]
    differences: tuple[MeanDifference, ...]
    incidences: tuple[Incidence, ...]
    gray: tuple[GrayTest, ...]

    @property
    def competing(self) -> bool:
        """Whether there is more than one cause."""
        return len(self.causes) > 1

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        asked = self.asked
        return {
            "n": self.n,
            "level": asked.level,
            "interval_scale": asked.scale.value,
            "causes": list(self.causes),
            "curves_are_of": "any event" if self.competing else "the event",
            "groups": [_curve_json(curve, asked) for curve in self.curves],
            "log_rank": self.log_rank.to_json(),
            "cox": {"reason": self.cox_reason} if self.cox is None else self.cox.to_json(),
            "proportional_hazards_test": [test.to_json() for test in self.proportionality],
            "restricted_mean_differences": [one.to_json() for one in self.differences],
            "cumulative_incidence": [_incidence_json(one, self) for one in self.incidences],
            "gray_test": [{"cause": test.cause, **test.to_json()} for test in self.gray],
        }


def analyse(data: FollowUp, asked: Asked, covariates: Covariates | None = None) -> SurvivalAnalysis:
    """Return the whole analysis; groups are compared with the first.

    Raises ValueError where the horizon lies beyond what a group was followed for.
    """
    causes = tuple(int(cause) for cause in np.unique(data.causes) if cause)
    curves = tuple(_curves(data, asked))
    of_interest = FollowUp(
        times=data.times,
        causes=np.where(data.causes == _INTEREST, 1, 0),
        group=data.group,
        groups=data.groups,
        stratum=data.stratum,
        strata=data.strata,
    )
    model, reason = _cox(of_interest, asked, covariates)
    competing = causes if len(causes) > 1 else ()
    return SurvivalAnalysis(
        asked=asked,
        n=len(data.times),
        curves=curves,
        causes=causes,
        log_rank=log_rank(of_interest, asked.rho),
        cox=model,
        cox_reason=reason,
        proportionality=_proportionality(model, of_interest),
        differences=tuple(mean_difference(one.mean, curves[0].mean, asked.level) for one in curves[1:]),
        incidences=tuple(_incidences(data, competing)),
        gray=tuple(gray_test(data, cause) for cause in competing),
    )


def _curves(data: FollowUp, asked: Asked) -> Iterator[Curve]:
    parts = [data.of_group(at) for at in range(len(data.groups))]
    curves = [kaplan_meier(times, causes != 0) for times, causes in parts]
    horizon = longest_horizon(curves) if asked.horizon is None else asked.horizon
    for group, curve in zip(data.groups, curves, strict=True):
        yield Curve(
            group=group,
            curve=curve,
            quartiles=tuple(curve.quantile(share, asked.scale, asked.level) for share in QUARTILES),
            mean=restricted_mean(curve, group, horizon, asked.level),
        )


def _incidences(data: FollowUp, causes: Sequence[int]) -> Iterator[Incidence]:
    for cause in causes:
        for at, group in enumerate(data.groups):
            times, ended = data.of_group(at)
            yield Incidence(group=group, cause=cause, curve=cumulative_incidence(times, ended, cause))


def _cox(data: FollowUp, asked: Asked, covariates: Covariates | None) -> tuple[CoxModel | None, str]:
    """Return the model of groups (an indicator each but the first) and covariates, or why there is none."""
    names = [f"{name} v {data.groups[0]}" for name in data.groups[1:]]
    columns = [(data.group == at).astype(np.float64) for at in range(1, len(data.groups))]
    if covariates:
        names += covariates.names
        columns += list(covariates.values.T)
    if not names:
        return None, "there is one group and no covariate"
    try:
        table = np.column_stack(columns)
        model = cox_model(
            data.times,
            data.events,
            table,
            names,
            stratum=data.stratum,
            ties=asked.ties,
            level=asked.level,
        )
    except CoxError as error:
        return None, str(error)
    return model, ""


def _proportionality(model: CoxModel | None, data: FollowUp) -> tuple[ProportionalityTest, ...]:
    one_time = len(np.unique(data.times[data.events])) < 2
    if model is None or model.ties is Ties.EXACT or one_time:
        return ()
    return proportionality_tests(model, data.times, data.events)


def _curve_json(found: Curve, asked: Asked) -> dict[str, Any]:
    curve = found.curve
    names = ("time", "ci_low", "ci_high")
    return {
        "group": found.group,
        "n": curve.n,
        "events": int(curve.events.sum()),
        "quartiles": [
            {"share": share, **dict(zip(names, ends, strict=True))}
            for share, ends in zip(QUARTILES, found.quartiles, strict=True)
        ],
        "restricted_mean": found.mean.to_json(),
        "survival_at": [survival_at(found, time, asked) for time in asked.at],
        "curve": list(curve_rows(found, asked)),
    }


def survival_at(found: Curve, time: float, asked: Asked) -> dict[str, float | None]:
    """Return survival of a group at a time with its interval; None throughout after its last follow-up."""
    curve = found.curve
    step = int(curve.steps_before(time))
    low, high = curve.interval(asked.scale, asked.level)
    if time > curve.times[-1] and curve.survival[-1] > 0:
        return {"time": time, "survival": None, "ci_low": None, "ci_high": None}
    if step == 0:
        return {"time": time, "survival": 1.0, "ci_low": 1.0, "ci_high": 1.0}
    ends = (_number(low[step - 1]), _number(high[step - 1]))
    return {"time": time, "survival": float(curve.survival[step - 1]), "ci_low": ends[0], "ci_high": ends[1]}


def curve_rows(found: Curve, asked: Asked) -> Iterator[dict[str, float | int | None]]:
    """Yield each step of a curve with its people, survival, standard error, interval and hazard."""
    curve = found.curve
    low, high = curve.interval(asked.scale, asked.level)
    for at, time in enumerate(curve.times):
        yield {
            "time": float(time),
            "at_risk": int(curve.at_risk[at]),
            "events": int(curve.events[at]),
            "censored": int(curve.censored[at]),
            "survival": float(curve.survival[at]),
            "standard_error": _number(curve.standard_error[at]),
            "ci_low": _number(low[at]),
            "ci_high": _number(high[at]),
            "cumulative_hazard": float(curve.hazard[at]),
            "cumulative_hazard_se": float(np.sqrt(curve.hazard_variance[at])),
        }


def incidence_rows(found: Incidence, asked: Asked) -> Iterator[dict[str, float | int]]:
    """Yield each step of a cumulative incidence with its people, standard error and interval."""
    curve = found.curve
    low, high = curve.interval(asked.level)
    for at, time in enumerate(curve.times):
        yield {
            "time": float(time),
            "at_risk": int(curve.at_risk[at]),
            "events": int(curve.events[at]),
            "incidence": float(curve.incidence[at]),
            "standard_error": float(np.sqrt(curve.variance[at])),
            "ci_low": float(low[at]),
            "ci_high": float(high[at]),
        }


def incidence_at(found: Incidence, time: float, whole: SurvivalAnalysis) -> dict[str, float | None]:
    """Return a cumulative incidence at a time with its interval; None after its group's last follow-up."""
    (curve,) = (one.curve for one in whole.curves if one.group == found.group)
    if time > curve.times[-1] and curve.survival[-1] > 0:
        return {"time": time, "incidence": None, "ci_low": None, "ci_high": None}
    rows = [row for row in incidence_rows(found, whole.asked) if row["time"] <= time]
    last = rows[-1] if rows else {"incidence": 0.0, "ci_low": 0.0, "ci_high": 0.0}
    return {"time": time, **{name: last[name] for name in ("incidence", "ci_low", "ci_high")}}


def _incidence_json(found: Incidence, whole: SurvivalAnalysis) -> dict[str, Any]:
    return {
        "group": found.group,
        "cause": found.cause,
        "incidence_at": [incidence_at(found, time, whole) for time in whole.asked.at],
        "curve": list(incidence_rows(found, whole.asked)),
    }


def _number(value: float) -> float | None:
    """Return a number, None for NaN."""
    return None if np.isnan(value) else float(value)
