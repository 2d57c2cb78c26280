"""A few cases of the validation suite on few voxels, run once: they say nothing about accuracy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tissueclock.bench.validation.rows import Case, KudoRow, Level, PatientRow, Size
from tissueclock.bench.validation.table import on, rows

FEW = Size(in_plane=80, spacing_mm=2.9, slices=8, slice_spacing_mm=12.0)
"""As few voxels as hold an artery that is not mostly something else."""


def tiny(name: str, seed: int = 3) -> Case:
    """Return a case of the suite's table on few voxels."""
    row = next(row for row in rows(Level.FULL) if row.name == name)
    if isinstance(row, PatientRow):
        few = on(FEW, row)
        return Case(row=replace(few, acquisition=replace(few.acquisition, noise_sd_hu=1.0)), seed=seed)
    assert isinstance(row, KudoRow)
    return Case(row=replace(row, tile_voxels=2), seed=seed)


@pytest.fixture(scope="session")
def tiny_case():
    """Make a case of the suite's table on few voxels, by its row's name."""
    return tiny
