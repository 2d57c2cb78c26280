"""Brain and midline on digital heads: against the truth, in every orientation, and refused without a head."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy import ndimage

from tissueclock.anatomy.brain import find_brain
from tissueclock.anatomy.midline import find_midline
from tissueclock.core.errors import InputError
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, Stroke, digital_patient
from tissueclock.pipeline.preset import preset_for

COARSE = head_grid(in_plane=80, spacing_mm=2.9, slices=8, slice_spacing_mm=12.0)


def scanned(grid=COARSE, modality=Modality.CT, stroke=DEMO_STROKE, seed=3):
    """A head's pre-bolus mean and its truth."""
    patient = digital_patient(stroke, Acquisition(modality=modality, seed=seed), grid)
    return patient.series.mean(slice(0, 7)), patient


@pytest.fixture(scope="module", params=list(Modality), ids=lambda modality: modality.value)
def head(request):
    return *scanned(head_grid(), request.param), request.param


@pytest.fixture(scope="module")
def coarse():
    return scanned()[0]


def settings(modality=Modality.CT):
    return preset_for(modality).anatomy


def test_brain_is_found_as_it_is(head):
    image, patient, modality = head
    found = find_brain(image, patient.series.grid, modality, settings(modality))
    true = patient.truth.brain.array
    overlap = 2 * (found.brain & true).sum() / (found.brain.sum() + true.sum())
    assert overlap >= 0.93
    assert found.brain.sum() == pytest.approx(true.sum(), rel=0.08)
    fluid = ndimage.binary_erosion(patient.truth.csf.array, np.ones((3, 3, 1)))  # away from its borders
    assert found.brain[fluid].mean() < 0.08
    assert found.inside[fluid].mean() > 0.8
    assert found.step.sentence.endswith(".")


def test_bone_air_and_scalp_stay_outside(head):
    image, patient, modality = head
    found = find_brain(image, patient.series.grid, modality, settings(modality))
    head_inside = patient.truth.brain.array | patient.truth.csf.array | patient.truth.vessel.array
    if modality is Modality.CT:
        assert not found.inside[image > 200].any()
        assert not found.inside[image < -300].any()
    mixed = (found.brain & ~head_inside).sum()  # fluid and bone in one voxel: neither class has half
    assert mixed < 0.04 * found.brain.sum()


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1)])
def test_the_same_brain_and_midline_in_every_storage_order(coarse, order, flips):
    straight = find_brain(coarse, COARSE, Modality.CT, settings())
    plane = find_midline(coarse, straight.inside, COARSE)
    stored, affine = stored_as(coarse, COARSE, order, flips)
    grid = Grid(stored.shape, affine)
    again = find_brain(stored, grid, Modality.CT, settings())
    expected, _ = stored_as(straight.brain, COARSE, order, flips)
    assert (again.brain != expected).mean() < 1e-4
    turned = find_midline(stored, again.inside, grid)
    distance, _ = stored_as(plane.signed_distance_mm(COARSE), COARSE, order, flips)
    assert np.abs(turned.signed_distance_mm(grid) - distance)[again.brain].max() < 1.5


def stored_as(array, grid, order, flips):
    """The same volume with its axes in another order and some of them backwards, and its affine."""
    moved = array.transpose(order)
    affine = grid.affine.copy()
    affine[:, :3] = grid.affine[:, list(order)]
    for axis, flip in enumerate(flips):
        if flip < 0:
            affine[:3, 3] += affine[:3, axis] * (moved.shape[axis] - 1)
            affine[:3, axis] *= -1
            moved = np.flip(moved, axis)
    return np.ascontiguousarray(moved), affine


