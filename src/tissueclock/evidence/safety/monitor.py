"""A safety rule as it was asked for: its steps, how it behaves, and what it says of what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import bdtr, betaincinv

from tissueclock.core.errors import InputError
from tissueclock.evidence.bayes.beta import JEFFREYS, Beta
from tissueclock.evidence.monitoring.rules import ChosenRule
from tissueclock.evidence.safety.operating import Operating, Step, operating
from tissueclock.evidence.safety.rules import (
    bayes_steps,
    exact_steps,
    pocock_steps,
    spending_steps,
    sprt_steps,
    upper_tails,
)

RULES = ("exact", "pocock", "spending", "bayes", "sprt")


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPlan:
    """What is asked for: a rule's name, the looks in patients, the acceptable rate, and what the rule needs.

    `limit` and `prior` belong to bayes, `spending` to spending, `high_rate` and `beta` to sprt.
    """

    rule: str
    looks: tuple[int, ...]
    rate: float
    alpha: float = 0.05
    limit: float = 0.95
    prior: Beta = JEFFREYS
    spending: ChosenRule | None = None
    high_rate: float | None = None
    beta: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """The steps of a plan; `nominal` is the level of each look where the rule found one (pocock)."""

    plan: SafetyPlan
    steps: tuple[Step, ...]
    nominal: float | None
    operating: tuple[Operating, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Events against the acceptable rate: exact tails, Clopper-Pearson interval, posterior and verdict.

    `verdict` is None where the rule has no look after so many patients.
    """

    events: int
    n: int
    at_least_p: float
    at_most_p: float
    interval: tuple[float, float]
    chance_above: float
    verdict: str | None


def make_rule(plan: SafetyPlan, true_rates: Sequence[float]) -> SafetyRule:
    """Return the steps, and how they behave at each true rate.

    Raises InputError for an unknown rule, or what its own function refuses.
    """
    steps, nominal = _steps(plan)
    return SafetyRule(
        plan=plan,
        steps=steps,
        nominal=nominal,
        operating=tuple(operating(steps, rate) for rate in true_rates),
    )


def judge(rule: SafetyRule, events: int, n: int) -> Seen:
    """Return what is to be said of so many events; raises InputError for counts that are impossible."""
    if not 0 <= events <= n or n < 1:
        raise InputError(f"there are {events} events of {n} patients.", remedy="Use 0 <= events <= patients.")
    plan = rule.plan
    step = next((step for step in rule.steps if step.n == n), None)
    return Seen(
        events=events,
        n=n,
        at_least_p=float(upper_tails(n, plan.rate)[events]),
        at_most_p=float(bdtr(events, n, plan.rate)),
        interval=clopper_pearson(events, n),
        chance_above=plan.prior.after(events, n).chance_above(plan.rate),
        verdict=None if step is None else _verdict(step, events, last=step is rule.steps[-1]),
    )


def clopper_pearson(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a proportion (Clopper CJ, Pearson ES, Biometrika 1934;26:404-413)."""
    tail = (1 - level) / 2
    low = float(betaincinv(events, n - events + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, n - events, 1 - tail)) if events < n else 1.0
    return low, high


def _verdict(step: Step, events: int, *, last: bool) -> str:
    if step.stop is not None and events >= step.stop:
        return "stop for harm"
    if step.accept is not None and events <= step.accept:
        return "acceptable: stop"
    return "not stopped" if last else "go on"


def _steps(plan: SafetyPlan) -> tuple[tuple[Step, ...], float | None]:
    if plan.rule == "exact":
        return exact_steps(plan.looks, plan.rate, plan.alpha), plan.alpha
    if plan.rule == "pocock":
        return pocock_steps(plan.looks, plan.rate, plan.alpha)
    if plan.rule == "bayes":
        return bayes_steps(plan.looks, plan.rate, plan.limit, plan.prior), None
    if plan.rule == "spending" and plan.spending is not None:
        return spending_steps(plan.looks, plan.rate, plan.alpha, plan.spending), None
    if plan.rule == "sprt" and plan.high_rate is not None:
        return sprt_steps(plan.looks, plan.rate, plan.high_rate, plan.alpha, plan.beta), None
    raise InputError(
        f"the rule '{plan.rule}' is not known, or lacks what it needs.",
        remedy=f"Known: {', '.join(RULES)}; sprt needs the rate that is too high.",
    )
