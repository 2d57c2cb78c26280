"""The checker's page, rows and figure: everything escaped, everything there, the same bytes twice."""

from __future__ import annotations

import struct

import pytest

from tissueclock.core.notice import DISCLAIMER
from tissueclock.evidence.check.checker import CheckReport, check_document
from tissueclock.evidence.check.text.read import read_text
from tissueclock.report.evidence.check_figure import check_pictures
from tissueclock.report.plain.check_page import check_page
from tissueclock.report.plain.check_rows import HEADS, check_csv, check_lines

TEXT = (
    "203 patients were randomized, 110 to <i>A</i> and 102 to placebo. Good outcome occurred in "
    "31/100 (31.0%) v 13/102 "
    "(12.7%) (RR 2.43, 95% CI 1.35-4.73; P=0.002). The mean difference was -0.5 (95% CI, -1.1 to 0.1). "
    "Death & more: aOR 0.2 (95% CI, 0.0-1.6).\n"
)


@pytest.fixture(scope="module")
def report() -> CheckReport:
    return check_document(read_text(TEXT))


@pytest.fixture(scope="module")
def clean() -> CheckReport:
    return check_document(read_text("The core was 30 mL."))


def test_the_page_says_everything(report):
    page = check_page(report, "a <b>.txt")
    assert page.count(DISCLAIMER) == 2
    assert "a &lt;b&gt;.txt" in page
    assert "<b>.txt" not in page
    for found in report.findings:
        assert found.id in page
    assert "4.37" in page
    assert "110 + 102" in page
    assert "203 in all" in page
    assert "Content-Security-Policy" in page


def test_a_page_without_findings_says_so(clean):
    page = check_page(clean, "a.txt")
    assert "what can be recomputed agrees" in page
    assert "Nothing of the checklist applies" in page


def test_rows_and_csv_hold_every_finding(report):
    lines = list(check_lines(report))
    assert lines[0].split("\t")[2] == "2 errors, 1 warning, 0 remarks"
    assert [line.split("\t")[0] for line in lines[1:4]] == [found.id for found in report.findings]
    first, *rows = check_csv(report).splitlines()
    assert first == ",".join(HEADS)
    assert len(rows) == len(report.findings)


def test_the_figure_is_the_same_twice(report):
    first, second = check_pictures(report), check_pictures(report)
    assert first == second
    assert set(first) == {"check.svg", "check.png"}


def test_the_figure_names_what_is_wrong(report):
    svg = check_pictures(report)["check.svg"].decode()
    for words in ("RR 2.43 (1.35 to 4.73)", "effect-interval", "ratio (log scale)", "difference", DISCLAIMER):
        assert words in svg
    assert "0.0 to 1.6" not in svg  # no place on a log scale


def test_the_figure_grows_with_its_rows(report):
    one = check_document(read_text("The HR was 0.67 (95% CI, 0.46-0.98)."))
    heights = [struct.unpack(">II", check_pictures(item)["check.png"][16:24])[1] for item in (one, report)]
    assert heights[0] < heights[1]


def test_without_an_interval_there_is_no_figure(clean):
    assert check_pictures(clean) == {}
