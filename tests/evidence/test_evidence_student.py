"""Student's t against printed tables, closed forms, and the density integrated."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.evidence.student import t_cdf, t_quantile

# Two-sided 5 % points as every table prints them, to three decimals.
PRINTED = {1: 12.706, 2: 4.303, 5: 2.571, 10: 2.228, 16: 2.120, 30: 2.042, 120: 1.980}


@pytest.mark.parametrize(("df", "expected"), PRINTED.items())
def test_the_quantiles_are_those_of_the_tables(df, expected):
    assert t_quantile(0.975, df) == pytest.approx(expected, abs=5e-4)


@given(st.floats(-50, 50))
def test_one_and_two_degrees_of_freedom_have_closed_forms(t):
    assert t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-12)
    assert t_cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-12)


@pytest.mark.parametrize("df", [3, 4.5, 17, 200])
@pytest.mark.parametrize("t", [0.3, 1.0, 2.5])
def test_the_distribution_is_the_density_integrated(df, t):
    def density(x):
        gammas = math.lgamma((df + 1) / 2) - math.lgamma(df / 2)
        return math.exp(gammas - (df + 1) / 2 * math.log1p(x * x / df)) / math.sqrt(df * math.pi)

    steps = 2000
    inside = [density(t * at / steps) * (4 if at % 2 else 2) for at in range(1, steps)]
    simpson = (density(0) + density(t) + sum(inside)) * t / steps / 3
    assert t_cdf(t, df) == pytest.approx(0.5 + simpson, abs=1e-11)


@given(st.floats(0.001, 0.999), st.floats(1, 500))
def test_a_quantile_is_the_inverse_and_symmetric(share, df):
    assert t_cdf(t_quantile(share, df), df) == pytest.approx(share, abs=1e-11)
    assert t_quantile(1 - share, df) == pytest.approx(-t_quantile(share, df), rel=1e-6, abs=1e-9)


def test_many_degrees_of_freedom_are_the_normal_distribution():
    assert t_quantile(0.975, 1e7) == pytest.approx(1.959964, abs=1e-5)


@pytest.mark.parametrize(("share", "df"), [(0, 5), (1, 5), (0.5, 0), (0.5, -1)])
def test_what_is_no_distribution_is_refused(share, df):
    with pytest.raises(ValueError, match=r"share|degrees"):
        t_quantile(share, df)
