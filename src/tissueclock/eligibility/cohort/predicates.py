"""The facts by which trials refer to each other, for all cases of a batch: as `eligibility.predicates`.

A predicate is false where one of its criteria fails and true where none is open; where they leave it open,
what a person typed stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tissueclock.eligibility.cohort.comparisons import Bits, Comparisons
from tissueclock.eligibility.cohort.gates import outcomes_of, rules_of, together
from tissueclock.facts.cohort import Batch
from tissueclock.protocol.model import Criterion, Protocol
from tissueclock.protocol.rule import Is, Leaf, Rule


@dataclass(frozen=True, slots=True)
class Settled:
    """What comparisons say once predicates are derived, and in which cases a typed one is contradicted."""

    answers: Mapping[Leaf, Bits]
    contradicted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Predicate:
    fact: str
    title: str
    criteria: tuple[Criterion, ...]

    @property
    def leaf(self) -> Is:
        return Is(fact=self.fact, answer=True)

    @property
    def read(self) -> frozenset[str]:
        return frozenset(name for item in self.criteria for name in item.facts)


class Predicates:
    """The predicates of some trials, in their order."""

    def __init__(self, trials: Iterable[Protocol]) -> None:
        self._all = tuple(
            _Predicate(item.fact, trial.title, tuple(c for c in trial.criteria if c.id in item.criteria))
            for trial in trials
            for item in trial.predicates
        )

    @property
    def rules(self) -> Iterator[Rule]:
        """What the comparisons have to answer."""
        for item in self._all:
            yield item.leaf
            yield from rules_of(item.criteria)

    def settle(self, comparisons: Comparisons, batch: Batch) -> Settled:
        """Return the answers of every comparison, those on predicates as their criteria say."""
        everyone = (1 << len(batch.ids)) - 1
        found, contradicted = dict(comparisons.answers(batch)), {}
        for item in self._all:
            if item.read.isdisjoint(batch.codes):
                continue
            typed_yes, typed_no = found[item.leaf]
            all_of = together(outcomes_of(criterion, found, everyone) for criterion in item.criteria)
            false, true = all_of.failed, everyone & ~(all_of.failed | all_of.unknown)
            contradicted[item.fact] = (typed_yes & false) | (typed_no & true)
            found |= _answers(item, comparisons, (true | typed_yes, false | typed_no))
        return Settled(found, contradicted)

    def without_contradictions(
        self, comparisons: Comparisons, batch: Batch
    ) -> tuple[Batch, list[tuple[int, str]]]:
        """Return the cases whose typed predicates fit their criteria, and (line, reason) of the others."""
        if not any(item.fact in batch.codes for item in self._all):
            return batch, []
        settled, titles = self.settle(comparisons, batch), {item.fact: item.title for item in self._all}
        bad: dict[int, str] = {}
        for fact, bits in settled.contradicted.items():
            for at, digit in enumerate(f"{bits:0{len(batch.ids)}b}" if batch.ids else ""):
                if digit == "1":
                    bad[at] = f"'{fact}' contradicts what the criteria of {titles[fact]} say"
        return batch.without(bad), [(batch.lines[at], reason) for at, reason in bad.items()]


def _answers(item: _Predicate, comparisons: Comparisons, truth: Bits) -> dict[Leaf, Bits]:
    asked = (leaf for leaf in comparisons.leaves_on(item.fact) if isinstance(leaf, Is))
    return {leaf: truth if leaf.answer else truth[::-1] for leaf in asked}
