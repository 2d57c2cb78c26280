"""Overlays: told apart by fill and line, exact in extent, on a grey that never invents a value."""

import numpy as np
import pytest
from sample_report import SHAPE, background, dsc_model, head_grid, masks, sample_model

from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.report.axial import AxialView
from tissueclock.report.model import CurvePlot, Location, Window
from tissueclock.report.montage import (
    CORE_OVERLAY,
    HYPOPERFUSED_OVERLAY,
    SLICE_LIMIT,
    columns_for,
    draw,
    grey,
    legend,
    outline,
    summary_tiles,
)
from tissueclock.report.view import slices_note

GREY = np.full((80, 80, 3), 90, dtype=np.uint8)


def disc():
    rows, columns = np.indices((80, 80))
    return (rows - 40) ** 2 + (columns - 40) ** 2 < 30**2


def test_only_the_mask_is_painted():
    painted = draw(GREY, disc(), CORE_OVERLAY)
    np.testing.assert_array_equal(painted[~disc()], GREY[~disc()])
    assert (painted[disc()] != 90).any(axis=1).all()


def test_the_core_has_an_unbroken_outline_and_hypoperfusion_a_dashed_one():
    edge = outline(disc())
    solid = (draw(GREY, disc(), CORE_OVERLAY)[edge] == CORE_OVERLAY.outline_rgb).all(axis=1)
    dashed = (draw(GREY, disc(), HYPOPERFUSED_OVERLAY)[edge] == HYPOPERFUSED_OVERLAY.outline_rgb).all(axis=1)
    assert solid.all()
    assert 0.3 < dashed.mean() < 0.7


@pytest.mark.parametrize("direction", [(0, 1), (1, 0), (1, 1), (1, -1)])
def test_lines_of_every_direction_are_dashed(direction):
    line = np.zeros((80, 80), dtype=bool)
    steps = np.arange(60)
    line[10 + direction[0] * steps, (70 if direction[1] < 0 else 10) + direction[1] * steps] = True
    drawn = (draw(GREY, line, HYPOPERFUSED_OVERLAY)[line] == HYPOPERFUSED_OVERLAY.outline_rgb).all(axis=1)
    assert 0.3 < drawn.mean() < 0.7


def test_the_two_overlays_differ_without_colour():
    core, delay = (
        draw(GREY, disc(), overlay).mean(axis=2) for overlay in (CORE_OVERLAY, HYPOPERFUSED_OVERLAY)
    )
    inside = disc() & ~outline(disc())
    edge = outline(disc())
    assert core[edge].min() > core[inside].max() + 60
    assert delay[edge].min() == delay[inside].max()
    assert core[edge].std() == 0


def test_an_outline_reaches_the_edge_of_the_picture():
    full = np.ones((20, 20), dtype=bool)
    edge = outline(full)
    assert edge[0].all()
    assert not edge[5:15, 5:15].any()


def test_the_window_maps_its_ends_to_black_and_white():
    grid = Grid((3, 3, 1), np.eye(4))
    values = np.array([[-5.0, 0, 40], [80, 85, np.nan], [-np.inf, np.inf, 20]], dtype=np.float32)
    view = AxialView(grid, slice(0, 3), slice(0, 3), (3, 3))
    shade = grey(Volume(values[:, :, None], grid, "CT", "HU"), Window(40, 80), view, 0)[..., 0]
    np.testing.assert_array_equal(shade[::-1, ::-1].T, [[0, 0, 128], [255, 255, 0], [0, 255, 64]])


def test_the_sample_shows_both_lesions_on_the_right_of_the_picture():
    tiles = summary_tiles(sample_model())
    pixels = np.asarray(tiles[6].image).astype(int)
    green = pixels[..., 1] > pixels[..., 0] + 25
    assert np.nonzero(green)[1].mean() > pixels.shape[1] / 2
    core_ml, hypoperfused_ml = (masks()[name][:, :, 6].sum() * 0.032 for name in ("core", "hypoperfused"))
    expected = f"Slice S 8.0 mm: core {core_ml:.1f} mL, hypoperfused {hypoperfused_ml:.1f} mL"
    assert tiles[6].description == expected


def test_tiles_stay_plain_without_masks():
    tiles = summary_tiles(sample_model(core=None, core_rule=None, hypoperfused=None))
    pixels = np.asarray(tiles[6].image).astype(int)
    assert (np.ptp(pixels, axis=2) <= 10).all()
    assert tiles[6].description == "Slice S 8.0 mm: no lesion mask"


def test_the_legend_names_what_is_drawn_and_its_rule():
    assert [text for _, text in legend(sample_model())] == [
        "Core (CBF<30%): magenta, solid outline",
        "Hypoperfused (Tmax>6s): green, dashed outline",
    ]
    assert [text for _, text in legend(dsc_model())] == ["Hypoperfused (Tmax>6s): green, dashed outline"]


def test_many_thin_slices_are_thinned_out():
    grid = Grid((40, 40, 160), np.diag([4.0, 4.0, 1.0, 1.0]))
    empty = np.zeros(grid.shape, dtype=bool)
    model = sample_model(
        background=Volume(np.zeros(grid.shape, dtype=np.float32), grid, "baseline CT", "HU"),
        brain=~empty,
        core=empty,
        hypoperfused=empty,
        maps={},
        ladders=(),
        curves=CurvePlot(times_s=(0, 1), aif=(0, 1), unit="HU", aif_location=Location.at(grid, (1, 2, 3))),
    )
    tiles = summary_tiles(model)
    assert len(tiles) == 32 <= SLICE_LIMIT
    assert [tile.position_mm for tile in tiles] == [2.0 + 5 * number for number in range(32)]
    assert slices_note(model, len(tiles)).startswith("32 of 160 slices from the feet to the head")


@pytest.mark.parametrize(("tiles", "columns"), [(1, 1), (4, 4), (8, 4), (10, 5), (12, 6), (16, 4), (24, 6)])
def test_rows_are_as_full_as_they_can_be(tiles, columns):
    assert columns_for(tiles) == columns


def test_the_sample_is_what_the_tests_think_it_is():
    found = masks()
    assert found["core"].sum() < found["hypoperfused"].sum() < found["brain"].sum()
    assert background().shape == SHAPE
    assert head_grid().axis_codes == "LPS"
