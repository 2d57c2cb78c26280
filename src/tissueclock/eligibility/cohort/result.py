"""What a cohort amounts to: counts, flows, agreement and overlap of trials, as values and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tissueclock.eligibility.cohort.kappa import Kappa, cohen_kappa

LARGEST_COMBINATIONS = 20
"""Our choice: more columns than a person compares in one picture."""

Table = tuple[tuple[int, ...], ...]
"""Counts of cases: eligible, undetermined, ineligible under one trial, by the same under another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCounts:
    """How many cases a trial admits, refuses and leaves open; together they are all cases.

    `unread` is what of the trial's lists was read in no source, so that nobody was asked it.
    """

    trial: str
    title: str
    digest: str
    eligible: int
    ineligible: int
    undetermined: int
    unread: str = ""

    @property
    def n(self) -> int:
        """All cases."""
        return self.eligible + self.ineligible + self.undetermined


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One criterion, in the order of the file.

    `failed` and `unknown` count all cases. `excluded` are those that came this far and fail here; `remaining`
    those that are left, `remaining_open` of them with something unknown so far. `only_reason` fail on this
    criterion and on no other, `only_reason_rest_met` of them with nothing unknown: this criterion alone keeps
    them out.
    """

    criterion: str
    kind: str
    text: str
    confidence: str
    failed: int
    unknown: int
    excluded: int
    remaining: int
    remaining_open: int
    only_reason: int
    only_reason_rest_met: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The criteria of a trial one after the other; what remains is eligible or undetermined."""

    counts: TrialCounts
    steps: tuple[FlowStep, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the flow as JSON values."""
        return {
            "n": self.counts.n,
            "steps": [asdict(step) for step in self.steps],
            "eligible": self.counts.eligible,
            "undetermined": self.counts.undetermined,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two trials on the same cases; `table` has the first one's answers as rows."""

    first: str
    second: str
    table: Table

    @property
    def both(self) -> int:
        """How many are eligible under both."""
        return self.table[0][0]

    @property
    def either(self) -> int:
        """How many are eligible under at least one."""
        return sum(self.table[0]) + sum(row[0] for row in self.table[1:])

    @property
    def of_three(self) -> Kappa:
        """Agreement on eligible, undetermined and ineligible."""
        return cohen_kappa(self.table)

    @property
    def of_two(self) -> Kappa:
        """Agreement on eligible and ineligible, among the cases that both trials decide."""
        return cohen_kappa([[self.table[i][j] for j in (0, 2)] for i in (0, 2)])

    def to_json(self) -> dict[str, Any]:
        """Return the agreement as JSON values."""
        return {
            "trials": [self.first, self.second],
            "table": [list(row) for row in self.table],
            "three_answers": self.of_three.to_json(),
            "both_decided": self.of_two.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Combination:
    """The cases that are eligible under exactly these trials and no other."""

    trials: tuple[str, ...]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortResult:
    """All that was counted. `combinations` has the largest first, the empty one left out: `under_none`."""

    n: int
    scope: str
    flows: tuple[Flow, ...]
    pairs: tuple[Pair, ...]
    combinations: tuple[Combination, ...]
    under_none: int

    @property
    def counts(self) -> tuple[TrialCounts, ...]:
        """The counts of each trial."""
        return tuple(flow.counts for flow in self.flows)

    @property
    def largest(self) -> tuple[Combination, ...]:
        """The combinations that are shown."""
        return self.combinations[:LARGEST_COMBINATIONS]

    @property
    def in_smaller(self) -> int:
        """How many cases are in the combinations that are not shown."""
        return sum(item.n for item in self.combinations[LARGEST_COMBINATIONS:])

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "n": self.n,
            "scope": self.scope,
            "trials": {item.trial: _without(asdict(item), "trial") for item in self.counts},
            "agreement": [pair.to_json() for pair in self.pairs],
            "overlap": {
                "combinations": [{"trials": list(item.trials), "n": item.n} for item in self.largest],
                "smaller_combinations": len(self.combinations) - len(self.largest),
                "in_smaller_combinations": self.in_smaller,
                "under_none": self.under_none,
                "pairs": [
                    {"trials": [pair.first, pair.second], "both": pair.both, "either": pair.either}
                    for pair in self.pairs
                ],
            },
            "flow": {flow.counts.trial: flow.to_json() for flow in self.flows},
        }


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}
