"""Grids, volumes, series and curves: valid or not constructed, read-only, and right in every orientation."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.image.curves import Curves
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume

LPS = np.diag([-2.0, -2.0, 5.0, 1.0])


def series(stored, times=None, **changes):
    frames, slices = stored.shape[0], stored.shape[3]
    times = np.repeat(np.arange(frames, dtype=float)[:, None], slices, axis=1) if times is None else times
    values = {
        "stored": stored,
        "slope": np.array(1.0),
        "intercept": np.array(0.0),
        "times_s": times,
        "grid": Grid(stored.shape[1:], LPS),
        "modality": Modality.CT,
    }
    return TimeSeries(**{**values, **changes})


@pytest.mark.parametrize("signs", list(product((-1, 1), repeat=3)))
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_axis_codes_in_every_orientation(order, signs):
    affine = np.eye(4)
    affine[:3, :3] = 0
    for voxel, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[world, voxel] = sign * (voxel + 1.0)
    grid = Grid((4, 5, 6), affine)
    letters = ("LR", "PA", "IS")
    assert grid.axis_codes == "".join(
        letters[world][sign > 0] for world, sign in zip(order, signs, strict=True)
    )
    assert grid.axial_axis == order.index(2)
    assert set(grid.in_plane_axes) == {0, 1, 2} - {grid.axial_axis}
    assert grid.spacing_mm == pytest.approx((1, 2, 3))
    assert grid.voxel_ml == pytest.approx(0.006)


def test_each_world_axis_is_used_once_when_oblique():
    angle = np.deg2rad(46)
    affine = np.eye(4)
    affine[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    assert sorted(Grid((2, 2, 2), affine).nearest_axes[0]) == [0, 1, 2]


def test_sheared_grid_counts_its_true_volume():
    affine = np.diag([1.0, 1.0, 5.0, 1.0])
    affine[1, 2] = 2.0  # gantry tilt
    assert Grid((2, 2, 2), affine).voxel_ml == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("shape", "affine"),
    [
        ((1, 2), np.eye(4)),
        ((0, 2, 2), np.eye(4)),
        ((2, 2, 2), np.zeros((4, 4))),
        ((2, 2, 2), np.full((4, 4), np.nan)),
        ((2, 2, 2), np.eye(3)),
    ],
)
def test_impossible_grids_are_not_constructed(shape, affine):
    with pytest.raises(ValueError, match="a grid"):
        Grid(shape, affine)


def test_positions_are_in_ras():
    grid = Grid((3, 3, 3), LPS)
    assert grid.positions_mm([[1, 0, 2]])[0] == pytest.approx([-2, 0, 10])


def test_volume_is_read_only_and_counts():
    mask = np.zeros((2, 2, 2), dtype=bool)
    mask[0, 0] = True
    volume = Volume(mask, Grid((2, 2, 2), LPS), "mask", "")
    assert volume.volume_ml() == pytest.approx(2 * 0.02)
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = False
    with pytest.raises(ValueError, match="does not fit"):
        Volume(mask, Grid((2, 2, 3), LPS), "mask", "")


def test_series_scales_each_slice_by_its_own_numbers():
    stored = np.ones((2, 1, 1, 2), dtype=np.int16)
    scaled = series(stored, slope=np.array([[1.0, 2.0], [3.0, 4.0]]), intercept=np.array(-1024.0))
    assert scaled.frame(1)[0, 0].tolist() == [-1021, -1020]
    assert scaled.frame(0).dtype == np.float32
    assert scaled.mean()[0, 0].tolist() == [-1022, -1021]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (np.zeros((2, 2)), "increase"),
        (np.zeros((3, 2)), "finite and 2 x 2"),
        (np.array([[0.0, 0.0], [1.0, np.nan]]), "finite"),
        (np.array([[0.0, 1.0], [1.0, 0.5]]), "increase"),
    ],
)
def test_series_with_impossible_times_is_not_constructed(times, message):
    with pytest.raises(ValueError, match=message):
        series(np.zeros((2, 1, 1, 2), dtype=np.int16), times)


def test_mean_of_no_frames_is_refused():
    with pytest.raises(ValueError, match="no frames"):
        series(np.zeros((2, 1, 1, 2), dtype=np.int16)).mean(slice(0, 0))


@given(st.integers(0, 2**32 - 1))
def test_curves_go_back_to_where_they_came_from(seed):
    rng = np.random.default_rng(seed)
    stored = rng.integers(0, 100, size=(3, 4, 3, 2)).astype(np.int16)
    mask = rng.random((4, 3, 2)) < 0.5
    scan = series(stored)
    curves = scan.curves(mask)
    assert np.array_equal(curves.mask, mask)
    for frame in range(3):
        back = curves.on_grid(curves.values[frame])
        assert np.array_equal(back[mask], stored[frame][mask].astype(np.float32))
        assert np.isnan(back[~mask]).all()
    assert np.array_equal(curves.slice_index, np.argwhere(mask)[:, 2])
    smaller = mask & (rng.random(mask.shape) < 0.5)
    assert np.array_equal(curves.within(smaller).values, scan.curves(smaller).values)


def test_curves_refuse_what_does_not_fit():
    grid, times = Grid((2, 2, 2), LPS), np.arange(3.0)[:, None]
    good = np.zeros((3, 2), dtype=np.float32)
    with pytest.raises(ValueError, match="float32"):
        Curves(good.astype(np.float64), np.array([0, 1]), grid, times)
    with pytest.raises(ValueError, match="ascend"):
        Curves(good, np.array([1, 0]), grid, times)
    with pytest.raises(ValueError, match="fit neither"):
        Curves(good, np.array([0, 1]), grid, np.zeros((3, 5)))
