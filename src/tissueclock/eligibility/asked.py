"""The criteria of one assessment that decide, as fast functions, with what they read and at which limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from tissueclock.core.exact import exact
from tissueclock.eligibility.decide import Gate, Missing, gates_of, missing_of
from tissueclock.eligibility.links import predicate_criteria
from tissueclock.eligibility.outcome import Assessment, Decision
from tissueclock.eligibility.standing import capped
from tissueclock.eligibility.view import View
from tissueclock.protocol.model import Criterion, Protocol, Role
from tissueclock.protocol.rule import Leaf, OneOf, Within, leaves

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial as one scope asks it. `reads` holds, by criterion, the facts of its rule and its condition.

    `limits` are the printed numbers and `words` the printed lists of words, by fact, those of other trials'
    criteria included that these refer to. With
    `skips_unknown` (the scope "computable") a criterion that is open is not asked, unless it is open because
    a quality gate withholds one of the facts that `missing` names for it.
    """

    trial: Protocol
    scope: str
    gates: Mapping[str, Gate]
    missing: Mapping[str, Missing]
    reads: Mapping[str, frozenset[str]]
    limits: Mapping[str, frozenset[Fraction]]
    words: Mapping[str, frozenset[frozenset[str]]]
    skips_unknown: bool

    @classmethod
    def of(cls, trial: Protocol, assessment: Assessment, scope: str) -> Asked:
        """Return what was asked for `assessment`, which is that of `trial` in `scope`."""
        skips_unknown = scope == "computable"
        ids = {item.id for item in (trial.criteria if skips_unknown else assessment.criteria)}
        asked = [item for item in trial.criteria if item.id in ids and item.role is Role.GATE]
        gates = gates_of(trial)
        every = [leaf for item in (*asked, *_referred(asked)) for leaf in _leaves(item)]
        return cls(
            trial=trial,
            scope=scope,
            gates={item.id: gates[item.id] for item in asked},
            missing={item.id: missing_of(item) for item in asked},
            reads={item.id: frozenset(leaf.fact for leaf in _leaves(item)) for item in asked},
            limits=_by_fact(
                (leaf.fact, exact(limit))
                for leaf in every
                if isinstance(leaf, Within)
                for limit in leaf.limits
            ),
            words=_by_fact((leaf.fact, leaf.words) for leaf in every if isinstance(leaf, OneOf)),
            skips_unknown=skips_unknown,
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact that is read, in the order of the criteria."""
        return tuple(dict.fromkeys(name for names in self.reads.values() for name in sorted(names)))

    def decide(self, view: View) -> Decision:
        """Return the decision, as `assess` does in the same scope."""
        answers = {name: ask(view.seen) for name, ask in self.gates.items()}
        if False in answers.values():
            return capped(self.trial, Decision.INELIGIBLE)
        is_open = any(answer is None and self._stays(name, view) for name, answer in answers.items())
        passes = True in answers.values() and not is_open
        return capped(self.trial, Decision.ELIGIBLE if passes else Decision.UNDETERMINED)

    def standing(self, view: View) -> tuple[str, ...]:
        """Return the criteria that stand in the way of being eligible: those that fail or are open."""
        answers = {name: ask(view.seen) for name, ask in self.gates.items()}
        return tuple(
            name
            for name, answer in answers.items()
            if answer is False or (answer is None and self._stays(name, view))
        )

    def open(self, view: View) -> tuple[str, ...]:
        """Return the criteria that are asked and open."""
        return tuple(
            name for name, ask in self.gates.items() if ask(view.seen) is None and self._stays(name, view)
        )

    def _stays(self, name: str, view: View) -> bool:
        """Tell whether a criterion that is open is asked all the same."""
        if not self.skips_unknown:
            return True
        return bool(view.withheld) and not view.withheld.isdisjoint(self.missing[name](view.seen))


def _referred(asked: Iterable[Criterion]) -> Iterator[Criterion]:
    """Yield the criteria of other trials that these refer to."""
    for name in {leaf.fact for item in asked for leaf in _leaves(item)}:
        yield from predicate_criteria().get(name, ())


def _leaves(criterion: Criterion) -> tuple[Leaf, ...]:
    condition = leaves(criterion.applies_when) if criterion.applies_when is not None else ()
    return (*leaves(criterion.rule), *condition)


def _by_fact(pairs: Iterable[tuple[str, Item]]) -> Mapping[str, frozenset[Item]]:
    found: dict[str, set[Item]] = {}
    for name, item in pairs:
        found.setdefault(name, set()).add(item)
    return {name: frozenset(items) for name, items in found.items()}
