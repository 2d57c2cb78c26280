"""The first frames of a DSC run, before the signal has settled."""

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.steady_state import settled, unsettled_frames

GRID = Grid((12, 12, 2), np.diag([-2.0, -2.0, 5.0, 1.0]))
EXCESS = 0.01


def run(brightness, modality=Modality.MR):
    """A head whose signal follows `brightness`, in air."""
    head = np.zeros(GRID.shape)
    head[2:10, 2:10] = 1000.0
    stored = np.asarray(brightness)[:, None, None, None] * head
    frames = len(brightness)
    return TimeSeries(
        stored=stored.astype(np.int16),
        slope=np.array(1.0),
        intercept=np.array(0.0),
        times_s=np.repeat(1.5 * np.arange(frames)[:, None], 2, axis=1),
        grid=GRID,
        modality=modality,
        echo_time_s=0.03,
    )


def bolus(frames, arrival, depth=0.4):
    times = np.arange(frames)
    return 1.0 - depth * np.exp(-(((times - arrival - 5) / 3.0) ** 2)) * (times >= arrival)


@pytest.mark.parametrize("count", range(5))
def test_frames_that_decay_towards_steady_state_are_counted(count):
    brightness = bolus(40, 12)
    brightness[:count] *= 1.0 + 0.6 * 0.45 ** np.arange(count)
    assert unsettled_frames(run(brightness), EXCESS) == count
    series, steps = settled(run(brightness), EXCESS)
    assert series.frames == 40 - count
    assert series.times_s[0, 0] == 1.5 * count  # the clock is the run's own
    assert len(steps) == bool(count)


def test_a_run_that_starts_settled_loses_nothing_to_an_early_bolus():
    assert unsettled_frames(run(bolus(40, 3)), EXCESS) == 0
    assert unsettled_frames(run(bolus(40, 1)), EXCESS) == 0


def test_a_signal_that_only_drifts_is_left_alone():
    assert unsettled_frames(run(1.0 - 0.02 * np.arange(40)), EXCESS) == 0


def test_ct_has_no_such_frames():
    brightness = np.ones(40)
    brightness[:2] = 1.5
    assert unsettled_frames(replace(run(brightness), modality=Modality.CT), EXCESS) == 0


def test_what_was_left_out_is_said():
    brightness = np.ones(30)
    brightness[0] = 1.4
    _, (step,) = settled(run(brightness), EXCESS)
    assert step.sentence == "One frame at the start was left out: the signal had not settled."
    assert step.parameters["frames"] == 1
