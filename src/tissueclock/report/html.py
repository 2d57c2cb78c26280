"""The report as one page: self-contained, offline, without scripts."""

from __future__ import annotations

import base64
import io
import re
from functools import cache
from typing import Any

import jinja2
from PIL import Image

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.matrix import matrix
from tissueclock.report import view
from tissueclock.report.canvas import PNG_LEVEL
from tissueclock.report.figures import Figures
from tissueclock.report.format import compact, headline, rounded, sentence, words
from tissueclock.report.maps import colour_bar
from tissueclock.report.model import ReportModel
from tissueclock.report.montage import columns_for
from tissueclock.report.notice import LADDER_READING, VALIDATED_ON
from tissueclock.report.plain.markup import matrix_table, sensitivity_sections
from tissueclock.report.plain.page import metadata, style
from tissueclock.report.plain.symbols import SYMBOLS


def html(model: ReportModel, figures: Figures | None = None) -> bytes:
    """Return the page, UTF-8; the same model gives the same bytes.

    `figures` are the model's, drawn here if None.
    """
    template = _environment().get_template("report.html")
    return template.render(_context(model, figures or Figures.of(model))).encode("utf-8")


def data_uri(picture: Image.Image) -> str:
    """Return a picture as a data: URI holding a PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=PNG_LEVEL)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def css_string(text: str) -> str:
    """Return text for the inside of a CSS string: all but letters, digits and spaces is escaped."""
    return re.sub(r"[^A-Za-z0-9 ]", lambda match: f"\\{ord(match[0]):x} ", text)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tissueclock.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "compact": compact,
        "css_string": css_string,
        "data_uri": data_uri,
        "decision_reason": view.decision_reason,
        "listed": view.listed,
        "plain_text": view.plain_text,
        "rounded": rounded,
        "sentence": sentence,
        "symbol": SYMBOLS.__getitem__,
        "words": words,
    }
    return environment


def _context(model: ReportModel, figures: Figures) -> dict[str, Any]:
    parts = headline(model)
    return {
        "model": model,
        "figures": figures,
        "pages": {page.name: page for page in view.pages(model)},
        "disclaimer": DISCLAIMER,
        "validated_on": VALIDATED_ON,
        "ladder_reading": LADDER_READING,
        "label_items": view.label_items(model),
        "label_line": view.label_line(model),
        "banner": view.banner(model),
        "headline": parts,
        "headline_notes": view.headline_notes(parts),
        "rule_notes": view.rule_notes(model),
        "withheld_note": view.withheld_note(model),
        "summary_items": view.summary_items(model),
        "slices_note": view.slices_note(model, len(figures.montage)),
        "columns": columns_for(len(figures.montage)),
        "ladders": _ladders(model, figures),
        "maps_note": view.maps_note(model, len(figures.maps[0].tiles)) if figures.maps else "",
        "fact_groups": view.fact_groups(model),
        "fact_footnotes": view.fact_footnotes(model),
        "other_facts": view.other_facts(model),
        "flag_rows": view.flag_rows(model),
        "input_rows": view.input_rows(model),
        "colour_bar": colour_bar(256, 1),
        "metadata": metadata(f"Tissueclock {model.subject} report"),
        "shared_style": style("shared"),
        "verdict_style": style("verdicts"),
        "matrix": matrix_table(matrix(model.assessments)),
        "changes": _changes(model),
    }


def _changes(model: ReportModel) -> str:
    """Return what would change a verdict, as markup whose texts are escaped."""
    if model.sensitivity is None:
        return ""
    titles = {item.trial: item.title for item in model.assessments}
    return sensitivity_sections(model.sensitivity, titles, "h3")


def _ladders(model: ReportModel, figures: Figures) -> list[dict[str, Any]]:
    """Return every ladder with what stands beside it."""
    return [
        {
            "figure": ladder,
            "rows": view.ladder_rows(model, ladder.name),
            "columns": columns_for(len(ladder.tiles)),
            "slices": view.slices_note(model, len(ladder.tiles)),
        }
        for ladder in figures.ladders
    ]
