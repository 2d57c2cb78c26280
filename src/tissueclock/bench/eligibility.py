"""The eligibility suite: how many invented cases a second are decided, derived and explained, on one core."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tissueclock.bench.cohort import invented_cases
from tissueclock.eligibility.decide import decider, readable
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.outcome import Decision
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts
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
    """Decide and explain `cases` invented cases against every registered trial; derive the worked ones."""
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
    ]


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
    seconds = time.perf_counter() - start
    return Row(
        work=work,
        cases=len(cases),
        trials=len(trials),
        criteria=sum(len(trial.criteria) for trial in trials),
        cases_per_second=round(len(cases) / seconds, 1),
        microseconds=round(seconds / (len(cases) * max(len(trials), 1)) * 1e6, 2),
        answers=answers,
    )
