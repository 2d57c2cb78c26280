"""Pairs of like tissue: the fast ratio against a slow one, blocks, and patches of healthy tissue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.lesion.flair_pairs import (
    Pairs,
    healthy_ratios,
    like_ratio,
    mirrored_pairs,
    resampled_ratios,
)

SHAPE = (24, 12, 6)
GRID = Grid(SHAPE, np.diag([-4.0, -4.0, 4.0, 1.0]))
MIDLINE = Midline(np.array([1.0, 0.0, 0.0]), -46.0, Step(name="midline", sentence="By hand."))
GREY, WHITE = 180.0, 130.0
SEEDS = st.integers(0, 2**32 - 1)


def mixed(random, count, grey_ours, grey_theirs, factor=1.0, noise=0.03):
    """Signals of two sides whose grey and white matter are mixed by chance."""

    def side(grey):
        return np.where(random.random(count) < grey, GREY, WHITE) * random.normal(1.0, noise, count)

    return factor * side(grey_ours), side(grey_theirs)


def pairs_of(ours, theirs, index=None):
    return Pairs(ours, theirs, np.zeros((ours.size, 3), np.intp) if index is None else index)


def slow_border(theirs):
    """The split of the mirrored values whose two groups have the smallest scatter within them."""
    ordered = sorted(theirs)
    scatter = [
        np.var(ordered[:cut]) * cut + np.var(ordered[cut:]) * (len(ordered) - cut)
        for cut in range(1, len(ordered))
    ]
    best = int(np.argmin(scatter)) + 1
    return (ordered[best - 1] + ordered[best]) / 2


def slow_ratio(ours, theirs, border):
    ratio = float(np.median(ours / theirs))
    for _ in range(20):
        like = [(a > ratio * border) == (b > border) for a, b in zip(ours, theirs, strict=True)]
        if sum(like) < 10:
            break
        before, ratio = ratio, float(np.median((ours / theirs)[like]))
        if abs(ratio - before) < 1e-4 * before:
            break
    return ratio


@given(seed=SEEDS, factor=st.floats(0.8, 1.6))
def test_the_ratio_is_that_of_a_slow_reference(seed, factor):
    random = np.random.default_rng(seed)
    ours, theirs = mixed(random, 60, 0.5, 0.4, factor)
    assert like_ratio(ours, theirs) == pytest.approx(slow_ratio(ours, theirs, slow_border(theirs)), rel=1e-9)


@given(seed=SEEDS)
def test_a_weight_is_how_often_a_pair_counts(seed):
    random = np.random.default_rng(seed)
    ours, theirs = mixed(random, 60, 0.5, 0.4, 1.2)
    times = random.integers(0, 4, ours.size)
    often = slow_ratio(np.repeat(ours, times), np.repeat(theirs, times), slow_border(theirs))
    assert like_ratio(ours, theirs, times.astype(float)) == pytest.approx(often, rel=1e-9)


@given(seed=SEEDS, gain=st.floats(0.01, 100.0), factor=st.floats(0.5, 2.0))
def test_a_gain_of_the_scanner_changes_nothing_and_a_factor_of_the_lesion_is_the_factor(seed, gain, factor):
    ours, theirs = mixed(np.random.default_rng(seed), 80, 0.6, 0.5)
    found = like_ratio(ours, theirs)
    assert like_ratio(gain * ours, gain * theirs) == pytest.approx(found, rel=1e-9)
    assert like_ratio(factor * ours, theirs) == pytest.approx(factor * found, rel=1e-9)


@pytest.mark.parametrize("factor", [1.0, 1.15, 1.3])
def test_another_mix_of_grey_and_white_matter_is_no_brighter_lesion(factor):
    ours, theirs = mixed(np.random.default_rng(1), 2000, 0.6, 0.4, factor)
    assert abs(np.median(ours) / np.median(theirs) - factor) > 0.2
    assert like_ratio(ours, theirs) == pytest.approx(factor, abs=0.01)


def test_one_tissue_alone_is_compared_as_it_is():
    random = np.random.default_rng(2)
    ours, theirs = 1.2 * random.normal(WHITE, 3.0, 400), random.normal(WHITE, 3.0, 400)
    assert like_ratio(ours, theirs) == pytest.approx(1.2, abs=0.01)


def test_where_no_pairs_are_alike_all_are_compared():
    ours, theirs = np.full(30, 130.0), np.full(30, 100.0)
    theirs[15:] = 110.0
    few = like_ratio(ours[:8], theirs[11:19])
    assert few == pytest.approx(np.median(ours[:8] / theirs[11:19]))


def test_neighbours_that_vary_together_make_blocks_less_sure_than_voxels():
    random = np.random.default_rng(3)
    index = np.argwhere(np.ones((10, 10, 5), dtype=bool))
    regional = np.exp(0.05 * random.standard_normal((2, 2, 1)))[tuple((index // 5).T)]
    pairs = pairs_of(
        100.0 * regional * random.normal(1.0, 0.02, len(index)), np.full(len(index), 100.0), index
    )
    alone, blocks = (np.std(resampled_ratios(pairs, GRID, mm, 200, seed=1)) for mm in (4.0, 20.0))
    assert blocks > 3 * alone


def test_a_lesion_in_one_block_has_no_spread_of_its_own():
    ours, theirs = mixed(np.random.default_rng(4), 50, 0.5, 0.5)
    samples = resampled_ratios(pairs_of(ours, theirs), GRID, 10.0, 100, seed=1)
    assert set(samples) == {like_ratio(ours, theirs)}


def healthy_head(right_gain=1.0):
    image = np.full(SHAPE, 100.0, dtype=np.float32)
    image[12:] *= right_gain
    everywhere = np.ones(SHAPE, dtype=bool)
    return mirrored_pairs(image, everywhere, everywhere, MIDLINE, GRID)


CUBE = np.argwhere(np.ones((3, 3, 3), dtype=bool))


def test_patches_read_one_where_the_sides_are_alike():
    patches = healthy_ratios(healthy_head(), CUBE, GRID, 50, seed=1)
    assert patches.size == 50
    assert patches == pytest.approx(np.ones(50))


def test_patches_read_what_one_side_is_brighter_by():
    patches = healthy_ratios(healthy_head(1.1), CUBE, GRID, 50, seed=1)
    assert {round(float(patch), 3) for patch in patches} >= {1.1, 0.909}
    assert patches.min() > 0.9
    assert patches.max() < 1.11


def test_a_shape_that_fits_nowhere_has_no_patch():
    slab = np.argwhere(np.ones(SHAPE, dtype=bool))
    one_corner = healthy_head()
    near = (one_corner.index < 4).all(axis=1)
    corner = Pairs(one_corner.ours[near], one_corner.theirs[near], one_corner.index[near])
    assert healthy_ratios(corner, slab, GRID, 50, seed=1).size == 0
    nothing = Pairs(np.empty(0), np.empty(0), np.empty((0, 3), np.intp))
    assert healthy_ratios(nothing, CUBE, GRID, 50, seed=1).size == 0


def test_patches_are_seeded():
    random = np.random.default_rng(5)
    image = random.normal(100.0, 10.0, SHAPE).astype(np.float32)
    everywhere = np.ones(SHAPE, dtype=bool)
    sides = mirrored_pairs(image, everywhere, everywhere, MIDLINE, GRID)
    one, two, other = (healthy_ratios(sides, CUBE, GRID, 30, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_pairs_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="mirror image"):
        Pairs(np.ones(3), np.ones(2), np.zeros((3, 3), np.intp))
