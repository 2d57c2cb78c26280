"""Futility bounds: what they spend, what binding buys, and where they cannot be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.conditional import Interim, ToCome, conditional_power
from tissueclock.evidence.monitoring.design import make_design
from tissueclock.evidence.monitoring.futility import (
    BetaSpending,
    FixedFutility,
    NoFutilityBoundsError,
    by_conditional_power,
    futility_at,
)
from tissueclock.evidence.monitoring.plan import Plan, even_looks, upper_bounds
from tissueclock.evidence.monitoring.recursion import exits
from tissueclock.evidence.monitoring.rules import choose_rule


def plan(information=(0.33, 0.67, 1.0), name="of", **change):
    return Plan(information=information, rule=choose_rule(name), **{"alpha": 0.05, "sides": 2, **change})


def spending(name="of", value=None, *, binding=False):
    return BetaSpending(choose_rule(name, value), binding)


@settings(max_examples=8)
@given(
    st.sampled_from([("of", None), ("kd", 2.0), ("hsd", -2.0)]), st.booleans(), st.sampled_from([0.8, 0.9])
)
def test_alpha_and_beta_are_kept_by_following_the_bounds_anew(rule, binding, power):
    design = make_design(plan(), power=power, futility=spending(*rule, binding=binding))
    assert design.lower[-1] == pytest.approx(design.upper[-1], abs=1e-8)
    effect = exits(design.plan.information, design.upper, design.lower, design.power.drift)
    assert sum(effect.upper) == pytest.approx(power, abs=1e-9)
    assert effect.lower[0] == pytest.approx(design.beta_spent[0], rel=1e-8)
    assert sum(effect.lower) == pytest.approx(1 - power, abs=1e-9)
    none = exits(design.plan.information, design.upper, design.lower, 0.0)
    assert sum(none.upper) == pytest.approx(design.attained_alpha, rel=1e-9)
    if binding:
        assert design.attained_alpha == pytest.approx(0.025, rel=1e-9)
    else:
        free = exits(design.plan.information, design.upper, (-math.inf,) * 3, 0.0)
        assert sum(free.upper) == pytest.approx(0.025, rel=1e-9)
        assert design.attained_alpha < 0.025


def test_binding_lowers_the_last_bound_and_the_sample():
    free, bound = (make_design(plan(), power=0.9, futility=spending(binding=flag)) for flag in (False, True))
    assert bound.upper[-1] < free.upper[-1]
    assert bound.power.inflation < free.power.inflation
    assert (free.binding, bound.binding) == (False, True)
    assert upper_bounds(plan()) == free.upper


def test_futility_costs_power_and_saves_patients_where_there_is_no_effect():
    without, with_it = make_design(plan(), power=0.9), make_design(plan(), power=0.9, futility=spending())
    assert with_it.power.inflation > without.power.inflation
    assert with_it.power.expected_none < without.power.expected_none
    assert with_it.power.given_up_null[-1] > 0.9


def test_bounds_may_be_given():
    design = make_design(plan(), power=0.8, futility=FixedFutility((-0.5, 0.5)))
    assert design.futility == (-0.5, 0.5)
    assert design.beta_spent is None
    assert sum(exits(design.plan.information, design.upper, design.lower, design.power.drift).upper) == (
        pytest.approx(0.8, rel=1e-9)
    )


@pytest.mark.parametrize("least", [0.05, 0.2])
def test_bounds_by_conditional_power_have_that_power_left(least):
    made = plan()
    upper = upper_bounds(made)
    found = by_conditional_power(made, upper, least)
    for fraction, bound in zip(made.information, found.bounds, strict=False):
        interim = Interim(bound, fraction)
        left = conditional_power(interim, ToCome.of((1.0,), upper[-1:]), interim.trend)
        assert left == pytest.approx(least, rel=1e-10)


def test_a_classical_shape_may_have_futility_that_is_not_binding():
    design = make_design(plan(name="of-constant"), power=0.8, futility=spending())
    assert sum(exits(design.plan.information, design.upper, design.lower, design.power.drift).upper) == (
        pytest.approx(0.8, rel=1e-9)
    )


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: make_design(plan(), futility=spending()), "no power is given"),
        (
            lambda: make_design(plan(name="of-constant"), power=0.8, futility=spending(binding=True)),
            "is none",
        ),
        (lambda: make_design(plan(), futility=FixedFutility((0.1,))), "1 futility bounds.*2 interim looks"),
        (lambda: make_design(plan(), futility=FixedFutility((4.0, 0.0))), "look 1 the futility bound 4"),
        (lambda: by_conditional_power(plan(), (3.0, 2.5, 2.0), 1.0), "a conditional power of 1 was"),
    ],
)
def test_what_makes_no_futility_is_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()


def test_twenty_looks_work_too():
    design = make_design(plan(even_looks(20)), power=0.9, futility=spending("kd", 2.0))
    assert all(low < high for low, high in zip(design.futility, design.upper, strict=False))
    assert list(design.futility) == sorted(design.futility)


@pytest.mark.parametrize("beta", [("kd", 0.05), ("kd", 20.0)])
@pytest.mark.parametrize("alpha", [("kd", 0.05), ("kd", 20.0)])
@pytest.mark.parametrize("binding", [False, True])
def test_bounds_meet_however_early_or_late_both_are_spent(alpha, beta, binding):
    made = Plan(information=(0.5, 0.99, 1.0), alpha=0.05, sides=2, rule=choose_rule(*alpha))
    design = make_design(made, power=0.9, futility=spending(*beta, binding=binding))
    assert design.lower[-1] == pytest.approx(design.upper[-1], abs=1e-7)
    assert all(low < high for low, high in zip(design.futility, design.upper, strict=False))


def test_at_too_strong_an_effect_the_bounds_meet_too_early():
    with pytest.raises(NoFutilityBoundsError):
        futility_at(plan(), upper_bounds(plan()), spending(), 0.1, 12.0)
    with pytest.raises(NoFutilityBoundsError):
        futility_at(plan(), upper_bounds(plan()), spending(binding=True), 0.1, 12.0)
