"""A cohort as one page of HTML that needs nothing else: counts, pictures and their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from tissueclock.eligibility.cohort.kappa import kappa_words
from tissueclock.eligibility.cohort.result import CohortResult, Flow
from tissueclock.report.plain import svg
from tissueclock.report.plain.draw_agreement import draw_agreement
from tissueclock.report.plain.draw_flow import draw_flow
from tissueclock.report.plain.draw_overlap import draw_overlap
from tissueclock.report.plain.page import NOTICE, document, picture, section, table

_FLOW = (
    "The criteria of each trial in the order of its file. In the tables: of all cases, fail and unknown; of "
    "those that came so far, excluded here, remain, and of these with something unknown (open); of all "
    "cases, those that fail this criterion only, and of these with nothing else unknown (rest met)."
)


def cohort_page(result: CohortResult, left_out: str) -> str:
    """Return the page; `left_out` says which rows of the file were not read."""
    return document(f"Cohort of {result.n} cases", _body(result, left_out), "cohort")


def _body(result: CohortResult, left_out: str) -> Iterator[str]:
    yield f"<h1>Who qualifies under which trial: {svg.number(result.n)} cases</h1>"
    yield NOTICE
    yield f"<p>{escape(_scope_words(result.scope))} {escape(left_out)}</p>"
    yield section("Decisions", _counted(*_decisions(result)))
    if any(item.unread for item in result.counts):
        yield "<details><summary>Criteria that were read in no source, so that nobody was asked</summary>"
        yield f"{_counted(*_unread(result))}</details>"
    yield section("Overlap", picture(draw_overlap(result)))
    if result.pairs:
        yield section("Agreement", picture(draw_agreement(result)))
        yield "<details><summary>Every pair as a table</summary>"
        yield f"{_counted(*_agreement(result))}</details>"
    yield section("Flow of exclusions", f"<p>{escape(_FLOW)}</p>")
    for flow in result.flows:
        yield from _flow(flow)
    yield NOTICE


def _scope_words(scope: str) -> str:
    return {
        "full": "Every criterion was asked.",
        "imaging": "Only criteria on imaging were asked; the others were taken as met.",
        "computable": "Criteria that the facts of a case cannot answer were taken as met.",
    }[scope]


def _counted(heads: Sequence[str], rows: Iterable[Sequence[object]], words: int) -> str:
    """Return a table whose first `words` columns are words and whose others are numbers."""
    shown = (tuple(map(_cell, row)) for row in rows)
    return table(heads, shown, numbers=range(words, len(heads)))


def _cell(value: object) -> str:
    return svg.number(value) if isinstance(value, int) else str(value)


def _unread(result: CohortResult) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]], int]:
    rows = ((item.title, item.trial, item.unread) for item in result.counts if item.unread)
    return ("trial", "id", "not read, so not asked"), rows, 3


def _decisions(result: CohortResult) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]], int]:
    rows = (
        (
            item.title,
            item.trial,
            item.eligible,
            f"{100 * item.eligible / result.n:.1f} %",
            item.undetermined,
            item.ineligible,
            item.digest.removeprefix("sha256:")[:12],
        )
        for item in result.counts
    )
    return ("trial", "id", "eligible", "share", "undetermined", "ineligible", "digest"), rows, 2


def _agreement(result: CohortResult) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]], int]:
    rows = (
        (
            pair.first,
            pair.second,
            kappa_words(pair.of_three),
            kappa_words(pair.of_two),
            pair.both,
            pair.either,
        )
        for pair in result.pairs
    )
    return ("trial", "trial", "three answers", "both decided", "eligible under both", "either"), rows, 4


def _flow(flow: Flow) -> Iterator[str]:
    counts = flow.counts
    yield (
        f"<details><summary>{escape(counts.title)}: {svg.number(counts.eligible)} eligible, "
        f"{svg.number(counts.undetermined)} undetermined</summary>"
    )
    yield picture(draw_flow(flow))
    heads = ("criterion", "statement", "fail", "unknown", "excluded", "remain", "open", "only", "rest met")
    rows = (
        (
            step.criterion,
            step.text,
            step.failed,
            step.unknown,
            step.excluded,
            step.remaining,
            step.remaining_open,
            step.only_reason,
            step.only_reason_rest_met,
        )
        for step in flow.steps
    )
    yield f"{_counted(heads, rows, 2)}</details>"
