"""An asymmetric marker lands where radiology expects it, whatever the order and direction of the axes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_report import sample_model

from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView, evenly, every_nth, levels_with, reoriented
from tissueclock.report.model import CurvePlot, Location
from tissueclock.report.montage import location_tile, summary_tiles

RAS_SHAPE, RAS_SPACING_MM = (20, 26, 6), (3.0, 2.5, 9.0)
LETTERS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
ALL_CODES = [
    "".join(code)
    for order in itertools.permutations(("RL", "AP", "SI"))
    for code in itertools.product(*order)
]
FOUR = ["RAS", "LPS", "PIR", "SAL"]


def oriented(ras, codes):
    """Return (array, grid): a RAS array stored along other axes, its voxels at the same places."""
    axes = [LETTERS[letter] for letter in codes]
    array = ras.transpose([world for world, _ in axes])
    affine = np.eye(4)
    affine[:3, :3] = 0
    for voxel_axis, (world, sign) in enumerate(axes):
        affine[world, voxel_axis] = sign * RAS_SPACING_MM[world]
        affine[world, 3] = 0 if sign > 0 else RAS_SPACING_MM[world] * (ras.shape[world] - 1)
    flips = tuple(slice(None, None, sign) for _, sign in axes)
    return array[flips], Grid(array.shape, affine)


def right_front_top():
    """A marker at the patient's right, in front, in the highest slice."""
    marker = np.zeros(RAS_SHAPE, dtype=bool)
    marker[15:18, 19:23, 5] = True
    return marker


def marker_model(codes):
    whole, grid = oriented(np.ones(RAS_SHAPE, dtype=bool), codes)
    marker, _ = oriented(right_front_top(), codes)
    voxel = np.argwhere(marker)[0]
    place = Location.at(grid, voxel)
    return sample_model(
        background=Volume(np.zeros(grid.shape, dtype=np.float32), grid, "baseline CT", "HU"),
        brain=whole,
        core=marker,
        hypoperfused=None,
        maps={},
        ladders=(),
        curves=CurvePlot(times_s=(0, 1), aif=(0, 1), unit="HU", aif_location=place),
    )


@pytest.mark.parametrize("codes", ALL_CODES)
def test_reorientation_agrees_with_the_positions_of_voxels(codes):
    """The slow, obvious reference: sort voxels by where they lie."""
    ras = np.random.default_rng(3).random(RAS_SHAPE)
    array, grid = oriented(ras, codes)
    expected = ras.transpose(1, 0, 2)[::-1, ::-1, :]
    np.testing.assert_array_equal(reoriented(array, grid), expected)


@pytest.mark.parametrize("codes", FOUR)
def test_the_marker_is_left_and_up_in_the_last_tile_only(codes):
    tiles = summary_tiles(marker_model(codes))
    assert len(tiles) == RAS_SHAPE[2]
    magenta = [
        (pixels[..., 0] > pixels[..., 1] + 40) & (pixels[..., 2] > pixels[..., 1] + 40)
        for pixels in (np.asarray(tile.image).astype(int) for tile in tiles)
    ]
    assert [found.any() for found in magenta] == [False] * 5 + [True]
    rows, columns = np.nonzero(magenta[-1])
    height, width = magenta[-1].shape
    assert columns.mean() / width == pytest.approx(1 - 16.5 / 20, abs=0.03)
    assert rows.mean() / height == pytest.approx(1 - 21.0 / 26, abs=0.03)


@pytest.mark.parametrize("codes", FOUR)
def test_tiles_run_from_feet_to_head_and_say_their_height(codes):
    tiles = summary_tiles(marker_model(codes))
    assert [tile.position_mm for tile in tiles] == [9.0 * level for level in range(6)]
    assert tiles[5].description.startswith("Slice S 45.0 mm: core 0.8 mL")


@pytest.mark.parametrize("codes", FOUR)
def test_pixels_keep_the_true_aspect(codes):
    width, height = summary_tiles(marker_model(codes))[0].image.size
    assert height == 256
    assert width == round(256 * (20 * 3.0) / (26 * 2.5))


