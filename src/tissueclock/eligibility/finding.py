"""A rule over facts in three values, with the reason and what is missing.

Numbers are compared as the decimals or fractions that they are, never as binary neighbours. An infinite
ratio satisfies every lower limit and no upper one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tissueclock.core.exact import exact
from tissueclock.core.truth import Truth, all_of, any_of
from tissueclock.eligibility.wording import sentence
from tissueclock.facts.case import CaseFacts, Infinite
from tissueclock.facts.definition import FactValue
from tissueclock.protocol.rule import AllOf, AnyOf, Is, Leaf, OneOf, Rule, Within, leaves


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a rule holds, why, and which unknown facts leave it open (none unless it is UNKNOWN)."""

    truth: Truth
    because: str
    missing: tuple[str, ...] = ()


def find(rule: Rule, case: CaseFacts) -> Finding:
    """Evaluate `rule` on what rules may read of `case`; the reason names only the branches that decided."""
    if not isinstance(rule, (AllOf, AnyOf)):
        truth = _leaf_truth(rule, case.known(rule.fact))
        missing = (rule.fact,) if truth is Truth.UNKNOWN else ()
        return Finding(truth, sentence(rule, case.get(rule.fact), truth), missing)
    branches = [find(branch, case) for branch in rule.branches]
    combine = all_of if isinstance(rule, AllOf) else any_of
    truth = combine(branch.truth for branch in branches)
    deciding = [branch for branch in branches if branch.truth is truth]
    return Finding(
        truth,
        "; ".join(unique(branch.because for branch in deciding)),
        unique(name for branch in deciding for name in branch.missing),
    )


def borderline(rule: Rule, case: CaseFacts) -> tuple[str, ...]:
    """Return the known facts whose interval has a limit of `rule` inside it."""
    return unique(leaf.fact for leaf in leaves(rule) if isinstance(leaf, Within) and _straddles(leaf, case))


def gates_of(names: Iterable[str], case: CaseFacts) -> tuple[str, ...]:
    """Return the quality gates that withhold any of the named facts."""
    return unique(gate for name in names if name in case for gate in case[name].withheld_by)


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """Return the items in order, each once."""
    return tuple(dict.fromkeys(items))


def _leaf_truth(leaf: Leaf, value: FactValue | Infinite | None) -> Truth:
    if value is None:
        return Truth.UNKNOWN
    if isinstance(leaf, Is):
        return Truth.of(value is leaf.answer)
    if isinstance(leaf, OneOf):
        return Truth.of(bool(leaf.words & (value if isinstance(value, frozenset) else {value})))
    if isinstance(value, Infinite):
        return Truth.of(leaf.high is None)
    if not isinstance(value, (int, float, Decimal, Fraction)):
        raise TypeError(f"'{leaf.fact}' is not a number")
    return Truth.of(_above_low(leaf, exact(value)) and _below_high(leaf, exact(value)))


def _above_low(leaf: Within, number: Fraction) -> bool:
    if leaf.low is None:
        return True
    return number >= exact(leaf.low) if leaf.includes_low else number > exact(leaf.low)


def _below_high(leaf: Within, number: Fraction) -> bool:
    if leaf.high is None:
        return True
    return number <= exact(leaf.high) if leaf.includes_high else number < exact(leaf.high)


def _straddles(leaf: Within, case: CaseFacts) -> bool:
    fact = case.get(leaf.fact)
    if fact is None or fact.known is None or fact.interval is None:
        return False
    low, high = (exact(end) for end in fact.interval)
    return any(holds(leaf, low) != holds(leaf, high) for holds in (_above_low, _below_high))
