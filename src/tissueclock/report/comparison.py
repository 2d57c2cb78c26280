"""What comparing two sources of volumes gives: agreement of every measure and of every rule's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tissueclock.eligibility.cohort.kappa import Kappa
from tissueclock.evidence.agreement.pairs import Agreement

OPEN = "undetermined"
"""The verdict of a rule that what is known of a case cannot settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One case measured twice."""

    case: str
    ours: float
    theirs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One quantity in the cases that have it as a number in both sources.

    `left_out` says why pairs are missing, and how many: unknown on a side, withheld, or an infinite ratio.
    """

    name: str
    label: str
    unit: str
    pairs: tuple[Pair, ...]
    agreement: Agreement
    left_out: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the statistics and the pairs they rest on."""
        return {
            "unit": self.unit,
            "n": len(self.pairs),
            "left_out": dict(self.left_out),
            **self.agreement.to_json(),
            "pairs": [{"case": pair.case, "ours": pair.ours, "theirs": pair.theirs} for pair in self.pairs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """The cases that one source gives one verdict and the other another."""

    ours: str
    theirs: str
    cases: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether one of the two is no verdict."""
        return OPEN in (self.ours, self.theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAgreement:
    """One rule's verdicts by both sources.

    `counts` are the cases, rows by our verdict, columns by theirs, in the order of `verdicts`. `kappa` is
    over those to which both give a verdict. `asked` are the criteria that the two sources can answer,
    `left_out` those that they cannot.
    """

    id: str
    kind: str
    title: str
    verdicts: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    kappa: Kappa
    flips: tuple[Flip, ...]
    asked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def decided(self) -> tuple[Flip, ...]:
        """The flips between two verdicts."""
        return tuple(flip for flip in self.flips if not flip.open)

    @property
    def opened(self) -> int:
        """How many cases only one source settles."""
        return sum(len(flip.cases) for flip in self.flips if flip.open)

    def to_json(self) -> dict[str, Any]:
        """Return the table, the kappa and the cases of every flip."""
        return {
            "kind": self.kind,
            "title": self.title,
            "verdicts": list(self.verdicts),
            "counts": [list(row) for row in self.counts],
            "kappa_decided_by_both": self.kappa.to_json(),
            "flips": [
                {"ours": flip.ours, "theirs": flip.theirs, "n": len(flip.cases), "cases": list(flip.cases)}
                for flip in self.flips
            ],
            "criteria_asked": list(self.asked),
            "criteria_left_out": list(self.left_out),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sources of volumes compared; cases of one source only stand by their ids."""

    both: int
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]
    measures: tuple[Measure, ...]
    rules: tuple[RuleAgreement, ...]
    silent: tuple[str, ...]
    """The trials and profiles that nothing in both sources can answer."""

    def to_json(self, *, ids: bool) -> dict[str, Any]:
        """Return everything; which cases only one source has is told with `ids` alone."""
        only = {"ours": self.only_ours, "theirs": self.only_theirs}
        return {
            "difference": "ours minus theirs",
            "cases": {
                "in_both": self.both,
                **{f"only_{name}": len(cases) for name, cases in only.items()},
                **({f"only_{name}_ids": list(cases) for name, cases in only.items()} if ids else {}),
            },
            "measures": {measure.name: measure.to_json() for measure in self.measures},
            "rules": {rule.id: rule.to_json() for rule in self.rules},
            "rules_without_answer": list(self.silent),
        }