@pytest.mark.parametrize(("yaw", "shift"), list(product((-12.0, 0.0, 7.0), (-6.0, 0.0))))
def test_the_midline_is_found_where_the_head_was_turned(coarse, yaw, shift):
    """The head lies still in its own space; its grid is turned about z and shifted in x."""
    angle = np.deg2rad(yaw)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    turn[0, 3] = shift
    grid = Grid(COARSE.shape, turn @ COARSE.affine)
    inside = find_brain(coarse, grid, Modality.CT, settings()).inside
    plane = find_midline(coarse, inside, grid)
    truth = turn[:3, :3] @ [1.0, 0.0, 0.0]
    assert np.rad2deg(np.arccos(np.clip(plane.normal @ truth, -1, 1))) < 2.0
    assert plane.offset_mm == pytest.approx(shift * truth[0], abs=2.0)


def test_right_is_the_patients_right(coarse):
    inside = find_brain(coarse, COARSE, Modality.CT, settings()).inside
    distance = find_midline(coarse, inside, COARSE).signed_distance_mm(COARSE)
    assert COARSE.axis_codes == "LPS"
    assert distance[0].min() > 0 > distance[-1].max()


def test_a_mirror_of_a_mirror_is_the_place_itself(coarse):
    inside = find_brain(coarse, COARSE, Modality.CT, settings()).inside
    mirror = find_midline(coarse, inside, COARSE).mirrored_index(COARSE)
    assert mirror @ mirror == pytest.approx(np.eye(4), abs=1e-9)


@pytest.mark.parametrize("change", [-15.0, 25.0])
def test_a_dark_or_bright_lesion_does_not_pull_the_midline(coarse, change):
    inside = find_brain(coarse, COARSE, Modality.CT, settings()).inside
    straight = find_midline(coarse, inside, COARSE).signed_distance_mm(COARSE)
    spoilt = coarse.copy()
    spoilt[48:60, 30:55, 2:5] += change
    distance = find_midline(spoilt, inside, COARSE).signed_distance_mm(COARSE)
    assert np.abs(distance - straight)[inside].max() < 2.0


def test_a_head_without_stroke_parts_into_equal_halves():
    image, patient = scanned(stroke=Stroke(side="none"))
    found = find_brain(image, COARSE, Modality.CT, settings())
    right = find_midline(image, found.inside, COARSE).signed_distance_mm(COARSE) > 0
    share = (found.brain & right).sum() / found.brain.sum()
    assert share == pytest.approx(0.5, abs=0.02)
    assert patient.truth.side == "none"


@pytest.mark.parametrize("hu", [-1000.0, 0.0, 40.0, 1000.0])
def test_without_a_head_there_is_no_brain(hu):
    image = np.full((30, 30, 4), -1000.0, dtype=np.float32)
    image[10:14, 10:14] = hu
    with pytest.raises(InputError, match="mL of brain was found") as caught:
        find_brain(image, Grid(image.shape, np.diag([-3.0, -3.0, 8.0, 1.0])), Modality.CT, settings())
    assert "perfusion run of the head" in caught.value.remedy


def test_an_empty_mr_image_has_no_brain():
    image = np.zeros((30, 30, 4), dtype=np.float32)
    grid = Grid(image.shape, np.diag([-3.0, -3.0, 8.0, 1.0]))
    with pytest.raises(InputError, match="mL of brain was found"):
        find_brain(image, grid, Modality.MR, settings(Modality.MR))


@pytest.mark.parametrize(("share", "found"), [(1.0, True), (0.6, True), (0.15, False), (0.0, False)])
def test_a_brain_has_a_skull_about_it(coarse, share, found):
    """Bone is turned into soft tissue all around but for a sector: a chest has ribs, a head has a skull."""
    image = coarse.copy()
    x, y = np.meshgrid(*(np.arange(size) - size / 2 for size in image.shape[:2]), indexing="ij")
    outside_sector = (np.arctan2(y, x) + np.pi) / (2 * np.pi) >= share
    image[(image > 150) & outside_sector[:, :, None]] = -500.0
    if found:
        find_brain(image, COARSE, Modality.CT, settings())
    else:
        with pytest.raises(InputError, match="of brain was found"):
            find_brain(image, COARSE, Modality.CT, settings())