@pytest.mark.parametrize("codes", ALL_CODES)
def test_a_voxels_pixel_shows_that_voxel(codes):
    marker, grid = oriented(right_front_top(), codes)
    view = AxialView.around(grid, np.ones(grid.shape, dtype=bool), 256)
    for voxel in np.argwhere(marker):
        x, y, level = view.pixel_of(tuple(int(index) for index in voxel))
        assert level == 5
        assert view.enlarged_mask(marker, level)[int(y), int(x)]


def test_the_ring_is_drawn_where_the_input_curve_was_read():
    model = marker_model("LPS")
    tile = location_tile(model, "AIF", model.curves.aif_location)
    pixels = np.asarray(tile.image).astype(int)
    rows, columns = np.nonzero((pixels[..., 0] > 200) & (pixels[..., 2] < 120))
    x, y, _ = AxialView.around(model.grid, model.brain, 256).pixel_of(model.curves.aif_location.voxel)
    assert (columns.mean(), rows.mean()) == (pytest.approx(x, abs=1.5), pytest.approx(y, abs=1.5))
    assert tile.description == "Slice S 45.0 mm with a ring around the AIF"


def test_a_curve_read_far_from_the_brain_stays_in_the_picture():
    model = sample_model()
    corner = location_tile(model, "VOF", Location.at(model.grid, (2, 50, 0)))
    pixels = np.asarray(corner.image).astype(int)
    yellow = (pixels[..., 0] > 200) & (pixels[..., 1] > 150) & (pixels[..., 2] < 120)
    assert yellow.sum() > 20


def test_a_tilted_grid_uses_its_nearest_axes_and_true_heights():
    angle = np.radians(20)
    affine = np.diag([2.0, 2.0, 6.0, 1.0])
    affine[1:3, 1:3] = [[2 * np.cos(angle), -6 * np.sin(angle)], [2 * np.sin(angle), 6 * np.cos(angle)]]
    grid = Grid((10, 12, 4), affine)
    view = AxialView.around(grid, np.ones(grid.shape, dtype=bool), 128)
    steps = np.diff([view.position_mm(level) for level in range(4)])
    np.testing.assert_allclose(steps, 6 * np.cos(angle))


def test_the_crop_follows_the_brain_with_room_for_the_skull():
    grid = Grid((100, 100, 3), np.diag([2.0, 2.0, 5.0, 1.0]))
    brain = np.zeros(grid.shape, dtype=bool)
    brain[40:60, 30:70, 1] = True
    view = AxialView.around(grid, brain, 256)
    assert (view.columns.start, view.columns.stop) == (100 - 67, 100 - 33)
    assert (view.rows.start, view.rows.stop) == (100 - 77, 100 - 23)


def test_without_a_brain_everything_is_shown():
    grid = Grid((8, 10, 3), np.eye(4))
    nothing = np.zeros(grid.shape, dtype=bool)
    view = AxialView.around(grid, nothing, 100)
    assert (view.rows, view.columns) == (slice(0, 10), slice(0, 8))
    assert levels_with(nothing, grid) == [0, 1, 2]


def test_a_single_voxel_is_never_lost_when_enlarged():
    grid = Grid((30, 30, 1), np.eye(4))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[11, 17, 0] = True
    view = AxialView.around(grid, np.ones(grid.shape, dtype=bool), 100)
    assert view.enlarged_mask(mask, 0).sum() >= 9


@given(st.integers(1, 400), st.integers(2, 30))
def test_slices_are_thinned_in_equal_steps(count, limit):
    shown = every_nth(list(range(count)), limit)
    steps = {later - earlier for earlier, later in itertools.pairwise(shown)}
    assert len(shown) <= limit
    assert len(steps) <= 1
    assert count > limit or shown == list(range(count))
    assert abs(shown[0] - (count - 1 - shown[-1])) <= 1


@given(st.integers(1, 400), st.integers(2, 30))
def test_some_slices_are_picked_evenly_with_both_ends(count, limit):
    levels = list(range(count))
    shown = evenly(levels, limit)
    assert len(shown) == min(count, limit)
    assert (shown[0], shown[-1]) == (0, count - 1)
    gaps = {later - earlier for earlier, later in itertools.pairwise(shown)}
    assert not gaps or max(gaps) - min(gaps) <= 1
