"""Two groups beside R: every number of the cases, and the page that says so."""

from __future__ import annotations

import json
import math

import pytest
from r_agreement import CASES, VALIDATION, Excuse, Pair, judged
from two_groups_r import ANSWERS, EXCUSES, TABLES, TOLERANCE, every_pair, two_groups_page

COPIED = (*TABLES, "t22_stratified", "mcnemar", "published_checks", "ord_patient_level")


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return every_pair()


def test_every_number_agrees_or_has_its_reason(pairs: list[Pair]) -> None:
    assert judged(pairs, EXCUSES, TOLERANCE) == []


def test_enough_is_compared(pairs: list[Pair]) -> None:
    assert len(pairs) > 1300
    assert sum(pair.difference <= TOLERANCE for pair in pairs) > 1200
    assert {pair.case for pair in pairs} == {*TABLES, "t22_stratified", "mcnemar", "published_checks"}


def test_miettinen_and_nurminen_agree_with_ratesci_far_better_than_asked(pairs: list[Pair]) -> None:
    own = [p for p in pairs if p.call.startswith("ratesci") and "skew=FALSE" in p.call and p.number != "p"]
    assert len(own) >= 7 * 9
    assert max(pair.difference for pair in own) < 2e-9


@pytest.mark.parametrize("excuse", EXCUSES, ids=lambda excuse: f"{excuse.call[:24]} {excuse.numbers}")
def test_every_excuse_is_needed(pairs: list[Pair], excuse: Excuse) -> None:
    others = [other for other in EXCUSES if other is not excuse]
    assert judged(pairs, others, TOLERANCE) != []


def test_the_page_is_what_is_computed(pairs: list[Pair]) -> None:
    assert (VALIDATION / "two-groups.md").read_text("utf-8") == two_groups_page(pairs)


@pytest.mark.parametrize("name", COPIED)
def test_the_copied_cases_are_the_teams(shared, name: str) -> None:
    own = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    assert own == json.loads((shared / "cases" / f"{name}.json").read_text("utf-8"))


def test_a_wrong_number_would_be_seen() -> None:
    right = Pair("t", "call", "p", 0.5, 0.5 * (1 + 1e-8))
    wrong = Pair("t", "call", "p", 0.5, 0.5 * (1 + 1e-5))
    absent = Pair("t", "call", "p", None, 0.5)
    assert judged([right, wrong, absent], (), TOLERANCE) == [wrong, absent]
    assert judged([wrong], [Excuse("call", ("p",), 1e-4, "loose")], TOLERANCE) == []
    assert judged([wrong], [Excuse("call", ("q",), 1e-4, "loose")], TOLERANCE) == [wrong]
    assert judged([absent], [Excuse("call", ("p",), math.inf, "", "other")], TOLERANCE) == [absent]


def test_every_call_of_the_tables_is_answered_or_named() -> None:
    calls = {
        r["call"] for name in TABLES for r in json.loads((CASES / f"{name}.json").read_text())["results"]
    }
    silent = {call for call in calls if not any(call.startswith(start) for start in ANSWERS)}
    assert {call.split(",")[0].split("(")[0] for call in silent} == {"fisher.test", "exact2x2"}
