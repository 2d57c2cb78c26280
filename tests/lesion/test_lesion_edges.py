"""Edges of the lesion rules: connectivity, limits that binary fractions miss, gaps at the brain's edge."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hand_maps import EVERYWHERE, LEFT_BOX, RIGHT, SETTINGS, SHAPE, filled, grid, maps, midline
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.image.series import Modality
from tissueclock.lesion.clusters import drop_small, enclosed
from tissueclock.lesion.segment import segment


def found(made, settings=SETTINGS, brain=EVERYWHERE):
    return segment(made, brain, midline(), Modality.CT, settings)


@pytest.mark.parametrize("second", [(1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)])
def test_voxels_that_touch_at_an_edge_or_corner_are_two_clusters(second):
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[0, 0, 0] = mask[second] = True
    assert not drop_small(mask, 2.0, 1.0).any()


@pytest.mark.parametrize("second", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_voxels_that_share_a_face_are_one_cluster(second):
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[0, 0, 0] = mask[second] = True
    assert np.array_equal(drop_small(mask, 2.0, 1.0), mask)


@pytest.mark.parametrize(("voxels", "kept"), [(47, True), (46, False)])
def test_three_millilitres_are_kept_although_their_sum_rounds_down(voxels, kept):
    """In binary fractions 47 times 3 / 47 is a little less than 3."""
    assert 47 * (3.0 / 47) < 3.0
    mask = np.zeros((47, 1, 1), dtype=bool)
    mask[:voxels] = True
    assert drop_small(mask, 3.0, 3.0 / 47).any() == kept


def test_an_empty_mask_stays_empty():
    empty = np.zeros((2, 3, 4), dtype=bool)
    assert not drop_small(empty, 1.0, 1.0).any()
    assert not enclosed(empty, empty, ~empty, 0.75).any()


@pytest.mark.parametrize(("delayed_sides", "filled_up"), [(4, False), (5, True), (6, True)])
def test_a_gap_counts_from_three_quarters_on(delayed_sides, filled_up):
    gap = np.zeros((3, 3, 3), dtype=bool)
    gap[1, 1, 1] = True
    delayed = np.zeros_like(gap)
    for side in [(0, 1, 1), (2, 1, 1), (1, 0, 1), (1, 2, 1), (1, 1, 0), (1, 1, 2)][:delayed_sides]:
        delayed[side] = True
    assert enclosed(gap, delayed, ~gap, 0.75)[1, 1, 1] == filled_up


def test_exactly_three_quarters_are_enough():
    gap = np.zeros((3, 3, 1), dtype=bool)
    gap[1, 1] = True
    delayed = ~gap
    delayed[0, 1] = False
    assert enclosed(gap, delayed, ~gap, 0.75)[1, 1, 0]
    assert not enclosed(gap, delayed, ~gap, 0.76)[1, 1, 0]


def test_a_gap_without_neighbours_that_count_is_not_enclosed():
    everything = np.ones((2, 2, 2), dtype=bool)
    assert not enclosed(everything, everything, ~everything, 0.75).any()


def test_a_gap_at_the_edge_of_the_brain_asks_only_its_neighbours_in_the_brain():
    """Faint tissue in the outermost column: what lies beyond the brain neither fills nor spares it."""
    brain = EVERYWHERE.copy()
    brain[16:] = False
    tmax = filled(9.0, ((12, 16), (2, 7), (1, 4)))
    cnr = filled(1.0, ((15, 16), (4, 5), (2, 3)), base=20.0)
    masks = found(maps(tmax, cnr=cnr), brain=brain)
    assert masks.hypoperfused[15, 4, 2]
    assert masks.ml(masks.hypoperfused) == pytest.approx(60.0)
    assert not masks.unknown.any()


def test_a_voxel_whose_contrast_is_not_a_number_is_unknown():
    cnr = filled(np.nan, ((3, 5), (4, 6), (2, 3)), base=20.0)
    masks = found(maps(filled(9.0, LEFT_BOX), cnr=cnr))
    assert masks.ml(masks.unknown) == pytest.approx(4.0)


@given(st.integers(0, 2**32 - 1))
def test_what_holds_for_every_map(seed):
    random = np.random.default_rng(seed)
    tmax = np.kron(random.choice([1.0, 5.0, 7.0, 12.0], size=(10, 6, 3)), np.ones((2, 2, 2)))
    vessels, brain = random.random(SHAPE) < 0.1, random.random(SHAPE) < 0.9
    made = maps(tmax, random.uniform(1, 60, SHAPE), cnr=random.uniform(0, 10, SHAPE), vessels=vessels)
    masks = found(made, brain=brain)
    lesions = (masks.hypoperfused, *masks.ladder.values(), *masks.cores.values())
    assert masks.core_low is not None
    assert masks.core_high is not None
    for lesion in (*lesions, masks.core_low, masks.core_high, masks.unknown, masks.reference.mask):
        assert not (lesion & (vessels | ~brain)).any()
    for core in (*masks.cores.values(), masks.core_low, masks.core_high):
        assert not (core & ~masks.hypoperfused).any()
    assert not (masks.reference.mask & masks.hypoperfused).any()
    assert not (masks.core_low & ~masks.core_high).any()
    assert np.array_equal(masks.right, RIGHT)


def test_masks_cannot_be_changed_and_must_fit():
    masks = found(maps(filled(9.0, LEFT_BOX)))
    with pytest.raises(ValueError, match="read-only"):
        masks.hypoperfused[0, 0, 0] = True
    given_parts = {item.name: getattr(masks, item.name) for item in fields(masks)}
    with pytest.raises(ValueError, match="brain is no mask on the grid"):
        type(masks)(**{**given_parts, "brain": masks.brain.astype(float)})
    with pytest.raises(ValueError, match="inside the brain"):
        replace(masks, brain=np.zeros(SHAPE, dtype=bool))
    assert masks.ml(np.ones(SHAPE, dtype=bool)) == pytest.approx(grid().size)
