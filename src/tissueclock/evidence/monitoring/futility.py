"""Bounds below which a trial is given up: by spending beta, by conditional power, or as given.

A bound that is not binding may be overruled, so that the efficacy bounds are found as if it were not there;
one that is binding buys lower efficacy bounds and has to be obeyed. Pampallona S, Tsiatis AA, Kim K, Drug Inf
J 2001;35:1113-1121.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtri

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.plan import Bounds, Plan, reach_for, solve_tail
from tissueclock.evidence.monitoring.recursion import Paths, above, below, go_on, start
from tissueclock.evidence.monitoring.rules import ChosenRule


class NoFutilityBoundsError(Exception):
    """With so strong an effect the bounds meet too early; the search for the right one goes on below."""


@dataclass(frozen=True, slots=True)
class BetaSpending:
    """Spend beta over the looks by a spending function."""

    rule: ChosenRule
    binding: bool = False


@dataclass(frozen=True, slots=True)
class FixedFutility:
    """Futility bounds as given: one z for each interim, never binding."""

    bounds: Bounds

    def checked(self, plan: Plan, upper: Bounds) -> Bounds:
        """Return the bounds; raises InputError unless there is one an interim, each below efficacy."""
        if len(self.bounds) != plan.looks - 1:
            raise InputError(
                f"{len(self.bounds)} futility bounds were given for {plan.looks - 1} interim looks.",
                remedy="Give one for each look but the last.",
            )
        for look, (low, high) in enumerate(zip(self.bounds, upper, strict=False), start=1):
            if not low < high:
                raise InputError(
                    f"at look {look} the futility bound {low:.4g} is not below the efficacy {high:.4g}.",
                    remedy="Give a lower one.",
                )
        return self.bounds


Futility = BetaSpending | FixedFutility


@dataclass(frozen=True, slots=True)
class FutilityFound:
    """Efficacy and futility bounds of every look at one drift, and the cumulative beta."""

    upper: Bounds
    lower: Bounds
    spent: Bounds


def lower_of(plan: Plan, upper: Bounds, futility: Sequence[float] | None) -> Bounds:
    """Return where a trial is left below: futility and all that fails at the end; the mirror; or nowhere."""
    if futility is not None:
        return (*futility, upper[-1])
    return tuple(-bound if plan.sides == 2 else -math.inf for bound in upper)


def by_conditional_power(plan: Plan, upper: Bounds, least: float) -> FixedFutility:
    """Return the bounds at which the conditional power, if the trend goes on, is `least`.

    It is that of the final look alone: Phi((z / sqrt(t) - b) / sqrt(1 - t)). Raises InputError unless `least`
    lies between 0 and 1.
    """
    if not 0 < least < 1:
        raise InputError(f"a conditional power of {least:g} was given.", remedy="Use 0 to 1, such as 0.1.")
    reach = float(ndtri(least))
    return FixedFutility(
        tuple(
            math.sqrt(fraction) * (upper[-1] + math.sqrt(1 - fraction) * reach)
            for fraction in plan.information[:-1]
        )
    )


def futility_at(plan: Plan, free: Bounds, futility: BetaSpending, beta: float, drift: float) -> FutilityFound:
    """Return the bounds that spend alpha without effect and beta under `drift`, look by look.

    `free` are the efficacy bounds without futility, which hold where it is not binding. Raises
    NoFutilityBoundsError where they cross before the last look.
    """
    alphas, betas = _steps(plan, futility, beta)
    null = planned = start()
    reach = reach_for((*alphas, *betas))
    upper: list[float] = []
    lower: list[float] = []
    for at, fraction in enumerate(plan.information):
        high = _efficacy(null, fraction, alphas[at]) if futility.binding else free[at]
        low = -_solve(planned, fraction, betas[at], drift)
        upper.append(high)
        lower.append(low)
        if at + 1 == plan.looks:
            break
        if low >= high:
            raise NoFutilityBoundsError
        looks = (fraction, plan.information[at + 1])
        if futility.binding:
            null = _go_on(null, looks, (low, high), 0.0, reach)
        planned = _go_on(planned, looks, (low, high), drift, reach)
    return FutilityFound(tuple(upper), tuple(lower), futility.rule.spent(plan.information, beta))


def _steps(plan: Plan, futility: BetaSpending, beta: float) -> tuple[list[float], list[float]]:
    """Return the alpha and the beta of each look. Raises InputError where alpha has no spending function."""
    if plan.rule.rule.spend is None and futility.binding:
        raise InputError(
            f"binding futility needs a spending function for alpha, and '{plan.rule.rule.name}' is none.",
            remedy="Use one, or futility that is not binding.",
        )
    spends = plan.rule.rule.spend is not None
    alpha = plan.rule.spent(plan.information, plan.alpha_a_side) if spends else (0.0,) * plan.looks
    spent = futility.rule.spent(plan.information, beta)
    return [_differences(values) for values in (alpha, spent)]  # type: ignore[return-value]


def _differences(values: Sequence[float]) -> list[float]:
    return [end - begin for begin, end in zip((0.0, *values), values, strict=False)]


def _efficacy(paths: Paths, fraction: float, alpha: float) -> float:
    try:
        return solve_tail(lambda z: above(paths, fraction, z, 0.0), alpha)
    except InputError as error:
        raise NoFutilityBoundsError from error


def _solve(paths: Paths, fraction: float, beta: float, drift: float) -> float:
    """Return minus the z below which `beta` of the paths fall."""
    try:
        return solve_tail(lambda z: below(paths, fraction, -z, drift), beta)
    except InputError as error:
        raise NoFutilityBoundsError from error


def _go_on(
    paths: Paths, looks: tuple[float, float], bounds: tuple[float, float], drift: float, reach: float
) -> Paths:
    try:
        return go_on(paths, looks, bounds, drift, reach)
    except InputError as error:
        raise NoFutilityBoundsError from error
