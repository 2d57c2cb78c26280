"""The page: complete, offline, escaped, the same twice, and saying what the JSON says."""

import base64
import io
import re
from dataclasses import replace
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


def test_the_disclaimer_stands_first_and_last(page):
    text = one_line(page.text)
    assert text.count(DISCLAIMER) == 2
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
    assert all(link.startswith("data:") for link in links)
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_tables_have_headers_and_figures_have_words(page):
    assert all("scope" in header for header in page.all("th"))
    for svg in page.all("svg"):
        assert "aria-labelledby" in svg or svg.get("aria-hidden") == "true"


def test_the_same_model_gives_the_same_bytes(model, source):
    assert html(model) == source


def test_no_empty_value_leaks(page):
    assert not re.search(r"\bNone\b(?! \(no cluster)|\bnan\b|\binf\b|Undefined", page.text)


def test_the_label_stands_on_the_page_and_on_every_printed_one():
    source = html(sample_model()).decode()
    for value in (LABEL.patient_name, LABEL.patient_id, LABEL.accession, LABEL.acquired_at):
        assert value in Page(source.encode()).text
    assert css_string(f"ID: {LABEL.patient_id}") in source


def test_an_anonymous_report_names_nobody():
    source = html(sample_model(label=None)).decode()
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
    source = html(failed_model()).decode()
    assert '<s>22 mL</s> <span class="withheld">(withheld)</span>' in source
    assert "verdict withheld" in source
    assert "<s>" not in html(sample_model()).decode()


def test_trials_show_every_criterion_with_its_reason():
    text = one_line(Page(html(sample_model())).text)
    for trial in sample_assessments():
        for result in trial.criteria:
            assert result.text in text
            assert sentence(result.because) in text
    for expected in ("? undetermined", "✗ ineligible", "✓ pass", "– not applicable", "recalled, not read"):
        assert expected in text


def test_the_decision_says_what_it_rests_on():
    text = one_line(Page(html(sample_model())).text)
    assert "? undetermined 1 of 5 criteria open" in text
    assert "✗ ineligible fails: Puncture within 6 h" in text


def test_empty_parts_are_said_to_be_empty():
    text = Page(html(sample_model(profiles=(), assessments=(), flags=(), offset=None, timing_s={}))).text
    for expected in ("No profile was evaluated", "No trial was assessed", "No quality check was recorded"):
        assert expected in text
    assert "Time taken" not in text


def test_the_methods_and_their_digests():
    text = Page(html(sample_model())).text
    for expected in ("block-circulant SVD", "Wu O et al.", "resampled_to_s = 0.5", DIGEST, "rapid-like"):
        assert expected in text
