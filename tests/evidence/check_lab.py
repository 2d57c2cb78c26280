"""What the tests of the checker share: printed results in one line, and what is found in them."""

from __future__ import annotations

from tissueclock.evidence.check.checker import CheckReport, check_document
from tissueclock.evidence.check.finding import Finding, Level
from tissueclock.evidence.check.measure import measure_of
from tissueclock.evidence.check.model import (
    PrintedArm,
    PrintedDocument,
    PrintedInterval,
    PrintedP,
    PrintedResult,
    Relation,
)
from tissueclock.evidence.check.number import printed
from tissueclock.evidence.check.read_toml import read_toml
from tissueclock.evidence.check.text.read import read_text


def result(effect: str, *arms: PrintedArm, p: str = "", **more: object) -> PrintedResult:
    """Return a result; `effect` is `RR 2.43 1.35 4.37`, `p` is `=0.002`; underscores stand for no number."""
    measure, *numbers = effect.split()
    estimate, low, high = (*numbers, *["_"] * (3 - len(numbers)))
    return PrintedResult(
        name=str(more.pop("name", "a result")),
        measure=measure_of(measure)[0],
        estimate=None if estimate == "_" else printed(estimate),
        interval=None if low == "_" else PrintedInterval(printed(low), printed(high)),
        p=PrintedP(Relation(p[0]), printed(p[1:])) if p else None,
        arms=arms,
        **more,  # type: ignore[arg-type]
    )


def arm(text: str, **more: object) -> PrintedArm:
    """Return a group typed as `31/100 31.0`; an underscore stands for what is not printed."""
    counts, _, percent = text.partition(" ")
    events, _, n = counts.partition("/")
    return PrintedArm(
        events=None if events == "_" else int(events),
        n=None if n in ("_", "") else int(n),
        percent=printed(percent) if percent else None,
        **more,  # type: ignore[arg-type]
    )


def report_of(*results: PrintedResult) -> CheckReport:
    return check_document(PrintedDocument(results=results))


def in_text(text: str) -> CheckReport:
    return check_document(read_text(text))


def in_toml(text: str) -> CheckReport:
    return check_document(read_toml(text, "a.toml"))


def ids(report: CheckReport, *, infos: bool = False) -> list[str]:
    """Return the ids of the alarms, or of every finding."""
    return [found.id for found in (report.findings if infos else report.alarms)]


def only(report: CheckReport, check: str) -> Finding:
    """Return the one finding of a check."""
    (found,) = [item for item in report.findings if item.id == check]
    return found


def levels(report: CheckReport) -> dict[str, Level]:
    """Return the level of each finding by the id of its check."""
    return {found.id: found.level for found in report.findings}
