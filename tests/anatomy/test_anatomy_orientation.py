"""Brain and midline of one head in all 48 storage orders, on oblique grids, and on awkward images."""

from functools import cache
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.transform import Rotation

from tissueclock.anatomy.brain import BrainMask, _in_plane, find_brain
from tissueclock.anatomy.midline import Midline, find_midline
from tissueclock.core.errors import InputError
from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import build_head, head_grid
from tissueclock.phantom.signal import Scanner
from tissueclock.phantom.tissues import Tissue
from tissueclock.pipeline.preset import preset_for

COARSE = head_grid(in_plane=48, spacing_mm=4.9, slices=7, slice_spacing_mm=13.0)
OBLIQUE = head_grid(48, 4.9, 7, 13.0, rotation_deg=(12.0, -6.0, 15.0))
THICK = head_grid(48, 4.9, 4, 20.0)
BEFORE_BOLUS_FRAMES = 6


@cache
def head_on(grid):
    """Sampling a head is what costs here; a grid compares by identity."""
    return build_head(grid)


def resting_head(grid, modality=Modality.CT, seed=1):
    """The mean of the frames before the bolus, with its noise, and the fraction of brain in every voxel."""
    head, acquisition = head_on(grid), Acquisition(modality=modality)
    scanner = Scanner(acquisition)
    signals = [scanner.baseline(tissue) for tissue in Tissue] + [scanner.blood] * len(head.arteries)
    clean = head.on_grid(head.fractions @ np.array(signals, np.float32), scanner.baseline(Tissue.AIR))
    sd = acquisition.noise_sd_hu if scanner.is_ct else scanner.baseline(Tissue.GREY) / acquisition.snr
    noise = np.random.default_rng(seed).standard_normal(grid.shape) * sd / np.sqrt(BEFORE_BOLUS_FRAMES)
    return (clean + noise).astype(np.float32), head.on_grid(head.tissue, 0.0)


def brain_of(image, grid, modality=Modality.CT):
    return find_brain(image, grid, modality, preset_for(modality).anatomy)


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.fixture(scope="module", params=list(Modality), ids=lambda modality: modality.value)
def head(request):
    """Image, brain and midline of the head as it is stored by CT."""
    image, _ = resting_head(COARSE, request.param)
    brain = brain_of(image, COARSE, request.param)
    return image, brain, find_midline(image, brain.inside, COARSE), request.param


def stored_as(order, flips):
    """Return a function that stores an array in another order, and the grid that then describes it."""
    index = tuple(slice(None, None, -1 if flip else 1) for flip in flips)
    affine = COARSE.affine[:, [*order, 3]].copy()
    shape = tuple(COARSE.shape[axis] for axis in order)
    for axis in np.flatnonzero(flips):
        affine[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
        affine[:3, axis] *= -1
    return lambda array: array.transpose(order)[index], Grid(shape, affine)


ORIENTATIONS = list(product(permutations(range(3)), product((False, True), repeat=3)))


def test_there_are_48_orientations():
    assert len({stored_as(*orientation)[1].axis_codes for orientation in ORIENTATIONS}) == 48


def test_the_brain_is_the_same_in_every_orientation(head):
    image, brain, _, modality = head
    for orientation in ORIENTATIONS:
        store, grid = stored_as(*orientation)
        again = brain_of(np.ascontiguousarray(store(image)), grid, modality)
        assert (again.brain != store(brain.brain)).mean() < 1e-4, grid.axis_codes
        assert (again.inside != store(brain.inside)).mean() < 1e-4, grid.axis_codes


def test_the_signed_distance_follows_the_patient_in_every_orientation(head):
    _, _, midline, _ = head
    distance = midline.signed_distance_mm(COARSE)
    for orientation in ORIENTATIONS:
        store, grid = stored_as(*orientation)
        np.testing.assert_allclose(midline.signed_distance_mm(grid), store(distance), atol=1e-3)


@pytest.mark.parametrize("modality", list(Modality), ids=lambda modality: modality.value)
def test_a_brain_is_found_on_an_oblique_grid(modality):
    image, tissue = resting_head(OBLIQUE, modality)
    assert dice(brain_of(image, OBLIQUE, modality).brain, tissue >= 0.5) > 0.88


# --- the plane ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shift_mm", "turns_deg"),
    [
        ((8, 0, 0), (0, 0, 0)),
        ((-20, 15, 10), (0, 0, 0)),
        ((0, 0, 0), (0, 0, 20)),
        ((0, 0, 0), (20, 0, 0)),
        ((0, 0, 0), (0, 8, 0)),
        ((5, -5, 5), (10, -7, -12)),
    ],
)
def test_the_plane_moves_with_the_head(head, shift_mm, turns_deg):
    """The head and its voxels move together, so that the plane's own fit is tested, not interpolation."""
    image, brain, _, _ = head
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", turns_deg, degrees=True).as_matrix()
    move[:3, 3] = shift_mm
    grid = Grid(COARSE.shape, move @ COARSE.affine)
    plane = find_midline(image, brain.inside, grid)
    right = move[:3, 0]
    assert np.rad2deg(np.arccos(min(1.0, float(plane.normal @ right)))) < 1.5
    middle = move[:3, :3] @ (0.0, -12.0, 28.0) + move[:3, 3]
    assert middle @ plane.normal == pytest.approx(plane.offset_mm, abs=1.0)


