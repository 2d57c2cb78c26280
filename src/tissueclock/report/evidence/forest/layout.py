"""Where the columns and lines of a forest plot stand, in inches: set by the text that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tissueclock.report.evidence.drawing import text_width_in
from tissueclock.report.evidence.forest.parts import Forest, Line, Mark

TEXT_PT, SMALL_PT, HEAD_PT, TITLE_PT = 8.0, 7.0, 8.0, 10.0
LINE_IN, SMALL_LINE_IN = 0.185, 0.15
INDENT_IN = 0.12
MARGIN_IN = 0.12
_WIDTH_IN = 7.1  # two columns of a journal, 180 mm
_PLOT_IN = 2.1
_GAP_IN = 0.16
_FOOT_IN = 0.2  # the disclaimer
_AXIS_IN, _FAVOURS_IN = 0.36, 0.2


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in inches: right ends of `cells`, `effect` and `weight`; the plot from left to right.

    Heights are counted from the foot of the figure.
    """

    width: float
    height: float
    cells: tuple[float, ...]
    plot_left: float
    plot_right: float
    effect: float
    weight: float
    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    footer: tuple[str, ...]
    heads_bottom: float
    lines_bottom: float
    favours: bool


def lay_out(forest: Forest) -> Layout:
    """Return the places of everything; the figure is as wide as its columns ask, two columns at least."""
    cells = range(len(forest.heads) - 3)
    name = _name_width(forest)
    left, rights = MARGIN_IN + name, []
    for cell in cells:
        left += _GAP_IN + _width(
            [line.cells[cell] for line in forest.lines if line.cells], forest.heads[1 + cell]
        )
        rights.append(left)
    effect = _width([line.effect for line in forest.lines], forest.heads[-2])
    weight = _width([line.weight for line in forest.lines], forest.heads[-1])
    right = 2 * _GAP_IN + effect + (_GAP_IN + weight if weight else 0) + MARGIN_IN
    plot_left = left + _GAP_IN
    width = max(_WIDTH_IN, plot_left + _PLOT_IN + right)
    inside = width - 2 * MARGIN_IN
    title = wrapped(forest.title, TITLE_PT, inside, bold=True)
    subtitle = wrapped(forest.subtitle, TEXT_PT, inside)
    footer = tuple(line for text in forest.footer for line in wrapped(text, SMALL_PT, inside))
    bottom = _FOOT_IN + SMALL_LINE_IN * len(footer) + _AXIS_IN + (_FAVOURS_IN if any(forest.favours) else 0)
    top = bottom + LINE_IN * len(forest.lines)
    heads = SMALL_LINE_IN * max(head.count("\n") + 1 for head in forest.heads) + 0.1
    height = top + heads + 0.2 * len(title) + 0.16 * len(subtitle) + 0.14
    return Layout(
        width=width,
        height=height,
        cells=tuple(rights),
        plot_left=plot_left,
        plot_right=width - right,
        effect=width - MARGIN_IN - (_GAP_IN + weight if weight else 0),
        weight=width - MARGIN_IN,
        title=title,
        subtitle=subtitle,
        footer=footer,
        heads_bottom=top,
        lines_bottom=bottom,
        favours=any(forest.favours),
    )


def wrapped(text: str, size_pt: float, width_in: float, *, bold: bool = False) -> tuple[str, ...]:
    """Return the text in lines no wider than that; one word that is wider stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_in(longer, size_pt, bold=bold) <= width_in:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def _name_width(forest: Forest) -> float:
    """Return the width of names; a line without cells or effect may run on into the next columns."""
    return max(
        text_width_in(forest.heads[0], HEAD_PT, bold=True),
        *(
            line.indent * INDENT_IN + text_width_in(line.shown_name, TEXT_PT, bold=line.bold)
            for line in forest.lines
            if not _runs_on(line)
        ),
    )


def _runs_on(line: Line) -> bool:
    return line.mark is Mark.NONE and not line.cells


def _width(texts: Sequence[str], head: str) -> float:
    heads = [text_width_in(part, HEAD_PT, bold=True) for part in head.split("\n")]
    return max([*heads, *(text_width_in(text, TEXT_PT, bold=True) for text in texts)])
