"""The modified Rankin Scale of two arms as stacked bars with lines between them: the "Grotta bar".

Lightness falls evenly from grade to grade, so that the order stays without colour; hue turns from yellow to
blue, which colour-blind readers tell apart; death is near black. All of it is our choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType

from tissueclock.evidence.ordinal.table import MrsTable
from tissueclock.protocol.results.mrs import SEVEN_LEVELS, span_of
from tissueclock.report.colour import ramp
from tissueclock.report.evidence.drawing import Axes, Figure, add_axes, new_figure, plain
from tissueclock.report.format import rounded

_WIDTH_IN, _HEIGHT_IN = 7.4, 4.2
_LEFT, _WIDTH = 0.19, 0.78
_BARS, _KEY, _TABLE = (0.335, 0.385), (0.735, 0.135), (0.055, 0.165)
"""Bottom and height of the parts, in shares of the figure."""
_HALF = 0.27
_LABEL_PT, _SMALL_PT = 9.0, 7.0
_CHAR = 0.62
"""A digit's width in type sizes; with it a label is known to fit its segment."""
_MARGIN_PT = 3.0
_LINE = "0.35"
_WORDS = (
    "No symptoms",
    "No significant\ndisability",
    "Slight\ndisability",
    "Moderate\ndisability",
    "Moderately\nsevere",
    "Severe\ndisability",
    "Death",
)
_WORDS_OF_TWO: Mapping[str, str] = MappingProxyType(
    {"0-1": "No significant\ndisability", "5-6": "Severe disability\nor death"}
)
_LIGHT, _HUE_DEG, _COLOUR = (0.975, 0.36), (110.0, 250.0), 0.07
_DEATH = (20, 20, 24)
_ENOUGH = 4.5
"""The contrast that text needs on its ground (WCAG 2.2)."""

RGB = tuple[int, int, int]


class Labels(Enum):
    """What stands in the segments; the other stands in the table below."""

    PERCENT = "percent"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class _Segment:
    """One level of one arm: where it begins and ends, in percent, its colour and its label."""

    start: float
    share: float
    colour: RGB
    label: str

    @property
    def middle(self) -> float:
        return self.start + self.share / 2

    @property
    def end(self) -> float:
        return self.start + self.share


@cache
def grade_colours() -> tuple[RGB, ...]:
    """Return the colours of the grades 0 to 6."""
    return (*ramp(len(SEVEN_LEVELS) - 1, _LIGHT, _HUE_DEG, _COLOUR), _DEATH)


def level_colour(level: str) -> RGB:
    """Return the colour of a level; of merged grades that of the worse one."""
    return grade_colours()[span_of(level)[1]]


def ink_on(ground: RGB) -> str:
    """Return the ink, black or white, that is read better on a colour."""
    return "black" if contrast(ground, (0, 0, 0)) >= contrast(ground, (255, 255, 255)) else "white"


def contrast(first: RGB, second: RGB) -> float:
    """Return the contrast of two colours from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: RGB) -> float:
    """Return the relative luminance of sRGB bytes, 0 to 1 (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def grotta_bar(table: MrsTable, *, title: str, caption: str = "", labels: Labels = Labels.PERCENT) -> Figure:
    """Draw both arms, the first above; `caption` is a line below the title, such as the common odds ratio."""
    figure = new_figure(_WIDTH_IN, _HEIGHT_IN)
    figure.text(0.02, 0.97, plain(title), fontsize=10.5, fontweight="bold", va="top")
    figure.text(0.02, 0.915, plain(caption), fontsize=8.5, va="top")
    _draw_key(add_axes(figure, _LEFT, _KEY[0], _WIDTH, _KEY[1]), table.levels)
    _draw_bars(add_axes(figure, _LEFT, _BARS[0], _WIDTH, _BARS[1]), table, labels)
    _draw_table(add_axes(figure, _LEFT, _TABLE[0], _WIDTH, _TABLE[1]), table, labels)
    return figure


def _draw_key(axes: Axes, levels: Sequence[str]) -> None:
    _blank(axes, len(levels), 1)
    for place, level in enumerate(levels):
        colour = level_colour(level)
        axes.barh(0.78, 0.92, 0.44, left=place + 0.04, color=_hex(colour), edgecolor=_LINE, linewidth=0.6)
        shown = level.replace("-", "–")
        axes.text(place + 0.5, 0.78, shown, ha="center", va="center", fontsize=9, color=ink_on(colour))
        axes.text(place + 0.5, 0.5, _meaning(level), ha="center", va="top", fontsize=6.2, linespacing=1.1)


def _meaning(level: str) -> str:
    first, last = span_of(level)
    return _WORDS[first] if first == last else _WORDS_OF_TWO.get(level, f"mRS {first} to {last}")


def _draw_bars(axes: Axes, table: MrsTable, labels: Labels) -> None:
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.62, 1.62)
    axes.set_yticks([])
    axes.set_xlabel("Patients (%)", fontsize=8.5, labelpad=1.5)
    axes.tick_params(axis="x", labelsize=8, length=3)
    axes.spines["left"].set_visible(False)
    rows = [_segments(table, arm, labels) for arm in (0, 1)]
    for arm, segments in enumerate(rows):
        height = 1.0 - arm
        for segment in segments:
            axes.barh(
                height,
                segment.share,
                left=segment.start,
                height=2 * _HALF,
                color=_hex(segment.colour),
                edgecolor=_LINE,
                linewidth=0.6,
                clip_on=False,
            )
        _label(axes, segments, height, outwards=1 if arm == 0 else -1)
        name = plain(f"{_folded(table.arms[arm])}\n(n = {table.n[arm]})")
        axes.text(-1.5, height, name, ha="right", va="center", fontsize=8.5, linespacing=1.15)
    limits = ((one.end, other.end) for one, other in zip(rows[0][:-1], rows[1][:-1], strict=True))
    for ends in dict.fromkeys(limits):
        if ends not in ((0.0, 0.0), (100.0, 100.0)):
            axes.plot(ends, (1 - _HALF, _HALF), color=_LINE, linewidth=0.8)


