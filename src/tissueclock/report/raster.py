"""Plots drawn with Pillow, from the same geometry that the templates draw as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from PIL import Image, ImageDraw

from tissueclock.report.canvas import INK, MUTED, Colour, drawable, font
from tissueclock.report.plot import Dot, Mark, Plot

_FINER = 2
"""Drawn this many times larger and reduced, so that lines have smooth edges."""
_TEXT_PX = 13.0
_GRID: Colour = (230, 234, 239)
_BLUE: Colour = (31, 78, 121)
_RED: Colour = (179, 38, 30)
_GREEN: Colour = (23, 102, 58)
_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn: its colour, width and dashes (drawn and left out, px)."""

    rgb: Colour
    width: float = 2.4
    dash: tuple[float, float] | None = None


STROKES: Mapping[str, Stroke] = MappingProxyType(
    {
        "aif": Stroke(_RED),
        "vof": Stroke(_BLUE, dash=(7, 4)),
        "offset": Stroke(_BLUE),
        "shift": Stroke(_BLUE, width=1.6),
        "residual": Stroke(_RED, width=1.6, dash=(7, 4)),
        "limit": Stroke(MUTED, width=1.0, dash=(3, 4)),
        "median": Stroke(_GREEN, width=1.0, dash=(9, 4)),
    }
)
SPANS: Mapping[str, Colour] = MappingProxyType({"baseline": (221, 232, 243), "gap": (248, 221, 216)})


def plot_picture(plot: Plot, width_px: int) -> Image.Image:
    """Return a plot as a picture of this width, its height in proportion."""
    scale = _FINER * width_px / plot.width
    pen = _Pen(scale, (round(plot.width * scale), round(plot.height * scale)))
    _draw_spans(pen, plot)
    _draw_axes(pen, plot)
    for mark in plot.marks:
        _draw_mark(pen, plot, mark)
    for line in plot.lines:
        pen.line(line.pixels, STROKES[line.style])
    for dot in plot.dots:
        draw_dot(pen, dot)
    for mark in plot.marks:  # words last, so that nothing runs through them
        _write_mark(pen, plot, mark)
    for span in plot.spans:
        pen.text((span.middle, span.text_y), span.text, MUTED, "ms")
    size = (width_px, round(plot.height * width_px / plot.width))
    return pen.picture.resize(size, Image.Resampling.LANCZOS)


def key_picture(style: str, *, dot: bool = False) -> Image.Image:
    """Return the sample of a line or of a dot for a legend."""
    pen = _Pen(_FINER, (28 * _FINER, 14 * _FINER))
    if dot:
        draw_dot(pen, Dot(14, 7, style))
    else:
        pen.line(((1, 7), (27, 7)), STROKES[style])
    return pen.picture.resize((28, 14), Image.Resampling.LANCZOS)


class _Pen:
    """Draws in the plot's own pixels on a larger picture."""

    def __init__(self, scale: float, size: tuple[int, int]) -> None:
        self.scale = scale
        self.picture = Image.new("RGB", size, (255, 255, 255))
        self.pen = ImageDraw.Draw(self.picture)

    def line(self, points: Sequence[_Point], stroke: Stroke) -> None:
        """Draw a polyline, dashed along its length where the stroke is."""
        width = max(1, round(stroke.width * self.scale))
        pieces = [points] if stroke.dash is None else _dashed(points, *stroke.dash)
        for piece in pieces:
            self.pen.line([self._at(point) for point in piece], fill=stroke.rgb, width=width, joint="curve")

    def box(self, corner: _Point, other: _Point, rgb: Colour) -> None:
        """Fill a rectangle."""
        self.pen.rectangle((*self._at(corner), *self._at(other)), fill=rgb)

    def circle(self, at: _Point, radius: float, rgb: Colour, *, filled: bool) -> None:
        """Draw a circle; one that is not filled is white inside."""
        (x, y), reach = self._at(at), radius * self.scale
        fill = rgb if filled else (255, 255, 255)
        box = (x - reach, y - reach, x + reach, y + reach)
        self.pen.ellipse(box, fill=fill, outline=rgb, width=round(1.6 * self.scale))

    def text(self, at: _Point, text: str, rgb: Colour, anchor: str) -> None:
        """Write text with a white rim, so that lines under it do not hurt."""
        letters = font(_TEXT_PX * self.scale)
        rim, white = 2 * self.scale, (255, 255, 255)
        self.pen.text(
            self._at(at), drawable(text), rgb, letters, anchor=anchor, stroke_width=rim, stroke_fill=white
        )

    def upright(self, at: _Point, text: str) -> None:
        """Write text that runs upwards, centred on a point."""
        letters = font(_TEXT_PX * self.scale)
        width, height = round(letters.getlength(drawable(text))) + 4, round(1.4 * _TEXT_PX * self.scale)
        label = Image.new("RGB", (width, height), (255, 255, 255))
        ImageDraw.Draw(label).text((width / 2, height / 2), drawable(text), INK, letters, anchor="mm")
        x, y = self._at(at)
        self.picture.paste(label.rotate(90, expand=True), (round(x - height / 2), round(y - width / 2)))

    def _at(self, point: _Point) -> _Point:
        return point[0] * self.scale, point[1] * self.scale


