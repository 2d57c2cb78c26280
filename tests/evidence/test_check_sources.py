"""The documents that the project started from hold errors of arithmetic: each is found, and mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from check_lab import ids

from tissueclock.evidence.check.checker import CheckReport, check_document
from tissueclock.evidence.check.finding import Answer, Finding, Level
from tissueclock.evidence.check.read import read_printed

STENTING, LIMIT = "002_f4a994fe2dbd01d5.txt", "003_f55b98689a300515.txt"


@pytest.fixture(scope="module")
def typed(checkout: Path) -> CheckReport:
    path = checkout / "tests" / "cases" / "printed_results.toml"
    return check_document(read_printed(path.read_bytes(), path.name))


@pytest.fixture(scope="module")
def source(shared: Path) -> Callable[[str], CheckReport]:
    return lambda name: check_document(read_printed((shared / "sources" / name).read_bytes(), name))


def about(report: CheckReport, check: str, words: str) -> Finding:
    """Return the finding of a check about a printed number."""
    return next(item for item in report.findings if item.id == check and words in item.printed)


def check_stenting(report: CheckReport) -> None:
    sich = about(report, "estimate-off-centre", "0.75 to 0.99")
    assert sich.level is Level.ERROR
    assert "the lower limit 0.57 (with two digits of 0.75 transposed)" in sich.suggestion
    mortality = about(report, "p-impossible", "p > 0.00001")
    assert mortality.level is Level.ERROR
    assert "p < 0.00001" in mortality.suggestion
    independence = about(report, "estimate-off-centre", "1.34 to 2.65")
    assert "the upper limit 2.56 (with two digits of 2.65 transposed)" in independence.suggestion
    scale = about(report, "pooled-scale", "49.9 %")
    assert scale.recomputed == "logit"
    assert "logit 5 of 5" in scale.why
    implied = {item.printed: item.recomputed for item in report.findings if item.id == "implied-control-rate"}
    assert implied == {
        "49.9 % and RR 1.85": "27.0 % in the other group",
        "16.7 % and RR 0.72": "23.2 % in the other group",
        "8.2 % and RR 0.75": "10.9 % in the other group",
        "84.4 % and OR 4.28": "55.8 % in the other group",
    }


@pytest.mark.shared
def test_the_abstract_on_rescue_stenting(source):
    report = source(STENTING)
    check_stenting(report)
    assert ids(report) == ["estimate-off-centre", "p-impossible", "estimate-off-centre"]
    answers = {item.id: item.answer for item in report.checklist}
    silent = ("denominators", "one-measure", "sich-definition", "studies", "heterogeneity", "model", "scale")
    assert [answers[name] for name in silent] == [Answer.MISSING] * len(silent)


@pytest.mark.shared
def test_the_summary_of_limit(source):
    report = source(LIMIT)
    stopped = about(report, "stopped-early", "203 of 200")
    assert stopped.level is Level.ERROR
    assert "no fewer than the 200 that were planned" in stopped.why
    assert about(report, "effect", "2.43").suggestion == "Call it RR."
    assert about(report, "arms-add-up", "100 + 102 of 203").recomputed == "202"
    assert ids(report) == ["effect", "stopped-early", "arms-add-up"]


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["000_8d5b9f19d5cd6c45.txt", "001_1344183ac9d8ff2a.txt", "004_035f3a6eca708e2e.txt"]
)
def test_documents_without_results_raise_no_alarm(source, name):
    assert ids(source(name)) == []


def test_the_same_numbers_typed_in_our_own_words(typed):
    check_stenting(typed)
    assert about(typed, "implied-control-rate", "84.4 %").level is Level.WARNING
    assert about(typed, "stopped-early", "203 of 200").level is Level.ERROR
    assert about(typed, "effect", "2.43").suggestion == "Call it RR."
    assert "p about 0.64" in about(typed, "interaction-p", "0.11").recomputed
    assert about(typed, "percent-unattainable", "1.9 % of 80").level is Level.ERROR
    assert about(typed, "cells-add-up", "n = 255").recomputed == "253"


def test_nothing_else_of_the_typed_numbers_is_an_alarm(typed):
    alarmed = {(item.id, item.result) for item in typed.findings if item.level is not Level.INFO}
    assert alarmed == {
        ("estimate-off-centre", "stenting, independence"),
        ("p-impossible", "stenting, death"),
        ("estimate-off-centre", "stenting, sICH"),
        ("implied-control-rate", "stenting, recanalisation"),
        ("effect", "LIMIT, mRS 0 to 3, under HR/OR"),
        ("stopped-early", "LIMIT"),
        ("arms-add-up", "LIMIT, groups"),
        ("interaction-p", "MR RESCUE again"),
        ("percent-unattainable", "a page on MR WITNESS, sICH"),
        ("cells-add-up", "a rebuild of MR CLEAN-LATE"),
    }


def test_p_of_the_symptomatic_haemorrhages_is_uncorrected_pearson(typed):
    found = next(item for item in typed.findings if item.id == "p-only-by")
    assert (found.level, found.result) == (Level.INFO, "LIMIT, sICH")
    assert found.recomputed == "Pearson's chi-square, uncorrected only"
