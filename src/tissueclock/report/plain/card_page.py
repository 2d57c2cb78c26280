"""A trial's card as one page of HTML that prints on A4."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from types import MappingProxyType

from tissueclock import __version__
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.card import Card
from tissueclock.eligibility.card_sections import card_sections, related_words
from tissueclock.report.plain.page import document

_TITLES = MappingProxyType({"Known": "How far it is known"})


def card_page(card: Card) -> bytes:
    """Return the page, UTF-8; the same card gives the same bytes."""
    return document(f"{_signs(card.title)}: appraisal", _body(card), "card").encode("utf-8")


def _body(card: Card) -> Iterator[str]:
    blocks = {name: _block(name, items) for name, items in card_sections(card)}

    def joined(*names: str) -> str:
        return "".join(blocks.get(name, "") for name in names)

    yield f"<header><h1>{_text(card.title)}</h1>"
    yield f'<p class="cite">{_text(card.citation)} · {_text(card.registration)}</p></header><main>'
    yield f'<div class="bottom">{joined("Bottom line")}</div>'
    main = joined("Population", "Intervention", "Comparator", "Outcome", "Design", "Results")
    yield f'<div class="balanced">{main}</div>'
    yield f"{joined('Criticisms')}{_related_block(card)}"
    yield f'<div class="columns small">{joined("Known", "Sources")}</div></main>'
    yield _footer(card)


def _footer(card: Card) -> str:
    return (
        f"<footer><p><b>{_text(DISCLAIMER)}</b> Bottom line and criticisms are opinions of whoever wrote "
        "the file; the rest is the file's, or counted from it. "
        f"As of {_text(card.as_of)}. {_text(card.id)}.toml {_text(card.digest)} · tissueclock "
        f"{_text(__version__)}</p></footer>"
    )


def _signs(text: str) -> str:
    """Return text with the signs that print has for comparisons."""
    return text.replace(">=", "\u2265").replace("<=", "\u2264")


def _text(text: str) -> str:
    return escape(_signs(text))


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
        f"<li><b>{_text(item.title)}</b>{_text(related_words(item))}</li>" for item in card.related
    )
    return f"<section><h2>Related trials, and where their limits differ</h2><ul>{listed}</ul></section>"
