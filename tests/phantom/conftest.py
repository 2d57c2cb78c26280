"""Shared objects of the phantom's tests: a coarse grid, and patients on it that are built once."""

from __future__ import annotations

import pytest

from tissueclock.image.grid import Grid
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.patient import DEMO_STROKE, DigitalPatient, Stroke, digital_patient


@pytest.fixture(scope="session")
def coarse() -> Grid:
    """A slab of 9.6 cm in few voxels."""
    return head_grid(in_plane=44, spacing_mm=5.0, slices=8, slice_spacing_mm=12.0)


@pytest.fixture(scope="session")
def head(coarse: Grid) -> Head:
    return build_head(coarse)


@pytest.fixture(scope="session")
def quiet() -> Acquisition:
    """The default run without noise."""
    return Acquisition(noise_sd_hu=0.0)


@pytest.fixture(scope="session")
def sharp(coarse: Grid, quiet: Acquisition) -> DigitalPatient:
    return digital_patient(DEMO_STROKE, quiet, coarse)


@pytest.fixture(scope="session")
def graded(coarse: Grid, quiet: Acquisition) -> DigitalPatient:
    stroke = Stroke(side="right", place="mca", core_ml=40.0, hypoperfused_ml=120.0, graded=True)
    return digital_patient(stroke, quiet, coarse)
