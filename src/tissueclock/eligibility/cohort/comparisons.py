"""The comparisons of many rules, each made once for all cases of a batch, as bits of whole numbers.

A fact takes few values that rules can tell apart: a number lies at, or between, the limits that any rule
compares it with. Each distinct value is compared once and gets a code; a column of codes then becomes one
number per comparison whose bits are the cases, and the logic of rules is that of such numbers. The first case
is the highest bit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal

from tissueclock.core.exact import exact
from tissueclock.eligibility.decide import comparable, test_of
from tissueclock.facts.case import Infinite
from tissueclock.facts.cohort import Batch
from tissueclock.facts.cohort_cells import FIRST_CODE, UNKNOWN, Coder, Known
from tissueclock.protocol.rule import AllOf, AnyOf, Leaf, Rule, Within, leaves

Bits = tuple[int, int]
"""The cases for which something holds, and those for which it does not; for the others it is unknown."""

_NOBODY: Bits = (0, 0)


class Column:
    """What rules ask of one fact: its comparisons, and the codes of values that answer them alike."""

    def __init__(self, asked: Iterable[Leaf]) -> None:
        self.leaves = tuple(dict.fromkeys(asked))
        self._tests = [test_of(leaf) for leaf in self.leaves]
        limits = {exact(limit): limit for leaf in self.leaves for limit in _limits(leaf)}
        self._fractions = sorted(limits)
        self._decimals = [Decimal(limits[number]) for number in self._fractions]
        self._by_place: dict[Hashable, str] = {}
        self._codes: dict[tuple[bool | None, ...], str] = {}

    def code(self, value: Known) -> str:
        """Return the code of a known value."""
        place = self._place(value)
        if place not in self._by_place:
            seen = {self.leaves[0].fact: comparable(value)}
            answers = tuple(test(seen) for test in self._tests)
            new = chr(FIRST_CODE + len(self._codes))
            self._by_place[place] = self._codes.setdefault(answers, new)
        return self._by_place[place]

    def answers(self, codes: str) -> dict[Leaf, Bits]:
        """Return what every comparison says of the cases of a column, none of whose codes is BAD."""
        known = self._bits(codes, lambda answers: True)
        found = {}
        for at, leaf in enumerate(self.leaves):
            yes = self._bits(codes, lambda answers, at=at: answers[at] is True)  # type: ignore[misc]
            found[leaf] = (yes, known ^ yes)
        return found

    def _bits(self, codes: str, holds: Callable[[tuple[bool | None, ...]], bool]) -> int:
        digits = {ord(code): "1" if holds(answers) else "0" for answers, code in self._codes.items()}
        digits[ord(UNKNOWN)] = "0"
        return int(codes.translate(digits) or "0", 2)

    def _place(self, value: Known) -> Hashable:
        """Return what all values that the comparisons cannot tell apart have in common."""
        if isinstance(value, Infinite):
            return 2 * len(self._fractions)
        if isinstance(value, (bool, str, frozenset)):
            return value
        if isinstance(value, (int, Decimal)):
            at = bisect_left(self._decimals, value)
            return 2 * at + (at < len(self._decimals) and self._decimals[at] == value)
        number = exact(value)
        at = bisect_left(self._fractions, number)
        return 2 * at + (at < len(self._fractions) and self._fractions[at] == number)


class Comparisons:
    """Every comparison of a set of rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        by_fact: dict[str, list[Leaf]] = {}
        for leaf in (leaf for rule in rules for leaf in leaves(rule)):
            by_fact.setdefault(leaf.fact, []).append(leaf)
        self._columns = {fact: Column(asked) for fact, asked in by_fact.items()}

    @property
    def coders(self) -> Mapping[str, Coder]:
        """What turns the values of each fact that the rules read into codes."""
        return {fact: column.code for fact, column in self._columns.items()}

    def leaves_on(self, fact: str) -> tuple[Leaf, ...]:
        """Return the comparisons of one fact, none where no rule reads it."""
        return self._columns[fact].leaves if fact in self._columns else ()

    def answers(self, batch: Batch) -> Mapping[Leaf, Bits]:
        """Return what every comparison says of the cases of a batch."""
        found: dict[Leaf, Bits] = {}
        for fact, column in self._columns.items():
            codes = batch.codes.get(fact)
            found |= dict.fromkeys(column.leaves, _NOBODY) if codes is None else column.answers(codes)
        return found


def answer(rule: Rule, of: Mapping[Leaf, Bits]) -> Bits:
    """Return what a rule says of every case: in a conjunction one no decides, in a disjunction one yes."""
    if not isinstance(rule, (AllOf, AnyOf)):
        return of[rule]
    (yes, no), *others = (answer(branch, of) for branch in rule.branches)
    for other_yes, other_no in others:
        if isinstance(rule, AllOf):
            yes, no = yes & other_yes, no | other_no
        else:
            yes, no = yes | other_yes, no & other_no
    return yes, no


def _limits(leaf: Leaf) -> tuple[int | Decimal, ...]:
    return leaf.limits if isinstance(leaf, Within) else ()
