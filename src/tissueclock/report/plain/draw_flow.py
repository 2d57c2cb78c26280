"""What a trial's criteria leave of a cohort, one after the other in the order of its file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.result import Flow, FlowStep
from tissueclock.report.plain import svg

_ROW, _TOP = 34.0, 118.0
_WORDS, _BAR_X, _BAR = 24.0, 420.0, 330.0
_EXCLUDED_X, _LEFT_X, _OPEN_X, _ONLY_X, _WIDTH = 820.0, 890.0, 960.0, 1040.0, 1064.0
_LINE_LETTERS, _MOST_LINES = 62, 2
_OPEN, _GONE = "#a9c3dc", "#d9899a"


def draw_flow(flow: Flow) -> str:
    """Return the picture: a bar a criterion; in it who remains, is open so far, is excluded here."""
    height = _TOP + (len(flow.steps) + 1) * _ROW + 90
    title = f"{flow.counts.title}: what its criteria leave"
    description = (
        f"{flow.counts.n} cases; {flow.counts.eligible} eligible, {flow.counts.undetermined} undetermined, "
        f"{flow.counts.ineligible} ineligible"
    )
    return svg.picture(_WIDTH, height, title, description, _parts(flow, height))


def _parts(flow: Flow, height: float) -> Iterator[str]:
    counts = flow.counts
    yield svg.text(_WORDS, 34, f"{counts.title}: what its criteria leave", size=18, weight=600)
    yield svg.text(
        _WORDS,
        56,
        f"{svg.number(counts.n)} cases: {svg.number(counts.eligible)} eligible, "
        f"{svg.number(counts.undetermined)} undetermined, {svg.number(counts.ineligible)} ineligible",
        fill=svg.MUTED,
    )
    yield from _heads()
    yield svg.text(_WORDS, _TOP + 21, "All cases", weight=600)
    yield svg.box(_BAR_X, _TOP + 7, _BAR, 20, svg.ACCENT)
    yield svg.text(_LEFT_X, _TOP + 21, svg.number(counts.n), anchor="end")
    for at, step in enumerate(flow.steps, start=1):
        yield svg.group(_step(step, _TOP + at * _ROW, counts.n), step.text)
    yield from _legend(height)


def _heads() -> Iterator[str]:
    for x, first, second in (
        (_EXCLUDED_X, "excluded", "here"),
        (_LEFT_X, "remain", ""),
        (_OPEN_X, "of them", "open"),
        (_ONLY_X, "only", "reason"),
    ):
        yield svg.text(x, _TOP - 20, first, size=11, anchor="end", fill=svg.MUTED)
        yield svg.text(x, _TOP - 6, second, size=11, anchor="end", fill=svg.MUTED)


def _step(step: FlowStep, y: float, n: int) -> Iterator[str]:
    yield svg.line(_WORDS, y, _WIDTH - 24, y)
    lines = _lines(step)
    for at, words in enumerate(lines):
        yield svg.text(_WORDS, y + (21 if len(lines) == 1 else 15 + 13 * at), words, size=11)
    known = step.remaining - step.remaining_open
    x: float = _BAR_X
    for count, fill in ((known, svg.ACCENT), (step.remaining_open, _OPEN), (step.excluded, _GONE)):
        yield svg.box(x, y + 7, _BAR * count / n, 20, fill)
        x += _BAR * count / n
    for edge, count, fill in (
        (_EXCLUDED_X, step.excluded, svg.BAD),
        (_LEFT_X, step.remaining, svg.INK),
        (_OPEN_X, step.remaining_open, svg.MUTED),
        (_ONLY_X, step.only_reason, svg.INK),
    ):
        yield svg.text(edge, y + 21, svg.number(count) if count else "\u2013", anchor="end", fill=fill)


def _lines(step: FlowStep) -> list[str]:
    without = "Not: " if step.kind == "exclusion" else ""
    mark = "" if step.confidence == "found" else f" [{step.confidence}]"
    return textwrap.wrap(
        f"{without}{step.text}{mark}", _LINE_LETTERS, max_lines=_MOST_LINES, placeholder=" \u2026"
    )


def _legend(height: float) -> Iterator[str]:
    y = height - 58
    x: float = _WORDS
    for fill, words in (
        (svg.ACCENT, "remain, nothing unknown so far"),
        (_OPEN, "remain, something unknown so far"),
        (_GONE, "excluded by this criterion, none before"),
    ):
        yield svg.box(x, y - 10, 12, 12, fill)
        yield svg.text(x + 18, y, words, size=11)
        x += 40 + 6.2 * len(words)
    words = "Only reason: of all cases, those that fail this criterion and no other one."
    yield svg.text(_WORDS, height - 36, words, size=11, fill=svg.MUTED)
    yield svg.text(_WORDS, height - 18, DISCLAIMER, size=11, fill=svg.MUTED)
