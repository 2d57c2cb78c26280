"""A cohort as one page of HTML that needs nothing else: counts, pictures and their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort import svg
from tissueclock.eligibility.cohort.draw_agreement import draw_agreement, kappa_words
from tissueclock.eligibility.cohort.draw_flow import draw_flow
from tissueclock.eligibility.cohort.draw_overlap import draw_overlap
from tissueclock.eligibility.cohort.result import CohortResult, Flow

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 1120px; padding: 1.2rem; background: #fff; color: #1b2430;
  font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.notice { color: #8a5a00; background: #fdf6e7; border: 1px solid #ecd49c; padding: .4rem .7rem; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #d9dee5; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
details { border-top: 1px solid #d9dee5; padding: .5rem 0; } summary { cursor: pointer; }
.picture { overflow-x: auto; } .picture svg { max-width: 100%; height: auto; }
@media print { details > * { display: block; } section { break-inside: avoid; } }
"""

_FLOW = (
    "The criteria of each trial in the order of its file. In the tables: of all cases, fail and unknown; of "
    "those that came so far, excluded here, remain, and of these with something unknown (open); of all "
    "cases, those that fail this criterion only, and of these with nothing else unknown (rest met)."
)


def cohort_page(result: CohortResult, left_out: Sequence[int]) -> str:
    """Return the page; `left_out` are the lines of rows that were not read."""
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Cohort of {result.n} cases</title>"
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    )
    return "\n".join((head, *_body(result, left_out), "</body></html>\n"))


def _body(result: CohortResult, left_out: Sequence[int]) -> Iterator[str]:
    yield f"<h1>Who qualifies under which trial: {svg.number(result.n)} cases</h1>"
    yield f'<p class="notice">{escape(DISCLAIMER)}</p>'
    yield f"<p>{escape(_read_words(result, left_out))}</p>"
    yield from _section("Decisions", _table(*_decisions(result)))
    if any(item.unread for item in result.counts):
        yield "<details><summary>Criteria that were read in no source, so that nobody was asked</summary>"
        yield f"{_table(*_unread(result))}</details>"
    yield from _section("Overlap", _picture(draw_overlap(result)))
    if result.pairs:
        yield from _section("Agreement", _picture(draw_agreement(result)))
        yield "<details><summary>Every pair as a table</summary>"
        yield f"{_table(*_agreement(result))}</details>"
    yield from _section("Flow of exclusions", f"<p>{escape(_FLOW)}</p>")
    for flow in result.flows:
        yield from _flow(flow)
    yield f'<p class="notice">{escape(DISCLAIMER)}</p>'


def _read_words(result: CohortResult, left_out: Sequence[int]) -> str:
    scope = {
        "full": "Every criterion was asked.",
        "imaging": "Only criteria on imaging were asked; the others were taken as met.",
        "computable": "Criteria that the facts of a case cannot answer were taken as met.",
    }[result.scope]
    if not left_out:
        return f"{scope} Every row of the file was read."
    return f"{scope} {len(left_out)} rows were left out: lines {ranges(left_out)}."


def ranges(numbers: Sequence[int]) -> str:
    """Return whole numbers with runs drawn together: 3, 17-19."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _section(title: str, content: str) -> tuple[str, ...]:
    return f"<h2>{escape(title)}</h2>", content


def _picture(drawing: str) -> str:
    return f'<div class="picture">{drawing}</div>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], words: int) -> str:
    """Return a table whose first `words` columns are words and whose others are numbers."""

    def line(tag: str, cells: Sequence[object]) -> str:
        kinds = ["" if at < words else " class='n'" for at in range(len(cells))]
        made = (
            f"<{tag}{kind}>{escape(_cell(cell))}</{tag}>" for kind, cell in zip(kinds, cells, strict=True)
        )
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', heads)}</thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    return svg.number(value) if isinstance(value, int) else str(value)


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


def _unread(result: CohortResult) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]], int]:
    rows = ((item.title, item.trial, item.unread) for item in result.counts if item.unread)
    return ("trial", "id", "not read, so not asked"), rows, 3


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
    yield _picture(draw_flow(flow))
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
    yield f"{_table(heads, rows, 2)}</details>"
