"""Motion about three axes, drift and nods, and what the truth says about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.phantom.acquisition import Acquisition, Motion
from tissueclock.phantom.patient import DEMO_STROKE, DigitalPatient, digital_patient
from tissueclock.phantom.signal import Scanner, scan

SMALL = Grid((21, 21, 21), np.diag([-2.0, -2.0, 2.0, 1.0]))
MIDDLE = (10, 10, 10)
STILL = (0.0, 0.0, 0.0)


def blob(motion: Motion, place: tuple[int, int, int], frame: int = 1) -> np.ndarray:
    """Return the centre (RAS, mm from the middle) of a bright block of voxels in one frame of a moved run."""
    signals = np.zeros(SMALL.shape, dtype=np.float32)
    signals[tuple(slice(at - 1, at + 2) for at in place)] = 3000.0
    run = Acquisition(frames=len(motion.shift_mm), noise_sd_hu=0.0, motion=motion)
    rows = np.repeat(signals.reshape(1, -1), len(motion.shift_mm), axis=0)
    series = scan(Scanner(run), SMALL, np.arange(SMALL.size), rows)
    weight = np.clip(series.frame(frame), 0, None).astype(np.float64)
    indices = np.indices(SMALL.shape).reshape(3, -1)
    centre = (indices * weight.ravel()).sum(axis=1) / weight.sum()
    return (SMALL.positions_mm([centre]) - SMALL.positions_mm([MIDDLE]))[0]


@pytest.mark.parametrize(
    ("turn", "towards"),
    [
        ((90.0, 0.0, 0.0), (0.0, -8.0, 0.0)),  # about x: the top of the head comes to the back
        ((0.0, 90.0, 0.0), (8.0, 0.0, 0.0)),  # about y: the top comes to the right
        ((0.0, 0.0, 90.0), (0.0, 0.0, 8.0)),  # about z: the top stays
        (90.0, (0.0, 0.0, 8.0)),
    ],
)
def test_a_quarter_turn_about_each_axis(turn: object, towards: tuple[float, float, float]) -> None:
    found = blob(Motion((STILL, STILL), (0.0, turn)), (10, 10, 14))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, towards, atol=0.05)


@pytest.mark.parametrize("turn", [(12.0, 0.0, 0.0), (0.0, -9.0, 0.0), (10.0, -5.0, 7.0)])
def test_a_point_goes_where_the_matrices_say(turn: tuple[float, float, float]) -> None:
    """The slow reference: the three matrices, one after the other."""
    x, y, z = (
        Rotation.from_euler(axis, angle, degrees=True) for axis, angle in zip("xyz", turn, strict=True)
    )
    before = SMALL.positions_mm([[14, 7, 13]])[0] - SMALL.positions_mm([MIDDLE])[0]
    expected = (z * y * x).apply(before) + np.array((1.0, 2.0, -1.5))
    found = blob(Motion((STILL, (1.0, 2.0, -1.5)), (STILL, turn)), (14, 7, 13))
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_one_number_is_a_turn_about_the_vertical_axis() -> None:
    one, three = Motion((STILL,) * 2, (0.0, 4.0)), Motion((STILL,) * 2, (STILL, (0.0, 0.0, 4.0)))
    assert one.turns_deg == three.turns_deg
    assert (one.is_still(0), one.is_still(1)) == (True, False)


def test_a_drift_is_even_and_begins_at_rest() -> None:
    motion = Motion.drift(5, (2.0, 0.0, -4.0), (0.0, 0.0, 8.0))
    assert motion.is_still(0)
    np.testing.assert_allclose(motion.shift_mm, np.outer(np.linspace(0, 1, 5), (2.0, 0.0, -4.0)))
    np.testing.assert_allclose(motion.turns_deg, np.outer(np.linspace(0, 1, 5), (0.0, 0.0, 8.0)))


def test_nods_are_smooth_and_as_large_as_asked() -> None:
    motion = Motion.nods(65, 3.0)
    nod, tilt, turn = np.array(motion.turns_deg).T
    assert motion.is_still(0)
    assert np.abs(nod).max() == pytest.approx(3.0)
    assert 0.9 < np.abs(turn).max() <= 1.5
    assert not tilt.any()
    shifts = np.array(motion.shift_mm)
    assert 0.3 < np.abs(shifts[:, 1:]).max() < 1.0
    for row in (nod, turn, *shifts.T):
        assert np.abs(np.diff(row, n=2)).max() < 0.6  # no jumps: the second differences stay small


def test_motions_add_up() -> None:
    both = Motion.jump(4, 2, (1.0, 0.0, 0.0), 3.0) + Motion.drift(4, (0.0, 3.0, 0.0))
    assert both.shift_mm == ((0, 0, 0), (0, 1, 0), (1, 2, 0), (1, 3, 0))
    assert both.turns_deg[-1] == (0, 0, 3)
    with pytest.raises(UsageError, match="two motions have frames: 4 and 5"):
        both + Motion.drift(5, STILL)


def test_an_impossible_motion_is_refused() -> None:
    with pytest.raises(UsageError, match="not finite"):
        Motion((STILL,), ((0.0, float("nan"), 0.0),))
    with pytest.raises(UsageError, match="the period in frames is 1"):
        Motion.nods(5, 2.0, period_frames=1)


def test_the_truth_is_of_the_head_at_rest_and_says_how_it_moved(
    coarse: Grid, quiet: Acquisition, sharp: DigitalPatient
) -> None:
    motion = Motion.nods(40, 2.0) + Motion.drift(40, (1.0, 1.0, 1.0))
    moved = digital_patient(DEMO_STROKE, replace(quiet, motion=motion, dropped_frames=(3,)), coarse)
    still, truth = sharp.truth.to_json(), moved.truth.to_json()
    assert truth["physics"] == still["physics"]
    assert truth["brain_ml"] == still["brain_ml"]
    np.testing.assert_array_equal(moved.truth.physics.delay.array, sharp.truth.physics.delay.array)
    assert still["motion"] is None
    kept = [frame for frame in range(40) if frame != 3]
    np.testing.assert_allclose(truth["motion"]["shift_mm"], np.array(motion.shift_mm)[kept], atol=1e-6)
    np.testing.assert_allclose(truth["motion"]["rotation_deg"], np.array(motion.turns_deg)[kept], atol=1e-6)
    np.testing.assert_array_equal(moved.series.stored[0], sharp.series.stored[0])
    assert not np.array_equal(moved.series.stored[4], sharp.series.stored[5])
