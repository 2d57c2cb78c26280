"""The digital patients of the benchmark: one thing is different in each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus, Motion, shuttle_offsets_s
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.patient import DEMO_STROKE, Stroke

_PLAIN = Acquisition()
_DSC = replace(_PLAIN, modality=Modality.MR)
FINE_GRID = head_grid(in_plane=288, spacing_mm=0.8)
"""Half the usual width of a voxel, and twice the noise: averaged to the working grid it is the usual scan."""


@dataclass(frozen=True)
class Case:
    """A named stroke and how it is scanned, on which grid (None: the usual); the seed is the benchmark's."""

    name: str
    stroke: Stroke = DEMO_STROKE
    acquisition: Acquisition = _PLAIN
    grid: Grid | None = None


CASES = (
    Case("plain"),
    Case("right", replace(DEMO_STROKE, side="right")),
    Case("noise-1-hu", acquisition=replace(_PLAIN, noise_sd_hu=1.0)),
    Case("noise-5-hu", acquisition=replace(_PLAIN, noise_sd_hu=5.0)),
    Case("small", replace(DEMO_STROKE, core_ml=3.0, hypoperfused_ml=15.0)),
    Case("large", replace(DEMO_STROKE, core_ml=90.0, hypoperfused_ml=160.0)),
    Case("no-core", replace(DEMO_STROKE, core_ml=0.0, hypoperfused_ml=60.0)),
    Case("aca", replace(DEMO_STROKE, place="aca", core_ml=8.0, hypoperfused_ml=40.0)),
    Case("pca", replace(DEMO_STROKE, place="pca", core_ml=8.0, hypoperfused_ml=35.0)),
    Case("graded", replace(DEMO_STROKE, graded=True)),
    Case("bolus-10-s", acquisition=replace(_PLAIN, bolus=Bolus(width_s=10.0))),
    Case("interval-3-s", acquisition=replace(_PLAIN, frame_interval_s=3.0, frames=22)),
    Case("no-stroke", Stroke(side="none")),
    Case("jump", acquisition=replace(_PLAIN, motion=Motion.jump(40, 18, (4.0, -2.0, 0.0), 3.0))),
    Case("drift", acquisition=replace(_PLAIN, motion=Motion.drift(40, (3.0, 2.0, 0.5), (0.0, 0.0, 3.0)))),
    Case("nods", acquisition=replace(_PLAIN, motion=Motion.nods(40, 1.0))),
    Case("shuttle", acquisition=replace(_PLAIN, slice_offsets_s=shuttle_offsets_s(12, 1.5))),
    Case("fine", acquisition=replace(_PLAIN, noise_sd_hu=6.0), grid=FINE_GRID),
    Case("dsc", acquisition=_DSC),
    Case("dsc-unsettled", acquisition=replace(_DSC, unsettled_frames=3)),
    Case("dsc-jump", acquisition=replace(_DSC, motion=Motion.jump(40, 18, (4.0, -2.0, 0.0), 3.0))),
)
