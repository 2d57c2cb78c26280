"""Diffusion and FLAIR beside a perfusion run: read, registered to it, and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.anatomy.brain import BrainMask, find_brain
from tissueclock.anatomy.midline import find_midline
from tissueclock.anatomy.posterior_fossa import find_posterior_fossa
from tissueclock.anatomy.registration import HeadImage, Registration, register, resampled
from tissueclock.core.errors import InputError
from tissueclock.core.provenance import Step
from tissueclock.core.quality import QualityFlag
from tissueclock.diffusion.adc import diffusion_maps, require_images
from tissueclock.diffusion.result import DiffusionMaps
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.lesion.adc_core import AdcCore, adc_core
from tissueclock.lesion.flair import FlairRatio, flair_ratio
from tissueclock.lesion.flair_space import DiffusionFindings, seen_from_flair
from tissueclock.lesion.masks import LesionMasks, Mask
from tissueclock.pipeline.preset import MrSettings, Preset
from tissueclock.profile.diffusion_measure import (
    DiffusionMeasures,
    OnDiffusion,
    core_on_perfusion,
    measure_core,
)
from tissueclock.scan.mr_images import DiffusionScan, FlairScan


@dataclass(frozen=True, eq=False, kw_only=True)
class Beside:
    """What was read beside the perfusion run; `notes` say how it goes together."""

    diffusion: DiffusionScan | None = None
    flair: FlairScan | None = None
    notes: tuple[str, ...] = ()

    def summary(self) -> Mapping[str, Any]:
        """Return what the report says about the input beside perfusion, as JSON values; no identification."""
        found: dict[str, Any] = {}
        if self.diffusion is not None:
            images = self.diffusion.images
            volume = images[0].volume if images else self.diffusion.adc
            found["diffusion"] = {
                "b_values": [image.b for image in images],
                "scanner_adc": self.diffusion.adc is not None,
                "files": self.diffusion.origin.files,
                "digest": self.diffusion.origin.digest,
                "matrix": [] if volume is None else list(volume.grid.shape),
                "notes": list(self.diffusion.notes),
            }
        if self.flair is not None:
            found["flair"] = {
                "files": self.flair.origin.files,
                "digest": self.flair.origin.digest,
                "matrix": list(self.flair.volume.grid.shape),
                "notes": list(self.flair.notes),
            }
        return {**found, "beside_notes": list(self.notes)} if found or self.notes else {}


NOTHING_BESIDE = Beside()
_LEAST_WEIGHTED = "diffusion image with the lowest b-value"


@dataclass(frozen=True, eq=False, kw_only=True)
class PerfusionSide:
    """What diffusion is registered to: the run's image before the bolus, its head, and its lesion."""

    background: Volume
    inside: Mask
    masks: LesionMasks


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasuredDiffusion:
    """Diffusion and FLAIR, measured; masks and maps lie on the diffusion's grid unless they say otherwise.

    `here` and `core_on_perfusion` are None where there is no perfusion run, the second also where the
    registration is not to be trusted: a core is not shown at a place that is not known.
    """

    maps: DiffusionMaps
    core: AdcCore
    here: OnDiffusion | None
    brain: Mask
    core_on_perfusion: Mask | None
    flair: Volume | None
    flair_registration: Registration | None
    measures: DiffusionMeasures
    steps: tuple[Step, ...]

    @property
    def flags(self) -> tuple[QualityFlag, ...]:
        """The quality flags."""
        return self.measures.flags


def measure_diffusion(
    beside: Beside, perfusion: PerfusionSide | None, preset: Preset
) -> MeasuredDiffusion | None:
    """Measure diffusion and FLAIR, beside a perfusion run or alone; None where there is no diffusion.

    Raises InputError where the diffusion cannot give an ADC, or shows no head.
    """
    if beside.diffusion is None or preset.mr is None:
        return None
    require_usable(beside, preset)
    images, vendor = beside.diffusion.images, beside.diffusion.adc
    base = _base(images)
    grid = base.grid
    brain = _brain(base, "diffusion", preset)
    midline = find_midline(_plain(base), brain.inside, grid, _LEAST_WEIGHTED)
    fossa = find_posterior_fossa(brain.inside, midline, grid)
    maps = diffusion_maps(images, vendor, brain.inside, preset.mr.diffusion)
    core = adc_core(maps, brain.inside, midline, preset.mr.adc_core)
    here = None if perfusion is None else _seen_from(base, brain, perfusion)
    found = DiffusionFindings(
        adc=maps.adc.array, lesion=core.mask, inside=brain.inside, midline=midline, grid=grid
    )
    flair = None if beside.flair is None else _measured_flair(beside.flair, maps, found, preset, preset.mr)
    measures = measure_core(
        maps,
        core,
        here,
        fossa.mask if fossa.known else None,
        None if flair is None else (flair.ratio, flair.registration),
        preset.quality,
        limit_adc=preset.mr.adc_core.limit_adc,
    )
    steps = [_read_step(beside.diffusion), maps.step, core.step]
    if here is None:
        steps[1:1] = [brain.step, midline.step, fossa.step]
    else:
        steps += [here.registration.step]
    if flair is not None:
        steps += [flair.registration.step, flair.ratio.step]
    return MeasuredDiffusion(
        maps=maps,
        core=core,
        here=here,
        brain=brain.inside,
        core_on_perfusion=_on_run(core, here, perfusion) if measures.places_known else None,
        flair=None if flair is None else flair.picture,
        flair_registration=None if flair is None else flair.registration,
        measures=measures,
        steps=tuple(steps),
    )


