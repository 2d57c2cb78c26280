"""The flow of a review in the boxes of PRISMA 2020, drawn from counts that add up.

Page MJ et al., BMJ 2021;372:n71, figure 1: what came from databases and registers on the left, other ways on
the right of it, an earlier version of the review before both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tissueclock.evidence.review.prisma import Flow, Included, Reading, total
from tissueclock.report.evidence.drawing import add_axes, new_figure

_BOX_IN, _GAP_X_IN, _GAP_Y_IN, _PHASE_IN, _EDGE_IN = 2.5, 0.4, 0.32, 0.3, 0.18
_LINE_IN, _PAD_IN, _HEAD_IN, _FOOT_IN = 0.158, 0.1, 0.42, 0.3
_LETTERS = 40
_TEXT_PT = 8.0
_INK, _LINE, _HEAD, _PHASE = "0.1", "0.25", "#f2c14e", "#a9c6e3"
_ROWS = 5
_PHASES = (("Identification", 0, 0), ("Screening", 1, 3), ("Included", 4, 4))
_COLUMNS = ("previous", "main", "aside", "other", "other aside")
_HEADS = (
    (("previous",), "Previous studies"),
    (("main", "aside"), "Studies by databases and registers"),
    (("other", "other aside"), "Studies by other ways"),
)
_REMOVED: Mapping[str, str] = MappingProxyType(
    {
        "duplicates": "  Duplicate records",
        "automation": "  Marked ineligible by automation tools",
        "other": "  Removed for other reasons",
    }
)
_Place = tuple[float, float, float, float]
"""Left, bottom, right and top."""


@dataclass(frozen=True, slots=True)
class _Box:
    """Lines of text in one place of the grid; what begins with a blank is indented."""

    column: str
    row: int
    lines: tuple[str, ...]

    @property
    def height_in(self) -> float:
        """How high the box is."""
        return _LINE_IN * len(self.lines) + 2 * _PAD_IN


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where columns begin and rows end, inches from the lower left."""

    left: dict[str, float]
    top: tuple[float, ...]
    width: float
    height: float

    def place(self, box: _Box) -> _Place:
        """Return left, bottom, right and top of a box."""
        left, top = self.left[box.column], self.top[box.row]
        return left, top - box.height_in, left + _BOX_IN, top


def draw_flow(flow: Flow) -> Figure:
    """Return the diagram."""
    boxes = list(_boxes(flow))
    grid = _grid(boxes)
    figure = new_figure(grid.width, grid.height)
    axes = add_axes(figure, 0, 0, 1, 1)
    axes.set(xlim=(0, grid.width), ylim=(0, grid.height))
    axes.set_axis_off()
    for box in boxes:
        _draw_box(axes, grid.place(box), box.lines)
    _draw_heads(axes, grid)
    _draw_phases(axes, grid, boxes)
    for first, second in _arrows(boxes):
        _draw_arrow(axes, grid.place(first), grid.place(second))
    return figure


def _boxes(flow: Flow) -> Iterator[_Box]:
    yield _Box("main", 0, _lines("Records identified from:", *_sources(flow)))
    if flow.removed:
        removed = [_count(_REMOVED.get(part.name, part.name), part.n) for part in flow.removed]
        yield _Box("aside", 0, _lines("Records removed before screening:", *removed))
    yield _Box("main", 1, _lines(_count("Records screened", flow.screened)))
    yield _Box("aside", 1, _lines(_count("Records excluded", flow.screened_out)))
    yield from _reading("main", "aside", flow.reading)
    if flow.other:
        parts = [_count(f"  {part.name}", part.n) for part in flow.other_sources]
        yield _Box("other", 0, _lines("Records identified from:", *parts))
        yield from _reading("other", "other aside", flow.other)
    in_all = (
        () if flow.in_all is None else _included(flow.in_all, "Total studies", "Reports of total studies")
    )
    new = "New studies included" if flow.previous else "Studies included in review"
    yield _Box("main", 4, _lines(*_included(flow.included, new, "Reports of included studies"), *in_all))
    if flow.previous:
        lines = _included(flow.previous, "Studies in the previous version", "Reports of these studies")
        yield _Box("previous", 0, _lines(*lines))


def _sources(flow: Flow) -> Iterator[str]:
    for name, parts in (("Databases", flow.databases), ("Registers", flow.registers)):
        if parts:
            yield _count(name, total(parts)) + ":"
            yield from (_count(f"  {part.name}", part.n) for part in parts)


def _reading(column: str, aside: str, reading: Reading) -> Iterator[_Box]:
    yield _Box(column, 2, _lines(_count("Reports sought for retrieval", reading.sought)))
    yield _Box(aside, 2, _lines(_count("Reports not retrieved", reading.not_retrieved)))
    yield _Box(column, 3, _lines(_count("Reports assessed for eligibility", reading.assessed)))
    reasons = [_count(f"  {part.name}", part.n) for part in reading.excluded]
    head = "Reports excluded:" if reasons else _count("Reports excluded", 0)
    yield _Box(aside, 3, _lines(head, *reasons))


def _included(included: Included, studies: str, reports: str) -> tuple[str, str]:
    return _count(studies, included.studies), _count(reports, included.reports)


