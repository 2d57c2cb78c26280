"""The rule method against an explicit block-circulant SVD, and a contract for every registered method.

The references of the other methods are in test_deconvolution_methods.py.
"""

import numpy as np
import pytest
from curves_lab import as_curves, bolus, input_curve, tissue
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.core.errors import InputError, UsageError
from tissueclock.core.settings import settings_from_table
from tissueclock.perfusion.deconvolve.base import METHODS, Deconvolution
from tissueclock.perfusion.deconvolve.csvd import operator, padded_length
from tissueclock.perfusion.maps import lag_window, peak_of, voxel_maps
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.time_axis import even_axis

STEP_S = 0.5
PARAMS = {
    "csvd": {"relative_cutoff": 0.15},
    "osvd": {"oscillation_limit": 0.035},
    "ssvd": {"relative_cutoff": 0.2},
    "tikhonov": {"relative_lambda": 0.1},
}
"""Parameters of the contract; a method that is not listed here fails it."""

SETTINGS = PerfusionSettings(
    baseline_rise=0.05,
    unsettled_excess=0.01,
    resample_s=STEP_S,
    working_mm=1.6,
    working_slice_mm=5.0,
    cubic_up_to_s=3.0,
    aif_selector="early-tall-narrow",
    vessel_times_median=2.8,
    vof_scaling_max=4.0,
    smoothing="none",
    smoothing_fwhm_mm=0.0,
    structure_tolerance=5.0,
    similarity=3.0,
    tmax_from_s=-3.0,
    tmax_to_s=20.0,
    kh_over_rho=0.705,
)


def explicit_svd(aif, curves, step_s, cutoff, length):
    """The slow, obvious reference: the whole circulant matrix, its SVD, small singular values dropped."""
    padded = np.zeros(length)
    padded[: aif.size] = aif
    matrix = np.array([[step_s * padded[(i - j) % length] for j in range(length)] for i in range(length)])
    u, s, vt = np.linalg.svd(matrix)
    inverse = np.where(s >= cutoff * s.max(), 1.0 / s, 0.0)
    tall = np.zeros((length, curves.shape[1]))
    tall[: curves.shape[0]] = curves
    return vt.T @ (inverse[:, None] * (u.T @ tall))


@given(
    beta_s=st.floats(0.8, 4.0),
    arrival_s=st.floats(0.0, 20.0),
    cutoff=st.sampled_from([0.05, 0.1, 0.15, 0.2, 0.3]),
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(40, 100),
)
@settings(max_examples=25)
def test_fourier_form_is_the_explicit_svd(beta_s, arrival_s, cutoff, seed, samples):
    times = STEP_S * np.arange(samples)
    aif = bolus(times, arrival_s=arrival_s, beta_s=beta_s)
    curves = np.random.default_rng(seed).normal(0, 5, (samples, 6))
    length = padded_length(samples)
    magnitude = np.abs(np.fft.fft(aif, length))
    if np.min(np.abs(magnitude / magnitude.max() - cutoff)) < 1e-6:
        return  # a singular value on the limit may fall on either side
    slow = explicit_svd(aif, curves, STEP_S, cutoff, length)
    lags = np.arange(-6, 41)
    fast = operator(aif, STEP_S, lags, cutoff) @ curves
    assert length >= 2 * samples
    assert np.abs(fast - slow[lags % length]).max() <= 1e-5 * np.abs(slow).max()


def test_maps_agree_with_the_explicit_svd_to_1e_5():
    """The whole fast path (float32, one matrix with the resampling) against the reference, voxel by voxel."""
    times = 1.5 * np.arange(40)
    truths = [(60, 4, 0), (25, 4.8, 1), (30, 8, 7), (5, 12, 9), (50, 3.4, 0.5), (12, 20, 3)]
    columns = np.stack([tissue(times, cbf=f, mtt_s=m, delay_s=d) for f, m, d in truths], axis=1)
    axis = even_axis(times[:, None], STEP_S, 3.0)
    aif = input_curve(axis.times_s)
    method = Deconvolution.from_table({"method": "csvd", "relative_cutoff": 0.15}, "test")
    maps = voxel_maps(as_curves(columns, times), aif, axis, method, SETTINGS, 1.0)
    even = axis.matrix(0) @ columns
    length = padded_length(axis.samples)
    slow = explicit_svd(aif.values, even, STEP_S, 0.15, length)
    lags = lag_window(SETTINGS, STEP_S, causal=False)
    height, at = peak_of(slow[lags % length])
    assert maps.cbf == pytest.approx(6000 * 0.705 * height, rel=1e-5)
    assert maps.tmax == pytest.approx((lags[0] + at) * STEP_S, abs=1e-4)


