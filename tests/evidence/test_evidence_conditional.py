"""Conditional and predictive power: what they average to, priors, and what is refused."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from tissueclock.core.errors import InputError
from tissueclock.evidence.monitoring.conditional import (
    Interim,
    PlannedRates,
    Prior,
    ToCome,
    conditional_power,
    conditional_power_pooled,
    predictive_power,
)
from tissueclock.evidence.monitoring.recursion import exits

NORMAL = NormalDist()
LAST = ToCome.of((1.0,), (1.97,))
TWO = ToCome.of((0.7, 1.0), (2.4, 2.0))


@settings(max_examples=40)
@given(st.floats(-2, 4), st.floats(0.1, 0.9), st.floats(-1, 4))
def test_one_look_to_come_against_the_b_value(z, t, drift):
    found = conditional_power(Interim(z, t), LAST, drift)
    expected = NORMAL.cdf((z * math.sqrt(t) + drift * (1 - t) - 1.97) / math.sqrt(1 - t))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("drift", [0.0, 2.5])
def test_averaged_over_the_first_look_it_is_the_chance_of_crossing_later(drift):
    t, first = 0.4, 3.0
    later = ToCome.of((0.7, 1.0), (2.4, 2.0))

    def integrand(z):
        return NORMAL.pdf(z - drift * math.sqrt(t)) * conditional_power(Interim(z, t), later, drift)

    average = quad(integrand, -8, first, epsabs=1e-8, limit=60)[0]
    crossed = exits((t, 0.7, 1.0), (first, 2.4, 2.0), (-math.inf,) * 3, drift).upper
    assert average == pytest.approx(sum(crossed[1:]), abs=1e-7)


@pytest.mark.parametrize("to_come", [LAST, TWO], ids=["one look", "two looks"])
@pytest.mark.parametrize("prior", [Prior(), Prior(2.8, 0.7)], ids=["flat", "planned"])
def test_predictive_power_is_conditional_power_over_the_posterior(to_come, prior):
    interim = Interim(1.2, 0.5)
    mean, sd = prior.posterior(interim)

    def integrand(drift):
        return NormalDist(mean, sd).pdf(drift) * conditional_power(interim, to_come, drift)

    slow = quad(integrand, mean - 9 * sd, mean + 9 * sd, epsabs=1e-10, limit=200)[0]
    assert predictive_power(interim, to_come, prior) == pytest.approx(slow, abs=1e-8)


def test_a_sure_prior_makes_it_the_conditional_power_of_that_drift():
    interim = Interim(0.5, 0.3)
    found = predictive_power(interim, TWO, Prior(2.0, 1e-7))
    assert found == pytest.approx(conditional_power(interim, TWO, 2.0), abs=1e-6)


def test_the_posterior_of_a_flat_prior_is_the_data():
    assert Prior().posterior(Interim(1.2, 0.5)) == pytest.approx((1.2 / math.sqrt(0.5), math.sqrt(2)))
    assert Interim(1.2, 0.5).trend == pytest.approx(1.2 / math.sqrt(0.5))


def test_giving_up_below_a_bound_takes_power_away():
    interim = Interim(0.8, 0.3)
    stopped = ToCome.of((0.7, 1.0), (2.4, 2.0), (1.0, 2.0))
    assert conditional_power(interim, stopped, 2.0) < conditional_power(interim, TWO, 2.0)


def test_the_drift_of_planned_rates_is_their_expected_z():
    planned, turned = PlannedRates(0.31, 0.127, 100, 102), PlannedRates(0.127, 0.31, 102, 100)
    assert planned.drift == pytest.approx(3.222, abs=1e-3)
    assert turned.drift == pytest.approx(-planned.drift)
    assert turned.null_scale == pytest.approx(planned.null_scale)
    assert planned.null_scale > 1


def test_with_one_variance_for_both_the_pooled_power_is_the_usual_one():
    interim = Interim(1.2, 0.5)
    pooled = conditional_power_pooled(interim, 1.97, 2.8, 1.0)
    assert pooled == pytest.approx(conditional_power(interim, LAST, 2.8), rel=1e-12)
    assert conditional_power_pooled(interim, 1.97, 2.8, 1.05) < pooled


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: Interim(1.0, 1.0), "interim is at information 1"),
        (lambda: Interim(1.0, 0.0), "interim is at information 0"),
        (lambda: Interim(math.inf, 0.5), "z is not finite"),
        (lambda: Prior(0.0, 0.0), "prior of the drift has SD 0"),
        (lambda: Prior(math.nan, 1.0), "prior of the drift"),
        (lambda: conditional_power(Interim(1.0, 0.7), TWO, 1.0), "0.7, is not after 0.7"),
        (lambda: PlannedRates(0.0, 0.1, 10, 10), "rates 0 and 0.1"),
        (lambda: PlannedRates(0.2, 0.1, 0, 10), "of 0 and 10 were planned"),
    ],
)
def test_what_is_no_interim_is_refused(call, found):
    with pytest.raises(InputError, match=found):
        call()
