"""The page of one case: every trial and criterion on it, everything escaped, nothing fetched."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from change_lab import case_of, invented_trial, leaf, worked

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.answer import Answer, answer
from tissueclock.eligibility.argument import argument_of
from tissueclock.eligibility.matrix import COLUMNS
from tissueclock.facts.case import Fact
from tissueclock.protocol.registry import protocols
from tissueclock.report.plain.case_page import case_page, value_text

CASE = worked("defuse-3", "in order on CT", core_ml={"value": 68, "interval": [64, 72]}, hypoperfused_ml=300)
ANSWER = answer(tuple(protocols().values()), CASE)
EVIL = "<script>alert('1')</script> & \"quoted\""


def page_of(found: Answer) -> bytes:
    return case_page(found, argument_of(found.case, ()))


class Page(HTMLParser):
    """The text of a page, and the tags that are open where it should have closed them."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.words, self.tags, self.stack, self.wrong = [], [], [], []
        self.feed(content.decode("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_the_page_is_whole_and_fetches_nothing():
    page = Page(page_of(ANSWER))
    assert (page.stack, page.wrong) == ([], [])
    assert page.text.count(DISCLAIMER) == 2
    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object"}
    addresses = [attrs[key] for _, attrs in page.tags for key in ("href", "src") if key in attrs]
    assert addresses == ["data:,"]
    assert "url(" not in page_of(ANSWER).decode()


def test_every_trial_criterion_and_fact_stands_on_it():
    text = Page(page_of(ANSWER)).text
    for item in ANSWER.assessments:
        assert item.title in text
        for result in item.criteria:
            assert " ".join(result.text.split()) in text
    for column in COLUMNS:
        assert column in text
    assert "68 mL" in text
    assert "64 to 72 mL around the limit of 70 mL" in text
    assert "core_ml 68 → 70 mL or more" in text


def test_a_cell_has_a_symbol_and_a_word_beside_its_colour():
    page = page_of(ANSWER).decode()
    cells = re.findall(r'<td class="cell ([a-z- ]+)" title="([^"]+)"[^>]*>(.*?)</td>', page)
    assert len(cells) == len(protocols()) * len(COLUMNS)
    symbols = {"pass": "✓", "fail": "✗", "unknown": "?", "not-applicable": "–", "none": "·"}
    for kind, title, content in cells:
        outcome = kind.split()[0]
        assert symbols[outcome] in content
        assert (outcome if outcome != "none" else "no criterion") in title
        assert ("aside" in kind) == content.startswith("(")


def test_what_a_file_says_is_escaped():
    trial = invented_trial(("age", "inclusion", leaf("age", "<", 80)))
    criterion = dataclasses.replace(trial.criteria[0], text=EVIL)
    trial = dataclasses.replace(trial, title=EVIL, criteria=(criterion,))
    case = case_of({"age": {"value": 85, "source": EVIL, "interval": [75, 90]}, "nihss": {"reason": EVIL}})
    page = page_of(answer((trial,), case)).decode()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6
    assert not Page(page.encode()).wrong


def test_trials_that_take_the_patient_come_first():
    page = page_of(ANSWER).decode()
    rows = re.findall(r'class="verdict (eligible|undetermined|ineligible)"><span', page)
    order = {"eligible": 0, "undetermined": 1, "ineligible": 2}
    assert [order[row] for row in rows] == sorted(order[row] for row in rows)
    assert len(rows) == len(protocols())


def test_without_a_flip_the_trials_are_named_with_the_reason():
    text = Page(page_of(answer(tuple(protocols().values()), case_of({})))).text
    names = ", ".join(item.title for item in protocols().values())
    assert f"No change, since the verdict is open: what is missing decides first: {names}." in text
    assert re.search(r"Judgements that only a person can give, by trial: .*dawn \d+", text)


@pytest.mark.parametrize(
    ("scope", "words"),
    [("full", "Every criterion"), ("imaging", "read imaging"), ("computable", "given facts")],
)
def test_the_scope_is_said(scope, words):
    assert words in Page(page_of(answer((protocols()["dawn"],), CASE, scope))).text


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"core_ml": 22}, "22 mL"),
        ({"core_ml": {"value": None, "reason": "not read"}}, "unknown: not read"),
        ({"pregnant": False}, "no"),
        ({"occlusion_site": ["M1", "A1"]}, "A1, M1"),
        ({"occlusion_site": []}, "none"),
    ],
)
def test_a_value_in_print(entry, text):
    (fact,) = [fact for name, fact in case_of(entry).items() if name in entry]
    assert value_text(fact) == text


def test_a_measured_value_has_few_digits_and_an_infinite_one_is_said():
    assert value_text(Fact(name="core_ml", value=22.43751, source="s")) == "22.44 mL"
    assert value_text(Fact(name="mismatch_ratio", value=None, infinite=True, source="s")) == "infinite"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_cut_off_sideways_and_nothing_is_asked_for(browser, tmp_path, width):
    file = tmp_path / "assess.html"
    file.write_bytes(page_of(ANSWER))
    page, said, asked = browser.new_page(viewport={"width": width, "height": 900}), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri(), wait_until="load")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert said == []
    assert [url for url in asked if url != file.as_uri() and not url.startswith("data:")] == []
    page.close()
