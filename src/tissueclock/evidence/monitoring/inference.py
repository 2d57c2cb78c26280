"""What may be said of the effect when looks were planned: repeated and final p values and intervals.

Repeated inference holds at every look, stopped or not (Jennison C, Turnbull BW, J R Stat Soc B
1989;51:305-361). Final inference orders the results of a trial by the look at which it stopped, an earlier
one being the stronger, then by z: stagewise ordering (Armitage P 1957; Tsiatis AA, Rosner GL, Mehta CR,
Biometrics 1984;40:797-803). Effects are drifts, the expected z at full information, unless they are scaled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scipy.optimize import brentq

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.design import Design
from tissueclock.evidence.monitoring.plan import Plan, upper_bounds
from tissueclock.evidence.monitoring.recursion import exits
from tissueclock.evidence.monitoring.rules import Kind

_XTOL = 1e-12
_LEAST_ALPHA, _MOST_ALPHA = 1e-12, 0.499999
_WIDEST = 60.0
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFound:
    """One look: its z, what to do, and what holds whatever is done.

    `verdict` is "stop for efficacy", "stop for harm", "stop for futility", "go on" or, at the last look,
    "no effect shown". `drift_interval` is the repeated interval of the drift; `repeated_p` is None where it
    would exceed 0.5 a side or the bounds are not those of a family in alpha.
    """

    look: int
    information: float
    z: float
    verdict: str
    drift_interval: Interval
    repeated_p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalFound:
    """Of a trial that ended, by stagewise ordering: p, the median-unbiased drift and its interval."""

    look: int
    p: float
    median_unbiased: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Every look that was taken, and the final inference; None as long as the trial goes on."""

    looks: tuple[LookFound, ...]
    final: FinalFound | None


def analyse(design: Design, z: Sequence[float]) -> Analysis:
    """Return what the z of the first looks say; raises InputError for none, too many or one not finite.

    Looks after the first at which the trial should have stopped are shown, and add nothing to the final part.
    """
    if not 1 <= len(z) <= design.plan.looks or not all(map(math.isfinite, z)):
        raise InputError(
            f"{len(z)} z values were given for {design.plan.looks} looks.",
            remedy="Give one finite z for each look that was taken.",
        )
    looks = tuple(_look(design, at, value) for at, value in enumerate(z))
    ended = next((item.look for item in looks if item.verdict != "go on"), None)
    return Analysis(
        looks=looks, final=None if ended is None else final_inference(design, ended, z[ended - 1])
    )


def verdict(design: Design, look: int, z: float) -> str:
    """Return what the bounds say at a look, from 1."""
    at, last = look - 1, look == design.plan.looks
    if z >= design.upper[at]:
        return "stop for efficacy"
    if design.futility is not None and not last and z <= design.futility[at]:
        return "stop for futility"
    if design.futility is None and design.plan.sides == 2 and z <= design.lower[at]:
        return "stop for harm"
    return "no effect shown" if last else "go on"


def final_inference(design: Design, look: int, z: float) -> FinalFound:
    """Return the inference of a trial that ended at a look (from 1) with that z.

    The interval has the level 1 - alpha (1 - 2 alpha where one side was tested). The p value of two sides is
    twice the smaller tail. Futility bounds count where they are binding.
    """
    alpha = design.plan.alpha_a_side

    def tail(drift: float) -> float:
        return stagewise_tail(design, look, z, drift)

    p = tail(0.0)
    low, middle, high = (_drift_of_tail(tail, share) for share in (alpha, 0.5, 1 - alpha))
    return FinalFound(
        look=look,
        p=p if design.plan.sides == 1 else min(1.0, 2 * min(p, 1 - p)),
        median_unbiased=middle,
        interval=(low, high),
    )


def stagewise_tail(design: Design, look: int, z: float, drift: float) -> float:
    """Return the chance of as extreme a result upwards: stopping above earlier, or here with z or more."""
    upper = (*design.upper[: look - 1], z)
    blocked = design.binding or design.plan.symmetric
    lower = (*design.lower[: look - 1], z) if blocked else (-math.inf,) * look
    return sum(exits(design.plan.information[:look], upper, lower, drift).upper)


def repeated_interval(design: Design, look: int, z: float) -> Interval:
    """Return the repeated interval of the drift at a look: z plus and minus the bound, scaled to the end."""
    root, bound = math.sqrt(design.plan.information[look - 1]), design.upper[look - 1]
    return (z - bound) / root, (z + bound) / root


def repeated_p(plan: Plan, look: int, z: float) -> float | None:
    """Return the least alpha with which this look would have been enough; None if over 0.5 a side.

    With two sides it is that of |z|. It is None as well for Haybittle-Peto bounds, whose interims do not
    move with alpha.
    """
    if plan.rule.rule.kind is Kind.FIXED and plan.looks > 1:
        return None
    observed = abs(z) if plan.sides == 2 else z

    def missing(alpha: float) -> float:
        bound = upper_bounds(replace(plan, alpha=plan.sides * alpha))[look - 1]
        return min(bound, _WIDEST) - observed

    if missing(_MOST_ALPHA) > 0:
        return None
    if missing(_LEAST_ALPHA) < 0:
        return plan.sides * _LEAST_ALPHA
    exponent = brentq(
        lambda x: missing(math.exp(x)), math.log(_LEAST_ALPHA), math.log(_MOST_ALPHA), xtol=1e-11
    )
    return plan.sides * math.exp(float(exponent))


def _look(design: Design, at: int, z: float) -> LookFound:
    return LookFound(
        look=at + 1,
        information=design.plan.information[at],
        z=z,
        verdict=verdict(design, at + 1, z),
        drift_interval=repeated_interval(design, at + 1, z),
        repeated_p=repeated_p(design.plan, at + 1, z),
    )


def _drift_of_tail(tail: Callable[[float], float], share: float) -> float:
    """Return the drift at which the tail, which rises with it, is that share."""
    return float(brentq(lambda drift: tail(drift) - share, -_WIDEST, _WIDEST, xtol=_XTOL))
