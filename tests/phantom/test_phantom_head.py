"""The head's geometry: fractions, where things lie, and that a grid only samples it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.image.grid import Grid
from tissueclock.phantom.brain import hull_depth, paint
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.shapes import Ellipsoid, Points, Tube, smooth_path
from tissueclock.phantom.tissues import FIRST_ARTERY, Tissue
from tissueclock.phantom.vessels import arteries, sinuses
from tissueclock.phantom.waves import Waves


def points(*positions: tuple[float, float, float]) -> Points:
    return Points(*np.array(positions, dtype=np.float32).T)


def test_fractions_sum_to_one_and_no_voxel_is_listed_twice(head: Head) -> None:
    np.testing.assert_allclose(head.fractions.sum(axis=1), 1.0, atol=1e-6)
    assert (np.diff(head.index) > 0).all()
    assert (head.fractions >= 0).all()


def test_voxels_that_are_not_listed_are_air(head: Head) -> None:
    listed = head.on_grid(np.ones(head.index.size), 0.0)
    assert not listed[0].any()
    assert not listed[:, -1].any()


def test_volumes_are_those_of_an_adult_slab(head: Head) -> None:
    def ml(*labels: int) -> float:
        return float(head.fraction(*labels).sum() * head.grid.voxel_ml)

    assert 400 < ml(Tissue.GREY) < 700
    assert 400 < ml(Tissue.WHITE) < 700
    assert 100 < ml(Tissue.CSF) < 350
    assert 3 < float(head.vessel.sum() * head.grid.voxel_ml) < 40


@pytest.mark.parametrize(
    ("position", "tissue"),
    [
        ((9, 0, 20), Tissue.CSF),  # body of the lateral ventricle
        ((12, 29, 8), Tissue.CSF),  # frontal horn
        ((25, -44, 10), Tissue.CSF),  # trigone
        ((16, 15, 7), Tissue.GREY),  # head of the caudate
        ((28, 4, 2), Tissue.GREY),  # putamen
        ((12, -17, 7), Tissue.GREY),  # thalamus
        ((20, -5, 12), Tissue.WHITE),  # internal capsule
        ((28, 10, 35), Tissue.WHITE),  # centrum semiovale
        ((42, 2, 3), Tissue.CSF),  # sylvian fissure over the insula
        ((7, -18, -16), Tissue.WHITE),  # cerebral peduncle
    ],
)
@pytest.mark.parametrize("side", [1, -1])
def test_deep_structures_lie_where_they_should_on_both_sides(
    position: tuple[float, float, float], tissue: Tissue, side: int
) -> None:
    x, y, z = position
    assert paint(points((side * x, y, z)))[0] == tissue


@pytest.mark.parametrize(
    ("position", "tissue"),
    [
        ((0, -10, 0), Tissue.CSF),  # third ventricle
        ((0, -4, -18), Tissue.CSF),  # suprasellar cistern
        ((0, -8, 28), Tissue.WHITE),  # corpus callosum
        ((0, 20, 60), Tissue.DURA),  # falx
        ((0, -110, 110), Tissue.AIR),
    ],
)
def test_the_midline_holds_what_it_should(position: tuple[float, float, float], tissue: Tissue) -> None:
    assert paint(points(position))[0] == tissue


@pytest.mark.parametrize("direction", [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0.6, 0.6, 0.5)])
def test_layers_outside_the_brain_follow_each_other_evenly(direction: tuple[float, float, float]) -> None:
    steps = np.arange(40, 140, 0.05, dtype=np.float32)[:, None]
    ray = points(*(np.array([0, -12, 20]) + steps * np.array(direction) / np.linalg.norm(direction)))
    labels = paint(ray)
    order = [Tissue.BONE, Tissue.DIPLOE, Tissue.BONE, Tissue.SCALP, Tissue.FAT, Tissue.SCALP, Tissue.AIR]
    outside = labels[hull_depth(ray) <= 0]
    changes = np.flatnonzero(np.diff(outside.astype(int))) + 1
    assert outside[np.concatenate([[0], changes])].tolist() == order
    assert 6 < changes[2] * 0.05 < 9  # the skull's thickness along the ray


def test_the_cortex_is_folded() -> None:
    """Along a circle 8 mm under the skull, sulci, grey and white matter alternate."""
    angles = np.linspace(0, 2 * np.pi, 4000)
    ring = points(*np.stack([58 * np.sin(angles), -12 + 74 * np.cos(angles), 0 * angles + 22], axis=1))
    labels = paint(ring)
    sulci = np.flatnonzero(np.diff((labels == Tissue.CSF).astype(int)) == 1).size
    assert 12 < sulci < 80
    assert {Tissue.GREY, Tissue.WHITE, Tissue.CSF} <= {Tissue(label) for label in labels}


def test_left_and_right_are_alike_but_not_equal(head: Head) -> None:
    grey = head.on_grid(head.fraction(Tissue.GREY), 0.0)
    mirrored = grey[::-1]
    assert 0.6 < np.corrcoef(grey.ravel(), mirrored.ravel())[0, 1] < 0.999


def test_arteries_of_the_right_side_lie_at_positive_x(head: Head) -> None:
    """RAS: x grows towards the patient's right."""
    x = head.positions_mm[:, 0]
    for number, artery in enumerate(head.arteries, FIRST_ARTERY):
        weights = head.fractions[:, number]
        assert weights.sum() > 0, artery
        middle = np.average(x, weights=weights)
        assert math.copysign(1, middle) == {"right": 1, "left": -1}.get(artery.side, math.copysign(1, middle))
    assert {artery.side for artery in head.arteries} == {"right", "left", ""}


