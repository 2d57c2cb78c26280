"""Denoising before deconvolution: what it averages, what it keeps apart, and the noise that is left."""

import numpy as np
import pytest
from curves_lab import as_curves, tissue
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from tissueclock.perfusion.adaptive import adaptive
from tissueclock.perfusion.perfuse import _cnr
from tissueclock.perfusion.smoothing import Denoised, bilateral, gaussian, offsets_within, undenoised

TIMES_S = 1.5 * np.arange(40)


def even(curves):
    """A structure without any."""
    return np.zeros(curves.voxels, dtype=np.float32)


def grown(curves, fwhm_mm=12.0, similarity=3.0):
    return adaptive(curves, even(curves), fwhm_mm, similarity)


FILTERS = (
    pytest.param(lambda c: gaussian(c, 5.0), id="gaussian"),
    pytest.param(lambda c: bilateral(c, 12.0, 3.0), id="bilateral"),
    pytest.param(grown, id="adaptive"),
)


def field(shape=(20, 20, 3), noise=3.0, seed=0):
    """Two halves with different curves, and noise."""
    rng = np.random.default_rng(seed)
    clean = np.zeros((40, *shape))
    clean[:, : shape[0] // 2] = tissue(TIMES_S)[:, None, None, None]
    clean[:, shape[0] // 2 :] = tissue(TIMES_S, cbf=30, mtt_s=8, delay_s=7)[:, None, None, None]
    flat = clean.reshape(40, -1)
    return flat, as_curves(flat + rng.normal(0, noise, flat.shape), TIMES_S, shape)


def test_gaussian_is_scipys_gaussian_inside():
    _, noisy = field(shape=(24, 24, 1))
    mine = gaussian(noisy, 4.0).curves.values[7].reshape(24, 24)
    sigma = 4.0 / 2.3548 / 1.5
    reach = 2.0 * sigma  # the same circular neighbourhood
    x = np.arange(-int(reach), int(reach) + 1)
    kernel = np.exp(-0.5 * (x[:, None] ** 2 + x[None, :] ** 2) / sigma**2)
    kernel[np.hypot(x[:, None], x[None, :]) > reach + 1e-6] = 0
    truth = ndimage.convolve(noisy.values[7].reshape(24, 24).astype(float), kernel / kernel.sum())
    assert mine[5:-5, 5:-5] == pytest.approx(truth[5:-5, 5:-5], abs=1e-4)


@pytest.mark.parametrize("smooth", FILTERS)
def test_denoising_leaves_constant_curves_alone(smooth):
    same = as_curves(np.repeat(tissue(TIMES_S)[:, None], 300, 1), TIMES_S, (10, 10, 3))
    assert smooth(same).curves.values == pytest.approx(same.values, abs=1e-4)


@pytest.mark.parametrize("smooth", FILTERS)
def test_what_is_left_out_never_leaks_in(smooth):
    columns = np.repeat(tissue(TIMES_S)[:, None], 300, 1)
    columns[:, 150] = 300.0
    shape = (10, 10, 3)
    without = np.ones(shape, dtype=bool)
    without.ravel()[150] = False
    inside = as_curves(columns, TIMES_S, shape).within(without)
    assert smooth(inside).curves.values.max() == pytest.approx(tissue(TIMES_S).max(), rel=1e-4)


def border_error(after, clean, shape):
    """RMS error of the two columns of voxels beside the border, the voxels' noise averaged away."""
    at = np.zeros(shape, dtype=bool)
    at[shape[0] // 2 - 1 : shape[0] // 2 + 1] = True
    error = (after.curves.values - clean)[:, at.ravel()].reshape(40, 2, -1).mean(axis=2)
    return float(np.sqrt(np.mean(error**2)))


@pytest.mark.parametrize("smooth", FILTERS[1:])
def test_guided_filters_denoise_without_blurring_the_border(smooth):
    clean, noisy = field()
    after = smooth(noisy)
    assert np.std(after.curves.values - clean) < 0.25 * np.std(noisy.values - clean)
    assert border_error(after, clean, (20, 20, 3)) < 0.4 * border_error(
        gaussian(noisy, 12.0), clean, (20, 20, 3)
    )


def test_in_strong_noise_growing_neighbourhoods_keep_a_border_that_one_guide_loses():
    shape = (32, 24, 2)
    clean, noisy = field(shape, noise=8.0)
    one_guide, growing = bilateral(noisy, 16.0, 3.0), grown(noisy, 16.0)
    assert border_error(growing, clean, shape) < 0.7 * border_error(one_guide, clean, shape)


def test_voxels_of_another_structure_do_not_mix():
    """A thin sheet without flow, such as the falx, takes none from the tissue beside it."""
    rng = np.random.default_rng(3)
    shape = (15, 16, 1)
    sheet = np.zeros(shape, dtype=bool)
    sheet[7] = True
    clean = np.where(sheet.ravel()[None, :], 0.0, 0.5 * tissue(TIMES_S)[:, None])
    noisy = as_curves(clean + rng.normal(0, 3.0, clean.shape), TIMES_S, shape)
    seen = np.where(sheet.ravel(), 3.0, 0.0).astype(np.float32)
    bolus = tissue(TIMES_S)
    leaked = [
        float(bolus @ adaptive(noisy, structure, 12.0, 3.0).curves.values[:, sheet.ravel()].mean(axis=1))
        / float(bolus @ bolus)
        for structure in (even(noisy), seen)
    ]
    assert leaked[0] > 0.2
    assert abs(leaked[1]) < 0.1


def slow_adaptive(curves, structure, scales_mm, similarity):
    """The definition, voxel by voxel: every scale from the means of the last."""
    values = curves.values.astype(float)
    centred = values - values.mean(axis=0)
    eigenvalues, vectors = np.linalg.eigh(centred @ centred.T / curves.voxels)
    scores = (centred.T @ vectors[:, ::-1][:, :5]) / np.sqrt(np.median(eigenvalues[1:]))
    index = np.stack(np.unravel_index(curves.index, curves.grid.shape), axis=1)
    place = index * np.array(curves.grid.spacing_mm)
    means = worth = None
    for scale in scales_mm:
        sigma = scale / 2.3548
        weights = np.zeros((curves.voxels, curves.voxels))
        for i in range(curves.voxels):
            for j in range(curves.voxels):
                distance = np.linalg.norm(place[i] - place[j])
                if distance > 2 * sigma + 1e-6:
                    continue
                unlike = (structure[i] - structure[j]) ** 2
                if means is not None:
                    gap = np.sum((means[i] - means[j]) ** 2) / (1 / worth[i] + 1 / worth[j])
                    unlike += max(gap - 5, 0) / similarity**2
                weights[i, j] = np.exp(-0.5 * (distance / sigma) ** 2 - 0.5 * unlike)
        weights[weights <= 1e-3] = 0
        total = weights.sum(axis=1)
        means = weights @ scores / total[:, None]
        worth = total**2 / (weights**2).sum(axis=1)
    return (weights @ values.T / total[:, None]).T, worth


def test_adaptive_is_its_slow_definition():
    rng = np.random.default_rng(5)
    _, noisy = field((8, 7, 2))
    some = noisy.within(rng.random((8, 7, 2)) < 0.8)
    structure = rng.normal(0, 0.5, some.voxels).astype(np.float32)
    fast = adaptive(some, structure, 10.0, 2.0)
    values, worth = slow_adaptive(some, structure, (3.0, 6.0, 10.0), 2.0)
    assert fast.curves.values == pytest.approx(values, abs=2e-3)
    assert fast.averaged == pytest.approx(worth, rel=2e-3)


def gathered(curves, structure, scales_mm, similarity):
    """The same in the obvious way: every neighbour of every voxel is looked up, and no pair is shared."""
    centred = curves.values - curves.values.mean(axis=0)
    eigenvalues, vectors = np.linalg.eigh((centred @ centred.T).astype(float) / curves.voxels)
    scores = centred.T @ vectors[:, ::-1][:, :5] / np.sqrt(np.median(eigenvalues[1:]))
    place = np.stack(np.unravel_index(curves.index, curves.grid.shape))
    columns = np.full(np.array(curves.grid.shape) + 2 * 24, -1)
    columns[tuple(place + 24)] = np.arange(curves.voxels)
    means, worth = np.zeros_like(scores), np.full(curves.voxels, np.inf)
    for scale in scales_mm:
        sigma = scale / 2.3548
        rows = curves.values.T.astype(float) if scale is scales_mm[-1] else scores
        sums, total, squares = np.zeros_like(rows), np.zeros(curves.voxels), np.zeros(curves.voxels)
        for offset, distance in offsets_within(curves.grid, 2 * sigma):
            other = columns[tuple(place + 24 + offset[:, None])]
            gap = np.sum((means[other] - means) ** 2, axis=1) / np.maximum(1 / worth[other] + 1 / worth, 1e-9)
            unlike = (structure[other] - structure) ** 2 + np.maximum(gap - 5, 0) / similarity**2
            weight = np.exp(-0.5 * (distance / sigma) ** 2 - 0.5 * unlike)
            weight[(other < 0) | (weight <= 1e-3)] = 0
            sums += weight[:, None] * rows[other]
            total += weight
            squares += weight**2
        means, worth = sums / total[:, None], total**2 / squares
    return means.T, worth


@pytest.mark.parametrize("shape", [(48, 50, 5), (1, 110, 120), (120, 110, 1)])
def test_pairs_are_met_once_in_tiles_as_if_all_were_looked_up(shape):
    """More than one tile of places, with holes; a cut-off that falls the other way moves a curve by 1e-4."""
    rng = np.random.default_rng(11)
    _, noisy = field(shape, noise=6.0)
    some = noisy.within(rng.random(shape) < 0.7)
    structure = rng.normal(0, 0.5, some.voxels).astype(np.float32)
    fast = adaptive(some, structure, 12.0, 2.0)
    values, worth = gathered(some, structure, (3.0, 6.0, 12.0), 2.0)
    assert some.voxels > 5000
    assert np.abs(fast.curves.values - values).max() < 1e-4 * np.abs(values).max()
    assert fast.averaged == pytest.approx(worth, rel=2e-4)


@pytest.mark.parametrize(("places", "pairs"), [(5, 10**6), (8192, 2000)])
def test_the_size_of_the_tiles_changes_nothing(monkeypatch, places, pairs):
    rng = np.random.default_rng(4)
    some = field((12, 9, 3))[1].within(rng.random((12, 9, 3)) < 0.6)
    whole = grown(some)
    monkeypatch.setattr("tissueclock.perfusion.adaptive._TILE_PLACES", places)
    monkeypatch.setattr("tissueclock.perfusion.adaptive._TILE_PAIRS", pairs)
    tiled = grown(some)
    assert tiled.curves.values == pytest.approx(whole.curves.values, abs=1e-4)
    assert tiled.averaged == pytest.approx(whole.averaged, rel=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(0,), (1,), (2,), (0, 1), (0, 1, 2)]))
def test_adaptive_treats_both_directions_alike(seed, axes):
    """Pairs are met from one side only: a mirrored volume must give the mirrored result.

    Sums in another order round otherwise, and a weight of 0.001 may fall on the other side of the cut-off.
    """
    rng = np.random.default_rng(seed)
    shape = (6, 5, 3)
    volume = rng.normal(0, 1, (12, *shape)).astype(np.float32)
    inside = rng.random(shape) < 0.7
    inside[2, 2, 1] = True

    def smooth(volume, inside):
        curves = as_curves(volume.reshape(12, -1), 1.5 * np.arange(12), shape).within(inside)
        after = grown(curves, 9.0)
        return np.stack([after.curves.on_grid(v) for v in (*after.curves.values, after.averaged)])

    after = smooth(volume, inside)
    turned = smooth(np.flip(volume, [axis + 1 for axis in axes]), np.flip(inside, axes))
    back = np.flip(turned, [axis + 1 for axis in axes])
    assert back == pytest.approx(after, rel=5e-3, abs=5e-3, nan_ok=True)


def test_no_voxels_are_denoised_to_none():
    none = field((4, 4, 2))[1].within(np.zeros((4, 4, 2), dtype=bool))
    after = grown(none)
    assert after.curves.voxels == 0
    assert after.averaged.shape == (0,)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 20.0))
