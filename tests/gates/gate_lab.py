"""Scans made for the gates: any physiology anywhere in the digital head, and what is measured on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from tissueclock.anatomy.rigid import RigidMotion
from tissueclock.core.quality import QualityFlag
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.image.weighted import Weighted
from tissueclock.perfusion.motion import Motion as MeasuredMotion
from tissueclock.phantom.acquisition import Acquisition, Bolus
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import NO_ILLNESS, MrIllness, MrScanning, MrStudy, mr_study
from tissueclock.phantom.patient import noise_free_signals
from tissueclock.phantom.physiology import CORE, NORMAL, PENUMBRA, Flow, Zone
from tissueclock.phantom.sick_head import Contrast, SickHead
from tissueclock.phantom.signal import Scanner, scan
from tissueclock.phantom.tissues import Tissue
from tissueclock.pipeline.analysis import Measured, measure_scan
from tissueclock.pipeline.choices import NO_CHOICES, Choices
from tissueclock.pipeline.diffusion import NOTHING_BESIDE, Beside, MeasuredDiffusion
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Stopwatch
from tissueclock.scan.mr_images import DiffusionScan, FlairScan, Origin
from tissueclock.scan.study import Scan

GRID = head_grid(in_plane=64, spacing_mm=3.0, slices=8, slice_spacing_mm=10.0)
CT = Acquisition(noise_sd_hu=2.0, bolus=Bolus(peak_hu=360.0))
MR = Acquisition(modality=Modality.MR)

SLOW = Zone("slow white matter", Flow(45.0, 3.6), Flow(16.0, 1.8), 1.2)
"""Leukoaraiosis: a third of the flow gone, transit longer, a little late."""
CAROTID = Zone("behind a stenosis", Flow(54.0, 4.4), Flow(22.0, 2.2), 2.8)
OLD = Zone("old infarct", Flow(7.0, 0.6), Flow(4.0, 0.35), 0.6)
"""Little flow, no delay."""


def milder(zone: Zone, delay_s: float) -> Zone:
    return replace(zone, delay_s=delay_s)


@cache
def head_of(grid: Grid) -> Head:
    return build_head(grid)


Place = Callable[[np.ndarray, np.ndarray, np.ndarray, Head], np.ndarray]
"""Where a zone lies: from x (to the right), y (to the front), z (up), in mm, one a voxel, and the head."""


def mca(side: int, radius_mm: float) -> Place:
    """A ball in the middle of a hemisphere: 1 for the right, -1 for the left."""
    return lambda x, y, z, _: np.hypot(np.hypot(x - 40 * side, y + 6), z - 26) < radius_mm


def hemisphere(side: int) -> Place:
    """The carotid's part of a side."""
    return lambda x, y, z, _: (x * side > 0) & (y > -45) & (z > -5)


def together(*places: Place) -> Place:
    return lambda x, y, z, head: np.any([place(x, y, z, head) for place in places], axis=0)


def white_matter(share: float = 0.5) -> Place:
    """White matter beside the ventricles."""

    def place(x: np.ndarray, y: np.ndarray, z: np.ndarray, head: Head) -> np.ndarray:
        near = (np.abs(x) < 32) & (np.abs(y + 6) < 55) & (z > 8) & (z < 45)
        return near & (head.fraction(Tissue.WHITE) > share)

    return place


def cerebellum(x: np.ndarray, y: np.ndarray, z: np.ndarray, _: Head) -> np.ndarray:
    return (x > 2) & (y < -40) & (z < -14)


@dataclass(frozen=True)
class Patient:
    """Zones of physiology, each where its place says, the last one on top; arteries of a side come later."""

    zones: tuple[tuple[Zone, Place], ...] = ()
    acquisition: Acquisition = CT
    grid: Grid = GRID
    late_side: int = 0
    late_s: float = 0.0

    def series(self) -> TimeSeries:
        head = head_of(self.grid)
        zone = np.zeros(head.index.size, dtype=np.intp)
        x, y, z = head.positions_mm.T
        for number, (_, place) in enumerate(self.zones, 1):
            zone[place(x, y, z, head)] = number
        zones = (NORMAL, *(made for made, _ in self.zones))
        sick = SickHead(head, Stroke(side="none"), zones, zone, len(zones))
        until_s = float(
            self.acquisition.kept_times_s[-1] + self.acquisition.offsets_s(head.grid.shape[2]).max()
        )
        contrast = self._late(head, Contrast.of(sick, self.acquisition.bolus, until_s, "exponential"))
        scanner = Scanner(self.acquisition)
        return scan(scanner, self.grid, head.index, noise_free_signals(sick, contrast, scanner))

    def _late(self, head: Head, contrast: Contrast) -> Contrast:
        if not self.late_side:
            return contrast
        name = {1: "right", -1: "left", 2: "both"}[self.late_side]
        return replace(
            contrast,
            arteries=tuple(
                curve.delayed(self.late_s)
                if curve is not None
                and (name == "both" or vessel.side == name)
                and "p" not in vessel.name[:1]
                else curve
                for vessel, curve in zip(head.arteries, contrast.arteries, strict=True)
            ),
        )


def stroke(core_mm: float = 15.0, delayed_mm: float = 29.0, side: int = -1, **more: object) -> Patient:
    """A core inside delayed tissue, left by default."""
    return Patient(((PENUMBRA, mca(side, delayed_mm)), (CORE, mca(side, core_mm))), **more)


