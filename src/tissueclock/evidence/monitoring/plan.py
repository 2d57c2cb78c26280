"""What a group-sequential design is made of, and its efficacy bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtri

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.recursion import REACH_SDS, above, exits, go_on, start
from tissueclock.evidence.monitoring.rules import ChosenRule, Kind

MOST_LOOKS = 20
LEAST_GAIN = 0.001
"""The least information between two looks, as a fraction of all: our choice, for the integration's grid."""
_LEAST_SPENT = 1e-250
"""A look that spends less has no bound: z would be beyond 33."""
_WIDEST_Z = 40.0
_XTOL = 1e-13
Bounds = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When is looked, and how much alpha is spent: `information` as fractions, the last 1.

    `alpha` is in total. With two `sides` half of it is spent above by the one-sided rule and half below; the
    lower bounds mirror the upper ones. `symmetric` counts a path that has left below as gone when the upper
    bounds are found; without it the bounds are those of the one-sided design, larger by up to 5e-5 relative.
    Raises InputError where the looks or alpha make no design.
    """

    information: Bounds
    alpha: float
    rule: ChosenRule
    sides: int = 1
    symmetric: bool = False

    def __post_init__(self) -> None:
        check_information(self.information)
        if self.sides not in (1, 2):
            raise InputError(f"a test with {self.sides} sides was asked for.", remedy="Use 1 or 2.")
        if not 0 < self.alpha_a_side < 0.5:
            raise InputError(
                f"alpha is {self.alpha:g}.", remedy="Use more than 0 and less than 0.5 a side, such as 0.05."
            )

    @property
    def alpha_a_side(self) -> float:
        """The alpha that the upper bounds may spend."""
        return self.alpha / self.sides

    @property
    def looks(self) -> int:
        """The number of looks, the final one included."""
        return len(self.information)


def check_information(information: Sequence[float]) -> None:
    """Raise InputError unless the fractions rise by 0.001 or more from above 0 to 1, in up to 20 looks."""
    if not 1 <= len(information) <= MOST_LOOKS:
        raise InputError(f"{len(information)} looks were asked for.", remedy=f"Use 1 to {MOST_LOOKS}.")
    gains = [end - begin for begin, end in zip((0.0, *information), information, strict=False)]
    if not all(map(math.isfinite, information)) or min(gains) < LEAST_GAIN:
        raise InputError(
            f"the fractions of information are {', '.join(f'{value:g}' for value in information)}.",
            remedy=f"Give fractions above 0 that rise by {LEAST_GAIN:g} or more.",
        )
    if abs(information[-1] - 1) > 1e-9:
        raise InputError(
            f"the last fraction of information is {information[-1]:g}.",
            remedy="Give the information of each look over that of the last, which is 1.",
        )


def even_looks(looks: int) -> Bounds:
    """Return the fractions of equally spaced looks; raises InputError for none or too many."""
    if not 1 <= looks <= MOST_LOOKS:
        raise InputError(f"{looks} looks were asked for.", remedy=f"Use 1 to {MOST_LOOKS}.")
    return tuple(look / looks for look in range(1, looks + 1))


def upper_bounds(plan: Plan) -> Bounds:
    """Return the upper z bound of each look; infinite at a look that spends nothing."""
    alpha, chosen = plan.alpha_a_side, plan.rule
    if chosen.rule.kind is Kind.SPENDING:
        return spending_bounds(
            plan.information, chosen.spent(plan.information, alpha), mirrored=plan.symmetric
        )
    if chosen.rule.kind is Kind.SHAPE:
        shape = chosen.shape(plan.information)
        return _scaled(plan, lambda constant: tuple(constant * part for part in shape))
    interims = (chosen.value,) * (plan.looks - 1)
    return _scaled(plan, lambda last: (*interims, last))


def spending_bounds(
    information: Sequence[float], spent: Sequence[float], *, mirrored: bool = False
) -> Bounds:
    """Return the upper z bounds that spend so much in all by each look, without a lower bound.

    With `mirrored` the lower bounds are the upper ones with their sign turned.
    """
    steps = [end - begin for begin, end in zip((0.0, *spent), spent, strict=False)]
    reach, paths, found = reach_for(steps), start(), []
    for at, (fraction, step) in enumerate(zip(information, steps, strict=True)):
        bound = solve_tail(lambda z, t=fraction, p=paths: above(p, t, z, 0.0), step)  # type: ignore[misc]
        found.append(bound)
        if at + 1 < len(information):
            low = -bound if mirrored else -math.inf
            paths = go_on(paths, (fraction, information[at + 1]), (low, bound), 0.0, reach)
    return tuple(found)


def reach_for(steps: Sequence[float]) -> float:
    """Return how many SDs of paths to carry so that the least step is seen with all its digits."""
    least = min((step for step in steps if step > _LEAST_SPENT), default=1.0)
    return max(REACH_SDS, 3.0 - float(ndtri(least)))


def solve_tail(chance: Callable[[float], float], wanted: float) -> float:
    """Return the z at which a falling tail chance is `wanted`; infinite where that is next to nothing.

    Raises InputError where the tail never is so large.
    """
    if wanted <= _LEAST_SPENT:
        return math.inf
    if chance(-_WIDEST_Z) <= wanted:
        raise InputError(
            "at one look more is to be spent than there is left to stop.", remedy="Spend less at early looks."
        )
    goal = math.log(wanted)
    return float(brentq(lambda z: _log(chance(z)) - goal, -_WIDEST_Z, _WIDEST_Z, xtol=_XTOL))


def _log(chance: float) -> float:
    return math.log(chance) if chance > 0 else -1e4


def _scaled(plan: Plan, bounds_of: Callable[[float], Bounds]) -> Bounds:
    """Return the bounds of the one constant that makes them spend the alpha of a side."""

    def excess(constant: float) -> float:
        upper = bounds_of(constant)
        lower = tuple(-bound if plan.symmetric else -math.inf for bound in upper)
        return sum(exits(plan.information, upper, lower, 0.0).upper) - plan.alpha_a_side

    least, most = _bracket(plan)
    if excess(least) < 0 or excess(most) > 0:
        raise InputError(
            f"the bounds '{plan.rule.rule.name}' cannot spend an alpha of {plan.alpha_a_side:g} a side.",
            remedy="The interims spend more than that, or alpha is too large: change one of them.",
        )
    return bounds_of(float(brentq(excess, least, most, xtol=_XTOL)))


def _bracket(plan: Plan) -> tuple[float, float]:
    """Return constants that surely spend too much and too little: one look alone, and Bonferroni's.

    Mirrored paths that left below take next to nothing away, which the 0.9 more than makes up for.
    """
    alone = -float(ndtri(plan.alpha_a_side))
    if plan.rule.rule.kind is Kind.FIXED:
        return 0.9 * alone, _WIDEST_Z
    lowest = min(plan.rule.shape(plan.information))
    return 0.9 * alone / lowest, -float(ndtri(plan.alpha_a_side / plan.looks)) / lowest * (1 + 1e-9)
