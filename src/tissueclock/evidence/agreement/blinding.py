"""Did the blinding hold? The indices of James and of Bang, from what patients or raters guessed.

James KE et al., Stat Med 1996;15:1421-1434: one index of a trial, 1 where nobody could tell, 0 where all
could. Bang H, Ni L, Davis CE, Control Clin Trials 2004;25:143-156: one of each arm, 1 where all guessed
right, 0 at chance, -1 where all guessed wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

Interval = tuple[float, float]
_MOST_GUESSED = 0.2
"""An index of Bang whose interval lies wholly beyond this is far from chance (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmGuesses:
    """How many of an arm guessed that they were treated, that they were controls, or did not know."""

    arm: str
    treatment: int
    control: int
    unknown: int

    def __post_init__(self) -> None:
        counts = (self.treatment, self.control, self.unknown)
        if min(counts) < 0:
            raise ValueError(f"arm '{self.arm}' has a count below 0")
        if sum(counts) == 0:
            raise ValueError(f"arm '{self.arm}' has no guess")

    @property
    def n(self) -> int:
        """How many were asked."""
        return self.treatment + self.control + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A blinding index with its standard error and normal interval; None, with a `reason`, if undefined."""

    name: str
    n: int
    estimate: float | None = None
    standard_error: float | None = None
    interval: Interval | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return every number by its name."""
        return {
            "name": self.name,
            "n": self.n,
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "interval": list(self.interval) if self.interval else None,
        } | ({"reason": self.reason} if self.reason else {})


def blinding_indices(
    treated: ArmGuesses, control: ArmGuesses, level: float = 0.95
) -> tuple[Index, Index, Index]:
    """Return James' index of the trial and Bang's of the treated and of the control arm."""
    reach = NormalDist().inv_cdf((1 + level) / 2)
    return (
        _james(treated, control, reach),
        _bang(treated, treated.treatment, treated.control, reach),
        _bang(control, control.control, control.treatment, reach),
    )


def guess_words(index: Index) -> str:
    """Return what an index of Bang means, by its interval."""
    if index.interval is None:
        return index.reason
    low, high = index.interval
    if low > 0:
        return "more right guesses than chance gives" + (" (far more)" if low > _MOST_GUESSED else "")
    return "more wrong guesses than chance gives" if high < 0 else "no sign beyond chance"


def _bang(guesses: ArmGuesses, right: int, wrong: int, reach: float) -> Index:
    estimate = (right - wrong) / guesses.n
    error = math.sqrt(((right + wrong) / guesses.n - estimate**2) / guesses.n)
    return _index(f"bang {guesses.arm}", guesses.n, estimate, error, reach)


def _james(treated: ArmGuesses, control: ArmGuesses, reach: float) -> Index:
    """Return James' index: who does not know counts 1, who is wrong a half, against chance.

    With k the share that guesses, w the share that guesses wrong and m what the margins alone would make
    wrong, times k, it is 1 - k + k^2 w / (2 m). The variance is the delta method's over the shares.
    """
    n = treated.n + control.n
    right_t, wrong_t = treated.treatment / n, treated.control / n
    wrong_c, right_c = control.treatment / n, control.control / n
    guessing, wrong = right_t + wrong_t + wrong_c + right_c, wrong_t + wrong_c
    in_t, in_c, said_t, said_c = right_t + wrong_t, wrong_c + right_c, right_t + wrong_c, wrong_t + right_c
    chance = in_t * said_c + in_c * said_t
    if chance == 0:
        reason = "nobody guessed" if guessing == 0 else "one arm or one guess has nobody who guessed"
        return Index(name="james", n=n, reason=reason)
    estimate = 1 - guessing + guessing**2 * wrong / (2 * chance)
    scale = guessing**2 / (2 * chance)
    shared = guessing * wrong / chance - 1
    slopes = (
        (right_t, shared - scale * wrong / chance * (said_c + in_c)),
        (wrong_t, shared - scale * wrong / chance * (said_c + in_t) + scale),
        (wrong_c, shared - scale * wrong / chance * (said_t + in_c) + scale),
        (right_c, shared - scale * wrong / chance * (said_t + in_t)),
    )
    mean = math.fsum(share * slope for share, slope in slopes)
    spread = math.fsum(share * slope**2 for share, slope in slopes) - mean**2
    return _index("james", n, estimate, math.sqrt(max(spread, 0.0) / n), reach)


def _index(name: str, n: int, estimate: float, error: float, reach: float) -> Index:
    interval = (estimate - reach * error, estimate + reach * error)
    return Index(name=name, n=n, estimate=estimate, standard_error=error, interval=interval)