def edited(series: TimeSeries, frames: range, change: Callable[[np.ndarray], np.ndarray]) -> TimeSeries:
    """Return the run with some of its frames changed (HU or signal)."""
    return series.with_frames([(number, change(series.frame(number))) for number in frames])


def with_blood(series: TimeSeries, radius_mm: float, hu: float = 32.0) -> TimeSeries:
    """A ball of denser tissue in the right hemisphere, on every frame."""
    x, y, z = series.grid.positions_mm(np.indices(series.grid.shape).reshape(3, -1).T).T
    ball = (np.hypot(np.hypot(x - 32, y + 6), z - 26) < radius_mm).reshape(series.grid.shape)
    return edited(series, range(series.frames), lambda frame: frame + np.float32(hu) * ball)


def torn(series: TimeSeries, frames: range, shift_mm: float) -> TimeSeries:
    """Frames in which the head jumped half-way: the upper slices lie elsewhere, so that no motion fits."""
    voxels = round(shift_mm / series.grid.spacing_mm[0])
    half = series.grid.shape[2] // 2

    def jump(frame: np.ndarray) -> np.ndarray:
        frame = frame.copy()
        frame[:, :, half:] = np.roll(frame[:, :, half:], voxels, axis=0)
        return frame

    return edited(series, frames, jump)


def measured(
    series: TimeSeries,
    choices: Choices = NO_CHOICES,
    repairs: tuple[str, ...] = (),
    at_rest: bool = False,
    beside: Beside = NOTHING_BESIDE,
) -> Measured:
    """Measure a run and what lies beside it; a head that is known to be `at_rest` spares half of the time."""
    found = Scan(
        series=series, kind="simulated", digest="", files=0, time_source="simulated", repairs=repairs
    )
    with pytest.MonkeyPatch.context() as patch:
        if at_rest:
            patch.setattr("tissueclock.pipeline.analysis.measure_motion", no_motion)
        return measure_scan(found, preset_for(series.modality), Stopwatch(), choices, beside)


def no_motion(series: TimeSeries) -> MeasuredMotion:
    none, nothing = np.zeros(series.frames), np.zeros(series.frames, dtype=bool)
    return MeasuredMotion(
        displacement_mm=none,
        through_slices=none,
        turn_deg=none,
        residual_mm=none,
        realigned=nothing,
        interpolated=nothing,
        transforms=(RigidMotion.none(np.zeros(3)),) * series.frames,
    )


def mr_images(illness: MrIllness = NO_ILLNESS, **scanning: object) -> MrStudy:
    """Diffusion and FLAIR of a small core amid the delay of `stroke`; both heads at rest."""
    core = Stroke(side="left", core_ml=12.0, hypoperfused_ml=60.0)
    how = MrScanning(grid=GRID, flair_grid=GRID, **scanning)
    return mr_study(core, how, illness, heads={"diffusion": head_of(GRID), "flair": head_of(GRID)})


def beside_of(
    made: MrStudy, change: Callable[[Volume], Volume] = lambda volume: volume, *, flair: bool = False
) -> Beside:
    """What an analysis reads: diffusion, changed, and FLAIR where it is asked for."""
    nowhere = Origin(digest="", files=0)
    low = Weighted(volume=change(made.low), b=0.0)
    high = Weighted(volume=change(made.high[0]), b=1000.0, is_trace=True)
    diffusion = DiffusionScan(images=(low, high), adc=None, origin=nowhere)
    return Beside(diffusion=diffusion, flair=FlairScan(volume=made.flair, origin=nowhere) if flair else None)


def cut(slices: int) -> Callable[[Volume], Volume]:
    """Leave out slices at the head."""
    grid = Grid((*GRID.shape[:2], GRID.shape[2] - slices), GRID.affine)
    return lambda volume: Volume(volume.array[:, :, : grid.shape[2]], grid, volume.quantity, volume.unit)


def without_signal(missing_ml: float) -> Beside:
    """Diffusion whose b1000 image is empty in the voxels that are nearest to the middle of the brain."""
    found = beside_of(mr_images())
    assert found.diffusion is not None
    low, high = found.diffusion.images
    array = np.array(high.volume.array)
    places = GRID.positions_mm(np.argwhere(array >= 0))
    nearest = np.argsort(np.linalg.norm(places - np.array([0.0, 0.0, 20.0]), axis=1))
    array[tuple(np.argwhere(array >= 0)[nearest[: round(missing_ml / GRID.voxel_ml)]].T)] = 0.0
    empty = replace(high, volume=replace(high.volume, array=array))
    return replace(found, diffusion=replace(found.diffusion, images=(low, empty)))


def zoomed(share: float) -> Callable[[Volume], Volume]:
    """The same images of a head of another size."""
    grid = Grid(GRID.shape, GRID.affine @ np.diag([share, share, share, 1.0]))
    return lambda volume: Volume(volume.array, grid, volume.quantity, volume.unit)


def blobs(volume: Volume) -> Volume:
    """Another brain's inside: the head's outline with a texture of no meaning."""
    random = np.random.default_rng(3)
    texture = ndimage.gaussian_filter(random.standard_normal(GRID.shape), (2.0, 2.0, 0.6))
    inside = ndimage.binary_fill_holes(volume.array > 0.3 * np.percentile(volume.array, 95))
    array = np.where(inside, 200.0 * np.exp(0.5 * texture / texture.std()), 5.0)
    return Volume(array.astype(np.float32), GRID, volume.quantity, volume.unit)


def flags_of(made: Measured | MeasuredDiffusion) -> dict[str, QualityFlag]:
    return {flag.id: flag for flag in made.flags}
