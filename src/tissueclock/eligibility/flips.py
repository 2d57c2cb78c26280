"""The smallest change of what is known that turns a trial's verdict into the other definite one.

One fact is tried first, then two. The search asks the fast functions of `eligibility.decide`; what it finds
is only told if the slow `assess` says the same of the whole case after the change. Facts that follow from
others are never changed themselves: the volumes are, and the mismatch follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import Any

from tissueclock.core.errors import InputError
from tissueclock.eligibility.asked import Asked
from tissueclock.eligibility.borders import borders_of
from tissueclock.eligibility.change import Change, change_of
from tissueclock.eligibility.evaluate import assess
from tissueclock.eligibility.links import changed, roots
from tissueclock.eligibility.moves import Move, Path, paths
from tissueclock.eligibility.outcome import Assessment, Decision, Outcome
from tissueclock.eligibility.view import View
from tissueclock.facts.case import CaseFacts
from tissueclock.facts.vocabulary import definition_of

_OTHER: Mapping[Decision, Decision] = MappingProxyType(
    {Decision.ELIGIBLE: Decision.INELIGIBLE, Decision.INELIGIBLE: Decision.ELIGIBLE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A change after which the trial's verdict is the other definite one.

    `criteria` are those whose outcome decides it: that fail after the change, or that failed before it.
    """

    trial: str
    before: Decision
    after: Decision
    changes: tuple[Change, ...]
    criteria: tuple[str, ...]

    def text(self) -> str:
        """Return the change in words: `core_ml 71 -> below 70 mL`."""
        return " and ".join(change.text() for change in self.changes)

    def to_json(self) -> dict[str, Any]:
        """Return the flip as JSON values."""
        return {
            "from": self.before.value,
            "to": self.after.value,
            "text": self.text(),
            "changes": [change.to_json() for change in self.changes],
            "criteria": list(self.criteria),
        }


