"""A batch of cases against trials: who fails which criterion, and who may enter, as bits of whole numbers.

It says of every case what `assess` says of it, in every scope: a cohort holds no fact that a quality gate
withholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tissueclock.core.errors import UsageError
from tissueclock.eligibility.cohort.comparisons import Bits, Comparisons, answer
from tissueclock.eligibility.evaluate import SCOPES
from tissueclock.facts.cohort import Batch
from tissueclock.facts.cohort_cells import Coder
from tissueclock.protocol.model import Criterion, CriterionKind, Protocol, Role
from tissueclock.protocol.rule import Leaf, Rule


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The cases that pass, fail and leave open one criterion; to the others it does not apply."""

    passed: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The cases that one trial admits and refuses, and the outcomes of its criteria in order."""

    eligible: int
    ineligible: int
    outcomes: tuple[Outcomes, ...]


class Deciders:
    """Trials, ready to decide batches of cases.

    `gates` holds the criteria of each trial that are asked in the scope and decide. Raises UsageError for an
    unknown scope.
    """

    def __init__(self, trials: Sequence[Protocol], scope: str = "full") -> None:
        if scope not in SCOPES:
            raise UsageError(f"there is no scope '{scope}'.", remedy=f"Known: {', '.join(SCOPES)}.")
        self.trials = tuple(trials)
        self.gates = tuple(_gates(trial, scope) for trial in trials)
        self._open_counts = scope != "computable"
        self._comparisons = Comparisons(
            rule for gates in self.gates for item in gates for rule in _rules(item)
        )

    @property
    def coders(self) -> Mapping[str, Coder]:
        """What the cases have to be read with."""
        return self._comparisons.coders

    def decide(self, batch: Batch) -> tuple[Decided, ...]:
        """Return the answers of every trial, in their order."""
        everyone = (1 << len(batch.ids)) - 1
        of = self._comparisons.answers(batch)
        return tuple(self._decided(gates, of, everyone) for gates in self.gates)

    def _decided(self, gates: Sequence[Criterion], of: Mapping[Leaf, Bits], everyone: int) -> Decided:
        outcomes = tuple(self._outcomes(item, of, everyone) for item in gates)
        passed = failed = unknown = 0
        for found in outcomes:
            passed |= found.passed
            failed |= found.failed
            unknown |= found.unknown
        return Decided(passed & ~failed & ~unknown, failed, outcomes)

    def _outcomes(self, item: Criterion, of: Mapping[Leaf, Bits], everyone: int) -> Outcomes:
        met, unmet = answer(item.rule, of)
        if item.kind is CriterionKind.EXCLUSION:
            met, unmet = unmet, met
        applies, never = (everyone, 0) if item.applies_when is None else answer(item.applies_when, of)
        passed, failed = met & ~never, unmet & applies
        unknown = everyone & ~(passed | failed | never) if self._open_counts else 0
        return Outcomes(passed, failed, unknown)


def _gates(trial: Protocol, scope: str) -> tuple[Criterion, ...]:
    gates = (item for item in trial.criteria if item.role is Role.GATE)
    return tuple(item for item in gates if item.imaging or scope != "imaging")


def _rules(item: Criterion) -> Iterator[Rule]:
    yield item.rule
    if item.applies_when is not None:
        yield item.applies_when
