"""What the scanner stores: noise, motion, times, and the two modalities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.phantom.acquisition import Acquisition, Motion
from tissueclock.phantom.head import Head
from tissueclock.phantom.patient import DEMO_STROKE, DigitalPatient, digital_patient
from tissueclock.phantom.signal import BLOOD_R2_PER_HU, Scanner, scan
from tissueclock.phantom.tissues import Tissue

SMALL = Grid((20, 20, 3), np.diag([-2.0, -2.0, 5.0, 1.0]))
EVERY_VOXEL = np.arange(SMALL.size)


def still_life(acquisition: Acquisition, value: float) -> TimeSeries:
    """A run of a block with one constant signal."""
    signals = np.full((acquisition.kept_times_s.size, SMALL.size), value, dtype=np.float32)
    return scan(Scanner(acquisition), SMALL, EVERY_VOXEL, signals)


def spot(acquisition: Acquisition) -> np.ndarray:
    """The frames of a run in which one voxel stands out of air."""
    index = np.array([np.ravel_multi_index((12, 6, 1), SMALL.shape)])
    signals = np.full((acquisition.kept_times_s.size, 1), 1000.0, dtype=np.float32)
    series = scan(Scanner(acquisition), SMALL, index, signals)
    return np.stack([series.frame(number) for number in range(series.frames)])


@pytest.mark.parametrize("noise_sd_hu", [1.0, 3.0, 8.0])
def test_the_noise_on_ct_has_the_stated_sd(noise_sd_hu: float) -> None:
    series = still_life(Acquisition(frames=30, noise_sd_hu=noise_sd_hu), 40.0)
    values = series.stored + series.intercept[0, 0]
    # Rounding to whole HU adds a twelfth to the variance.
    assert values.std() == pytest.approx(np.sqrt(noise_sd_hu**2 + 1 / 12), rel=0.02)
    assert values.mean() == pytest.approx(40.0, abs=0.15)


def test_the_noise_is_independent_between_voxels_and_frames() -> None:
    values = still_life(Acquisition(frames=30), 40.0).stored.reshape(30, -1).astype(float)
    values -= values.mean()
    assert abs((values[1:] * values[:-1]).mean()) < 0.05 * values.var()
    assert abs((values[:, 1:] * values[:, :-1]).mean()) < 0.05 * values.var()


def test_the_noise_on_mr_is_rician() -> None:
    run = Acquisition(modality=Modality.MR, frames=30, snr=50.0)
    bright = np.stack([still_life(run, 100.0).frame(number) for number in range(30)])
    assert bright.std() == pytest.approx(2.0, rel=0.03)
    dark = np.stack([still_life(run, 0.0).frame(number) for number in range(30)])
    assert dark.mean() == pytest.approx(2.0 * np.sqrt(np.pi / 2), rel=0.03)  # Rayleigh


@pytest.mark.parametrize("modality", list(Modality))
def test_equal_seeds_give_equal_bytes_and_others_do_not(modality: Modality) -> None:
    one, same, other = (still_life(Acquisition(modality=modality, seed=seed), 40.0) for seed in (5, 5, 6))
    assert one.stored.tobytes() == same.stored.tobytes()
    assert one.stored.tobytes() != other.stored.tobytes()


def test_a_patient_is_the_same_every_time(sharp: DigitalPatient, coarse: Grid, quiet: Acquisition) -> None:
    again = digital_patient(DEMO_STROKE, quiet, coarse)
    assert again.series.stored.tobytes() == sharp.series.stored.tobytes()
    assert again.truth.to_json() == sharp.truth.to_json()


def test_signals_beyond_the_stored_range_are_clipped() -> None:
    assert set(np.unique(still_life(Acquisition(frames=2), -5000.0).stored)) == {0}
    assert set(np.unique(still_life(Acquisition(frames=2), 90_000.0).stored)) == {32_767}


def test_ct_is_stored_like_ct(sharp: DigitalPatient) -> None:
    series = sharp.series
    assert series.stored.dtype == np.int16
    assert series.stored.min() >= 0
    assert (series.slope == 1).all()
    assert (series.intercept == -1024).all()
    assert series.echo_time_s is None
    assert series.frame(0)[0, 0, 0] == -1000


def test_ct_numbers_are_those_of_tissue(head: Head, sharp: DigitalPatient) -> None:
    baseline = sharp.series.mean(slice(0, 6))
    grey, white = sharp.truth.grey.array, sharp.truth.white.array
    csf = head.on_grid(head.fraction(Tissue.CSF), 0.0)
    assert baseline[grey > 0.99].mean() == pytest.approx(37, abs=0.6)
    assert baseline[white > 0.99].mean() == pytest.approx(29, abs=0.6)
    assert baseline[csf > 0.99].mean() == pytest.approx(7, abs=0.6)
    assert baseline.max() > 600


def test_normal_grey_matter_rises_by_some_ten_hu(sharp: DigitalPatient) -> None:
    normal = (sharp.truth.grey.array > 0.95) & (sharp.truth.physics.delay.array == 0.5)
    curve = np.array([sharp.series.frame(number)[normal].mean() for number in range(sharp.series.frames)])
    assert 8 < np.ptp(curve) < 16


def test_dsc_loses_signal_in_grey_matter(coarse: Grid) -> None:
    run = Acquisition(modality=Modality.MR, snr=float("inf"))
    patient = digital_patient(DEMO_STROKE, run, coarse)
    series, truth = patient.series, patient.truth
    assert (series.modality, series.echo_time_s) == (Modality.MR, 0.03)
    normal = (truth.grey.array > 0.95) & (truth.physics.delay.array == 0.5)
    curve = np.array([series.frame(number)[normal].mean() for number in range(series.frames)])
    assert 0.35 < 1 - curve.min() / curve[:6].mean() < 0.50
    assert truth.aif.unit == "1/s"
    assert truth.aif.values.max() == pytest.approx(300 * BLOOD_R2_PER_HU, rel=0.05)


def test_dsc_and_ct_have_the_same_rule_truth(sharp: DigitalPatient, coarse: Grid) -> None:
    """The rule truth is about tissue, not about the signal that shows it."""
    mr = digital_patient(DEMO_STROKE, Acquisition(modality=Modality.MR), coarse).truth.rule
    assert mr.tissue == sharp.truth.rule.tissue


def test_times_start_at_the_first_kept_frame_and_hold_each_slice(coarse: Grid, quiet: Acquisition) -> None:
    offsets = tuple(0.1 * number for number in range(coarse.shape[2]))
    run = replace(quiet, slice_offsets_s=offsets, dropped_frames=(0, 7))
    patient = digital_patient(DEMO_STROKE, run, coarse)
    assert patient.series.times_s.shape == (38, coarse.shape[2])
    assert patient.series.times_s[0].tolist() == pytest.approx(offsets)
    assert patient.series.times_s[6, 0] == pytest.approx(10.5)
    assert patient.aif.times_s.tolist() == pytest.approx(patient.series.times_s[:, 0].tolist())
    assert patient.truth.rule.lesion_side == "left"


def test_a_slice_with_an_offset_is_what_a_later_frame_would_show(coarse: Grid, quiet: Acquisition) -> None:
    slices = coarse.shape[2]
    offsets = (0.0, *(0.7,) * (slices - 1))
    shuttled = digital_patient(DEMO_STROKE, replace(quiet, slice_offsets_s=offsets), coarse).series.stored
    later = replace(quiet, frame_times_s=tuple(1.5 * frame + 0.7 for frame in range(40)))
    np.testing.assert_array_equal(
        shuttled[..., 1:], digital_patient(DEMO_STROKE, later, coarse).series.stored[..., 1:]
    )


def test_dropping_a_frame_leaves_the_others_as_they_were() -> None:
    whole = still_life(Acquisition(frames=6), 40.0).stored
    part = still_life(Acquisition(frames=6, dropped_frames=(2,)), 40.0).stored
    np.testing.assert_array_equal(part, whole[[0, 1, 3, 4, 5]])


@pytest.mark.parametrize(
    ("shift_mm", "expected"),
    [((4.0, 0.0, 0.0), (10, 6, 1)), ((0.0, -2.0, 0.0), (12, 7, 1)), ((0.0, 0.0, 5.0), (12, 6, 2))],
)
def test_a_shift_moves_the_head_in_patient_space(
    shift_mm: tuple[float, float, float], expected: tuple[int, int, int]
) -> None:
    run = Acquisition(frames=3, noise_sd_hu=0.0, motion=Motion.jump(3, 1, shift_mm, last=1))
    frames = spot(run)
    assert np.unravel_index(frames[0].argmax(), SMALL.shape) == (12, 6, 1)
    assert np.unravel_index(frames[1].argmax(), SMALL.shape) == expected
    assert frames[1].max() == pytest.approx(1000, abs=2)
    np.testing.assert_array_equal(frames[2], frames[0])


def test_a_quarter_turn_carries_the_right_to_the_front() -> None:
    """Axis 0 runs to the left and axis 1 to the back, so a low index is right, or front."""
    middle = 9.5
    run = Acquisition(frames=2, noise_sd_hu=0.0, motion=Motion.jump(2, 1, (0.0, 0.0, 0.0), 90.0))
    found = np.unravel_index(spot(run)[1].argmax(), SMALL.shape)
    right, front = middle - 12, middle - 6
    assert found == (middle + front, middle - right, 1)


def test_motion_really_moves_the_patient(coarse: Grid, quiet: Acquisition, sharp: DigitalPatient) -> None:
    run = replace(quiet, motion=Motion.jump(40, 20, (3.0, -2.0, 0.0), 4.0, last=22))
    moved = digital_patient(DEMO_STROKE, run, coarse).series.stored
    differs = [not np.array_equal(moved[frame], sharp.series.stored[frame]) for frame in range(40)]
    assert [frame for frame, other in enumerate(differs) if other] == [20, 21, 22]


def test_a_part_turn_keeps_most_of_the_head_where_it_was(coarse: Grid, quiet: Acquisition) -> None:
    run = replace(quiet, frames=12, motion=Motion.jump(12, 1, (0.0, 0.0, 0.0), 5.0))
    frames = digital_patient(DEMO_STROKE, run, coarse).series
    assert 0.7 < np.corrcoef(frames.frame(0).ravel(), frames.frame(1).ravel())[0, 1] < 0.999


def neighbours(values: np.ndarray) -> tuple[float, float]:
    """Return the correlation of neighbours within slices and across them."""
    return tuple(
        float(
            np.corrcoef(np.moveaxis(values, axis, 0)[1:].ravel(), np.moveaxis(values, axis, 0)[:-1].ravel())[
                0, 1
            ]
        )
        for axis in (1, 3)
    )


def test_grain_joins_neighbours_within_slices_and_keeps_the_sd() -> None:
    series = still_life(Acquisition(frames=20, noise_sd_hu=5.0, noise_grain=0.8, quantum_hu=0.1), 40.0)
    values = series.stored * 0.1
    within, across = neighbours(values)
    assert values.std() == pytest.approx(5.0, rel=0.03)
    assert 0.5 < within < 0.8
    assert abs(across) < 0.05


def test_a_grain_out_of_range_is_refused() -> None:
    with pytest.raises(UsageError, match=r"grain is -1.*0 to 5 voxels"):
        Acquisition(noise_grain=-1)
