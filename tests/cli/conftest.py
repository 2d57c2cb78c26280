"""What the tests of the commands share: coarse digital scans, and a command run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tissueclock.cli.main import main
from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient
from tissueclock.pipeline.objects import write_patient


@dataclass(frozen=True)
class Shown:
    """The exit code and the two streams of a command."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout, with the disclaimer and without NaN or Infinity."""
        found = json.loads(self.stdout, parse_constant=_refuse)
        assert found["disclaimer"] == DISCLAIMER
        return found

    @property
    def sentence(self) -> str:
        """The one line that an error prints last, after the progress."""
        (line,) = [line for line in self.stderr.splitlines() if line.startswith("tissueclock: ")]
        assert self.stderr.endswith(f"{line}\n")
        assert "Traceback" not in self.stderr
        return line


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@pytest.fixture
def tissueclock(capsys: pytest.CaptureFixture[str]) -> Callable[..., Shown]:
    """Run a command in this process."""

    def run(*words: object) -> Shown:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse leaves so after --help and --version
            code = int(stop.code or 0)
        return Shown(code, *capsys.readouterr())

    return run


def _scan(folder: Path, acquisition: Acquisition) -> Path:
    patient = digital_patient(DEMO_STROKE, acquisition, head_grid(72, 2.7, 8, 10.0))
    write_patient(patient, folder, dicom=False)
    return folder / "scan"


@pytest.fixture(scope="session")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT run of a patient with a target mismatch."""
    return _scan(tmp_path_factory.mktemp("ct"), Acquisition(noise_sd_hu=2.0))


@pytest.fixture(scope="session")
def mr_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DSC-MR run of the same patient."""
    return _scan(tmp_path_factory.mktemp("mr"), Acquisition(modality=Modality.MR))


@pytest.fixture(scope="session")
def wide_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT run whose bolus is too wide to judge."""
    return _scan(tmp_path_factory.mktemp("wide"), Acquisition(noise_sd_hu=2.0, bolus=Bolus(width_s=18.0)))