@dataclass(frozen=True, slots=True)
class Flips:
    """The smallest flips of one trial, the nearest first; without any, `because` says why."""

    trial: str
    flips: tuple[Flip, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring moves of one fact that all flip: the nearest, the last, and the one that stops them."""

    first: Move
    last: Move
    stop: Move | None

    @property
    def share(self) -> Fraction:
        return self.first.share

    def holds(self, move: Move) -> bool:
        """Tell whether a move of the same fact lies in the stretch."""
        if move.edge is None:
            return bool(move.value == self.first.value)
        nearest, farthest = self.first.value * move.way, self.last.value * move.way
        return move.way == self.first.way and bool(nearest <= move.value * move.way <= farthest)


def flips_of(asked: Asked, case: CaseFacts, assessment: Assessment) -> Flips:
    """Return every smallest change that flips the verdict of `assessment`, at most one for a set of facts.

    `case` is complete and `assessment` that of `asked` on it. An undetermined verdict has no flip.
    """
    if assessment.decision is Decision.UNDETERMINED:
        return Flips(asked.trial.id, (), "the verdict is open: what is missing decides first")
    search = _Search(asked, case, assessment, View.of(case))
    found = search.of_one() or search.of_two()
    return Flips(asked.trial.id, found, "" if found else search.why_none())


@dataclass(frozen=True, slots=True)
class _Search:
    asked: Asked
    case: CaseFacts
    assessment: Assessment
    view: View

    @property
    def wanted(self) -> Decision:
        return _OTHER[self.assessment.decision]

    def of_one(self) -> tuple[Flip, ...]:
        """Return the flips of one fact each."""
        found = []
        for name in self.known_roots():
            runs = sorted(self.runs(self.view, name), key=lambda run: run.share)
            for run in runs:
                flip = self.verified((run,))
                if flip is not None:
                    found.append((run.share, flip))
                    break
        return _nearest_first(found)

    def of_two(self) -> tuple[Flip, ...]:
        """Return the flips of two facts each."""
        found = []
        for pair in self.pairs():
            tried = sorted(self.run_pairs(*pair), key=lambda runs: sum(run.share for run in runs))
            for runs in tried:
                flip = self.verified(runs)
                if flip is not None:
                    found.append((sum((run.share for run in runs), Fraction(0)), flip))
                    break
        return _nearest_first(found)

    def known_roots(self) -> tuple[str, ...]:
        """Return the known facts that one may change, in the order in which the criteria read them."""
        names = (root for name in self.asked.facts for root in roots(self.case, name))
        return tuple(name for name in dict.fromkeys(names) if name in self.view.seen)

    def roots_read(self, criterion: str) -> frozenset[str]:
        """Return the known facts that one may change to change the answer of a criterion."""
        names = (root for name in self.asked.reads[criterion] for root in roots(self.case, name))
        return frozenset(name for name in names if name in self.view.seen)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs that can flip: every criterion that stands in the way reads one of the two."""
        if self.wanted is Decision.INELIGIBLE:
            sets = [sorted(self.roots_read(name)) for name in self.asked.gates]
            yield from sorted({(a, b) for names in sets for a in names for b in names if a < b})
            return
        standing = [self.roots_read(name) for name in self.asked.standing(self.view)]
        known, seen_pairs = self.known_roots(), set()
        for first in sorted(standing[0]):
            rest = [names for names in standing if first not in names]
            seconds = frozenset(known) if not rest else frozenset.intersection(*rest)
            for second in sorted(seconds - {first}):
                pair = frozenset((first, second))
                if pair not in seen_pairs:
                    seen_pairs.add(pair)
                    yield first, second

    def paths(self, view: View, name: str, *, both: bool = False) -> tuple[Path, ...]:
        borders = borders_of(self.asked, view.seen, name, both=both)
        words = self.asked.words.get(name, frozenset())
        return paths(definition_of(name), view.seen[name], borders, words)

    def runs(self, view: View, name: str) -> Iterator[_Run]:
        """Yield, for each way that a fact can go, every stretch of values at which the verdict is flipped."""
        for path in self.paths(view, name):
            decided = [(move, self.decides(view, move)) for move in path]
            place = 0
            for flipped, group in groupby(decided, key=lambda pair: pair[1]):
                moves = [move for move, _ in group]
                place += len(moves)
                if flipped:
                    yield _Run(moves[0], moves[-1], path[place] if place < len(path) else None)

    def run_pairs(self, first: str, second: str) -> Iterator[tuple[_Run, _Run]]:
        """Yield stretches of two facts that flip, each with the other at the nearest value of its own."""
        for path in self.paths(self.view, first, both=True):
            for move in path:
                after = self.view.after(first, move.value)
                for run in self.runs(after, second):
                    yield self.run_at(move, run.first), run

    def run_at(self, move: Move, other: Move) -> _Run:
        """Return the stretch around a move, with another fact at the value of `other`."""
        view = self.view.after(other.name, other.value)
        for run in self.runs(view, move.name):
            if run.holds(move):
                return run
        return _Run(move, move, None)

    def decides(self, view: View, move: Move) -> bool:
        return self.asked.decide(view.after(move.name, move.value)) is self.wanted

    def verified(self, runs: tuple[_Run, ...]) -> Flip | None:
        """Return the flip if the facts after the change are consistent and `assess` agrees, else None."""
        values = {run.first.name: run.first.value for run in runs}
        try:
            case = changed(self.case, values)
        except InputError:
            return None
        after = assess(self.asked.trial, case, self.asked.scope)
        if after.decision is not self.wanted:
            return None
        return Flip(
            trial=self.asked.trial.id,
            before=self.assessment.decision,
            after=after.decision,
            changes=tuple(
                change_of(self.case[run.first.name], run.first, run.last, run.stop) for run in runs
            ),
            criteria=_failing(after if self.wanted is Decision.INELIGIBLE else self.assessment),
        )

    def why_none(self) -> str:
        """Return why no change was found."""
        if self.wanted is Decision.ELIGIBLE and self.asked.open(self.view):
            return "other criteria are open, so that no change of what is known makes the patient eligible"
        return "no change of one or two known facts turns the verdict"


def _failing(assessment: Assessment) -> tuple[str, ...]:
    return tuple(
        item.id for item in assessment.criteria if item.outcome is Outcome.FAIL and item.role == "gate"
    )


def _nearest_first(found: list[tuple[Fraction, Flip]]) -> tuple[Flip, ...]:
    """Sort by closeness: inside the intervals first, then by the distance as a share, words last."""

    def place(pair: tuple[Fraction, Flip]) -> tuple[bool, bool, Fraction]:
        share, flip = pair
        inside = all(change.of_interval is not None and change.of_interval < 1 for change in flip.changes)
        return any(change.distance is None for change in flip.changes), not inside, share

    return tuple(flip for _, flip in sorted(found, key=place))
