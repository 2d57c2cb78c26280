"""osvd, ssvd and tikhonov against explicit matrices, and what tells the four methods apart."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from curves_lab import as_curves, bolus, input_curve, tissue
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_deconvolution import PARAMS, SETTINGS, STEP_S

from tissueclock.core.settings import settings_from_table
from tissueclock.perfusion.deconvolve.base import METHODS, Deconvolution
from tissueclock.perfusion.deconvolve.csvd import padded_length
from tissueclock.perfusion.deconvolve.osvd import _BLOCK, Components, component_counts
from tissueclock.perfusion.maps import lag_window, peak_of, voxel_maps
from tissueclock.perfusion.offset import tmax_offset
from tissueclock.perfusion.time_axis import even_axis

LAGS = np.arange(-6, 41)


def circulant(aif, step_s, length):
    """The zero-padded circulant matrix, entry by entry."""
    padded = np.zeros(length)
    padded[: aif.size] = aif
    return np.array([[step_s * padded[(i - j) % length] for j in range(length)] for i in range(length)])


def triangular(aif, step_s):
    """The causal convolution matrix, entry by entry."""
    n = range(aif.size)
    return np.array([[step_s * aif[i - j] if i >= j else 0.0 for j in n] for i in n])


def tall(curves, length):
    padded = np.zeros((length, curves.shape[1]))
    padded[: curves.shape[0]] = curves
    return padded


def prepared(name, aif, **params):
    method = METHODS.get(name)
    chosen = settings_from_table(method.params, params or PARAMS[name], "test")
    return method.prepare(aif, STEP_S, LAGS, chosen)


def example(samples, beta_s=1.5, arrival_s=6.0, seed=0, noise=1.0, voxels=6):
    """An input and noisy tissue curves of several flows, transit times and delays."""
    rng = np.random.default_rng(seed)
    times = STEP_S * np.arange(samples)
    clean = [
        tissue(
            times,
            cbf=cbf,
            mtt_s=mtt,
            delay_s=delay,
            arrival_s=arrival_s,
            beta_s=beta_s,
        )
        for cbf, mtt, delay in zip(
            rng.uniform(5, 80, voxels), rng.uniform(2, 12, voxels), rng.uniform(-2, 6, voxels), strict=True
        )
    ]
    aif = bolus(times, arrival_s=arrival_s, beta_s=beta_s)
    return aif, np.stack(clean, axis=1) + rng.normal(0, noise, (samples, voxels))


# --- osvd --------------------------------------------------------------------------------------------


def oscillation_index(k):
    """Wu's index, around the whole circle, in a loop."""
    length = k.size
    bends = [abs(k[(j + 1) % length] - 2 * k[j] + k[j - 1]) for j in range(length)]
    return sum(bends) / (length * k.max()) if k.max() > 0 else np.inf


def searched(aif, curve, limit, smallest_share=0.01):
    """The slow, obvious reference of one curve: numpy's SVD, one singular value after the other.

    Equal singular values (a frequency and its mirror image) go together. Also returned is how close any
    decision was, as a share of the limit.
    """
    length = padded_length(aif.size)
    u, s, vt = np.linalg.svd(circulant(aif, STEP_S, length))
    share = u.T @ tall(curve[:, None], length)[:, 0] / s
    steps = [0, *(i for i in range(1, length) if s[i] < s[i - 1] * (1 - 1e-9)), length]
    k, closest = np.zeros(length), np.inf
    for first, last in pairwise(steps):
        grown = k + vt[first:last].T @ share[first:last]
        if first and s[first] < smallest_share * s[0]:
            break
        index = oscillation_index(grown)
        closest = min(closest, abs(index / limit - 1)) if first else closest
        if first and index > limit:
            break
        k = grown
    return k, closest


@given(
    beta_s=st.floats(0.8, 4.0),
    arrival_s=st.floats(2.0, 8.0),
    limit=st.sampled_from([0.01, 0.035, 0.065, 0.1]),
    noise=st.sampled_from([0.0, 0.5, 2.0, 10.0]),
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(30, 50),
)
@settings(max_examples=15)
def test_osvd_is_the_search_over_an_explicit_svd(beta_s, arrival_s, limit, noise, seed, samples):
    aif, curves = example(samples, beta_s, arrival_s, seed, noise, voxels=3)
    magnitude = np.sort(np.abs(np.fft.rfft(aif, padded_length(samples))))[::-1]
    magnitude = magnitude[magnitude > 0.009 * magnitude[0]]
    assume((magnitude[:-1] - magnitude[1:] > 1e-6 * magnitude[0]).all())  # else the order is a toss-up
    assume(np.abs(magnitude / magnitude[0] - 0.01).min() > 1e-6)
    fast = prepared("osvd", aif, oscillation_limit=limit)(curves)
    for voxel in range(curves.shape[1]):
        slow, closest = searched(aif, curves[:, voxel], limit)
        if closest < 1e-6:
            continue  # an index on the limit may fall on either side
        assert fast[:, voxel] == pytest.approx(slow[LAGS % slow.size], abs=1e-7 * np.abs(slow).max())


