"""The pages as pictures: the same words as the page, the same bytes twice."""

import io

import numpy as np
import pytest
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
    text_width_px,
    wrapped,
)
from tissueclock.report.format import headline, headline_text
from tissueclock.report.notice import VALIDATED_ON

MODELS = {"normal": sample_model, "failed": failed_model, "coreless": coreless_model, "dsc": dsc_model}


@pytest.fixture
def written(monkeypatch):
    """Every line of text that is drawn, in order."""
    lines = []

    class Recorder(Canvas):
        def text(self, text, *args, **kwargs):
            lines.append(text)
            return super().text(text, *args, **kwargs)

    monkeypatch.setattr(png, "Canvas", Recorder)
    return lines


def picture(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_pages_say_what_the_report_says(make, written):
    model = make()
    assert list(png.pages(model)) == ["summary", "maps"]
    assert headline_text(headline(model)) in "".join(written)
    assert written.count(DISCLAIMER) == 4
    assert " ".join(written).count(VALIDATED_ON) == 2


def test_every_page_names_the_patient_unless_anonymous(written):
    png.pages(sample_model())
    assert sum(LABEL.patient_id in line for line in written) == 2
    written.clear()
    png.pages(sample_model(label=None))
    assert written.count("Anonymous report") == 2
    assert not any(LABEL.patient_id in line for line in written)


def test_pages_are_pictures_with_content_to_the_margins():
    for content in png.pages(sample_model()).values():
        page = picture(content)
        assert (page.format, page.mode, page.width) == ("PNG", "RGB", WIDTH_PX)
        pixels = np.asarray(page)
        assert (pixels[:, : MARGIN_PX - 1] == 255).all()
        assert (pixels[-MARGIN_PX + 2 :] == 255).all()
        assert (pixels < 128).any()


def test_the_same_model_gives_the_same_bytes_and_another_gives_others():
    first, again, other = (png.pages(make()) for make in (sample_model, sample_model, failed_model))
    assert first == again
    assert first["summary"] != other["summary"]


def test_without_maps_there_is_no_page_of_maps():
    assert list(png.pages(sample_model(maps={}))) == ["summary"]


def test_an_unlabelled_character_never_vanishes():
    assert drawable("Müller–Ångström ≥ 1.8 × Δ") == "Muller-Angstrom >= 1.8 x d"
    assert drawable("山田\n") == "???"


def test_wrapping_keeps_every_word_and_fits():
    text = "the quick brown fox " * 30
    lines = wrapped(text, 20, CONTENT_PX)
    assert " ".join(lines) == text.strip()
    assert len(lines) > 1
    assert all(text_width_px(line, 20) <= CONTENT_PX for line in lines)
    assert wrapped("x" * 500, 20, CONTENT_PX) == ["x" * 500]
    assert wrapped("", 20, CONTENT_PX) == []


def test_a_withheld_headline_still_fits_the_page(written):
    png.pages(failed_model())
    pixels = np.asarray(picture(png.pages(failed_model())["summary"]))
    assert (pixels[:, WIDTH_PX - MARGIN_PX + 8 :] == 255).all()
