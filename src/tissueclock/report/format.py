"""How a number is printed. Every printed number of a report comes from here, so no two pages can differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from tissueclock.core.exact import Number, exact
from tissueclock.facts.case import Fact
from tissueclock.facts.definition import FactValue
from tissueclock.report.model import ReportModel

NOT_MEASURED = "not measured"
RATIO_ABOVE_PRINT = 99
"""A larger ratio says no more than ">99": its core is a matter of a few voxels (our choice)."""


class State(Enum):
    """What a printed value is: measured, measured but withheld by a quality gate, or unknown."""

    KNOWN = "known"
    WITHHELD = "withheld"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Printed:
    """A fact in print: its text with unit, its state, and why it is unknown or withheld.

    `fact` and `decimals` say which fact was printed and how it was rounded (None: in three digits).
    """

    text: str
    state: State = State.KNOWN
    reason: str = ""
    fact: str = field(default="", compare=False)
    decimals: int | None = field(default=None, compare=False)

    @property
    def marked(self) -> str:
        """The text, with the word that says that it is withheld."""
        return f"{self.text} (withheld)" if self.state is State.WITHHELD else self.text


@dataclass(frozen=True, slots=True)
class HeadlinePart:
    """One quarter of the headline: a label and a value."""

    label: str
    value: Printed


def rounded(number: Number, decimals: int = 0) -> str:
    """Return `number` with `decimals` digits, halves away from zero as people round by hand."""
    scale = 10**decimals
    scaled = exact(number) * scale
    units = int(abs(scaled) + Fraction(1, 2))
    sign = "-" if scaled < 0 and units else ""
    whole, rest = divmod(units, scale)
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"


def compact(number: float) -> str:
    """Return a number of no fixed scale (a limit, a tick, a parameter): whole, or in three digits."""
    whole = float(number).is_integer() or abs(number) >= 100
    return f"{number:.0f}" if whole and abs(number) < 1e9 else f"{number:.3g}"


def printed(fact: Fact | None, decimals: int | None = None, unit: str | None = None) -> Printed:
    """Return a fact in print; `unit` replaces the vocabulary's, None as `fact` is a fact nobody measured."""
    if fact is None:
        return Printed(NOT_MEASURED, State.UNKNOWN, "not part of this analysis")
    if fact.value is None and not fact.infinite:
        return Printed(NOT_MEASURED, State.UNKNOWN, fact.reason, fact.name, decimals)
    text = _value_text(fact, decimals)
    shown_unit = fact.unit if unit is None else unit
    if shown_unit and not isinstance(fact.value, (bool, str, frozenset)):
        text = f"{text} {shown_unit}"
    if fact.withheld_by:
        reason = f"withheld by {', '.join(map(words, fact.withheld_by))}"
        return Printed(text, State.WITHHELD, reason, fact.name, decimals)
    return Printed(text, fact=fact.name, decimals=decimals)


def interval_text(fact: Fact, decimals: int) -> str:
    """Return the interval of a fact as "19.8 to 25.1", or an empty string."""
    if fact.interval is None:
        return ""
    low, high = fact.interval
    if fact.name == "mismatch_ratio" and high > RATIO_ABOVE_PRINT:
        return f"{min(rounded(low, decimals), str(RATIO_ABOVE_PRINT), key=float)} to >{RATIO_ABOVE_PRINT}"
    return f"{rounded(low, decimals)} to {rounded(high, decimals)}"


def headline(model: ReportModel) -> tuple[HeadlinePart, ...]:
    """Return the parts of the headline: core, delay, mismatch and ratio; the core alone without perfusion."""
    facts = model.facts
    core = HeadlinePart(model.core_rule or "core", printed(facts.get("core_ml"), 0))
    if model.delay_rule is None:
        return (core,)
    return (
        core,
        HeadlinePart(model.delay_rule, printed(facts.get("hypoperfused_ml"), 0)),
        HeadlinePart("mismatch", printed(facts.get("mismatch_ml"), 0)),
        HeadlinePart("ratio", printed(facts.get("mismatch_ratio"), 1)),
    )


def headline_text(parts: Iterable[HeadlinePart]) -> str:
    """Return the headline as one line: `CBF<30% 22 mL | Tmax>6s 98 mL | mismatch 76 mL | ratio 4.5`."""
    return " | ".join(f"{part.label} {part.value.marked}" for part in parts)


def height_text(position_mm: float) -> str:
    """Return the height of a slice as radiology writes it: "S 42.0 mm" above the origin, else "I"."""
    letter = "I" if position_mm < 0 else "S"
    return f"{letter} {rounded(abs(position_mm), 1)} mm"


def words(identifier: str) -> str:
    """Return an identifier as words: "target-mismatch" reads "target mismatch"."""
    return identifier.replace("-", " ").replace("_", " ")


def sentence(text: str) -> str:
    """Return text with a full stop, and a capital first letter unless it starts with the name of a fact."""
    start = text[:1] if "_" in text.split(" ", 1)[0] else text[:1].upper()
    return f"{start}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def position_text(ras_mm: Sequence[float]) -> str:
    """Return a position as anatomy says it: "R 27.0, P 73.0, S 8.0 mm"."""
    letters = ("LR", "PA", "IS")
    parts = [
        f"{pair[value >= 0]} {rounded(abs(value), 1)}" for pair, value in zip(letters, ras_mm, strict=True)
    ]
    return f"{', '.join(parts)} mm"


def _value_text(fact: Fact, decimals: int | None) -> str:
    if fact.infinite:
        return f">{RATIO_ABOVE_PRINT}"
    value = fact.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if value is None or isinstance(value, str):
        return str(value)
    if fact.name == "mismatch_ratio" and value > RATIO_ABOVE_PRINT:
        return f">{RATIO_ABOVE_PRINT}"
    return _number_text(value, decimals)


def _number_text(value: FactValue, decimals: int | None) -> str:
    assert not isinstance(value, (str, frozenset))  # noqa: S101 - numbers only come here
    return compact(float(value)) if decimals is None else rounded(value, decimals)
