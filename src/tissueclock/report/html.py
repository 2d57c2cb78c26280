"""The report as one page: self-contained, offline, without scripts."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import jinja2
from PIL import Image

from tissueclock.core.notice import DISCLAIMER
from tissueclock.core.quality import Level
from tissueclock.eligibility.outcome import Decision, Outcome
from tissueclock.report import view
from tissueclock.report.format import compact, headline, rounded, sentence, words
from tissueclock.report.maps import colour_bar, map_rows
from tissueclock.report.model import ReportModel
from tissueclock.report.montage import Tile, columns_for, legend, location_tile, summary_tiles
from tissueclock.report.notice import VALIDATED_ON
from tissueclock.report.plot import curves_plot, offset_plot

_SYMBOLS: Mapping[object, str] = MappingProxyType(
    {
        Outcome.PASS: "✓",
        Outcome.FAIL: "✗",
        Outcome.UNKNOWN: "?",
        Outcome.NOT_APPLICABLE: "–",
        Decision.ELIGIBLE: "✓",
        Decision.INELIGIBLE: "✗",
        Decision.UNDETERMINED: "?",
        Level.PASS: "✓",
        Level.WARN: "!",
        Level.FAIL: "✗",
        None: "?",
    }
)


def html(model: ReportModel) -> bytes:
    """Return the page, UTF-8; the same model gives the same bytes."""
    template = _environment().get_template("report.html")
    return template.render(_context(model)).encode("utf-8")


def data_uri(picture: Image.Image) -> str:
    """Return a picture as a data: URI holding a PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
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
        "symbol": _SYMBOLS.__getitem__,
        "words": words,
    }
    return environment


def _context(model: ReportModel) -> dict[str, Any]:
    parts = headline(model)
    return {
        "model": model,
        "disclaimer": DISCLAIMER,
        "validated_on": VALIDATED_ON,
        "label_items": view.label_items(model),
        "label_line": view.label_line(model),
        "banner": view.banner(model),
        "headline": parts,
        "headline_notes": view.headline_notes(parts),
        "summary_items": view.summary_items(model),
        "slices_note": view.slices_note(model),
        "fact_groups": view.fact_groups(model),
        "fact_footnotes": view.fact_footnotes(model),
        "other_facts": view.other_facts(model),
        "input_rows": view.input_rows(model),
        **_pictures(model),
    }


def _pictures(model: ReportModel) -> dict[str, Any]:
    tiles = summary_tiles(model)
    return {
        "legend": legend(model),
        "tiles": tiles,
        "columns": columns_for(len(tiles)),
        "map_rows": map_rows(model),
        "colour_bar": colour_bar(256, 1),
        "curves_plot": curves_plot(model.curves),
        "offset_plot": None if model.offset is None else offset_plot(model.offset),
        "locations": _locations(model),
    }


def _locations(model: ReportModel) -> list[tuple[str, str, Tile]]:
    """Return (name, where, picture) of the curves."""
    curves = model.curves
    found = [("AIF", curves.aif_location)]
    if curves.vof_location is not None:
        found.append(("VOF", curves.vof_location))
    return [(name, view.location_text(place), location_tile(model, name, place)) for name, place in found]
