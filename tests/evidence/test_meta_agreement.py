"""The meta-analysis against R: every number of the cases, and a reason for every one that differs."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from meta_agreement import DISAGREEMENTS, REASONS, everything, page, reason_of
from r_compared import CASES, Compared
from r_roots import uniroot

COPIED = sorted(path.stem for path in CASES.glob("meta*.json"))


@pytest.fixture(scope="module")
def found() -> list[Compared]:
    return everything()


def test_every_number_agrees_or_has_its_reason(found):
    left = [one for one in found if not (one.agrees or one.explained or reason_of(one))]
    assert left == []


def test_there_are_many_numbers_of_every_case(found):
    assert len(found) > 17_000
    assert {one.case for one in found} == {*COPIED, "published_checks"}
    assert sum(one.agrees for one in found) > 16_000


def test_no_reason_is_given_for_nothing(found):
    needed = {reason_of(one) for one in found if not one.agrees and not one.explained}
    assert needed == set(DISAGREEMENTS)
    assert {one.why for one in found if not one.agrees and one.explained} == set(REASONS)


def test_the_page_says_what_is_so(found, checkout):
    assert (checkout / "validation" / "evidence" / "meta.md").read_text(encoding="utf-8") == page(found)


def test_the_reference_page_says_how_many(found, checkout):
    text = (checkout / "docs" / "reference" / "evidence-meta.md").read_text(encoding="utf-8")
    differ = sum(not one.agrees and not one.explained for one in found)
    assert f"[{len(found)} numbers compared, and the {differ} that differ]" in text


def test_a_wrong_digit_would_be_seen(found):
    closed = next(
        one for one in found if one.call.startswith("rma(yi, vi, method='DL'") and one.name == "beta"
    )
    iterated = next(one for one in found if one.call.startswith("rma(yi, vi, method='REML'"))
    assert closed.agrees
    assert not replace(closed, ours=closed.theirs * (1 + 2e-6)).agrees
    assert not replace(iterated, ours=iterated.theirs * (1 + 2e-4)).agrees
    assert not replace(closed, ours=None).agrees
    assert not replace(closed, ours=math.nan).agrees


@pytest.mark.parametrize("name", [*COPIED, "published_checks"])
def test_the_copied_case_is_the_teams(shared, name):
    ours = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    assert json.loads((shared / "cases" / f"{name}.json").read_text("utf-8")) == ours


@pytest.mark.parametrize("root", [0.01, 0.3, 7.0, 99.0])
def test_rs_root_finder_ends_within_its_tolerance(root):
    found = uniroot(lambda x: math.exp(-x) - math.exp(-root), 0.0)
    assert found == pytest.approx(root, abs=1.3e-4)
    assert uniroot(lambda x: x + 1, 0.0) == 0.0
