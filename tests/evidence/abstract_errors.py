"""Errors put into invented abstracts: one slot, or two, that no longer say what would be right.

An error counts only where the number that is printed then could not be right by anything else that is
printed: the slot itself tells. A number that still rounds rightly is no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from abstracts import Abstract, Slot

NUMBERS = ("percent", "events", "n", "estimate", "low", "high", "p", "size", "total", "median", "planned")
SCALED = ("percent", "estimate", "low", "high", "p")


@dataclass(frozen=True)
class Error:
    """An abstract with an error, of which kind, and what was printed before and after."""

    kind: str
    original: Abstract
    abstract: Abstract
    before: str
    after: str


Maker = Callable[[Abstract, Random], Iterator[Error]]


def inject(abstract: Abstract, kind: str, seed: int) -> Error | None:
    """Return the abstract with one error of a kind; None where it has no place for such an error."""
    return next(KINDS[kind](abstract, Random(seed)), None)


def _changed(
    kind: str,
    abstract: Abstract,
    random: Random,
    roles: tuple[str, ...],
    change: Callable[[str, Random], Iterator[str]],
) -> Iterator[Error]:
    """Yield errors at slots of some roles, in random order."""
    places = [at for at in abstract.slots if _slot(abstract, at).role in roles]
    random.shuffle(places)
    for at in places:
        slot = _slot(abstract, at)
        for text in change(slot.text, random):
            if _is_number(text) and float(text) != float(slot.text) and not slot.fits(text):
                yield Error(kind, abstract, _with(abstract, {at: text}), slot.text, text)


def transposed(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        places = [i for i, letter in enumerate(text) if letter.isdigit()]
        pairs = [(i, j) for i, j in pairwise(places) if text[i] != text[j]]
        random.shuffle(pairs)
        for i, j in pairs:
            yield text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :]

    return _changed("transposed digits", abstract, random, NUMBERS, change)


def shifted(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        places = len(text.partition(".")[2])
        for factor in random.sample((0.1, 10.0), 2):
            yield f"{float(text) * factor:.{max(places, 1)}f}"

    return _changed("shifted decimal", abstract, random, SCALED, change)


def lost_digit(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        places = [i for i, letter in enumerate(text) if letter.isdigit()]
        for i in random.sample(places, len(places)):
            yield random.choice((text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:]))

    return _changed("lost or doubled digit", abstract, random, NUMBERS, change)


def wrong_n(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        for _ in range(4):
            yield str(max(2, round(int(text) * random.choice((0.7, 0.8, 0.9, 1.1, 1.25, 1.4)))))

    return _changed("wrong n", abstract, random, ("n", "size", "total"), change)


def wrong_events(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        for _ in range(4):
            yield str(max(0, int(text) + random.choice((-10, -5, -3, -2, 2, 3, 5, 10))))

    return _changed("wrong events", abstract, random, ("events",), change)


def wrong_percent(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        places = len(text.partition(".")[2])
        for _ in range(4):
            yield f"{min(max(float(text) + random.choice((-9, -4, -2, -1, 1, 2, 4, 9)), 0), 100):.{places}f}"

    return _changed("wrong percent", abstract, random, ("percent",), change)


def wrong_p(abstract: Abstract, random: Random) -> Iterator[Error]:
    def change(text: str, random: Random) -> Iterator[str]:
        yield from random.sample(("0.001", "0.004", "0.02", "0.06", "0.19", "0.47", "0.83"), 7)

    return _changed("wrong p", abstract, random, ("p",), change)


def sign(abstract: Abstract, random: Random) -> Iterator[Error]:
    """Yield a minus lost or gained, a sign of p turned round, or the wrong word for a direction."""
    places = [
        at
        for at in abstract.slots
        if _slot(abstract, at).role in ("relation", "word", "estimate", "low", "high")
    ]
    random.shuffle(places)
    for at in places:
        slot = _slot(abstract, at)
        if slot.text == "=":
            continue
        text = _TURNED.get(slot.text) or (slot.text[1:] if slot.text.startswith("-") else f"-{slot.text}")
        positive_ratio = slot.role in ("estimate", "low", "high") and not _is_signed(abstract, at)
        if not positive_ratio and not slot.fits(text):
            yield Error("sign", abstract, _with(abstract, {at: text}), slot.text, text)


def swapped_limits(abstract: Abstract, random: Random) -> Iterator[Error]:
    pairs = _intervals(abstract)
    random.shuffle(pairs)
    for low, high in pairs:
        texts = _slot(abstract, low).text, _slot(abstract, high).text
        if float(texts[0]) < float(texts[1]):
            yield Error(
                "swapped limits",
                abstract,
                _with(abstract, {low: texts[1], high: texts[0]}),
                "-".join(texts),
                "-".join(texts[::-1]),
            )


def copied_interval(abstract: Abstract, random: Random) -> Iterator[Error]:
    pairs = _intervals(abstract)
    choices = [(here, other) for here in pairs for other in pairs if here != other]
    random.shuffle(choices)
    for (low, high), other in choices:
        texts = [_slot(abstract, at).text for at in other]
        if (
            not _slot(abstract, low).fits(texts[0])
            and not _slot(abstract, high).fits(texts[1])
            and _is_signed(abstract, low) == _is_signed(abstract, other[0])
        ):
            yield Error(
                "copied interval",
                abstract,
                _with(abstract, {low: texts[0], high: texts[1]}),
                _slot(abstract, low).text,
                texts[0],
            )


KINDS: dict[str, Maker] = {
    "transposed digits": transposed,
    "shifted decimal": shifted,
    "lost or doubled digit": lost_digit,
    "wrong n": wrong_n,
    "wrong events": wrong_events,
    "wrong percent": wrong_percent,
    "wrong p": wrong_p,
    "sign": sign,
    "swapped limits": swapped_limits,
    "copied interval": copied_interval,
}
_TURNED = {"<": ">", ">": "<", "lower": "higher", "higher": "lower"}


def _slot(abstract: Abstract, at: int) -> Slot:
    piece = abstract.pieces[at]
    assert isinstance(piece, Slot)
    return piece


def _with(abstract: Abstract, texts: dict[int, str]) -> Abstract:
    pieces = list(abstract.pieces)
    for at, text in texts.items():
        pieces[at] = replace(_slot(abstract, at), text=text)
    return replace(abstract, pieces=tuple(pieces))


def _intervals(abstract: Abstract) -> list[tuple[int, int]]:
    """Return the places of the limits of effects, pair by pair."""
    places = [at for at in abstract.slots if _slot(abstract, at).role in ("low", "high")]
    pairs = [
        (a, b)
        for a, b in pairwise(places)
        if (_slot(abstract, a).role, _slot(abstract, b).role) == ("low", "high")
    ]
    return [pair for pair in pairs if "." in _slot(abstract, pair[0]).text]


def _is_signed(abstract: Abstract, at: int) -> bool:
    """Tell whether a number belongs to a difference: those have one decimal here, ratios two."""
    return len(_slot(abstract, at).text.partition(".")[2]) == 1


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not (len(text) > 1 and text.lstrip("-").startswith("0") and "." not in text)
