"""The slow rule method against an independent formulation, and the constants that keep zones off limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import UsageError
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.kinetics import CBF_UNIT, KH_OVER_RHO, arterial_curve, tissue_curve
from tissueclock.phantom.patient import DEMO_STROKE, DigitalPatient, digital_patient
from tissueclock.phantom.physiology import (
    CORE,
    GRADED_LEVELS,
    NORMAL,
    PENUMBRA,
    SHARP_ZONES,
    graded_zones,
)
from tissueclock.phantom.rule_truth import RuleMethod

TIMES = np.arange(40) * 1.5


def by_fourier(times: np.ndarray, aif: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, int]:
    """Truncated circulant SVD as a filter: a circulant matrix is diagonal in Fourier space."""
    axis = np.arange(times[0], times[-1] + 1e-9, 0.5)
    size = 2 * axis.size
    spectrum = np.fft.fft(np.interp(axis, times, aif), size) * 0.5
    kept = np.abs(spectrum) >= 0.15 * np.abs(spectrum).max()
    tissue = np.fft.fft(np.interp(axis, times, curve), size)
    return np.fft.ifft(np.where(kept, tissue / np.where(kept, spectrum, 1), 0)).real, size


@settings(max_examples=20, deadline=None)
@given(
    cbv=st.floats(1.0, 5.0),
    mtt_s=st.floats(3.0, 24.0),
    delay_s=st.floats(0.0, 10.0),
    width_s=st.floats(4.0, 12.0),
    interval_s=st.sampled_from([1.0, 1.5, 2.0]),
)
def test_the_slow_method_agrees_with_fourier(
    cbv: float, mtt_s: float, delay_s: float, width_s: float, interval_s: float
) -> None:
    times = np.arange(0, 60, interval_s)
    artery = arterial_curve(Bolus(width_s=width_s), 60.0)
    curve = tissue_curve(artery, 60 * cbv / mtt_s, cbv, delay_s).at(times)
    method = RuleMethod.of(times, artery.at(times))
    slow = method.residues(times, curve[:, None])[:, 0]
    fast, size = by_fourier(times, artery.at(times), curve)
    lags = np.round(method.lags_s / 0.5).astype(int)
    np.testing.assert_allclose(slow, fast[lags % size], atol=1e-8 * np.abs(fast).max())


def test_the_window_runs_from_minus_three_to_twenty_seconds() -> None:
    artery = arterial_curve(Bolus(), 60.0)
    method = RuleMethod.of(TIMES, artery.at(TIMES))
    assert method.lags_s[1] == -3.0
    assert method.lags_s[-2] == 20.0


@pytest.mark.parametrize("delay_s", [-2.0, 0.0, 1.0, 4.0, 9.0, 15.0])
def test_tmax_follows_the_delay_also_before_the_artery(delay_s: float) -> None:
    artery = arterial_curve(Bolus(), 120.0)
    times = np.arange(0, 100, 1.0)
    method = RuleMethod.of(times, artery.at(times))
    still, shifted = (tissue_curve(artery, 60.0, 4.0, shift).at(times)[:, None] for shift in (0.0, delay_s))
    tmax_still, _ = method.peaks(method.residues(times, still))
    tmax_shifted, _ = method.peaks(method.residues(times, shifted))
    assert tmax_shifted[0] - tmax_still[0] == pytest.approx(delay_s, abs=0.15)


def test_a_parabola_is_found_between_the_samples() -> None:
    method = RuleMethod.of(TIMES, arterial_curve(Bolus(), 60.0).at(TIMES))
    tops = np.array([2.2, 7.9])
    residues = 1 - (method.lags_s[:, None] - tops) ** 2 / 1000
    tmax_s, flow = method.peaks(residues)
    np.testing.assert_allclose(tmax_s, tops, atol=1e-9)
    np.testing.assert_allclose(flow, residues.max(axis=0) * CBF_UNIT * KH_OVER_RHO)


def test_a_residue_that_rises_at_the_windows_edge_is_read_at_the_edge() -> None:
    method = RuleMethod.of(TIMES, arterial_curve(Bolus(), 60.0).at(TIMES))
    rising = method.lags_s[:, None] * np.array([[1.0, -1.0]])
    assert method.peaks(rising)[0].tolist() == [20.0, -3.0]


def test_a_run_without_a_bolus_is_refused() -> None:
    times = np.arange(6) * 1.5
    with pytest.raises(UsageError, match=r"the run ends at 7\.5 s, before the bolus arrives"):
        RuleMethod.of(times, arterial_curve(Bolus(), 10.0).at(times))


def test_a_zero_curve_has_no_flow() -> None:
    method = RuleMethod.of(TIMES, arterial_curve(Bolus(), 60.0).at(TIMES))
    assert method.peaks(method.residues(TIMES, np.zeros((40, 1))))[1].tolist() == [0.0]


def test_sharp_zones_keep_away_from_every_limit(sharp: DigitalPatient) -> None:
    """With the default bolus and sampling, so that a method's small errors do not move a volume."""
    for zone in sharp.truth.zones:
        gaps = [abs(zone.rule_tmax_s - limit) for limit in (4, 6, 8, 10)]
        assert min(gaps) >= 0.7, zone
        assert not 3.0 < zone.delay_s < 6.5
        assert abs(zone.rule_cbf_relative - 0.30) > 0.09, zone
        assert (zone.rule_cbf_relative < 0.30) == (zone.zone == "core")


