"""What every page has in common: its head with the policy, the notice, the style sheets, tables.

A page is one file that needs nothing else. Its policy forbids the browser to fetch or run anything, so
that a case that somebody typed stays where it is even if a text on the page were not escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

from tissueclock.core.notice import DISCLAIMER

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The Content-Security-Policy of every page."""

NOTICE = f'<p class="notice">{escape(DISCLAIMER)}</p>'


def document(title: str, parts: Iterable[str], *sheets: str) -> str:
    """Return a whole page: the shared style sheets and `sheets` (names in this package), then the parts."""
    head = (
        f'<!DOCTYPE html>\n<html lang="en"><head>{metadata(title)}'
        f"<style>{style('shared', 'page', *sheets)}</style></head><body>"
    )
    return "\n".join((head, *parts, "</body></html>\n"))


def metadata(title: str) -> str:
    """Return what stands in the head of every page besides its style: encoding, width, policy, title."""
    return (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>'
    )


def style(*sheets: str) -> str:
    """Return style sheets of this package one after the other."""
    folder = resources.files("tissueclock.report.plain")
    return "".join(folder.joinpath(f"{name}.css").read_text(encoding="utf-8") for name in sheets)


def section(title: str, *parts: str) -> str:
    """Return a titled part of a page; the title is escaped, the parts are HTML."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def picture(drawing: str) -> str:
    """Return an SVG picture that scrolls where the page is too narrow for it."""
    return f'<div class="picture">{drawing}</div>'


def table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, kind: str = "", numbers: Iterable[int] = ()
) -> str:
    """Return a table of texts, all escaped; `numbers` are the columns that stand to the right."""
    right = frozenset(numbers)
    kinds = [' class="number"' if at in right else "" for at in range(len(heads))]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(heads, kinds, strict=True)
    )
    lines = (
        "".join(f"<td{kind}>{escape(str(cell))}</td>" for cell, kind in zip(row, kinds, strict=True))
        for row in rows
    )
    return _whole(head, "".join(f"<tr>{line}</tr>" for line in lines), kind)


def headed_table(heads: Iterable[str], rows: str, kind: str = "") -> str:
    """Return a table of class `kind` whose rows are HTML already; the heads are escaped."""
    return _whole("".join(f'<th scope="col">{escape(name)}</th>' for name in heads), rows, kind)


def _whole(head: str, rows: str, kind: str) -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<table{named}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
