"""Motion of the head: measured in millimetres, undone, and judged."""

from dataclasses import replace

import numpy as np
import pytest
from curves_lab import input_curve

from tissueclock.core.quality import Level
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.perfusion.concentration import find_baseline
from tissueclock.perfusion.motion import measure_motion, realign
from tissueclock.perfusion.quality import check_run
from tissueclock.phantom.acquisition import Acquisition, Motion
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient
from tissueclock.pipeline.preset import preset_for

FRAMES = 12
GRID = Grid((60, 60, 6), np.diag([-1.5, -1.5, 5.0, 1.0]))
HEAD = head_grid(in_plane=96, spacing_mm=2.0, slices=8, slice_spacing_mm=10.0)
QUALITY = preset_for(Modality.CT).quality


def egg(shift=(0, 0, 0)):
    """A skull with something inside, moved by whole voxels; it fades towards the ends of the slab."""
    x, y, z = np.indices(GRID.shape)
    radius = np.hypot((x - 30) / 0.8, y - 30) + 1.5 * np.abs(z - 2.5)
    skull = np.where((radius > 20) & (radius < 24), 1000, np.where(radius <= 20, 40, -1000))
    return np.roll(skull, shift, axis=(0, 1, 2)).astype(np.int16)


def series(stored, slope=1.0, intercept=0.0):
    frames = len(stored)
    return TimeSeries(
        stored=np.asarray(stored),
        slope=np.array(slope),
        intercept=np.array(intercept),
        times_s=np.repeat(2.0 * np.arange(frames)[:, None], GRID.shape[2], axis=1),
        grid=GRID,
        modality=Modality.CT,
    )


def jump(at, shift, last=FRAMES):
    return series([egg(shift if at <= frame < last else (0, 0, 0)) for frame in range(FRAMES)])


def test_a_jump_is_measured_in_millimetres():
    motion = measure_motion(jump(5, (2, 0, 0), last=6))
    assert motion.displacement_mm[5] == pytest.approx(3.0, abs=0.15)
    assert np.delete(motion.displacement_mm, 5).max() < 0.01
    assert motion.turn_deg.max() < 0.2
    assert np.flatnonzero(motion.realigned).tolist() == [5]


def test_a_head_that_stays_away_is_as_far_as_it_went():
    """A jump half-way through: counted from the middle of the run it would read half."""
    motion = measure_motion(jump(6, (2, 0, 0)))
    assert motion.displacement_mm.tolist() == pytest.approx([0.0] * 6 + [3.0] * 6, abs=0.15)


def test_motion_across_slices_is_a_share_of_their_distance():
    motion = measure_motion(jump(6, (0, 0, 1)))
    assert motion.largest_through_slices == pytest.approx(1.0, abs=0.15)
    assert measure_motion(jump(6, (2, 0, 0))).largest_through_slices < 0.05


def test_realigning_brings_moved_frames_back_and_leaves_still_ones_alone():
    moved = jump(6, (2, 1, 0))
    back = realign(moved, measure_motion(moved))
    assert np.array_equal(back.stored[:6], moved.stored[:6])
    middle = (slice(6, None), slice(4, -4), slice(4, -4), slice(1, -1))
    error = np.abs(back.stored[middle].astype(int) - egg()[middle[1:]])
    assert error.mean() < 0.2 * np.abs(moved.stored[middle].astype(int) - egg()[middle[1:]]).mean()


def test_stored_numbers_keep_their_type_and_scaling():
    stored = [
        (egg((2, 0, 0) if frame > 5 else (0, 0, 0)) + 1024).astype(np.uint16) for frame in range(FRAMES)
    ]
    moved = series(stored, intercept=-1024.0)
    back = realign(moved, measure_motion(moved))
    assert back.stored.dtype == np.uint16
    assert back.frame(8)[30, 30, 2] == pytest.approx(40, abs=1)
    assert moved.stored[8, 32, 30, 2] == stored[8][32, 30, 2]  # the scan that was given is untouched


@pytest.mark.parametrize("modality", list(Modality))
def test_a_digital_head_is_followed_through_the_bolus(modality):
    """Contrast comes and goes; the head jumps at its height."""
    move = Motion.jump(30, 12, (4.0, -2.0, 0.0), 3.0)
    acquisition = Acquisition(frames=30, modality=modality, motion=move, seed=41)
    motion = measure_motion(digital_patient(DEMO_STROKE, acquisition, HEAD).series)
    assert motion.displacement_mm[:12].max() < 0.15
    assert (motion.displacement_mm[12:] > 7).all()
    assert motion.turn_deg[12:] == pytest.approx(3.0, abs=0.3)
    assert motion.left_mm < 0.6


def flag_of(motion, id="motion", **limits):
    run = jump(20, (0, 0, 0))
    baseline = find_baseline(run, 0.05)
    bolus = input_curve(np.arange(0.0, 60.0, 0.5))
    flags = check_run(run, baseline, motion, bolus, None, replace(QUALITY, **limits))
    return next(flag for flag in flags if flag.id == id)


@pytest.mark.parametrize(
    ("limits", "level", "words"),
    [
        ({}, Level.WARN, "6 frames were realigned"),
        ({"motion_warn_mm": 5.0}, Level.PASS, "at most 3.0 mm"),
        ({"motion_fail_mm": 2.0}, Level.FAIL, "further than realignment was proven for"),
    ],
)
def test_the_check_of_motion_answers_to_its_limits(limits, level, words):
    flag = flag_of(measure_motion(jump(6, (2, 0, 0))), **limits)
    assert flag.level is level
    assert words in flag.text


def test_frames_that_do_not_fit_withhold_the_verdict():
    motion = measure_motion(jump(6, (2, 0, 0)))
    flag = flag_of(replace(motion, residual_mm=np.where(motion.realigned, 1.4, 0.0)), "motion-residual")
    assert flag.level is Level.FAIL
    assert "a shift of 1.4 mm. Leave them out with --exclude-frames." in flag.text


def test_motion_across_slices_withholds_the_verdict():
    flag = flag_of(measure_motion(jump(6, (0, 0, 1))), "motion-across")
    assert flag.level is Level.FAIL
    assert "across slices" in flag.text


def test_a_replaced_frame_counts_neither_as_left_nor_as_realigned():
    motion = measure_motion(jump(5, (0, 0, 1), last=6)).replacing(5)
    assert not motion.realigned.any()
    assert motion.largest_through_slices < 0.05
    assert motion.left_mm < 0.05
    assert motion.largest_kept_mm < 0.05
    assert flag_of(motion, motion_fail_mm=2.0).level is Level.PASS


def test_entries_that_do_not_fit_are_refused():
    motion = measure_motion(jump(6, (2, 0, 0)))
    with pytest.raises(ValueError, match="turn_deg has one entry a frame"):
        replace(motion, turn_deg=np.zeros(3))
