"""A trial's card for readers: rows, a page of plain text, and one page of HTML that prints on A4."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from types import MappingProxyType

from tissueclock import __version__
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.card import Card
from tissueclock.eligibility.related import Related

WIDTH = 80
"""Columns of the plain text."""

_LABEL = 14
_NO_OPINION = "The file has none yet"
_TITLES = MappingProxyType({"Known": "How far it is known"})
_STYLE = """
@page { size: A4; margin: 11mm 13mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 190mm; padding: 8mm 3mm; color: #1b2430; background: #fff;
  font: 9.2pt/1.34 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; }
header { border-bottom: 2px solid #1b2430; padding-bottom: 1.6mm; }
h1 { font-size: 17pt; line-height: 1.15; margin: 0; }
h2 { font-size: 8pt; letter-spacing: .06em; text-transform: uppercase; color: #1f4e79; margin: 3mm 0 .8mm; }
p { margin: 0 0 1mm; }
ul { margin: 0; padding-left: 4mm; }
li { margin: 0 0 .5mm; }
.cite { color: #5b6675; margin: .6mm 0 0; }
.bottom { margin: 3mm 0 0; padding: 2mm 3mm; background: #f3f5f8; border-left: 1.2mm solid #1f4e79;
  font-size: 10.4pt; }
.bottom h2 { margin-top: 0; }
.columns { display: grid; grid-template-columns: 1fr 1fr; column-gap: 7mm; }
.balanced { columns: 2; column-gap: 7mm; }
.balanced section { break-inside: avoid; }
.balanced section:first-child h2 { margin-top: 0; }
.balanced, .columns { margin-top: 3mm; }
.columns h2 { margin-top: 0; }
.small, .small li { font-size: 8.2pt; }
footer { margin-top: 3mm; padding-top: 1.4mm; border-top: 1px solid #d9dee5; color: #5b6675; font-size: 7.8pt;
  overflow-wrap: anywhere; }
footer b { color: #1b2430; }
@media print { body { padding: 0; max-width: none; } }
@media screen and (max-width: 640px) { .columns { grid-template-columns: 1fr; } .balanced { columns: 1; } }
"""


def card_rows(card: Card) -> list[str]:
    """Return the card as rows `section<TAB>item`, one item a row, not wrapped; the first row has the id."""
    rows = [f"{card.id}\t{card.title}\t{card.citation}"]
    return rows + [f"{name.lower()}\t{item}" for name, items in _sections(card) for item in items]


def card_text(card: Card) -> list[str]:
    """Return the card as lines of at most WIDTH columns, for a terminal; a section's name stands once."""
    lines = [f"{card.title} ({card.id})"]
    for name, items in (("Citation", (f"{card.citation}; {card.registration}",)), *_sections(card)):
        for number, item in enumerate(items):
            first = f"{name if number == 0 else '':<{_LABEL}}"
            lines += _wrapped(item, first, " " * (_LABEL + (2 if len(items) > 1 else 0)))
    return lines


def card_html(card: Card) -> bytes:
    """Return the card as one self-contained page, UTF-8; the same card gives the same bytes."""
    blocks = {name: _block(name, items) for name, items in _sections(card)}

    def joined(*names: str) -> str:
        return "".join(blocks.get(name, "") for name in names)

    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(card.title)}: appraisal</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{_text(card.title)}</h1>"
        f'<p class="cite">{_text(card.citation)} · {_text(card.registration)}</p></header><main>'
        f'<div class="bottom">{joined("Bottom line")}</div>'
        '<div class="balanced">'
        f"{joined('Population', 'Intervention', 'Comparator', 'Outcome', 'Design', 'Results')}</div>"
        f"{joined('Criticisms')}{_related_block(card)}"
        f'<div class="columns small">{joined("Known", "Sources")}</div></main>'
        f"<footer><p><b>{_text(DISCLAIMER)}</b> Bottom line and criticisms are opinions of whoever wrote "
        "the file; the rest is the file's, or counted from it. "
        f"As of {_text(card.as_of)}. {_text(card.id)}.toml {_text(card.digest)} · tissueclock "
        f"{_text(__version__)}</p></footer></body></html>\n"
    )
    return page.encode("utf-8")


def _wrapped(item: str, first: str, later: str) -> list[str]:
    return wrap(item, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)


def _sections(card: Card) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every section that has something, in the order of reading."""
    sections = (
        ("Bottom line", (card.bottom_line or _NO_OPINION,)),
        ("Population", card.population),
        ("Intervention", (card.intervention,)),
        ("Comparator", (card.comparator,)),
        ("Outcome", (card.outcome,)),
        ("Design", card.design),
        ("Results", card.results),
        ("Criticisms", card.criticisms),
        ("Related", tuple(map(_related_line, card.related))),
        ("Known", card.known),
        ("Sources", card.sources),
        ("File", (f"{card.id}.toml, as of {card.as_of}, {card.digest}",)),
    )
    return ((name, items) for name, items in sections if items)


def _related_line(item: Related) -> str:
    told = f": {'; '.join(item.differences)}" if item.differences else ""
    return f"{item.title} ({item.shared} shared facts){told}"


def _text(text: str) -> str:
    """Return text for HTML, with the signs that print has for comparisons."""
    return escape(text.replace(">=", "\u2265").replace("<=", "\u2264"))


def _block(name: str, items: tuple[str, ...]) -> str:
    title = _TITLES.get(name, name)
    if len(items) == 1:
        return f"<section><h2>{title}</h2><p>{_text(items[0])}</p></section>"
    return (
        f"<section><h2>{title}</h2><ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul></section>"
    )


def _related_block(card: Card) -> str:
    if not card.related:
        return ""
    listed = "".join(
        f"<li><b>{_text(item.title)}</b>{_text(_related_line(item).removeprefix(item.title))}</li>"
        for item in card.related
    )
    return f"<section><h2>Related trials, and where their limits differ</h2><ul>{listed}</ul></section>"
