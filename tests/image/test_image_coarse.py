"""Block means and the way back, against slow loops and laws."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.image.coarse import Coarsening
from tissueclock.image.grid import Grid

FACTORS = st.tuples(*(st.integers(1, 4),) * 3)
SHAPES = st.tuples(*(st.integers(1, 9),) * 3)


def grid(shape, spacing=(1.0, 1.0, 1.0)):
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = (-3.0, 5.0, 11.0)
    return Grid(shape, affine)


def block_sums(volume, factors):
    """The slow, obvious reference: every block by itself."""
    shape = [-(-size // factor) for size, factor in zip(volume.shape, factors, strict=True)]
    sums = np.zeros(shape)
    for place in itertools.product(*(range(size) for size in volume.shape)):
        sums[tuple(at // factor for at, factor in zip(place, factors, strict=True))] += volume[place]
    return sums


@given(shape=SHAPES, factors=FACTORS, seed=st.integers(0, 2**16), flipped=st.booleans())
def test_totals_are_those_of_every_block(shape, factors, seed, flipped):
    volume = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    blocks = Coarsening(grid(shape), factors)
    stored = np.asfortranarray(volume) if flipped else volume
    sums = block_sums(volume, factors)
    counts = block_sums(np.ones(shape), factors)
    assert blocks.grid.shape == sums.shape
    assert blocks.total(stored) == pytest.approx(sums, abs=1e-4)
    assert blocks.mean(stored) == pytest.approx(sums / counts, abs=1e-4)


@given(factors=FACTORS)
def test_the_coarse_grid_lies_at_the_centres_of_whole_blocks(factors):
    fine = grid((8, 8, 8), (0.5, 0.7, 3.0))
    blocks = Coarsening(fine, factors)
    corner = np.array(list(itertools.product(*(range(factor) for factor in factors))))
    assert blocks.grid.positions_mm([[0, 0, 0]])[0] == pytest.approx(fine.positions_mm(corner).mean(axis=0))
    assert blocks.grid.voxel_ml == pytest.approx(fine.voxel_ml * np.prod(factors))


@given(factors=FACTORS, slopes=st.tuples(*(st.floats(-2, 2),) * 3))
def test_a_slope_comes_back_as_it_was_between_block_centres(factors, slopes):
    shape = tuple(4 * factor for factor in factors)
    blocks = Coarsening(grid(shape), factors)
    index = np.indices(shape).astype(np.float32)
    volume = sum(slope * axis for slope, axis in zip(slopes, index, strict=True))
    back = blocks.refine(blocks.mean(volume), np.ones(blocks.grid.shape, dtype=bool))
    inner = tuple(slice(factor, -factor) for factor in factors)
    assert back[inner] == pytest.approx(volume[inner], abs=1e-3)


def test_unknown_blocks_have_no_part_in_the_interpolation():
    blocks = Coarsening(grid((8, 4, 2)), (2, 2, 1))
    coarse = np.full(blocks.grid.shape, 3.0, dtype=np.float32)
    known = np.ones(blocks.grid.shape, dtype=bool)
    coarse[0], known[0] = 1e9, False
    back = blocks.refine(coarse, known)
    assert np.isnan(back[0]).all()  # only the unknown block is near
    assert back[2:] == pytest.approx(3.0)


def test_spacing_chooses_the_nearest_whole_blocks_along_anatomy():
    # slices along the first axis: an unusual storage order
    fine = Grid((20, 64, 64), np.array([[0, 0.45, 0, 0], [0, 0, 0.45, 0], [1.25, 0, 0, 0], [0, 0, 0, 1.0]]))
    assert fine.axial_axis == 0
    assert Coarsening.to_spacing(fine, 1.6, 5.0).factors == (4, 4, 4)
    assert Coarsening.to_spacing(fine, 0.3, 1.0).is_identity
    assert Coarsening.to_spacing(fine, 1.6, 5.0).without(0).factors == (1, 4, 4)


def test_blocks_of_nothing_are_refused():
    with pytest.raises(ValueError, match="at least one voxel"):
        Coarsening(grid((4, 4, 4)), (0, 1, 1))
