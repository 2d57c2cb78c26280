"""The bolus and its passage, against brute force and the laws of indicator dilution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tissueclock.core.errors import UsageError
from tissueclock.phantom.acquisition import Bolus
from tissueclock.phantom.kinetics import (
    KH_OVER_RHO,
    SHAPES,
    STEP_S,
    FineCurve,
    arterial_curve,
    tissue_curve,
)


def area(curve: FineCurve) -> float:
    return float(np.trapezoid(curve.values, dx=STEP_S))


def residue_function(name: str, times: np.ndarray, mtt_s: float) -> np.ndarray:
    if name == "exponential":
        return np.exp(-times / mtt_s)
    if name == "triangular":
        return np.clip(1 - times / (2 * mtt_s), 0, None)
    if name == "gamma":
        return stats.gamma(3, scale=mtt_s / 3).sf(times)
    if name == "mixture":
        fast, slow = (stats.lognorm(0.4, scale=mean * mtt_s * np.exp(-0.08)) for mean in (0.4, 1.9))
        return 0.6 * fast.sf(times) + 0.4 * slow.sf(times)
    return (times < mtt_s).astype(float)


def width_at_half_maximum(curve: FineCurve) -> float:
    above = np.flatnonzero(curve.values >= curve.values.max() / 2)
    return float((above[-1] - above[0]) * STEP_S)


@pytest.mark.parametrize("width_s", [4.0, 6.2, 12.0])
def test_the_bolus_arrives_peaks_and_is_as_wide_as_asked(width_s: float) -> None:
    curve = arterial_curve(Bolus(arrival_s=8.0, width_s=width_s, peak_hu=250.0), 90.0)
    assert not curve.at(np.array([0.0, 7.99])).any()
    assert curve.at(np.array([8.5]))[0] > 0
    assert curve.values.max() == pytest.approx(250.0, rel=1e-3)
    assert width_at_half_maximum(curve) == pytest.approx(width_s, abs=2 * STEP_S)


def test_the_default_bolus_is_the_usual_gamma_variate() -> None:
    times = np.arange(0, 60, 0.5)
    x = np.clip(times - 10, 0, None)
    usual = x**3 * np.exp(-x / 1.5)
    curve = arterial_curve(Bolus(), 60.0).at(times)
    np.testing.assert_allclose(curve / curve.max(), usual / usual.max(), atol=2e-3)


def test_recirculation_adds_its_share_later() -> None:
    first = arterial_curve(Bolus(), 200.0)
    again = arterial_curve(Bolus(recirculation=0.2), 200.0)
    assert area(again) == pytest.approx(1.2 * area(first), rel=1e-3)
    np.testing.assert_array_equal(first.at(np.arange(23.0)), again.at(np.arange(23.0)))


@pytest.mark.parametrize("residue", SHAPES)
def test_tissue_curves_agree_with_a_brute_force_convolution(residue: str) -> None:
    artery = arterial_curve(Bolus(), 60.0)
    cbf, cbv = 30.0, 3.0
    times = np.arange(artery.values.size) * STEP_S
    kernel = residue_function(residue, times, 60 * cbv / cbf)
    kernel[0] /= 2  # trapezoid
    slow = np.convolve(artery.values, kernel)[: times.size] * STEP_S * cbf / 6000 / KH_OVER_RHO
    fast = tissue_curve(artery, cbf, cbv, 0.0, residue).values
    # A box ends between two points of the brute force, which costs it up to half a step.
    np.testing.assert_allclose(fast, slow, atol=slow.max() * (1e-2 if residue == "box" else 1e-4))


@settings(max_examples=25, deadline=None)
@given(
    cbv=st.floats(0.5, 6.0),
    mtt_s=st.floats(2.0, 24.0),
    delay_s=st.floats(0.0, 10.0),
    residue=st.sampled_from(SHAPES),
)
def test_the_ratio_of_areas_is_the_blood_volume(
    cbv: float, mtt_s: float, delay_s: float, residue: str
) -> None:
    artery = arterial_curve(Bolus(), 500.0)
    tissue = tissue_curve(artery, 60 * cbv / mtt_s, cbv, delay_s, residue)
    assert 100 * KH_OVER_RHO * area(tissue) / area(artery) == pytest.approx(cbv, rel=1e-4)


@pytest.mark.parametrize("residue", SHAPES)
def test_a_delay_shifts_the_curve_and_nothing_else(residue: str) -> None:
    artery = arterial_curve(Bolus(), 60.0)
    times = np.arange(10, 60, 0.5)
    now = tissue_curve(artery, 60.0, 4.0, 0.0, residue).at(times - 4.0)
    later = tissue_curve(artery, 60.0, 4.0, 4.0, residue).at(times)
    np.testing.assert_allclose(later, now, atol=1e-9)


def test_dispersion_keeps_the_area_and_lowers_the_peak() -> None:
    artery = arterial_curve(Bolus(), 200.0)
    smeared = artery.dispersed(3.0)
    assert area(smeared) == pytest.approx(area(artery), rel=1e-6)
    assert smeared.values.max() < 0.9 * artery.values.max()


def test_an_unknown_residue_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no residue function 'delta'.*exponential, .*gamma, mixture"):
        tissue_curve(arterial_curve(Bolus(), 20.0), 60.0, 4.0, 0.0, "delta")


@pytest.mark.parametrize("share", [0.5, 1.0, 1.6])
def test_a_slower_heart_makes_the_bolus_later_wider_and_larger_but_not_higher(share: float) -> None:
    usual, other = arterial_curve(Bolus(), 200.0), arterial_curve(Bolus.of_output(share), 200.0)
    assert other.values.max() == pytest.approx(usual.values.max(), rel=1e-3)
    assert area(other) == pytest.approx(area(usual) / share, rel=1e-3)
    assert Bolus.of_output(share).arrival_s == pytest.approx(10 / share)


def test_an_impossible_heart_is_refused() -> None:
    with pytest.raises(UsageError, match=r"share of the cardiac output is 0.*0\.2 to 3"):
        Bolus.of_output(0)


def test_the_mixture_is_no_shape_that_a_fit_assumes() -> None:
    """It is far from the nearest exponential, gamma, triangle and box of any width."""
    times = np.arange(0, 60, 0.05)
    mixture = residue_function("mixture", times, 8.0)
    for name in set(SHAPES) - {"mixture"}:
        errors = [
            np.abs(residue_function(name, times, mtt_s) - mixture).max() for mtt_s in np.arange(1, 20, 0.25)
        ]
        assert min(errors) > 0.1, name
