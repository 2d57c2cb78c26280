"""The effect in two groups: a measure with its interval by one method, its p, and the NNT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, isinf
from typing import Any

from scipy.stats import norm

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.two_groups.measure import Limits, Measure
from tissueclock.evidence.two_groups.methods.base import Method, method, methods_of
from tissueclock.evidence.two_groups.nnt import Needed, number_needed
from tissueclock.evidence.two_groups.significance import Significance, pearson
from tissueclock.evidence.two_groups.table import TwoByTwo, ZeroCells


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One measure of two groups with its interval on the natural scale.

    An open end is infinite. `estimate` is None where it is undefined (0/0). `se` is on the scale that the
    interval was made on. `added` is what was added to each cell. `notes` are sentences about this result.
    """

    measure: Measure
    method: str
    title: str
    level: float
    estimate: float | None
    ci_low: float
    ci_high: float
    se: float | None = None
    added: float = 0.0
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the values by name; infinite ones are null, and listed under `infinite`."""
        values = {"estimate": self.estimate, "ci_low": self.ci_low, "ci_high": self.ci_high}
        return {
            "measure": self.measure.value,
            "method": self.method,
            **{name: finite(value) for name, value in values.items()},
            "infinite": [name for name, value in values.items() if value is not None and isinf(value)],
            "level": self.level,
            "se": self.se,
            "scale": "identity" if self.measure is Measure.RD else "log",
            "added_to_cells": self.added,
            "notes": list(self.notes),
        }


def finite(value: float | None) -> float | None:
    """Return a number that JSON can hold: None for an infinite one."""
    return value if value is not None and isfinite(value) else None


def effect(
    table: TwoByTwo,
    measure: Measure,
    name: str | None = None,
    *,
    level: float = 0.95,
    zero_cells: ZeroCells = ZeroCells.NEEDED,
) -> Effect:
    """Return a measure with its interval by the method of that name, None for the measure's default.

    Raises UsageError for an unknown method or a level outside 0..1, InputError where cells are zero, the
    method needs a correction and `zero_cells` is NEVER.
    """
    chosen = method(measure, name)
    z = normal_quantile(level)
    added = _added(table, chosen, zero_cells)
    return _effect(chosen, chosen.limits(table.cells(added), z), level, added)


def _effect(chosen: Method, limits: Limits, level: float, added: float) -> Effect:
    notes = ((f"{added:g} was added to each of the four cells.",) if added else ()) + limits.notes
    return Effect(
        measure=chosen.measure,
        method=chosen.name,
        title=chosen.title,
        level=level,
        estimate=limits.estimate,
        ci_low=limits.low,
        ci_high=limits.high,
        se=limits.se,
        added=added,
        notes=notes,
    )


def normal_quantile(level: float) -> float:
    """Return the z of a two-sided level, 1.96 for 0.95; raises UsageError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise UsageError(f"a level of {level:g}.", remedy="It lies between 0 and 1: 0.95.")
    return float(norm.isf((1 - level) / 2))


def _added(table: TwoByTwo, chosen: Method, rule: ZeroCells) -> float:
    """Return what the rule adds to each cell of this table for this method."""
    if not chosen.corrected:
        return 0.0
    needed = chosen.needs(table.cells())
    if needed and rule is ZeroCells.NEVER:
        raise InputError(
            f"the method {chosen.name} has no interval for it: a cell is zero.",
            where=table.words(),
            remedy="Use the method mn, or another rule for zero cells.",
        )
    escalc = rule is ZeroCells.ESCALC and table.has_zero
    return 0.5 if needed or escalc or rule is ZeroCells.ALWAYS else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEffect:
    """What one study of two groups gives: an effect, Pearson's p whatever the method, and the NNT."""

    table: TwoByTwo
    effect: Effect
    test: Significance
    needed: Needed

    def to_json(self) -> dict[str, Any]:
        """Return the effect's keys with `p`, `p_method` and the NNT's."""
        words = self.test.title if not self.test.reason else f"{self.test.title}: none, {self.test.reason}"
        counts = {"events_1": self.table.events_1, "n_1": self.table.n_1}
        counts |= {"events_2": self.table.events_2, "n_2": self.table.n_2}
        return {
            **self.effect.to_json(),
            "p": self.test.p,
            "p_method": words,
            **self.needed.to_json(),
            "counts": counts,
        }


def study_effect(
    table: TwoByTwo,
    measure: Measure,
    name: str | None = None,
    *,
    level: float = 0.95,
    zero_cells: ZeroCells = ZeroCells.NEEDED,
    event_is_good: bool = True,
) -> StudyEffect:
    """Return the effect of a study with its p and NNT. The NNT is 1/RD of the plain shares.

    Its interval is that of the risk difference by the method asked for, or by Wald where the measure is a
    ratio. Raises what `effect` raises.
    """
    found = effect(table, measure, name, level=level, zero_cells=zero_cells)
    difference = found
    if measure is not Measure.RD or found.added:
        own = name if measure is Measure.RD else None
        difference = effect(table, Measure.RD, own, level=level, zero_cells=ZeroCells.NEEDED)
    needed = number_needed(
        table.cells().p_1 - table.cells().p_2,
        (difference.ci_low, difference.ci_high),
        method=difference.method,
        event_is_good=event_is_good,
    )
    return StudyEffect(table=table, effect=found, test=pearson(table), needed=needed)


def every_effect(table: TwoByTwo, *, level: float = 0.95) -> Iterator[Effect]:
    """Yield the effect by every method of every measure, the default of each measure first."""
    for measure in Measure:
        default = method(measure, None).name
        for name in (default, *(other for other in methods_of(measure) if other != default)):
            yield effect(table, measure, name, level=level)
