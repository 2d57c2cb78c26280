"""A batch of cases against trials: who fails which criterion, and who may enter, as bits of whole numbers.

It says of every case what `assess` says of it, in every scope: a cohort holds no fact that a quality gate
withholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tissueclock.core.errors import UsageError
from tissueclock.eligibility.cohort.comparisons import Bits, Comparisons
from tissueclock.eligibility.cohort.gates import Outcomes, outcomes_of, rules_of, together
from tissueclock.eligibility.cohort.predicates import Predicates
from tissueclock.eligibility.evaluate import SCOPES
from tissueclock.facts.cohort import Batch, Refusals
from tissueclock.facts.cohort_cells import Coder
from tissueclock.protocol.model import Criterion, Protocol, Role
from tissueclock.protocol.rule import Leaf


@dataclass(frozen=True, slots=True)
class Decided:
    """The cases that one trial admits and refuses, and the outcomes of its criteria in order."""

    eligible: int
    ineligible: int
    outcomes: tuple[Outcomes, ...]


class Deciders:
    """Trials, ready to decide batches of cases.

    `registered` are the trials whose predicates are derived. `gates` holds the criteria of each trial that
    are asked in the scope and decide. Raises UsageError for an unknown scope.
    """

    def __init__(
        self, trials: Sequence[Protocol], registered: Iterable[Protocol], scope: str = "full"
    ) -> None:
        if scope not in SCOPES:
            raise UsageError(f"there is no scope '{scope}'.", remedy=f"Known: {', '.join(SCOPES)}.")
        self.trials = tuple(trials)
        self.gates = tuple(_gates(trial, scope) for trial in trials)
        self._open_counts = scope != "computable"
        self._predicates = Predicates(registered)
        asked = (rule for gates in self.gates for rule in rules_of(gates))
        self._comparisons = Comparisons((*asked, *self._predicates.rules))

    @property
    def coders(self) -> Mapping[str, Coder]:
        """What the cases have to be read with."""
        return self._comparisons.coders

    def consistent(self, batch: Batch, refusals: Refusals) -> Batch:
        """Return the batch without cases whose typed predicates contradict their criteria; they are noted."""
        batch, bad = self._predicates.without_contradictions(self._comparisons, batch)
        for line, reason in bad:
            refusals.add(line, reason)
        return batch

    def decide(self, batch: Batch) -> tuple[Decided, ...]:
        """Return the answers of every trial, in their order."""
        everyone = (1 << len(batch.ids)) - 1
        of = self._predicates.settle(self._comparisons, batch).answers
        return tuple(
            _undecided(gates, everyone) if trial.draft else self._decided(gates, of, everyone)
            for trial, gates in zip(self.trials, self.gates, strict=True)
        )

    def _decided(self, gates: Sequence[Criterion], of: Mapping[Leaf, Bits], everyone: int) -> Decided:
        outcomes = tuple(outcomes_of(item, of, everyone) for item in gates)
        if not self._open_counts:
            outcomes = tuple(replace(found, unknown=0) for found in outcomes)
        found = together(outcomes)
        return Decided(found.passed & ~found.failed & ~found.unknown, found.failed, outcomes)


def _undecided(gates: Sequence[Criterion], everyone: int) -> Decided:
    """Return the answer of a draft, which decides nothing: every criterion counts as open."""
    return Decided(0, 0, tuple(Outcomes(0, 0, everyone) for _ in gates))


def _gates(trial: Protocol, scope: str) -> tuple[Criterion, ...]:
    gates = (item for item in trial.criteria if item.role is Role.GATE)
    return tuple(item for item in gates if item.imaging or scope != "imaging")
