"""What follows by definition from one row of a cohort, as for a single case, with a short way for volumes.

The short way is taken where core and hypoperfused volume are known and every other number of the row holds
for just these volumes: then nothing contradicts, and mismatch and ratio are theirs. All else is read as a
single case and goes through `derive.complete`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from itertools import pairwise

from tissueclock.core.errors import InputError
from tissueclock.facts.case import INFINITE
from tissueclock.facts.clock import MOMENTS, PREFIX, SPANS
from tissueclock.facts.cohort_cells import BAD, UNKNOWN, Coder, Known, Title, read_cell
from tissueclock.facts.consistency import LADDER
from tissueclock.facts.consistency import RELATED as PAIRS
from tissueclock.facts.definition import FactValue
from tissueclock.facts.delimited import entry_of_cell
from tissueclock.facts.dependency import IMPLICATIONS, MG_DL, MMOL_L
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_entries

VOLUMES = tuple(dict.fromkeys((*(name for names in PAIRS for name in names), *LADDER)))
GLUCOSE = (MG_DL, MMOL_L)
ANTICOAGULANTS = tuple(dict.fromkeys(name for item in IMPLICATIONS for name in (item.general, item.special)))
TIMES = (*SPANS, "wake_up")
RELATED = (
    (VOLUMES, tuple(name for name in VOLUMES if name != "core_ml" and name not in LADDER)),
    (GLUCOSE, GLUCOSE),
    (ANTICOAGULANTS, ANTICOAGULANTS),
)
"""Groups of facts that are bound to each other by definition, and those of them that can follow."""

CLOCK = (tuple(f"{PREFIX}{moment}" for moment in MOMENTS), TIMES)
"""The moments, and the facts that follow from them."""

SOURCE = "cohort file"
"""The source of a fact that a cohort holds."""

_MOST_KEPT = 20_000
_DIGITS = 120  # our choice: more than any exact product of two numbers that people write

_Row = Mapping[str, FactValue | None]
"""The values of one row, by fact; a cell cannot hold an infinite ratio."""


class Derivation(dict[tuple[str, ...], str]):
    """The codes of the facts that follow, by the texts of one row's columns of the group; as `Cells`.

    A row whose values contradict each other has the code `BAD` throughout.
    """

    def __init__(self, titles: Sequence[str], coders: Mapping[str, Coder]) -> None:
        super().__init__()
        self._titles = tuple(titles)
        self._volumes = tuple(map(Title.of, titles)) if "mismatch_ml" in coders else None
        self._coders = coders

    def __missing__(self, texts: tuple[str, ...]) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        codes = self[texts] = self._codes(texts)
        return codes

    def complaint(self, texts: tuple[str, ...]) -> str:
        """Return how the values of a row contradict each other, empty where they do not."""
        try:
            self.known(texts)
        except InputError as error:
            return error.found
        return ""

    def known(self, texts: tuple[str, ...]) -> dict[str, Known | None]:
        """Return what rules may read of the facts that follow, given the texts of a row.

        Raises InputError if they contradict each other by more than the rounding of their digits.
        """
        quick = None if self._volumes is None else _from_volumes(_read(self._volumes, texts))
        if quick is not None:
            return {name: quick.get(name) for name in self._coders}
        pairs = zip(self._titles, texts, strict=True)
        entries = ((title, entry_of_cell(title, text.strip())) for title, text in pairs)
        case = complete(case_from_entries(entries, SOURCE))
        return {name: case.known(name) for name in self._coders}

    def _codes(self, texts: tuple[str, ...]) -> str:
        try:
            found = self.known(texts)
        except InputError:
            return BAD * len(self._coders)
        return "".join(
            UNKNOWN if value is None else self._coders[name](value) for name, value in found.items()
        )


def _read(titles: Sequence[Title], texts: Sequence[str]) -> _Row:
    return {title.definition.name: read_cell(title, text) for title, text in zip(titles, texts, strict=True)}


def _from_volumes(given: _Row) -> dict[str, Known | None] | None:
    """Return what follows from the volumes if all that is given holds for them, else None."""
    core, hypoperfused = given.get("core_ml"), given.get("hypoperfused_ml")
    if hypoperfused is None:
        hypoperfused = given.get("tmax6_ml")
    if not isinstance(core, Decimal) or not isinstance(hypoperfused, Decimal) or not _descends(given):
        return None
    found: dict[str, Known | None] = {"hypoperfused_ml": hypoperfused}
    for _, volume, difference, ratio in PAIRS:
        known = hypoperfused if volume == "hypoperfused_ml" else given.get(volume)
        pair = _pair(core, known, given.get(difference), given.get(ratio))
        if pair is None:
            return None
        found[difference], found[ratio] = pair
    return found


def _pair(
    core: Decimal, volume: FactValue | None, difference: FactValue | None, ratio: FactValue | None
) -> tuple[Known | None, Known | None] | None:
    """Return the difference and the ratio of two volumes; None where what is typed does not hold for them."""
    if not isinstance(volume, Decimal):
        return None if difference is not None or ratio is not None else (None, None)
    exactly = Context(prec=_DIGITS, traps=[Inexact, InvalidOperation, Overflow])
    try:
        mismatch = exactly.subtract(volume, core)
        fits = _rounds_to(difference, mismatch, Decimal(1), exactly) and _rounds_to(
            ratio, volume, core, exactly
        )
    except (Inexact, InvalidOperation, Overflow):
        return None
    return (mismatch, _ratio(core, volume)) if fits else None


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
