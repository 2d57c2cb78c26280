"""Slices with times of their own, and the first frames of an MR run before its steady state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tissueclock.core.errors import UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, interleaved_offsets_s, shuttle_offsets_s
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient

MR = Acquisition(modality=Modality.MR, snr=float("inf"))


def test_a_shuttle_shows_two_slabs_by_turns() -> None:
    assert shuttle_offsets_s(5, 3.0) == (0.0, 0.0, 0.0, 1.5, 1.5)


def test_an_interleaved_epi_takes_every_second_slice_first() -> None:
    assert interleaved_offsets_s(5, 1.0) == pytest.approx((0.0, 0.6, 0.2, 0.8, 0.4))


@given(slices=st.integers(1, 40), interval_s=st.floats(0.1, 5.0))
def test_offsets_begin_at_0_and_end_before_the_next_frame(slices: int, interval_s: float) -> None:
    for offsets in (shuttle_offsets_s(slices, interval_s), interleaved_offsets_s(slices, interval_s)):
        assert len(offsets) == slices
        assert min(offsets) == 0
        assert max(offsets) < interval_s
    assert len(set(interleaved_offsets_s(slices, interval_s))) == slices


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_unsettled_frames_are_brighter_and_fall_by_a_constant_factor(frames: int) -> None:
    run = replace(MR, unsettled_frames=frames)
    gains = [run.unsettled_gain(frame) for frame in range(8)]
    assert gains[0] == pytest.approx(1.6)
    assert gains[frames:] == [1.0] * (8 - frames)
    excess = np.array(gains[:frames]) - 1.0
    assert (excess > 0.01).all()
    np.testing.assert_allclose(excess[1:] / excess[:-1], (0.01 / 0.6) ** (1 / frames))


def test_unsettled_frames_change_the_signal_and_nothing_else(coarse: Grid) -> None:
    settled = digital_patient(DEMO_STROKE, MR, coarse)
    run = replace(MR, unsettled_frames=2)
    patient = digital_patient(DEMO_STROKE, run, coarse)
    assert patient.truth.to_json() == settled.truth.to_json()
    np.testing.assert_array_equal(patient.series.stored[2:], settled.series.stored[2:])
    for frame in (0, 1):
        ratio = patient.series.frame(frame).sum() / settled.series.frame(frame).sum()
        assert ratio == pytest.approx(run.unsettled_gain(frame), rel=1e-3)


def test_a_dropped_first_frame_leaves_the_second_as_bright_as_it_was(coarse: Grid) -> None:
    run = replace(MR, unsettled_frames=3)
    whole = digital_patient(DEMO_STROKE, run, coarse).series
    part = digital_patient(DEMO_STROKE, replace(run, dropped_frames=(0,)), coarse).series
    np.testing.assert_array_equal(part.stored, whole.stored[1:])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"modality": Modality.MR, "unsettled_frames": 5}, "the unsettled frames are 5. Use 0 to 4"),
        ({"modality": Modality.MR, "unsettled_frames": -1}, "the unsettled frames are -1"),
        ({"unsettled_frames": 1}, "unsettled frames are of MR, but this is CT"),
    ],
)
def test_impossible_unsettled_frames_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Acquisition(**values)  # type: ignore[arg-type]
    assert message in str(caught.value)
