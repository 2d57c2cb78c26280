"""The plain pages: one head and policy for all, guidelines and warnings on that of a case, nothing heavy."""

import html
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from sample_report import sample_model
from test_report_comparison import FOUND

from tissueclock.core.notice import DISCLAIMER
from tissueclock.core.quality import Level
from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.argument import Argument, argument_of, grade_words
from tissueclock.eligibility.card import appraise
from tissueclock.eligibility.cohort.result import CohortResult, Flow, TrialCounts
from tissueclock.eligibility.guidelines import Support
from tissueclock.eligibility.outcome import Decision, Outcome
from tissueclock.facts.derive import complete
from tissueclock.facts.entries import case_from_table
from tissueclock.protocol.model import Confidence
from tissueclock.protocol.registry import protocols
from tissueclock.report.comparison_page import comparison_page
from tissueclock.report.html import html as report_page
from tissueclock.report.plain.argument_sections import argument_sections
from tissueclock.report.plain.card_page import card_page
from tissueclock.report.plain.case_page import case_page
from tissueclock.report.plain.cohort_page import cohort_page
from tissueclock.report.plain.page import POLICY, document, headed_table, style, table
from tissueclock.report.plain.symbols import SYMBOLS

EVIL = "<script>alert('1')</script>"
LATE = {
    "ich_on_imaging": False,
    "age": 70,
    "lkw_to_puncture_h": 12,
    "defuse3_eligible": True,
    "dawn_eligible": False,
}
OTHER_SIDE = {**LATE, "occlusion_side": "left", "lesion_side": "right"}
LIGHT = """
import sys
import tissueclock.report.plain.case_page, tissueclock.report.plain.cohort_page
import tissueclock.report.plain.card_page
heavy = {"numpy", "scipy", "PIL", "jinja2", "pydicom", "nibabel"} & set(sys.modules)
others = {n for n in sys.modules if n.startswith("tissueclock.report.") and ".plain" not in n}
print(sorted(heavy | others))
"""


def case_of(entries):
    return complete(case_from_table(entries, "typed"))


def argument(entries):
    return argument_of(case_of(entries), ())


def counts(n):
    only = TrialCounts(trial="t", title=EVIL, digest="d", eligible=1, ineligible=n - 2, undetermined=1)
    flow = Flow(counts=only, steps=())
    return CohortResult(n=n, scope="full", flows=(flow,), pairs=(), combinations=(), under_none=n - 1)


