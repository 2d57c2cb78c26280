"""Slips of the pen: what a number may have been, and that one slip restores what it broke."""

from __future__ import annotations

import pytest
from check_lab import arm, report_of, result
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.evidence.check.checker import check_document
from tissueclock.evidence.check.model import PrintedDocument, PrintedFlow
from tissueclock.evidence.check.number import printed
from tissueclock.evidence.check.slips import Kind, slips_of_flow, slips_of_number, slips_of_result


def slips(text: str, kind: Kind) -> list[str]:
    return [number.text for number in slips_of_number(printed(text), kind)]


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("0.75", Kind.TRANSPOSED, ["0.57", "7.05", "5.70"]),
        ("2.65", Kind.TRANSPOSED, ["2.56", "6.25", "5.62"]),
        ("22", Kind.TRANSPOSED, []),
        ("5.5", Kind.TURNED, ["-5.5"]),
        ("-5.5", Kind.TURNED, ["5.5"]),
        ("0.02", Kind.SHIFTED, ["0.002", "0.2", "0.0002", "2"]),
    ],
)
def test_what_a_number_may_have_been(text, kind, found):
    assert slips(text, kind) == found


def test_a_digit_may_be_lost_or_one_too_many():
    found = slips("1.5", Kind.LOST)
    assert {"1.35", "1.55", ".5", "11.5"} <= set(found)
    assert "1.5" not in found


@given(st.decimals(-99, 99, places=2), st.sampled_from(Kind))
def test_no_slip_is_the_number_itself_and_each_comes_once(value, kind):
    found = slips(str(value), kind)
    assert str(value) not in found
    assert len(set(found)) == len(found)


@given(st.integers(10, 9999), st.integers(0, 2))
def test_transposing_twice_comes_back(value, at):
    text = str(value)
    for slip in slips(text, Kind.TRANSPOSED):
        assert text in slips(slip, Kind.TRANSPOSED)


def test_every_number_of_a_result_may_have_slipped():
    full = result("RR 2.43 1.35 4.37", arm("31/100 31.2"), arm("13/102 12.7"), p="=0.023")
    words = " ".join(text for text, _ in slips_of_result(full, Kind.TRANSPOSED))
    for name in (
        "the estimate",
        "the lower limit",
        "the upper limit",
        "p ",
        "the percentage",
        "events",
        "n ",
    ):
        assert name in words


def test_signs_and_limits_may_be_turned_round():
    found = dict(slips_of_result(result("RR 0.72 0.63 0.82", p=">0.001"), Kind.TURNED))
    assert str(found["p < 0.001 (the sign turned round)"].p) == "< 0.001"
    assert "the limits 0.82 to 0.63 (swapped)" in found


def test_counts_stay_counts():
    for _, slipped in slips_of_flow(PrintedFlow(total=203, arms=(101, 102)), Kind.LOST):
        assert slipped.total is not None
        assert all(size >= 0 for size in slipped.arms)


@pytest.mark.parametrize(("wrong", "right"), [((110, 102), "a group 101"), ((101, 120), "a group 102")])
def test_groups_that_do_not_add_up_are_explained(wrong, right):
    report = check_document(PrintedDocument(flows=(PrintedFlow(total=203, arms=wrong),)))
    assert right in report.findings[0].suggestion


def test_the_likeliest_kind_of_slip_is_named_alone():
    (found,) = report_of(result("RR 0.75 0.75 0.99")).findings
    assert found.suggestion.count(" or ") == 0


def test_what_no_single_slip_explains_has_no_suggestion():
    (found,) = report_of(result("RR 5.00 0.10 0.20")).findings
    assert found.suggestion == ""
