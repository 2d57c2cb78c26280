"""Overlap and distances of two masks: against slow loops, by hand, and where one is empty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tissueclock.image.overlap import MaskAgreement, Overlap, Points, dice, overlap, surface_distances

MASKS = st.integers(0, 2**31).map(lambda seed: np.random.default_rng(seed).random((2, 5, 4, 3)) < 0.3)
SPACING = st.tuples(*[st.floats(0.5, 5.0)] * 3)


def slow_boundary(mask):
    """Return the voxels of a mask with a face-neighbour, or the edge of the image, outside it."""
    found = np.zeros_like(mask)
    for place in zip(*np.nonzero(mask), strict=True):
        for axis in range(mask.ndim):
            for step in (-1, 1):
                near = list(place)
                near[axis] += step
                if not 0 <= near[axis] < mask.shape[axis] or not mask[tuple(near)]:
                    found[place] = True
    return found


def slow_distances(first, second, spacing):
    there = np.argwhere(second) * spacing
    return [min(math.dist(point, other) for other in there) for point in np.argwhere(first) * spacing]


@settings(max_examples=40)
@given(pair=MASKS, spacing=SPACING, points=st.sampled_from(Points))
def test_as_a_search_over_all_pairs_of_voxels(pair, spacing, points):
    first, second = pair
    found = surface_distances(first, second, spacing, points)
    if not (first.any() and second.any()):
        assert found is None
        return
    ours, theirs = (slow_boundary(mask) if points is Points.BOUNDARY else mask for mask in pair)
    assert found.from_first_mm == pytest.approx(slow_distances(ours, theirs, spacing))
    assert found.from_second_mm == pytest.approx(slow_distances(theirs, ours, spacing))
    assert found.hausdorff_mm == max(found.directed_mm)
    assert found.hd95_mm <= found.hausdorff_mm
    assert found.mean_mm <= found.hausdorff_mm


@given(pair=MASKS)
def test_overlap_by_counting_voxels(pair):
    first, second = pair
    found = overlap(first, second, 0.008)
    both = sum(bool(a and b) for a, b in zip(first.ravel(), second.ravel(), strict=True))
    assert (found.first, found.second, found.both) == (first.sum(), second.sum(), both)
    if found.dice is not None and found.jaccard is not None:
        assert found.dice == pytest.approx(2 * found.jaccard / (1 + found.jaccard))
    if found.sensitivity and found.precision:
        harmonic = 2 / (1 / found.sensitivity + 1 / found.precision)
        assert found.dice == pytest.approx(harmonic)
    assert found.difference_ml == pytest.approx(0.008 * (int(first.sum()) - int(second.sum())))


@given(pair=MASKS, spacing=SPACING)
def test_the_same_mask_is_at_no_distance_and_order_turns_the_two_directions(pair, spacing):
    first, second = pair
    if first.any():
        assert surface_distances(first, first, spacing).hausdorff_mm == 0
    one, other = surface_distances(first, second, spacing), surface_distances(second, first, spacing)
    if one is not None:
        assert one.directed_mm == other.directed_mm[::-1]


def test_dice_by_hand():
    a = np.array([1, 1, 1, 0, 0], dtype=bool)
    assert dice(a, np.array([0, 1, 1, 1, 1], dtype=bool)) == 4 / 7
    assert dice(a, ~a) == 0
    assert dice(a, a) == 1
    assert dice(a & ~a, a & ~a) is None


def test_an_empty_mask_has_shares_only_where_there_is_something_to_share():
    none = Overlap(first=0, second=0, both=0, voxel_ml=1)
    assert (none.dice, none.jaccard, none.sensitivity, none.volumetric_similarity) == (None,) * 4
    one = Overlap(first=4, second=0, both=0, voxel_ml=1)
    assert (one.dice, one.sensitivity, one.precision, one.relative_difference) == (0, 0, None, None)


def test_a_tolerance_takes_in_what_lies_just_there():
    first, second = np.zeros((9, 1), dtype=bool), np.zeros((9, 1), dtype=bool)
    first[0], second[3] = True, True
    found = surface_distances(first, second, (0.1, 1.0))
    assert found.hausdorff_mm == pytest.approx(0.3)
    assert (found.surface_dice(0.3), found.surface_dice(0.29)) == (1, 0)


def test_the_nearest_rank_is_a_distance_that_occurs():
    first = np.zeros((30, 1), dtype=bool)
    first[:20] = True
    second = np.zeros((30, 1), dtype=bool)
    second[0] = True
    found = surface_distances(first, second, (1.0, 1.0), Points.ALL)
    assert (found.hd95_nearest_rank_mm, found.hausdorff_mm) == (18, 19)
    assert found.hd95_mm == pytest.approx(18.05)


def test_masks_of_two_shapes_are_refused():
    first, second = np.zeros((2, 2), dtype=bool), np.zeros((2, 3), dtype=bool)
    for compare in (dice, lambda a, b: surface_distances(a, b, (1, 1))):
        with pytest.raises(ValueError, match="masks of"):
            compare(first, second)
    with pytest.raises(ValueError, match="3 voxels of 2 and 5"):
        Overlap(first=2, second=5, both=3, voxel_ml=1)


def test_without_distances_the_document_has_the_reason():
    found = MaskAgreement(
        overlap=Overlap(first=1, second=0, both=0, voxel_ml=1), tolerances_mm=(1,), reason="why"
    )
    assert found.to_json()["distances"] is None
    assert found.to_json()["reason"] == "why"
