"""The report's pages as pictures, drawn with Pillow: for a PACS, a slide or a reader without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tissueclock.core.notice import DISCLAIMER
from tissueclock.core.quality import Level
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
    text_width_px,
)
from tissueclock.report.format import HeadlinePart, State, compact, headline, headline_text
from tissueclock.report.maps import SLICES_PER_MAP, MapRow, colour_bar, map_rows
from tissueclock.report.model import ReportModel
from tissueclock.report.montage import columns_for, legend, summary_tiles
from tissueclock.report.notice import VALIDATED_ON

_BAR_PX = (420, 14)
_LARGEST_PX, _BODY_PX, _SMALL_PX = 40.0, 20.0, 17.0
_BAD: Colour = (163, 20, 46)
_BANNER_COLOURS: Mapping[Level | None, tuple[Colour, Colour]] = MappingProxyType(
    {
        Level.PASS: ((23, 102, 58), (238, 247, 241)),
        Level.WARN: ((138, 90, 0), (253, 246, 231)),
        Level.FAIL: (_BAD, (253, 238, 240)),
        None: ((138, 90, 0), (253, 246, 231)),
    }
)


def pages(model: ReportModel) -> Mapping[str, bytes]:
    """Return page name -> PNG: `summary`, and `maps` where the model has any."""
    found = {"summary": _summary(model)}
    if model.maps:
        found["maps"] = _maps(model)
    return MappingProxyType(found)


def _summary(model: ReportModel) -> bytes:
    canvas = _sheet(model, "Perfusion report")
    _banner(canvas, model)
    _headline(canvas, headline(model))
    for word, text in view.summary_items(model):
        canvas.paragraph(f"{word}: {text}", _BODY_PX)
    canvas.skip(8)
    _legend(canvas, model)
    tiles = summary_tiles(model)
    canvas.pictures([tile.image for tile in tiles], columns_for(len(tiles)))
    canvas.skip(12)
    canvas.paragraph(view.slices_note(model), _SMALL_PX, MUTED)
    return _finished(canvas)


def _maps(model: ReportModel) -> bytes:
    canvas = _sheet(model, "Perfusion maps")
    for row in map_rows(model):
        canvas.text(f"{row.title}, {row.unit}".rstrip(", "), _BODY_PX, bold=True)
        canvas.skip(32)
        canvas.pictures([tile.image for tile in row.tiles], SLICES_PER_MAP)
        canvas.skip(8)
        _scale(canvas, row)
        canvas.skip(44)
    return _finished(canvas)


def _sheet(model: ReportModel, title: str) -> Canvas:
    """Return a sheet that says what it is not for, what it is, and whose it is."""
    canvas = Canvas()
    canvas.box(DISCLAIMER, _SMALL_PX, INK, SOFT)
    canvas.skip(18)
    maker = f"Tissueclock {model.version}, {model.modality.value} perfusion, preset {model.preset_name}"
    canvas.text(title, 30, bold=True)
    canvas.text(maker, _SMALL_PX, MUTED, x=WIDTH_PX - MARGIN_PX - text_width_px(maker, _SMALL_PX))
    canvas.skip(48)
    canvas.paragraph(view.label_line(model), _BODY_PX, bold=True)
    canvas.skip(14)
    return canvas


def _finished(canvas: Canvas) -> bytes:
    canvas.skip(6)
    canvas.paragraph(f"What this was validated on: {VALIDATED_ON}", _SMALL_PX, MUTED)
    canvas.skip(10)
    canvas.box(DISCLAIMER, _SMALL_PX, INK, SOFT)
    return canvas.png()


def _banner(canvas: Canvas, model: ReportModel) -> None:
    found = view.banner(model)
    canvas.box(found.title, _BODY_PX, *_BANNER_COLOURS[found.level])
    canvas.skip(8)
    for reason in found.reasons:
        canvas.paragraph(f"- {reason}", _SMALL_PX)
    canvas.skip(12)


def _headline(canvas: Canvas, parts: tuple[HeadlinePart, ...]) -> None:
    """Draw the headline on one line, as large as fits; withheld values are struck through."""
    size_px = min(_LARGEST_PX, _LARGEST_PX * CONTENT_PX / text_width_px(headline_text(parts), _LARGEST_PX))
    x: float = MARGIN_PX
    for number, part in enumerate(parts):
        x = canvas.text(" | " if number else "", size_px, (179, 188, 200), x=x)
        x = canvas.text(f"{part.label} ", size_px, MUTED, x=x)
        x = _headline_value(canvas, part, size_px, x)
    canvas.skip(size_px * 1.5)
    for note in view.headline_notes(parts):
        canvas.paragraph(note, _BODY_PX)


def _headline_value(canvas: Canvas, part: HeadlinePart, size_px: float, x: float) -> float:
    known, withheld = (part.value.state is state for state in (State.KNOWN, State.WITHHELD))
    end = canvas.text(part.value.text, size_px, INK if known else MUTED, x=x, bold=known)
    if not withheld:
        return end
    middle = canvas.top + size_px * 0.62
    canvas.pen.line((x, middle, end, middle), fill=MUTED, width=3)
    return canvas.text(" (withheld)", size_px, _BAD, x=end)


def _legend(canvas: Canvas, model: ReportModel) -> None:
    x: float = MARGIN_PX
    for swatch, text in legend(model):
        canvas.picture.paste(swatch, (round(x), canvas.top + 3))
        x = canvas.text(text, _BODY_PX, x=x + swatch.width + 10) + 36
    canvas.skip(36)


def _scale(canvas: Canvas, row: MapRow) -> None:
    left = MARGIN_PX + 8
    canvas.picture.paste(colour_bar(*_BAR_PX), (left, canvas.top))
    canvas.skip(_BAR_PX[1] + 4)
    for tick in row.ticks:
        text = compact(tick)
        at = left + row.share(tick) * _BAR_PX[0] - text_width_px(text, _SMALL_PX) / 2
        canvas.text(text, _SMALL_PX, MUTED, x=at)
