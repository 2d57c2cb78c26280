"""The polygon of unrounded numbers against a slow, obvious search, and its laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tissueclock.evidence.check.measure import Measure
from tissueclock.evidence.check.model import PrintedInterval
from tissueclock.evidence.check.number import printed
from tissueclock.evidence.check.region import (
    Range,
    corners,
    deviates,
    displacement,
    two_sided_p,
    z_of_level,
    z_of_p,
)
from tissueclock.evidence.check.scale import Scale, on_scale
from tissueclock.evidence.check.trio import Trio

Z = z_of_level(95)
ratios = st.floats(-1.5, 1.5), st.floats(0.05, 0.8), st.integers(1, 3)


def trio(estimate: str, low: str, high: str, scale: Scale = Scale.LOG) -> Trio:
    return Trio(printed(estimate), PrintedInterval(printed(low), printed(high)), scale)


def searched(found: Trio, steps: int = 60) -> tuple[bool, float, float]:
    """Return whether any unrounded numbers agree, and the least and largest z, by trying many of them."""
    estimate, low, high = found.ranges()
    best, most = math.inf, -math.inf
    for i in range(steps + 1):
        theta = estimate.low + (estimate.high - estimate.low) * i / steps
        least = max((theta - low.high) / Z, (high.low - theta) / Z, 1e-12)
        largest = min((theta - low.low) / Z, (high.high - theta) / Z)
        if least <= largest:
            best, most = min(best, theta / largest, theta / least), max(most, theta / least, theta / largest)
    return best < math.inf, best, most


@given(*ratios)
def test_what_was_made_and_rounded_agrees(theta, se, places):
    texts = [f"{math.exp(x):.{places}f}" for x in (theta, theta - Z * se, theta + Z * se)]
    assume(all(float(text) > 0 for text in texts))
    found = trio(*texts)
    assert found.corners()
    assert found.off_centre() == 0
    z = deviates(found.corners(), 0.0)
    assert z.low - 1e-6 <= theta / se <= z.high + 1e-6


@given(*ratios, st.floats(-0.3, 0.3))
@example(theta=0.0, se=0.1, places=2, push=0.0)
def test_the_polygon_is_what_a_search_finds(theta, se, places, push):
    texts = [f"{math.exp(x):.{places}f}" for x in (theta + push, theta - Z * se, theta + Z * se)]
    assume(all(float(text) > 0 for text in texts))
    found = trio(*texts)
    exists, least, most = searched(found)
    polygon = found.corners()
    if exists:
        assert polygon
        z = deviates(polygon, 0.0)
        assert z.low <= least + 1e-6
        assert z.high >= most - 1e-6
    if not polygon:
        assert not exists
        assert found.off_centre() > 0


@given(st.floats(-50, 50), st.floats(0.1, 30), st.integers(0, 2))
def test_differences_are_symmetric_as_they_are(middle, reach, places):
    texts = [f"{x:.{places}f}" for x in (middle, middle - reach, middle + reach)]
    assert trio(*texts, scale=Scale.RAW).corners()


def test_the_limit_that_equals_its_estimate():
    found = trio("0.75", "0.75", "0.99")
    assert not found.corners()
    assert found.outside is None
    assert found.low_from_rest() == pytest.approx(0.75**2 / 0.99)
    assert found.middle() == pytest.approx(math.sqrt(0.75 * 0.99))
    assert found.restored() == "estimate 0.86, lower limit 0.57, upper limit 0.75"


def test_a_lower_limit_of_zero_leaves_the_upper_half():
    found = trio("0.2", "0.0", "1.6")
    assert found.corners()
    z = found.deviate()
    assert z is not None
    assert z.low < 1.5 < z.high


def test_no_width_is_no_disagreement():
    assert trio("1.0", "1.0", "1.0").corners()
    assert trio("1.0", "1.0", "1.0").off_centre() == 0


@pytest.mark.parametrize(
    ("texts", "limit"),
    [(("5.0", "1.0", "2.0"), "2.0"), (("0.5", "1.0", "2.0"), "1.0"), (("1.5", "1.0", "2.0"), "")],
)
def test_the_limit_that_an_estimate_is_beyond(texts, limit):
    outside = trio(*texts).outside
    assert ("" if outside is None else str(outside)) == limit


def test_ranges():
    assert Range(0, 1).gap(Range(3, 4)) == pytest.approx(2)
    assert Range(0, 1).meets(Range(1, 2))
    assert Range(1, 4).mapped(lambda x: -x) == Range(-4, -1)
    assert on_scale(printed("0.0"), Scale.LOG).low == -math.inf
    assert on_scale(printed("100"), Scale.LOGIT, 0.01).high == math.inf


@given(st.floats(1e-12, 1))
def test_p_and_z_are_inverse(p):
    assert two_sided_p(z_of_p(p)) == pytest.approx(p, rel=1e-9)


def test_the_ends_of_p():
    assert z_of_p(0) == math.inf
    assert z_of_p(1) == 0
    assert z_of_level(95) == pytest.approx(1.959964, abs=1e-6)


def test_displacement_is_in_half_widths():
    exact = [Range(x, x) for x in (1.5, 0.0, 2.0)]
    assert displacement(*exact) == pytest.approx(0.5)
    assert corners(*exact, Z) == ()


def test_a_scale_belongs_to_each_measure():
    assert {measure.scale for measure in Measure if measure.is_ratio} == {Scale.LOG}
    assert {measure.scale for measure in Measure if measure.is_difference} == {Scale.RAW}
