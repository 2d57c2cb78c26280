"""The page in a real Chromium: silent, self-sufficient, and showing the numbers of `result.json`."""

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from sample_report import (
    LABEL,
    coreless_model,
    dsc_model,
    failed_model,
    model_on,
    sample_model,
)

from tissueclock.image.series import Modality
from tissueclock.report.html import html
from tissueclock.report.json import result_document

pytestmark = pytest.mark.browser
MODELS = {"normal": sample_model, "failed": failed_model, "coreless": coreless_model, "dsc": dsc_model}


def opened(browser, folder, model, width=1200):
    """Open the report; return the page, what the console said and what was requested besides the page."""
    file = folder / "report.html"
    file.write_bytes(html(model))
    page, said, asked = browser.new_page(viewport={"width": width, "height": 900}), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri(), wait_until="load")
    return page, said, [url for url in asked if url != file.as_uri() and not url.startswith("data:")]


def expected_headline(document):
    """The headline from the document alone, by other means than the report's own formatting."""
    facts = document["facts"]
    mark = " (withheld)" if facts["core_ml"].get("withheld") else ""
    core, hypoperfused, mismatch = (
        f"{facts[name]['value']:.0f} mL{mark}" for name in ("core_ml", "hypoperfused_ml", "mismatch_ml")
    )
    ratio = facts["mismatch_ratio"]
    shown = ">99" if ratio.get("infinite") else f"{ratio['value']:.1f}"
    rules = document["preset"]
    return (
        f"{rules['core_rule']} {core} | {rules['delay_rule']} {hypoperfused} | "
        f"mismatch {mismatch} | ratio {shown}{mark}"
    )


def expected_number(name, fact, decimals):
    """A fact in print, by the rule of docs/reference/result-json.md and from the document alone."""
    if fact.get("infinite"):
        return ">99"
    if fact["value"] is None:
        return "not measured"
    number = Decimal(str(fact["value"])).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    unit = fact["unit"]
    return f"{number} {unit}".strip()


@pytest.mark.parametrize("make", [sample_model, failed_model, coreless_model])
def test_the_page_opens_offline_and_shows_the_numbers(browser, tmp_path, make):
    model = make()
    page, said, asked = opened(browser, tmp_path, model)
    assert (said, asked) == ([], [])
    assert " ".join(page.inner_text("#headline").split()) == expected_headline(result_document(model))
    broken = page.eval_on_selector_all("img", "all => all.filter(one => !one.naturalWidth).length")
    assert broken == 0
    page.close()


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_every_number_shown_is_that_of_the_result(browser, tmp_path, make):
    model = make()
    facts = result_document(model)["facts"]
    page, said, asked = opened(browser, tmp_path, model)
    assert (said, asked) == ([], [])
    shown = page.eval_on_selector_all(
        "[data-decimals]",
        "all => all.map(one => [one.dataset.fact, one.dataset.decimals, one.textContent, one.localName])",
    )
    assert {"core_ml", "hypoperfused_ml", "mismatch_ml", "mismatch_ratio"} <= {name for name, *_ in shown}
    in_ladders = {name for ladder in model.ladders for name in ladder.facts}
    in_page = page.eval_on_selector_all(".rungs [data-fact]", "all => all.map(one => one.dataset.fact)")
    assert in_ladders <= set(in_page)
    for name, decimals, text, tag in shown:
        expected = expected_number(name, facts[name], int(decimals))
        if name == "reference_cbf" and model.modality is Modality.MR:
            expected = expected.replace("mL/100 g/min", "(relative)")
        assert text == expected, name
        assert (tag == "s") is bool(facts[name].get("withheld")), name
    page.close()


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("width", [1200, 400])
def test_nothing_is_cut_off_sideways(browser, tmp_path, width, make):
    page, _, _ = opened(browser, tmp_path, make(), width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_the_longest_name_is_not_cut_off_on_a_telephone(browser, tmp_path):
    label = LABEL.__class__(patient_name="W" * 300, patient_id="9" * 64, accession="", acquired_at="")
    page, said, _ = opened(browser, tmp_path, sample_model(label=label), 400)
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert said == []
    page.close()


def test_every_picture_is_a_tile_that_can_be_read(browser, tmp_path):
    page, _, _ = opened(browser, tmp_path, sample_model())
    widths = page.eval_on_selector_all(".montage img", "all => all.map(one => one.clientWidth)")
    assert min(widths) >= 170
    page.close()


def test_texts_of_plots_can_be_read_on_a_telephone(browser, tmp_path):
    page, _, _ = opened(browser, tmp_path, sample_model(), 400)
    sizes = page.eval_on_selector_all(
        ".plot svg text",
        """all => all.map(one => {
            const seen = one.getScreenCTM();
            return Math.hypot(seen.a, seen.b) * parseFloat(getComputedStyle(one).fontSize);
        })""",
    )
    assert len(sizes) > 40
    assert min(sizes) >= 10
    page.close()


def test_the_list_of_pages_leads_to_them_and_stays_in_sight(browser, tmp_path):
    page, said, asked = opened(browser, tmp_path, sample_model())
    links = page.eval_on_selector_all("nav a", "all => all.map(one => one.getAttribute('href'))")
    assert links == ["#summary", "#volumes", "#rules", "#maps", "#quality", "#methods"]
    for link in links:
        page.click(f'nav a[href="{link}"]')
        box = page.evaluate(f"document.querySelector('{link}').getBoundingClientRect().top")
        bar = page.evaluate("document.querySelector('nav').getBoundingClientRect().bottom")
        assert -1 <= box - bar < 900
        assert bar > 0
    assert (said, [url for url in asked if "#" not in url]) == ([], [])
    page.close()


def test_a_screen_reader_gets_words_for_every_picture(browser, tmp_path):
    page, _, _ = opened(browser, tmp_path, sample_model())
    tree = page.locator("main").aria_snapshot()
    assert "Tmax > 10 s" in tree
    named = page.eval_on_selector_all(
        "svg[role=img]", "all => all.map(one => one.getAttribute('aria-labelledby'))"
    )
    for names in named:
        for name in names.split():
            assert page.text_content(f"#{name}").strip()
    page.close()


def test_printed_it_has_a_page_for_every_page(browser, tmp_path):
    model = sample_model()
    page, _, _ = opened(browser, tmp_path, model)
    content = page.pdf(prefer_css_page_size=True)
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 6
    page.emulate_media(media="print")
    for hidden in ("nav", ".page-number", ".page-head .page-number"):
        assert page.evaluate(f"getComputedStyle(document.querySelector('{hidden}')).display") == "none"
    breaks = page.eval_on_selector_all(
        "section.page", "all => all.map(one => getComputedStyle(one).breakBefore)"
    )
    assert breaks == ["page"] * 5
    page.close()


@pytest.mark.parametrize("shape", [(88, 104, 1), (44, 52, 320)], ids=["one slice", "320 slices"])
def test_few_and_many_slices_fit_the_page(browser, tmp_path, shape):
    for width in (1200, 400):
        page, said, _ = opened(browser, tmp_path, model_on(shape), width)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert said == []
        page.close()
