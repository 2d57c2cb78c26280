"""Small digital patients as files, and what an analysis of them printed and left behind."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import nibabel as nib
import numpy as np

from tissueclock.cli.main import main
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.phantom.acquisition import Acquisition, Bolus, Motion
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, Stroke, digital_patient
from tissueclock.pipeline.objects import write_patient
from tissueclock.scan.identity import Identity
from tissueclock.scan.nifti import series_nifti_bytes
from tissueclock.scan.write_dicom import classic_dicom

SMALL = head_grid(in_plane=96, spacing_mm=2.0, slices=8, slice_spacing_mm=10.0)
COARSE = head_grid(in_plane=72, spacing_mm=2.7, slices=8, slice_spacing_mm=10.0)
TILTED = head_grid(
    in_plane=96, spacing_mm=2.0, slices=8, slice_spacing_mm=10.0, rotation_deg=(12.0, 6.0, -9.0)
)
RIGHT = Stroke(side="right", core_ml=30.0, hypoperfused_ml=90.0)
CT = Acquisition(noise_sd_hu=2.0)
MR = Acquisition(modality=Modality.MR)
SECRET = Identity(patient_name="Secret^Name", patient_id="ID-4711", accession="ACC-1")
VOLUMES = ("core_ml", "tmax4_ml", "tmax6_ml", "tmax8_ml", "tmax10_ml")


@dataclass(frozen=True)
class Recipe:
    """How a patient is made."""

    stroke: Stroke = DEMO_STROKE
    acquisition: Acquisition = CT
    grid: Grid = SMALL
    dicom: bool = False


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "left": Recipe(),
        "left-dicom": Recipe(dicom=True),
        "right": Recipe(stroke=RIGHT),
        "tilted": Recipe(stroke=RIGHT, grid=TILTED),
        "graded": Recipe(
            stroke=Stroke(side="right", core_ml=40.0, hypoperfused_ml=120.0, graded=True),
        ),
        "healthy": Recipe(stroke=Stroke(side="none"), grid=COARSE),
        "coreless": Recipe(stroke=Stroke(side="left", hypoperfused_ml=60.0), grid=COARSE),
        "mr": Recipe(acquisition=MR),
        "mr-dicom": Recipe(acquisition=MR, dicom=True),
        "shuttle": Recipe(
            acquisition=Acquisition(noise_sd_hu=2.0, slice_offsets_s=(0.0, 2.25) * 4),
            dicom=True,
        ),
        "wide": Recipe(grid=COARSE, acquisition=Acquisition(noise_sd_hu=2.0, bolus=Bolus(width_s=18.0))),
        "truncated": Recipe(grid=COARSE, acquisition=Acquisition(noise_sd_hu=2.0, frames=22)),
        "moved": Recipe(
            grid=COARSE, acquisition=Acquisition(noise_sd_hu=2.0, motion=Motion.jump(40, 26, (0.0, 0.0, 4.0)))
        ),
        "turned": Recipe(
            acquisition=Acquisition(noise_sd_hu=2.0, motion=Motion.jump(40, 18, (5.0, -2.0, 0.0), 3.0))
        ),
        "twitch": Recipe(
            acquisition=Acquisition(noise_sd_hu=2.0, motion=Motion.jump(40, 30, (0.0, 6.0, 0.0), last=30))
        ),
    }
)


@dataclass(frozen=True)
class Run:
    """What a command printed, its exit code, and the folder that it was given."""

    code: int
    stdout: str
    stderr: str
    out: Path

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout; NaN and Infinity are refused."""
        return json.loads(self.stdout, parse_constant=no_constant)

    def value(self, name: str) -> Any:
        """The value of a fact."""
        return self.document["facts"][name]["value"]


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def run(*words: object, out: Path = Path()) -> Run:
    """Run a command in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = main([str(word) for word in words])
    return Run(code, stdout.getvalue(), stderr.getvalue(), out)


def analyze(*words: object, out: Path) -> Run:
    """Run `analyze ... --out OUT --json`."""
    return run("analyze", *words, "--out", out, "--json", out=out)


def refusal(shown: Run, code: int) -> str:
    """Return the sentence of a refusal, after checking that it is one, on stderr and in the JSON."""
    assert shown.code == code, shown.stderr
    assert "Traceback" not in shown.stderr
    assert not shown.out.exists()
    (sentence,) = [line for line in shown.stderr.splitlines() if line.startswith("tissueclock: ")]
    error = shown.document["error"]
    assert (shown.document["disclaimer"], error["code"]) == (shown.document["disclaimer"], code)
    assert error["found"] in sentence
    assert error["remedy"]
    assert sentence.endswith(error["remedy"])
    assert str(shown.out.parent) not in shown.stderr + shown.stdout
    assert not re.search("Secret|4711|ACC-1", shown.stderr + shown.stdout)
    return sentence


def chest(shape: tuple[int, int, int], times_s: np.ndarray) -> np.ndarray:
    """Return a run through a chest: soft tissue with two lungs and an aorta, no skull (HU)."""
    x, y = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    body = (x / 0.95) ** 2 + (y / 0.7) ** 2 < 1
    lungs = ((abs(x) - 0.45) / 0.35) ** 2 + (y / 0.5) ** 2 < 1
    aorta = (x - 0.05) ** 2 + (y - 0.1) ** 2 < 0.01
    since = np.maximum(times_s - 10.0, 0.0) / 4.5
    bolus = 300.0 * since**3 * np.exp(3.0 - 3.0 * since)
    tissue = np.convolve(bolus, np.exp(-times_s / 4.0))[: times_s.size]
    still = np.where(lungs, -800.0, np.where(body, 45.0, -1000.0))
    run = np.repeat(still[:, :, None, None], times_s.size, axis=3)
    run[aorta] += bolus
    run[body & ~lungs & ~aorta] += 10.0 * tissue / tissue.max()
    run = np.repeat(run, shape[2], axis=2)
    return (run + np.random.default_rng(1).normal(0, 3, run.shape)).astype(np.float32)


def make(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write a patient's scan and truth into `folder`; returns the truth in numbers."""
    patient = digital_patient(recipe.stroke, recipe.acquisition, recipe.grid)
    return write_patient(patient, folder, dicom=recipe.dicom)


