"""The cohort's statistics beside R: every number, and the page that says so."""

from __future__ import annotations

import pytest
from cohort_r import EXCUSES, TOLERANCE, cohort_page, every_pair
from r_agreement import VALIDATION, Excuse, Pair, judged


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return every_pair()


def test_every_number_agrees_or_has_its_reason(pairs: list[Pair]) -> None:
    assert len(pairs) > 90
    assert judged(pairs, EXCUSES, TOLERANCE) == []


@pytest.mark.parametrize("excuse", EXCUSES, ids=lambda excuse: excuse.call[:24])
def test_every_excuse_is_needed(pairs: list[Pair], excuse: Excuse) -> None:
    assert judged(pairs, [other for other in EXCUSES if other is not excuse], TOLERANCE) != []


def test_the_page_is_what_is_computed(pairs: list[Pair]) -> None:
    assert (VALIDATION / "cohort.md").read_text("utf-8") == cohort_page(pairs)
