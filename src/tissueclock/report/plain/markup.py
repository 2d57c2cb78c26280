"""What would change an answer, as parts of an HTML page: the matrix, the smallest changes, what is missing.

Every text is escaped. The parts stand on the page of `assess` and in the report of `analyze`, which both
bring the sheet `verdicts` along. An outcome has a symbol and a word beside its colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from tissueclock.eligibility.flips import Flip, Flips
from tissueclock.eligibility.matrix import COLUMNS, Cell, Row
from tissueclock.eligibility.missing import MissingFact
from tissueclock.eligibility.outcome import Decision, Outcome
from tissueclock.eligibility.sensitivity import Sensitivity
from tissueclock.facts.vocabulary import definition_of, judgement_parts
from tissueclock.report.plain.page import headed_table
from tissueclock.report.plain.symbols import SYMBOLS

SHOWN_FLIPS = 3
"""The nearest flips of a trial on a page; the JSON document has all of them."""


def matrix_table(rows: Sequence[Row]) -> str:
    """Return trials against columns, those that take the patient first, with the legend below."""
    order = {Decision.ELIGIBLE: 0, Decision.UNDETERMINED: 1, Decision.INELIGIBLE: 2}
    placed = sorted(rows, key=lambda row: (order[row.decision], row.title.lower()))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    body = "".join(map(_matrix_row, placed))
    return (
        '<div class="scroll"><table class="matrix"><thead><tr><th scope="col" class="name">Trial</th>'
        f'<th scope="col" class="verdict">Decision</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"{_legend()}"
    )


def changes_table(found: Sequence[Flips], titles: Mapping[str, str]) -> str:
    """Return the smallest changes that flip a verdict, trial by trial, or why there is none."""
    rows = "".join(row for item in found for row in _flip_rows(item, titles[item.trial]))
    heads = ("Trial", "Verdict", "Smallest change", "How far", "Criteria")
    table = headed_table(heads, rows, "changes wide") if rows else ""
    reasons = dict.fromkeys(item.because for item in found if item.because)
    return table + "".join(
        f'<p class="quiet">No change, since {escape(because)}: '
        f"{escape(', '.join(titles[item.trial] for item in found if item.because == because))}.</p>"
        for because in reasons
    )


def missing_table(missing: Sequence[MissingFact]) -> str:
    """Return the missing facts, those that settle most trials first; judgements are counted by trial."""
    facts = [item for item in missing if not judgement_parts(item.name)]
    rows = "".join(map(_missing_row, facts))
    heads = ("Fact", "Settles", "Last gap of", "Open in", "Trials")
    return headed_table(heads, rows, "changes wide") + _judgement_words(missing)


def _missing_row(item: MissingFact) -> str:
    counts = (len(item.settles), len(item.admits), len(item.open_in))
    numbers = "".join(f'<td class="number">{count}</td>' for count in counts)
    label = f'<span class="quiet">{escape(_label(item))}</span>'
    return (
        f'<tr><th scope="row"><code>{escape(item.name)}</code> {label}</th>{numbers}'
        f"<td>{escape(', '.join(item.open_in))}</td></tr>"
    )


def borderline_table(found: Sensitivity, titles: Mapping[str, str]) -> str:
    """Return each limit that lies inside the interval of a fact."""
    rows = "".join(
        f'<tr><th scope="row">{escape(titles[item.trial])}</th><td>{escape(item.criterion)}</td>'
        f"<td><code>{escape(item.fact)}</code></td><td>{escape(item.text())}</td><td>{escape(item.outcome)}</td></tr>"
        for item in found.borderline
    )
    return headed_table(("Trial", "Criterion", "Fact", "Interval and limit", "Outcome"), rows, "changes wide")


def sensitivity_sections(found: Sensitivity, titles: Mapping[str, str], heading: str = "h2") -> str:
    """Return flips, missing facts and borderline ones, each under a heading; empty ones say so."""
    parts = (
        ("The smallest change that flips a verdict", changes_table(found.flips, titles), bool(found.flips)),
        (
            "What is missing, by how many trials it settles",
            missing_table(found.missing),
            bool(found.missing),
        ),
        ("Borderline: a limit inside the interval", borderline_table(found, titles), bool(found.borderline)),
    )
    return "".join(
        f"<{heading}>{title}</{heading}>{content if there else '<p class=quiet>Nothing.</p>'}"
        for title, content, there in parts
    )


def _matrix_row(row: Row) -> str:
    cells = "".join(_cell(cell, name) for cell, name in zip(row.cells, COLUMNS, strict=True))
    decision = row.decision.value
    return (
        f'<tr><th scope="row" class="name">{escape(row.title)}</th><td class="verdict {decision}">'
        f'<span aria-hidden="true">{SYMBOLS[row.decision]}</span> {decision}</td>{cells}</tr>'
    )


def _cell(cell: Cell, column: str) -> str:
    if cell.outcome is None:
        return f'<td class="cell none" title="{escape(column)}: no criterion">·</td>'
    kind = f"cell {cell.outcome.value}{'' if cell.decides else ' aside'}"
    title = f"{column}: {cell.word}: {', '.join(cell.criteria)}"
    named = cell.outcome is Outcome.FAIL
    failing = f'<span class="failing">{escape(", ".join(cell.criteria))}</span>' if named else ""
    return (
        f'<td class="{kind}" title="{escape(title)}" aria-label="{escape(title)}">{_mark(cell)}{failing}</td>'
    )


def _mark(cell: Cell) -> str:
    symbol = SYMBOLS[cell.outcome]
    mark = f"{symbol}<sup>r</sup>" if cell.recalled else symbol
    return mark if cell.decides else f"({mark})"


def _legend() -> str:
    keys = (
        ("cell pass", "✓", "passes"),
        ("cell fail", "✗", "fails, with the criteria"),
        ("cell unknown", "?", "open: a fact is missing"),
        ("cell not-applicable", "–", "does not apply"),
        ("cell none", "·", "no such criterion, or none that was asked"),
        ("cell aside", "(✓)", "for strata or analysis, decides nothing"),
        ("cell none", "<sup>r</sup>", "recalled, not read in a source"),
    )
    items = "".join(f'<li><span class="{kind}">{symbol}</span>{words}</li>' for kind, symbol, words in keys)
    return f'<ul class="key-line">{items}</ul>'


def _flip_rows(found: Flips, title: str) -> Iterator[str]:
    name = f'<th scope="row">{escape(title)}</th>'
    for place, flip in enumerate(found.flips[:SHOWN_FLIPS]):
        yield f"<tr>{name if place == 0 else '<td></td>'}{_flip_cells(flip)}</tr>"


def _flip_cells(flip: Flip) -> str:
    turn = f"{flip.before.value} → {flip.after.value}"
    changes = "<br>".join(
        f"<code>{escape(change.name)}</code> {escape(change.before)} → {escape(change.after)}"
        for change in flip.changes
    )
    far = "<br>".join(escape(change.distance_text()) or "–" for change in flip.changes)
    return (
        f'<td class="turn">{turn}</td><td>{changes}</td><td>{far}</td>'
        f'<td class="quiet">{escape(", ".join(flip.criteria))}</td>'
    )


def _label(item: MissingFact) -> str:
    label = definition_of(item.name).label
    return f"{label}; gives {', '.join(item.gives)}" if item.gives else label


def _judgement_words(missing: Sequence[MissingFact]) -> str:
    counts: dict[str, int] = {}
    for item in missing:
        parts = judgement_parts(item.name)
        if parts is not None:
            counts[parts[0]] = counts.get(parts[0], 0) + 1
    if not counts:
        return ""
    words = ", ".join(f"{trial} {number}" for trial, number in counts.items())
    return f'<p class="quiet">Judgements that only a person can give, by trial: {escape(words)}.</p>'