def test_adaptive_means_lie_between_what_they_average(seed, fwhm_mm):
    rng = np.random.default_rng(seed)
    curves = as_curves(rng.normal(0, 1, (12, 60)), 1.5 * np.arange(12), (5, 4, 3))
    after = adaptive(curves, rng.normal(0, 1, 60).astype(np.float32), fwhm_mm, 3.0)
    assert (after.curves.values <= curves.values.max(axis=1, keepdims=True) + 1e-5).all()
    assert (after.curves.values >= curves.values.min(axis=1, keepdims=True) - 1e-5).all()
    assert (after.averaged >= 1 - 1e-4).all()
    assert (after.averaged <= 60).all()


def test_without_a_width_nothing_is_averaged():
    _, noisy = field((6, 6, 2))
    after = grown(noisy, 0.0)
    assert after.curves.values == pytest.approx(noisy.values, abs=1e-5)
    assert after.averaged == pytest.approx(1.0)


# --- the noise that is left -----------------------------------------------------------------------------


@pytest.mark.parametrize("smooth", [pytest.param(undenoised, id="none"), *FILTERS])
@pytest.mark.parametrize("frames", [3, 8])
def test_the_noise_that_is_left_is_known(smooth, frames):
    rng = np.random.default_rng(9)
    noise = as_curves(rng.normal(0, 3.0, (40, 30 * 30 * 3)), TIMES_S, (30, 30, 3))
    after = smooth(noise)
    inner = np.zeros((30, 30, 3), dtype=bool)
    inner[8:-8, 8:-8] = True
    left = after.noise_sd(frames)[inner.ravel()]
    assert float(np.median(left)) == pytest.approx(
        float(after.curves.values[:, inner.ravel()].std()), rel=0.15
    )