def test_a_turned_head_is_found_where_the_voxels_do_not_follow_it():
    """The head is sampled on a turned grid and then told to lie straight, so it looks turned."""
    turned = head_grid(48, 4.9, 7, 13.0, rotation_deg=(0.0, 0.0, -18.0))
    image, _ = resting_head(turned)
    seen = COARSE.affine @ np.linalg.inv(turned.affine)
    plane = find_midline(image, brain_of(image, COARSE).inside, COARSE)
    assert np.rad2deg(np.arccos(min(1.0, float(plane.normal @ seen[:3, 0])))) < 1.5
    middle = seen[:3, :3] @ (0.0, -12.0, 28.0) + seen[:3, 3]
    assert middle @ plane.normal == pytest.approx(plane.offset_mm, abs=1.0)


def turned_angles_deg(plane, right):
    """How far the plane is off the patient's right, and its roll off the true one."""
    off = np.rad2deg(np.arccos(min(1.0, float(plane.normal @ right))))
    return off, np.rad2deg(abs(np.arcsin(plane.normal[2]) - np.arcsin(right[2])))


def seen_turned(rotation_deg, in_plane=48, spacing_mm=4.9, slices=8, slice_mm=10.0):
    """A head sampled on a turned grid and told to lie straight; where its right and its middle then lie."""
    straight = head_grid(in_plane, spacing_mm, slices, slice_mm)
    turned = head_grid(in_plane, spacing_mm, slices, slice_mm, rotation_deg=rotation_deg)
    image, _ = resting_head(turned)
    seen = straight.affine @ np.linalg.inv(turned.affine)
    middle = seen[:3, :3] @ (0.0, -12.0, 28.0) + seen[:3, 3]
    return image, straight, seen[:3, 0], middle


@pytest.mark.parametrize(
    ("roll_deg", "slices", "slice_mm"), [(7.0, 8, 10.0), (-5.0, 8, 10.0), (-8.0, 10, 8.0), (4.0, 16, 5.0)]
)
def test_the_roll_of_a_tilted_head_is_found(roll_deg, slices, slice_mm):
    """Slabs of 8 cm; with 13 mm slices some rolls are still pulled to none."""
    image, grid, right, middle = seen_turned((3.0, roll_deg, 6.0), slices=slices, slice_mm=slice_mm)
    plane = find_midline(image, brain_of(image, grid).inside, grid)
    off_deg, roll_off_deg = turned_angles_deg(plane, right)
    assert roll_off_deg < 1.5
    assert off_deg < 2.0
    assert middle @ plane.normal == pytest.approx(plane.offset_mm, abs=1.0)


