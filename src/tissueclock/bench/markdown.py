"""Numbers and tables of the pages that suites write (Markdown)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Rows = Iterable[Sequence[str]]


def number(value: float | None, places: int = 1, sign: bool = False) -> str:
    """Return a number with its places; '-' where there is none, no sign on a zero."""
    if value is None:
        return "-"
    text = f"{value:+.{places}f}" if sign else f"{value:.{places}f}"
    return text.lstrip("+-") if float(text) == 0 else text


def table(heads: Sequence[str], rows: Rows) -> str:
    """Return a table."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