def test_noise_without_averaging_is_the_scans_own():
    _, noisy = field((30, 30, 3), noise=4.0)
    assert undenoised(noisy).noise_sd(5) == pytest.approx(4.0, rel=0.05)


def test_contrast_over_noise_is_a_standard_score_for_noise_and_high_for_a_faint_bolus():
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 2.0, (40, 4000))
    faint = 0.15 * tissue(TIMES_S)[:, None]  # its peak is half of the noise
    sd = np.full(4000, 2.0 / np.sqrt(100), dtype=np.float32)
    alone, with_bolus = (
        _cnr(as_curves(v, TIMES_S, (20, 20, 10)), sd) for v in (noise / 10, noise / 10 + faint)
    )
    assert float(alone.mean()) == pytest.approx(0.0, abs=0.1)
    assert float(alone.std()) == pytest.approx(1.0, abs=0.1)
    assert np.mean(alone > 3) < 0.01
    assert np.mean(with_bolus > 3) > 0.99


def test_an_offset_of_the_baseline_is_no_contrast():
    shifted = as_curves(np.full((40, 4), 5.0), TIMES_S, (2, 2, 1))
    assert (_cnr(shifted, np.full(4, 0.1, dtype=np.float32)) < 0).all()


def test_noise_free_curves_have_next_to_no_noise_left():
    same = as_curves(np.repeat(tissue(TIMES_S, delay_s=12)[:, None], 27, 1), TIMES_S, (3, 3, 3))
    assert Denoised(same, np.ones(27, dtype=np.float32)).noise_sd(3).max() < 1e-5