@pytest.mark.parametrize("yaw_deg", [22.0, 29.0, -38.0])
def test_a_head_turned_far_is_followed_and_its_tilt_told(yaw_deg):
    image, grid, right, _ = seen_turned((0.0, 0.0, -yaw_deg))
    plane = find_midline(image, brain_of(image, grid).inside, grid)
    assert turned_angles_deg(plane, right)[0] < 1.5
    assert plane.tilt_deg == pytest.approx(abs(yaw_deg), abs=1.5)


def apart_mm(one, other, where):
    """The largest distance between two planes within a mask of the coarse grid."""
    return np.abs(one.signed_distance_mm(COARSE) - other.signed_distance_mm(COARSE))[where].max()


@pytest.mark.parametrize("change_hu", [-30.0, -18.0, 25.0])
def test_a_large_lesion_of_one_side_does_not_pull_the_midline(head, change_hu):
    """Half a hemisphere, some 270 mL, as dark as an old infarct or as bright as blood."""
    image, brain, plane, modality = head
    x, y, z = np.moveaxis(COARSE.positions_mm(np.indices(COARSE.shape).reshape(3, -1).T), 1, 0)
    lesion = ((x < -12) & (np.abs(y + 10) < 45) & (z > 0) & (z < 70)).reshape(COARSE.shape) & brain.inside
    assert lesion.sum() * COARSE.voxel_ml > 200
    spoilt = image.copy()
    spoilt[lesion] += change_hu if modality is Modality.CT else change_hu / 100 * np.median(image[lesion])
    again = find_midline(spoilt, brain_of(spoilt, COARSE, modality).inside, COARSE)
    assert apart_mm(again, plane, brain.inside) < 1.5


@pytest.mark.parametrize("slices", [slice(0, 2), slice(5, 7)], ids=["low", "high"])
def test_slices_that_hold_half_a_head_do_not_pull_the_midline(head, slices):
    image, brain, plane, modality = head
    half = image.copy()
    half[: COARSE.shape[0] // 2, :, slices] = image.min()
    again = find_midline(half, brain_of(half, COARSE, modality).inside, COARSE)
    assert apart_mm(again, plane, brain.inside) < 2.0


def test_a_slab_that_lacks_half_the_head_in_too_many_slices_looks_turned_far(head):
    image, _, _, modality = head
    half = image.copy()
    half[: COARSE.shape[0] // 2, :, :3] = image.min()
    plane = find_midline(half, brain_of(half, COARSE, modality).inside, COARSE)
    assert plane.tilt_deg > preset_for(modality).quality.tilt_warn_deg


def test_a_field_of_view_that_cuts_one_side_does_not_pull_the_midline(head):
    image, brain, plane, modality = head
    first = int(np.flatnonzero(brain.inside.any(axis=(1, 2)))[0]) + 6  # 29 mm of the brain are cut off
    affine = COARSE.affine.copy()
    affine[:3, 3] += affine[:3, 0] * first
    grid = Grid(image[first:].shape, affine)
    again = find_midline(image[first:], brain_of(image[first:], grid, modality).inside, grid)
    assert apart_mm(again, plane, brain.inside) < 1.5


@pytest.mark.parametrize("slices", [1, 2, 3])
def test_slabs_of_few_slices_have_a_midline(slices):
    image, grid, right, _ = seen_turned((0.0, 0.0, 8.0), slices=slices)
    plane = find_midline(image, brain_of(image, grid).inside, grid)
    assert turned_angles_deg(plane, right)[0] < 3.0


def test_a_voxel_is_mapped_to_its_mirror_image():
    """x = 7 mm mirrored in a tilted plane, by hand, on an oblique grid."""
    normal = np.array([3.0, 4.0, 0.0]) / 5.0
    plane = Midline(normal, 2.0, Step(name="midline", sentence="By hand."))
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", (10, 20, 30), degrees=True).as_matrix() * (1.0, 2.0, 5.0)
    turn[:3, 3] = (-4.0, 3.0, 9.0)
    grid = Grid((5, 6, 7), turn)
    point = np.array([7.0, 0.0, 1.0])
    mirrored = np.array([7.0, 0.0, 1.0]) - 2 * (7.0 * 0.6 - 2.0) * normal
    to_mirror = plane.mirrored_index(grid)
    voxel = np.linalg.solve(grid.affine, [*point, 1.0])
    assert (grid.affine @ to_mirror @ voxel)[:3] == pytest.approx(mirrored)
    assert to_mirror @ to_mirror == pytest.approx(np.eye(4), abs=1e-9)
    assert np.linalg.det(to_mirror) == pytest.approx(-1.0)


def test_mirror_images_lie_equally_far_on_the_other_side(head):
    _, _, plane, _ = head
    distance = plane.signed_distance_mm(COARSE)
    to_mirror = plane.mirrored_index(COARSE)
    for voxel in np.argwhere(np.abs(distance) < 30)[::997]:
        other = COARSE.positions_mm([(to_mirror @ [*voxel, 1.0])[:3]])[0]
        assert other @ plane.normal - plane.offset_mm == pytest.approx(-distance[tuple(voxel)], abs=1e-3)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0]), st.floats(0, 30))
