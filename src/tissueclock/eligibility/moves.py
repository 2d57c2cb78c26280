"""The values of a fact at which a verdict can change, in the order of their distance from the present one.

Between two neighbouring limits every value of a number gives the same answers, so that one value at each
limit and one in each gap stand for all of them. Arithmetic is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tissueclock.core.exact import exact
from tissueclock.facts.definition import FactDefinition, Kind

_STEP = Fraction(1, 100)
"""How far beyond a limit the value lies that is tried (our choice), where the next limit leaves the room."""


@dataclass(frozen=True, slots=True)
class Move:
    """Another value of a fact.

    For a number: `edge` is the limit that is reached (`beyond` False) or crossed (True), `way` is +1 for up
    and -1 for down, and `distance` is how far the edge lies from the present value, 0 at the limit itself.
    For anything else `edge` and `distance` are None.
    """

    name: str
    value: Any
    edge: Fraction | None = None
    way: int = 0
    beyond: bool = False
    distance: Fraction | None = None

    @property
    def share(self) -> Fraction:
        """The distance as a share of the present value (of 1 where that is less: our choice); 1 for a word.

        It makes changes of different facts comparable, and orders those of one fact by their distance.
        """
        if self.edge is None or self.distance is None:
            return Fraction(1)
        return self.distance / max(abs(self.edge - self.way * self.distance), Fraction(1))


Path = tuple[Move, ...]
"""Moves in one direction, the nearest first."""


def paths(
    definition: FactDefinition, value: Any, borders: Iterable[Fraction], words: Iterable[frozenset[str]]
) -> tuple[Path, ...]:
    """Return the ways that lead away from a known value: down and up for a number, one for each other word.

    `borders` are the numbers at which an answer may change, `words` the lists that rules ask for.
    """
    if not definition.numeric:
        others = alternatives(definition, words, value)
        return tuple((Move(definition.name, other),) for other in others)
    if value == math.inf:
        return ()
    return tuple(tuple(_walk(definition, exact(value), frozenset(borders), way)) for way in (-1, 1))


def every_value(
    definition: FactDefinition, borders: Iterable[Fraction], words: Iterable[frozenset[str]]
) -> tuple[Any, ...]:
    """Return one value for each answer that an unknown fact can give: at, below and above every border."""
    if not definition.numeric:
        return alternatives(definition, words)
    cuts = frozenset(_plausible(definition, borders))
    lowest = exact(definition.low) if definition.low is not None else min(cuts, default=Fraction(0)) - 1
    start = lowest if definition.kind is not Kind.INTEGER else Fraction(math.ceil(lowest))
    return (_typed(definition, start), *(move.value for move in _walk(definition, start, cuts | {start}, 1)))


def alternatives(
    definition: FactDefinition, words: Iterable[frozenset[str]], value: Any = None
) -> tuple[Any, ...]:
    """Return the values of a fact that is no number, without `value`, those most like it first."""
    found: list[Any]
    if definition.kind is Kind.BOOLEAN:
        found = [True, False]
    elif definition.kind is Kind.CHOICE:
        found = list(definition.choices)
    else:
        found = _sets(definition, words, value or frozenset())
    return tuple(other for other in dict.fromkeys(found) if other != value)


def _sets(
    definition: FactDefinition, words: Iterable[frozenset[str]], value: frozenset[str]
) -> list[frozenset[str]]:
    """Return sets with one word more or fewer, without all the words of a list, and of one word alone."""
    singles = [frozenset([word]) for word in definition.choices]
    found = [value ^ single for single in singles]
    found += [value - listed for listed in words] + singles + [frozenset()]
    return sorted(found, key=lambda other: (len(other ^ value), sorted(other)))


def _walk(
    definition: FactDefinition, value: Fraction, borders: frozenset[Fraction], way: int
) -> Iterator[Move]:
    """Yield every border and every gap on one side of a value, the nearest first."""
    kept = frozenset(_plausible(definition, borders))
    if definition.kind is Kind.INTEGER:
        yield from _whole_numbers(definition, value, kept, way)
        return
    cuts = sorted((cut for cut in kept if (cut - value) * way > 0), key=lambda cut: cut * way)
    end = definition.high if way > 0 else definition.low
    edges = [*([value] if value in kept else []), *cuts]
    for place, edge in enumerate(edges):
        distance = abs(edge - value)
        if edge != value:
            yield Move(definition.name, edge, edge, way, beyond=False, distance=distance)
        following = edges[place + 1] if place + 1 < len(edges) else None if end is None else exact(end)
        if following != edge:
            witness = edge + way * _step(edge, following)
            yield Move(definition.name, witness, edge, way, beyond=True, distance=distance)


def _whole_numbers(
    definition: FactDefinition, value: Fraction, borders: frozenset[Fraction], way: int
) -> Iterator[Move]:
    near = {whole for cut in borders for whole in range(math.ceil(cut) - 1, math.floor(cut) + 2)}
    numbers = (Fraction(whole) for whole in near if (whole - value) * way > 0)
    for number in sorted(_plausible(definition, numbers), key=lambda number: number * way):
        distance = abs(number - value)
        yield Move(definition.name, int(number), number, way, beyond=False, distance=distance)


def _plausible(definition: FactDefinition, numbers: Iterable[Fraction]) -> Iterator[Fraction]:
    low, high = definition.low, definition.high
    for number in numbers:
        if (low is None or number >= low) and (high is None or number <= high):
            yield number


def _step(edge: Fraction, following: Fraction | None) -> Fraction:
    return _STEP if following is None else min(_STEP, abs(following - edge) / 2)


def _typed(definition: FactDefinition, number: Fraction) -> Any:
    return int(number) if definition.kind is Kind.INTEGER else number
