"""What a forest plot shows, line by line, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tissueclock.evidence.meta.normal import Interval

MOST_LINES = 400
"""A longer plot is no picture any more (our choice)."""
DAGGER = "†"
"""Stands after the name of a study whose numbers nobody read in a source."""


class Mark(Enum):
    """What a line is drawn as."""

    SQUARE = "square"
    DIAMOND = "diamond"
    BAR = "bar"
    POINT = "point"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a name, cells, and an effect with its interval on the natural scale, None where it has none.

    `effect` and `weight` are printed as they stand; `share` (0 to 1) is the weight that a square is sized by.
    `recalled` marks numbers that were read in no source: an open square and a dagger. `sub` is a part of all
    studies: a lighter diamond. `indent` sets the name to the right.
    """

    mark: Mark
    name: str
    cells: tuple[str, ...] = ()
    estimate: float | None = None
    ci: Interval | None = None
    effect: str = ""
    weight: str = ""
    share: float = 0.0
    recalled: bool = False
    sub: bool = False
    bold: bool = False
    small: bool = False
    indent: int = 0

    @property
    def shown_name(self) -> str:
        """The name with its dagger."""
        return f"{self.name} {DAGGER}" if self.recalled else self.name


GAP = Line(mark=Mark.NONE, name="")
"""A line with nothing on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """A whole plot.

    `heads` stand over the name, the cells, the effect and the weight; `ratio` makes the axis logarithmic;
    `null` is no effect, None where there is none; `reference` is the pooled estimate. `favours` says what is
    on the left and the right of no effect, empty where nothing is to be said. `limits` are the ends that no
    effect can pass.
    """

    title: str
    subtitle: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    axis: str
    ratio: bool
    null: float | None
    reference: float | None = None
    favours: tuple[str, str] = ("", "")
    footer: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        cells = len(self.heads) - 3
        if cells < 0 or any(line.cells and len(line.cells) != cells for line in self.lines):
            raise ValueError("every line has a cell under every head, or none")
        if len(self.lines) > MOST_LINES:
            raise ValueError(f"{len(self.lines)} lines are too many for a picture: at most {MOST_LINES}")