def test_vessels_stay_inside_the_skull() -> None:
    tubes = [tube for artery in arteries() for tube in artery.tubes] + list(sinuses())
    for tube in tubes:
        knots = np.array(tube.knots, dtype=np.float32)
        depth = hull_depth(Points(*knots[:, :3].T))
        assert (depth > 0).all()


def test_a_finer_grid_holds_the_same_volumes(head: Head) -> None:
    fine = build_head(head_grid(in_plane=88, spacing_mm=2.5, slices=12, slice_spacing_mm=8.0))
    for labels in ((Tissue.GREY,), (Tissue.WHITE,), (Tissue.CSF,), (Tissue.BONE, Tissue.DIPLOE)):
        volumes = [one.fraction(*labels).sum() * one.grid.voxel_ml for one in (head, fine)]
        assert volumes[0] == pytest.approx(volumes[1], rel=0.03), labels


def test_a_turned_grid_holds_the_same_head() -> None:
    """The whole head lies inside both grids, so turning must not change its volumes."""

    def volumes(rotation_deg: tuple[float, float, float]) -> np.ndarray:
        grid = head_grid(46, 5.2, 30, 8.0, rotation_deg)
        turned = build_head(grid)
        labels = (Tissue.GREY, Tissue.WHITE, Tissue.CSF, Tissue.BONE)
        return np.array([turned.fraction(label).sum() for label in labels]) * grid.voxel_ml

    np.testing.assert_allclose(volumes((12.0, -7.0, 9.0)), volumes((0.0, 0.0, 0.0)), rtol=0.02)


def test_the_default_grid_is_stored_as_ct_is() -> None:
    grid = head_grid()
    assert grid.shape == (144, 144, 12)
    assert grid.spacing_mm == pytest.approx((1.6, 1.6, 8.0))
    assert grid.axis_codes == "LPS"
    assert head_grid(rotation_deg=(20.0, 5.0, 5.0)).axis_codes == "LPS"


def test_slices_get_smaller_towards_the_vertex(head: Head) -> None:
    brain = head.on_grid(head.tissue, 0.0).sum(axis=(0, 1))
    assert (np.diff(brain[3:]) < 0).all()
    assert brain[-1] < 0.4 * brain[3]


