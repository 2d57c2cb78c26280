"""The scans behind the gates' tests, by name: each trips a gate, or nearly does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np
from gate_lab import (
    CT,
    MR,
    OLD,
    Patient,
    beside_of,
    blobs,
    cerebellum,
    cut,
    flags_of,
    hemisphere,
    mca,
    measured,
    milder,
    mr_images,
    stroke,
    together,
    torn,
    with_blood,
    without_signal,
    zoomed,
)

from tissueclock.core.quality import Level, QualityFlag
from tissueclock.facts.case import CaseFacts
from tissueclock.image.series import Modality
from tissueclock.lesion.masks import Side
from tissueclock.perfusion.inputs import ChosenInputs
from tissueclock.phantom.acquisition import Acquisition, Bolus, Motion
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.mr_study import MrIllness
from tissueclock.phantom.physiology import NORMAL, PENUMBRA, Flow, Zone
from tissueclock.pipeline.analysis import Measured
from tissueclock.pipeline.choices import Choices
from tissueclock.pipeline.diffusion import Beside, MeasuredDiffusion, measure_diffusion
from tissueclock.pipeline.preset import preset_for
from tissueclock.profile.diffusion_facts import without_perfusion

PASS, WARN, FAIL = Level.PASS, Level.WARN, Level.FAIL
ALL = together(hemisphere(1), hemisphere(-1))
RICH = Zone("much blood", Flow(60.0, 7.5), Flow(60.0, 7.5), 6.6)
POOR = Zone("hardly any blood", Flow(4.5, 0.3), Flow(4.5, 0.3), 0.5)
LOW = head_grid(in_plane=64, spacing_mm=3.0, slices=7, slice_spacing_mm=10.0)
TALL = head_grid(in_plane=64, spacing_mm=3.0, slices=12, slice_spacing_mm=11.0)


def ct(**changes: object) -> Acquisition:
    return replace(CT, **changes)


def bolus(**changes: float) -> Acquisition:
    return ct(bolus=replace(CT.bolus, **changes), frames=44)


def mr(snr: float, peak_hu: float) -> Acquisition:
    return replace(MR, snr=snr, bolus=Bolus(peak_hu=peak_hu))


def moved(shift_mm: tuple[float, float, float], first: int = 25, last: int | None = None) -> Acquisition:
    return ct(motion=Motion.jump(CT.frames, first, shift_mm, last=last))


def turned(yaw_deg: float) -> Acquisition:
    """A head that lies turned from the first frame to the last."""
    return ct(motion=Motion.jump(CT.frames, 0, (0.0, 0.0, 0.0), yaw_deg))


def everything_late(delay_s: float) -> Patient:
    return Patient(((milder(NORMAL, delay_s), ALL),))


def late_but_behind(y_mm: float) -> Patient:
    """A head whose tissue in front of `y_mm` is 5 s late, and every artery that may be taken with it."""
    return Patient(((milder(NORMAL, 5.0), lambda x, y, z, _: y > y_mm),), late_side=2, late_s=5.0)


def slow_side(delay_s: float) -> Patient:
    """One hemisphere evenly late, as behind a narrow carotid."""
    return Patient(((milder(NORMAL, delay_s), hemisphere(-1)),))


def little_normal(radius_mm: float) -> Patient:
    """A head that is late throughout, but for a ball of normal tissue."""
    return Patient(((milder(NORMAL, 5.0), lambda x, y, z, _: x < np.inf), (NORMAL, mca(1, radius_mm))))


def unequal_blood(rich: float) -> Patient:
    zone = replace(RICH, grey=Flow(60.0, rich), white=Flow(60.0, rich))
    return Patient(((zone, mca(-1, 26.0)), (POOR, mca(1, 30.0))), acquisition=ct(noise_sd_hu=0.3))


def without(frames: int) -> Choices:
    return Choices(exclude_frames=tuple(range(2, 2 + 2 * frames, 2)))


def scanned(patient: Patient, choices: Choices | None = None) -> Callable[[], Measured]:
    still = patient.acquisition.motion is None
    return lambda: measured(patient.series(), choices or Choices(), at_rest=still)


def artery_at(x: int, y: int, z: int) -> Choices:
    return Choices(inputs=ChosenInputs(aif=(x, y, z)))


def in_the_vein() -> Measured:
    return measured(
        stroke().series(),
        Choices(inputs=ChosenInputs(aif=reading("stroke").vein)),
        at_rest=True,
    )


def flair_of(snr: float) -> Beside:
    """Good diffusion images, and a FLAIR with noise."""
    return replace(beside_of(mr_images()), flair=beside_of(mr_images(snr=snr), flair=True).flair)


def flair_of_size(share: float) -> Beside:
    """A FLAIR of a head of another size."""
    found = beside_of(mr_images(), flair=True)
    return replace(found, flair=replace(found.flair, volume=zoomed(share)(found.flair.volume)))


def with_diffusion(beside: Callable[[], Beside]) -> Callable[[], Measured]:
    """The stroke on MR, with what lies beside it."""
    return lambda: measured(stroke(acquisition=MR).series(), at_rest=True, beside=beside())


def alone(slices_lost: int) -> Callable[[], MeasuredDiffusion]:
    """Diffusion without a perfusion run, cut off at the head."""
    return lambda: measure_diffusion(beside_of(mr_images(), cut(slices_lost)), None, preset_for(Modality.MR))


def holed(missing_ml: float) -> Callable[[], MeasuredDiffusion]:
    """Diffusion alone, whose b1000 image lost its signal in the middle of the brain."""
    return lambda: measure_diffusion(without_signal(missing_ml), None, preset_for(Modality.MR))


def stated_as_1000(b: float) -> Callable[[], Measured]:
    """Diffusion that was scanned with another b-value than it states: every ADC is off by one factor."""
    return with_diffusion(lambda: beside_of(mr_images(b=b)))


SCANS: Mapping[str, Callable[[], Measured | MeasuredDiffusion]] = MappingProxyType(
    {
        "stroke": lambda: measured(stroke().series()),
        "mr": lambda: measured(stroke(acquisition=MR).series()),
        "4 left out": scanned(stroke(), without(4)),
        "5 left out": scanned(stroke(), without(5)),
        "9 left out": scanned(stroke(), without(9)),
        "early": scanned(stroke(acquisition=bolus(arrival_s=4.0))),
        "earlier": scanned(stroke(acquisition=bolus(arrival_s=3.0))),
        "at once": scanned(stroke(acquisition=bolus(arrival_s=1.0))),
        "begun": scanned(stroke(acquisition=ct(dropped_frames=tuple(range(8))))),
        "late": scanned(stroke(acquisition=bolus(arrival_s=23.0))),
        "later": scanned(stroke(acquisition=bolus(arrival_s=24.5))),
        "short": scanned(stroke(acquisition=ct(frames=28))),
        "shorter": scanned(stroke(acquisition=ct(frames=20))),
        "cut": scanned(stroke(acquisition=ct(frames=18))),
        "faint bolus": scanned(stroke(acquisition=bolus(peak_hu=300.0))),
        "poor bolus": scanned(stroke(acquisition=bolus(peak_hu=90.0))),
        "mr faint": scanned(stroke(acquisition=mr(60.0, 60.0))),
        "mr poor": scanned(stroke(acquisition=mr(200.0, 40.0))),
        "mr enough": scanned(stroke(acquisition=mr(60.0, 105.0))),
        "mr dark": lambda: measured(stroke(acquisition=mr(7.0, 450.0)).series()),
        "mr black": lambda: measured(stroke(acquisition=mr(10.0, 600.0)).series()),
        "wide": scanned(stroke(acquisition=bolus(width_s=11.5))),
        "wider": scanned(stroke(acquisition=bolus(width_s=13.0))),
        "widest": scanned(stroke(acquisition=bolus(width_s=16.5))),
        "slow": scanned(stroke(acquisition=ct(frames=19, frame_interval_s=3.2))),
        "slower": scanned(stroke(acquisition=ct(frames=18, frame_interval_s=3.5))),
        "1 lost": scanned(stroke(acquisition=ct(dropped_frames=(10,)))),
        "2 lost": scanned(stroke(acquisition=ct(dropped_frames=(10, 11)))),
        "4 lost": scanned(stroke(acquisition=ct(dropped_frames=(10, 11, 12, 13)))),
        "grainy": scanned(stroke(acquisition=ct(noise_sd_hu=3.5))),
        "noisy": scanned(stroke(acquisition=ct(noise_sd_hu=5.0))),
        "noisier": scanned(stroke(acquisition=ct(noise_sd_hu=10.0))),
        "nearly faint": scanned(stroke(acquisition=ct(noise_sd_hu=11.0))),
        "faint": scanned(stroke(acquisition=ct(noise_sd_hu=12.5))),
        "fainter": scanned(stroke(acquisition=ct(noise_sd_hu=14.0))),
        "still": scanned(stroke(acquisition=moved((0.5, 0.0, 0.0)))),
        "restless": scanned(stroke(acquisition=moved((1.2, 0.0, 0.0)))),
        "away": scanned(stroke(acquisition=moved((27.0, 0.0, 0.0)))),
        "nod": scanned(stroke(acquisition=moved((0.0, 0.0, 0.35)))),
        "nods": scanned(stroke(acquisition=moved((0.0, 0.0, 0.8)))),
        "rise": scanned(stroke(acquisition=moved((0.0, 0.0, 2.0)))),
        "twitch": scanned(stroke(acquisition=moved((0.0, 6.0, 0.0), 30, 30))),
        "small twitch": scanned(stroke(acquisition=moved((0.0, 1.2, 0.0), 30, 30))),
        "torn": lambda: measured(torn(stroke().series(), range(30, 34), 9.0)),
        "nearly torn": lambda: measured(torn(stroke().series(), range(30, 34), 6.0)),
        "turned": scanned(stroke(acquisition=turned(22.0))),
        "turned far": scanned(stroke(acquisition=turned(29.0))),
        "low slab": scanned(stroke(grid=LOW)),
        "high lesion": scanned(stroke(delayed_mm=36.0)),
        "normal ball": scanned(little_normal(24.0)),
        "small normal ball": scanned(little_normal(20.0)),
        "all nearly late": scanned(everything_late(1.2)),
        "all late": scanned(everything_late(2.2)),
        "all later": scanned(everything_late(2.5)),
        "late artery": scanned(
            Patient(((milder(NORMAL, 3.8), ALL),), late_side=2, late_s=4.0),
        ),
        "back first": scanned(late_but_behind(-60.0)),
        "farthest back first": scanned(late_but_behind(-75.0)),
        "a rim first": scanned(late_but_behind(-87.0)),
        "slow side": scanned(slow_side(4.1)),
        "slower side": scanned(slow_side(4.3)),
        "slowest side": scanned(slow_side(4.6)),
        "artery in tissue": scanned(stroke(), artery_at(20, 26, 3)),
        "artery in vein": in_the_vein,
        "cerebellum": scanned(Patient(((PENUMBRA, cerebellum),), grid=TALL)),
        "cerebellum and more": scanned(Patient(((PENUMBRA, together(cerebellum, mca(1, 22.0))),), grid=TALL)),
        "wrong side": scanned(stroke(), Choices(side=Side.RIGHT)),
        "larger side": scanned(
            Patient(((PENUMBRA, together(mca(1, 24.0), mca(-1, 26.0))),)), Choices(side=Side.LEFT)
        ),
        "both sides": scanned(Patient(((PENUMBRA, together(mca(1, 20.0), mca(-1, 26.0))),))),
        "nearly both": scanned(Patient(((PENUMBRA, together(mca(1, 13.0), mca(-1, 29.0))),))),
        "old infarct": scanned(Patient(((OLD, mca(-1, 20.0)),))),
        "small old infarct": scanned(Patient(((OLD, mca(-1, 10.0)),))),
        "just late": scanned(
            Patient(((milder(PENUMBRA, 4.8), mca(-1, 29.0)),), acquisition=bolus(width_s=5.0))
        ),
        "unequal blood": scanned(unequal_blood(7.5)),
        "less unequal blood": scanned(unequal_blood(4.5)),
        "blood": lambda: measured(with_blood(stroke().series(), 10.0), at_rest=True),
        "little blood": lambda: measured(with_blood(stroke().series(), 6.0), at_rest=True),
        "diffusion": with_diffusion(lambda: beside_of(mr_images(), flair=True)),
        "low diffusion": with_diffusion(lambda: beside_of(mr_images(), cut(1))),
        "half a diffusion": with_diffusion(lambda: beside_of(mr_images(), cut(3))),
        "smaller head": with_diffusion(lambda: beside_of(mr_images(), zoomed(0.85))),
        "little smaller head": with_diffusion(lambda: beside_of(mr_images(), zoomed(0.95))),
        "blobs": with_diffusion(lambda: beside_of(mr_images(), blobs)),
        "diffusion alone": alone(0),
        "low diffusion alone": alone(1),
        "half a diffusion alone": alone(4),
        **{f"diffusion without {ml:g} mL": holed(ml) for ml in (1.5, 4.0, 15.0)},
        **{f"b = {b:g}, said to be 1000": stated_as_1000(b) for b in (560.0, 720.0, 1250.0, 1450.0)},
        "noisy diffusion": with_diffusion(lambda: beside_of(mr_images(snr=2.5))),
        "flair of a smaller head": with_diffusion(lambda: flair_of_size(0.85)),
        "flair of a little smaller head": with_diffusion(lambda: flair_of_size(0.95)),
        "noisy flair": with_diffusion(lambda: flair_of(2.0)),
        "grainy flair": with_diffusion(lambda: flair_of(2.8)),
        "reperfused": with_diffusion(lambda: beside_of(mr_images(MrIllness(reperfused_ml=8.0)))),
        "little reperfused": with_diffusion(lambda: beside_of(mr_images(MrIllness(reperfused_ml=3.0)))),
        "lime": lambda: measured(with_blood(stroke().series(), 10.0, 90.0), at_rest=True),
    }
)

Trip = tuple[Level, str]

TRIPS: Mapping[str, tuple[Trip, ...]] = MappingProxyType(
    {
        "frames-left-out": ((WARN, "5 left out"), (FAIL, "9 left out")),
        "repaired-frame": ((WARN, "twitch"),),
        "baseline": ((WARN, "earlier"),),
        "baseline-frames": ((WARN, "at once"), (FAIL, "begun")),
        "bolus-arrival": ((WARN, "later"),),
        "coverage": ((WARN, "short"), (FAIL, "shorter")),
        "arterial-peak": ((WARN, "faint bolus"), (FAIL, "poor bolus")),
        "tissue-drop": ((WARN, "mr faint"), (FAIL, "mr poor")),
        "aif-saturation": ((WARN, "mr black"),),
        "bolus-width": ((WARN, "wider"), (FAIL, "widest")),
        "venous-output": ((WARN, "cut"),),
        "sampling": ((WARN, "slower"),),
        "frame-gap": ((WARN, "2 lost"), (FAIL, "4 lost")),
        "noise": ((WARN, "noisy"), (FAIL, "noisier")),
        "motion": ((WARN, "restless"), (FAIL, "away")),
        "motion-across": ((WARN, "nods"), (FAIL, "rise")),
        "motion-residual": ((FAIL, "torn"),),
        "midline": ((WARN, "turned far"),),
        "slab-coverage": ((WARN, "low slab"),),
        "slab-edge": ((WARN, "high lesion"),),
        "normal-tissue": ((FAIL, "small normal ball"),),
        "normal-tmax": ((WARN, "all late"), (FAIL, "all later")),
        "artery-late": ((WARN, "artery in tissue"), (FAIL, "artery in vein")),
        "faint-tissue": ((WARN, "faint"), (FAIL, "fainter")),
        "posterior-fossa": ((WARN, "cerebellum"),),
        "stated-side": ((FAIL, "wrong side"),),
        "bilateral-delay": ((WARN, "all later"),),
        "bilateral-lesion": ((WARN, "both sides"),),
        "low-flow-outside": ((WARN, "old infarct"),),
        "late-overlap": ((WARN, "4 lost"),),
        "early-tissue": ((WARN, "farthest back first"), (FAIL, "back first")),
        "delay-border": ((WARN, "slower side"), (FAIL, "slow side")),
        "implausible": ((FAIL, "unequal blood"),),
        "bleed-suspected": ((WARN, "blood"),),
        "diffusion-registration": ((FAIL, "blobs"),),
        "diffusion-overlap": ((FAIL, "smaller head"),),
        "diffusion-coverage": ((WARN, "low diffusion"), (FAIL, "half a diffusion")),
        "diffusion-slab": ((WARN, "low diffusion alone"), (FAIL, "half a diffusion alone")),
        "diffusion-missing": ((WARN, "diffusion without 4 mL"), (FAIL, "diffusion without 15 mL")),
        "adc-low": ((WARN, "b = 720, said to be 1000"), (FAIL, "b = 560, said to be 1000")),
        "adc-high": ((WARN, "b = 1250, said to be 1000"), (FAIL, "b = 1450, said to be 1000")),
        "reperfused-core": ((WARN, "reperfused"),),
        "flair-registration": ((FAIL, "noisy flair"),),
        "flair-overlap": ((FAIL, "flair of a smaller head"),),
    }
)
NEAR: Mapping[str, str] = MappingProxyType(
    {
        "frames-left-out": "4 left out",
        "repaired-frame": "small twitch",
        "baseline": "early",
        "baseline-frames": "earlier",
        "bolus-arrival": "late",
        "coverage": "stroke",
        "arterial-peak": "stroke",
        "tissue-drop": "mr enough",
        "aif-saturation": "mr dark",
        "bolus-width": "wide",
        "venous-output": "shorter",
        "sampling": "slow",
        "frame-gap": "1 lost",
        "noise": "grainy",
        "motion": "still",
        "motion-across": "nod",
        "motion-residual": "nearly torn",
        "midline": "turned",
        "slab-coverage": "stroke",
        "slab-edge": "stroke",
        "normal-tissue": "normal ball",
        "normal-tmax": "all nearly late",
        "artery-late": "late artery",
        "faint-tissue": "nearly faint",
        "posterior-fossa": "cerebellum and more",
        "stated-side": "larger side",
        "bilateral-delay": "all late",
        "bilateral-lesion": "nearly both",
        "low-flow-outside": "small old infarct",
        "late-overlap": "just late",
        "early-tissue": "a rim first",
        "delay-border": "slowest side",
        "implausible": "less unequal blood",
        "bleed-suspected": "little blood",
        "diffusion-registration": "noisy diffusion",
        "diffusion-overlap": "little smaller head",
        "diffusion-coverage": "diffusion",
        "diffusion-slab": "diffusion alone",
        "diffusion-missing": "diffusion without 1.5 mL",
        "adc-low": "diffusion",
        "adc-high": "diffusion",
        "reperfused-core": "little reperfused",
        "flair-registration": "grainy flair",
        "flair-overlap": "flair of a little smaller head",
    }
)


@dataclass(frozen=True)
class Reading:
    """What the tests ask of a scan: flags, facts, and where its vein was found; no images are kept."""

    flags: Mapping[str, QualityFlag]
    facts: CaseFacts
    vein: tuple[int, int, int] | None

    @classmethod
    def of(cls, made: Measured | MeasuredDiffusion) -> Reading:
        if isinstance(made, MeasuredDiffusion):
            return cls(flags_of(made), without_perfusion(made.measures), None)
        return cls(flags_of(made), made.facts, made.maps.vof.voxel if made.maps.vof else None)


@cache
def reading(name: str) -> Reading:
    return Reading.of(SCANS[name]())


def flags(name: str) -> Mapping[str, QualityFlag]:
    return reading(name).flags
