"""The digital patients of the benchmark: one thing is different in each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.patient import DEMO_STROKE, Stroke

_PLAIN = Acquisition()


@dataclass(frozen=True)
class Case:
    """A named stroke and how it is scanned; the seed of the noise is the benchmark's."""

    name: str
    stroke: Stroke = DEMO_STROKE
    acquisition: Acquisition = _PLAIN


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
    Case("dsc", acquisition=replace(_PLAIN, modality=Modality.MR)),
)
