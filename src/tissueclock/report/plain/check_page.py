"""The findings of the checker as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType

from tissueclock.evidence.check.checker import CheckReport
from tissueclock.evidence.check.finding import Answer, Finding, Level
from tissueclock.report.plain.check_rows import found_words, read_words
from tissueclock.report.plain.page import NOTICE, document, headed_table, section, table

_MARKS: Mapping[Level, str] = MappingProxyType(
    {Level.ERROR: "\u2717 error", Level.WARNING: "! warning", Level.INFO: "i remark"}
)
_WORDS = (
    "An error: no unrounded numbers agree with all that is printed. A warning: only a method that "
    "is rarely used, "
    "or that is not said, could give it. A remark is worth knowing and no fault. What was read from "
    "the text stands "
    "below; what the checker did not understand it leaves out."
)


def check_page(report: CheckReport, file: str) -> str:
    """Return the page; `file` is the name of what was checked."""
    return document(f"Printed results of {file}", _body(report, file), "check")


def _body(report: CheckReport, file: str) -> Iterator[str]:
    yield f"<h1>Printed results, recomputed: {escape(file)}</h1>"
    yield NOTICE
    yield f"<p>Read: {escape(read_words(report))}. Found: {escape(found_words(report))}.</p>"
    yield f'<p class="quiet">{escape(_WORDS)}</p>'
    yield section("Findings", _findings(report))
    yield section("What a report ought to say", _checklist(report))
    yield section("What was read", _read(report))
    yield NOTICE


def _findings(report: CheckReport) -> str:
    if not report.findings:
        return "<p>Nothing: what can be recomputed agrees within its rounding.</p>"
    rows = "".join(map(_row, report.findings))
    return headed_table(
        ("Where", "Level", "Printed", "Recomputed", "Why, and what would agree"), rows, "check"
    )


def _row(finding: Finding) -> str:
    suggestion = f"<br><b>{escape(finding.suggestion)}</b>" if finding.suggestion else ""
    place = f"{escape(finding.where)}<br>" if finding.where else ""
    return (
        f'<tr class="{finding.level.value}"><th scope="row">{place}<span '
        f'class="quiet">{escape(finding.result)}</span>'
        f'</th><td class="level">{_MARKS[finding.level]}<br><span '
        f'class="quiet">{escape(finding.id)}</span></td>'
        f"<td>{escape(finding.printed)}</td><td>{escape(finding.recomputed)}</td>"
        f"<td>{escape(finding.why)}{suggestion}</td></tr>"
    )


def _checklist(report: CheckReport) -> str:
    asked = [item for item in report.checklist if item.answer is not Answer.NOT_APPLICABLE]
    if not asked:
        return "<p>Nothing of the checklist applies.</p>"
    rows = ((item.asks, item.answer.value, "; ".join(item.about)) for item in asked)
    return table(("Item", "Answer", "Silent about"), rows, kind="asked")


def _read(report: CheckReport) -> str:
    rows = [
        (
            result.where,
            result.name,
            result.shown,
            "" if result.p is None else f"p {result.p}",
            " v ".join(map(str, result.arms)),
        )
        for result in report.document.results
    ]
    rows += [
        (
            flow.where,
            flow.name,
            "" if flow.total is None else f"{flow.total} in all",
            "stopped early" if flow.stopped_early else "",
            " + ".join(map(str, flow.arms)),
        )
        for flow in report.document.flows
    ]
    return table(("Where", "What", "Effect", "p", "Groups"), rows)