def _count(words: str, n: int) -> str:
    """Return words with a count that no line end tears apart."""
    number = f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{words} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number})"


def _lines(*texts: str) -> tuple[str, ...]:
    """Return texts broken into lines that fit a box; what continues a line is indented like it."""
    found: list[str] = []
    for text in texts:
        indent = "   " if text.startswith("  ") else ""
        found += textwrap.wrap(
            text.strip(), _LETTERS, initial_indent=indent, subsequent_indent=indent, break_long_words=True
        )
    return tuple(found)


def _grid(boxes: Sequence[_Box]) -> _Grid:
    columns = [name for name in _COLUMNS if any(box.column == name for box in boxes)]
    start = _EDGE_IN + _PHASE_IN + _GAP_X_IN / 2
    left = {name: start + at * (_BOX_IN + _GAP_X_IN) for at, name in enumerate(columns)}
    heights = [max(box.height_in for box in boxes if box.row == row) for row in range(_ROWS)]
    height = _EDGE_IN + _HEAD_IN + _GAP_Y_IN + sum(heights) + _GAP_Y_IN * (_ROWS - 1) + _FOOT_IN
    tops, y = [], height - _EDGE_IN - _HEAD_IN - _GAP_Y_IN / 2
    for one in heights:
        tops.append(y)
        y -= one + _GAP_Y_IN
    width = left[columns[-1]] + _BOX_IN + _EDGE_IN
    return _Grid(left=left, top=tuple(tops), width=width, height=height)


def _draw_box(axes: Axes, place: _Place, lines: Sequence[str]) -> None:
    left, bottom, right, top = place
    corners = [left, right, right, left], [bottom, bottom, top, top]
    axes.fill(*corners, facecolor="white", edgecolor=_LINE, lw=0.9, zorder=2)
    for at, line in enumerate(lines):
        y = top - _PAD_IN - _LINE_IN * (at + 0.5)
        # Blanks at the start of a text are lost in SVG: an indent is a place.
        x = left + _PAD_IN + 0.13 * line.startswith(" ")
        axes.text(x, y, line.strip(), fontsize=_TEXT_PT, va="center", color=_INK, zorder=3)


def _draw_heads(axes: Axes, grid: _Grid) -> None:
    """Draw the bars above the columns that say by which way records came."""
    top = grid.height - _EDGE_IN
    for names, words in _HEADS:
        columns = [name for name in names if name in grid.left]
        if columns:
            left, right = grid.left[columns[0]], grid.left[columns[-1]] + _BOX_IN
            bar = [left, right, right, left], [top - _HEAD_IN, top - _HEAD_IN, top, top]
            axes.fill(*bar, facecolor=_HEAD, edgecolor="none")
            middle = (left + right) / 2, top - _HEAD_IN / 2
            axes.text(*middle, words, fontsize=8.5, weight="bold", ha="center", va="center", color=_INK)


def _draw_phases(axes: Axes, grid: _Grid, boxes: Sequence[_Box]) -> None:
    for words, first, last in _PHASES:
        ends = [grid.place(box)[1] for box in boxes if box.row == last]
        low, high = min(ends), grid.top[first]
        bar = [_EDGE_IN, _EDGE_IN + _PHASE_IN, _EDGE_IN + _PHASE_IN, _EDGE_IN], [low, low, high, high]
        axes.fill(*bar, facecolor=_PHASE, edgecolor="none")
        size = 8.5 if high - low > 1.1 else 7.0
        middle = _EDGE_IN + _PHASE_IN / 2, (low + high) / 2
        axes.text(
            *middle, words, rotation=90, fontsize=size, weight="bold", ha="center", va="center", color=_INK
        )


def _arrows(boxes: Sequence[_Box]) -> Iterator[tuple[_Box, _Box]]:
    """Yield the pairs of boxes between which people follow the flow."""
    at = {(box.column, box.row): box for box in boxes}
    for column, aside in (("main", "aside"), ("other", "other aside")):
        way = [at[column, row] for row in range(_ROWS) if (column, row) in at]
        yield from pairwise(way)
        yield from ((box, at[aside, box.row]) for box in way if (aside, box.row) in at)
    end = at["main", _ROWS - 1]
    if ("other", 3) in at:
        yield at["other", 3], end
    if ("previous", 0) in at:
        yield at["previous", 0], end


def _draw_arrow(axes: Axes, start: _Place, end: _Place) -> None:
    """Draw an arrow down within a column, across within a row, or down and then across."""
    left, bottom, right, top = start
    middle = (left + right) / 2
    if left == end[0]:
        _arrow(axes, (middle, bottom), (middle, end[3]))
    elif top == end[3]:
        y = top - min(top - bottom, end[3] - end[1]) / 2
        _arrow(axes, (right, y), (end[0], y))
    else:
        y = (end[1] + end[3]) / 2
        axes.plot([middle, middle], [bottom, y], color=_LINE, lw=0.9, zorder=1)
        _arrow(axes, (middle, y), (end[2] if left > end[0] else end[0], y))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": _LINE, "lw": 0.9, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
    axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=1)