def counted(parts, components, limit):
    """How many components each curve keeps, added one after the other to all curves."""
    length = components.residue.shape[1]
    counts, growing = np.ones(parts.shape[0], dtype=int), np.ones(parts.shape[0], dtype=bool)
    for number in range(2, components.residue.shape[0] // 2 + 1):
        k = parts[:, : 2 * number] @ components.residue[: 2 * number]
        bends = k - 2 * np.roll(k, 1, axis=1) + np.roll(k, 2, axis=1)
        growing &= np.abs(bends).sum(axis=1) <= limit * length * k.max(axis=1)
        counts[growing] = number
    return counts


@pytest.mark.parametrize("limit", [0.005, 0.035, 0.2])
@pytest.mark.parametrize("noise", [0.0, 0.3, 3.0])
def test_bounds_and_blocks_change_no_count(limit, noise):
    """The bound that lets components pass unseen, the order by doubt and the blocks are only for speed."""
    aif, curves = example(120, noise=noise, voxels=3 * _BLOCK + 17)
    curves[:, 5], curves[:, 300], curves[:, 301] = 0.0, -curves[:, 300], 1e-3
    components = Components.of(aif, STEP_S)
    parts = (components.analysis @ curves).T
    parts[5] = 0.0
    counts = component_counts(parts, components, limit)
    assert counts.tolist() == counted(parts, components, limit).tolist()
    assert noise == 0 or len(set(counts)) > 3


def test_osvd_in_single_precision_is_the_same_to_a_thousandth():
    aif, curves = example(120, noise=1.0, voxels=400)
    deconvolve = prepared("osvd", aif)
    double, single = deconvolve(curves), deconvolve(curves.astype(np.float32))
    assert single.dtype == np.float32
    apart = np.abs(single - double).max(axis=0) / double.max(axis=0)
    assert np.quantile(apart, 0.99) < 1e-3  # a curve on the limit may keep one component more or less


def test_noise_lets_osvd_keep_fewer_components():
    means = []
    for noise in (0.0, 0.5, 3.0):
        aif, curves = example(120, noise=noise, voxels=200)
        components = Components.of(aif, STEP_S)
        means.append(component_counts((components.analysis @ curves).T, components, 0.035).mean())
    assert means[0] > means[1] + 3 > means[2] + 5


def test_a_looser_limit_never_keeps_fewer():
    aif, curves = example(120, noise=1.0, voxels=100)
    components = Components.of(aif, STEP_S)
    parts = (components.analysis @ curves).T
    counts = [component_counts(parts, components, limit) for limit in (0.01, 0.035, 0.1, 0.5)]
    assert (np.diff(counts, axis=0) >= 0).all()
    assert counts[0].mean() < counts[-1].mean()


# --- ssvd --------------------------------------------------------------------------------------------


@given(
    beta_s=st.floats(0.8, 4.0),
    cutoff=st.sampled_from([0.05, 0.1, 0.2, 0.3]),
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(30, 70),
)
@settings(max_examples=25)
def test_ssvd_is_the_explicit_triangular_svd(beta_s, cutoff, seed, samples):
    aif, curves = example(samples, beta_s, seed=seed)
    u, s, vt = np.linalg.svd(triangular(aif, STEP_S))
    assume(np.abs(s / s[0] - cutoff).min() > 1e-6)
    slow = vt.T @ (np.where(s >= cutoff * s[0], 1 / s, 0.0)[:, None] * (u.T @ curves))
    fast = prepared("ssvd", aif, relative_cutoff=cutoff)(curves)
    inside = (LAGS >= 0) & (samples > LAGS)
    assert np.abs(fast[inside] - slow[LAGS[inside]]).max() <= 1e-7 * np.abs(slow).max()
    assert (fast[~inside] == 0).all()


def test_no_lag_before_0_is_searched_for_a_causal_method():
    assert lag_window(SETTINGS, STEP_S, causal=False)[0] == -6
    assert lag_window(SETTINGS, STEP_S, causal=True)[0] == 0
    assert lag_window(SETTINGS, STEP_S, causal=True)[-1] == lag_window(SETTINGS, STEP_S, causal=False)[-1]


# --- tikhonov ----------------------------------------------------------------------------------------


@given(
    beta_s=st.floats(0.8, 4.0),
    share=st.sampled_from([0.01, 0.1, 0.3]),
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(30, 60),
)
@settings(max_examples=25)
def test_tikhonov_is_the_explicit_ridge(beta_s, share, seed, samples):
    """Least squares with lambda^2 |k|^2 added, solved as one system of equations: no SVD and no filter."""
    aif, curves = example(samples, beta_s, seed=seed)
    length = padded_length(samples)
    matrix = circulant(aif, STEP_S, length)
    strength = (share * np.linalg.norm(matrix, 2)) ** 2
    slow = np.linalg.solve(matrix.T @ matrix + strength * np.eye(length), matrix.T @ tall(curves, length))
    fast = prepared("tikhonov", aif, relative_lambda=share)(curves)
    assert np.abs(fast - slow[LAGS % length]).max() <= 1e-7 * np.abs(slow).max()


# --- all four ----------------------------------------------------------------------------------------


def measured(name, delays, *, step_s=1.0, mtt_s=4.0, cbf=60.0):
    """Maps of delayed tissue through the whole path."""
    times = step_s * np.arange(80)
    columns = np.stack([tissue(times, cbf=cbf, mtt_s=mtt_s, delay_s=delay) for delay in delays], axis=1)
    axis = even_axis(times[:, None], STEP_S, 3.0)
    method = Deconvolution.from_table({"method": name, **PARAMS[name]}, "test")
    return voxel_maps(as_curves(columns, times), input_curve(axis.times_s), axis, method, SETTINGS, 1.0)


@pytest.mark.parametrize(("one", "other"), list(combinations(PARAMS, 2)))
def test_no_two_methods_are_the_same(one, other):
    """Public packages have shipped one method under two names (facts 2.9)."""
    aif, curves = example(120, noise=0.5)
    a, b = prepared(one, aif)(curves), prepared(other, aif)(curves)
    assert (np.abs(a - b).max(axis=0) > 0.05 * np.maximum(a.max(axis=0), b.max(axis=0))).all()
    flows = [peak_of(residues)[0] for residues in (a, b)]
    assert np.abs(flows[0] / flows[1] - 1).max() > 0.05


@pytest.mark.parametrize("name", PARAMS)
def test_only_the_causal_method_mistakes_a_delay_for_flow(name):
    flow = measured(name, (0.0, 1.0, 2.0, 3.0, 6.0)).cbf
    if METHODS.get(name).causal:
        assert flow[1] < 0.9 * flow[0]
    else:
        assert np.ptp(flow) <= 0.02 * flow[0]


def test_ssvd_shows_the_published_dependence_on_delay():
    """est/true of CBF 60 at MTT 4 s, cut-off 0.2, a sample a second: the regression values of facts 2.4."""
    times = 1.0 * np.arange(61)
    delays = (0.0, 1.0, 3.0)
    curves = np.stack([tissue(times, delay_s=delay) for delay in delays], axis=1)
    method = METHODS.get("ssvd")
    params = settings_from_table(method.params, PARAMS["ssvd"], "test")
    k = method.prepare(bolus(times), 1.0, np.arange(21), params)(curves)
    assert 0.705 * 6000 * peak_of(k)[0] / 60 == pytest.approx([0.63, 0.53, 0.60], abs=0.03)


@pytest.mark.parametrize("name", PARAMS)
def test_early_tissue_reads_early_where_the_method_allows(name):
    tmax = measured(name, (0.0, -3.0), mtt_s=3.0).tmax
    if METHODS.get(name).causal:
        assert tmax[1] == 0.0
    else:
        assert tmax[1] == pytest.approx(tmax[0] - 3.0, abs=0.15)


@pytest.mark.parametrize("name", PARAMS)
def test_tmax_follows_a_delay_of_whole_samples(name):
    tmax = measured(name, (1.0, 2.0, 4.0, 8.0), mtt_s=6.0).tmax
    tolerance = 1.0 if METHODS.get(name).causal else 0.15
    assert tmax - tmax[0] == pytest.approx([0.0, 1.0, 3.0, 7.0], abs=tolerance)


@pytest.mark.parametrize("name", PARAMS)
def test_every_method_has_an_offset_curve(name):
    times = STEP_S * np.arange(120)
    method = Deconvolution.from_table({"method": name, **PARAMS[name]}, "test")
    offset = tmax_offset(input_curve(times), method, SETTINGS)
    assert (offset.tmax_s >= 0.0).all()
    assert (offset.tmax_s < 6.0).all()
