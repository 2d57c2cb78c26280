"""Questions at their limits: what flips, what is open, and what is far from a limit."""

from __future__ import annotations

import pytest

from tissueclock.bench.validation.verdicts import ANSWERS, true_case, verdicts
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact


def answer(question: str, core_ml: float | None, tmax6_ml: float) -> str:
    case = true_case(core_ml, tmax6_ml)
    return verdicts(case, case)[question].true


@pytest.mark.parametrize(
    ("question", "below", "at"),
    [
        ("core < 15 mL", (14.9, 60.0), (15.0, 60.0)),
        ("core < 50 mL", (49.9, 160.0), (50.0, 160.0)),
        ("core < 70 mL", (69.9, 160.0), (70.0, 160.0)),
        ("mismatch < 15 mL", (20.0, 34.9), (20.0, 35.0)),
        ("ratio < 1.2", (50.0, 59.9), (50.0, 60.0)),
        ("ratio < 1.8", (50.0, 89.9), (50.0, 90.0)),
    ],
)
def test_a_limit_itself_is_not_below_it(question, below, at):
    assert answer(question, *below) == "yes"
    assert answer(question, *at) == "no"


@pytest.mark.parametrize(
    ("core_ml", "tmax6_ml", "defuse", "extend"),
    [
        (22.0, 98.0, "yes", "yes"),
        (70.0, 200.0, "no", "yes"),
        (70.1, 200.0, "no", "no"),
        (50.0, 90.0, "yes", "yes"),
        (50.0, 89.9, "no", "yes"),
        (50.0, 60.5, "no", "yes"),
        (50.0, 58.0, "no", "no"),
        (0.0, 40.0, "yes", "yes"),
        (0.0, 0.0, "no", "no"),
    ],
)
def test_the_rules_are_those_of_the_trials_files(core_ml, tmax6_ml, defuse, extend):
    assert answer("DEFUSE 3", core_ml, tmax6_ml) == defuse
    assert answer("EXTEND", core_ml, tmax6_ml) == extend


def test_without_a_core_only_the_delay_is_known_and_every_answer_is_open():
    case = true_case(None, 90.0)
    assert {item.true for item in verdicts(case, case).values()} == {"open"}


def test_an_infinite_ratio_is_above_every_limit():
    assert answer("ratio < 1.8", 0.0, 40.0) == "no"


def test_what_a_gate_withholds_is_open_and_does_not_flip():
    facts = [Fact(name=name, value=50.0, source="x") for name in ("core_ml", "tmax6_ml")]
    measured = derived(CaseFacts.of([fact.withheld(("motion",)) for fact in facts]))
    found = verdicts(true_case(10.0, 90.0), measured)
    assert {item.measured for item in found.values()} == {"open"}
    assert not any(item.flips for item in found.values())
    assert all(item.is_open for item in found.values())


def test_opposite_answers_flip():
    found = verdicts(true_case(69.0, 160.0), true_case(71.0, 160.0))
    assert {name for name, item in found.items() if item.flips} == {"core < 70 mL", "DEFUSE 3", "EXTEND"}
    assert tuple(found) == ANSWERS


@pytest.mark.parametrize(
    ("interval", "near"),
    [((60.0, 69.9), False), ((60.0, 70.0), True), ((70.0, 80.0), False), ((69.9, 80.0), True), (None, False)],
)
def test_a_verdict_is_borderline_where_an_interval_has_the_limit_inside(interval, near):
    core = Fact(name="core_ml", value=70.0, source="x", interval=interval)
    measured = derived(CaseFacts.of([core, Fact(name="tmax6_ml", value=200.0, source="x")]))
    found = verdicts(true_case(70.0, 200.0), measured)
    assert found["core < 70 mL"].borderline is near
    assert found["DEFUSE 3"].borderline is near
    assert not found["core < 50 mL"].borderline


@pytest.mark.parametrize(
    ("core_ml", "tmax6_ml", "far"),
    [
        (22.0, 98.0, True),
        (66.0, 200.0, False),  # 4 mL from the limit of the core
        (50.0, 98.0, False),  # 0.16 from the limit of the ratio
        (50.0, 101.0, True),
        (0.0, 18.0, False),  # 3 mL from the limit of the mismatch
        (0.0, 60.0, True),
    ],
)
def test_far_is_far_from_every_limit_of_the_question(core_ml, tmax6_ml, far):
    case = true_case(core_ml, tmax6_ml)
    assert verdicts(case, case)["DEFUSE 3"].far is far