def test_zones_also_keep_away_from_limits_on_mr(coarse) -> None:  # type: ignore[no-untyped-def]
    run = Acquisition(modality=Modality.MR, snr=float("inf"))
    for zone in digital_patient(DEMO_STROKE, run, coarse).truth.zones:
        assert min(abs(zone.rule_tmax_s - limit) for limit in (4, 6, 8, 10)) >= 0.7


def test_the_method_underestimates_flow_as_the_dossier_says(sharp: DigitalPatient) -> None:
    """Circulant SVD returns about half of the true flow in normal tissue, more of it if it is slow."""
    bias = {(zone.zone, zone.tissue): zone.rule_cbf / zone.cbf for zone in sharp.truth.zones}
    assert 0.45 < bias["normal", "grey"] < 0.65
    assert 1.3 < bias["core", "grey"] / bias["normal", "grey"] < 1.6


def test_physiology_obeys_the_central_volume_theorem_and_its_order() -> None:
    assert NORMAL.grey.mtt_s == pytest.approx(4.0)
    assert NORMAL.white.mtt_s == pytest.approx(4.8)
    assert CORE.grey.mtt_s == CORE.white.mtt_s == pytest.approx(12.0)
    for tissue in ("grey", "white"):
        flows = [getattr(zone, tissue).cbf for zone in SHARP_ZONES]
        assert flows == sorted(flows, reverse=True)
        assert 0.45 <= getattr(PENUMBRA, tissue).cbf / getattr(NORMAL, tissue).cbf <= 0.6
        assert getattr(CORE, tissue).cbf / getattr(NORMAL, tissue).cbf == pytest.approx(0.1)


@pytest.mark.parametrize("core_share", [0.0, 0.2, 0.6, 1.0])
def test_graded_levels_fade_without_a_step(core_share: float) -> None:
    zones = graded_zones(core_share)
    assert len(zones) == GRADED_LEVELS
    delays = np.array([zone.delay_s for zone in zones])
    flows = np.array([zone.grey.cbf for zone in zones])
    assert (np.diff(delays) <= 0).all()
    assert (np.diff(flows) >= 0).all()
    assert np.abs(np.diff(delays)).max() < 0.06
    assert np.diff(flows).max() < 0.03 * NORMAL.grey.cbf
    assert delays[0] == pytest.approx(10.0, abs=0.01)
    assert (delays[-1], flows[-1]) == pytest.approx((0.5, 60.0), abs=0.02)
    assert flows[0] / 60 == pytest.approx(0.1 if core_share else 0.5, abs=0.001)
