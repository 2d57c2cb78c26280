"""The working grid: tissue in blocks, vessels left out, maps back on the scan's grid."""

import numpy as np
import pytest

from tissueclock.image.coarse import Coarsening
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.concentration import Baseline, concentration, find_baseline
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.survey import Survey
from tissueclock.perfusion.vessels import find_vessels
from tissueclock.perfusion.working import Work, working_blocks
from tissueclock.pipeline.preset import preset_for

SETTINGS: PerfusionSettings = preset_for(Modality.CT).perfusion
FINE = Grid((17, 16, 3), np.diag([-0.5, -0.5, 5.0, 1.0]))
FRAMES = 30


def run(modality=Modality.CT, slice_offset_s=0.0, noise=0.0, seed=3):
    """Tissue that rises by 5, an artery two voxels wide that rises by 300."""
    times = 1.5 * np.arange(FRAMES)[:, None] + slice_offset_s * np.arange(3)[None, :]
    shape = np.exp(-(((times[:, 0] - 20) / 4) ** 2))
    rise = np.full(FINE.shape, 5.0)
    rise[8:10, 7:9] = 300.0
    values = 40 + shape[:, None, None, None] * rise
    if modality is Modality.MR:
        values = 1000 * np.exp(-0.001 * shape[:, None, None, None] * rise)
    values = values + np.random.default_rng(seed).normal(0, noise, values.shape)
    return TimeSeries(
        stored=values.astype(np.float32),
        slope=np.array(1.0),
        intercept=np.array(0.0),
        times_s=times,
        grid=FINE,
        modality=modality,
        echo_time_s=0.03 if modality is Modality.MR else None,
    )


def everywhere():
    return np.ones(FINE.shape, dtype=bool)


def test_slices_with_times_of_their_own_are_never_put_together():
    thin = Grid((16, 16, 3), np.diag([-0.5, -0.5, 1.0, 1.0]))
    shared, own = (
        TimeSeries(
            stored=np.zeros((4, 16, 16, 3), dtype=np.int16),
            slope=np.array(1.0),
            intercept=np.array(0.0),
            times_s=np.arange(4.0)[:, None] + offset * np.arange(3)[None, :],
            grid=thin,
            modality=Modality.CT,
        )
        for offset in (0.0, 0.2)
    )
    assert working_blocks(shared, SETTINGS).factors == (3, 3, 5)
    assert working_blocks(own, SETTINGS).factors == (3, 3, 1)


@pytest.mark.parametrize("modality", list(Modality))
def test_a_block_is_the_mean_of_its_tissue_and_of_nothing_else(modality):
    series, tissue = run(modality), everywhere()
    tissue[8:10, 7:9] = False
    work = Work.of(series, tissue, Coarsening(FINE, (3, 3, 1)))
    raw = series.curves(tissue)
    for column, flat in enumerate(work.curves.index):
        block = np.array(np.unravel_index(flat, work.blocks.grid.shape))
        members = [
            row
            for row, voxel in enumerate(np.stack(np.unravel_index(raw.index, FINE.shape), axis=1))
            if (voxel // (3, 3, 1) == block).all()
        ]
        assert work.curves.values[:, column] == pytest.approx(raw.values[:, members].mean(axis=1), rel=1e-5)


def test_an_artery_does_not_leak_into_its_neighbours():
    series = run(noise=2.0)
    baseline = Baseline(frames=5, arrival_s=9.0, step=find_baseline(series, 0.05).step)
    survey = Survey.of(series, everywhere(), baseline)
    blocks = Coarsening(FINE, (3, 3, 1))
    vessels = find_vessels(survey, everywhere(), blocks, SETTINGS)
    assert vessels.mask[8:10, 7:9].all()
    assert vessels.mask.mean() < 0.25
    work = Work.of(series, everywhere() & ~vessels.mask, blocks)
    assert work.curves.values.max() < 40 + 5 + 6
    mixed = Work.of(series, everywhere(), blocks)
    assert mixed.curves.values.max() > 100  # what would leak without


def test_a_survey_is_what_the_curves_say():
    series = run(noise=1.0)
    baseline = find_baseline(series, 0.05)
    survey = Survey.of(series, everywhere(), baseline)
    curves, _ = concentration(series, everywhere(), baseline)
    times = series.times_s[:, 1]
    first_pass = (times >= baseline.arrival_s) & (times <= baseline.arrival_s + 25)
    assert survey.peak == pytest.approx(curves.values[first_pass].max(axis=0), abs=1e-3)
    weights = np.gradient(times) * first_pass
    assert survey.area == pytest.approx(weights @ curves.values, rel=1e-3, abs=0.1)
    assert survey.tallest(0.1, everywhere()).sum() == pytest.approx(0.1 * FINE.size, abs=2)


def test_values_come_back_in_all_tissue_and_nowhere_else():
    tissue = everywhere()
    tissue[8:10, 7:9] = False
    work = Work.of(run(), tissue, Coarsening(FINE, (4, 4, 1)))
    volume = work.on_scan(np.full(work.curves.voxels, 7.0))
    assert volume[tissue] == pytest.approx(7.0)
    assert np.isnan(volume[~tissue]).all()


def test_a_number_that_is_not_finite_is_bridged_by_its_neighbours():
    work = Work.of(run(), everywhere(), Coarsening(FINE, (4, 4, 1)))
    numbers = np.full(work.curves.voxels, 7.0)
    numbers[12] = np.nan
    assert np.nanmax(np.abs(work.on_scan(numbers) - 7.0)) < 1e-5


def test_a_coarse_scan_is_taken_voxel_by_voxel():
    series, tissue = run(), everywhere()
    tissue[0] = False
    work = Work.of(series, tissue, Coarsening(FINE, (1, 1, 1)))
    assert np.array_equal(work.curves.values, series.curves(tissue).values)
    numbers = np.arange(work.curves.voxels, dtype=np.float32)
    assert np.array_equal(work.on_scan(numbers)[tissue], numbers)
