"""`protocol card`: rows, a document, and one printed page."""

import re
from dataclasses import replace

import pytest

from tissueclock.cli.card_lines import WIDTH, card_rows, card_text
from tissueclock.cli.commands.protocol_published import key_results
from tissueclock.core.notice import DISCLAIMER
from tissueclock.eligibility.card import appraise
from tissueclock.protocol.registry import protocol, protocols
from tissueclock.report.plain.card_page import card_page

MOST_LINES = 66
"""Our choice: what an A4 page holds at 10 points."""

CARDS = {name: appraise(item, protocols().values(), key_results(name)) for name, item in protocols().items()}


def test_the_rows_are_one_item_each_id_first_and_not_wrapped(tissueclock):
    shown = tissueclock("protocol", "card", "defuse-2")
    *rows, last = [line.split("\t") for line in shown.stdout.splitlines()]
    assert (shown.code, shown.stderr, last) == (0, "", [DISCLAIMER])
    assert rows[0][:2] == ["defuse-2", "DEFUSE 2"]
    sections = [row[0] for row in rows[1:]]
    assert list(dict.fromkeys(sections)) == [
        *("bottom line", "population", "intervention", "comparator", "outcome", "design", "results"),
        *("criticisms", "related", "known", "sources", "file"),
    ]
    assert ["known", "6 of 10 criteria were read in a source"] in rows
    assert ["criticisms", protocol("defuse-2").criticisms[0]] in rows


def test_the_document_is_the_card(tissueclock):
    document = tissueclock("protocol", "card", "dawn", "--json").document
    assert document["digest"] == protocol("dawn").digest
    assert {key: document[key] for key in ("id", "as_of")} == {"id": "dawn", "as_of": "2018-01-04"}
    assert document["results"][0].startswith("mRS 0 to 2: 52 of 107 (49 %) against 13 of 99 (13 %)")
    assert document["results"][1:] == list(key_results("dawn"))[1:] != []
    assert [item["id"] for item in document["related"]] == [item.id for item in CARDS["dawn"].related]
    assert document["related"][0]["shared_facts"] == CARDS["dawn"].related[0].shared


def test_the_page_is_written_whole_and_named(tissueclock, tmp_path):
    page = tmp_path / "card.html"
    shown = tissueclock("protocol", "card", "dawn", "--out", page)
    assert (shown.code, shown.stdout.splitlines()[0]) == (0, "dawn\tcard\tcard.html")
    assert page.read_bytes() == card_page(CARDS["dawn"])
    assert tissueclock("protocol", "card", "dawn", "--out", page, "--json").document["out"] == "card.html"


@pytest.mark.parametrize("name", ["card.pdf", "card", "folder.html"])
def test_a_name_that_is_no_page_is_wrong_usage(tissueclock, tmp_path, name):
    (tmp_path / "folder.html").mkdir()
    shown = tissueclock("protocol", "card", "dawn", "--out", tmp_path / name)
    assert (shown.code, "ends in .html" in shown.sentence) == (2, True)


def test_a_place_that_cannot_be_written_is_said(tissueclock, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    shown = tissueclock("protocol", "card", "dawn", "--out", tmp_path / "file" / "card.html")
    assert (shown.code, "cannot be written" in shown.sentence) == (2, True)


def test_a_guideline_or_an_unknown_name_has_no_card(tissueclock):
    assert tissueclock("protocol", "card", "aha-asa-2019").code == 2
    assert "no trial 'nothing'" in tissueclock("protocol", "card", "nothing").sentence


@pytest.mark.parametrize("name", CARDS)
def test_the_text_is_one_page_of_80_columns(name):
    lines = card_text(CARDS[name])
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) <= MOST_LINES, "\n".join(lines)


MOST_RESULTS = 6
"""Our choice: lines that published results may take."""


def with_results(name):
    width = WIDTH - len("Results       ") - 2
    return replace(CARDS[name], results=("x" * width,) * MOST_RESULTS)


@pytest.mark.parametrize("name", CARDS)
def test_six_lines_of_results_fit_on_the_page(name):
    lines = card_text(with_results(name))
    assert sum("xxx" in line for line in lines) == MOST_RESULTS
    assert len(lines) <= MOST_LINES


@pytest.mark.parametrize("name", CARDS)
def test_rows_text_and_page_say_the_same(name):
    def flat(text):
        return re.sub(r"\s+", "", text)

    text, page = flat("".join(card_text(CARDS[name]))), card_page(CARDS[name]).decode()
    seen = re.sub(r"<style>.*?</style>|<[^>]+>", "", page, flags=re.DOTALL)
    for old, new in (("\u2265", ">="), ("\u2264", "<="), ("&gt;", ">"), ("&lt;", "<"), ("&#x27;", "'")):
        seen = seen.replace(old, new)
    seen = flat(seen.replace("&quot;", '"').replace("&amp;", "&"))
    for row in card_rows(CARDS[name])[1:]:
        section, item = row.split("\t")
        assert flat(item) in text, row
        assert section == "file" or flat(item) in seen, row
    assert flat(DISCLAIMER) in seen
    assert CARDS[name].digest in seen


def test_the_page_is_self_contained_and_escaped():
    card = CARDS["dawn"]
    odd = appraise(protocol("dawn"), (), ['<script src="https://x.example/">'])
    page = card_page(odd).decode()
    assert "<script" not in page
    assert "&lt;script src=&quot;" in page
    assert not re.search(r"src=|url\(|@import|https?://", card_page(card).decode())
    assert re.findall(r'href="([^"]*)"', card_page(card).decode()) == ["data:,"]
    assert card_page(card) == card_page(card)


def test_a_file_without_an_opinion_says_so():
    rows = card_rows(appraise(_without_opinion(), ()))
    assert rows[1] == "bottom line\tThe file has none yet"
    assert not [row for row in rows if row.startswith(("criticisms", "related"))]


def _without_opinion():
    trial = protocol("dawn")
    return type(trial)(
        **{name: getattr(trial, name) for name in trial.__dataclass_fields__}
        | {"bottom_line": "", "criticisms": ()}
    )


@pytest.mark.browser
@pytest.mark.parametrize("name", CARDS)
def test_the_card_prints_on_one_page(name, browser):
    page = browser.new_page()
    full = replace(CARDS[name], results=("mRS 0 to 2: 49 % and 13 % of the patients ",) * MOST_RESULTS)
    page.set_content(card_page(full).decode())
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1


def test_the_first_interaction_closes_the_results():
    assert key_results("mr-rescue")[-1] == "interaction: mean difference 0.88, p = 0.14"
    assert key_results("defuse-2")[-1] == "interaction: p = 0.003"
    assert not any(line.startswith("interaction") for line in key_results("dawn"))
