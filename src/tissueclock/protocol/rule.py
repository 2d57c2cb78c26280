"""Rules over facts: a small closed tree. There is no negation and no "is missing": both invite accidents.

Each leaf compares one fact with what a source prints. A leaf that its fact cannot satisfy or that lies
outside what is plausible is not constructed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tissueclock.core.errors import InputError
from tissueclock.facts.definition import FactDefinition, Kind
from tissueclock.facts.vocabulary import definition_of

Limit = int | Decimal
"""A printed limit, exactly as printed."""

_LARGEST_LIMIT = 10**9  # our choice: exact arithmetic on 1e999999999 would not end


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A number at or between limits: `>=`, `>`, `<=`, `<` or `between`; None is no limit on that side."""

    fact: str
    low: Limit | None = None
    high: Limit | None = None
    includes_low: bool = True
    includes_high: bool = True

    def __post_init__(self) -> None:
        definition = definition_of(self.fact)
        if not definition.numeric:
            raise InputError(f"'{self.fact}' is not a number and has no limits.")
        if self.low is None and self.high is None:
            raise InputError(f"the rule on '{self.fact}' has no limit.")
        for limit in self.limits:
            _check_limit(definition, limit)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InputError(f"the limits of '{self.fact}' are upside down.")

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that are given, the lower one first."""
        return tuple(limit for limit in (self.low, self.high) if limit is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """A word among `words`; a fact that is a set must share a word with them."""

    fact: str
    words: frozenset[str]

    def __post_init__(self) -> None:
        definition = definition_of(self.fact)
        if definition.kind not in (Kind.CHOICE, Kind.SET):
            raise InputError(f"'{self.fact}' is not a word or a list of words.")
        if not self.words or not self.words <= set(definition.choices):
            raise InputError(f"the words for '{self.fact}' must be out of {', '.join(definition.choices)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """A yes-or-no fact that has the given answer."""

    fact: str
    answer: bool

    def __post_init__(self) -> None:
        if definition_of(self.fact).kind is not Kind.BOOLEAN:
            raise InputError(f"'{self.fact}' is not a yes-or-no fact.")


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every branch holds."""

    branches: tuple[Rule, ...]

    def __post_init__(self) -> None:
        _check_branches(self.branches)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one branch holds."""

    branches: tuple[Rule, ...]

    def __post_init__(self) -> None:
        _check_branches(self.branches)


Leaf = Within | OneOf | Is
Rule = Leaf | AllOf | AnyOf


def leaves(rule: Rule) -> tuple[Leaf, ...]:
    """Return the comparisons of a rule, in the order of the file."""
    if isinstance(rule, (AllOf, AnyOf)):
        return tuple(leaf for branch in rule.branches for leaf in leaves(branch))
    return (rule,)


def forced_leaves(rule: Rule, *, holds: bool) -> Iterator[Leaf]:
    """Yield the comparisons that must each hold if the rule is to hold, or each fail if it is to fail.

    A branch of an `any` (of a rule that must fail: of an `all`) forces nothing by itself.
    """
    if isinstance(rule, AllOf if holds else AnyOf):
        for branch in rule.branches:
            yield from forced_leaves(branch, holds=holds)
    elif not isinstance(rule, (AllOf, AnyOf)):
        yield rule


def facts_of(rule: Rule) -> tuple[str, ...]:
    """Return the names that a rule reads, each once, in the order of the file."""
    return tuple(dict.fromkeys(leaf.fact for leaf in leaves(rule)))


def rule_text(rule: Rule) -> str:
    """Return the rule in one line, for example `18 <= age <= 90 years` or `(a) and ((b) or (c))`."""
    if isinstance(rule, AllOf):
        return " and ".join(f"({rule_text(branch)})" for branch in rule.branches)
    if isinstance(rule, AnyOf):
        return " or ".join(f"({rule_text(branch)})" for branch in rule.branches)
    if isinstance(rule, OneOf):
        return f"{rule.fact} in {', '.join(sorted(rule.words))}"
    if isinstance(rule, Is):
        return f"{rule.fact} is {'yes' if rule.answer else 'no'}"
    return _within_text(rule)


def _within_text(rule: Within) -> str:
    below, above = "<=" if rule.includes_low else "<", "<=" if rule.includes_high else "<"
    unit = definition_of(rule.fact).unit
    if rule.low is not None and rule.high is not None:
        text = f"{rule.low} {below} {rule.fact} {above} {rule.high}"
    elif rule.low is not None:
        text = f"{rule.fact} {'>=' if rule.includes_low else '>'} {rule.low}"
    else:
        text = f"{rule.fact} {above} {rule.high}"
    return f"{text} {unit}".strip()


def _check_limit(definition: FactDefinition, limit: Limit) -> None:
    complaint = definition.complaint(limit)
    if not complaint and not -_LARGEST_LIMIT <= limit <= _LARGEST_LIMIT:
        complaint = "is larger than any limit that is printed"
    if complaint:
        raise InputError(f"the limit {limit} for '{definition.name}' {complaint}.")


def _check_branches(branches: tuple[Rule, ...]) -> None:
    if not branches:
        raise InputError("'all' and 'any' need at least one branch.")
