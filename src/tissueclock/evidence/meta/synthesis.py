"""Everything that is asked of a table of studies at once: the pooled effect, its rows, and the extras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.meta.analysis import Request, analyse, pool_some
from tissueclock.evidence.meta.bias.panel import BiasPanel, bias_panel
from tissueclock.evidence.meta.fixed_counts import MH, PETO
from tissueclock.evidence.meta.glmm.pool import GLMM
from tissueclock.evidence.meta.influence import Influence, Prediction, influence, predictions
from tissueclock.evidence.meta.measures.base import study_effects
from tissueclock.evidence.meta.pool import columns, with_notes
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.evidence.meta.regression import Regression, regress
from tissueclock.evidence.meta.rows import StudyRow, study_rows
from tissueclock.evidence.meta.sensitivity import cumulative, leave_one_out
from tissueclock.evidence.meta.strata_tests import ChiSquare, breslow_day, cochran_mantel_haenszel
from tissueclock.evidence.meta.studies import Study, TwoArm
from tissueclock.evidence.meta.subgroups import Subgroups, common_tau2_subgroups, separate_subgroups
from tissueclock.evidence.meta.table import StudyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What is asked beside the pooled effect; columns by their names."""

    subgroup: str | None = None
    common_tau2: bool = False
    moderators: tuple[str, ...] = ()
    bias: bool = False
    leave_one_out: bool = False
    cumulative: str | None = None
    influence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """A meta-analysis with all that was asked; what was not is None or empty."""

    request: Request
    pooled: PooledEffect
    rows: tuple[StudyRow, ...]
    homogeneity: Mapping[str, ChiSquare]
    subgroups: Subgroups | None = None
    regression: Regression | None = None
    bias: BiasPanel | None = None
    without: tuple[PooledEffect, ...] = ()
    cumulative: tuple[tuple[str, str, PooledEffect], ...] = ()
    influence: tuple[Influence, ...] = ()
    predictions: tuple[Prediction, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the document: the fixed keys of the pooled effect, the rows, and what was asked."""
        return {
            **self.pooled.to_json(),
            "studies": [row.to_json() for row in self.rows],
            **{name: test.to_json() for name, test in self.homogeneity.items()},
            **self._extras_json(),
        }

    def _extras_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("subgroups", "regression", "bias"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name).to_json()
        if self.without:
            found["leave_one_out"] = [
                {"without": row.effect.study, **one.to_json()}
                for row, one in zip(self.rows, self.without, strict=True)
            ]
        if self.cumulative:
            found["cumulative"] = [
                {"after": study, "at": at, **one.to_json()} for study, at, one in self.cumulative
            ]
        if self.influence:
            found["influence"] = [one.to_json() for one in self.influence]
            found["predictions"] = [one.to_json() for one in self.predictions]
        return found


def synthesise(table: StudyTable, request: Request, extras: Extras) -> Synthesis:
    """Return all that is asked; raises as `analyse`, and where an extra does not go with the method."""
    _require_method(request, extras)
    studies = table.studies
    pooled = with_notes(analyse(studies, request), *table.notes)
    effects = study_effects(studies, request.measure)
    yi, vi = columns(effects)
    names = [one.study for one in studies]
    moved = extras.influence
    return Synthesis(
        request=request,
        pooled=pooled,
        rows=study_rows(studies, effects, request.measure, pooled.weights_percent, request.level),
        homogeneity=_homogeneity(studies, request),
        subgroups=_subgroups(table, request, extras),
        regression=_regression(table, request, extras),
        bias=bias_panel(studies, effects, request.measure, request.settings) if extras.bias else None,
        without=_without(studies, request) if extras.leave_one_out else (),
        cumulative=_cumulative(table, request, extras.cumulative) if extras.cumulative else (),
        influence=influence(names, yi, vi, request.settings) if moved else (),
        predictions=predictions(names, yi, vi, request.settings) if moved else (),
    )


def _require_method(request: Request, extras: Extras) -> None:
    asked = {
        "--influence": extras.influence,
        "--moderator": bool(extras.moderators),
        "--subgroup-tau2 common": extras.common_tau2,
    }
    for option, wanted in asked.items():
        if wanted and request.method in (MH, PETO, GLMM):
            raise UsageError(
                f"{option} does not go with method {request.method}.",
                remedy="It is defined for inverse variance: --method REML, DL, FE ...",
            )
    if extras.cumulative and request.method == GLMM:
        raise UsageError("--cumulative does not go with method GLMM.", remedy="It begins with one study.")
    if extras.common_tau2 and not extras.subgroup:
        raise UsageError("--subgroup-tau2 was given alone.", remedy="It belongs to --subgroup.")


def _homogeneity(studies: Sequence[Study], request: Request) -> Mapping[str, ChiSquare]:
    """Return the tests that belong to a Mantel-Haenszel odds ratio."""
    if request.method != MH or request.measure.name != "OR":
        return MappingProxyType({})
    two_arms = cast(Sequence[TwoArm], studies)
    return MappingProxyType(
        {
            "cochran_mantel_haenszel": cochran_mantel_haenszel(two_arms, corrected=False),
            "cochran_mantel_haenszel_corrected": cochran_mantel_haenszel(two_arms, corrected=True),
            "breslow_day": breslow_day(two_arms, tarone=False),
            "tarone": breslow_day(two_arms, tarone=True),
        }
    )


def _subgroups(table: StudyTable, request: Request, extras: Extras) -> Subgroups | None:
    if extras.subgroup is None:
        return None
    words = table.words(extras.subgroup)
    if extras.common_tau2:
        effects = study_effects(table.studies, request.measure)
        return common_tau2_subgroups(extras.subgroup, words, effects, request.measure, request.settings)

    def pooled(members: Sequence[int]) -> PooledEffect:
        with _at(f"subgroup '{words[members[0]]}'"):
            return pool_some([table.studies[i] for i in members], request)

    return separate_subgroups(extras.subgroup, words, pooled)


def _regression(table: StudyTable, request: Request, extras: Extras) -> Regression | None:
    if not extras.moderators:
        return None
    yi, vi = columns(study_effects(table.studies, request.measure))
    moderators = [table.moderator(name) for name in dict.fromkeys(extras.moderators)]
    return regress(yi, vi, moderators, request.settings)


def _without(studies: Sequence[Study], request: Request) -> tuple[PooledEffect, ...]:
    def pooled(members: Sequence[int]) -> PooledEffect:
        with _at(f"{len(members)} of {len(studies)} studies"):
            return pool_some([studies[i] for i in members], request)

    return leave_one_out(len(studies), pooled)


def _cumulative(
    table: StudyTable, request: Request, column: str
) -> tuple[tuple[str, str, PooledEffect], ...]:
    """Return (study that came in, its word in the column, what is pooled then), in the column's order."""
    words, values = table.words(column), table.moderator(column).values
    order = sorted(range(len(words)), key=lambda i: values[i])

    def pooled(members: Sequence[int]) -> PooledEffect:
        with _at(f"the first {len(members)} by '{column}'"):
            return pool_some([table.studies[i] for i in members], request)

    steps = cumulative(order, pooled)
    return tuple((table.studies[i].study, words[i], one) for i, one in zip(order, steps, strict=True))


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say of which studies it is that something cannot be pooled."""
    try:
        yield
    except InputError as error:
        raise InputError(error.found, where=place, remedy=error.remedy) from error
