"""Scans and names unlike the sample: the report is whole, says what is missing, and never crashes."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sample_report import LABEL, SHAPE, dsc_model, head_grid, model_on, sample_model

from tissueclock.image.volume import Volume
from tissueclock.report import png
from tissueclock.report.canvas import MARGIN_PX, WIDTH_PX
from tissueclock.report.figures import Figures
from tissueclock.report.html import html

MEGABYTE = 1_000_000
NAMES = {
    "long": "Aufderheide-Wolkenstein^Maximiliane Theodora Friederike" * 4,
    "Japanese": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "Arabic": "محمد^عبد الله",
    "Hebrew": "כהן^משה",
    "Cyrillic": "Иванов^Пётр",
    "emoji and joiners": "👩‍👩‍👧\u202eevil\u0000^x",
    "half a surrogate": "a\ufffdb",
    "HTML": "<img src=x onerror=alert(1)>^</style><script>alert(2)</script>",
    "template": "{{ 7 * 7 }}^{% raw %}",
    "blank": " ",
    "no name": "",
}


def rendered(model):
    figures = Figures.of(model)
    return html(model, figures).decode("utf-8"), png.pages(model, figures)


def whole(pages):
    """Every page opens, and nothing is drawn in its right margin."""
    for content in pages.values():
        pixels = np.asarray(Image.open(io.BytesIO(content)))
        assert (pixels[:, WIDTH_PX - MARGIN_PX + 8 :] == 255).all()
    return True


@pytest.mark.parametrize(
    ("shape", "note"),
    [
        ((88, 104, 1), r"[ >]1 slice from"),
        ((44, 52, 64), r"[ >]\d\d slices from"),
        ((44, 52, 320), r"[ >]\d\d of 3\d\d slices from"),
    ],
    ids=["one slice", "64 slices", "320 slices"],
)
def test_any_number_of_slices(shape, note):
    page, pages = rendered(model_on(shape))
    assert re.search(note, page)
    assert len(page) < 6 * MEGABYTE
    assert whole(pages)


def test_a_fine_matrix_stays_small():
    """512 x 512 x 16: tiles have their own size, whatever the scan's."""
    page, pages = rendered(model_on((512, 512, 16)))
    assert len(page) < 6 * MEGABYTE
    assert sum(map(len, pages.values())) < 6 * MEGABYTE


def test_a_map_without_a_number_is_said_to_be_empty():
    nothing = np.full(SHAPE, np.nan, dtype=np.float32)
    model = sample_model(maps={"tmax": Volume(nothing, head_grid(), "Tmax", "s")}, ladders=())
    page, pages = rendered(model)
    assert "This map holds no number inside the brain." in page
    assert whole(pages)
    assert "holds no number" not in rendered(sample_model(ladders=()))[0]


def test_a_background_without_a_number_is_black():
    nothing = np.full(SHAPE, np.nan, dtype=np.float32)
    model = sample_model(background=Volume(nothing, head_grid(), "baseline CT", "HU"))
    assert whole(rendered(model)[1])


def test_an_empty_brain_shows_every_slice():
    model = sample_model(brain=np.zeros(SHAPE, dtype=bool))
    page, pages = rendered(model)
    assert "12 slices from" in page
    assert whole(pages)


def test_without_venous_curve_core_motion_sampling_maps_and_ladders():
    model = replace(dsc_model(), maps={}, ladders=(), offset=None)
    page, pages = rendered(model)
    assert "No venous curve was found." in page
    assert 'href="#maps"' not in page
    assert list(pages) == ["summary", "volumes", "rules", "quality", "methods"]
    assert whole(pages)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name(name):
    model = sample_model(label=replace(LABEL, patient_name=name), maps={}, ladders=())
    page, pages = rendered(model)
    assert not re.search(r"<script|<img src=x|\{\{|\{%", page.replace("{{ 7 * 7 }}^{% raw %}", ""))
    assert page.count("</style>") == 1
    assert "49" not in re.findall(r"<dd>([^<]*)</dd>", page)
    assert whole(pages)


def test_hostile_words_from_the_file_stay_words():
    hostile = "<b onclick=alert(1)>&\"'</b>"
    model = sample_model(
        input={hostile: hostile, "notes": [hostile]}, preset_name=hostile, preset_digest=hostile
    )
    page, pages = rendered(model)
    assert "<b onclick" not in page
    assert whole(pages)


def test_drawing_once_or_twice_gives_the_same():
    model = sample_model()
    figures = Figures.of(model)
    assert html(model, figures) == html(model)
    assert png.pages(model, figures)["volumes"] == png.pages(model)["volumes"]
