"""Digital patients as files: what was simulated is read back in both formats, times and place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import (
    Acquisition,
    Motion,
    interleaved_offsets_s,
    shuttle_offsets_s,
)
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient
from tissueclock.pipeline.objects import write_patient
from tissueclock.scan.study import open_scan

GRID = head_grid(40, 5.6, 6, 14.0)
OBLIQUE = head_grid(40, 5.6, 6, 14.0, rotation_deg=(14.0, -7.0, 11.0))
CT = Acquisition(frames=16)
MR = Acquisition(frames=16, modality=Modality.MR, unsettled_frames=2)
RUNS = {
    "CT": (CT, GRID),
    "CT, finer than 1 HU": (replace(CT, quantum_hu=0.25), GRID),
    "CT by a shuttle": (replace(CT, slice_offsets_s=shuttle_offsets_s(6, 1.5)), GRID),
    "CT at uneven times": (replace(CT, frame_times_s=(*range(12), 15, 18, 21.25, 24.5)), GRID),
    "CT with lost frames": (replace(CT, dropped_frames=(0, 7, 8)), GRID),
    "CT, moving": (replace(CT, motion=Motion.nods(16, 2.0) + Motion.drift(16, (1.0, 0.0, 2.0))), GRID),
    "CT, oblique": (CT, OBLIQUE),
    "DSC": (MR, GRID),
    "DSC, interleaved and oblique": (
        replace(MR, slice_offsets_s=interleaved_offsets_s(6, 1.5), echo_time_s=0.0452),
        OBLIQUE,
    ),
}


@pytest.mark.parametrize("dicom", [True, False], ids=["dicom", "nifti"])
@pytest.mark.parametrize(("acquisition", "grid"), RUNS.values(), ids=RUNS)
def test_a_patient_is_read_back_as_he_was_made(tmp_path, acquisition, grid, dicom):
    patient = digital_patient(DEMO_STROKE, acquisition, grid)
    made = patient.series
    write_patient(patient, tmp_path, dicom=dicom)
    read = open_scan([tmp_path / "scan"]).series
    np.testing.assert_array_equal(read.stored, made.stored)
    np.testing.assert_allclose(read.times_s, made.times_s, atol=2e-6)
    np.testing.assert_allclose(read.slope, made.slope)
    np.testing.assert_allclose(read.intercept, made.intercept)
    assert read.grid.is_same(made.grid)
    assert read.modality is made.modality
    assert read.echo_time_s == pytest.approx(made.echo_time_s)
