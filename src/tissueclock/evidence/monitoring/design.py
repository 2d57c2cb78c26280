"""A group-sequential design: its bounds, its power, how much larger it is than a fixed one, when it stops.

The drift is the expected z at full information; a fixed design of the same alpha and power has the drift
z(1 - alpha a side) + z(power). The inflation is the squared ratio of both: by so much the largest sample is
larger. Expected information is relative to the fixed design. Jennison C, Turnbull BW, Group Sequential
Methods with Applications to Clinical Trials, 2000, chapters 2 to 4 and 7.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.futility import (
    BetaSpending,
    Futility,
    NoFutilityBoundsError,
    futility_at,
    lower_of,
)
from tissueclock.evidence.monitoring.plan import Bounds, Plan, upper_bounds
from tissueclock.evidence.monitoring.recursion import Exits, exits
from tissueclock.evidence.monitoring.rules import Kind

_MOST_DRIFT = 60.0
_XTOL = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """A design's size: for `power` in the direction of the effect.

    `expected_*` is the expected information relative to a fixed design: where there is no effect, half of the
    planned one, and all of it. `rejected` and `given_up` are cumulative over the looks under the planned
    effect, `given_up_null` without effect.
    """

    power: float
    drift: float
    inflation: float
    expected_none: float
    expected_half: float
    expected_full: float
    rejected: Bounds
    given_up: Bounds
    given_up_null: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Bounds of every look, z scale. `lower` is where the trial is left below: minus infinity where nowhere.

    `futility` holds the futility bounds of the interims, or None; `alpha_spent` is cumulative and in total,
    `nominal_p` the p value at each bound (two-sided where the design is), `attained_alpha` the chance of
    crossing an efficacy bound if every bound, futility included, is obeyed.
    """

    plan: Plan
    upper: Bounds
    lower: Bounds
    futility: Bounds | None
    binding: bool
    beta_spent: Bounds | None
    alpha_spent: Bounds
    nominal_p: Bounds
    attained_alpha: float
    power: Power | None = None


def make_design(plan: Plan, *, power: float | None = None, futility: Futility | None = None) -> Design:
    """Return the design of a plan, its size where `power` is given.

    Raises InputError where beta is to be spent without a power, where power does not exceed alpha, or where
    the bounds cross.
    """
    if power is not None and not plan.alpha_a_side < power < 1:
        raise InputError(
            f"a power of {power:g} was asked for.",
            remedy=f"Use more than alpha, {plan.alpha_a_side:g}, and less than 1.",
        )
    if isinstance(futility, BetaSpending):
        if power is None:
            raise InputError(
                "beta is to be spent, and no power is given.",
                remedy="Give the power, such as 0.8: beta is 1 - it.",
            )
        return _with_beta_spending(plan, power, futility)
    upper = upper_bounds(plan)
    bounds = None if futility is None else futility.checked(plan, upper)
    drift = None
    if power is not None:
        drift = drift_for(power, plan.information, upper, lower_of(plan, upper, bounds))
    return _design(plan, upper, bounds, drift=drift, power=power)


def drift_for(power: float, information: Bounds, upper: Bounds, lower: Bounds) -> float:
    """Return the drift with which the upper bounds are crossed first with this chance.

    Raises InputError where no drift does it.
    """

    def excess(drift: float) -> float:
        return sum(exits(information, upper, lower, drift).upper) - power

    if excess(0.0) > 0 or excess(_MOST_DRIFT) < 0:
        raise InputError(
            f"no effect gives a power of {power:g} with these bounds.",
            remedy="Change the bounds or the power.",
        )
    return float(brentq(excess, 0.0, _MOST_DRIFT, xtol=_XTOL))


def fixed_drift(alpha_a_side: float, power: float) -> float:
    """Return the expected z of a fixed design with that alpha on one side and that power."""
    return float(ndtri(power) - ndtri(alpha_a_side))


def expected_information(information: Bounds, found: Exits) -> float:
    """Return the expected fraction of the information at which a trial with these exits ends."""
    stopped = zip(information[:-1], found.by_look, strict=False)
    return 1.0 - math.fsum((1.0 - fraction) * chance for fraction, chance in stopped)


def _with_beta_spending(plan: Plan, power: float, futility: BetaSpending) -> Design:
    """Find the drift at which the futility bound of the last look meets its efficacy bound."""
    free = upper_bounds(plan)

    def gap(drift: float) -> float:
        try:
            found = futility_at(plan, free, futility, 1 - power, drift)
        except NoFutilityBoundsError:  # so strong an effect leaves no room between the bounds
            return 1.0
        return found.lower[-1] - found.upper[-1]

    least = fixed_drift(plan.alpha_a_side, power)
    drift = float(brentq(gap, 0.99 * least, _first_above(gap, least), xtol=_XTOL))
    found = futility_at(plan, free, futility, 1 - power, drift)
    return _design(
        plan,
        found.upper,
        found.lower[:-1],
        drift=drift,
        power=power,
        binding=futility.binding,
        beta_spent=found.spent,
    )


def _first_above(gap: Callable[[float], float], least: float) -> float:
    """Return a drift at which the bounds have met, by growing steps: some drift always is enough."""
    drift = least
    while gap(drift) < 0:
        drift *= 1.1
    return drift


def _design(
    plan: Plan,
    upper: Bounds,
    futility: Bounds | None,
    *,
    drift: float | None,
    power: float | None,
    binding: bool = False,
    beta_spent: Bounds | None = None,
) -> Design:
    lower = lower_of(plan, upper, futility)
    null = exits(plan.information, upper, lower, 0.0)
    size = None
    if drift is not None and power is not None:
        size = _power(plan, upper, lower, power, drift)
    return Design(
        plan=plan,
        upper=upper,
        lower=lower,
        futility=futility,
        binding=binding,
        beta_spent=beta_spent,
        alpha_spent=_alpha_spent(plan, upper),
        nominal_p=tuple(float(plan.sides * ndtr(-bound)) for bound in upper),
        attained_alpha=sum(null.upper) + (sum(null.lower) if futility is None and plan.sides == 2 else 0.0),
        power=size,
    )


def _alpha_spent(plan: Plan, upper: Bounds) -> Bounds:
    """Return the cumulative alpha in total, as it was spent when the bounds were found."""
    if plan.rule.rule.kind is Kind.SPENDING:
        spent_a_side = plan.rule.spent(plan.information, plan.alpha_a_side)
        return tuple(plan.sides * part for part in spent_a_side)
    low = tuple(-bound if plan.symmetric else -math.inf for bound in upper)
    reached = accumulate(exits(plan.information, upper, low, 0.0).upper)
    return tuple(plan.sides * part for part in reached)


def _power(plan: Plan, upper: Bounds, lower: Bounds, power: float, drift: float) -> Power:
    inflation = (drift / fixed_drift(plan.alpha_a_side, power)) ** 2
    none, half, full = (exits(plan.information, upper, lower, share * drift) for share in (0.0, 0.5, 1.0))
    expected = [inflation * expected_information(plan.information, found) for found in (none, half, full)]
    return Power(
        power=power,
        drift=drift,
        inflation=inflation,
        expected_none=expected[0],
        expected_half=expected[1],
        expected_full=expected[2],
        rejected=tuple(accumulate(full.upper)),
        given_up=tuple(accumulate(full.lower)),
        given_up_null=tuple(accumulate(none.lower)),
    )
