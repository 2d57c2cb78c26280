"""The pages as pictures: the same words as the page, the same bytes twice."""

import io
from dataclasses import replace
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sample_report import LABEL, coreless_model, dsc_model, failed_model, sample_model

from tissueclock.core.notice import DISCLAIMER
from tissueclock.report import png
from tissueclock.report.canvas import (
    CONTENT_PX,
    MARGIN_PX,
    WIDTH_PX,
    Canvas,
    drawable,
    is_drawable,
    text_width_px,
    wrapped,
)
from tissueclock.report.format import State, headline, headline_text
from tissueclock.report.ladders import ladder_figures
from tissueclock.report.notice import VALIDATED_ON
from tissueclock.report.sheet import Sheet
from tissueclock.report.view import fact_groups

MODELS = {"normal": sample_model, "failed": failed_model, "coreless": coreless_model, "dsc": dsc_model}


def recorded(model):
    """Draw the pages; return them with every line of text that is drawn, in order."""
    lines = []

    def text(self, text, *args, **kwargs):
        lines.append(text)
        return Canvas.text(self, text, *args, **kwargs)

    with patch.object(Sheet, "text", text):
        return png.pages(model), lines


@cache
def drawn(make):
    return recorded(make())


def picture(content):
    return Image.open(io.BytesIO(content))


NAMES = ["summary", "volumes", "rules", "maps", "quality", "methods"]


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_pages_say_what_the_report_says(make):
    model, (pages, written) = make(), drawn(make)
    assert list(pages) == NAMES
    assert headline_text(headline(model)) in "".join(written)
    assert written.count(DISCLAIMER) == 2 * len(NAMES)
    assert " ".join(written).count(VALIDATED_ON) == len(NAMES)


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_every_volume_of_the_tables_and_ladders_is_drawn(make):
    model, (_, written) = make(), drawn(make)
    rungs = [rung.value for ladder in ladder_figures(model) for rung in ladder.rungs]
    values = rungs + [row.value for group in fact_groups(model) for row in group.rows]
    assert len(values) > 10
    for value in values:
        assert value.text in written, value.fact
    struck = sum(value.state is State.WITHHELD for value in values)
    assert written.count("(withheld)") >= struck


def test_every_page_has_its_number_and_its_maker():
    text = " ".join(drawn(sample_model)[1])
    for number in range(1, len(NAMES) + 1):
        assert f"page {number} of {len(NAMES)}" in text
    assert text.count("Tissueclock") >= len(NAMES)


def test_every_page_names_the_patient_unless_anonymous():
    assert sum(LABEL.patient_id in line for line in drawn(sample_model)[1]) == len(NAMES)
    written = drawn(dsc_model)[1]
    assert written.count("Anonymous report") == len(NAMES)
    assert not any(LABEL.patient_id in line for line in written)


def test_withheld_pictures_are_marked_on_their_pages():
    assert sum(line.startswith("Withheld by bolus width:") for line in drawn(failed_model)[1]) == 3
    assert not any(line.startswith("Withheld by") for line in drawn(sample_model)[1])


def test_pages_are_pictures_with_content_to_the_margins():
    for content in drawn(sample_model)[0].values():
        page = picture(content)
        assert (page.format, page.mode, page.width) == ("PNG", "RGB", WIDTH_PX)
        pixels = np.asarray(page)
        assert (pixels[:, : MARGIN_PX - 1] == 255).all()
        assert (pixels[-MARGIN_PX + 2 :] == 255).all()
        assert (pixels < 128).any()


def test_the_same_model_gives_the_same_bytes_and_another_gives_others():
    first, again, other = drawn(sample_model)[0], png.pages(sample_model()), drawn(failed_model)[0]
    assert first == again
    assert first["summary"] != other["summary"]


def test_without_maps_there_is_no_page_of_maps():
    assert list(png.pages(sample_model(maps={}, ladders=()))) == [name for name in NAMES if name != "maps"]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Müller–Ångström ≥ 1.8 × Δ", "Muller-Angstrom >= 1.8 x d"),
        ("Łódź Straße Sørensen", "Lodz Strasse Sorensen"),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=[CJK 2]^[CJK 2]"),
        ("Иванов", "[CYRILLIC 6]"),
        ("محمد", "[ARABIC 4]"),
        ("כהן\u200f\n", "[HEBREW 3] "),
        ("\ud83d", " "),
        ("°", "°"),
    ],
)
def test_a_letter_that_cannot_be_drawn_is_named_by_its_script(text, drawn):
    assert drawable(text) == drawn


@pytest.mark.parametrize(("text", "whole"), [("Müller^Łukasz", True), ("山田", False), ("a\nb", True)])
def test_it_is_known_whether_a_text_can_be_drawn(text, whole):
    assert is_drawable(text) is whole


@given(st.text())
def test_any_text_becomes_drawable(text):
    drawn = drawable(text)
    assert drawable(drawn) == drawn
    assert text_width_px(text, 17) >= 0


def test_a_name_in_another_script_points_to_the_page():
    _, written = recorded(sample_model(label=replace(LABEL, patient_name="山田^太郎"), maps={}))
    hints = [line for line in written if "report.html shows the full label" in line]
    assert len(hints) == len(NAMES) - 1
    assert not any("full label" in line for line in drawn(sample_model)[1])


def test_wrapping_keeps_every_word_and_fits():
    text = "the quick brown fox " * 30
    lines = wrapped(text, 20, CONTENT_PX)
    assert " ".join(lines) == text.strip()
    assert len(lines) > 1
    assert all(text_width_px(line, 20) <= CONTENT_PX for line in lines)
    assert wrapped("", 20, CONTENT_PX) == []


def test_a_word_longer_than_a_line_is_broken():
    lines = wrapped(f"a {'W' * 500} b", 20, CONTENT_PX)
    assert "".join(lines[1:-1]) + lines[-1] == "W" * 500 + " b"
    assert all(text_width_px(line, 20) <= CONTENT_PX for line in lines)


def test_a_very_long_name_stays_on_the_page():
    label = replace(LABEL, patient_name="X" * 64 + "^" + "Y" * 200)
    model = sample_model(label=label, maps={}, ladders=())
    for content in png.pages(model).values():
        assert (np.asarray(picture(content))[:, WIDTH_PX - MARGIN_PX + 8 :] == 255).all()


def test_a_sheet_grows_with_what_is_drawn():
    canvas = Canvas()
    for number in range(400):
        canvas.paragraph(f"line {number}", 20)
    last = canvas.top
    page = np.asarray(picture(canvas.png()))
    assert page.shape[0] == last + MARGIN_PX > 9000
    assert (page[last - 30 : last] < 128).any()


def test_a_withheld_headline_still_fits_the_page():
    pixels = np.asarray(picture(drawn(failed_model)[0]["summary"]))
    assert (pixels[:, WIDTH_PX - MARGIN_PX + 8 :] == 255).all()
