"""Rules that stop a single group when its event rate exceeds what is acceptable.

`exact` tests at each look as if it were the only one; `pocock` lowers that level, the same at every look,
until the chance of ever stopping at the acceptable rate is at most alpha (Ivanova A, Qaqish BF, Schell MJ,
Biometrics 2005;61:540-545); `spending` lets the chance of having stopped follow a spending function; `bayes`
looks at the posterior chance of a higher rate; `sprt` is Wald's sequential test against a rate that is too
high (Wald A, Ann Math Stat 1945;16:117-186).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import bdtrc, betaincc

from tissueclock.core.errors import InputError
from tissueclock.evidence.bayes.beta import Beta
from tissueclock.evidence.binomial import binomial
from tissueclock.evidence.monitoring.rules import ChosenRule
from tissueclock.evidence.safety.operating import Array, Step, check_looks, operating

_HALVINGS = 50
_SLACK = 1e-12
"""A tail that equals its limit but for rounding is within it."""


def exact_steps(looks: Sequence[int], rate: float, alpha: float) -> tuple[Step, ...]:
    """Return the fewest events at each look whose one-sided exact p value is at most `alpha`.

    Raises InputError unless rate and alpha lie between 0 and 1.
    """
    _check(rate, alpha)
    return _steps_of({n: upper_tails(n, rate) for n in check_looks(looks)}, alpha)


def bayes_steps(looks: Sequence[int], rate: float, limit: float, prior: Beta) -> tuple[Step, ...]:
    """Return the fewest events at each look after which a rate above `rate` has a chance above `limit`.

    Raises InputError unless rate and limit lie between 0 and 1.
    """
    _check(rate, limit)
    found = []
    for n in check_looks(looks):
        counts = np.arange(n + 1)
        found.append(Step(n, _first(betaincc(prior.a + counts, prior.b + n - counts, rate) > limit, n)))
    return tuple(found)


def pocock_steps(looks: Sequence[int], rate: float, alpha: float) -> tuple[tuple[Step, ...], float]:
    """Return the steps with the highest level at each look that keeps the chance of stopping, and that level.

    Raises InputError as `exact_steps`.
    """
    _check(rate, alpha)
    tails = {n: upper_tails(n, rate) for n in check_looks(looks)}

    def keeps_alpha(level: float) -> bool:
        return operating(_steps_of(tails, level), rate).stop <= alpha

    low, high = 0.0, alpha
    if keeps_alpha(alpha):
        return _steps_of(tails, alpha), alpha
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if keeps_alpha(middle) else (low, middle)
    return _steps_of(tails, low), low


def _steps_of(tails: Mapping[int, Array], level: float) -> tuple[Step, ...]:
    """Return the first count at each look whose tail is within the level."""
    return tuple(Step(n, _first(tail <= level * (1 + _SLACK), n)) for n, tail in tails.items())


def spending_steps(looks: Sequence[int], rate: float, alpha: float, rule: ChosenRule) -> tuple[Step, ...]:
    """Return the fewest events at each look with which the chance of having stopped stays within the
    spending.

    Raises InputError as `exact_steps`.
    """
    _check(rate, alpha)
    found, going, before, used = [], np.ones(1), 0, 0.0
    last = check_looks(looks)[-1]
    for n in looks:
        going = np.convolve(going, binomial(n - before, rate))
        before = n
        (allowed,) = rule.spent([n / last], alpha)
        tails = np.cumsum(going[::-1])[::-1]
        stop = _first(tails <= (allowed - used) * (1 + _SLACK), n)
        if stop is not None:
            used += float(tails[stop])
            going = np.where(np.arange(going.size) >= stop, 0.0, going)
        found.append(Step(n, stop))
    return tuple(found)


def sprt_lines(
    looks: Sequence[int], rate: float, high_rate: float, alpha: float, beta: float
) -> tuple[Array, Array]:
    """Return the upper and lower line, events as real numbers, at each look.

    Raises InputError unless 0 < rate < high_rate < 1 and alpha and beta lie between 0 and 1, with a sum below
    1.
    """
    _check(rate, alpha)
    _check(high_rate, beta)
    if not rate < high_rate or alpha + beta >= 1:
        raise InputError(
            f"a rate of {high_rate:g} is to be told from {rate:g} with alpha {alpha:g} and beta {beta:g}.",
            remedy="Give a higher rate than the acceptable one, and errors that sum to less than 1.",
        )
    n = np.array(check_looks(looks), dtype=np.float64)
    slope = math.log(high_rate / (1 - high_rate)) - math.log(rate / (1 - rate))
    drift = n * math.log((1 - rate) / (1 - high_rate))
    return (math.log((1 - beta) / alpha) + drift) / slope, (math.log(beta / (1 - alpha)) + drift) / slope


def sprt_steps(
    looks: Sequence[int], rate: float, high_rate: float, alpha: float, beta: float
) -> tuple[Step, ...]:
    """Return the whole numbers of events at or beyond Wald's lines; raises InputError as `sprt_lines`."""
    upper, lower = sprt_lines(looks, rate, high_rate, alpha, beta)
    found = []
    for n, high, low in zip(looks, upper, lower, strict=True):
        stop, accept = math.ceil(high - _SLACK), math.floor(low + _SLACK)
        found.append(Step(n, stop if stop <= n else None, accept if accept >= 0 else None))
    return tuple(found)


def upper_tails(n: int, rate: float) -> Array:
    """Return the chance of x events or more, for x from 0 to n."""
    tails = np.ones(n + 1)
    tails[1:] = bdtrc(np.arange(n), n, rate)
    return tails


def _first(flags: np.ndarray, n: int) -> int | None:
    """Return the first count whose flag holds, None where none does."""
    found = int(np.argmax(flags[: n + 1]))
    return found if flags[found] else None


def _check(rate: float, chance: float) -> None:
    if not (0 < rate < 1 and 0 < chance < 1):
        raise InputError(
            f"a rate of {rate:g} and a chance of {chance:g} were given.", remedy="Use values between 0 and 1."
        )
