"""The strata that a trial published for one kind of outcome, as effects or as counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tissueclock.core.errors import UsageError
from tissueclock.evidence.cohort.interaction import (
    Interaction,
    StratumEffect,
    from_interval,
    from_p,
    interaction,
    interaction_of_strata,
)
from tissueclock.evidence.two_groups.measure import Measure
from tissueclock.evidence.two_groups.strata import Strata
from tissueclock.evidence.two_groups.table import TwoByTwo
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.results.model import PublishedResults
from tissueclock.protocol.results.parts import Outcome
from tissueclock.protocol.results.values import Kind, Role
from tissueclock.protocol.results.values import Measure as Printed

_MEASURES: Mapping[Printed, str] = MappingProxyType(
    {
        Printed.OR: "OR",
        Printed.COMMON_OR: "OR",
        Printed.RR: "RR",
        Printed.HR: "HR",
        Printed.RD: "RD",
        Printed.MEAN_DIFFERENCE: "MD",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedInteraction:
    """An interaction recomputed from print: how the strata were made, what was published, how sure it is."""

    found: Interaction
    by: str
    published_p: str
    recalled: bool
    adjusted: bool
    randomised: bool


@dataclass(slots=True)
class _Group:
    """The outcomes of the strata that divide patients by one thing."""

    effects: list[StratumEffect] = field(default_factory=list)
    tables: list[tuple[str, TwoByTwo]] = field(default_factory=list)
    measures: set[str] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)


def published_interaction(
    results: PublishedResults, kind: str, *, by: str = "", level: float = 0.95
) -> PublishedInteraction:
    """Return the interaction of the published strata of one kind of outcome; the counts of both arms as OR.

    Raises UsageError with the kinds, or the divisions into strata, that there are.
    """
    groups = _groups(results, kind)
    usable = {what: own for what, own in groups.items() if max(len(own.effects), len(own.tables)) > 1}
    if not usable:
        raise UsageError(
            f"'{results.trial}' has no two strata with an effect or counts of '{kind}'.",
            remedy=f"Kinds with strata: {', '.join(_kinds(results)) or 'none'}.",
        )
    if by not in usable and (by or len(usable) > 1):
        raise UsageError(
            f"the strata of '{results.trial}' divide in more than one way."
            if not by
            else f"'{results.trial}' has no strata by '{by}'.",
            remedy=f"Give --by, one of: {'; '.join(usable)}.",
        )
    name = by or next(iter(usable))
    group = usable[name]
    return PublishedInteraction(
        found=_interaction(group, level),
        by=name,
        published_p=_published_p(results, kind, [outcome.stratum for outcome in group.outcomes]),
        recalled=any(outcome.origin.confidence is not Confidence.FOUND for outcome in group.outcomes),
        adjusted=any(item.effect is not None and item.effect.adjusted for item in group.outcomes),
        randomised=results.randomised,
    )


def _interaction(group: _Group, level: float) -> Interaction:
    if len(group.effects) > 1:
        (measure,) = group.measures
        return interaction(group.effects, measure, level=level)
    names, tables = zip(*group.tables, strict=True)
    return interaction_of_strata(Strata(names, tables), Measure.OR, level=level)


def _groups(results: PublishedResults, kind: str) -> Mapping[str, _Group]:
    """Return the strata of a kind by what divides them; without interval, p or counts it is left out."""
    divided = {stratum.name: stratum.by for stratum in results.strata}
    found: dict[str, _Group] = {}
    for outcome in results.outcomes:
        if outcome.stratum and outcome.kind.value == kind:
            _add(found.setdefault(divided[outcome.stratum], _Group()), outcome)
    return found


def _add(group: _Group, outcome: Outcome) -> None:
    one, other = outcome.counts(Role.TREATMENT), outcome.counts(Role.CONTROL)
    effect = _effect(outcome)
    if effect is not None and outcome.effect is not None:
        group.effects.append(effect)
        group.measures.add(_MEASURES[outcome.effect.measure])
        group.outcomes.append(outcome)
    elif one is not None and other is not None:
        table = TwoByTwo(events_1=one.events, n_1=one.n, events_2=other.events, n_2=other.n)
        group.tables.append((outcome.stratum, table))
        group.outcomes.append(outcome)


def _effect(outcome: Outcome) -> StratumEffect | None:
    printed = outcome.effect
    if printed is None or printed.estimate is None or printed.credible or printed.measure not in _MEASURES:
        return None
    measure, estimate = _MEASURES[printed.measure], float(printed.estimate)
    if printed.interval is not None:
        low, high = map(float, printed.interval)
        return from_interval(outcome.stratum, estimate, low, high, measure)
    if outcome.p is not None and outcome.p.sign == "=":
        return from_p(outcome.stratum, estimate, float(outcome.p.value), measure)
    return None


def _kinds(results: PublishedResults) -> list[str]:
    kinds = {outcome.kind for outcome in results.outcomes if outcome.stratum}
    return [kind.value for kind in Kind if kind in kinds]


def _published_p(results: PublishedResults, kind: str, strata: list[str]) -> str:
    for item in results.interactions:
        if item.kind.value == kind and set(item.strata) == set(strata):
            return str(item.p)
    return ""
