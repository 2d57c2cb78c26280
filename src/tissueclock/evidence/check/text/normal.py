"""A text with one way of writing each sign, letter for letter: a place in it is a place in the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from tissueclock.evidence.check.model import MOST

_SIGNS = MappingProxyType(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "
        ),
        **dict.fromkeys("\u2264\u2a7d\uff1c", "<"),
        **dict.fromkeys("\u2265\u2a7e\uff1e", ">"),
        "\u00d7": "x",
        "\uff1d": "=",
        "\uff05": "%",
        "\u2018": "'",
        "\u2019": "'",
        "\u2248": "~",
        "\r": " ",
    }
)
_TRANSLATION = str.maketrans(dict(_SIGNS))
_MIDDLE_DOT = re.compile("(?<=[0-9 ([=<>-])[\u00b7\u2027\u2219\u22c5\u30fb](?=[0-9])")
_COMMA_RANGE = re.compile(r"\d,\d{1,2}\s?(?:-|to|a|bis)\s?-?\d+,\d{1,2}(?!\d)")
_POINT = re.compile(r"\d\.\d")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_LONG = re.compile(r"(?<![\d.,])\d[\d,]{7,}|\d*\.\d{25,}")
_ITEM = re.compile(r"\n[ ]*(?=[-*\u2022] |[|#]|\d+[.)] )")
_BLANK = re.compile(r"\n[ ]*\n")
_STOP = re.compile(
    r"[.!?]['\")\]]*(?=[ ]*\n|\s+(?:[A-Z0-9(\[]|sICH\b|mRS\b|[emc]?TICI\b|r?t-?PA\b|[ck]OR\b|a?c?OR\b))"
)
_SHORT = re.compile(
    r"(?:\b(?:vs|v|al|approx|ca|cf|Dr|e\.g|i\.e|eg|ie|Fig|No|St|resp|incl|Inc|adj|Prof|Mr|Ms)|\b[A-Z])\.$"
)


def _left_out(number: re.Match[str]) -> str:
    """Return underscores for a number that no report of a trial prints."""
    text = number.group()
    small = "." not in text and int(text.replace(",", "")) <= MOST
    return text if small else "_" * len(text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a text, and where it starts."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class NormalText:
    """A text with its signs made plain; as long as the source."""

    source: str
    text: str = field(init=False)
    _line_starts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        plain = _MIDDLE_DOT.sub(".", self.source.translate(_TRANSLATION))
        if _COMMA_RANGE.search(plain) and not _POINT.search(plain):
            plain = _COMMA.sub(".", plain)
        plain = _LONG.sub(_left_out, plain)
        object.__setattr__(self, "text", plain)
        starts = (0, *(match.end() for match in re.finditer("\n", plain)))
        object.__setattr__(self, "_line_starts", starts)

    def line(self, place: int) -> int:
        """Return the number of the line, from 1, that a place lies in."""
        return bisect_right(self._line_starts, place)

    def lines(self) -> tuple[Sentence, ...]:
        """Return the lines of the text."""
        rows = self.text.split("\n")
        return tuple(Sentence(row, start) for row, start in zip(rows, self._line_starts, strict=True))

    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences; items of lists, rows of tables and paragraphs end one as a full stop does."""
        cuts = {0, len(self.text)}
        cuts |= {match.start() + 1 for match in _ITEM.finditer(self.text)}
        cuts |= {match.end() for match in _BLANK.finditer(self.text)}
        cuts |= {match.end() for match in _STOP.finditer(self.text) if not self._is_short(match.start() + 1)}
        places = sorted(cuts)
        pieces = (Sentence(self.text[low:high].replace("\n", " "), low) for low, high in pairwise(places))
        return tuple(piece for piece in pieces if piece.text.strip())

    def _is_short(self, end: int) -> bool:
        """Tell whether a full stop ends an abbreviation, or stands before the digits of a number."""
        return bool(_SHORT.search(self.text, max(0, end - 12), end))
