"""Slips of the pen: what a number may have been before two digits changed places, or a point moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum
from itertools import combinations

from tissueclock.evidence.check.model import (
    MOST,
    PrintedArm,
    PrintedFlow,
    PrintedInterval,
    PrintedP,
    PrintedResult,
    Relation,
)
from tissueclock.evidence.check.number import PrintedNumber, printed


class Kind(IntEnum):
    """Kinds of slips, the likeliest first."""

    TRANSPOSED = 0
    TURNED = 1
    SHIFTED = 2
    LOST = 3
    OTHER_DIGIT = 4


_WORDS = ("with two digits of {} transposed", "for {}", "for {}", "for {}", "for {}")


def slips_of_number(number: PrintedNumber, kind: Kind) -> Iterator[PrintedNumber]:
    """Yield what a number may have been, each once; none is the number itself."""
    seen = {number.text}
    makers = {
        Kind.TRANSPOSED: _transposed,
        Kind.TURNED: _turned,
        Kind.SHIFTED: _shifted,
        Kind.LOST: _lost_or_doubled,
        Kind.OTHER_DIGIT: _other_digit,
    }
    for text in makers[kind](number.text):
        if text not in seen:
            seen.add(text)
            yield printed(text)


def slips_of_result(result: PrintedResult, kind: Kind) -> Iterator[tuple[str, PrintedResult]]:
    """Yield in words what one number of a result may have been, with the result as it then would be."""
    if kind is Kind.TURNED:
        yield from _turned_parts(result)
    if result.estimate is not None:
        for number in slips_of_number(result.estimate, kind):
            yield _words("the estimate", number, result.estimate, kind), replace(result, estimate=number)
    if result.interval is not None:
        for words, interval in _slips_of_interval(result.interval, kind):
            yield words, replace(result, interval=interval)
    if result.p is not None:
        for number in slips_of_number(result.p.value, kind):
            p = PrintedP(result.p.relation, number, result.p.sides, result.p.test)
            yield _words("p", number, result.p.value, kind), replace(result, p=p)
    for place, arm in enumerate(result.arms):
        for words, slipped in _slips_of_arm(arm, kind):
            yield words, replace(result, arms=(*result.arms[:place], slipped, *result.arms[place + 1 :]))


def slips_of_flow(flow: PrintedFlow, kind: Kind) -> Iterator[tuple[str, PrintedFlow]]:
    """Yield in words what one number of a flow may have been, with the flow that would then be printed."""
    if flow.total is not None:
        for words, total in _slips_of_count("the total", flow.total, kind):
            yield words, replace(flow, total=total)
    for place, size in enumerate(flow.arms):
        for words, count in _slips_of_count("a group", size, kind):
            yield words, replace(flow, arms=(*flow.arms[:place], count, *flow.arms[place + 1 :]))


def _words(name: str, number: PrintedNumber, was: PrintedNumber, kind: Kind) -> str:
    return f"{name} {number} ({_WORDS[kind].format(was)})"


def _slips_of_interval(interval: PrintedInterval, kind: Kind) -> Iterator[tuple[str, PrintedInterval]]:
    for number in slips_of_number(interval.low, kind):
        yield _words("the lower limit", number, interval.low, kind), replace(interval, low=number)
    for number in slips_of_number(interval.high, kind):
        yield _words("the upper limit", number, interval.high, kind), replace(interval, high=number)


def _slips_of_arm(arm: PrintedArm, kind: Kind) -> Iterator[tuple[str, PrintedArm]]:
    if arm.percent is not None:
        for number in slips_of_number(arm.percent, kind):
            yield _words("the percentage", number, arm.percent, kind), replace(arm, percent=number)
    if arm.events is not None:
        for words, count in _slips_of_count("events", arm.events, kind):
            yield words, replace(arm, events=count)
    if arm.n is not None:
        for words, count in _slips_of_count("n", arm.n, kind):
            yield words, replace(arm, n=count)


def _slips_of_count(name: str, count: int, kind: Kind) -> Iterator[tuple[str, int]]:
    if kind is Kind.TURNED:
        return
    was = printed(count)
    for number in slips_of_number(was, kind):
        if number.text.isdigit() and str(int(number.text)) == number.text and int(number.text) <= MOST:
            yield _words(name, number, was, kind), int(number.text)


def _turned_parts(result: PrintedResult) -> Iterator[tuple[str, PrintedResult]]:
    interval, p = result.interval, result.p
    if interval is not None:
        swapped = replace(interval, low=interval.high, high=interval.low)
        yield f"the limits {swapped} (swapped)", replace(result, interval=swapped)
    if p is not None and p.relation is not Relation.EQUAL:
        relation = Relation.ABOVE if p.relation is Relation.BELOW else Relation.BELOW
        turned = replace(p, relation=relation)
        yield f"p {turned} (the sign turned round)", replace(result, p=turned)


def _digit_places(text: str) -> list[int]:
    return [place for place, letter in enumerate(text) if letter.isdigit()]


def _transposed(text: str) -> Iterator[str]:
    """Yield the text with two digits changed round, neighbours first."""
    pairs = sorted(combinations(_digit_places(text), 2), key=lambda pair: pair[1] - pair[0])
    for i, j in pairs:
        yield f"{text[:i]}{text[j]}{text[i + 1 : j]}{text[i]}{text[j + 1 :]}"


def _turned(text: str) -> Iterator[str]:
    yield text.lstrip("-+") if text.startswith("-") else f"-{text.lstrip('+')}"


def _shifted(text: str) -> Iterator[str]:
    """Yield the text with its point one and two places to either side; no digit is lost."""
    number = printed(text)
    for places in (-1, 1, -2, 2):
        yield f"{number.value.scaleb(places):f}"


def _lost_or_doubled(text: str) -> Iterator[str]:
    """Yield the text without one of its digits, then with one digit more."""
    places = _digit_places(text)
    for place in places:
        shorter = text[:place] + text[place + 1 :]
        if any(map(str.isdigit, shorter)) and not shorter.endswith("."):
            yield shorter
    for place in (*places, len(text)):
        for digit in "0123456789":
            yield text[:place] + digit + text[place:]


def _other_digit(text: str) -> Iterator[str]:
    for place in _digit_places(text):
        for digit in "0123456789":
            yield text[:place] + digit + text[place + 1 :]
