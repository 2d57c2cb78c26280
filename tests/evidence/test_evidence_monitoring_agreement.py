"""Designs, monitoring, sample size and safety against R, number by number, and the page that tells of it."""

from __future__ import annotations

import json

import pytest
from monitoring_agreement import CASES, PAGE, REASONS, TOLERANCE, case, compared, page


@pytest.mark.parametrize("name", CASES)
def test_every_number_agrees_with_r(name):
    found = compared(name)
    assert len(found) > 5
    apart = [item for item in found if not item.is_exception and not item.apart < TOLERANCE]
    assert apart == []


def test_every_exception_is_one_and_is_no_larger_than_told():
    told = {"repeated p, look 2": 5e-5, "repeated p, look 3": 4e-4, "repeated interval, look 2, low": 3e-6}
    found = [item for name in CASES for item in compared(name) if item.is_exception]
    assert {item.what for item in found} == set(REASONS) == set(told)
    assert all(TOLERANCE < item.apart < told[item.what] for item in found)


def test_the_page_is_what_is_computed_now():
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize("name", CASES)
def test_the_copied_cases_are_the_teams(shared, name):
    assert json.loads((shared / "cases" / f"{name}.json").read_text("utf-8")) == case(name)
