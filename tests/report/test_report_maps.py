"""Map rows: a perceptual colour table, scales that say what they mean, nothing painted outside the brain."""

import numpy as np
import pytest
from sample_report import SHAPE, head_grid, sample_model

from tissueclock.image.volume import Volume
from tissueclock.report.colour import LEVELS, map_colours
from tissueclock.report.maps import SLICES_PER_MAP, colour_bar, coloured, map_levels, map_rows, scale_ticks
from tissueclock.report.model import MAP_NAMES
from tissueclock.report.view import maps_note


def cie_lightness(rgb):
    """L* of CIE 1976 from sRGB bytes: another measure of lightness than the table's own."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def test_lightness_rises_evenly():
    lightness = cie_lightness(map_colours().astype(float))
    assert (np.diff(lightness[::4]) > 0).all()
    line = np.linspace(lightness[0], lightness[-1], LEVELS)
    assert np.abs(lightness - line).max() < 12
    assert lightness[0] < 10
    assert lightness[-1] > 90


def test_the_table_is_bytes_has_hue_and_cannot_be_changed():
    table = map_colours()
    assert (table.shape, table.dtype) == ((LEVELS, 3), np.uint8)
    assert np.ptp(table[60:200].astype(int), axis=1).min() > 60
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0


def test_values_are_clipped_to_the_scale():
    table = map_colours()
    found = coloured(np.array([-3.0, 0.0, 12.0, 99.0], dtype=np.float32), 0.0, 12.0)
    np.testing.assert_array_equal(found, table[[0, 0, -1, -1]])


def test_rows_come_in_the_agreed_order_with_units():
    rows = map_rows(sample_model())
    assert [row.name for row in rows] == list(MAP_NAMES)
    assert [row.unit for row in rows] == ["mL/100 g/min", "mL/100 g", "s", "s", "s", "s", "mL/100 g/min"]
    assert all(len(row.tiles) == SLICES_PER_MAP for row in rows)


def test_a_missing_map_has_no_row():
    model = sample_model()
    kept = {name: volume for name, volume in model.maps.items() if name != "ttp"}
    assert [row.name for row in map_rows(sample_model(maps=kept))] == [n for n in MAP_NAMES if n != "ttp"]


def test_faint_voxels_are_black_and_said_to_be():
    plain = sample_model()
    faint = np.zeros_like(plain.brain)
    faint[:] = plain.brain
    faint[: plain.brain.shape[0] // 2] = False
    half = sample_model(faint=faint)
    tile, whole = (np.asarray(map_rows(model)[0].tiles[3].image) for model in (half, plain))
    assert (tile.max(axis=-1) == 0).sum() > (whole.max(axis=-1) == 0).sum() + 1000
    assert "too little bolus to judge are black" in maps_note(half, 6)
    assert "black" not in maps_note(plain, 6)


def test_scales_are_fixed_where_limits_are_in_seconds():
    values = np.array([3.0, 300.0], dtype=np.float32)
    assert scale_ticks("tmax", values) == (0, 2, 4, 6, 8, 10, 12)
    assert scale_ticks("mtt", values)[-1] == 20


def test_other_scales_come_from_the_brain_and_start_at_zero_for_flow():
    values = np.linspace(20, 58, 1000, dtype=np.float32)
    assert scale_ticks("cbf", values) == (0, 20, 40, 60, 80)
    assert scale_ticks("ttp", values) == (20, 30, 40, 50, 60)
    assert scale_ticks("cbf", np.array([], dtype=np.float32)) == (0.0, 1.0)


def test_vessels_do_not_set_the_scale_of_flow():
    tissue = np.full(1000, 22.0, dtype=np.float32)
    vessels = np.full(80, 400.0, dtype=np.float32)
    assert scale_ticks("cbf", np.concatenate([tissue, vessels])) == scale_ticks("cbf", tissue)


def test_a_constant_map_has_a_scale():
    ticks = scale_ticks("ttp", np.full(10, 7.0, dtype=np.float32))
    assert ticks[0] < 7 < ticks[-1]


def test_what_is_not_finite_or_outside_the_brain_is_black():
    array = np.full(SHAPE, 12.0, dtype=np.float32)
    array[:, :52, :] = np.nan
    model = sample_model(maps={"tmax": Volume(array, head_grid(), "Tmax", "s")})
    tile = np.asarray(map_rows(model)[0].tiles[2].image).astype(int)
    height, width, _ = tile.shape
    bright = tile.sum(axis=2) > 600
    assert bright[int(height * 0.55) : int(height * 0.8), width // 2].all()
    assert not bright[int(height * 0.2) : int(height * 0.45), width // 2].any()
    assert tile[height // 2, 0].sum() == 0


def test_the_edge_of_the_brain_is_not_darkened_by_its_surroundings():
    array = np.full(SHAPE, 12.0, dtype=np.float32)
    model = sample_model(maps={"tmax": Volume(array, head_grid(), "Tmax", "s")})
    tile = np.asarray(map_rows(model)[0].tiles[3].image)
    painted = tile.reshape(-1, 3)[tile.reshape(-1, 3).sum(axis=1) > 0]
    brightest = (painted == map_colours()[-1]).all(axis=1)
    assert brightest.mean() > 0.95


def test_map_slices_leave_out_the_ends_of_the_brain():
    levels = map_levels(sample_model())
    assert len(levels) == SLICES_PER_MAP
    assert (levels[0], levels[-1]) == (1, 10)


def test_the_colour_bar_runs_from_dark_to_bright():
    bar = np.asarray(colour_bar(300, 4))
    assert bar.shape == (4, 300, 3)
    np.testing.assert_array_equal(bar[0, [0, -1]], map_colours()[[0, -1]])


def test_the_scale_in_words():
    row = next(row for row in map_rows(sample_model()) if row.name == "tmax")
    assert row.scale_text == "dark is 0, bright is 12 s or more"
    assert row.share(6.0) == 0.5
