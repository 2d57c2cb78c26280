"""Rigid alignment: known motions are found, and undone, in every storage order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.transform import Rotation

from tissueclock.anatomy.rigid import Aligner, RigidMotion, resampled
from tissueclock.image.grid import Grid

LPS = np.array([[-3.0, 0, 0, 90], [0, -3.0, 0, 90], [0, 0, 5.0, -20], [0, 0, 0, 1.0]])
RAS = np.array([[3.0, 0, 0, -90], [0, 3.0, 0, -90], [0, 0, 5.0, -20], [0, 0, 0, 1.0]])
TILTED = np.eye(4)
TILTED[:3, :3] = Rotation.from_euler("xyz", (12, -7, 20), degrees=True).as_matrix() @ LPS[:3, :3]
SHAPE = (60, 60, 24)
TILTED[:3, 3] = (0.0, 0.0, 37.5) - TILTED[:3, :3] @ ((np.array(SHAPE) - 1) / 2)


def head_at(points):
    """A smooth egg with a denser rim and one bump, so that every rotation shows; RAS points, HU-like."""
    x, y, z = points.T
    radius = np.sqrt((x / 60) ** 2 + (y / 75) ** 2 + ((z - 35) / 70) ** 2)
    rim = 700 * np.exp(-(((radius - 0.9) / 0.08) ** 2))
    bump = 300 * np.exp(-((x - 25) ** 2 + (y + 30) ** 2 + (z - 50) ** 2) / 400)
    return rim + bump + 40 * (radius < 0.85)


def image(grid, motion=None):
    """The head, or the head after a motion, sampled on a grid: no interpolation is involved."""
    index = np.indices(grid.shape).reshape(3, -1).T
    points = grid.positions_mm(index)
    if motion is not None:  # what is at x now was at the inverse of the motion before
        points = (points - motion.centre - motion.shift_mm) @ motion.rotation + motion.centre
    return head_at(points).reshape(grid.shape).astype(np.float32)


def motion_of(grid, shift_mm, rotation_deg):
    centre = grid.positions_mm([(np.array(grid.shape) - 1) / 2])[0]
    rotation = Rotation.from_euler("xyz", rotation_deg, degrees=True).as_matrix()
    return RigidMotion(rotation, np.array(shift_mm, dtype=float), centre)


def corners(grid):
    return grid.positions_mm([[10, 10, 4], [50, 10, 4], [10, 50, 20], [50, 50, 20], [30, 30, 12]])


@pytest.mark.parametrize("affine", [LPS, RAS, TILTED], ids=["LPS", "RAS", "tilted"])
@pytest.mark.parametrize(
    ("shift", "turn"),
    [((4.0, 0, 0), (0, 0, 0)), ((0, -3.0, 2.0), (0, 0, 4.0)), ((1.0, 2.0, -2.0), (3.0, -2.0, -5.0))],
)
def test_a_known_motion_is_found_within_a_fraction_of_a_voxel(affine, shift, turn):
    grid = Grid(SHAPE, affine)
    true = motion_of(grid, shift, turn)
    found = Aligner(image(grid), grid).align(image(grid, true))
    points = corners(grid)
    error_mm = np.linalg.norm(found.motion.moved(points) - true.moved(points), axis=1)
    assert error_mm.max() < 0.6  # a fifth of a voxel's width
    assert found.motion.turn_deg == pytest.approx(true.turn_deg, abs=0.25)
    assert found.residual_mm < 0.35


def test_a_head_at_rest_is_at_rest():
    grid = Grid(SHAPE, LPS)
    found = Aligner(image(grid), grid).align(image(grid))
    assert found.motion.displacement_mm(corners(grid)) < 1e-6
    assert found.residual_mm < 1e-6


@given(seed=st.integers(0, 2**16))
@settings(max_examples=5)
def test_noise_does_not_move_a_head(seed):
    grid = Grid(SHAPE, LPS)
    rng = np.random.default_rng(seed)
    noisy = [(image(grid) + rng.normal(0, 15, SHAPE)).astype(np.float32) for _ in range(2)]
    assert Aligner(noisy[0], grid).align(noisy[1]).motion.displacement_mm(corners(grid)) < 0.3


def test_something_bright_that_comes_and_goes_does_not_move_a_head():
    """An artery fills: the robust weights leave it out."""
    grid = Grid(SHAPE, LPS)
    filled = image(grid)
    filled[28:32, 28:32, 8:16] += 400
    assert Aligner(image(grid), grid).align(filled).motion.displacement_mm(corners(grid)) < 0.1


def test_resampling_undoes_the_motion():
    grid = Grid(SHAPE, TILTED)
    true = motion_of(grid, (3.0, -2.0, 1.0), (1.0, 0.0, 4.0))
    before, moved = image(grid), image(grid, true)
    back = resampled(moved, grid, true)
    middle = (slice(8, -8), slice(8, -8), slice(3, -3))
    assert np.abs(back - before)[middle].mean() < 0.15 * np.abs(moved - before)[middle].mean()


def test_resampling_by_whole_voxels_is_exact():
    grid = Grid(SHAPE, LPS)
    true = motion_of(grid, (6.0, 0.0, 0.0), (0, 0, 0))
    moved = np.roll(image(grid), -2, axis=0)  # the first axis runs to the left
    assert resampled(moved, grid, true)[2:] == pytest.approx(image(grid)[2:], abs=1e-2)


def test_what_does_not_fit_leaves_a_residual():
    grid = Grid(SHAPE, LPS)
    other = ndimage.zoom(image(grid), (0.8, 1.0, 1.0), order=1, grid_mode=True, mode="grid-constant")
    stretched = np.zeros(SHAPE, dtype=np.float32)
    stretched[6:54] = other
    assert Aligner(image(grid), grid).align(stretched).residual_mm > 0.8


def test_an_image_without_edges_tells_nothing():
    grid = Grid((8, 8, 4), LPS)
    flat = np.full(grid.shape, 40.0, dtype=np.float32)
    found = Aligner(flat, grid).align(flat)
    assert (found.motion.displacement_mm(grid.positions_mm([[0, 0, 0]])), found.residual_mm) == (0.0, 0.0)
