"""`evidence ris` and `evidence prisma`: rows, documents, files, and every refusal."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

import pytest

from tissueclock.core.notice import DISCLAIMER

FIRST = """TY  - JOUR
AU  - Müller, Anna
TI  - Perfusion in an invented cohort
PY  - 2021
DO  - 10.1234/ex.5
ER  -
TY  - JOUR
AU  - Smith, John
TI  - Another invented report
PY  - 2019
ER  -
"""
SECOND = """TY  - JOUR
T1  - Perfusion in an Invented Cohort.
A1  - Muller A
DO  - https://doi.org/10.1234/EX.5
ER  -
TY  - CONF
TI  - Another invented report
AU  - Smith, J
PY  - 2018
ER  -
"""
FLOW = """
[identified]
databases = { MEDLINE = 812, Embase = 1204 }
registers = { "ClinicalTrials.gov" = 41 }
other = { "citation searching" = 12 }
[removed]
duplicates = 640
automation = 0
other = 3
[screened]
n = 1414
excluded = 1306
[reports]
sought = 108
not_retrieved = 4
assessed = 104
excluded = { "no perfusion imaging" = 62, "not randomised" = 28 }
[other]
sought = 12
not_retrieved = 1
assessed = 11
excluded = { "not randomised" = 8 }
[included]
studies = 14
reports = 17
[previous]
studies = 9
reports = 11
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def rows(shown):
    *lines, last = shown.stdout.splitlines()
    assert (shown.code, last) == (0, DISCLAIMER), shown.stderr
    return [line.split("\t") for line in lines]


def test_two_searches_become_one_list(tissueclock, written):
    shown = tissueclock("evidence", "ris", written(FIRST, "a.ris"), written(SECOND, "b.ris"))
    assert rows(shown) == [
        ["r1", "Müller, Anna", "2021", "Perfusion in an invented cohort", "10.1234/ex.5"],
        ["r2", "Smith, John", "2019", "Another invented report", "no DOI"],
        ["r3", "Smith, J", "2018", "Another invented report", "no DOI"],
        ["duplicate", "b.ris:1", "of r1", "same DOI"],
        ["judge", "r2", "r3", "same title, another year"],
        ["identified", "a.ris", "2"],
        ["identified", "b.ris", "2"],
        ["removed", "duplicates", "1"],
        ["to-screen", "records", "3"],
    ]


def test_the_list_as_files_and_document(tissueclock, written, tmp_path):
    out = tmp_path / "out"
    words = ("evidence", "ris", written(FIRST, "a.ris"), written(SECOND, "b.ris"), "--out", out, "--json")
    document = tissueclock(*words).document
    assert {path.name for path in out.iterdir()} == {"records.csv", "duplicates.csv", "records.json"}
    assert json.loads((out / "records.json").read_text("utf-8")) == document
    table = list(csv.DictReader(io.StringIO((out / "records.csv").read_text("utf-8"))))
    assert [row["id"] for row in table] == [one["id"] for one in document["search"]["records"]]
    assert table[0]["doi"] == "10.1234/ex.5"
    (gone,) = csv.DictReader(io.StringIO((out / "duplicates.csv").read_text("utf-8")))
    assert (gone["of"], gone["why"]) == ("r1", "same DOI")
    assert document["search"]["identified"] == 4


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("", 3, "holds no record"),
        ("TY  - JOUR\n", 3, "line 1: the record that begins here does not end"),
        ("PMID- 1\n", 3, "line 1: it is in MEDLINE's format. Export the search as RIS"),
    ],
)
def test_a_file_that_is_no_ris_is_refused(tissueclock, written, text, code, found):
    shown = tissueclock("evidence", "ris", written(FIRST, "a.ris"), written(text, "b.ris"))
    assert (shown.code, found in shown.sentence, "b.ris" in shown.sentence) == (code, True, True)


def test_a_search_that_is_not_there_is_wrong_usage(tissueclock, tmp_path):
    assert tissueclock("evidence", "ris", tmp_path / "gone.ris").code == 2


def test_a_flow_by_rows_and_document(tissueclock, written):
    path = written(FLOW, "flow.toml")
    found = {tuple(row[:2]): row[2] for row in rows(tissueclock("evidence", "prisma", path))}
    assert found["screened", "records"] == "1414"
    assert found["reports/excluded", "not randomised"] == "28"
    assert found["in-all/studies", "studies"] == "23"
    document = tissueclock("evidence", "prisma", path, "--json").document["prisma"]
    assert (document["identified"], document["reports"]["included"]) == (2057, 14)


def texts(svg):
    tree = ElementTree.fromstring(svg)
    found = ("".join(node.itertext()).strip() for node in tree.iter("{http://www.w3.org/2000/svg}text"))
    return [
        text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") for text in found
    ]


def test_the_picture_has_every_count_and_way(tissueclock, written, tmp_path):
    tissueclock("evidence", "prisma", written(FLOW, "flow.toml"), "--out", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"prisma.json", "prisma.svg", "prisma.png"}
    shown = texts((tmp_path / "out" / "prisma.svg").read_bytes())
    for words in (
        "Records screened (n = 1 414)",
        "no perfusion imaging (n = 62)",
        "Studies by other ways",
        "Previous studies",
        "Total studies (n = 23)",
        DISCLAIMER,
    ):
        assert words in shown


def test_a_plain_review_has_one_way_only(tissueclock, written, tmp_path):
    plain = FLOW.replace('other = { "citation searching" = 12 }\n', "").split("[other]")[0]
    plain += "[included]\nstudies = 14\nreports = 14\n"
    tissueclock("evidence", "prisma", written(plain, "flow.toml"), "--out", tmp_path / "out")
    shown = texts((tmp_path / "out" / "prisma.svg").read_bytes())
    assert "Studies by other ways" not in shown
    assert "Studies included in review (n = 14)" in shown


REFUSED = {
    "a sum": (("n = 1414", "n = 1400"), 3, "= 1414, but screened is 1400 (14 too few)"),
    "two sums": (("n = 1414", "n = 1400"), 3, "Correct these 2 sums"),
    "no table": (("[removed]\nduplicates = 640\nautomation = 0\nother = 3\n", ""), 3, "no table [removed]"),
    "a strange table": (("[previous]", "[earlier]"), 3, "'earlier' is no table of a flow"),
    "a strange key": (("not_retrieved = 4", "lost = 4"), 3, "[reports] has no 'lost'"),
    "a missing count": (("excluded = 1306\n", ""), 3, "[screened] 'excluded' is missing"),
    "half a report": (("assessed = 104", "assessed = 103.5"), 3, "[reports] 'assessed' is no count"),
    "a yes": (("assessed = 104", "assessed = true"), 3, "is no count"),
    "a count below 0": (("MEDLINE = 812", "MEDLINE = -812"), 3, "[identified.databases] 'MEDLINE'"),
    "a number for reasons": (('{ "not randomised" = 8 }', "8"), 3, "[other] excluded is no table of names"),
    "no TOML": (("[removed]", "[removed"), 3, "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code", "found"), REFUSED.values(), ids=REFUSED)
def test_a_flow_that_is_wrong_says_where(tissueclock, written, change, code, found):
    assert change[0] in FLOW
    shown = tissueclock("evidence", "prisma", written(FLOW.replace(*change), "flow.toml"))
    assert shown.code == code
    assert found in shown.sentence
