"""A trial's card in the order of reading, for text and page alike."""

from __future__ import annotations

from collections.abc import Iterator

from tissueclock.eligibility.card import Card
from tissueclock.eligibility.related import Related

_NO_OPINION = "The file has none yet"


def card_sections(card: Card) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield name and items of every section that has something."""
    sections = (
        ("Bottom line", (card.bottom_line or _NO_OPINION,)),
        ("Population", card.population),
        ("Intervention", (card.intervention,)),
        ("Comparator", (card.comparator,)),
        ("Outcome", (card.outcome,)),
        ("Design", card.design),
        ("Results", card.results),
        ("Criticisms", card.criticisms),
        ("Related", tuple(f"{item.title}{related_words(item)}" for item in card.related)),
        ("Known", card.known),
        ("Sources", card.sources),
        ("File", (f"{card.id}.toml, as of {card.as_of}, {card.digest}",)),
    )
    return ((name, items) for name, items in sections if items)


def related_words(item: Related) -> str:
    """Return what stands behind the name of a related trial: shared facts, and where the limits differ."""
    told = f": {'; '.join(item.differences)}" if item.differences else ""
    return f" ({item.shared} shared facts){told}"
