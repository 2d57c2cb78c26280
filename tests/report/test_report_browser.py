"""The page in a real Chromium: silent, self-sufficient, and showing the numbers of `result.json`."""

import pytest
from sample_report import coreless_model, failed_model, sample_model

from tissueclock.report.html import html
from tissueclock.report.json import result_document

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize("make", [sample_model, failed_model, coreless_model])
def test_the_page_opens_offline_and_shows_the_numbers(browser, tmp_path, make):
    model = make()
    page, said, asked = opened(browser, tmp_path, model)
    assert (said, asked) == ([], [])
    assert " ".join(page.inner_text("#headline").split()) == expected_headline(result_document(model))
    broken = page.eval_on_selector_all("img", "all => all.filter(one => !one.naturalWidth).length")
    assert broken == 0
    page.close()


@pytest.mark.parametrize("width", [1200, 400])
def test_nothing_is_cut_off_sideways(browser, tmp_path, width):
    page, _, _ = opened(browser, tmp_path, sample_model(), width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_every_picture_is_a_tile_that_can_be_read(browser, tmp_path):
    page, _, _ = opened(browser, tmp_path, sample_model())
    widths = page.eval_on_selector_all(".montage img", "all => all.map(one => one.clientWidth)")
    assert min(widths) >= 170
    page.close()
