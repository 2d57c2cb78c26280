"""What a forest plot says besides its numbers, and the sentences that name its methods."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.evidence.meta.analysis import Request
from tissueclock.evidence.meta.convention import Convention
from tissueclock.evidence.meta.fixed_counts import MH, PETO
from tissueclock.evidence.meta.glmm.pool import GLMM
from tissueclock.evidence.meta.measures.base import Measure
from tissueclock.evidence.meta.pool import FIXED, Z
from tissueclock.evidence.meta.pooled import PooledEffect
from tissueclock.report.evidence.forest.numbers import measure_words, percent_of
from tissueclock.report.evidence.forest.parts import DAGGER

ARMS = ("Treatment", "Control")
"""The two groups where nobody names them."""
_RECALLED = f"{DAGGER} and an open square: recalled, read in no source."


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestWords:
    """Words of one plot.

    `arms` are the names of the two groups; `favours` stand to the left and the right of no effect. `axis`
    overrules the measure's name. `recalled` has a yes or no a study, or nothing at all. `notes` go below.
    """

    title: str
    subtitle: str = ""
    arms: tuple[str, str] = ARMS
    favours: tuple[str, str] | None = None
    axis: str = ""
    recalled: tuple[bool, ...] = ()
    notes: tuple[str, ...] = ()

    def axis_of(self, measure: Measure) -> str:
        """Return what stands over the plot."""
        return self.axis or ("Proportion" if measure.null is None else measure_words(measure))

    def sides_of(self, measure: Measure) -> tuple[str, str]:
        """Return the words beside no effect: those given, else which of the groups has more."""
        if measure.null is None:
            return "", ""
        arm = self.arms[0].lower()
        return self.favours or (f"less with {arm}", f"more with {arm}")


def method_words(request: Request, pooled: PooledEffect, *, bar: bool = True) -> str:
    """Return what was done, as a figure's footer says it: model, intervals, the bar, the convention."""
    level = percent_of(request.level)
    test = "" if pooled.test == Z else f" by {pooled.test.replace('-', ' ')} ({pooled.df} degrees of freedom)"
    shown = f" Bar: {level} prediction interval." if bar and pooled.pi else ""
    how = f"{model_words(pooled.method, pooled.model)}. {level} intervals{test}.{shown}"
    return f"{how} Convention: {convention_words(request.convention)}."


def model_words(method: str, model: str = "") -> str:
    """Return the model and its method in words."""
    if method == GLMM:
        return f"Binomial-normal model {model}".rstrip()
    if method in (MH, PETO):
        return f"Fixed effect by {'Mantel and Haenszel' if method == MH else 'Peto'}"
    if method == FIXED:
        return "Fixed effect by inverse variance"
    return f"Random effects by inverse variance, τ² by {method}"


def convention_words(convention: Convention) -> str:
    """Return a convention with what it decides."""
    i2 = "Q" if convention.i2_from_q else "τ²"
    return f"{convention.title}, I² from {i2}"


def recalled_words(words: ForestWords) -> tuple[str, ...]:
    """Return the footnote of recalled rows, where there is one."""
    return (_RECALLED,) if any(words.recalled) else ()
