"""Masks on another grid by the nearest voxel, against slow loops."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.image.grid import Grid
from tissueclock.image.nearest import nearest

RNG = np.random.default_rng(5)


def grid(shape, spacing, origin=(0, 0, 0), turn_deg=0.0):
    affine = np.diag([*spacing, 1.0])
    cosine, sine = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    turn = np.eye(4)
    turn[:2, :2] = [[cosine, -sine], [sine, cosine]]
    affine = turn @ affine
    affine[:3, 3] = origin
    return Grid(shape, affine)


def check(mask, source, onto):
    """Hold every voxel against a search over all of the other grid, but for those midway between two."""
    places = source.positions_mm(np.stack(np.unravel_index(np.arange(source.size), source.shape), axis=1))
    inverse, found, checked = np.linalg.inv(source.affine), nearest(mask, source, onto), 0
    for index in np.ndindex(onto.shape):
        point = onto.positions_mm([index])[0]
        voxel = inverse[:3, :3] @ point + inverse[:3, 3]
        if np.abs(voxel - np.floor(voxel) - 0.5).min() < 1e-6:
            continue
        inside = (voxel > -0.5).all() and (voxel < np.array(source.shape) - 0.5).all()
        closest = mask.ravel()[np.argmin(((places - point) ** 2).sum(axis=1))]
        assert found[index] == (inside and closest)
        checked += 1
    return checked


@settings(max_examples=20)
@given(st.tuples(*[st.floats(0.7, 3.1)] * 3), st.tuples(*[st.floats(-3, 3)] * 3), st.sampled_from([1, -1]))
def test_as_a_search_over_every_voxel(spacing, origin, flip):
    source = grid((6, 5, 4), (1.0, 1.3, 2.1))
    onto = grid((4, 5, 3), (flip * spacing[0], spacing[1], spacing[2]), origin)
    mask = RNG.random(source.shape) < 0.4
    check(mask, source, onto)


def test_on_an_oblique_grid_as_a_search():
    source, onto = (
        grid((7, 7, 3), (1, 1, 2), turn_deg=23.7),
        grid((6, 6, 3), (1.1, 0.9, 2.03), (0.17, 0.31, 0.05)),
    )
    mask = RNG.random(source.shape) < 0.5
    assert check(mask, source, onto) > 100


def test_the_same_grid_gives_the_same_mask_and_a_flipped_one_its_mirror():
    here = grid((5, 4, 3), (2, 2, 5))
    flipped = grid((5, 4, 3), (-2, 2, 5), (8, 0, 0))
    mask = RNG.random(here.shape) < 0.5
    assert np.array_equal(nearest(mask, here, here), mask)
    assert np.array_equal(nearest(mask, here, flipped), mask[::-1])


def test_what_lies_outside_is_false():
    here, far = grid((3, 3, 3), (1, 1, 1)), grid((3, 3, 3), (1, 1, 1), (100, 0, 0))
    assert not nearest(np.ones(here.shape, dtype=bool), here, far).any()
