"""A page of the report as a picture: labelled on top, with what it is not for, and tables drawn as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from tissueclock.core.notice import DISCLAIMER
from tissueclock.report import view
from tissueclock.report.canvas import (
    CONTENT_PX,
    INK,
    MARGIN_PX,
    MUTED,
    SOFT,
    WIDTH_PX,
    Canvas,
    Colour,
    is_drawable,
    text_width_px,
    wrapped,
)
from tissueclock.report.model import ReportModel
from tissueclock.report.notice import VALIDATED_ON

BODY_PX, SMALL_PX = 20.0, 17.0
_TITLE_PX = 30.0
_LINE_PX = SMALL_PX * 1.35
_RULE: Colour = (217, 222, 229)
_BAD: Colour = (163, 20, 46)
_LOST = (
    "Letters that this picture cannot draw are named by script and number; report.html shows the full label."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: text, with a note below it, struck with a mark, or with a picture before it."""

    text: str
    fill: Colour = INK
    note: str = ""
    bold: bool = False
    struck: bool = False
    mark: str = ""
    picture: Image.Image | None = None


class Sheet(Canvas):
    """A sheet that says what it is not for, what it is, which page it is, and whose it is."""

    def __init__(self, model: ReportModel, page: view.Page) -> None:
        super().__init__()
        self.box(DISCLAIMER, SMALL_PX, INK, SOFT)
        self.skip(18)
        maker = (
            f"Tissueclock {model.version}, {model.modality.value} {model.subject}, preset {model.preset_name}"
        )
        right = f"{maker}, page {page.number_text}"
        title_end = self.text(page.title, _TITLE_PX, bold=True)
        self._right_lines(right, title_end + 30)
        label = view.label_line(model)
        self.paragraph(label, BODY_PX, bold=True)
        if not is_drawable(label):
            self.paragraph(_LOST, SMALL_PX, MUTED)
        self.skip(14)

    def finished(self) -> bytes:
        """Close the sheet with what the program was validated on; returns the PNG."""
        self.skip(6)
        self.paragraph(f"What this was validated on: {VALIDATED_ON}", SMALL_PX, MUTED)
        self.skip(10)
        self.box(DISCLAIMER, SMALL_PX, INK, SOFT)
        return self.png()

    def keys(self, keys: Sequence[tuple[Image.Image, str]]) -> None:
        """Draw a legend: samples with their text, over as many lines as it takes."""
        x: float = MARGIN_PX
        for sample, text in keys:
            width = sample.width + 10 + text_width_px(text, SMALL_PX)
            if x > MARGIN_PX and x + width > WIDTH_PX - MARGIN_PX:
                x = MARGIN_PX
                self.skip(_LINE_PX + 4)
            self.picture.paste(sample, (round(x), self.top + 3))
            x = self.text(text, SMALL_PX, x=x + sample.width + 10) + 34
        if keys:
            self.skip(_LINE_PX + 10)

    def table(
        self, rows: Sequence[Sequence[Cell]], shares: Sequence[float], head: Sequence[str] = ()
    ) -> None:
        """Draw rows with a line below each; `shares` are the columns' parts of the width."""
        if head and rows:
            self._row([Cell(text, MUTED) for text in head], shares)
        for row in rows:
            self._row(row, shares)
        self.skip(8)

    def strike(self, start: float, end: float, size_px: float) -> None:
        """Strike through what was just written at `top`."""
        middle = round(self.top + size_px * 0.62)
        self.pen.line((start, middle, end, middle), fill=MUTED, width=max(1, round(size_px / 14)))

    def _row(self, cells: Sequence[Cell], shares: Sequence[float]) -> None:
        start, x, lowest = self.top, float(MARGIN_PX), self.top
        for cell, share in zip(cells, shares, strict=True):
            self.top = start
            self._cell(cell, x, share * CONTENT_PX - 14)
            lowest, x = max(lowest, self.top), x + share * CONTENT_PX
        self.top = lowest
        self.pen.line((MARGIN_PX, lowest + 2, WIDTH_PX - MARGIN_PX, lowest + 2), fill=_RULE)
        self.skip(8)

    def _cell(self, cell: Cell, x: float, width_px: float) -> None:
        if cell.picture is not None:
            self.picture.paste(cell.picture, (round(x), self.top + 2))
            x, width_px = x + cell.picture.width + 10, width_px - cell.picture.width - 10
        for line in wrapped(cell.text, SMALL_PX, width_px):
            end = self.text(line, SMALL_PX, cell.fill, x=x, bold=cell.bold)
            if cell.struck:
                self.strike(x, end, SMALL_PX)
                self.text(cell.mark, SMALL_PX, _BAD, x=end + 8)
            self.skip(_LINE_PX)
        for line in wrapped(cell.note, SMALL_PX, width_px):
            self.text(line, SMALL_PX, MUTED, x=x)
            self.skip(_LINE_PX)

    def _right_lines(self, text: str, from_x: float) -> None:
        """Write text flush right beside the title, over more lines where it is long."""
        start = self.top
        for line in wrapped(text, SMALL_PX, WIDTH_PX - MARGIN_PX - from_x):
            self.text(line, SMALL_PX, MUTED, x=WIDTH_PX - MARGIN_PX - text_width_px(line, SMALL_PX))
            self.skip(_LINE_PX)
        self.top = max(self.top, start + 48)