def _seen_from(base: Volume, brain: BrainMask, perfusion: PerfusionSide) -> OnDiffusion:
    """Register a perfusion run to diffusion, and look its masks up there."""
    run = perfusion.background
    registration = register(
        HeadImage(array=_plain(base), inside=brain.inside, grid=base.grid),
        HeadImage(array=_plain(run), inside=perfusion.inside, grid=run.grid),
        ("diffusion", "perfusion"),
    )
    return OnDiffusion.of(perfusion.masks, registration, base.grid)


def _on_run(core: AdcCore, here: OnDiffusion | None, perfusion: PerfusionSide | None) -> Mask | None:
    if here is None or perfusion is None:
        return None
    return core_on_perfusion(core, here.registration, perfusion.background.grid)


def require_usable(beside: Beside, preset: Preset) -> None:
    """Raise InputError where the diffusion images cannot give an ADC: known before perfusion is measured."""
    if beside.diffusion is None or preset.mr is None:
        return
    try:
        require_images(beside.diffusion.images, beside.diffusion.adc, preset.mr.diffusion)
    except InputError as error:
        notes = f" Of the input: {'; '.join(beside.diffusion.notes)}." if beside.diffusion.notes else ""
        raise InputError(f"{error.found}{notes}", where=error.where, remedy=error.remedy) from error


def _base(images: tuple[Weighted, ...]) -> Volume:
    """Return the image that shows the head best: without diffusion weighting, else the least weighted one."""
    return min(images, key=lambda image: np.inf if image.b is None else image.b).volume


def _plain(volume: Volume) -> NDArray[np.float32]:
    """Return a volume's numbers; what is not finite is air."""
    return np.nan_to_num(np.asarray(volume.array, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _brain(volume: Volume, name: str, preset: Preset) -> BrainMask:
    try:
        image_name = _LEAST_WEIGHTED if name == "diffusion" else name
        return find_brain(_plain(volume), volume.grid, Modality.MR, preset.anatomy, image_name)
    except InputError as error:
        raise InputError(
            f"{name}: {error.found}",
            remedy=f"Check that the {name} is of the head, or leave it out.",
        ) from error


@dataclass(frozen=True, eq=False)
class _MeasuredFlair:
    """The ratio, from FLAIR's own voxels; `picture` is FLAIR on the diffusion's grid, interpolated once."""

    ratio: FlairRatio
    registration: Registration
    picture: Volume


def _measured_flair(
    flair: FlairScan, maps: DiffusionMaps, found: DiffusionFindings, preset: Preset, settings: MrSettings
) -> _MeasuredFlair:
    """Register FLAIR to the trace image, whose fluid is dark too, and compare the lesion's sides on it."""
    volume = flair.volume
    head = _brain(volume, "FLAIR", preset)
    registration = register(
        HeadImage(array=_plain(maps.trace), inside=found.inside, grid=maps.grid),
        HeadImage(array=_plain(volume), inside=head.inside, grid=volume.grid),
        ("diffusion", "FLAIR"),
    )
    array = np.asarray(volume.array, dtype=np.float32)
    scene = seen_from_flair(array, volume.grid, found, registration.matrix)
    image = resampled(_plain(volume), volume.grid, maps.grid, registration.matrix)
    picture = Volume(image, maps.grid, "FLAIR", "signal")
    return _MeasuredFlair(flair_ratio(scene, settings.flair), registration, picture)


def _read_step(scan: DiffusionScan) -> Step:
    values = sorted({image.b for image in scan.images if image.b is not None})
    stated = f"b = {' and '.join(f'{value:g}' for value in values)} s/mm2" if values else "no stated b-value"
    adc = " and the scanner's ADC map" if scan.adc else ""
    sentence = f"Diffusion images with {stated}{adc} were read."
    return Step(
        name="read-diffusion",
        sentence=sentence,
        parameters={"b_values": [image.b for image in scan.images], "notes": list(scan.notes)},
        inputs={"diffusion": scan.origin.digest},
    )
