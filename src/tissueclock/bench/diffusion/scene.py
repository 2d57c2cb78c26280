"""From a drawn patient to what the program sees: images, brain, midline, ADC, and the perfusion run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.brain import find_brain
from tissueclock.anatomy.midline import Midline, find_midline
from tissueclock.bench.diffusion.draws import RUN_GRIDS, Drawn
from tissueclock.diffusion.adc import diffusion_maps
from tissueclock.diffusion.result import DiffusionMaps
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.lesion.adc_core import AdcCore, adc_core
from tissueclock.lesion.masks import Mask
from tissueclock.perfusion.concentration import find_baseline
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import Head, build_head
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import MrStudy, Pose, head_where, mr_study
from tissueclock.phantom.patient import digital_patient
from tissueclock.pipeline.analysis import measure_scan
from tissueclock.pipeline.diffusion import Beside, PerfusionSide
from tissueclock.pipeline.preset import Preset, preset_for
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.scan.mr_images import DiffusionScan, FlairScan, Origin
from tissueclock.scan.study import Scan

PRESETS = ((600.0, "defuse-2"), (620.0, "rapid-modern"))
"""Limits of ADC, and the presets that have them."""
_NOWHERE = Origin(digest="", files=0)
_RUN_SEED = 60_900


def mr_preset(name: str) -> Preset:
    """Return a preset of MR."""
    return preset_for(Modality.MR, name)


def imaged(drawn: Drawn, *, flair: bool) -> MrStudy:
    """Return the images; without `flair` the one head serves both, and the FLAIR is not looked at."""
    how = drawn.scanning
    head = _head(how.grid, how.diffusion_pose)
    other = _head(how.flair_grid, how.flair_pose) if flair else head
    heads = {"diffusion": head, "flair": other}
    return mr_study(drawn.stroke, how, drawn.illness, drawn.conditions, heads)


@lru_cache(maxsize=2)
def _head(grid: Grid, pose: Pose) -> Head:
    """Return a head; the patients of a block share one grid, and so the head."""
    return head_where(grid, pose)


def weighted(made: MrStudy) -> tuple[Weighted, ...]:
    """Return the diffusion images as they are read."""
    one = len(made.high) == 1
    high = (Weighted(volume=image, b=made.scanning.b, is_trace=one) for image in made.high)
    return (Weighted(volume=made.low, b=0.0), *high)


def beside(made: MrStudy) -> Beside:
    """Return diffusion and FLAIR as what lies beside a perfusion run."""
    return Beside(
        diffusion=DiffusionScan(images=weighted(made), adc=None, origin=_NOWHERE),
        flair=FlairScan(volume=made.flair, origin=_NOWHERE),
    )


@dataclass(frozen=True, eq=False)
class Seen:
    """What is found on diffusion before a limit is asked."""

    maps: DiffusionMaps
    inside: Mask
    midline: Midline

    @classmethod
    def of(cls, made: MrStudy, preset: Preset) -> Seen:
        """Find the brain and its midline, and make the ADC."""
        if preset.mr is None:
            raise ValueError(f"'{preset.name}' is no preset of MR")
        low = made.low
        brain = find_brain(low.array, low.grid, Modality.MR, preset.anatomy)
        midline = find_midline(low.array, brain.inside, low.grid)
        return cls(
            diffusion_maps(weighted(made), None, brain.inside, preset.mr.diffusion), brain.inside, midline
        )

    def core(self, preset: Preset) -> AdcCore:
        """Return the core by a preset's limit."""
        if preset.mr is None:
            raise ValueError(f"'{preset.name}' is no preset of MR")
        return adc_core(self.maps, self.inside, self.midline, preset.mr.adc_core)


def true_mask(made: MrStudy, limit_adc: float) -> NDArray[np.bool_]:
    """Return the acute voxels whose noise-free ADC lies below a limit: those that `rule_ml` counts."""
    adc = np.nan_to_num(made.truth.adc.array, nan=np.inf)
    return np.asarray(made.truth.acute.array & (adc < limit_adc))


@lru_cache(maxsize=4)
def run_head(grid: str) -> Head:
    """Return the head of the perfusion runs on a grid, at rest."""
    return build_head(RUN_GRIDS[grid])


def run_of(stroke: Stroke, acquisition: Acquisition, grid: str) -> TimeSeries:
    """Return a perfusion run."""
    return digital_patient(stroke, acquisition, head=run_head(grid)).series


def scan_of(series: TimeSeries) -> Scan:
    """Return a run as it is read."""
    return Scan(series=series, kind="simulated", digest="", files=0, time_source="simulated")


@lru_cache(maxsize=4)
def perfusion_side(grid: str) -> PerfusionSide:
    """Return a measured run of the head without a stroke: masks and image before the bolus on a grid."""
    acquisition = Acquisition(modality=Modality.MR, frames=40, seed=_RUN_SEED)
    series = run_of(Stroke(side="none"), acquisition, grid)
    measured = measure_scan(scan_of(series), mr_preset("rapid-modern"), Stopwatch())
    return PerfusionSide(background=measured.background, inside=measured.brain.inside, masks=measured.masks)


def own_side(series: TimeSeries, grid: str, preset: Preset) -> PerfusionSide:
    """Return a run's own image before the bolus and head, with the masks of a head without a stroke.

    Registration looks at image and head only.
    """
    baseline = find_baseline(series, preset.perfusion.baseline_rise)
    quiet = series.mean(slice(0, baseline.frames))
    inside = find_brain(quiet, series.grid, Modality.MR, preset.anatomy).inside
    background = Volume(quiet, series.grid, "mean before the bolus", "signal")
    return PerfusionSide(background=background, inside=inside, masks=perfusion_side(grid).masks)
