"""What an acquisition may be, and what it says when it may not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tissueclock.core.errors import UsageError
from tissueclock.phantom.acquisition import Acquisition, Bolus, Motion

STILL = (0.0, 0.0, 0.0)


def test_the_default_run_is_a_minute_of_ct() -> None:
    run = Acquisition()
    assert run.kept_times_s.tolist() == [1.5 * frame for frame in range(40)]
    assert run.offsets_s(3).tolist() == [0.0, 0.0, 0.0]


def test_dropped_frames_leave_the_others_at_their_times() -> None:
    run = Acquisition(frames=5, frame_interval_s=2.0, dropped_frames=(1, 3))
    assert run.kept_frames == (0, 2, 4)
    assert run.kept_times_s.tolist() == [0.0, 4.0, 8.0]


def test_explicit_times_take_the_place_of_the_interval() -> None:
    run = Acquisition(frame_times_s=(0.0, 1.0, 4.0))
    assert run.kept_times_s.tolist() == [0.0, 1.0, 4.0]


def test_a_jump_moves_the_frames_that_it_names() -> None:
    motion = Motion.jump(5, 1, (2.0, 0.0, 0.0), 3.0, last=2)
    assert motion.rotation_deg == (0.0, 3.0, 3.0, 0.0, 0.0)
    assert motion.shift_mm == (STILL, (2.0, 0.0, 0.0), (2.0, 0.0, 0.0), STILL, STILL)
    assert Motion.jump(4, 2, (1.0, 0.0, 0.0)).shift_mm[-1] == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"arrival_s": -1.0}, "the bolus arrives -1.0"),
        ({"width_s": 0.0}, "the bolus' width is 0.0"),
        ({"width_s": math.nan}, "the bolus' width is nan"),
        ({"peak_hu": 0.0}, "the bolus' peak is 0.0"),
        ({"recirculation": 1.0}, "the recirculating share is 1.0"),
    ],
)
def test_an_impossible_bolus_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Bolus(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"frames": 1}, "the run has frames: 1"),
        ({"frame_interval_s": 0.0}, "the frame times are not rising"),
        ({"frame_times_s": (0.0, 2.0, 1.0)}, "the frame times are not rising"),
        ({"frame_times_s": (-1.0, 2.0)}, "the frame times are not rising"),
        ({"frame_times_s": (0.0, math.inf)}, "the frame times are not rising"),
        ({"slice_offsets_s": (0.5, 1.0)}, "the smallest slice offset is 0.5"),
        ({"noise_sd_hu": -1.0}, "the noise's SD is -1.0"),
        ({"snr": 0.0}, "the signal-to-noise ratio is 0.0"),
        ({"echo_time_s": 0.0}, "the echo time is 0.0"),
        ({"dropped_frames": (40,)}, r"frames to drop are \(40,\)"),
        ({"frames": 3, "dropped_frames": (0, 1)}, "frames are left: 1"),
        ({"motion": Motion((STILL,), (0.0,))}, "the motion has entries for frames: 1"),
    ],
)
def test_an_impossible_run_is_refused_with_a_remedy(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Acquisition(**values)
    assert caught.value.remedy
    assert caught.value.where == "acquisition"


def test_offsets_must_be_one_a_slice() -> None:
    run = Acquisition(slice_offsets_s=(0.0, 0.5))
    assert np.array_equal(run.offsets_s(2), [0.0, 0.5])
    with pytest.raises(UsageError, match=r"slice offsets are given for slices: 2\. The grid has 3"):
        run.offsets_s(3)


@pytest.mark.parametrize(
    ("shift_mm", "rotation_deg", "message"),
    [
        ((STILL,), (0.0, 0.0), "the motion has 1 shifts and 2 rotations"),
        (((math.nan, 0.0, 0.0),), (0.0,), "the motion is not finite"),
    ],
)
def test_an_impossible_motion_is_refused(shift_mm: Any, rotation_deg: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Motion(shift_mm, rotation_deg)


@pytest.mark.parametrize("quantum_hu", [0.0, 0.01, 2.0])
def test_a_quantum_that_16_bits_cannot_hold_is_refused(quantum_hu: float) -> None:
    with pytest.raises(UsageError, match="the quantum of CT"):
        Acquisition(quantum_hu=quantum_hu)
