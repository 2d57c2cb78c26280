"""Read results from a table of plain text: columns between bars, a measure or p named in the first row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import (
    PrintedArm,
    PrintedInterval,
    PrintedP,
    PrintedResult,
    Relation,
)
from tissueclock.evidence.check.number import printed
from tissueclock.evidence.check.text.counts import arm_items
from tissueclock.evidence.check.text.normal import NormalText, Sentence
from tissueclock.evidence.check.text.words import PLAIN, RANGE, SIGNED, digits

_EFFECT = re.compile(
    rf"^(?P<estimate>{SIGNED})\s*[,;]?\s*[(\[]\s*(?:95\s*%\s*CI\s*[,:]?\s*)?{RANGE}\s*[)\]]$"
)
_P = re.compile(rf"^(?:[Pp]\s*)?(?P<relation>[<>=]?)\s*(?P<number>{PLAIN})$")
_CONTROL = re.compile(r"\bcontrol|placebo|medical|usual|standard|conservative", re.IGNORECASE)
_NAMED = re.compile(r"(?<![A-Za-z])(?:a|ac|c)?(OR|RR|HR|RD)(?![A-Za-z])")
_HEAD_OF_P = re.compile(r"^\s*[Pp](?:[\s-]*values?)?\s*$")
_RULE = re.compile(r"^[\s|:-]+$")


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a line, and its number."""

    cells: tuple[str, ...]
    line: int


def table_results(text: NormalText) -> tuple[PrintedResult, ...]:
    """Return a result for each row of a table that holds an effect or a p below a head that names it."""
    found: list[PrintedResult] = []
    head: _Row | None = None
    for line in text.lines():
        row = _row(line, text)
        if row is None:
            head = None
        elif head is None:
            head = row
        elif not _RULE.match(line.text):
            found += list(_results(head, row))
    return tuple(found)


def _row(line: Sentence, text: NormalText) -> _Row | None:
    plain = line.text.strip()
    if not plain.startswith("|") or plain.count("|") < 3:
        return None
    return _Row(tuple(cell.strip() for cell in plain.strip("|").split("|")), text.line(line.start))


def _results(head: _Row, row: _Row) -> Iterator[PrintedResult]:
    if len(head.cells) != len(row.cells):
        return
    effect = next((match for cell in row.cells if (match := _EFFECT.match(cell))), None)
    by_head = dict(zip(head.cells, row.cells, strict=True))
    p = next(
        (found for name, cell in by_head.items() if _HEAD_OF_P.match(name) and (found := _p(cell))), None
    )
    if effect is None and p is None:
        return
    estimate = None if effect is None else printed(digits(effect["estimate"]))
    interval = (
        None
        if effect is None
        else PrintedInterval(printed(digits(effect["low"])), printed(digits(effect["high"])))
    )
    arms = _arms(by_head)
    yield PrintedResult(
        name=f"row '{row.cells[0]}'"[:70],
        measure=_measure(head, row),
        estimate=estimate,
        interval=interval,
        p=p,
        arms=arms if len(arms) == 2 else (),
        where=f"line {row.line}",
    )


def _measure(head: _Row, row: _Row) -> Measure:
    """Return the measure that the head of the effect's column names; of HR/OR the one that counts give."""
    for name, cell in zip(head.cells, row.cells, strict=True):
        if _EFFECT.match(cell):
            named = _NAMED.findall(name)
            for word in (*(word for word in named if word != "HR"), *named):
                return Measure(word)
    return Measure.UNKNOWN


def _arms(by_head: Mapping[str, str]) -> tuple[PrintedArm, ...]:
    """Return the groups of a row, the control group last whatever the order of the columns."""
    named: list[tuple[bool, PrintedArm]] = []
    for name, cell in by_head.items():
        found: Sequence[PrintedArm] = [item.arm for item in arm_items(cell, ())]
        if len(found) == 1 and not _EFFECT.match(cell):
            named.append((bool(_CONTROL.search(name)), found[0]))
    return tuple(arm for _, arm in sorted(named, key=lambda pair: pair[0]))


def _p(cell: str) -> PrintedP | None:
    match = _P.match(cell)
    if match is None:
        return None
    return PrintedP(Relation(match["relation"] or "="), printed(digits(match["number"])))
