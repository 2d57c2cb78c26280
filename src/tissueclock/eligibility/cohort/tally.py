"""Counts over the batches of a cohort: what is kept does not grow with the number of cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from tissueclock.core.errors import InputError
from tissueclock.eligibility.cohort.decide import Decided, Deciders
from tissueclock.eligibility.cohort.result import (
    CohortResult,
    Combination,
    Flow,
    FlowStep,
    Pair,
    TrialCounts,
)
from tissueclock.eligibility.outcome import Decision
from tissueclock.facts.cohort import Refusals, read_batches
from tissueclock.protocol.model import Criterion, Protocol
from tissueclock.protocol.registry import protocols

_STEP_COUNTS = 7
_WORDS = (
    (("1", "0"), Decision.ELIGIBLE.value),
    (("0", "1"), Decision.INELIGIBLE.value),
    (("0", "0"), Decision.UNDETERMINED.value),
)

Rows = Callable[[Sequence[tuple[str, ...]]], None]
"""Takes the decisions of a batch, a row a case: its id, then each trial's answer."""


def count_cohort(
    path: Path,
    trials: Sequence[Protocol],
    refusals: Refusals,
    *,
    scope: str = "full",
    skip_bad_rows: bool = False,
    rows: Rows | None = None,
) -> CohortResult:
    """Decide every case of a CSV under every trial and count; `rows` is given the decisions on the way.

    Raises what `facts.cohort.read_batches` raises, and InputError where no case is left.
    """
    deciders = Deciders(trials, protocols().values(), scope)
    tally = Tally(deciders, scope)
    for read in read_batches(path, deciders.coders, refusals, skip_bad_rows=skip_bad_rows):
        batch = deciders.consistent(read, refusals)
        decided = deciders.decide(batch)
        tally.add(decided, len(batch.ids))
        if rows is not None:
            rows(list(decision_rows(batch.ids, decided)))
    if not tally.n:
        raise InputError(
            "it holds no case that can be read.",
            where=path.name,
            remedy="Write one row a case under the header.",
        )
    return tally.result()


def decision_rows(ids: Sequence[str], decided: Sequence[Decided]) -> Iterator[tuple[str, ...]]:
    """Yield (id, each trial's answer) of every case of a batch."""
    words = dict(_WORDS)
    columns = [
        [words[pair] for pair in zip(_digits(item.eligible, ids), _digits(item.ineligible, ids), strict=True)]
        for item in decided
    ]
    return zip(ids, *columns, strict=True)


class Tally:
    """The sums so far, over `n` cases."""

    def __init__(self, deciders: Deciders, scope: str) -> None:
        self._deciders = deciders
        self._scope = scope
        self.n = 0
        self._decisions = [[0, 0] for _ in deciders.trials]
        self._steps = [[[0] * _STEP_COUNTS for _ in gates] for gates in deciders.gates]
        self._pairs = {pair: [[0] * 3 for _ in range(3)] for pair in self._numbers()}
        self._combinations: Counter[tuple[str, ...]] = Counter()

    def add(self, decided: Sequence[Decided], cases: int) -> None:
        """Add a batch of so many cases."""
        everyone = (1 << cases) - 1
        self.n += cases
        for item, sums, steps in zip(decided, self._decisions, self._steps, strict=True):
            _add(sums, (item.eligible.bit_count(), item.ineligible.bit_count()))
            for step, counts in zip(steps, _flow(item, everyone), strict=True):
                _add(step, counts)
        answers = [_answers(item, everyone) for item in decided]
        for (first, second), table in self._pairs.items():
            for row, mine in zip(table, answers[first], strict=True):
                _add(row, [(mine & other).bit_count() for other in answers[second]])
        ids = range(cases)
        self._combinations.update(zip(*(_digits(item.eligible, ids) for item in decided), strict=True))

    def result(self) -> CohortResult:
        """Return what was counted."""
        names = [trial.id for trial in self._deciders.trials]
        found = {
            tuple(name for name, digit in zip(names, pattern, strict=True) if digit == "1"): n
            for pattern, n in self._combinations.items()
        }
        under_none = found.pop((), 0)
        ranked = sorted(found.items(), key=lambda item: (-item[1], len(item[0]), item[0]))
        return CohortResult(
            n=self.n,
            scope=self._scope,
            flows=tuple(map(self._flow, range(len(names)))),
            pairs=tuple(
                Pair(first=names[first], second=names[second], table=tuple(map(tuple, table)))
                for (first, second), table in self._pairs.items()
            ),
            combinations=tuple(Combination(trials, n) for trials, n in ranked),
            under_none=under_none,
        )

    def _numbers(self) -> Iterator[tuple[int, int]]:
        return combinations(range(len(self._deciders.trials)), 2)

    def _flow(self, at: int) -> Flow:
        trial, (eligible, ineligible) = self._deciders.trials[at], self._decisions[at]
        counts = TrialCounts(
            trial=trial.id,
            title=trial.title,
            digest=trial.digest,
            eligible=eligible,
            ineligible=ineligible,
            undetermined=self.n - eligible - ineligible,
            unread=trial.unread,
        )
        gates = zip(self._deciders.gates[at], self._steps[at], strict=True)
        return Flow(counts=counts, steps=tuple(_step(item, sums) for item, sums in gates))


def _flow(decided: Decided, everyone: int) -> Iterator[tuple[int, ...]]:
    """Yield the counts of every criterion of a trial in a batch, in the order of `FlowStep`."""
    once = twice = ever_open = 0
    for found in decided.outcomes:
        twice |= once & found.failed
        once |= found.failed
        ever_open |= found.unknown
    left, is_open, alone = everyone, 0, once & ~twice
    for found in decided.outcomes:
        excluded, only = left & found.failed, found.failed & alone
        left &= ~found.failed
        is_open |= found.unknown
        counted = (found.failed, found.unknown, excluded, left, left & is_open, only, only & ~ever_open)
        yield tuple(bits.bit_count() for bits in counted)


def _step(item: Criterion, sums: Sequence[int]) -> FlowStep:
    failed, unknown, excluded, remaining, remaining_open, only_reason, only_reason_rest_met = sums
    return FlowStep(
        criterion=item.id,
        kind=item.kind.value,
        text=item.text,
        confidence=item.confidence.value,
        failed=failed,
        unknown=unknown,
        excluded=excluded,
        remaining=remaining,
        remaining_open=remaining_open,
        only_reason=only_reason,
        only_reason_rest_met=only_reason_rest_met,
    )


def _answers(item: Decided, everyone: int) -> tuple[int, int, int]:
    return item.eligible, everyone & ~(item.eligible | item.ineligible), item.ineligible


def _add(sums: list[int], counts: Sequence[int]) -> None:
    for at, count in enumerate(counts):
        sums[at] += count


def _digits(bits: int, cases: Sequence[object]) -> str:
    """Return a bit a case as a digit, in the order of the cases."""
    return f"{bits:0{len(cases)}b}" if cases else ""