PAGES = {
    "case": lambda: case_page(answer((protocols()["dawn"],), case_of(LATE)), argument(LATE)).decode(),
    "cohort": lambda: cohort_page(counts(9), ""),
    "card": lambda: card_page(appraise(protocols()["dawn"], (), ())).decode(),
    "comparison": lambda: comparison_page(FOUND, ids=False),
    "report": lambda: report_page(sample_model()).decode(),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_the_policy_once_and_before_its_style(name):
    page = PAGES[name]()
    tag = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    assert page.count("Content-Security-Policy") == page.count(tag) == 1
    assert page.index(tag) < page.index("<style>")
    assert page.startswith("<!DOCTYPE html>")
    assert DISCLAIMER in page
    assert re.findall(r'<(?:link|script|img|iframe)[^>]+(?:href|src)="(?!data:|#)[^"]*"', page) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_the_colours_that_its_rules_name(name):
    sheet = re.search(r"<style>(.*?)</style>", PAGES[name](), re.DOTALL)[1]
    assert sheet.count("--ink: ") == 1
    used = set(re.findall(r"var\((--[a-z]+)\)", sheet)) - {"--columns"}
    assert used <= set(re.findall(r"(--[a-z]+):", sheet))


def test_the_pages_load_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n")


def test_a_page_escapes_its_title_and_names_its_sheets():
    page = document(EVIL, ["<p>x</p>"], "cohort")
    assert EVIL not in page
    assert html.escape(EVIL) in page
    assert style("shared", "page", "cohort") in page
    with pytest.raises(FileNotFoundError):
        style("nothing")


def test_a_table_escapes_its_texts_and_sets_numbers_to_the_right():
    found = table(("a", EVIL), [(EVIL, 7)], kind="k", numbers=[1])
    assert EVIL not in found
    assert found.startswith('<table class="k"><thead><tr><th scope="col">a</th>')
    assert '<th scope="col" class="number">&lt;script' in found
    assert '<td class="number">7</td>' in found
    assert EVIL not in headed_table((EVIL,), "", "k")
    with pytest.raises(ValueError, match="zip"):
        table(("a", "b"), [("only one",)])


@pytest.mark.parametrize("kind", [Outcome, Decision, Level, Support])
def test_every_answer_has_a_sign(kind):
    assert all(SYMBOLS[item] for item in kind)


# --- guidelines


def section(entries):
    return "".join(argument_sections(argument(entries)))


def shown(part):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def test_each_guideline_has_its_views_as_the_document_has_them():
    found = argument(LATE)
    parts = section(LATE).split("<h3>")[1:]
    assert len(parts) == len(found.guidelines) > 1
    for item, part in zip(found.guidelines, parts, strict=True):
        assert shown(part).startswith(f"{item.guideline.issuer}, {item.guideline.version}")
        rows = re.findall(r'<tr><th scope="row">By ([a-z ]+)</th>(.*?)</tr>', part)
        assert [name for name, _ in rows] == ["time alone", "tissue"]
        for (_, cells), answers in zip(rows, item.views.values(), strict=True):
            said = re.findall(r'<td class="outcome ([a-z-]+)">', cells)
            assert said == [answer.value for answer in answers.values()]
            assert cells.count("no recommendation") == 2 - len(said)


def test_what_applies_or_is_open_stands_there_with_its_grade_and_nothing_else():
    text = shown(section(LATE))
    for guideline in argument(LATE).guidelines:
        for result in guideline.results:
            item = result.recommendation
            assert (f"{item.id} " in text) == (result.support is not Support.NO), item.id
            if result.support is not Support.NO:
                assert " ".join(item.text.split()) in text
                assert grade_words(item).split(",")[0].split(" [")[0] in text
                assert " ".join(result.because.split()) in text


def test_what_is_open_is_folded_and_what_applies_is_not():
    for guideline, part in zip(argument(LATE).guidelines, section(LATE).split("<h3>")[1:], strict=True):
        seen = part.split("<details>")[0]
        for result in guideline.results:
            if result.support is not Support.NO:
                name = f'<span class="quiet">{result.recommendation.id}'
                assert (name in seen) == (result.support is not Support.OPEN)


@pytest.mark.parametrize("confidence", [Confidence.FOUND, Confidence.RECALLED])
def test_a_recalled_grade_is_marked_and_a_found_one_is_not(confidence):
    given = argument(LATE)
    guideline = next(item for item in given.guidelines if item.guideline.id == "aha-asa-2019")
    (result, *_) = [item for item in guideline.results if item.support is Support.SUPPORTS]
    item = replace(result.recommendation, confidence=Confidence.FOUND, grade_confidence=confidence)
    only = replace(guideline, results=(replace(result, recommendation=item),))
    page = "".join(argument_sections(Argument(guidelines=(only,), checks=())))
    assert ("[recalled]" in page) == (confidence is Confidence.RECALLED)


def test_without_facts_nothing_applies_for_certain():
    page = section({})
    assert page.count("No recommendation applies for certain.") == len(argument({}).guidelines)
    assert "supports" not in page


def test_what_a_guideline_says_is_escaped():
    given = argument(LATE).guidelines[-1]
    results = tuple(
        replace(item, because=EVIL, recommendation=replace(item.recommendation, text=EVIL))
        for item in given.results
    )
    page = "".join(argument_sections(Argument(guidelines=(replace(given, results=results),), checks=())))
    assert "<script" not in page
    assert html.escape(EVIL) in page


# --- territory


def test_a_contradiction_is_a_warning_in_words():
    text = shown(section(OTHER_SIDE).split("Does the delayed tissue fit")[1])
    (flag,) = argument(OTHER_SIDE).checks
    assert text == f"the occlusion ! {flag.text} territory-side, warn A warning changes no decision."


def test_without_a_contradiction_the_page_says_what_that_means():
    text = shown(section(LATE).split("Does the delayed tissue fit")[1])
    assert text == "the occlusion No warning. A fact that is unknown or withheld warns of nothing."
