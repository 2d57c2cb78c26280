"""Bounds of group-sequential designs: print, slow integrals, laws, and what is refused."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad

from tissueclock.core.errors import InputError, UsageError
from tissueclock.evidence.monitoring.design import drift_for, fixed_drift, make_design
from tissueclock.evidence.monitoring.plan import Plan, even_looks, solve_tail, upper_bounds
from tissueclock.evidence.monitoring.recursion import above, begin_at, exits, go_on, start
from tissueclock.evidence.monitoring.rules import RULES, Kind, choose_rule, choose_spending

NORMAL = NormalDist()
NOWHERE = -math.inf
NAMES = st.sampled_from(sorted(RULES))
FRACTIONS = st.lists(st.integers(1, 99), min_size=1, max_size=5, unique=True).map(
    lambda found: (*(value / 100 for value in sorted(found)), 1.0)
)


def plan(information, name="of", *, alpha=0.05, sides=2, value=None, symmetric=False):
    rule = choose_rule(name, value)
    return Plan(information=tuple(information), alpha=alpha, sides=sides, rule=rule, symmetric=symmetric)


# Jennison and Turnbull 2000, tables 2.1 to 2.4: constants and inflation for two-sided alpha 0.05
# and power 0.8 (recalled, to three decimals, of two-sided designs).
PRINTED = {
    ("pocock-constant", 2): (2.178, 1.110),
    ("pocock-constant", 5): (2.413, 1.228),
    ("of-constant", 2): (1.977, 1.008),
    ("of-constant", 5): (2.040, 1.028),
}


@pytest.mark.parametrize(("name", "looks"), PRINTED, ids=lambda value: str(value))
def test_the_tables_of_jennison_and_turnbull(name, looks):
    constant, inflation = PRINTED[name, looks]
    design = make_design(plan(even_looks(looks), name, symmetric=True), power=0.8)
    assert design.upper[-1] == pytest.approx(constant, abs=6e-4)
    assert design.power.inflation == pytest.approx(inflation, abs=6e-4)


def test_the_bounds_that_the_standards_print():
    assert upper_bounds(plan((0.5, 1))) == pytest.approx((2.963, 1.969), abs=5e-4)
    assert upper_bounds(plan(even_looks(3))) == pytest.approx((3.710, 2.511, 1.993), abs=5e-4)
    assert upper_bounds(plan((0.5, 1), "pocock")) == pytest.approx((2.157, 2.201), abs=5e-4)


def slow_second(first, second, t, drift):
    """Return the chance of crossing the second bound first, by adaptive quadrature over the first z."""

    def integrand(z):
        left = (second - z * math.sqrt(t) - drift * (1 - t)) / math.sqrt(1 - t)
        return NORMAL.pdf(z - drift * math.sqrt(t)) * NORMAL.cdf(-left)

    return quad(integrand, drift * math.sqrt(t) - 12, first, epsabs=1e-14, limit=200)[0]


@pytest.mark.parametrize(("t", "drift"), [(0.5, 0.0), (0.3, 2.8), (0.9, -1.0)])
def test_two_looks_against_a_slow_integral(t, drift):
    found = exits((t, 1.0), (2.5, 2.0), (NOWHERE, NOWHERE), drift).upper
    assert found[0] == pytest.approx(NORMAL.cdf(drift * math.sqrt(t) - 2.5), rel=1e-12)
    assert found[1] == pytest.approx(slow_second(2.5, 2.0, t, drift), rel=1e-10)


def test_three_looks_with_both_bounds_against_a_slow_integral():
    times, upper, lower, drift = (0.3, 0.6, 1.0), (2.6, 2.3, 2.0), (-0.5, 0.4, 2.0), 1.7
    roots = [math.sqrt(t) for t in times]

    def integrand(y, x):
        steps = NORMAL.pdf((x - drift * 0.3) / roots[0]) / roots[0]
        steps *= NORMAL.pdf((y - x - drift * 0.3) / math.sqrt(0.3)) / math.sqrt(0.3)
        return steps * NORMAL.cdf((y + drift * 0.4 - upper[2]) / math.sqrt(0.4))

    slow, _ = dblquad(
        integrand,
        lower[0] * roots[0],
        upper[0] * roots[0],
        lower[1] * roots[1],
        upper[1] * roots[1],
        epsabs=1e-10,
    )
    assert exits(times, upper, lower, drift).upper[2] == pytest.approx(slow, rel=1e-8)


@settings(max_examples=25)
@given(FRACTIONS, NAMES, st.sampled_from([0.01, 0.05, 0.1]))
def test_all_bounds_spend_alpha_and_no_more(information, name, alpha):
    made = plan(information, name, alpha=alpha)
    try:
        upper = upper_bounds(made)
    except InputError:  # three SD at many interims are more than so small an alpha
        assert name == "haybittle-peto"
        return
    free = exits(information, upper, (NOWHERE,) * len(upper), 0.0)
    assert sum(free.upper) == pytest.approx(alpha / 2, rel=1e-9)
    both = exits(information, upper, tuple(-bound for bound in upper), 0.0)
    assert sum(both.upper) == pytest.approx(sum(both.lower), rel=1e-9)
    assert sum(both.by_look) <= alpha * (1 + 1e-9)


@settings(max_examples=30)
@given(FRACTIONS, st.floats(-2, 4), st.floats(0.5, 3.5), st.floats(-3.5, 0.2))
def test_a_trial_leaves_somehow_and_turning_it_over_swaps_the_bounds(information, drift, high, low):
    upper = (high,) * len(information)
    lower = (*(low,) * (len(information) - 1), high)
    found = exits(information, upper, lower, drift)
    assert sum(found.by_look) == pytest.approx(1.0, abs=1e-12)
    assert all(chance >= 0 for chance in found.by_look)
    turned = exits(information, tuple(-z for z in lower), tuple(-z for z in upper), -drift)
    assert turned.upper == pytest.approx(found.lower, abs=1e-13)


@pytest.mark.parametrize("name", ["of", "pocock", "hsd", "kd"])
def test_what_a_function_spends_is_spent_at_each_look(name):
    information = (0.2, 0.35, 0.6, 0.85, 1.0)
    design = make_design(plan(information, name, alpha=0.025, sides=1))
    running, steps = 0.0, exits(information, design.upper, (NOWHERE,) * 5, 0.0).upper
    for step, spent in zip(steps, design.alpha_spent, strict=True):
        running += step
        assert running == pytest.approx(spent, rel=1e-9)
    assert design.alpha_spent[-1] == pytest.approx(0.025, rel=1e-12)


def test_two_sides_spend_half_each_by_the_one_sided_function():
    two, one = make_design(plan(even_looks(4))), make_design(plan(even_looks(4), alpha=0.025, sides=1))
    assert two.upper == one.upper
    assert two.lower == tuple(-bound for bound in two.upper)
    assert two.alpha_spent == pytest.approx([2 * spent for spent in one.alpha_spent])
    assert two.nominal_p == pytest.approx([2 * p for p in one.nominal_p])


def test_counting_both_sides_lowers_the_bounds_by_next_to_nothing_and_attains_alpha():
    free, both = (plan(even_looks(20), "pocock", symmetric=flag) for flag in (False, True))
    ratio = [a / b - 1 for a, b in zip(upper_bounds(free), upper_bounds(both), strict=True)]
    assert min(ratio) >= 0
    assert 1e-6 < max(ratio) < 6e-5
    assert make_design(both).attained_alpha == pytest.approx(0.05, rel=1e-9)
    assert make_design(free).attained_alpha < 0.05


def test_more_points_change_nothing(monkeypatch):
    information = (0.2, 0.22, 0.5, 0.95, 1.0)
    usual = upper_bounds(plan(information))
    monkeypatch.setattr("tissueclock.evidence.monitoring.recursion._PANEL_SDS", 1.0)
    assert upper_bounds(plan(information)) == pytest.approx(usual, rel=1e-12)


def test_shapes_keep_their_shape_and_haybittle_peto_its_interims():
    of = upper_bounds(plan((0.25, 0.5, 1.0), "of-constant"))
    assert of[0] * 0.5 == pytest.approx(of[2])
    assert len({round(z, 12) for z in upper_bounds(plan(even_looks(4), "pocock-constant"))}) == 1
    wang = upper_bounds(plan((0.25, 1.0), "wang-tsiatis", value=0.1))
    assert wang[0] / wang[1] == pytest.approx(0.25**-0.4)
    assert upper_bounds(plan(even_looks(3), "haybittle-peto", value=3.3))[:2] == (3.3, 3.3)


def test_parameters_lead_from_one_function_to_the_next():
    flat = choose_rule("hsd", 0.0).spent((0.3, 1.0), 0.05)
    assert flat == pytest.approx((0.015, 0.05))
    assert choose_rule("hsd", 1e-7).spent((0.3,), 0.05) == pytest.approx((0.015,), rel=1e-6)
    assert choose_rule("kd", 1.0).spent((0.3,), 0.05) == pytest.approx((0.015,))
    assert choose_rule("wang-tsiatis", 0.5).shape((0.3,)) == choose_rule("pocock-constant").shape((0.3,))


def test_a_look_that_spends_nothing_has_no_bound():
    upper = upper_bounds(plan((0.001, 0.5, 1.0)))
    assert upper[0] == math.inf
    assert upper[1:] == pytest.approx(upper_bounds(plan((0.5, 1.0))), rel=1e-12)


def test_one_look_is_the_usual_test():
    design = make_design(plan((1.0,)), power=0.8)
    assert design.upper == pytest.approx((NORMAL.inv_cdf(0.975),))
    assert design.power.inflation == pytest.approx(1.0)
    assert design.power.drift == pytest.approx(fixed_drift(0.025, 0.8)) == pytest.approx(2.8015852, rel=1e-7)


@settings(max_examples=12)
@given(FRACTIONS, st.sampled_from(["of", "pocock"]), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_drift_gives_the_power_and_looking_costs_patients(information, name, power):
    design = make_design(plan(information, name), power=power)
    found = exits(information, design.upper, design.lower, design.power.drift)
    assert sum(found.upper) == pytest.approx(power, rel=1e-10)
    assert design.power.rejected[-1] == pytest.approx(power, rel=1e-10)
    assert design.power.inflation >= 1 - 1e-9
    assert design.power.expected_full <= design.power.inflation


def test_no_path_is_left_where_the_effect_is_enormous():
    assert sum(exits((0.5, 1.0), (2.0, 2.0), (NOWHERE,) * 2, 50.0).upper) == pytest.approx(1.0)


def test_from_where_it_stands_a_path_goes_on_as_a_normal():
    paths = begin_at(1.5, 0.4)
    root = (1.5 * math.sqrt(0.4) + 2 * 0.6 - 2.0) / math.sqrt(0.6)
    assert above(paths, 1.0, 2.0, 2.0) == pytest.approx(NORMAL.cdf(root), rel=1e-12)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"information": ()}, "0 looks were asked for"),
        ({"information": (*even_looks(20), 1.1)}, "21 looks"),
        ({"information": (0.5, 0.4, 1.0)}, "fractions above 0 that rise"),
        ({"information": (0.5, 0.5005, 1.0)}, "rise by 0.001"),
        ({"information": (math.nan, 1.0)}, "nan"),
        ({"information": (0.5, 0.9)}, "last fraction of information is 0.9"),
        ({"information": (0.5, 1.0), "alpha": 1.0}, "alpha is 1"),
        ({"information": (0.5, 1.0), "alpha": 0.0}, "alpha is 0"),
        ({"information": (0.5, 1.0), "sides": 3}, "3 sides"),
    ],
)
def test_what_is_no_plan_is_refused(change, found):
    with pytest.raises(InputError, match=found):
        plan(**change)


def test_even_looks_are_one_to_twenty():
    with pytest.raises(InputError, match="21 looks"):
        even_looks(21)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: choose_rule("obrien"), "no boundary 'obrien'.*Known: of, pocock"),
        (lambda: choose_rule("of", 1.0), "'of' has no parameter"),
        (lambda: choose_rule("kd", 0.0), "rho of 'kd' is 0.*0.05 to 50"),
        (lambda: choose_spending("wang-tsiatis"), "no spending function.*of, pocock, hsd, kd"),
    ],
)
def test_an_unknown_rule_or_parameter_is_answered_with_those_that_are(call, found):
    with pytest.raises(UsageError, match=found):
        call()


def test_every_rule_names_its_source_and_only_spending_functions_spend():
    for rule in RULES.values():
        assert rule.source
        assert (rule.spend is not None) is (rule.kind is Kind.SPENDING)
    with pytest.raises(ValueError, match="no spending function"):
        choose_rule("of-constant").spent((1.0,), 0.05)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: upper_bounds(plan(even_looks(10), "haybittle-peto", value=2.0)), "cannot spend an alpha"),
        (lambda: make_design(plan((0.5, 1.0)), power=1.0), "a power of 1 was"),
        (lambda: make_design(plan((0.5, 1.0)), power=0.02), "more than alpha, 0.025"),
        (lambda: drift_for(0.9, (0.5, 1.0), (70.0, 70.0), (-70.0, 70.0)), "no effect gives a power of 0.9"),
        (lambda: go_on(start(), (0.5, 1.0), (2.0, 1.0), 0.0), "no room to go on"),
        (lambda: solve_tail(lambda z: 0.1, 0.2), "more is to be spent than there is left"),
    ],
)
def test_what_cannot_be_is_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()
