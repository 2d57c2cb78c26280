"""A block of criteria -> statements: headings say the kind, bullets and lines are the statements.

What stands around a statement can turn its meaning: a list below it, a line above it that ends with a colon,
a heading that is about some patients only. Such a statement carries a doubt, and no rule is guessed from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tissueclock.protocol.model import CriterionKind
from tissueclock.protocol.registration.plain import unescaped
from tissueclock.protocol.registration.record import Statement

_KIND = re.compile(r"\b(?P<kind>inclusion|exclusion)\s+criteri(?:a|on)\b", re.IGNORECASE)
_NEUTRAL = frozenset(
    (
        *("inclusion", "exclusion", "criteria", "criterion", "eligibility", "general", "clinical", "key"),
        *("imaging", "neuroimaging", "radiological", "radiographic", "main", "major", "other"),
        *("additional", "specific", "laboratory", "and", "the"),
    )
)
_BULLET = re.compile(
    r"(?P<indent>\s*)(?:[*•·‣▪◦-]|\(?[0-9]{1,2}[.)]|\(?[a-z][.)])\s+(?P<text>\S.*)", re.IGNORECASE
)
_LONGEST_HEADING = 80
_NESTED = 2  # our choice: so many spaces deeper make a list of its own

_UNDER_LINE = "a list: do all of its parts have to hold, or one?"
_UNDER_HEADING = "it stands under a heading: does that hold for all patients?"
_BELOW_COLON = "it stands below a line that ends with a colon: do all of its parts have to hold, or one?"
_NO_HEADING = "it stands under no heading: is it an inclusion or an exclusion?"
_CHAINED = "the line above or below goes on with it: which of them have to hold?"


@dataclass(slots=True)
class _Reader:
    """What is known while the lines go by."""

    kind: CriterionKind | None = None
    doubt: str = ""
    indent: int = 0
    bulleted: bool = False
    last_line: int = -1
    numbers: Counter[CriterionKind] = field(default_factory=Counter)
    found: list[Statement] = field(default_factory=list)


def statements(lines: Iterable[tuple[int, str]]) -> tuple[Statement, ...]:
    """Return the statements of numbered lines, in their order, their text untouched but for the bullet."""
    reader = _Reader()
    for number, line in lines:
        if line.strip():
            _read(reader, number, line)
    return tuple(reader.found)


def heading_kind(line: str) -> CriterionKind | None:
    """Return the kind that a heading such as "Inclusion Criteria:" announces, None for any other line."""
    text = unescaped(line).strip(" *#_")
    match = _KIND.search(text)
    if match is None or len(text) > _LONGEST_HEADING or re.search(r"[0-9<>=]|\.\s", text):
        return None
    # "Does not fulfil the inclusion criteria" is a statement, and so is a bullet that says more.
    restricting = text if _BULLET.fullmatch(line) else text[: match.start()]
    return CriterionKind(match["kind"].lower()) if _is_neutral(restricting) else None


def _read(reader: _Reader, number: int, line: str) -> None:
    kind = heading_kind(line)
    bullet = _BULLET.fullmatch(line)
    if kind is not None:
        reader.kind, reader.doubt, reader.bulleted = kind, _heading_doubt(line), False
    elif bullet and _is_nested(reader, len(bullet["indent"])):
        _append(reader, number, line, _UNDER_LINE)
    elif bullet:
        reader.indent = len(bullet["indent"])
        _add(reader, number, bullet["text"].rstrip(), bulleted=True)
    elif _continues(reader, number, line):
        _append(reader, number, line, "")
    elif line.strip().endswith(":"):
        reader.doubt, reader.bulleted = _heading_doubt(line), False
        if reader.doubt:
            _add(reader, number, line.strip(), bulleted=False)
    else:
        _add(reader, number, line.strip(), bulleted=False)


def _heading_doubt(line: str) -> str:
    """Return a doubt unless the heading is only made of words that restrict nothing."""
    return "" if _is_neutral(unescaped(line)) else _UNDER_HEADING


def _is_neutral(text: str) -> bool:
    return _NEUTRAL.issuperset(re.findall(r"[^\W_]+", text.lower()))


def _is_nested(reader: _Reader, indent: int) -> bool:
    return bool(reader.found) and reader.bulleted and indent >= reader.indent + _NESTED


def _continues(reader: _Reader, number: int, line: str) -> bool:
    """Tell whether a line without a bullet goes on with the statement above it."""
    if not reader.found or reader.last_line != number - 1:
        return False
    return reader.bulleted or line.strip()[0].islower()


def _append(reader: _Reader, number: int, line: str, doubt: str) -> None:
    last = reader.found[-1]
    reader.found[-1] = replace(last, text=f"{last.text}\n{line.rstrip()}", doubt=last.doubt or doubt)
    reader.last_line = number


def _add(reader: _Reader, number: int, text: str, *, bulleted: bool) -> None:
    kind = reader.kind or CriterionKind.INCLUSION
    doubt = reader.doubt if reader.kind else _NO_HEADING
    if reader.found and _chained(reader.found[-1], text):
        reader.found[-1] = replace(reader.found[-1], doubt=reader.found[-1].doubt or _CHAINED)
        doubt = doubt or _CHAINED
    reader.numbers[kind] += 1
    reader.found.append(
        Statement(kind=kind, number=reader.numbers[kind], text=text, line=number, doubt=doubt)
    )
    reader.bulleted, reader.last_line = bulleted, number
    if text.endswith(":"):
        reader.doubt = _BELOW_COLON


def _chained(above: Statement, text: str) -> bool:
    """Tell whether an "or" of inclusions, or an "and" of exclusions, ties a line to the one above it."""
    word = "or" if above.kind is CriterionKind.INCLUSION else "and"
    ends = re.search(rf"\b{word}\W*$", above.text, re.IGNORECASE)
    return bool(ends or re.match(rf"\W*{word}\b", text, re.IGNORECASE))
