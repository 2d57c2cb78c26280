"""The outcomes of one criterion for all cases of a batch, as bits of whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tissueclock.eligibility.cohort.comparisons import Bits, answer
from tissueclock.protocol.model import Criterion, CriterionKind
from tissueclock.protocol.rule import Leaf, Rule


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The cases that pass, fail and leave open one criterion; to the others it does not apply."""

    passed: int
    failed: int
    unknown: int


def outcomes_of(item: Criterion, of: Mapping[Leaf, Bits], everyone: int) -> Outcomes:
    """Return the outcomes of a criterion for `everyone`, the cases of the batch."""
    met, unmet = answer(item.rule, of)
    if item.kind is CriterionKind.EXCLUSION:
        met, unmet = unmet, met
    applies, never = (everyone, 0) if item.applies_when is None else answer(item.applies_when, of)
    passed, failed = met & ~never, unmet & applies
    return Outcomes(passed, failed, everyone & ~(passed | failed | never))


def together(outcomes: Iterable[Outcomes]) -> Outcomes:
    """Return the cases that pass at least one, fail at least one, and leave open at least one."""
    passed = failed = unknown = 0
    for found in outcomes:
        passed |= found.passed
        failed |= found.failed
        unknown |= found.unknown
    return Outcomes(passed, failed, unknown)


def rules_of(items: Iterable[Criterion]) -> Iterator[Rule]:
    """Yield every rule of some criteria, also those that say when one applies."""
    for item in items:
        yield item.rule
        if item.applies_when is not None:
            yield item.applies_when
