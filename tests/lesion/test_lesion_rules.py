"""The rules of lesion segmentation on maps made by hand: limits, clusters, sides, reference."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hand_maps import EVERYWHERE, LEFT_BOX, RIGHT, SETTINGS, SHAPE, filled, maps, midline
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.image.series import Modality
from tissueclock.lesion.clusters import drop_small, enclosed
from tissueclock.lesion.masks import Side
from tissueclock.lesion.segment import segment


def found(made, settings=SETTINGS, modality=Modality.CT, brain=EVERYWHERE):
    return segment(made, brain, midline(), modality, settings)


# --- clusters ----------------------------------------------------------------------------------------


def flood(mask):
    """Slow and obvious: 6-connected clusters, one set of voxels each."""
    left, clusters = {tuple(int(i) for i in v) for v in np.argwhere(mask)}, []
    while left:
        stack, cluster = [left.pop()], set()
        while stack:
            x, y, z = stack.pop()
            cluster.add((x, y, z))
            for dx, dy, dz in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)):
                if (beside := (x + dx, y + dy, z + dz)) in left:
                    left.remove(beside)
                    stack.append(beside)
        clusters.append(cluster)
    return clusters


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.6), st.integers(1, 8))
def test_small_clusters_fall_out_as_in_a_flood_fill(seed, density, smallest):
    mask = np.random.default_rng(seed).random((5, 6, 4)) < density
    kept = np.zeros_like(mask)
    for cluster in flood(mask):
        if len(cluster) >= smallest:
            kept[tuple(np.array(list(cluster)).T)] = True
    assert np.array_equal(drop_small(mask, smallest * 0.5, 0.5), kept)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.75, 1.0]))
def test_gaps_are_enclosed_as_counted_by_hand(seed, share):
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, size=(5, 6, 4), p=[0.3, 0.2, 0.2, 0.3])  # gap, delayed, normal, no tissue
    gaps, delayed, certain = kind == 0, kind == 1, (kind == 1) | (kind == 2)
    expected = np.zeros_like(gaps)
    for cluster in flood(gaps):
        sides = [
            (x + dx, y + dy, z + dz)
            for x, y, z in cluster
            for dx, dy, dz in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
        ]
        inside = [s for s in sides if all(0 <= i < n for i, n in zip(s, gaps.shape, strict=True))]
        touching = [s for s in inside if certain[s]]
        if touching and sum(bool(delayed[s]) for s in touching) >= share * len(touching):
            expected[tuple(np.array(list(cluster)).T)] = True
    assert np.array_equal(enclosed(gaps, delayed, certain, share), expected)


# --- the limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tmax", "ml"), [(6.0, 0.0), (6.001, 60.0)])
def test_delay_is_above_six_seconds_not_at_it(tmax, ml):
    masks = found(maps(filled(tmax, LEFT_BOX)))
    assert masks.ml(masks.hypoperfused) == pytest.approx(ml)


@pytest.mark.parametrize(("cbf", "ml"), [(15.0, 0.0), (14.99, 60.0)])
def test_core_is_below_thirty_percent_not_at_it(cbf, ml):
    masks = found(maps(filled(9.0, LEFT_BOX), filled(cbf, LEFT_BOX, base=50.0)))
    assert masks.reference.mean_cbf == pytest.approx(50.0)
    assert masks.ml(masks.cores[30.0]) == pytest.approx(ml)


def test_core_lies_within_delayed_tissue():
    low_flow_elsewhere = filled(5.0, LEFT_BOX, ((2, 6), (2, 7), (1, 4)), base=50.0)
    masks = found(maps(filled(9.0, LEFT_BOX), low_flow_elsewhere))
    assert masks.ml(masks.cores[30.0]) == pytest.approx(60.0)
    assert not (masks.cores[30.0] & RIGHT).any()


@pytest.mark.parametrize(("side", "kept"), [(1, 0.0), (2, 2.0 * 2 * 1)])
def test_delay_below_three_millilitres_is_dropped_and_counted(side, kept):
    masks = found(maps(filled(9.0, ((12, 12 + side), (4, 4 + side), (3, 4)))))
    assert masks.ml(masks.hypoperfused) == pytest.approx(kept)
    assert masks.dropped_ml["hypoperfused"] == pytest.approx(0.0 if kept else side**2)


def test_vessels_are_in_no_mask():
    vessels = np.zeros(SHAPE, dtype=bool)
    vessels[13] = True
    masks = found(maps(filled(9.0, LEFT_BOX), filled(5.0, LEFT_BOX, base=50.0), vessels=vessels))
    for mask in (masks.tissue, masks.hypoperfused, masks.reference.mask, *masks.cores.values()):
        assert not (mask & vessels).any()


@given(st.integers(0, 2**32 - 1))
def test_the_ladders_are_nested_whatever_the_maps(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.choice([1.0, 3.0, 5.0, 6.5, 9.0, 12.0], size=(10, 6, 3))
    tmax = np.kron(coarse, np.ones((2, 2, 2)))
    made = maps(tmax, rng.uniform(1, 60, SHAPE), cnr=rng.uniform(0, 10, SHAPE))
    masks = found(made)
    rungs = [masks.ladder[limit] for limit in sorted(masks.ladder)]
    assert all(not (longer & ~shorter).any() for shorter, longer in pairwise(rungs))
    assert np.array_equal(masks.ladder[6.0], masks.hypoperfused)
    for smaller, larger in pairwise(sorted(masks.cores)):
        assert not (masks.cores[smaller] & ~masks.cores[larger]).any()
    assert not (masks.unknown & masks.hypoperfused).any()


# --- too little bolus --------------------------------------------------------------------------------


def test_faint_voxels_inside_delay_are_delayed_elsewhere_unknown():
    inside, outside = ((13, 15), (4, 6), (2, 3)), ((3, 5), (4, 6), (2, 3))
    cnr = filled(1.0, inside, outside, base=20.0)
    tmax = filled(9.0, LEFT_BOX)
    tmax[13:15, 4:6, 2] = -1.0
    masks = found(maps(tmax, cnr=cnr))
    assert masks.ml(masks.hypoperfused) == pytest.approx(60.0)
    assert masks.ml(masks.unknown) == pytest.approx(4.0)
    assert not (masks.reference.mask & (cnr < 3)).any()


# --- side and reference ------------------------------------------------------------------------------

RIGHT_BOX_20 = ((2, 7), (2, 6), (2, 3))


@pytest.mark.parametrize(
    ("boxes", "side"),
    [
        ([], Side.NONE),
        ([LEFT_BOX], Side.LEFT),
        ([((2, 6), (2, 7), (1, 4))], Side.RIGHT),
        ([LEFT_BOX, RIGHT_BOX_20], Side.BILATERAL),  # 20 of 80 mL: exactly 25 %
        ([LEFT_BOX, ((2, 7), (2, 5), (2, 3)), ((2, 6), (2, 3), (4, 5))], Side.LEFT),  # 19 of 79 mL: less
        ([((12, 15), (2, 7), (2, 3)), ((2, 5), (2, 5), (2, 3))], Side.LEFT),  # 9 of 24 mL: 37 %, under 10 mL
        ([((12, 15), (2, 7), (2, 3)), ((2, 7), (2, 4), (2, 3))], Side.BILATERAL),  # 10 of 25 mL
    ],
)
def test_the_side_of_the_delay(boxes, side):
    masks = found(maps(filled(9.0, *boxes)))
    assert masks.side is side


def test_left_and_right_follow_the_patient_not_the_storage():
    masks = found(maps(filled(9.0, LEFT_BOX)))
    assert np.array_equal(masks.right, RIGHT)


@pytest.mark.parametrize(
    ("boxes", "where"),
    [
        ([], "the whole brain"),
        ([LEFT_BOX], "the contralateral hemisphere"),
        ([LEFT_BOX, RIGHT_BOX_20], "the whole brain"),
    ],
)
def test_where_the_reference_lies(boxes, where):
    flow = np.where(RIGHT, 40.0, 60.0)
    masks = found(maps(filled(9.0, *boxes), flow))
    assert masks.reference.where == where
    if where == "the contralateral hemisphere":
        assert masks.reference.mean_cbf == pytest.approx(40.0)
        assert not (masks.reference.mask & ~RIGHT).any()


@pytest.mark.parametrize(("tmax", "counts"), [(4.0, True), (4.01, False)])
def test_the_reference_holds_tissue_up_to_four_seconds(tmax, counts):
    masks = found(maps(filled(9.0, LEFT_BOX, base=tmax)))
    assert masks.reference.mask.any() == counts


def test_without_normal_tissue_there_is_no_reference_and_no_core():
    masks = found(maps(9.0, 5.0))
    assert np.isnan(masks.reference.mean_cbf)
    assert masks.ml(masks.reference.mask) == 0
    assert not masks.cores[30.0].any()


def test_mr_has_no_core():
    masks = found(maps(filled(9.0, LEFT_BOX), 1.0), modality=Modality.MR)
    assert masks.cores == {}
    assert masks.core_low is None
    assert masks.core_high is None


def test_the_core_with_the_reference_off_by_a_fifth():
    flow = filled(13.0, LEFT_BOX, base=50.0)  # 26 % of 50: core at +-0 and +20 %, none at -20 % (12 = 24 %)
    masks = found(maps(filled(9.0, LEFT_BOX), flow), replace(SETTINGS, reference_variation=0.2))
    cores = (masks.core_low, masks.cores[30.0], masks.core_high)
    assert [masks.ml(mask) for mask in cores] == pytest.approx([0, 60, 60])


def test_tissue_outside_the_brain_is_never_touched():
    brain = EVERYWHERE.copy()
    brain[14:] = False
    masks = found(maps(filled(9.0, LEFT_BOX)), brain=brain)
    assert masks.ml(masks.hypoperfused) == pytest.approx(30.0)


def test_dropped_clusters_are_printed_before_and_after():
    tmax = filled(9.0, LEFT_BOX, ((2, 4), (2, 3), (2, 3)))
    flow = filled(5.0, ((12, 13), (2, 3), (1, 2)), ((14, 16), (3, 6), (2, 3)), base=50.0)
    half_ml = replace(SETTINGS, min_core_ml=1.5)
    masks = found(maps(tmax, flow), half_ml)
    assert masks.dropped_ml == pytest.approx({"hypoperfused": 2.0, "core": 1.0})
    steps = {step.name: step.parameters for step in masks.provenance.steps}
    assert steps["hypoperfusion"]["before_ml"] == pytest.approx(62.0)
    assert steps["hypoperfusion"]["after_ml"] == pytest.approx(60.0)
    assert steps["ct-core"]["before_ml"] == pytest.approx(7.0)
    assert steps["ct-core"]["after_ml"] == pytest.approx(6.0)
