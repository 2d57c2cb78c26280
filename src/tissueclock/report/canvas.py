"""A sheet that is drawn from top to bottom with Pillow's own font, so that no font file is needed."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFont

WIDTH_PX = 1240
PNG_LEVEL = 3
"""On 69 tiles and 6 pages of a noisy head: half the time of Pillow's own level 6, and 2 % larger at most."""
MARGIN_PX = 56
CONTENT_PX = WIDTH_PX - 2 * MARGIN_PX
_FIRST_HEIGHT_PX = 2400
_BLANK = "blank"
_EXTRA = frozenset("©«°±»·‘’“”…‹›™")
"""What Pillow's font has beside ASCII."""
_LEADING = 1.35
_REPLACEMENTS = MappingProxyType(
    str.maketrans(
        {"–": "-", "—": "-", "−": "-", "≥": ">=", "≤": "<=", "×": "x", "Δ": "d", "²": "2", "µ": "u"}
        | {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae"}
        | {"Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"}
    )
)

Colour = tuple[int, int, int]
INK: Colour = (27, 36, 48)
MUTED: Colour = (91, 102, 117)
SOFT: Colour = (243, 245, 248)
DARK: Colour = (11, 14, 18)


def drawable(text: str) -> str:
    """Return text in the characters that Pillow's font has.

    Accents are dropped. Letters of other scripts cannot be drawn: each run of them becomes its script and its
    length, "[CJK 2]", so that nobody takes what is left for the whole.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_REPLACEMENTS))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    runs = groupby(kept, _script)
    return "".join(_run(script, "".join(letters)) for script, letters in runs)


def is_drawable(text: str) -> bool:
    """Return whether `drawable` loses no letter but accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_REPLACEMENTS))
    return all(unicodedata.combining(letter) or _script(letter) in ("", _BLANK) for letter in plain)


def _script(letter: str) -> str:
    """Return the script of a letter that the font lacks, empty for one that it has."""
    if " " <= letter <= "~" or letter in _EXTRA:
        return ""
    if letter.isspace() or unicodedata.category(letter).startswith("C"):
        return _BLANK
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def _run(script: str, letters: str) -> str:
    if script == _BLANK:
        return " "
    return f"[{script} {len(letters)}]" if script else letters


def text_width_px(text: str, size_px: float) -> float:
    """Return the width of a line of text."""
    return float(font(size_px).getlength(drawable(text)))


def wrapped(text: str, size_px: float, width_px: float) -> list[str]:
    """Return text broken into lines that fit: at spaces, and inside words that are longer than a line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_px(longer, size_px) <= width_px:
            lines[-1] = longer
        else:
            lines += _broken(word, size_px, width_px)
    return lines


def _broken(word: str, size_px: float, width_px: float) -> list[str]:
    """Return a word in pieces that fit a line."""
    if text_width_px(word, size_px) <= width_px:
        return [word]
    pieces = [""]
    for letter in drawable(word):
        if text_width_px(pieces[-1] + letter, size_px) > width_px:
            pieces.append("")
        pieces[-1] += letter
    return pieces


class Canvas:
    """A white sheet of WIDTH_PX; `top` is where the next thing is drawn, and the sheet ends below it.

    The sheet grows as it is filled, so that nothing is ever cut off.
    """

    def __init__(self) -> None:
        self.picture = Image.new("RGB", (WIDTH_PX, _FIRST_HEIGHT_PX), (255, 255, 255))
        self.pen = ImageDraw.Draw(self.picture)
        self.top = MARGIN_PX

    def text(
        self, text: str, size_px: float, fill: Colour = INK, *, x: float = MARGIN_PX, bold: bool = False
    ) -> float:
        """Draw one line at `top` without moving on; return where it ends, px."""
        self.pen.text(
            (x, self.top), drawable(text), fill=fill, font=font(size_px), stroke_width=0.5 if bold else 0
        )
        return x + text_width_px(text, size_px)

    def paragraph(self, text: str, size_px: float, fill: Colour = INK, *, bold: bool = False) -> None:
        """Draw text over the content's width and move below it."""
        for line in wrapped(text, size_px, CONTENT_PX):
            self.text(line, size_px, fill, bold=bold)
            self.skip(size_px * _LEADING)

    def box(self, text: str, size_px: float, fill: Colour, ground: Colour) -> None:
        """Draw bold text in a coloured box over the content's width and move below it."""
        lines, padding = wrapped(text, size_px, CONTENT_PX - 28), 10
        height = len(lines) * size_px * _LEADING + 2 * padding
        self.reserve(height)
        self.pen.rectangle((MARGIN_PX, self.top, WIDTH_PX - MARGIN_PX, self.top + height), fill=ground)
        self.skip(padding)
        for line in lines:
            self.text(line, size_px, fill, x=MARGIN_PX + 14, bold=True)
            self.skip(size_px * _LEADING)
        self.skip(padding)

    def pictures(self, pictures: Sequence[Image.Image], columns: int, gap_px: int = 3) -> None:
        """Draw pictures of one size in rows on a dark ground and move below them."""
        widest = (CONTENT_PX - gap_px) // columns - gap_px
        scale = min(1.0, widest / pictures[0].width)
        width, height = round(pictures[0].width * scale), round(pictures[0].height * scale)
        rows = -(-len(pictures) // columns)
        bottom = self.top + rows * (height + gap_px) + gap_px
        self.reserve(bottom - self.top)
        self.pen.rectangle((MARGIN_PX, self.top, WIDTH_PX - MARGIN_PX, bottom), fill=DARK)
        left = MARGIN_PX + (CONTENT_PX - columns * (width + gap_px) + gap_px) // 2
        for number, picture in enumerate(pictures):
            row, column = divmod(number, columns)
            place = (left + column * (width + gap_px), round(self.top) + gap_px + row * (height + gap_px))
            self.picture.paste(picture.resize((width, height), Image.Resampling.LANCZOS), place)
        self.top = bottom + 1

    def skip(self, height_px: float) -> None:
        """Move down."""
        self.top = round(self.top + height_px)
        self.reserve(_FIRST_HEIGHT_PX / 8)

    def reserve(self, height_px: float) -> None:
        """Make the sheet at least this much longer than `top`, and a margin."""
        needed = round(self.top + height_px) + MARGIN_PX
        if needed > self.picture.height:
            longer = Image.new("RGB", (WIDTH_PX, needed + _FIRST_HEIGHT_PX), (255, 255, 255))
            longer.paste(self.picture)
            self.picture, self.pen = longer, ImageDraw.Draw(longer)

    def paste(self, picture: Image.Image, x: float) -> None:
        """Put a picture at `top` without moving on."""
        self.reserve(picture.height)
        self.picture.paste(picture, (round(x), round(self.top)))

    def png(self) -> bytes:
        """Return the sheet as a PNG that ends one margin below the last thing drawn."""
        buffer = io.BytesIO()
        self.picture.crop((0, 0, WIDTH_PX, self.top + MARGIN_PX)).save(
            buffer, format="PNG", compress_level=PNG_LEVEL
        )
        return buffer.getvalue()


@cache
def font(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font; loading it takes longer than drawing a line with it."""
    return ImageFont.load_default(size=size_px)
