"""Registration of two contrasts of one head: against known motions, there and back, and without a match."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from diffusion_lab import GRID, NONE, head, still_midline, study
from scipy.spatial.transform import Rotation

from tissueclock.anatomy.brain import find_brain
from tissueclock.anatomy.registration import HeadImage, Registration, register, resampled
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.mr_study import MrScanning, Pose, head_where, mr_study
from tissueclock.pipeline.preset import preset_for

MR = preset_for(Modality.MR).anatomy
OTHER = head_grid(in_plane=64, spacing_mm=3.4, slices=14, slice_spacing_mm=7.0)
POSES = (
    Pose(shift_mm=(5.0, -4.0, 3.0), turn_deg=(3.0, -2.0, 5.0)),
    Pose(shift_mm=(-6.0, 2.0, -5.0), turn_deg=(-4.0, 3.0, -3.0)),
)


def head_image(volume: Volume) -> HeadImage:
    found = find_brain(volume.array, volume.grid, Modality.MR, MR)
    return HeadImage(array=volume.array, inside=found.inside, grid=volume.grid)


@cache
def moved_study(pose: Pose):
    """FLAIR and b0 of a head that lies elsewhere, on another grid."""
    scanning = MrScanning(grid=OTHER, flair_grid=OTHER, diffusion_pose=pose, flair_pose=pose)
    there = head_where(OTHER, pose)
    return mr_study(NONE, scanning, heads={"diffusion": there, "flair": there})


@cache
def fixed(name: str) -> HeadImage:
    made = study(NONE)
    image = made.low if name == "low" else made.high[0]
    return HeadImage(array=image.array, inside=still_midline()[0].inside, grid=GRID)


@cache
def found(pose: Pose, contrast: str) -> Registration:
    """FLAIR is registered to the trace image, b0 to b0, as an analysis does it."""
    made = moved_study(pose)
    if contrast == "FLAIR":
        return register(fixed("trace"), head_image(made.flair), ("diffusion", "FLAIR"))
    return register(fixed("low"), head_image(made.low), ("diffusion", "perfusion"))


def errors(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The largest distance in the brain's tissue (mm), and the angle (degrees), between two motions."""
    points = head().positions_mm[head().tissue > 0.5][::40]
    places = [points @ matrix[:3, :3].T + matrix[:3, 3] for matrix in (one, other)]
    turn = Rotation.from_matrix(one[:3, :3] @ other[:3, :3].T).magnitude()
    return float(np.linalg.norm(places[0] - places[1], axis=1).max()), float(np.degrees(turn))


@pytest.mark.parametrize(("pose", "contrast"), [(POSES[0], "FLAIR"), (POSES[0], "b0"), (POSES[1], "FLAIR")])
def test_the_motion_is_found_within_1_mm_and_1_degree(pose, contrast):
    registration = found(pose, contrast)
    distance_mm, angle_deg = errors(registration.matrix, pose.matrix)
    assert distance_mm < 1.0
    assert angle_deg < 1.0
    assert registration.residual_mm < 1.5
    assert registration.overlap > 0.9
    assert registration.turn_deg == pytest.approx(
        Rotation.from_matrix(pose.matrix[:3, :3]).magnitude() * 57.296, abs=1
    )


def test_the_step_prints_the_motion_and_the_residual():
    step = found(POSES[0], "FLAIR").step
    assert step.name == "registration-flair"
    assert step.parameters["residual_mm"] == pytest.approx(found(POSES[0], "FLAIR").residual_mm, abs=1e-3)
    assert "there and back differ by up to" in step.sentence


def test_heads_that_do_not_meet_are_started_from_their_middles():
    """Another frame of reference: the same head 150 mm away."""
    there = study(NONE, seed=4).low
    affine = there.grid.affine.copy()
    affine[:3, 3] += (150.0, -40.0, 60.0)
    away = HeadImage(array=there.array, inside=fixed("low").inside, grid=Grid(GRID.shape, affine))
    registration = register(fixed("low"), away, ("diffusion", "perfusion"))
    expected = np.eye(4)
    expected[:3, 3] = (150.0, -40.0, 60.0)
    assert errors(registration.matrix, expected)[0] < 1.0


def test_another_head_does_not_overlap():
    """A much smaller head: no rigid motion makes the insides agree."""
    there = study(NONE, seed=4).low
    small = Grid(GRID.shape, GRID.affine @ np.diag([0.75, 0.75, 0.75, 1.0]))
    other = HeadImage(array=there.array, inside=fixed("low").inside, grid=small)
    assert register(fixed("low"), other, ("diffusion", "perfusion")).overlap < 0.85


def test_resampling_by_whole_voxels_is_exact_and_beyond_the_image_is_outside():
    random = np.random.default_rng(2)
    image = random.random(GRID.shape).astype(np.float32)
    matrix = np.eye(4)
    matrix[:3, 3] = GRID.affine[:3, :3] @ (2.0, 0.0, 0.0)
    moved = resampled(image, GRID, GRID, matrix)
    assert moved[:-2] == pytest.approx(image[2:], abs=1e-5)
    assert np.isnan(moved[-2:]).all()
    assert (resampled(image, GRID, GRID, matrix, outside=0.0)[-2:] == 0.0).all()


def test_the_moving_grid_lies_where_the_motion_puts_it():
    registration = found(POSES[0], "FLAIR")
    seen = registration.moving_grid(OTHER)
    point = np.array([[10.0, 20.0, 30.0]])
    there = point @ registration.matrix[:3, :3].T + registration.matrix[:3, 3]
    voxel = np.linalg.inv(OTHER.affine)[:3, :3] @ there[0] + np.linalg.inv(OTHER.affine)[:3, 3]
    assert seen.positions_mm([voxel])[0] == pytest.approx(point[0])


def test_a_registration_is_rigid_and_a_head_has_an_inside():
    step = Step(name="registration", sentence="By hand.")
    with pytest.raises(ValueError, match="nothing else"):
        Registration(
            matrix=np.diag([2.0, 1, 1, 1]), residual_mm=0, overlap=1, shift_mm=0, turn_deg=0, step=step
        )
    with pytest.raises(ValueError, match="an inside"):
        HeadImage(array=fixed("low").array, inside=np.zeros(GRID.shape, dtype=bool), grid=GRID)
    with pytest.raises(ValueError, match="on the grid"):
        HeadImage(array=fixed("low").array[1:], inside=fixed("low").inside, grid=GRID)


def test_too_few_slices_to_register_are_no_match():
    """A start that was never improved must not look like the inverse of its own reverse."""
    affine = GRID.affine
    thin = Grid((*GRID.shape[:2], 3), affine)
    few = HeadImage(array=fixed("low").array[:, :, :3], inside=fixed("low").inside[:, :, :3], grid=thin)
    assert register(few, fixed("low"), ("diffusion", "perfusion")).residual_mm == 99.0
