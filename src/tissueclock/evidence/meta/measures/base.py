"""What an effect measure is, and how effects come from counts and go back to the natural scale.

Formulas, and the 1/2 that is added to all cells of a study that has an empty one (and of no other), are
those of metafor's escalc: Viechtbauer W, J Stat Softw 2010;36(3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.registry import ModuleRegistry
from tissueclock.evidence.meta.linear import Array
from tissueclock.evidence.meta.studies import Given, Study, StudyEffect, column

Effects = tuple[Array, Array, NDArray[np.bool_]]
"""Effects (k), sampling variances (k), and which studies were corrected (k)."""
_HALF = 0.5
_LARGEST_LOGARITHM = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """An effect measure.

    `takes` is the kind of study that it is computed from; `effects` does so. `back` takes numbers of the
    analysis scale, and the harmonic mean of the studies' sizes, to the natural scale, rising. `null` is the
    natural value of no effect, None where there is none (a proportion).
    """

    name: str
    title: str
    takes: type[Study]
    effects: Callable[[Sequence[Study]], Effects]
    back: Callable[[Array, float], Array]
    null: float | None
    ratio: bool = False
    needs_n: bool = False


MEASURES: ModuleRegistry[Measure] = ModuleRegistry(
    noun="measure", package="tissueclock.evidence.meta.measures", constant="MEASURE"
)


def study_effects(studies: Sequence[Study], measure: Measure) -> tuple[StudyEffect, ...]:
    """Return the effect of every study; the studies are of the kind that the measure takes, or `Given`.

    Raises ValueError where they are of another kind.
    """
    kinds = {type(study) for study in studies}
    if kinds == {Given}:
        yi, vi = column(studies, "yi"), column(studies, "vi")
        corrected = np.zeros(len(studies), dtype=bool)
    elif kinds == {measure.takes}:
        yi, vi, corrected = measure.effects(studies)
    else:
        raise ValueError(f"{measure.name} is computed from {', '.join(measure.takes.columns)}")
    return tuple(
        StudyEffect(study=study.study, yi=float(y), vi=float(v), n=study.n, corrected=bool(c))
        for study, y, v, c in zip(studies, yi, vi, corrected, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """The cells of 2 x 2 tables (k each), the studies with an empty cell corrected."""

    a: Array
    b: Array
    c: Array
    d: Array
    corrected: NDArray[np.bool_]

    @property
    def n1(self) -> Array:
        """Treated patients."""
        return self.a + self.b

    @property
    def n2(self) -> Array:
        """Controls."""
        return self.c + self.d


def tables(studies: Sequence[Study], *, add: float = _HALF) -> Tables:
    """Return the cells of two-arm studies, `add` added to all four of a study that has an empty one."""
    a, c = column(studies, "ai"), column(studies, "ci")
    b, d = column(studies, "n1i") - a, column(studies, "n2i") - c
    empty = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    extra = np.where(empty, add, 0.0)
    return Tables(a + extra, b + extra, c + extra, d + extra, empty & (add > 0))


@dataclass(frozen=True, slots=True)
class Shares:
    """Events and patients of single groups (k each), corrected where there is no event or nothing else."""

    x: Array
    n: Array
    corrected: NDArray[np.bool_]

    @property
    def p(self) -> Array:
        """The proportions."""
        return self.x / self.n


def shares(studies: Sequence[Study]) -> Shares:
    """Return events and patients, 1/2 added to the events and to the rest where either is 0."""
    x, n = column(studies, "xi"), column(studies, "ni")
    empty = (x == 0) | (x == n)
    return Shares(x + np.where(empty, _HALF, 0.0), n + np.where(empty, 2 * _HALF, 0.0), empty)


def exponential(yi: Array, n: float) -> Array:
    """Return a ratio from its logarithm; beyond e^700, where numbers end, that."""
    return np.exp(np.minimum(yi, _LARGEST_LOGARITHM))


def identity(yi: Array, n: float) -> Array:
    """Return numbers whose analysis scale is the natural one."""
    return yi
