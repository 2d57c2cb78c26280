"""The eligibility suite: how many invented cases a second are decided, derived, explained and counted.

All on one core. `cohort` is the whole way from the text of a CSV to counts, flows, agreement and overlap.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tissueclock.bench.cohort import invented_cases
from tissueclock.bench.registry import write_registry
from tissueclock.eligibility.cohort.tally import count_cohort
from tissueclock.eligibility.decide import decider, readable
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.cohort import Refusals
from tissueclock.protocol.model import Protocol
from tissueclock.protocol.registry import protocols

_MOST_EXPLAINED = 1000
"""Explanations are slow and even; more of them tell nothing new."""

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind of work over all registered trials.

    `cases_per_second` counts cases, each of them against every trial; `microseconds` is the time of one
    case against one trial (of one case, where trials play no part); `answers` counts the decisions.
    """

    work: str
    cases: int
    trials: int
    criteria: int
    cases_per_second: float
    microseconds: float
    answers: Mapping[str, int]

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def line(self) -> str:
        """Return the row as one line: work, size, speed, answers."""
        answers = ", ".join(f"{label} {count}" for label, count in sorted(self.answers.items())) or "-"
        size = f"{self.cases} cases, {self.trials} trials, {self.criteria} criteria"
        speed = f"{self.cases_per_second:.0f} cases/s\t{self.microseconds:.1f} us"
        return f"{self.work}\t{size}\t{speed}\t{answers}"


def eligibility(cases: int, seed: int, progress: Progress) -> list[Row]:
    """Decide, explain and count `cases` invented cases under every trial; derive the worked ones."""
    trials = tuple(protocols().values())
    progress(f"inventing {cases} cases", None)
    cohort = [invented.facts for invented in invented_cases(trials, seed, cases)]
    explained, deciders = cohort[:_MOST_EXPLAINED], [decider(trial) for trial in trials]
    typed = [case.facts() for trial in trials for case in trial.cases]

    def decided(case: CaseFacts) -> list[Decision]:
        seen = readable(case)
        return [decide(seen) for decide in deciders]

    def assessed(case: CaseFacts) -> list[Decision]:
        return [assess(trial, case).decision for trial in trials]

    def derive(case: CaseFacts) -> list[Decision]:
        derived(case)
        return []

    progress("deciding, explaining and deriving", None)
    return [
        _row("decide", cohort, trials, decided),
        _row("explain", explained, trials, assessed),
        _row("derive", typed, (), derive),
        _cohort(trials, seed, cases),
    ]


def _cohort(trials: Sequence[Protocol], seed: int, cases: int) -> Row:
    """Time the way from a CSV of an invented registry to its counts."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registry.csv"
        write_registry(path, trials, seed, cases)
        start = time.perf_counter()
        result = count_cohort(path, trials, Refusals())
        seconds = time.perf_counter() - start
    answers = {
        label: sum(getattr(counts, label) for counts in result.counts)
        for label in ("eligible", "ineligible", "undetermined")
    }
    return _timed("cohort", cases, trials, seconds, answers)


def _row(
    work: str,
    cases: Sequence[CaseFacts],
    trials: Sequence[Protocol],
    run: Callable[[CaseFacts], list[Decision]],
) -> Row:
    answers: Counter[str] = Counter()
    start = time.perf_counter()
    for case in cases:
        answers.update([decision.value for decision in run(case)])
    return _timed(work, len(cases), trials, time.perf_counter() - start, answers)


def _timed(
    work: str, cases: int, trials: Sequence[Protocol], seconds: float, answers: Mapping[str, int]
) -> Row:
    return Row(
        work=work,
        cases=cases,
        trials=len(trials),
        criteria=sum(len(trial.criteria) for trial in trials),
        cases_per_second=round(cases / seconds, 1),
        microseconds=round(seconds / (cases * max(len(trials), 1)) * 1e6, 2),
        answers=answers,
    )
