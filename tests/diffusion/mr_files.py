"""Small MR studies with made-up numbers as files: a perfusion run with diffusion, ADC and FLAIR beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import series_nifti_bytes
from tissueclock.scan.write_dicom import classic_dicom
from tissueclock.scan.write_mr import MrSeries, MrStack, mr_dicom, mr_nifti

SECRET = Identity(patient_name="Secret^Name", patient_id="ID-4711", accession="ACC-1")
OTHER = Identity(patient_name="Other^Person", patient_id="ID-0815", accession="")
SHAPE = (7, 6, 5)
GRID = Grid(SHAPE, np.diag([-3.0, -3.0, 6.0, 1.0]))
FINER = Grid(SHAPE, np.diag([-2.0, -2.0, 6.0, 1.0]))
SEED = "mr"


def volume(level: float, grid: Grid = GRID) -> Volume:
    """A volume of numbers about a level, so that it can be told from others."""
    array = level + np.arange(np.prod(SHAPE)).reshape(SHAPE) % 11
    return Volume(array.astype(np.float32), grid, "", "")


def run(modality: Modality = Modality.MR, frames: int = 12) -> TimeSeries:
    stored = np.random.default_rng(1).integers(10, 900, size=(frames, *SHAPE)).astype(np.int16)
    return TimeSeries(
        stored=stored,
        slope=np.array(1.0),
        intercept=np.array(0.0),
        times_s=np.repeat(2.5 * np.arange(frames)[:, None], SHAPE[2], axis=1),
        grid=GRID,
        modality=modality,
        echo_time_s=0.03 if modality is Modality.MR else None,
    )


def write(files, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        (folder / name).write_bytes(content)
    return folder


def write_run(folder: Path, identity: Identity = SECRET, modality: Modality = Modality.MR) -> Path:
    return write(classic_dicom(run(modality), identity, description="perfusion", seed=SEED), folder)


def write_run_nifti(folder: Path) -> Path:
    content, sidecar = series_nifti_bytes(run())
    import json

    files = [("dsc.nii.gz", content), ("dsc.json", json.dumps(sidecar).encode())]
    return write(files, folder)


def b0(grid: Grid = GRID, **more) -> MrStack:
    return MrStack(volume=volume(800.0, grid), b=0.0, **more)


def weighted(
    b: float = 1000.0, level: float = 300.0, direction: int | None = None, grid: Grid = GRID
) -> MrStack:
    return MrStack(volume=volume(level, grid), b=b, direction=direction)


def adc_map(grid: Grid = GRID) -> MrStack:
    return MrStack(volume=volume(800.0, grid), image_type=("PRIMARY", "DIFFUSION", "ADC"), derived=True)


def flair(grid: Grid = GRID) -> MrStack:
    return MrStack(
        volume=volume(150.0, grid), image_type=("PRIMARY", "OTHER"), echo_ms=120.0, inversion_ms=2500.0
    )


def write_series(
    folder: Path, *stacks: MrStack, number: int = 5, identity: Identity = SECRET, **words
) -> Path:
    series = MrSeries(number=number, description=words.pop("description", f"series {number}"), **words)
    return write(mr_dicom(stacks, series, identity, seed=SEED), folder)


def write_file(folder: Path, name: str, *stacks: MrStack) -> Path:
    return write(mr_nifti(name, stacks), folder)