def write_nifti(
    folder: Path,
    data: np.ndarray,
    affine: np.ndarray,
    sidecar: Mapping[str, Any],
    *,
    slope: float = 1.0,
    intercept: float = 0.0,
) -> Path:
    """Write a 4-D array as `scan.nii.gz` with its side-car; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(data, affine)
    if np.issubdtype(data.dtype, np.integer):
        image.header.set_slope_inter(slope, intercept)
    path = folder / "scan.nii.gz"
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=1))
    (folder / "scan.json").write_text(json.dumps(dict(sidecar)), encoding="utf-8")
    return path


def small_series(recipe: Recipe = RECIPES["left"]) -> TimeSeries:
    """Return a patient's run in memory."""
    return digital_patient(recipe.stroke, recipe.acquisition, recipe.grid).series


def as_nifti(series: TimeSeries, folder: Path) -> Path:
    """Write a run as NIfTI; returns the file."""
    content, sidecar = series_nifti_bytes(series)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scan.nii.gz").write_bytes(content)
    (folder / "scan.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return folder / "scan.nii.gz"


def as_dicom(series: TimeSeries, folder: Path, identity: Identity) -> Path:
    """Write a run as DICOM of somebody; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in classic_dicom(series, identity, description="test", seed="test"):
        (folder / name).write_bytes(content)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the content of every file under a folder by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def without_timing(result: bytes) -> dict[str, Any]:
    """Return a result.json without the seconds that it took."""
    return {key: value for key, value in json.loads(result).items() if key != "timing_s"}


def image(out: Path, name: str) -> nib.Nifti1Image:
    """Return a map or mask that an analysis left."""
    return nib.load(out / f"{name}.nii.gz")
