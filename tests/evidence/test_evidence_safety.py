"""Safety rules: every sequence of patients counted, alpha that is kept, MR WITNESS, and what is refused."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.evidence.bayes.beta import Beta
from tissueclock.evidence.binomial import binomial
from tissueclock.evidence.monitoring.rules import choose_rule
from tissueclock.evidence.safety.monitor import SafetyPlan, clopper_pearson, judge, make_rule
from tissueclock.evidence.safety.operating import Step, check_looks, operating
from tissueclock.evidence.safety.rules import (
    bayes_steps,
    exact_steps,
    pocock_steps,
    spending_steps,
    sprt_lines,
    sprt_steps,
    upper_tails,
)

EVERY = tuple(range(5, 81))


def slow_operating(steps, rate):
    """Return stop, accept, patients and events by going through every sequence of patients."""
    totals = [0.0, 0.0, 0.0, 0.0]
    for patients in itertools.product((0, 1), repeat=steps[-1].n):
        chance = math.prod(rate if event else 1 - rate for event in patients)
        for step in steps:
            events = sum(patients[: step.n])
            harm = step.stop is not None and events >= step.stop
            safe = not harm and step.accept is not None and events <= step.accept
            if harm or safe or step is steps[-1]:
                found = (harm, safe, step.n, events)
                totals = [total + chance * value for total, value in zip(totals, found, strict=True)]
                break
    return totals


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_binomial_chances_are_those_of_the_formula(rate):
    expected = [math.comb(9, x) * rate**x * (1 - rate) ** (9 - x) for x in range(10)]
    assert binomial(9, rate) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("rate", [0.1, 0.45])
def test_how_a_rule_behaves_against_every_sequence(rate):
    steps = (Step(3, 2), Step(5, None, 0), Step(8, 3, 1), Step(11, 4))
    found = operating(steps, rate)
    slow = slow_operating(steps, rate)
    assert [found.stop, found.accept, found.expected_n, found.expected_events] == pytest.approx(slow)
    assert found.stopped[-1] == found.stop
    assert list(found.stopped) == sorted(found.stopped)


@pytest.mark.parametrize(("rate", "stop"), [(0.0, 0.0), (1.0, 1.0)])
def test_at_the_ends_of_the_scale(rate, stop):
    assert operating((Step(5, 3), Step(10, 4)), rate).stop == pytest.approx(stop)


@settings(max_examples=25)
@given(st.integers(1, 120), st.floats(0.01, 0.9), st.floats(0.001, 0.4))
def test_the_exact_step_is_the_first_whose_tail_is_small_enough(n, rate, alpha):
    (step,) = exact_steps([n], rate, alpha)
    tails = [math.fsum(binomial(n, rate)[x:]) for x in range(n + 1)]
    allowed = [x for x, tail in enumerate(tails) if tail <= alpha * (1 + 1e-9)]
    assert step.stop == (allowed[0] if allowed else None)
    assert upper_tails(n, rate) == pytest.approx(tails, abs=1e-12)


@settings(max_examples=30)
@given(st.integers(1, 120), st.floats(0.02, 0.5), st.floats(0.5, 0.99))
def test_the_posterior_step_is_the_first_whose_chance_is_high_enough(n, rate, limit):
    (step,) = bayes_steps([n], rate, limit, Beta(0.5, 9.5))
    above = [Beta(0.5, 9.5).after(x, n).chance_above(rate) > limit for x in range(n + 1)]
    assert step.stop == (above.index(True) if any(above) else None)


@pytest.mark.parametrize("rate", [0.053, 0.2])
@pytest.mark.parametrize("looks", [EVERY, (20, 40, 60, 80)], ids=["every patient", "four looks"])
def test_pocock_keeps_alpha_and_no_higher_level_does(looks, rate):
    steps, level = pocock_steps(looks, rate, 0.05)
    assert operating(steps, rate).stop <= 0.05
    assert operating(exact_steps(looks, rate, level * 1.0001), rate).stop > 0.05
    assert operating(exact_steps(looks, rate, 0.05), rate).stop > 0.05


def test_a_single_look_needs_no_lower_level():
    steps, level = pocock_steps((40,), 0.06, 0.05)
    assert (steps, level) == (exact_steps((40,), 0.06, 0.05), 0.05)


@pytest.mark.parametrize("name", ["of", "pocock", "kd"])
def test_spending_never_exceeds_its_function_and_one_event_less_would(name):
    looks, rate, rule = (10, 30, 55, 80), 0.1, choose_rule(name)
    steps = spending_steps(looks, rate, 0.05, rule)
    found = operating(steps, rate)
    for at, n in enumerate(looks):
        (allowed,) = rule.spent([n / 80], 0.05)
        assert found.stopped[at] <= allowed * (1 + 1e-9)
        if steps[at].stop:
            bolder = [*steps[:at], Step(n, steps[at].stop - 1), *steps[at + 1 :]]
            assert operating(bolder, rate).stopped[at] > allowed


def test_walds_lines_are_parallel_and_its_steps_lie_beyond_them():
    looks = (10, 20, 40, 80)
    upper, lower = sprt_lines(looks, 0.053, 0.12, 0.05, 0.2)
    rise = (upper[-1] - upper[0]) / 70
    assert (lower[-1] - lower[0]) / 70 == pytest.approx(rise)
    assert 0.053 < rise < 0.12
    for step, high, low in zip(sprt_steps(looks, 0.053, 0.12, 0.05, 0.2), upper, lower, strict=True):
        assert high <= step.stop < high + 1
        assert (step.accept is None and low < 0) or low - 1 < step.accept <= low


def test_a_step_beyond_all_patients_is_none():
    assert sprt_steps((2,), 0.053, 0.12, 0.001, 0.2) == (Step(2, None, None),)
    assert exact_steps((2,), 0.5, 0.01) == (Step(2, None),)


def test_mr_witness_as_it_was_printed():
    """One haemorrhage of 80 patients: 1.3 % (0.0 to 6.8), p 0.07 against 5.3 % (Schwamm 2018)."""
    rule = make_rule(SafetyPlan(rule="bayes", looks=(20, 40, 60, 80), rate=0.053), (0.053,))
    seen = judge(rule, 1, 80)
    assert seen.at_most_p == pytest.approx(0.07, abs=5e-4)
    assert seen.interval == pytest.approx((0.000316, 0.0677), abs=5e-5)
    assert seen.verdict == "not stopped"
    assert seen.at_least_p == pytest.approx(1 - 0.947**80)
    assert judge(rule, 1, 33).verdict is None


def test_the_exact_interval_has_its_tails():
    low, high = clopper_pearson(4, 30)
    assert upper_tails(30, low)[4] == pytest.approx(0.025)
    assert 1 - upper_tails(30, high)[5] == pytest.approx(0.025)
    assert clopper_pearson(0, 10)[0] == 0.0
    assert clopper_pearson(10, 10)[1] == 1.0


@pytest.mark.parametrize(
    ("rule", "extra", "events", "n", "verdict"),
    [
        ("exact", {}, 5, 40, "stop for harm"),
        ("exact", {}, 2, 40, "go on"),
        ("pocock", {}, 3, 80, "not stopped"),
        ("spending", {"spending": choose_rule("of")}, 9, 80, "stop for harm"),
        ("sprt", {"high_rate": 0.12}, 1, 40, "acceptable: stop"),
    ],
)
def test_the_verdicts(rule, extra, events, n, verdict):
    plan = SafetyPlan(rule=rule, looks=(20, 40, 60, 80), rate=0.05, **extra)
    assert judge(make_rule(plan, ()), events, n).verdict == verdict


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: check_looks(()), "after no patients"),
        (lambda: check_looks((5, 5)), "after 5, 5 patients"),
        (lambda: check_looks((0, 5)), "after 0, 5"),
        (lambda: check_looks((6000,)), "1 to 5000"),
        (lambda: exact_steps((5,), 1.0, 0.05), "rate of 1"),
        (lambda: bayes_steps((5,), 0.05, 1.0, Beta(1, 1)), "chance of 1"),
        (lambda: operating((Step(5, 2),), 1.5), "true rate of 1.5"),
        (lambda: sprt_lines((5,), 0.1, 0.05, 0.05, 0.2), "rate of 0.05 is to be told from 0.1"),
        (lambda: sprt_lines((5,), 0.05, 0.1, 0.6, 0.5), "alpha 0.6 and beta 0.5"),
        (lambda: make_rule(SafetyPlan(rule="nope", looks=(5,), rate=0.1), ()), "'nope' is not known"),
        (lambda: make_rule(SafetyPlan(rule="sprt", looks=(5,), rate=0.1), ()), "lacks what it needs"),
        (
            lambda: judge(make_rule(SafetyPlan(rule="exact", looks=(5,), rate=0.1), ()), 3, 2),
            "3 events of 2 patients",
        ),
    ],
)
def test_what_is_no_rule_is_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()
