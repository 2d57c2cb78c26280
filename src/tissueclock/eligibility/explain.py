"""A trial's rule in plain English, for a person who reads the protocol and has no patient in mind."""

from __future__ import annotations

from decimal import Decimal

from tissueclock.facts.vocabulary import definition_of, judgement_parts
from tissueclock.protocol.guideline import Recommendation
from tissueclock.protocol.model import Confidence, Criterion, CriterionKind, Role
from tissueclock.protocol.rule import AllOf, AnyOf, Limit, OneOf, Rule, Within


def criterion_words(criterion: Criterion) -> str:
    """Return what a criterion does with which rule, for example `excludes: INR above 3; only where ...`."""
    words = f"{_verb(criterion)}: {rule_words(criterion.rule)}"
    if criterion.applies_when is None:
        return words
    return f"{words}; only where {rule_words(criterion.applies_when)}"


def source_words(criterion: Criterion | Recommendation) -> str:
    """Return where a criterion or recommendation was read, or that it was not read but recalled."""
    place = f"{criterion.source}; {criterion.place}"
    if criterion.confidence is Confidence.FOUND:
        return f"read in {place}"
    return f"{criterion.confidence.value.upper()}, not read: {place}"


def rule_words(rule: Rule) -> str:
    """Return a rule with its limits and units, for example `age from 18 to 90 years (both included)`."""
    if isinstance(rule, AllOf):
        return " and ".join(map(_inner, rule.branches))
    if isinstance(rule, AnyOf):
        return " or ".join(map(_inner, rule.branches))
    label = definition_of(rule.fact).label
    if isinstance(rule, Within):
        return f"{label} {_limits(rule)}"
    if isinstance(rule, OneOf):
        return f"{label} {' or '.join(sorted(rule.words))}"
    if judgement_parts(rule.fact):
        return f"a person judges that it {'holds' if rule.answer else 'does not hold'}"
    return f"{label}: {'yes' if rule.answer else 'no'}"


def _inner(rule: Rule) -> str:
    several = isinstance(rule, (AllOf, AnyOf)) and len(rule.branches) > 1
    return f"({rule_words(rule)})" if several else rule_words(rule)


def _verb(criterion: Criterion) -> str:
    if criterion.role is not Role.GATE:
        return "stratifies by" if criterion.role is Role.STRATUM else "is analysed where"
    return "requires" if criterion.kind is CriterionKind.INCLUSION else "excludes"


def _limits(rule: Within) -> str:
    unit = definition_of(rule.fact).unit
    if rule.low is not None and rule.high is not None:
        words = f"from {_number(rule.low)} to {_with_unit(rule.high, unit)}"
        if rule.includes_low and rule.includes_high:
            return f"{words} (both included)"
        named = [
            _number(limit)
            for limit, includes in ((rule.low, rule.includes_low), (rule.high, rule.includes_high))
            if not includes
        ]
        return f"{words} (without {' and '.join(named)})"
    if rule.low is not None:
        return _one_side(rule.low, unit, rule.includes_low, "or more", "above")
    if rule.high is not None:
        return _one_side(rule.high, unit, rule.includes_high, "or less", "below")
    raise AssertionError("unreachable: a comparison has a limit")


def _one_side(limit: Limit, unit: str, includes: bool, at: str, beyond: str) -> str:
    number = _with_unit(limit, unit)
    return f"of {number} {at}" if includes else f"{beyond} {number}"


def _with_unit(limit: Limit, unit: str) -> str:
    return f"{_number(limit)} {unit}".strip()


def _number(limit: Limit) -> str:
    return f"{limit:f}" if isinstance(limit, Decimal) else str(limit)
