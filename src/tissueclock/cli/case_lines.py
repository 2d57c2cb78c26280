"""One case in text: rows with the id first and tabs between; on a terminal the columns are aligned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from tissueclock.eligibility.matrix import COLUMNS, Row
from tissueclock.eligibility.outcome import Assessment, Decision, Outcome, Profile
from tissueclock.eligibility.sensitivity import Sensitivity
from tissueclock.facts.vocabulary import definition_of, judgement_parts

_SHOWN_FLIPS = 3
"""The nearest flips of a trial in text; the JSON document has all of them."""

_LEGEND = "a cell is its worst criterion; - none; (in brackets) for strata or analysis; recalled: not read"


def profile_lines(found: Sequence[Profile]) -> Iterator[str]:
    """Yield one line a profile: id, class, why."""
    for profile in found:
        yield f"{profile.name}\tprofile\t{profile.label}\t{profile.because}"


def trial_lines(assessments: Sequence[Assessment], scope: str = "full") -> Iterator[str]:
    """Yield one line a trial: id, decision, title, what fails, how many are open, how many recalled.

    Says where the trial's lists were not read whole and, in a narrower scope, how many criteria were asked of
    those that decide.
    """
    for item in assessments:
        gates = [result for result in item.criteria if result.role == "gate"]
        failing = [result for result in gates if result.outcome is Outcome.FAIL]
        is_open = sum(result.outcome is Outcome.UNKNOWN for result in gates)
        deciding = failing if item.decision is Decision.INELIGIBLE else gates
        recalled = sum(result.confidence != "found" for result in deciding)
        fails = f"fails {', '.join(result.id for result in failing)}" if failing else "fails none"
        unread = "; lists not read whole" if item.unread else ""
        asked = "" if scope == "full" else f"\tasked {len(gates)} of {item.gates}"
        yield (
            f"{item.trial}\ttrial\t{item.decision.value}\t{item.title}\t{fails}\topen {is_open}\t"
            f"recalled {recalled} of {len(deciding)}{unread}{asked}"
        )


def detail_lines(assessments: Sequence[Assessment]) -> Iterator[str]:
    """Yield, by trial, every criterion that does not simply pass, what is missing and what was assumed."""
    for item in assessments:
        yield f"  {item.trial}:\t{item.title}"
        for result in item.criteria:
            if result.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE):
                yield f"  {result.id}\t{result.outcome.value}\t{result.because}"
        if item.missing:
            yield f"  missing\t{', '.join(item.missing)}"
        for line in item.assumed:
            yield f"  assumed\t{line}"


def sensitivity_lines(found: Sensitivity) -> Iterator[str]:
    """Yield what is missing in order, what is borderline, and the nearest flips of every trial."""
    judgements = Counter((judgement_parts(item.name) or ("",))[0] for item in found.missing)
    for item in found.missing:
        if not judgement_parts(item.name):
            gives = f"\tgives {', '.join(item.gives)}" if item.gives else ""
            yield (
                f"  missing by trials\t{item.name}\tsettles {len(item.settles)}\tadmits {len(item.admits)}\t"
                f"open in {len(item.open_in)}\t{definition_of(item.name).label}{gives}"
            )
    for trial, number in judgements.items():
        if trial:
            yield f"  missing by trials\tjudgement.{trial}\t{number} that only a person can give"
    for border in found.borderline:
        yield f"  borderline\t{border.trial}\t{border.criterion}\t{border.fact}\t{border.text()}"
    for flips in found.flips:
        for flip in flips.flips[:_SHOWN_FLIPS]:
            far = "; ".join(filter(None, (change.distance_text() for change in flip.changes)))
            turn = f"{flip.before.value} -> {flip.after.value}"
            yield f"  flip\t{flips.trial}\t{turn}\t{flip.text()}\t{far or '-'}\t{', '.join(flip.criteria)}"
        if len(flips.flips) > _SHOWN_FLIPS:
            yield f"  flip\t{flips.trial}\t{len(flips.flips) - _SHOWN_FLIPS} more\twith --json"
        if flips.because:
            yield f"  flip\t{flips.trial}\tnone\t{flips.because}"


def matrix_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a head and a row a trial: id, decision, and the outcome in every column."""
    yield "\t".join(("trial", "decision", *COLUMNS))
    for row in rows:
        yield "\t".join((row.trial, row.decision.value, *(cell.word for cell in row.cells)))
    yield _LEGEND


def aligned(lines: Sequence[str]) -> list[str]:
    """Return rows with their columns below each other, as a terminal shows them; nothing is cut off.

    Neighbouring rows with equally many columns share their widths.
    """
    found: list[str] = []
    for _, group in groupby(lines, key=lambda line: (line.startswith(" "), line.count("\t"))):
        rows = [line.split("\t") for line in group]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
        found += [
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
            for row in rows
        ]
    return found