def test_growing_and_shrinking_are_those_of_distances_over_whole_slices(seed, density, radius_mm):
    mask, spacing = np.random.default_rng(seed).random((12, 9, 2)) < density, (1.1, 2.0)
    grown, shrunk = (_in_plane(mask, spacing, radius_mm, grow=grow) for grow in (True, False))
    for z in range(2):
        layer = mask[:, :, z]
        near = ndimage.distance_transform_edt(~layer, spacing) <= radius_mm if layer.any() else layer
        assert np.array_equal(grown[:, :, z], near)
        assert np.array_equal(shrunk[:, :, z], ndimage.distance_transform_edt(layer, spacing) > radius_mm)


# --- awkward images ----------------------------------------------------------------------------------


def test_a_head_without_scalp_has_the_same_brain():
    image, _ = resting_head(COARSE)
    head = head_on(COARSE)
    scalp = head.on_grid(head.fraction(Tissue.SCALP, Tissue.FAT), 0.0) > 0.2
    bald = np.where(scalp, np.float32(-1000.0), image)
    assert dice(brain_of(bald, COARSE).brain, brain_of(image, COARSE).brain) > 0.99


@pytest.mark.parametrize("modality", list(Modality), ids=lambda modality: modality.value)
def test_a_brain_is_found_in_thick_slices(modality):
    image, tissue = resting_head(THICK, modality)
    brain = brain_of(image, THICK, modality)
    assert dice(brain.brain, tissue >= 0.5) > 0.85
    assert find_midline(image, brain.inside, THICK).normal[0] > 0.99


def chest(grid):
    """An oval body with muscle, two lungs, a spine and a few ribs."""
    x, y, _ = np.moveaxis(grid.positions_mm(np.indices(grid.shape).reshape(3, -1).T).T, 0, 0)
    image = np.full(grid.size, -1000.0, dtype=np.float32)
    image[(x / 160) ** 2 + (y / 110) ** 2 < 1] = 50.0
    image[((np.abs(x) - 75) / 55) ** 2 + (y / 75) ** 2 < 1] = -800.0
    image[np.hypot(x, y + 80) < 18] = 400.0
    rib = np.abs((x / 150) ** 2 + (y / 100) ** 2 - 1) < 0.05
    image[rib & (np.sin(6 * np.arctan2(y, x)) > 0.8)] = 500.0
    return image.reshape(grid.shape)


def test_a_chest_is_refused_with_what_to_do():
    grid = Grid((70, 50, 8), np.array([[-5.0, 0, 0, 175], [0, -5, 0, 125], [0, 0, 10, 0], [0, 0, 0, 1]]))
    with pytest.raises(InputError, match="mL of brain was found") as caught:
        brain_of(chest(grid), grid)
    assert "head" in caught.value.remedy


def test_brain_outside_the_skull_is_a_contradiction():
    inside = np.zeros((2, 2, 2), dtype=bool)
    with pytest.raises(ValueError, match="inside the skull"):
        BrainMask(~inside, inside, Step(name="brain-mask", sentence="By hand."))