def test_any_orientation_of_the_grid_works(coarse: Grid) -> None:
    """The same voxels, stored right-to-left the other way round, hold the mirrored array."""
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = coarse.shape[0] - 1
    other = Grid(coarse.shape, coarse.affine @ flip)
    volumes = [
        one.on_grid(one.fraction(Tissue.WHITE), 0.0) for one in (build_head(coarse), build_head(other))
    ]
    np.testing.assert_allclose(volumes[0][::-1], volumes[1], atol=0.04)


@given(st.tuples(*[st.floats(-60, 60)] * 3))
def test_spheres_and_tubes_measure_true_distances(position: tuple[float, float, float]) -> None:
    length = float(np.linalg.norm(position))
    sphere = Ellipsoid((0, 0, 0), (10, 10, 10)).distance(points(position))[0]
    assert sphere == pytest.approx(length - 10, abs=1e-3) or length < 1e-3
    tube = Tube(((0, 0, 0, 2), (20, 0, 0, 2))).distance(points(position))[0]
    nearest = np.clip(position[0], 0, 20)
    assert tube == pytest.approx(np.linalg.norm(np.array(position) - (nearest, 0, 0)) - 2, abs=1e-3)


def test_an_ellipsoid_turns_from_x_to_y() -> None:
    turned = Ellipsoid((0, 0, 0), (10, 2, 2), turn_deg=90)
    assert turned.distance(points((0, 9, 0)))[0] < 0 < turned.distance(points((9, 0, 0)))[0]


def test_a_tube_finds_the_points_inside_it() -> None:
    tube = Tube(((0, 0, 0, 3), (10, 0, 0, 1)))
    cloud = points((0, 2.5, 0), (10, 2.5, 0), (5, 0, 0), (50, 0, 0))
    assert tube.inside(cloud).tolist() == [0, 2]
    assert tube.inside(points((99, 99, 99))).size == 0


def test_a_smooth_path_passes_through_its_knots() -> None:
    knots = ((0.0, 0.0, 0.0, 1.0), (5.0, 3.0, 0.0, 2.0), (9.0, 0.0, 4.0, 1.0))
    path = smooth_path(knots, pieces=5)
    assert len(path) == 11
    np.testing.assert_allclose([path[0], path[5], path[10]], knots)


def test_waves_have_unit_variance_and_a_true_gradient() -> None:
    waves = Waves.of(20.0, seed=3)
    positions = np.random.default_rng(1).uniform(-200, 200, (20_000, 3)).astype(np.float32)
    values, gradient = waves.with_gradient(positions)
    assert abs(values.mean()) < 0.05
    assert values.std() == pytest.approx(1.0, abs=0.05)
    np.testing.assert_array_equal(values, waves.at(positions))
    step = np.float32(0.01) * np.eye(3, dtype=np.float32)
    for axis in range(3):
        numeric = (waves.at(positions + step[axis]) - waves.at(positions - step[axis])) / 0.02
        np.testing.assert_allclose(gradient[:, axis], numeric, atol=0.02)


def test_fine_voxels_with_one_point_show_the_same_tissue() -> None:
    """Four by four voxels of 0.5 mm, with one point in plane each, against one of 2 mm with four."""
    coarse = head_grid(in_plane=24, spacing_mm=2.0, slices=2, slice_spacing_mm=6.0)
    fine = head_grid(in_plane=96, spacing_mm=0.5, slices=2, slice_spacing_mm=6.0)
    one, many = build_head(coarse), build_head(fine)
    for tissue in (Tissue.GREY, Tissue.WHITE, Tissue.CSF):
        merged = many.on_grid(many.fraction(tissue), 0.0).reshape(24, 4, 24, 4, 2).mean(axis=(1, 3))
        whole = one.on_grid(one.fraction(tissue), 0.0)
        assert merged.mean() == pytest.approx(whole.mean(), abs=0.01)
        assert np.abs(merged - whole).mean() < 0.06
