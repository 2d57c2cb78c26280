"""What follows by definition from facts of one row of a cohort: `derive.complete`, with a short way.

The short way is taken where core and hypoperfused volume are known and every other number of the row holds
for just these two: then nothing contradicts, and mismatch and ratio are theirs. All else goes through
`complete`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from itertools import pairwise

from tissueclock.core.errors import InputError
from tissueclock.facts.case import INFINITE, CaseFacts, Fact
from tissueclock.facts.cohort_cells import BAD, UNKNOWN, Coder, Known, read_cell
from tissueclock.facts.consistency import LADDER
from tissueclock.facts.definition import FactValue
from tissueclock.facts.derive import complete
from tissueclock.facts.vocabulary import definition_of

VOLUMES = ("core_ml", "hypoperfused_ml", "mismatch_ml", "mismatch_ratio", *LADDER)
GLUCOSE = ("glucose_mg_dl", "glucose_mmol_l")
RELATED = (
    (VOLUMES, ("hypoperfused_ml", "mismatch_ml", "mismatch_ratio")),
    (GLUCOSE, GLUCOSE),
)
"""Groups of facts that are bound to each other by definition, and those of them that can follow."""

_SOURCE = "cohort"
_MOST_KEPT = 20_000
_DIGITS = 120  # our choice: more than any exact product of two numbers that people write

_Row = Mapping[str, FactValue | None]
"""The values of one row, by fact; a cell cannot hold an infinite ratio."""


def follows(given: _Row, wanted: Sequence[str]) -> dict[str, Known | None]:
    """Return what rules may read of the `wanted` facts, given a row's values of the group.

    Raises InputError if the values contradict each other by more than the rounding of their digits.
    """
    quick = _from_two_volumes(given)
    if quick is not None:
        return {name: quick.get(name) for name in wanted}
    known = ((name, value) for name, value in given.items() if value is not None)
    case = complete(CaseFacts.of(Fact(name=name, value=value, source=_SOURCE) for name, value in known))
    return {name: case.known(name) for name in wanted}


class Derivation(dict[tuple[str, ...], str]):
    """The codes of the facts that follow, by the texts of one row's columns of the group; as `Cells`.

    A row whose values contradict each other has the code `BAD` throughout.
    """

    def __init__(self, names: Sequence[str], coders: Mapping[str, Coder]) -> None:
        super().__init__()
        self._definitions = [definition_of(name) for name in names]
        self._coders = coders

    def __missing__(self, texts: tuple[str, ...]) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        codes = self[texts] = self._codes(texts)
        return codes

    def complaint(self, texts: tuple[str, ...]) -> str:
        """Return how the values of a row contradict each other, empty where they do not."""
        try:
            self._known(texts)
        except InputError as error:
            return error.found
        return ""

    def _codes(self, texts: tuple[str, ...]) -> str:
        try:
            found = self._known(texts)
        except InputError:
            return BAD * len(self._coders)
        return "".join(
            UNKNOWN if value is None else self._coders[name](value) for name, value in found.items()
        )

    def _known(self, texts: tuple[str, ...]) -> dict[str, Known | None]:
        values = map(read_cell, self._definitions, texts)
        given = {item.name: value for item, value in zip(self._definitions, values, strict=True)}
        return follows(given, tuple(self._coders))


def _from_two_volumes(given: _Row) -> dict[str, Known | None] | None:
    """Return what follows from the two volumes if all that is given holds for them, else None."""
    core, hypoperfused = given.get("core_ml"), given.get("hypoperfused_ml")
    if hypoperfused is None:
        hypoperfused = given.get("tmax6_ml")
    if not isinstance(core, Decimal) or not isinstance(hypoperfused, Decimal) or not _descends(given):
        return None
    exactly = Context(prec=_DIGITS, traps=[Inexact, InvalidOperation, Overflow])
    try:
        mismatch = exactly.subtract(hypoperfused, core)
        near = _rounds_to(given.get("mismatch_ml"), mismatch, Decimal(1), exactly) and _rounds_to(
            given.get("mismatch_ratio"), hypoperfused, core, exactly
        )
    except (Inexact, InvalidOperation, Overflow):
        return None
    ratio = _ratio(core, hypoperfused)
    return (
        {"hypoperfused_ml": hypoperfused, "mismatch_ml": mismatch, "mismatch_ratio": ratio} if near else None
    )


def _descends(given: _Row) -> bool:
    rungs = [value for name in LADDER if isinstance(value := given.get(name), Decimal)]
    return all(longer <= shorter for shorter, longer in pairwise(rungs))


def _rounds_to(typed: FactValue | None, product: Decimal, factor: Decimal, exactly: Context) -> bool:
    """Tell whether `typed` * `factor` is `product` within half a unit of the last digit that was typed."""
    if typed is None:
        return True
    if not isinstance(typed, Decimal) or not factor:
        return False
    half = Decimal((0, (5,), min(int(typed.as_tuple().exponent), 0) - 1))
    gap = exactly.subtract(exactly.multiply(typed, factor), product)
    return abs(gap) <= exactly.multiply(half, factor)


def _ratio(core: Decimal, hypoperfused: Decimal) -> Known | None:
    if core:
        return Fraction(hypoperfused) / Fraction(core)
    return INFINITE if hypoperfused else None
