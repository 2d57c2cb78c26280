"""A trial's card for readers of a terminal: rows, and a page of plain text."""

from __future__ import annotations

from textwrap import wrap

from tissueclock.eligibility.card import Card
from tissueclock.eligibility.card_sections import card_sections

WIDTH = 80
"""Columns of the plain text."""

_LABEL = 14


def card_rows(card: Card) -> list[str]:
    """Return the card as rows `section<TAB>item`, one item a row, not wrapped; the first row has the id."""
    rows = [f"{card.id}\t{card.title}\t{card.citation}"]
    return rows + [f"{name.lower()}\t{item}" for name, items in card_sections(card) for item in items]


def card_text(card: Card) -> list[str]:
    """Return the card as lines of at most WIDTH columns, for a terminal; a section's name stands once."""
    lines = [f"{card.title} ({card.id})"]
    for name, items in (("Citation", (f"{card.citation}; {card.registration}",)), *card_sections(card)):
        for number, item in enumerate(items):
            first = f"{name if number == 0 else '':<{_LABEL}}"
            lines += _wrapped(item, first, " " * (_LABEL + (2 if len(items) > 1 else 0)))
    return lines


def _wrapped(item: str, first: str, later: str) -> list[str]:
    return wrap(item, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
