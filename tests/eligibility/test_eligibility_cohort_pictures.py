"""The pictures and the page of a cohort: complete, well formed, nothing cut off, nothing from elsewhere."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from cohort_lab import TRIALS, registry

from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.cohort.result import CohortResult, Combination, Flow, Pair, TrialCounts
from tissueclock.eligibility.cohort.tally import count_cohort
from tissueclock.facts.cohort import Refusals
from tissueclock.report.plain.cohort_page import cohort_page
from tissueclock.report.plain.draw_agreement import draw_agreement
from tissueclock.report.plain.draw_flow import draw_flow
from tissueclock.report.plain.draw_overlap import draw_overlap

OUTSIDE = """() => {
  const svg = document.querySelector("svg"), whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect();
    return box.left < whole.left || box.right > whole.right ||
      box.top < whole.top || box.bottom > whole.bottom;
  }).map(text => text.textContent);
}"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return count_cohort(registry(tmp_path_factory.mktemp("c") / "c.csv", 2, 400), TRIALS, Refusals())


def many(trials=25, title="RESCUE-Japan LIMIT"):
    """Return a made-up result of many trials with long names and large counts."""
    counts = [
        TrialCounts(
            trial=f"t-{at}",
            title=f"{title} {at}",
            digest="d",
            eligible=at * 9999,
            ineligible=10**6,
            undetermined=0,
        )
        for at in range(trials)
    ]
    pairs = [
        Pair(first=a.trial, second=b.trial, table=((at + 1, 0, 90), (0, 1, 2), (5, 9, 100000)))
        for at, a in enumerate(counts)
        for b in counts[at + 1 :]
    ]
    combinations = tuple(
        Combination(tuple(c.trial for c in counts[at : at + 4]), 10**6 - at)
        for at in range(22 if trials > 21 else 1)
    )
    return CohortResult(
        n=10**6,
        scope="full",
        flows=tuple(Flow(counts=item, steps=()) for item in counts),
        pairs=tuple(pairs),
        combinations=combinations,
        under_none=17,
    )


def pictures(of):
    return [draw_overlap(of), draw_agreement(of), *map(draw_flow, of.flows[:3])]


def words(picture):
    root = ElementTree.fromstring(picture)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_every_picture_is_well_formed_and_has_a_title_and_the_notice(result):
    for picture in pictures(result):
        root = ElementTree.fromstring(picture)
        assert root.find("{http://www.w3.org/2000/svg}title").text
        assert root.find("{http://www.w3.org/2000/svg}desc").text
        assert DISCLAIMER in words(picture)
        assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_the_overlap_shows_every_trial_and_the_largest_combinations(result):
    shown = words(draw_overlap(result))
    assert {counts.title for counts in result.counts} <= set(shown)
    assert {f"{counts.eligible:,}".replace(",", "\u2009") for counts in result.counts} <= set(shown)
    assert [word for word in shown if word == str(result.largest[0].n)]


def test_the_agreement_has_two_numbers_a_pair_and_no_minus_zero(result):
    numbers = [
        word for word in words(draw_agreement(result)) if re.fullmatch(r"\u2212?\d\.\d\d|\u2013", word)
    ]
    assert len(numbers) == 2 * len(result.pairs)
    assert "\u22120.00" not in numbers
    value = result.pairs[0].of_three.kappa
    assert f"{value:z.2f}".replace("-", "\u2212") in numbers


def test_where_there_is_no_error_the_cell_is_grey():
    empty = replace(many(2), pairs=(Pair(first="t-0", second="t-1", table=((0, 0, 0),) * 3),))
    assert words(draw_agreement(empty)).count("\u2013") == 2
    assert "kappa undefined: no case (n 0)" in draw_agreement(empty)


def test_a_flow_shows_every_criterion_with_its_counts(result):
    for flow in result.flows:
        shown = words(draw_flow(flow))
        for step in flow.steps:
            assert step.text in draw_flow(flow).replace("&#x27;", "'").replace("&gt;", ">").replace(
                "&lt;", "<"
            )
        last = flow.steps[-1].remaining
        assert (f"{last:,}".replace(",", "\u2009") if last else "\u2013") in shown


def test_a_recalled_criterion_is_marked(result):
    flow = next(flow for flow in result.flows if any(step.confidence != "found" for step in flow.steps))
    assert "[recalled" in " ".join(words(draw_flow(flow)))


def test_nobody_eligible_is_said():
    nobody = replace(many(3), combinations=(), under_none=10**6)
    assert "no case is eligible under any trial" in words(draw_overlap(nobody))


def test_names_are_escaped():
    odd = many(3, title="<b>&'\"")
    for picture in pictures(odd):
        ElementTree.fromstring(picture)
    assert "<b>" not in cohort_page(odd, "")


def test_the_page_stands_alone_and_says_what_was_left_out(result):
    page = cohort_page(result, "4 rows were <left> out.")
    assert page.count(DISCLAIMER) >= 2
    assert "4 rows were &lt;left&gt; out." in page
    assert not re.search(r"<script|src=|url\(", page)
    assert re.findall(r'href="([^"]*)"', page) == ["data:,"]
    assert page.count("<svg") == 2 + len(result.flows)
    assert all(counts.title in page for counts in result.counts)


@pytest.mark.browser
def test_nothing_is_cut_off(browser, result):
    page = browser.new_page()
    for picture in (*pictures(result), *pictures(many())):
        page.set_content(picture)
        assert page.evaluate(OUTSIDE) == []
    page.close()
