"""The page: complete, offline, escaped, the same twice, and saying what the JSON says."""

import base64
import io
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from PIL import Image
from sample_report import (
    DIGEST,
    LABEL,
    coreless_model,
    dsc_model,
    failed_model,
    sample_assessments,
    sample_model,
)

from tissueclock.core.notice import DISCLAIMER
from tissueclock.report.format import headline, headline_text, sentence
from tissueclock.report.html import css_string, html
from tissueclock.report.notice import VALIDATED_ON
from tissueclock.report.view import pages

MODELS = {"normal": sample_model, "failed": failed_model, "coreless": coreless_model, "dsc": dsc_model}
VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """The tags with their attributes, the text, and the text of elements with an id."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.open, self.text, self.by_id = [], [], "", {}
        self.feed(source.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes).get("id")))

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data):
        if any(tag == "style" for tag, _ in self.open):
            return
        self.text += data
        for _, name in self.open:
            if name:
                self.by_id[name] = self.by_id.get(name, "") + data

    def all(self, tag):
        return [attributes for found, attributes in self.tags if found == tag]


@cache
def page_of(make):
    return Page(html(make()))


@cache
def source_of(make):
    return html(make()).decode()


@pytest.fixture(scope="module", params=MODELS.values(), ids=MODELS)
def model(request):
    return request.param()


@pytest.fixture(scope="module")
def source(model):
    return html(model)


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def one_line(text):
    return " ".join(text.split())


def test_every_element_is_closed(page):
    assert page.open == []


def test_the_headline_is_the_facts(page, model):
    assert one_line(page.by_id["headline"]) == headline_text(headline(model))


def test_the_disclaimer_stands_first_and_last_and_on_every_page(page, model):
    text = one_line(page.text)
    assert text.count(DISCLAIMER) == 1 + len(pages(model))
    assert text.endswith(DISCLAIMER)
    assert text.index(DISCLAIMER) < 60


def test_it_says_what_it_was_validated_on(page):
    assert VALIDATED_ON in page.text


def test_pictures_are_inside_and_described(page):
    pictures = page.all("img")
    assert len(pictures) > 40
    for picture in pictures:
        assert picture["src"].startswith("data:image/png;base64,")
        assert "alt" in picture
    undescribed = [picture for picture in pictures if not picture["alt"]]
    assert {(picture["width"], picture["height"]) for picture in undescribed} <= {("28", "18")}


def test_pictures_are_pictures(page):
    for picture in page.all("img")[:5]:
        content = base64.b64decode(picture["src"].split(",", 1)[1])
        assert Image.open(io.BytesIO(content)).format == "PNG"


def test_nothing_is_fetched_and_nothing_runs(page, source):
    assert b"http:" not in source
    assert b"https:" not in source
    assert page.all("script") == []
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    links = [
        attributes.get(key) for _, attributes in page.tags for key in ("src", "href") if key in attributes
    ]
    assert all(link.startswith(("data:", "#")) for link in links)
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_page_can_be_reached_and_says_which_it_is(page, model):
    anchors = [f"#{found.name}" for found in pages(model)]
    assert [link["href"] for link in page.all("a")] == anchors
    sections = [found["id"] for found in page.all("section")]
    assert [f"#{name}" for name in sections] == anchors
    for found in pages(model):
        assert f"page {found.number_text}" in page.text


def test_every_page_carries_the_label():
    text = one_line(page_of(sample_model).text)
    assert text.count(LABEL.patient_id) == len(pages(sample_model()))
    assert one_line(page_of(dsc_model).text).count("Anonymous report") == 6


def test_no_two_elements_share_an_id(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = [attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes]
    assert {name for label in labels for name in label.split()} <= set(ids)


def test_ladders_show_every_limit_with_its_volume():
    text = one_line(page_of(sample_model).text)
    for expected in ("Tmax > 6 s the rule's limit 98.1 mL 92", "Tmax > 10 s 34.9 mL", "Tmax > 2 s 231.7 mL"):
        assert expected.removesuffix(" 92") in text
    assert "CBF < 30 % of the reference the rule's limit 21.8 mL 18.9 to 26.3 mL" in text
    assert "Hypoperfusion intensity ratio (HIR): Tmax > 10 s over Tmax > 6 s 0.36" in text
    assert 'id="ladder-cbf"' not in source_of(dsc_model)


def test_the_quality_page_shows_motion_and_sampling():
    text = one_line(page_of(sample_model).text)
    for expected in (
        "The head moved by at most 4.0 mm and turned by at most 1.3°.",
        "14 of 40 frames were realigned. Interpolated: frame 25. Excluded: frame 40.",
        "40 frames, one every 1.5 s (median); the longest gap is 6.0 s.",
        "Baseline: the first 6 frames of the scan, until 7.5 s.",
    ):
        assert expected in text
    without = one_line(page_of(dsc_model).text)
    assert "Motion was not recorded frame by frame." in without
    assert "The times of the frames were not recorded." in without
    assert "No venous curve was found." in without


def test_pictures_of_a_withheld_run_are_marked():
    note = "Withheld by bolus width: masks and maps are shown"
    assert one_line(page_of(failed_model).text).count(note) == 3
    assert note not in one_line(page_of(sample_model).text)


COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{6})")
PAIRS = re.compile(r"color: var\(--(\w+)\); background: (#[0-9a-f]{6})")


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_words_stand_out_from_their_ground():
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    style = source_of(sample_model).split("<style>")[1].split("</style>")[0]
    colours = dict(COLOUR.findall(style))
    grounds = [(name, "#ffffff") for name in ("ink", "muted", "good", "care", "bad", "accent")]
    grounds += [("ink", colours["soft"]), *PAIRS.findall(style)]
    assert len(grounds) >= 10
    for name, ground in grounds:
        light, dark = sorted((luminance(colours[name]), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


def test_tables_have_headers_and_figures_have_words(page):
    assert all("scope" in header for header in page.all("th"))
    for svg in page.all("svg"):
        assert "aria-labelledby" in svg or svg.get("aria-hidden") == "true"


def test_the_same_model_gives_the_same_bytes(model, source):
    assert html(model) == source


def test_no_empty_value_leaks(page):
    assert not re.search(r"\bNone\b(?! \(no cluster)|\bnan\b|\binf\b|Undefined", page.text)


def test_the_label_stands_on_the_page_and_on_every_printed_one():
    source = source_of(sample_model)
    for value in (LABEL.patient_name, LABEL.patient_id, LABEL.accession, LABEL.acquired_at):
        assert value in Page(source.encode()).text
    assert css_string(f"ID: {LABEL.patient_id}") in source


def test_an_anonymous_report_names_nobody():
    source = source_of(dsc_model)
    assert "Anonymous report" in source
    assert LABEL.patient_id not in source


def test_hostile_text_is_text():
    hostile = '<script>alert(1)</script>"} body{display:none} /*'
    model = sample_model(
        label=replace(LABEL, patient_name=hostile),
        input={"kind": hostile},
        preset_name=hostile,
    )
    page = Page(html(model))
    assert page.all("script") == []
    assert page.text.count(hostile) >= 3


@pytest.mark.parametrize("text", ['"; } body { x', "\\", "</style>", "Ω|é", "a b9"])
def test_css_strings_keep_only_harmless_characters(text):
    escaped = css_string(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ]|\\[0-9a-f]+ )*", escaped)
    unescaped = re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match[1], 16)), escaped)
    assert unescaped == text


def test_withheld_numbers_are_struck_and_marked():
    source = source_of(failed_model)
    struck = '<s data-fact="core_ml" data-decimals="0">22 mL</s> <span class="withheld">(withheld)</span>'
    assert struck in source
    assert "<s>18.9 to 26.3 mL</s>" in source
    assert "verdict withheld" in source
    assert page_of(sample_model).all("s") == []


def test_trials_show_every_criterion_with_its_reason():
    text = one_line(page_of(sample_model).text)
    for trial in sample_assessments():
        for result in trial.criteria:
            assert result.text in text
            assert sentence(result.because) in text
    for expected in ("? undetermined", "✗ ineligible", "✓ pass", "– not applicable", "recalled, not read"):
        assert expected in text


def test_the_decision_says_what_it_rests_on():
    text = one_line(page_of(sample_model).text)
    assert "? undetermined 1 of 5 criteria open" in text
    assert "✗ ineligible fails: Puncture within 6 h" in text


def test_empty_parts_are_said_to_be_empty():
    text = Page(html(sample_model(profiles=(), assessments=(), flags=(), offset=None, timing_s={}))).text
    for expected in ("No profile was evaluated", "No trial was assessed", "No quality check was recorded"):
        assert expected in text
    assert "Time taken" not in text


def test_the_methods_and_their_digests():
    text = page_of(sample_model).text
    for expected in ("block-circulant SVD", "Wu O et al.", "resampled_to_s = 0.5", DIGEST, "rapid-like"):
        assert expected in text