def draw_dot(pen: _Pen, dot: Dot) -> None:
    """Draw a marker: dot, open circle, cross, square, or the stroke of a sample, by its style."""
    x, y = dot.x, dot.y
    if dot.style == "stroke":
        pen.line(((x, y - 5), (x, y + 5)), Stroke(INK, width=1.4))
    elif dot.style == "interpolated":
        pen.line(((x - 4.5, y - 4.5), (x + 4.5, y + 4.5)), Stroke(_RED, width=2.2))
        pen.line(((x - 4.5, y + 4.5), (x + 4.5, y - 4.5)), Stroke(_RED, width=2.2))
    elif dot.style == "excluded":
        pen.box((x - 4.5, y - 4.5), (x + 4.5, y + 4.5), INK)
    elif dot.style == "realigned":
        pen.circle((x, y), 3.6, _BLUE, filled=False)
    else:
        pen.circle((x, y), 2.0, _BLUE, filled=True)


def _draw_spans(pen: _Pen, plot: Plot) -> None:
    for span in plot.spans:
        pen.box((span.start, plot.top), (span.end, plot.bottom), SPANS[span.style])


def _draw_axes(pen: _Pen, plot: Plot) -> None:
    for tick in plot.y_ticks:
        pen.line(((plot.left, tick.at), (plot.right, tick.at)), Stroke(_GRID, width=1.0))
        pen.text((plot.left - 8, tick.at), tick.text, MUTED, "rm")
    for tick in plot.x_ticks:
        pen.line(((tick.at, plot.bottom), (tick.at, plot.bottom + 5)), Stroke(_GRID, width=1.0))
        pen.text((tick.at, plot.bottom + 19), tick.text, MUTED, "ms")
    pen.line(((plot.left, plot.bottom), (plot.right, plot.bottom)), Stroke(INK, width=1.0))
    pen.text(((plot.left + plot.right) / 2, plot.height - 8), plot.x_label, INK, "ms")
    if plot.y_label:
        pen.upright((12, (plot.top + plot.bottom) / 2), plot.y_label)


def _draw_mark(pen: _Pen, plot: Plot, mark: Mark) -> None:
    stroke = STROKES[mark.style]
    if mark.x is not None:
        pen.line(((mark.x, plot.top), (mark.x, plot.bottom)), stroke)
    elif mark.y is not None:
        pen.line(((plot.left, mark.y), (plot.right, mark.y)), stroke)


def _write_mark(pen: _Pen, plot: Plot, mark: Mark) -> None:
    if mark.x is not None:
        pen.text((mark.x + 6, plot.top + 12), mark.text, MUTED, "ls")
    elif mark.y is not None:
        pen.text((plot.right - 6, mark.y + (16 if mark.below else -6)), mark.text, MUTED, "rs")


def _dashed(points: Sequence[_Point], drawn: float, skipped: float) -> Iterator[tuple[_Point, ...]]:
    """Yield the pieces of a polyline that are drawn, dashes running on around its corners."""
    period, travelled = drawn + skipped, 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        start = -(travelled % period)
        while start < length:
            low, high = max(0.0, start), min(length, start + drawn)
            if high > low:
                ends = (low / length, high / length)
                yield tuple((x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for share in ends)
            start += period
        travelled += length
