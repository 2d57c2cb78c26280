"""An interim look, by conditional power or by Bayesian rules: as documents and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tissueclock.evidence.bayes.predictive import Rule
from tissueclock.evidence.bayes.utility import Utility
from tissueclock.evidence.farrington_manning import Rates
from tissueclock.evidence.monitoring.conditional import (
    Interim,
    PlannedRates,
    Prior,
    ToCome,
    conditional_power,
    conditional_power_pooled,
    predictive_power,
)
from tissueclock.report.evidence.monitoring.rows import (
    csv_bytes,
    finite_list,
    p_shown,
    percent,
    row,
    shown,
    span,
)

_POINTS = 81
_ROOM_BELOW, _ROOM_ABOVE = 1.0, 1.5
"""How far the curve of the conditional power goes beyond the supposed drifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFound:
    """Where the trial stands and what is to come; `planned_drift` is None where none was given."""

    interim: Interim
    to_come: ToCome
    planned_drift: float | None
    planned_rates: PlannedRates | None
    prior: Prior | None

    @property
    def drifts(self) -> tuple[tuple[str, float | None], ...]:
        """The supposed drifts by name."""
        return (("trend", self.interim.trend), ("planned", self.planned_drift), ("null", 0.0))

    @property
    def conditional(self) -> dict[str, float | None]:
        """The conditional power of each supposed drift."""
        return {
            name: None if drift is None else conditional_power(self.interim, self.to_come, drift)
            for name, drift in self.drifts
        }

    @property
    def pooled(self) -> float | None:
        """The conditional power of planned rates with the pooled variance, where one look is to come."""
        if self.planned_rates is None or self.planned_drift is None or len(self.to_come.upper) > 1:
            return None
        scale = self.planned_rates.null_scale
        return conditional_power_pooled(self.interim, self.to_come.upper[0], self.planned_drift, scale)

    @property
    def predictive(self) -> float:
        """The predictive power under the prior."""
        return predictive_power(self.interim, self.to_come, self.prior)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionsFound:
    """Counts, a rule, the chance that the first group is better, and that of success at the planned end."""

    rates: Rates
    rule: Rule
    chance: float
    ends: tuple[int, int] | None
    predictive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityFound:
    """The mean utilities of both groups, and how the first compares; `origin` of the counts."""

    first: Utility
    second: Utility
    counts: tuple[tuple[int, ...], tuple[int, ...]]
    prior: tuple[float, ...]
    margin: float
    limit: float
    chance: float
    interval: tuple[float, float]
    origin: str


def power_document(found: PowerFound) -> dict[str, Any]:
    """Return conditional and predictive power for JSON."""
    prior = found.prior
    return {
        "kind": "power",
        "z": found.interim.z,
        "fraction": found.interim.fraction,
        "to_come": {
            "information": list(found.to_come.information),
            "bounds_z": finite_list(found.to_come.upper),
        },
        "drift": dict(found.drifts),
        "conditional_power": {**found.conditional, "planned_pooled": found.pooled},
        "predictive_power": found.predictive,
        "prior": None if prior is None else {"mean": prior.mean, "sd": prior.sd},
    }


def power_lines(found: PowerFound) -> Iterator[str]:
    """Yield where the trial stands, what is to come, and the chances."""
    yield row("interim", f"z {shown(found.interim.z)}", f"information {shown(found.interim.fraction, 3)}")
    for fraction, bound in zip(found.to_come.information, found.to_come.upper, strict=True):
        yield row("to come", f"information {shown(fraction, 3)}", f"bound z {shown(bound)}")
    for (name, drift), power in zip(found.drifts, found.conditional.values(), strict=True):
        if drift is not None:
            yield row("conditional", name, f"drift {shown(drift)}", percent(power, 2))
    if found.pooled is not None:
        yield row("conditional", "planned, pooled variance", percent(found.pooled, 2))
    prior = "flat prior"
    if found.prior is not None:
        prior = f"prior drift {shown(found.prior.mean)}, SD {shown(found.prior.sd)}"
    yield row("predictive", prior, percent(found.predictive, 2))


def conditional_curve(found: PowerFound) -> tuple[tuple[float, float], ...]:
    """Return (drift, conditional power) from somewhat below the least supposed drift to above the highest."""
    drifts = [drift for _, drift in found.drifts if drift is not None]
    low, high = min(drifts) - _ROOM_BELOW, max(drifts) + _ROOM_ABOVE
    xs = [low + (high - low) * at / (_POINTS - 1) for at in range(_POINTS)]
    return tuple((x, conditional_power(found.interim, found.to_come, x)) for x in xs)


def power_csv(found: PowerFound) -> bytes:
    """Return the curve of the conditional power, unrounded."""
    return csv_bytes(("drift", "conditional_power"), conditional_curve(found))


