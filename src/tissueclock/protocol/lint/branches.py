"""Checks of how criteria and branches fit together: contradictions, overlaps and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tissueclock.facts.definition import Kind
from tissueclock.facts.vocabulary import definition_of
from tissueclock.protocol.lint.draft import Loaded, Part
from tissueclock.protocol.lint.finding import Check, Level, Spot
from tissueclock.protocol.lint.ranges import (
    Values,
    both,
    holdable,
    others,
    plausible,
    shown,
    values_of,
    without,
)
from tissueclock.protocol.model import Criterion, Role
from tissueclock.protocol.rule import AllOf, AnyOf, Leaf, OneOf, Rule, Within, leaves

Box = Mapping[str, Values]
"""What a conjunction leaves to each fact that it reads."""


def contradictory_criteria(file: Loaded) -> Iterator[Spot]:
    """Yield every fact to which the criteria of a trial together leave no value, so that nobody can enter."""
    left: dict[str, Values] = {}
    by: dict[str, list[str]] = {}
    for part in file.gates:
        for leaf, holds in _demands(part):
            values = values_of(leaf) if holds else others(leaf)
            if values is None:
                continue
            by.setdefault(leaf.fact, []).append(part.name)
            before = left.get(leaf.fact, values)
            left[leaf.fact] = both(before, values)
            if holdable(leaf.fact, before) and not holdable(leaf.fact, left[leaf.fact]):
                yield Spot(
                    path=part.path,
                    found=f"{' and '.join(by[leaf.fact])} leave no value to '{leaf.fact}': nobody can enter.",
                    remedy="Correct the limit or the kind of one of them.",
                )


def contradictory_words(file: Loaded) -> Iterator[Spot]:
    """Yield every inclusion of words each of which an exclusion takes away."""
    demands = [(part, leaf, holds) for part in file.gates for leaf, holds in _demands(part)]
    words = [item for item in demands if isinstance(item[1], OneOf) and _is_set(item[1])]
    for part, leaf, holds in words:
        taken = frozenset(
            word
            for _, other, held in words
            if not held and other.fact == leaf.fact and isinstance(other, OneOf)
            for word in other.words
        )
        if holds and isinstance(leaf, OneOf) and leaf.words <= taken:
            yield Spot(
                path=part.path,
                found=f"every word that it asks of '{leaf.fact}' is excluded: nobody can enter.",
                remedy="Correct one of the two lists.",
            )


def dead_branches(file: Loaded) -> Iterator[Spot]:
    """Yield every conjunction that no value of a fact satisfies."""
    for path, rule in _rules(file):
        for branch in _combinations(rule):
            box = _box(branch)
            for name, values in (box or {}).items():
                if not holdable(name, values):
                    yield Spot(
                        path=path,
                        found=f"no value of '{name}' satisfies all of a branch.",
                        remedy="Correct its limits: the branch can never hold.",
                        word=name,
                    )


def redundant_branches(file: Loaded) -> Iterator[Spot]:
    """Yield every branch of an `any` that another branch of it includes."""
    for path, first, second in _pairs(file):
        for inner, outer in ((first, second), (second, first)):
            if _includes(outer, inner):
                yield Spot(
                    path=path,
                    found=f"a branch on {', '.join(inner)} only holds where another branch does.",
                    remedy="Take it out, or correct its limits.",
                )
                break


def overlapping_branches(file: Loaded) -> Iterator[Spot]:
    """Yield every two branches of an `any` that read the same facts and hold for the same patient."""
    for path, first, second in _pairs(file):
        nested = _includes(first, second) or _includes(second, first)
        if set(first) == set(second) and _meet(first, second) and not nested:
            yield Spot(
                path=path,
                found=f"two branches on {', '.join(first)} hold for the same patients.",
                remedy="If they are to exclude each other, correct a limit.",
            )


def overlapping_strata(file: Loaded) -> Iterator[Spot]:
    """Yield every stratum that shares patients with an earlier one on the same facts."""
    for group in _strata(file):
        for (_, first, earlier), (path, second, later) in combinations(group, 2):
            if _meet(earlier, later):
                yield Spot(
                    path=path,
                    found=f"the stratum '{second}' shares patients with '{first}'.",
                    remedy="Correct the limit that they meet at.",
                )


def gaps_between_strata(file: Loaded) -> Iterator[Spot]:
    """Yield every range of patients who may enter and who are in no stratum, where there are several."""
    for group in _strata(file):
        names = list(group[0][2])
        if len(names) != 1 or len(group) < 2:
            continue
        left = _admitted(file, names[0])
        for _, _, box in group:
            left = without(left, box[names[0]])
        if holdable(names[0], left):
            yield Spot(
                path=group[-1][0],
                found=f"no stratum holds {names[0]} {shown(left)}.",
                remedy="Close the gap, or say in the notes that it is the trial's.",
            )


def vacuous_limits(file: Loaded) -> Iterator[Spot]:
    """Yield every comparison that holds for every plausible value, or for none."""
    for path, rule in _rules(file):
        for leaf in leaves(rule):
            if not isinstance(leaf, Within):
                continue
            held, rest = values_of(leaf), others(leaf)
            answer = "every" if rest is not None and not holdable(leaf.fact, rest) else ""
            answer = "no" if held is not None and not holdable(leaf.fact, held) else answer
            if answer:
                yield Spot(
                    path=path,
                    found=f"{answer} plausible value of '{leaf.fact}' satisfies a comparison.",
                    remedy="Correct the limit or the operator.",
                    word=leaf.fact,
                )


def _demands(part: Part) -> tuple[tuple[Leaf, bool], ...]:
    """Return (comparison, whether it has to hold) for what every patient who enters must satisfy."""
    return part.item.demands if isinstance(part.item, Criterion) else ()


def _is_set(leaf: Leaf) -> bool:
    return definition_of(leaf.fact).kind is Kind.SET


def _rules(file: Loaded) -> Iterator[tuple[str, Rule]]:
    for part in file.parts:
        yield from part.rules


def _combinations(rule: Rule) -> Iterator[Rule]:
    if isinstance(rule, (AllOf, AnyOf)):
        yield rule
        for branch in rule.branches:
            yield from _combinations(branch)


def _box(rule: Rule) -> Box | None:
    """Return what a comparison, or a conjunction of them, leaves to each fact; None for any other rule."""
    if isinstance(rule, AnyOf):
        return None
    found: dict[str, Values] = {}
    for branch in rule.branches if isinstance(rule, AllOf) else (rule,):
        if isinstance(branch, (AllOf, AnyOf)):
            return None
        values = values_of(branch)
        if values is None:
            return None
        found[branch.fact] = both(found[branch.fact], values) if branch.fact in found else values
    return found


def _pairs(file: Loaded) -> Iterator[tuple[str, Box, Box]]:
    """Yield every two branches of the same `any` that are boxes which can hold."""
    for path, rule in _rules(file):
        for alternatives in _combinations(rule):
            if isinstance(alternatives, AnyOf):
                boxes = [_box(branch) for branch in alternatives.branches]
                alive = [box for box in boxes if box and all(holdable(*item) for item in box.items())]
                for first, second in combinations(alive, 2):
                    yield path, first, second


def _includes(outer: Box, inner: Box) -> bool:
    return all(
        name in inner and not holdable(name, without(inner[name], values)) for name, values in outer.items()
    )


def _meet(first: Box, second: Box) -> bool:
    shared = [name for name in first if name in second]
    return all(holdable(name, both(first[name], second[name])) for name in shared)


def _strata(file: Loaded) -> Iterator[Sequence[tuple[str, str, Box]]]:
    """Yield the strata that read the same facts under the same condition, as (path, id, box)."""
    groups: dict[object, list[tuple[str, str, Box]]] = {}
    for part in file.parts:
        item = part.item
        box = _box(item.rule)
        if isinstance(item, Criterion) and item.role is Role.STRATUM and box:
            groups.setdefault((item.applies_when, frozenset(box)), []).append((part.path, item.id, box))
    yield from groups.values()


def _admitted(file: Loaded, name: str) -> Values:
    """Return the values of a fact with which a patient may enter."""
    left = plausible(definition_of(name))
    for part in file.gates:
        for leaf, holds in _demands(part):
            values = (values_of(leaf) if holds else others(leaf)) if leaf.fact == name else None
            left = left if values is None else both(left, values)
    return left


CHECKS: tuple[Check[Loaded], ...] = (
    Check(
        id="contradiction",
        level=Level.ERROR,
        sentence="The criteria together leave a value to every fact.",
        run=contradictory_criteria,
    ),
    Check(
        id="contradictory-words",
        level=Level.ERROR,
        sentence="No exclusion takes away every word that an inclusion asks for.",
        run=contradictory_words,
    ),
    Check(
        id="dead-branch",
        level=Level.ERROR,
        sentence="Every conjunction can hold.",
        run=dead_branches,
    ),
    Check(
        id="vacuous-limit",
        level=Level.WARNING,
        sentence="Every comparison holds for some plausible values and not for others.",
        run=vacuous_limits,
    ),
    Check(
        id="redundant-branch",
        level=Level.WARNING,
        sentence="No branch of an 'any' is included in another one.",
        run=redundant_branches,
    ),
    Check(
        id="overlapping-branches",
        level=Level.WARNING,
        sentence="Branches of an 'any' that read the same facts exclude each other.",
        run=overlapping_branches,
    ),
    Check(
        id="overlapping-strata",
        level=Level.ERROR,
        sentence="Strata on the same facts share no patient.",
        run=overlapping_strata,
    ),
    Check(
        id="gap-between-strata",
        level=Level.WARNING,
        sentence="Strata on one fact hold everybody who may enter.",
        run=gaps_between_strata,
    ),
)
