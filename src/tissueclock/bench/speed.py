"""How long a whole study takes, and how much memory: DICOM in, report out, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tissueclock.core.errors import ExitCode
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, digital_patient
from tissueclock.pipeline.objects import write_patient
from tissueclock.pipeline.watch import Progress

_FIELD_MM, _SLAB_MM = 230.4, 96.0
_NOISE_HU = 6.0
"""In voxels of 0.45 mm; averaged to the working grid it is a quarter of that."""

_WITH_PEAK = """
import atexit, pathlib, re, resource, runpy, sys

def say_peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1])
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stderr.write(f"{peak / 1e6:.1f}\\n")

atexit.register(say_peak)
runpy.run_module("tissueclock", run_name="__main__")
"""
"""The program, which says last how many MB it held at most. It looks at itself: what the system says of a
finished child counts the parent that it was copied from, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A CT perfusion study by its size."""

    matrix: int = 512
    slices: int = 16
    frames: int = 60

    def write(self, folder: Path) -> None:
        """Make the study as classic DICOM in `folder/scan`."""
        grid = head_grid(
            in_plane=self.matrix,
            spacing_mm=_FIELD_MM / self.matrix,
            slices=self.slices,
            slice_spacing_mm=_SLAB_MM / self.slices,
        )
        acquisition = Acquisition(frames=self.frames, frame_interval_s=1.0, noise_sd_hu=_NOISE_HU)
        write_patient(digital_patient(DEMO_STROKE, acquisition, grid), folder, dicom=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One run of `analyze` on a study: seconds by stage, and the process's largest memory in MB."""

    study: Study
    seconds: Mapping[str, float]
    peak_mb: float

    def to_json(self) -> dict[str, object]:
        """Return the timing as JSON values."""
        size = {name: getattr(self.study, name) for name in ("matrix", "slices", "frames")}
        return {**size, "seconds": dict(self.seconds), "peak_mb": round(self.peak_mb, 1)}

    def line(self) -> str:
        """Return the timing as one line."""
        study = self.study
        stages = ", ".join(f"{name} {value:.1f}" for name, value in self.seconds.items())
        size = f"{study.matrix} x {study.matrix} x {study.slices} x {study.frames}"
        return f"{size}\t{stages} s\tpeak {self.peak_mb:.0f} MB"


def speed(study: Study, repeats: int, progress: Progress) -> list[Timing]:
    """Make the study once and analyse it `repeats` times, each time in a new process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress("making the study (a minute for a large one)", 0.0)
        study.write(folder)
        timings = []
        for number in range(repeats):
            progress("analysing the study", (number + 1) / (repeats + 1))
            timings.append(_timed(study, folder))
    return timings


def _timed(study: Study, folder: Path) -> Timing:
    """Analyse the study; raises RuntimeError where that fails, which is a bug."""
    words = [sys.executable, "-P", "-c", _WITH_PEAK, "analyze", str(folder / "scan")]
    done = subprocess.run(  # noqa: S603 - our own program, on our own study
        [*words, "--out", str(folder / "out"), "--json"], capture_output=True, check=False
    )
    if done.returncode not in (ExitCode.DONE, ExitCode.WITHHELD):
        raise RuntimeError(f"the analysis ended with exit code {done.returncode}")
    peak_mb = float(done.stderr.decode().split()[-1])
    return Timing(study=study, seconds=json.loads(done.stdout)["timing_s"], peak_mb=peak_mb)
