"""The report's pages as pictures, drawn with Pillow: for a PACS, a slide or a reader without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from PIL import Image

from tissueclock.core.quality import Level
from tissueclock.eligibility.outcome import Decision
from tissueclock.report import view
from tissueclock.report.canvas import CONTENT_PX, INK, MARGIN_PX, MUTED, Colour, text_width_px
from tissueclock.report.figures import Figures
from tissueclock.report.format import HeadlinePart, Printed, State, headline, headline_text, sentence, words
from tissueclock.report.ladders import LadderFigure, Rung
from tissueclock.report.maps import SLICES_PER_MAP, MapRow, colour_bar
from tissueclock.report.model import ReportModel
from tissueclock.report.montage import columns_for
from tissueclock.report.notice import LADDER_READING
from tissueclock.report.plot import Plot
from tissueclock.report.raster import key_picture, plot_picture
from tissueclock.report.sheet import BODY_PX, SMALL_PX, Cell, Sheet

_BAR_PX = (420, 14)
_LARGEST_PX, _HEADING_PX = 40.0, 22.0
_BOLDER = 1.02
"""Drawn in pieces, and partly bold, a headline is a little wider than its text."""
_HALF_PX = (CONTENT_PX - 24) // 2
_PLACE_PX = 256
_BAD: Colour = (163, 20, 46)
_GOOD: Colour = (23, 102, 58)
_CARE: Colour = (138, 90, 0)
_BANNER_COLOURS: Mapping[Level | None, tuple[Colour, Colour]] = MappingProxyType(
    {
        Level.PASS: (_GOOD, (238, 247, 241)),
        Level.WARN: (_CARE, (253, 246, 231)),
        Level.FAIL: (_BAD, (253, 238, 240)),
        None: (_CARE, (253, 246, 231)),
    }
)
_WORD_COLOURS: Mapping[object, Colour] = MappingProxyType(
    {
        Level.PASS: _GOOD,
        Level.WARN: _CARE,
        Level.FAIL: _BAD,
        Decision.ELIGIBLE: _GOOD,
        Decision.INELIGIBLE: _BAD,
        Decision.UNDETERMINED: MUTED,
    }
)


def pages(model: ReportModel, figures: Figures | None = None) -> Mapping[str, bytes]:
    """Return page name -> PNG, in order; the names are those of the page's anchors.

    Without maps there is no page `maps`. `figures` are the model's, drawn if None.
    """
    drawn = figures or Figures.of(model)
    return MappingProxyType({page.name: _page(model, drawn, page) for page in view.pages(model)})


def _page(model: ReportModel, figures: Figures, page: view.Page) -> bytes:
    sheet = Sheet(model, page)
    _CONTENT[page.name](sheet, model, figures)
    return sheet.finished()


def _summary(sheet: Sheet, model: ReportModel, figures: Figures) -> None:
    _banner(sheet, model)
    _headline(sheet, headline(model))
    sheet.paragraph(" ".join(view.rule_notes(model)), SMALL_PX, MUTED)
    sheet.skip(4)
    for word, text in view.summary_items(model):
        sheet.paragraph(f"{word}: {text}", BODY_PX)
    sheet.skip(8)
    _withheld(sheet, model)
    sheet.keys(figures.legend)
    tiles = figures.montage
    sheet.pictures([tile.image for tile in tiles], columns_for(len(tiles)))
    sheet.skip(12)
    sheet.paragraph(view.slices_note(model, len(tiles)), SMALL_PX, MUTED)


def _volumes(sheet: Sheet, model: ReportModel, figures: Figures) -> None:
    _withheld(sheet, model)
    for ladder in figures.ladders:
        _ladder(sheet, model, ladder)
    for group in view.fact_groups(model):
        _heading(sheet, group.title)
        sheet.table(
            [
                (Cell(row.label, note=row.note), _value(row.value), _interval(row.interval, row.value))
                for row in group.rows
            ],
            (0.62, 0.2, 0.18),
        )
    for text in view.fact_footnotes(model):
        sheet.paragraph(text, SMALL_PX, MUTED)


def _rules(sheet: Sheet, model: ReportModel, _: Figures) -> None:
    _heading(sheet, "Profiles")
    for profile in model.profiles:
        sheet.paragraph(f"{profile.title}: {words(profile.label)}", BODY_PX, bold=True)
        sheet.paragraph(sentence(profile.because), SMALL_PX)
        for note in profile.notes:
            sheet.paragraph(note, SMALL_PX, MUTED)
        sheet.skip(10)
    if not model.profiles:
        sheet.paragraph("No profile was evaluated.", BODY_PX, MUTED)
    _heading(sheet, "Trials")
    sheet.table(
        [
            (
                Cell(trial.title, bold=True),
                Cell(words(trial.decision.value), _WORD_COLOURS[trial.decision], bold=True),
                Cell(view.decision_reason(trial)),
            )
            for trial in model.assessments
        ],
        (0.25, 0.17, 0.58),
    )
    closing = "Every criterion, with its reason, stands in report.html and result.json."
    sheet.paragraph(closing if model.assessments else "No trial was assessed.", SMALL_PX, MUTED)


def _maps(sheet: Sheet, model: ReportModel, figures: Figures) -> None:
    _withheld(sheet, model)
    sheet.paragraph(view.maps_note(model, len(figures.maps[0].tiles)), SMALL_PX, MUTED)
    for row in figures.maps:
        _heading(sheet, row.heading)
        if row.note:
            sheet.paragraph(row.note, BODY_PX, _BAD)
        sheet.pictures([tile.image for tile in row.tiles], SLICES_PER_MAP)
        sheet.skip(8)
        _scale(sheet, row)
        sheet.skip(28)


def _diffusion(sheet: Sheet, model: ReportModel, figures: Figures) -> None:
    drawn = figures.diffusion
    if drawn is None:
        return
    _withheld(sheet, model)
    for row in drawn.rows:
        _heading(sheet, row.title)
        sheet.pictures([tile.image for tile in row.tiles], SLICES_PER_MAP)
        sheet.skip(8)
        if row.scale is not None:
            _scale(sheet, row.scale)
            sheet.skip(20)
    for title, rows in drawn.tables:
        _heading(sheet, title)
        sheet.table(
            [(Cell(row.label), Cell(row.text, bold=True), Cell(row.note, MUTED)) for row in rows],
            (0.36, 0.18, 0.46),
        )
    for text in drawn.notes:
        sheet.paragraph(text, SMALL_PX, MUTED)


def _quality(sheet: Sheet, model: ReportModel, figures: Figures) -> None:
    _heading(sheet, "Quality checks")
    sheet.table(
        [
            (
                Cell(words(row.flag.id), bold=True),
                Cell(row.flag.level.value, _WORD_COLOURS[row.flag.level], bold=True),
                Cell(row.value),
                Cell(row.limit, MUTED),
                Cell(row.flag.text),
            )
            for row in view.flag_rows(model)
        ],
        (0.15, 0.08, 0.11, 0.11, 0.55),
        ("Check", "Result", "Value", "Limit", "In words"),
    )
    if not model.flags:
        sheet.paragraph("No quality check was recorded.", BODY_PX, MUTED)
    if figures.curves is not None:
        _run_quality(sheet, figures)


def _run_quality(sheet: Sheet, figures: Figures) -> None:
    """Draw how a perfusion run was sampled: its curves, its motion and its times."""
    _heading(sheet, "Curves, and where they lie")
    _plots(sheet, [plot for plot in (figures.curves, figures.offset) if plot is not None])
    _places(sheet, figures)
    _heading(sheet, "Motion")
    _plots(sheet, figures.motion)
    if not figures.motion:
        sheet.paragraph("Motion was not recorded frame by frame.", BODY_PX, MUTED)
    _heading(sheet, "Sampling")
    if figures.sampling is None:
        sheet.paragraph("The times of the frames were not recorded.", BODY_PX, MUTED)
    else:
        _plots(sheet, [figures.sampling])


def _methods(sheet: Sheet, model: ReportModel, _: Figures) -> None:
    _heading(sheet, "Methods")
    sheet.paragraph(model.provenance.methods_paragraph(), SMALL_PX)
    sheet.skip(8)
    for number, citation in enumerate(model.provenance.citations(), 1):
        sheet.paragraph(f"{number}. {citation}", SMALL_PX, MUTED)
    _heading(sheet, "What was read")
    made_by = (
        ("software", f"{model.software} {model.version}"),
        ("preset", f"{model.preset_name}, {model.preset_digest}"),
    )
    pairs = (*view.input_rows(model), *made_by)
    sheet.table([(Cell(word, MUTED), Cell(text)) for word, text in pairs], (0.2, 0.8))
    sheet.paragraph("Every step, with parameters and digests, stands in result.json.", SMALL_PX, MUTED)


_CONTENT: Mapping[str, Callable[[Sheet, ReportModel, Figures], None]] = MappingProxyType(
    {
        "summary": _summary,
        "volumes": _volumes,
        "rules": _rules,
        "maps": _maps,
        "diffusion": _diffusion,
        "quality": _quality,
        "methods": _methods,
    }
)


def _heading(sheet: Sheet, text: str) -> None:
    sheet.skip(8)
    sheet.paragraph(text, _HEADING_PX, bold=True)
    sheet.skip(2)


def _withheld(sheet: Sheet, model: ReportModel) -> None:
    note = view.withheld_note(model)
    if note:
        sheet.paragraph(note, BODY_PX, _BAD, bold=True)
        sheet.skip(6)


def _value(printed: Printed) -> Cell:
    """Return a value as a cell: struck and marked where it is withheld."""
    if printed.state is State.WITHHELD:
        return Cell(printed.text, MUTED, struck=True, mark="(withheld)")
    return Cell(
        printed.text, INK if printed.state is State.KNOWN else MUTED, bold=printed.state is State.KNOWN
    )


def _interval(text: str, printed: Printed) -> Cell:
    """Return an interval as a cell: struck as its value is."""
    return Cell(text, MUTED, struck=printed.state is State.WITHHELD)


def _banner(sheet: Sheet, model: ReportModel) -> None:
    found = view.banner(model)
    sheet.box(found.title, BODY_PX, *_BANNER_COLOURS[found.level])
    sheet.skip(8)
    for reason in found.reasons:
        sheet.paragraph(f"- {reason}", SMALL_PX)
    sheet.skip(12)


def _headline(sheet: Sheet, parts: tuple[HeadlinePart, ...]) -> None:
    """Draw the headline on one line, as large as fits; withheld values are struck through."""
    wide_px = _BOLDER * text_width_px(headline_text(parts), _LARGEST_PX)
    size_px = min(_LARGEST_PX, _LARGEST_PX * CONTENT_PX / wide_px)
    x: float = MARGIN_PX
    for number, part in enumerate(parts):
        x = sheet.text(" | " if number else "", size_px, (179, 188, 200), x=x)
        x = sheet.text(f"{part.label} ", size_px, MUTED, x=x)
        x = _headline_value(sheet, part, size_px, x)
    sheet.skip(size_px * 1.5)
    for note in view.headline_notes(parts):
        sheet.paragraph(note, BODY_PX)


def _headline_value(sheet: Sheet, part: HeadlinePart, size_px: float, x: float) -> float:
    known, withheld = (part.value.state is state for state in (State.KNOWN, State.WITHHELD))
    end = sheet.text(part.value.text, size_px, INK if known else MUTED, x=x, bold=known)
    if not withheld:
        return end
    sheet.strike(x, end, size_px)
    return sheet.text(" (withheld)", size_px, _BAD, x=end)


def _ladder(sheet: Sheet, model: ReportModel, ladder: LadderFigure) -> None:
    _heading(sheet, ladder.title)
    sheet.table(
        [
            *(_rung(rung) for rung in ladder.rungs),
            *(
                (Cell(row.label, MUTED), _value(row.value), Cell(row.note, MUTED))
                for row in view.ladder_rows(model, ladder.name)
            ),
        ],
        (0.52, 0.2, 0.28),
    )
    sheet.pictures([tile.image for tile in ladder.tiles], columns_for(len(ladder.tiles)))
    sheet.skip(10)
    note = f"{LADDER_READING} {view.slices_note(model, len(ladder.tiles))}"
    sheet.paragraph(note, SMALL_PX, MUTED)
    sheet.skip(10)


def _rung(rung: Rung) -> tuple[Cell, Cell, Cell]:
    text = f"{rung.text}, the rule's limit" if rung.is_rule else rung.text
    unknown = rung.value.reason if rung.value.state is State.UNKNOWN else ""
    label = Cell(text, bold=rung.is_rule, picture=rung.swatch)
    return (
        label,
        _value(rung.value),
        Cell(unknown, MUTED) if unknown else _interval(rung.interval, rung.value),
    )


def _scale(sheet: Sheet, row: MapRow) -> None:
    left = MARGIN_PX + 24
    sheet.paste(colour_bar(*_BAR_PX), left)
    if row.rule is not None:
        at = left + row.share(row.rule) * _BAR_PX[0]
        box = (at - 2, sheet.top - 3, at + 1, sheet.top + _BAR_PX[1] + 3)
        sheet.pen.rectangle(box, fill=INK, outline=(255, 255, 255))
    sheet.skip(_BAR_PX[1] + 4)
    for tick in row.ticks:
        text = row.tick_text(tick)
        at = left + row.share(tick) * _BAR_PX[0] - text_width_px(text, SMALL_PX) / 2
        sheet.text(text, SMALL_PX, MUTED, x=at)
    sheet.skip(SMALL_PX * 1.35)


def _plots(sheet: Sheet, plots: Sequence[Plot], width_px: int = _HALF_PX) -> None:
    """Draw plots side by side, each with its title above, and what they say below."""
    if not plots:
        return
    for number, plot in enumerate(plots):
        sheet.text(plot.title, BODY_PX, x=MARGIN_PX + number * (width_px + 24), bold=True)
    sheet.skip(BODY_PX * 1.5)
    pictures = [plot_picture(plot, width_px) for plot in plots]
    for number, picture in enumerate(pictures):
        sheet.paste(picture, MARGIN_PX + number * (width_px + 24))
    sheet.skip(max(picture.height for picture in pictures) + 4)
    sheet.keys(list(dict(_keys(plots)).values()))
    for plot in plots:
        sheet.paragraph(f"{plot.title}: {plot.description}", SMALL_PX, MUTED)
    sheet.skip(6)


def _keys(plots: Iterable[Plot]) -> Iterable[tuple[tuple[str, str], tuple[Image.Image, str]]]:
    """Yield (style and name, (sample, name)) of every line and dot, equal ones too."""
    for plot in plots:
        for line in plot.lines:
            yield (line.style, line.name), (key_picture(line.style), line.name)
        for style, name in plot.dot_names:
            yield (style, name), (key_picture(style, dot=True), name)


def _places(sheet: Sheet, figures: Figures) -> None:
    """Draw where the curves lie, side by side."""
    if not figures.locations:
        return
    for number, (_, _, tile) in enumerate(figures.locations):
        sheet.paste(tile.image, MARGIN_PX + number * (_PLACE_PX + 24))
    sheet.skip(max(tile.image.height for _, _, tile in figures.locations) + 6)
    for name, where, _ in figures.locations:
        sheet.paragraph(f"{name}: {where}", SMALL_PX)
