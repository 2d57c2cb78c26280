"""Three-valued logic (Kleene): unknown is a value, and unknown is never yes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """YES, NO or UNKNOWN; deliberately not usable as a bool."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("a Truth has three values: compare it with Truth.YES, Truth.NO or Truth.UNKNOWN")

    @staticmethod
    def of(value: bool | None) -> Truth:
        """Turn a bool, or None for unknown, into a Truth."""
        if value is None:
            return Truth.UNKNOWN
        return Truth.YES if value else Truth.NO


def negate(truth: Truth) -> Truth:
    """Return the Kleene negation: unknown stays unknown."""
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}[truth]


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return the Kleene conjunction: one NO decides, otherwise one gap leaves it open. Empty is YES."""
    seen = set(truths)
    if Truth.NO in seen:
        return Truth.NO
    return Truth.YES if seen <= {Truth.YES} else Truth.UNKNOWN


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return the Kleene disjunction: one YES decides, otherwise one gap leaves it open. Empty is NO."""
    seen = set(truths)
    if Truth.YES in seen:
        return Truth.YES
    return Truth.NO if seen <= {Truth.NO} else Truth.UNKNOWN
