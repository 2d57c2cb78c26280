"""The findings of the checker as rows of text and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from tissueclock.evidence.check.checker import CheckReport
from tissueclock.evidence.check.finding import Answer, Level

HEADS = ("id", "level", "where", "result", "printed", "recomputed", "why", "suggestion")


def check_lines(report: CheckReport) -> Iterator[str]:
    """Yield one row with how much was read and found, one a finding, one a missing item of the checklist."""
    yield "\t".join(("read", read_words(report), found_words(report)))
    yield from (finding.text() for finding in report.findings)
    yield from (item.text() for item in report.checklist if item.answer is Answer.MISSING)


def read_words(report: CheckReport) -> str:
    """Say how much was read."""
    document = report.document
    counts = (
        (len(document.results), "result"),
        (len(document.flows), "flow of patients", "flows of patients"),
        (len(document.tables), "table of a scale", "tables of a scale"),
        (len(document.interactions), "interaction"),
        (len(document.spreads), "median"),
    )
    return ", ".join(_counted(*count) for count in counts if count[0]) or "nothing that was printed"


def found_words(report: CheckReport) -> str:
    """Say how many findings of each level there are."""
    counts = {level: sum(finding.level is level for finding in report.findings) for level in Level}
    names = ((Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.INFO, "remark"))
    return ", ".join(_counted(counts[level], name) for level, name in names)


def check_csv(report: CheckReport) -> str:
    """Return the findings as CSV with a first row of names."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEADS)
    for item in report.findings:
        level = item.level.value
        writer.writerow(
            (
                item.id,
                level,
                item.where,
                item.result,
                item.printed,
                item.recomputed,
                item.why,
                item.suggestion,
            )
        )
    return target.getvalue()


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