def _segments(table: MrsTable, arm: int, labels: Labels) -> list[_Segment]:
    found, before = [], 0
    for level, count in zip(table.levels, table.counts[arm], strict=True):
        share = 100 * count / table.n[arm]
        text = str(count) if labels is Labels.COUNTS else rounded(share, 0 if share >= 1 or not count else 1)
        found.append(_Segment(100 * before / table.n[arm], share, level_colour(level), text))
        before += count
    return found


def _label(axes: Axes, segments: Sequence[_Segment], height: float, outwards: int) -> None:
    """Write labels into the segments that hold them, and those of narrow ones outside, moved apart."""
    per_point = 100 / (_WIDTH_IN * _WIDTH * 72)
    narrow = []
    for segment in segments:
        if segment.share == 0:
            continue
        if segment.share >= (_CHAR * _LABEL_PT * len(segment.label) + _MARGIN_PT) * per_point:
            axes.text(
                segment.middle,
                height,
                segment.label,
                ha="center",
                va="center",
                fontsize=_LABEL_PT,
                color=ink_on(segment.colour),
            )
        else:
            narrow.append(segment)
    widths = [(_CHAR * _SMALL_PT * len(segment.label) + _MARGIN_PT) * per_point for segment in narrow]
    places = moved_apart([segment.middle for segment in narrow], widths, 100.0)
    edge = height + outwards * _HALF
    for segment, place in zip(narrow, places, strict=True):
        axes.plot([segment.middle, place], [edge, edge + outwards * 0.09], color=_LINE, linewidth=0.6)
        axes.text(
            place,
            edge + outwards * 0.11,
            segment.label,
            ha="center",
            va="bottom" if outwards > 0 else "top",
            fontsize=_SMALL_PT,
        )


def moved_apart(middles: Sequence[float], widths: Sequence[float], end: float) -> list[float]:
    """Return places near ascending middles where labels so wide neither overlap nor leave 0 to `end`."""
    places: list[float] = []
    for middle, width in zip(middles, widths, strict=True):
        least = places[-1] + (widths[len(places) - 1] + width) / 2 if places else width / 2
        places.append(max(middle, least))
    most = end
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], most - widths[number] / 2)
        most = places[number] - widths[number] / 2
    return places


def _draw_table(axes: Axes, table: MrsTable, labels: Labels) -> None:
    """Write the counts, or the percentages, of every level below the bars."""
    _blank(axes, len(table.levels), 2)
    other = "%" if labels is Labels.COUNTS else "Patients"
    axes.text(-0.12, 1.75, f"{other}, by mRS", ha="right", va="center", fontsize=7.5, color="0.25")
    for place, level in enumerate(table.levels):
        shown = level.replace("-", "–")
        axes.text(place + 0.5, 1.75, shown, ha="center", va="center", fontsize=7.5, color="0.25")
    axes.plot([0, len(table.levels)], [1.45, 1.45], color="0.7", linewidth=0.6)
    for arm, height in ((0, 1.05), (1, 0.40)):
        name = table.arms[arm]
        axes.text(-0.12, height, plain(_shortened(name)), ha="right", va="center", fontsize=7.5)
        for place, count in enumerate(table.counts[arm]):
            text = rounded(100 * count / table.n[arm], 1) if labels is Labels.COUNTS else str(count)
            axes.text(place + 0.5, height, text, ha="center", va="center", fontsize=7.5)


def _blank(axes: Axes, width: float, height: float) -> None:
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()


def _folded(name: str, width: int = 19, lines: int = 3) -> str:
    """Return a name broken between words; what is over so many lines is cut off."""
    found = [""]
    for word in name.split():
        if found[-1] and len(found[-1]) + 1 + len(word) > width:
            found.append(word)
        else:
            found[-1] = f"{found[-1]} {word}".strip()
    found = [_shortened(line, width + 3) for line in found]
    return "\n".join(found if len(found) <= lines else [*found[: lines - 1], f"{found[lines - 1]} …"])


def _shortened(name: str, width: int = 18) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
