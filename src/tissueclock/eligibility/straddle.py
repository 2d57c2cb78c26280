"""What is borderline: the criteria whose limit lies inside the interval of a fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tissueclock.core.exact import exact
from tissueclock.eligibility.finding import borderline
from tissueclock.eligibility.outcome import Assessment, Outcome
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.rule import Limit, Within, leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Straddle:
    """A limit of a criterion inside the interval of a fact; it never changes a decision."""

    trial: str
    criterion: str
    fact: str
    value: float | None
    unit: str
    limit: Limit
    interval: tuple[float, float]
    outcome: str

    def text(self) -> str:
        """Return the interval and the limit in words."""
        low, high = self.interval
        return (
            f"{low:g} to {high:g} {self.unit}".strip()
            + f" around the limit of {self.limit} {self.unit}".rstrip()
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "trial": self.trial,
            "criterion": self.criterion,
            "fact": self.fact,
            "value": self.value,
            "unit": self.unit,
            "limit": float(self.limit),
            "interval": list(self.interval),
            "outcome": self.outcome,
        }


def straddles(protocol: Protocol, case: CaseFacts, assessment: Assessment) -> tuple[Straddle, ...]:
    """Return each limit inside an interval, for the criteria of `assessment` that apply; one a limit."""
    outcomes = {item.id: item.outcome for item in assessment.criteria}
    found = []
    for item in protocol.criteria:
        if outcomes.get(item.id, Outcome.NOT_APPLICABLE) is Outcome.NOT_APPLICABLE:
            continue
        names = borderline(item.rule, case)
        for leaf in leaves(item.rule):
            if isinstance(leaf, Within) and leaf.fact in names:
                found += [
                    _straddle(protocol, item.id, case[leaf.fact], limit, outcomes[item.id])
                    for limit in _inside(leaf, case[leaf.fact])
                ]
    return tuple(dict.fromkeys(found))


def _inside(leaf: Within, fact: Fact) -> Iterator[Limit]:
    """Yield the limits that one end of the interval keeps and the other does not."""
    if fact.interval is None:
        return
    low, high = (exact(end) for end in fact.interval)
    if leaf.low is not None and _keeps(leaf.includes_low, low, exact(leaf.low)) != _keeps(
        leaf.includes_low, high, exact(leaf.low)
    ):
        yield leaf.low
    if leaf.high is not None and _keeps(leaf.includes_high, -low, -exact(leaf.high)) != _keeps(
        leaf.includes_high, -high, -exact(leaf.high)
    ):
        yield leaf.high


def _keeps(includes: bool, number: Any, limit: Any) -> bool:
    return bool(number >= limit if includes else number > limit)


def _straddle(protocol: Protocol, criterion: str, fact: Fact, limit: Limit, outcome: Outcome) -> Straddle:
    value = fact.value
    number = None if value is None or isinstance(value, (str, frozenset)) else float(value)
    if fact.interval is None:
        raise TypeError(f"'{fact.name}' has no interval")
    return Straddle(
        trial=protocol.id,
        criterion=criterion,
        fact=fact.name,
        value=number,
        unit=definition_of(fact.name).unit,
        limit=limit,
        interval=fact.interval,
        outcome=outcome.value,
    )
