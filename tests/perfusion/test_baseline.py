"""The frames before the bolus: ended by an early artery, whatever else varies."""

import numpy as np
import pytest
from curves_lab import bolus, input_curve

from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.concentration import find_baseline
from tissueclock.perfusion.inputs import baseline_before

GRID = Grid((30, 30, 4), np.diag([-3.0, -3.0, 5.0, 1.0]))
T = 1.5 * np.arange(40)
RISE = 0.05


def run(arteries=30, veins=60, steps=0, noise=1.0, modality=Modality.CT):
    """Tissue with arteries (arrival 10 s), veins (15 s) and voxels that step late, as moved edges do."""
    agent = np.zeros((T.size, GRID.size))
    agent[:, :arteries] = 1.1 * bolus(T, arrival_s=10.0)[:, None]
    agent[:, arteries : arteries + veins] = 1.2 * bolus(T, arrival_s=15.0, beta_s=2.0)[:, None]
    start = np.random.default_rng(4).integers(2, 35, steps)
    agent[:, arteries + veins : arteries + veins + steps] = 250.0 * (np.arange(T.size)[:, None] >= start)
    order = np.random.default_rng(5).permutation(GRID.size)
    signal = 40 + agent if modality is Modality.CT else 1000 * np.exp(-0.002 * agent)
    signal = signal[:, order].reshape(T.size, *GRID.shape)
    signal = signal + np.random.default_rng(6).normal(0, noise, signal.shape)
    return TimeSeries(
        stored=signal.astype(np.float32),
        slope=np.array(1.0),
        intercept=np.array(0.0),
        times_s=np.repeat(T[:, None], GRID.shape[2], axis=1),
        grid=GRID,
        modality=modality,
        echo_time_s=None if modality is Modality.CT else 0.03,
    )


@pytest.mark.parametrize("modality", list(Modality))
def test_the_arteries_end_it_although_most_vessels_are_veins(modality):
    found = find_baseline(run(arteries=30, veins=60, modality=modality), RISE)
    assert 6 <= found.frames <= 8
    assert found.arrival_s == pytest.approx(1.5 * found.frames)


def test_voxels_that_only_step_are_no_vessels():
    assert 6 <= find_baseline(run(arteries=30, veins=30, steps=20), RISE).frames <= 8


def test_the_artery_corrects_a_baseline_that_was_too_long_or_too_short():
    """The input's own rise decides, even if a wrong baseline had shifted its level."""
    times = np.arange(0.0, 58.5, 0.5)
    shifted = input_curve(times)
    for level in (0.0, -40.0, 25.0):
        object.__setattr__(shifted, "values", input_curve(times).values + level)
        found = baseline_before(shifted, run(), RISE)
        assert found.frames in (7, 8)
        assert T[found.frames - 1] <= 11.5


def test_an_artery_that_is_filled_from_the_start_leaves_one_frame():
    assert baseline_before(input_curve(np.arange(0.0, 58.5, 0.5), arrival_s=-5.0), run(), RISE).frames == 1
