"""Which trials are close to one, and where their limits differ.

A shared fact says little by itself: every trial reads the age. Close are trials that test the same kind of
treatment, whose rule on tissue reads the same kinds of measurement, and whose patients could be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tissueclock.eligibility.limits import (
    Printed,
    in_order_of_interest,
    limit_words,
    printed_limits,
    says_nothing,
    selecting_facts,
)
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.lint.ranges import Interval, Values, both
from tissueclock.protocol.model import Protocol

_MOST_RELATED = 3  # our choice: a card is one page
_MOST_DIFFERENCES = 3
_KINDS = (
    frozenset({"aspects_ct", "aspects_dwi", "aspects_posterior"}),
    frozenset({"core_ml", "predicted_core_ml"}),
    frozenset(
        {
            "mismatch_ratio",
            "mismatch_ml",
            "mismatch_ratio_tmax2",
            "mismatch_tmax2_ml",
            "core_fraction_of_risk",
        }
    ),
    frozenset({"dwi_flair_mismatch", "flair_sir"}),
    frozenset({"collateral_grade"}),
    frozenset({"etici_rank", "residual_stenosis_pct"}),
)
"""Our choice: facts of one kind measure the same thing of the tissue, or of the vessel after treatment."""
_VESSEL = frozenset({"occlusion_site", "lkw_to_puncture_h", "planned_evt"})
_CLOCKS = ("lkw_to_puncture_h", "lkw_to_rand_h", "lkw_to_ivt_h")
_LATEST_H = Fraction(24)
"""Our choice: where a window without an end is taken to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another trial: how many selecting facts it shares with this one, and where its limits differ."""

    id: str
    title: str
    shared: int
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the relation as JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "shared_facts": self.shared,
            "differences": list(self.differences),
        }


def related(trial: Protocol, others: Iterable[Protocol]) -> tuple[Related, ...]:
    """Return the closest of the trials that share a selecting fact, the closest first."""
    own = set(selecting_facts(trial))
    candidates = []
    for other in others:
        shared = len(own & set(selecting_facts(other)))
        if other.id != trial.id and shared:
            candidates.append((*_distance(trial, other), -shared, other.id, other))
    return tuple(
        Related(id=other.id, title=other.title, shared=-count, differences=differences(trial, other))
        for *_, count, _, other in sorted(candidates, key=lambda item: item[:-1])[:_MOST_RELATED]
    )


def likeness(trial: Protocol, other: Protocol) -> Fraction:
    """Return how alike two rules on tissue and time are, from 0 to 1.

    Each kind of measurement that either reads counts one, and counts as shared where both read it and no
    limits shut each other out; the window counts by the hours that both admit, of those that either does.
    """
    ours, theirs = printed_limits(trial), printed_limits(other)
    first, second = set(selecting_facts(trial)), set(selecting_facts(other))
    kinds = [kind for kind in _KINDS if kind & (first | second)]
    shared = [
        kind
        for kind in kinds
        if kind & first and kind & second and _meet(kind & first & second, ours, theirs)
    ]
    return (len(shared) + _overlap(_window(trial), _window(other))) / Fraction(len(kinds) + 1)


def differences(trial: Protocol, other: Protocol) -> tuple[str, ...]:
    """Return where the limits of `other` on shared selecting facts differ from those here, imaging first.

    Limits that are the same and decide in only one of the two are named together, last.
    """
    ours, theirs = printed_limits(trial), printed_limits(other)
    shared = [
        name
        for name in in_order_of_interest(selecting_facts(trial))
        if all(name in limits and not says_nothing(name, limits[name]) for limits in (ours, theirs))
    ]
    found = [
        f"{definition_of(name).label} {limit_words(name, theirs[name])}, here {limit_words(name, ours[name])}"
        for name in shared
        if theirs[name].values != ours[name].values
    ]
    same = [name for name in shared if theirs[name].values == ours[name].values]
    for title, (here, there) in ((trial.title, (ours, theirs)), (other.title, (theirs, ours))):
        names = [name for name in same if here[name].analysis and not there[name].analysis]
        if names:
            labels = ", ".join(definition_of(name).label for name in names)
            found.insert(
                _MOST_DIFFERENCES - 1, f"the same limits on {labels}, in {title} for the analysis only"
            )
    return tuple(found[:_MOST_DIFFERENCES])


def _distance(trial: Protocol, other: Protocol) -> tuple[bool, Fraction]:
    return _opens_vessels(trial) != _opens_vessels(other), -likeness(trial, other)


def _opens_vessels(trial: Protocol) -> bool:
    """Tell an endovascular trial from one of thrombolysis alone: it selects by a vessel or a puncture."""
    return not _VESSEL.isdisjoint(selecting_facts(trial))


def _meet(names: Iterable[str], ours: Mapping[str, Printed], theirs: Mapping[str, Printed]) -> bool:
    limited = (name for name in names if name in ours and name in theirs)
    return all(both(ours[name].values, theirs[name].values) for name in limited)


def _window(trial: Protocol) -> Interval | None:
    """Return the hours since last known well that the trial admits, by the first of its clocks."""
    limits = printed_limits(trial)
    values: Values = next((limits[name].values for name in _CLOCKS if name in limits), ())
    intervals = () if isinstance(values, frozenset) else values
    return Interval(intervals[0].low, intervals[-1].high) if intervals else None


def _overlap(first: Interval | None, second: Interval | None) -> Fraction:
    if first is None or second is None:
        return Fraction(0)
    (low, high), (other_low, other_high) = _hours(first), _hours(second)
    common = max(min(high, other_high) - max(low, other_low), Fraction(0))
    every = (high - low) + (other_high - other_low) - common
    return common / every if every else Fraction(0)


def _hours(window: Interval) -> tuple[Fraction, Fraction]:
    low = min(window.low.number, _LATEST_H) if window.low else Fraction(0)
    return low, max(low, min(window.high.number, _LATEST_H) if window.high else _LATEST_H)