@pytest.mark.parametrize("name", list(METHODS.entries()))
class TestEveryMethod:
    """The contract: what holds for everything in the folder."""

    def run(self, name, curves, lags=None, samples=160):
        times = STEP_S * np.arange(samples)
        method = METHODS.get(name)
        params = settings_from_table(method.params, PARAMS[name], "test")
        lags = np.arange(-6, 41) if lags is None else lags
        return method.prepare(bolus(times), STEP_S, lags, params)(curves)

    def curves(self, delays=(0.0, 2.0, 5.0), samples=160):
        times = STEP_S * np.arange(samples)
        return np.stack([tissue(times, delay_s=delay) for delay in delays], axis=1)

    def test_recovers_a_noise_free_flow_within_its_known_bias(self, name):
        flow = 6000 * 0.705 * peak_of(self.run(name, self.curves()))[0]
        assert (flow > 0.4 * 60).all()
        assert (flow < 1.05 * 60).all()

    def test_is_homogeneous(self, name):
        curves = self.curves()
        assert self.run(name, 2 * curves) == pytest.approx(2 * self.run(name, curves), rel=1e-6, abs=1e-9)

    def test_is_additive_if_it_says_linear(self, name):
        rng = np.random.default_rng(1)
        a, b = self.curves(), rng.normal(0, 0.3, (160, 3))
        together, apart = self.run(name, a + b), self.run(name, a) + self.run(name, b)
        assert np.allclose(together, apart, atol=1e-9) is METHODS.get(name).linear

    def test_follows_a_whole_sample_delay_if_it_says_delay_free(self, name):
        curves = self.curves((0.0, 3.0))
        residues = self.run(name, curves)
        moved = np.abs(residues[6:, 1] - residues[:-6, 0]).max() / residues.max()
        assert bool(moved < 0.01) is METHODS.get(name).delay_free

    def test_knows_no_negative_lags_if_it_says_causal(self, name):
        early = self.run(name, self.curves((-2.0, 0.0)))[:6]
        assert bool((early == 0).all()) is METHODS.get(name).causal

    def test_the_curves_unit_does_not_matter(self, name):
        method, lags = METHODS.get(name), np.arange(-6, 41)
        params = settings_from_table(method.params, PARAMS[name], "test")
        aif, curves = bolus(STEP_S * np.arange(160)), self.curves()
        scaled = method.prepare(1e-3 * aif, STEP_S, lags, params)(1e-3 * curves)
        assert scaled == pytest.approx(method.prepare(aif, STEP_S, lags, params)(curves), abs=1e-9)

    def test_says_what_it_does(self, name):
        method = METHODS.get(name)
        params = settings_from_table(method.params, PARAMS[name], "test")
        assert method.sentence(params).endswith(".")
        assert method.citations

    def test_gives_the_same_answer_twice(self, name):
        assert np.array_equal(self.run(name, self.curves()), self.run(name, self.curves()))


@given(delay_s=st.floats(0.0, 12.0), mtt_s=st.floats(3.0, 12.0))
def test_tmax_follows_the_delay_below_the_sample(delay_s, mtt_s):
    times = 1.0 * np.arange(80)
    columns = np.stack([tissue(times, mtt_s=mtt_s), tissue(times, mtt_s=mtt_s, delay_s=delay_s)], axis=1)
    axis = even_axis(times[:, None], STEP_S, 3.0)
    method = Deconvolution.from_table({"method": "csvd", "relative_cutoff": 0.15}, "test")
    maps = voxel_maps(as_curves(columns, times), input_curve(axis.times_s), axis, method, SETTINGS, 1.0)
    assert maps.tmax[1] - maps.tmax[0] == pytest.approx(delay_s, abs=0.15)
    assert maps.cbf[1] == pytest.approx(maps.cbf[0], rel=0.02)


def test_early_tissue_reads_a_negative_tmax():
    times = 1.0 * np.arange(80)
    axis = even_axis(times[:, None], STEP_S, 3.0)
    early = tissue(times, mtt_s=3.0, delay_s=-4.5)[:, None]
    method = Deconvolution.from_table({"method": "csvd", "relative_cutoff": 0.15}, "test")
    maps = voxel_maps(as_curves(early, times), input_curve(axis.times_s), axis, method, SETTINGS, 1.0)
    assert -3.0 <= maps.tmax[0] < -1.0


def test_blood_volume_is_a_ratio_of_areas_on_uneven_times():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.8, 2.2, 60))
    truths = [(60, 4.0), (25, 4.8), (30, 8.0)]
    columns = np.stack([tissue(times, cbf=cbf, mtt_s=mtt) for cbf, mtt in truths], axis=1)
    axis = even_axis(times[:, None], STEP_S, 3.0)
    method = Deconvolution.from_table({"method": "csvd", "relative_cutoff": 0.15}, "test")
    maps = voxel_maps(as_curves(columns, times), input_curve(axis.times_s), axis, method, SETTINGS, 1.0)
    assert maps.cbv == pytest.approx([cbf * mtt / 60 for cbf, mtt in truths], rel=0.01)
    assert maps.mtt == pytest.approx(60 * maps.cbv / maps.cbf)
    halved = voxel_maps(as_curves(columns, times), input_curve(axis.times_s), axis, method, SETTINGS, 2.0)
    assert halved.cbv == pytest.approx(maps.cbv / 2, rel=1e-5)
    assert halved.tmax == pytest.approx(maps.tmax)


def test_the_parabola_finds_a_peak_between_samples():
    x = np.arange(20.0)
    height, at = peak_of(np.stack([9 - (x - 7.3) ** 2, -(x + 1.0), x], axis=1))
    assert at[0] == pytest.approx(7.3)
    assert height[0] == pytest.approx(9.0)
    assert at[1:].tolist() == [0, 19]  # at the edges the sample itself


def test_unknown_methods_and_parameters_are_refused():
    with pytest.raises(UsageError, match=r"no deconvolution method 'magic'.*Known: csvd, osvd, ssvd, tik"):
        Deconvolution.from_table({"method": "magic"}, "preset x")
    with pytest.raises(InputError, match="'relative_cutoff' is not stated"):
        Deconvolution.from_table({"method": "csvd"}, "preset x")
    with pytest.raises(InputError, match="'method' is not stated"):
        Deconvolution.from_table({}, "preset x")