def proportions_document(found: ProportionsFound) -> dict[str, Any]:
    """Return the posteriors and chances for JSON."""
    rates, rule = found.rates, found.rule
    first, second = (
        rule.prior_1.after(rates.events_1, rates.n_1),
        rule.prior_2.after(rates.events_2, rates.n_2),
    )
    return {
        "kind": "proportions",
        "events_1": rates.events_1,
        "n_1": rates.n_1,
        "events_2": rates.events_2,
        "n_2": rates.n_2,
        "prior_1": [rule.prior_1.a, rule.prior_1.b],
        "prior_2": [rule.prior_2.a, rule.prior_2.b],
        "posterior_1": {"mean": first.mean, "interval": list(first.interval())},
        "posterior_2": {"mean": second.mean, "interval": list(second.interval())},
        "better": "fewer events" if rule.fewer_is_better else "more events",
        "margin": rule.margin,
        "chance_better": found.chance,
        "limit": rule.limit,
        "success": found.chance > rule.limit,
        "end_1": None if found.ends is None else found.ends[0],
        "end_2": None if found.ends is None else found.ends[1],
        "predictive_chance": found.predictive,
    }


def proportions_lines(found: ProportionsFound) -> Iterator[str]:
    """Yield both posteriors, the chance that the first is better, and that of success at the end."""
    rates, rule = found.rates, found.rule
    groups = (
        ("group 1", rule.prior_1, rates.events_1, rates.n_1),
        ("group 2", rule.prior_2, rates.events_2, rates.n_2),
    )
    for name, prior, events, n in groups:
        after = prior.after(events, n)
        interval = f"{percent(after.mean)} ({' to '.join(map(percent, after.interval()))})"
        yield row(name, f"{events} of {n}", f"prior Beta({prior.a:g}, {prior.b:g})", f"posterior {interval}")
    better = "fewer" if rule.fewer_is_better else "more"
    beyond = f" by more than {rule.margin:g}" if rule.margin else ""
    verdict = "success" if found.chance > rule.limit else "no success yet"
    yield row("chance", f"group 1 has {better} events{beyond}", p_shown(found.chance))
    yield row("rule", f"success above {rule.limit:g}", verdict)
    if found.ends is not None:
        ends = f"success with {found.ends[0]} and {found.ends[1]} patients"
        yield row("predictive", ends, percent(found.predictive, 2))


def proportions_csv(found: ProportionsFound) -> bytes:
    """Return one row a group: counts, prior, and the posterior mean with its interval."""
    rates, rule = found.rates, found.rule
    rows = []
    for group, prior, events, n in (
        (1, rule.prior_1, rates.events_1, rates.n_1),
        (2, rule.prior_2, rates.events_2, rates.n_2),
    ):
        after = prior.after(events, n)
        rows.append((group, events, n, prior.a, prior.b, after.mean, *after.interval()))
    return csv_bytes(("group", "events", "n", "prior_a", "prior_b", "mean", "low", "high"), rows)


def utility_document(found: UtilityFound) -> dict[str, Any]:
    """Return the mean utilities and their comparison for JSON."""
    return {
        "kind": "utility",
        "origin": found.origin,
        "counts_1": list(found.counts[0]),
        "counts_2": list(found.counts[1]),
        "weights": list(found.first.weights),
        "prior": list(found.prior),
        "utility_1": {"mean": found.first.mean, "sd": found.first.sd},
        "utility_2": {"mean": found.second.mean, "sd": found.second.sd},
        "difference": found.first.mean - found.second.mean,
        "difference_interval": list(found.interval),
        "margin": found.margin,
        "chance_better": found.chance,
        "limit": found.limit,
        "success": found.chance > found.limit,
    }


def utility_lines(found: UtilityFound) -> Iterator[str]:
    """Yield both mean utilities, their difference, and the chance that the first is better."""
    yield row("counts", found.origin)
    yield row("weights", ", ".join(f"{weight:g}" for weight in found.first.weights))
    yield row("prior", "Dirichlet", ", ".join(f"{count:g}" for count in found.prior))
    for name, utility, counts in (
        ("group 1", found.first, found.counts[0]),
        ("group 2", found.second, found.counts[1]),
    ):
        yield row(
            name,
            f"{sum(counts)} patients",
            f"mean utility {shown(utility.mean, 3)}",
            f"SD {shown(utility.sd, 3)}",
        )
    difference = f"{shown(found.first.mean - found.second.mean, 3)} ({span(found.interval, 3)})"
    yield row("difference", "group 1 minus group 2", difference)
    beyond = f" by more than {found.margin:g}" if found.margin else ""
    verdict = "success" if found.chance > found.limit else "no success yet"
    yield row("chance", f"group 1 is better{beyond}", p_shown(found.chance))
    yield row("rule", f"success above {found.limit:g}", verdict)


def utility_csv(found: UtilityFound) -> bytes:
    """Return one row a level: weight, prior and the counts of both groups."""
    rows = zip(range(len(found.prior)), found.first.weights, found.prior, *found.counts, strict=True)
    return csv_bytes(("level", "weight", "prior", "group_1", "group_2"), rows)
