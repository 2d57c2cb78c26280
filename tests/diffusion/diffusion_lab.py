"""Digital patients on diffusion, drawn once a session, and what is measured on them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from tissueclock.anatomy.brain import BrainMask, find_brain
from tissueclock.anatomy.midline import Midline, find_midline
from tissueclock.diffusion.adc import diffusion_maps
from tissueclock.diffusion.result import DiffusionMaps
from tissueclock.diffusion.settings import DiffusionSettings
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.lesion.adc_core import AdcCore, AdcCoreSettings, adc_core
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import NO_ILLNESS, MrIllness, MrScanning, MrStudy, mr_study
from tissueclock.pipeline.preset import preset_for

GRID = head_grid(in_plane=64, spacing_mm=3.4, slices=16, slice_spacing_mm=6.0)
SETTINGS = DiffusionSettings(low_b_to=50.0, high_b_from=800.0, high_b_to=1200.0, smoothing_fwhm_mm=2.0)
CORE = AdcCoreSettings(
    limit_adc=620.0,
    ladder_adc=(500.0, 550.0, 600.0, 620.0, 650.0, 700.0),
    usual_adc=800.0,
    bright_to_mirror=1.12,
    bright_to_brain=1.5,
    drop_out=0.55,
    pile_up=1.8,
    min_artefact_ml=0.2,
    max_artefact_ml=5.0,
    rim_mm=2.0,
    artefact_reach_mm=10.0,
    artefact_share=0.5,
    min_core_ml=0.3,
    sure_core_ml=1.0,
    sure_noise=1.0,
    interval_share=0.025,
    repeats=24.0,
)
NONE = Stroke(side="none")


def stroke(core_ml: float, side: str = "left", place: str = "mca") -> Stroke:
    return Stroke(side=side, place=place, core_ml=core_ml, hypoperfused_ml=core_ml + 60.0)


@cache
def head() -> Head:
    return build_head(GRID)


def study(
    patient: Stroke,
    illness: MrIllness = NO_ILLNESS,
    conditions: Conditions = NO_CONDITIONS,
    **scanning: object,
) -> MrStudy:
    """A patient at rest on the lab's grid."""
    how = MrScanning(grid=GRID, flair_grid=GRID, **scanning)
    return mr_study(patient, how, illness, conditions, {"diffusion": head(), "flair": head()})


def weighted(made: MrStudy) -> list[Weighted]:
    one = len(made.high) == 1
    high = [Weighted(volume=image, b=made.scanning.b, is_trace=one) for image in made.high]
    return [Weighted(volume=made.low, b=0.0), *high]


@cache
def still_midline() -> tuple[BrainMask, Midline]:
    """Brain and midline of the healthy head; a stroke does not change where they lie."""
    low = study(NONE).low
    found = find_brain(low.array, low.grid, Modality.MR, preset_for(Modality.MR).anatomy)
    return found, find_midline(low.array, found.inside, low.grid)


def measured(
    images: list[Weighted],
    vendor: Volume | None = None,
    settings: AdcCoreSettings = CORE,
    diffusion: DiffusionSettings = SETTINGS,
    *,
    ladder: bool = False,
) -> tuple[DiffusionMaps, AdcCore]:
    """ADC and core of images on the lab's grid; the volumes at other limits only where asked for."""
    brain, midline = still_midline()
    maps = diffusion_maps(images, vendor, brain.inside, diffusion)
    asked = settings if ladder else replace(settings, ladder_adc=())
    return maps, adc_core(maps, brain.inside, midline, asked)


def core_of(made: MrStudy, limit_adc: float = 620.0) -> AdcCore:
    return measured(weighted(made), settings=replace(CORE, limit_adc=limit_adc))[1]


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))
