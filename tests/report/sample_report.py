"""A report about nobody: a head of ellipses with a lesion on the patient's left."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from tissueclock.core.provenance import Provenance, Step, digest
from tissueclock.core.quality import Level, QualityFlag
from tissueclock.eligibility.outcome import Assessment, CriterionResult, Decision, Outcome, Profile
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.pipeline.gates import GATES
from tissueclock.report.model import (
    CurvePlot,
    Ladder,
    Location,
    MotionTrace,
    OffsetCurve,
    ReportModel,
    Sampling,
    SliceTiming,
    Window,
)
from tissueclock.scan.identity import Identity

SHAPE, SPACING_MM = (88, 104, 12), (2.0, 2.0, 8.0)
LABEL = Identity(
    patient_name="Sample, Digital", patient_id="DP-0001", accession="A-17", acquired_at="2026-01-02 03:04"
)
DIGEST = digest(b"sample")


def head_grid() -> Grid:
    """Voxel axes run to the patient's left, back and head, as in DICOM."""
    affine = np.diag([-SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2], 1.0])
    affine[:3, 3] = [87.0, 103.0, -40.0]
    return Grid(SHAPE, affine)


def head_of(shape: tuple[int, int, int]) -> Grid:
    """The same head on another matrix: its voxels are as much finer or coarser."""
    spacing = np.array(SHAPE) * SPACING_MM / shape
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    first = (np.array(SHAPE) * SPACING_MM - spacing) / 2
    affine[:3, 3] = [first[0], first[1], 4.0 - first[2]]
    return Grid(shape, affine)


def ellipsoid(
    centre_mm: tuple[float, float, float],
    axes_mm: tuple[float, float, float],
    shape: tuple[int, int, int] = SHAPE,
) -> np.ndarray:
    affine = head_of(shape).affine
    inside = np.zeros(shape, dtype=np.float32)
    for axis, along in enumerate(np.ogrid[tuple(slice(0, size) for size in shape)]):
        place = affine[axis, axis] * along + affine[axis, 3]
        inside = inside + (((place - centre_mm[axis]) / axes_mm[axis]) ** 2).astype(np.float32)
    return inside < 1


@cache
def masks(shape: tuple[int, int, int] = SHAPE) -> dict[str, np.ndarray]:
    brain = ellipsoid((0, 0, 2), (62, 78, 58), shape)
    hypoperfused = ellipsoid((-42, 4, 10), (26, 34, 28), shape) & brain
    return {
        "brain": brain,
        "hypoperfused": hypoperfused,
        "core": ellipsoid((-36, 6, 8), (14, 18, 18), shape) & brain,
    }


@cache
def ladder_masks(shape: tuple[int, int, int] = SHAPE) -> dict[str, tuple[np.ndarray, ...]]:
    """Nested ellipsoids: Tmax > 2, 4, 6, 8, 10 s and CBF < 38, 34, 30, 20 %."""
    brain, found = masks(shape)["brain"], masks(shape)
    around = ((-42, 4, 10), (-36, 6, 8))
    delays = [
        ellipsoid(around[0], axes, shape) & brain for axes in ((34, 44, 34), (30, 39, 31), (20, 27, 24))
    ]
    deepest = ellipsoid(around[0], (13, 18, 16), shape) & brain
    flows = [ellipsoid(around[1], axes, shape) & brain for axes in ((18, 23, 22), (16, 20, 20), (9, 12, 11))]
    return {
        "tmax": (delays[0], delays[1], found["hypoperfused"], delays[2], deepest),
        "cbf": (flows[0], flows[1], found["core"], flows[2]),
    }


def sample_ladders(shape: tuple[int, int, int] = SHAPE) -> tuple[Ladder, ...]:
    found = ladder_masks(shape)
    return (
        Ladder(
            name="tmax",
            title="Tmax ladder",
            quantity="Tmax",
            sign=">",
            unit="s",
            limits=(2.0, 4.0, 6.0, 8.0, 10.0),
            masks=found["tmax"],
            facts=tuple(f"tmax{limit}_ml" for limit in (2, 4, 6, 8, 10)),
            rule=6.0,
        ),
        Ladder(
            name="cbf",
            title="CBF ladder",
            quantity="CBF",
            sign="<",
            unit="% of the reference",
            limits=(38.0, 34.0, 30.0, 20.0),
            masks=found["cbf"],
            facts=("core_cbf38_ml", "core_cbf34_ml", "core_cbf_ml", "core_cbf20_ml"),
            rule=30.0,
        ),
    )


def sample_motion() -> MotionTrace:
    """A head that jumps: frame 25 was interpolated, later ones moved back, the last left out."""
    shift = np.concatenate([np.full(24, 0.2), [4.0], np.full(14, 2.6), [np.nan]])
    return MotionTrace(
        times_s=np.arange(0, 60, 1.5),
        shift_mm=shift,
        rotation_deg=shift / 3,
        realigned=[1.0 < value < 3.0 for value in shift],
        residual_mm=np.full(40, 0.1),
        interpolated=(24,),
        excluded=(39,),
        warn_mm=0.7,
        fail_mm=3.5,
    )


def sample_sampling() -> Sampling:
    """Twelve slices of a table that moves to and fro: two rhythms, and a gap of 6 s."""
    times = np.concatenate([np.arange(0, 30, 1.5), np.arange(34.5, 64, 1.5)])
    return Sampling(
        (
            SliceTiming(tuple(times), tuple(range(6)), (0.0,) * 6),
            SliceTiming(tuple(times + 0.75), tuple(range(6, 12)), (0.0, 0.0, 0.25, 0.25, 0.5, 0.5)),
        )
    )


@cache
def background(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    noise = np.random.default_rng(7).normal(0, 2.0, shape)
    image = np.full(shape, -1000.0)
    image[ellipsoid((0, 0, 0), (73, 90, 70), shape)] = 20
    image[ellipsoid((0, 0, 0), (70, 87, 66), shape)] = 900
    image[ellipsoid((0, 0, 2), (64, 80, 60), shape)] = 12
    brain = masks(shape)["brain"]
    image[brain] = 30
    image[brain & ~ellipsoid((0, 0, 2), (54, 70, 50), shape)] = 38
    for side in (-1, 1):
        image[ellipsoid((side * 11, 6, 8), (7, 24, 14), shape)] = 8
    image[brain] += noise[brain]
    return image.astype(np.float32)


@cache
def map_arrays(shape: tuple[int, int, int] = SHAPE) -> dict[str, np.ndarray]:
    random = np.random.default_rng(11)
    found = masks(shape)
    delay = 2.0 * found["brain"] + 5.0 * found["hypoperfused"] + 4.0 * found["core"]
    flow = 42.0 * found["brain"] - 18.0 * found["hypoperfused"] - 18.0 * found["core"]
    volume = 3.4 * found["brain"] + 0.6 * found["hypoperfused"] - 2.4 * found["core"]
    arrays = {"tmax": delay, "cbf": flow, "cbv": volume, "mtt": 4 + delay, "ttp": 14 + delay}
    arrays |= {"delay": delay, "flow": flow}
    noisy = {name: array * random.normal(1, 0.08, shape) for name, array in arrays.items()}
    return {name: np.where(found["brain"], array, np.nan).astype(np.float32) for name, array in noisy.items()}


UNITS = {"cbf": "mL/100 g/min", "cbv": "mL/100 g", "flow": "mL/100 g/min"}


def number(name: str, value: float, **more: Any) -> Fact:
    return Fact(name=name, value=value, source=more.pop("source", "tissueclock"), **more)


def sample_facts() -> CaseFacts:
    ladder = {2: 231.7, 4: 141.2, 6: 98.1, 8: 61.0, 10: 34.9}
    return CaseFacts.of(
        [
            number("core_ml", 21.8, source="core_cbf_ml", interval=(18.9, 26.3)),
            number("core_cbf_ml", 21.8, interval=(18.9, 26.3)),
            number("core_cbf20_ml", 9.3),
            number("core_cbf34_ml", 29.8),
            number("core_cbf38_ml", 37.6),
            number("core_reference_low_ml", 12.1),
            number("core_reference_high_ml", 36.0),
            *(number(f"tmax{limit}_ml", value) for limit, value in ladder.items()),
            number("hypoperfused_ml", 98.1, interval=(92.0, 104.6)),
            number("mismatch_ml", 76.3),
            number("mismatch_voxelwise_ml", 76.9),
            number("mismatch_ratio", 98.1 / 21.8),
            number("hypoperfusion_intensity_ratio", 0.355),
            number("cbv_index", 0.83),
            number("unknown_perfusion_ml", 4.2),
            number("reference_ml", 512.8),
            number("reference_cbf", 24.6),
            number("normal_tmax_s", 1.9),
            number("brain_ml", 1190.0),
            number("slab_coverage_cm", 9.6),
            Fact(name="lesion_side", value="left", source="tissueclock"),
            number("age", 71, source="facts file"),
            Fact(name="occlusion_site", value=frozenset({"M1"}), source="facts file"),
            Fact(name="aspects_ct", value=None, source="facts file", reason="not read"),
        ]
    )


def criterion(name: str, outcome: Outcome, text: str, because: str, **more: str) -> CriterionResult:
    return CriterionResult(
        id=name,
        kind=more.get("kind", "inclusion"),
        facts=("core_ml",),
        outcome=outcome,
        text=text,
        because=because,
        confidence=more.get("confidence", "found"),
        role="gate",
    )


def sample_assessments() -> tuple[Assessment, ...]:
    shared = [
        criterion("core", Outcome.PASS, "Core under 70 mL", "core_ml 21.8 mL is below 70 mL"),
        criterion("ratio", Outcome.PASS, "Ratio at least 1.8", "mismatch_ratio 4.5 is at least 1.8"),
        criterion(
            "age", Outcome.PASS, "Age 18 to 90", "age 71 years lies between 18 and 90", confidence="recalled"
        ),
    ]
    unknown = criterion("nihss", Outcome.UNKNOWN, "NIHSS at least 6", "nihss is not known")
    bleed = criterion(
        "bleed",
        Outcome.NOT_APPLICABLE,
        "Acute haemorrhage",
        "applies to patients with a CT only",
        kind="exclusion",
    )
    late = criterion("window", Outcome.FAIL, "Puncture within 6 h", "lkw_to_puncture_h 9.5 h is above 6 h")
    return (
        Assessment(
            trial="defuse-3",
            title="DEFUSE 3",
            digest=DIGEST,
            decision=Decision.UNDETERMINED,
            criteria=(*shared, unknown, bleed),
            missing=("nihss",),
            borderline=("core_ml",),
            assumed=("only the imaging rules and those that the facts decide",),
        ),
        Assessment(
            trial="mr-clean",
            title="MR CLEAN",
            digest=DIGEST,
            decision=Decision.INELIGIBLE,
            criteria=(*shared, late),
        ),
    )


def sample_profiles() -> tuple[Profile, ...]:
    return (
        Profile(
            name="defuse-2",
            title="DEFUSE 2 profile",
            digest=DIGEST,
            label="target-mismatch",
            because="ratio 4.5 is at least 1.8, mismatch 76 mL is at least 15 mL, core 22 mL is under 70 mL, "
            "and Tmax>10 s 35 mL is under 100 mL",
            notes=("CT core: the trial's own core is diffusion.",),
        ),
        Profile(
            name="mr-rescue",
            title="MR RESCUE pattern",
            digest=DIGEST,
            label="undetermined",
            because="the predicted core is not known",
            missing=("predicted_core_ml",),
        ),
    )


def flag(name: str, level: Level, value: float | None, limit: float | None, text: str) -> QualityFlag:
    unit = {gate.id: gate.unit for gate in GATES}.get(name, "")
    return QualityFlag(id=name, level=level, value=value, limit=limit, text=text, unit=unit)


PASSED = (
    flag("coverage", Level.PASS, 43.0, 40.0, "The scan lasts 43 s after the peak of the input curve."),
    flag("bolus-width", Level.PASS, 8.1, 12.0, "The bolus is 8.1 s wide."),
    flag("motion", Level.PASS, 0.6, 3.0, "The head moved by at most 0.6 mm."),
)
WARNED = (
    flag(
        "coverage",
        Level.WARN,
        31.0,
        40.0,
        "The scan ends 31 s after the peak of the input curve: CBV and MTT are lower bounds.",
    ),
    *PASSED[1:],
)
FAILED = (
    flag("bolus-width", Level.FAIL, 17.3, 16.0, "The bolus is 17.3 s wide: that reads as delay."),
    *WARNED[:1],
    PASSED[2],
)


def bolus(times_s: np.ndarray, arrival_s: float, peak: float, slope_s: float) -> np.ndarray:
    age = np.clip(times_s - arrival_s, 0, None) / (3 * slope_s)
    return peak * age**3 * np.exp(3 * (1 - age)) + 0.08 * peak * (1 - np.exp(-age / 2))


def sample_curves(grid: Grid) -> CurvePlot:
    times_s = np.arange(0, 60, 1.5)
    return CurvePlot(
        times_s=times_s,
        unit="HU",
        aif=bolus(times_s, 9.0, 310.0, 2.2),
        aif_location=Location.at(grid, (30, 40, 4)),
        vof=bolus(times_s, 13.5, 420.0, 2.6),
        vof_location=Location.at(grid, (44, 88, 6)),
        arrival_s=9.2,
        baseline_frames=6,
        baseline_end_s=7.5,
    )


def sample_provenance() -> Provenance:
    return Provenance(
        (
            Step(
                name="motion",
                sentence="Frames were registered rigidly to the mean of the baseline.",
                parameters={"frames": 40, "largest_shift_mm": 0.6},
                inputs={"series": DIGEST},
            ),
            Step(
                name="deconvolution",
                sentence="Curves were deconvolved by block-circulant SVD; singular values under 15 % of the "
                "largest were dropped.",
                parameters={"method": "bsvd", "threshold": 0.15, "resampled_to_s": 0.5},
                citations=("Wu O et al., Magn Reson Med 2003;50:164-174, doi:10.1002/mrm.10522",),
            ),
        )
    )


def sample_model(**changes: Any) -> ReportModel:
    """Return the sample with some fields replaced."""
    grid, found = head_grid(), masks()
    fields: dict[str, Any] = {
        "label": LABEL,
        "input": {
            "kind": "nifti",
            "modality": "CT",
            "files": 1,
            "frames": 40,
            "slices": SHAPE[2],
            "spacing_mm": list(SPACING_MM),
            "frame_interval_s": 1.5,
            "digest": DIGEST,
        },
        "modality": Modality.CT,
        "preset_name": "rapid-like",
        "preset_digest": DIGEST,
        "core_rule": "CBF<30%",
        "delay_rule": "Tmax>6s",
        "facts": sample_facts(),
        "profiles": sample_profiles(),
        "assessments": sample_assessments(),
        "flags": PASSED,
        "curves": sample_curves(grid),
        "offset": OffsetCurve(
            mtt_s=np.arange(2, 25, 2.0),
            tmax_s=1.2 + 0.16 * np.arange(2, 25, 2.0),
            limit_s=6.0,
            normal_median_s=1.9,
        ),
        "background": Volume(background(), grid, "baseline CT", "HU"),
        "window": Window(35, 80),
        "brain": found["brain"],
        "core": found["core"],
        "hypoperfused": found["hypoperfused"],
        "maps": {
            name: Volume(array, grid, name.upper().replace("TMAX", "Tmax"), UNITS.get(name, "s"))
            for name, array in map_arrays().items()
        },
        "motion": sample_motion(),
        "sampling": sample_sampling(),
        "ladders": sample_ladders(),
        "provenance": sample_provenance(),
        "timing_s": {"read": 1.2, "motion": 3.4, "perfusion": 5.6, "total": 10.9},
    }
    return ReportModel(**(fields | changes))


def model_on(shape: tuple[int, int, int], **changes: Any) -> ReportModel:
    """Return the sample on another matrix; its facts stay those of the sample."""
    grid, found = head_of(shape), masks(shape)
    middle = tuple(size // 2 for size in shape)
    place = Location.at(grid, middle)
    return sample_model(
        **{
            "curves": replace(sample_curves(head_grid()), aif_location=place, vof_location=place),
            "background": Volume(background(shape), grid, "baseline CT", "HU"),
            "brain": found["brain"],
            "core": found["core"],
            "hypoperfused": found["hypoperfused"],
            "ladders": sample_ladders(shape),
            "maps": {
                name: Volume(array, grid, name.upper().replace("TMAX", "Tmax"), UNITS.get(name, "s"))
                for name, array in map_arrays(shape).items()
            },
        }
        | changes
    )


def failed_model() -> ReportModel:
    """A failed gate: numbers withheld, classes undetermined."""
    gates = ("bolus-width",)
    facts = sample_facts()
    hidden = [
        fact.withheld(gates) for fact in facts.values() if fact.source in ("tissueclock", "core_cbf_ml")
    ]
    profiles = tuple(
        replace(profile, label="undetermined", because="core_ml is withheld", withheld_by=gates)
        for profile in sample_profiles()
    )
    return sample_model(facts=facts.with_facts(*hidden), flags=FAILED, profiles=profiles)


def dsc_curves() -> CurvePlot:
    """A sample curve of relaxation without a venous one."""
    curves = sample_curves(head_grid())
    aif = [value / 10 for value in curves.aif]
    return replace(
        curves,
        unit="ΔR2* 1/s",
        aif=aif,
        vof=None,
        vof_location=None,
        baseline_frames=None,
        baseline_end_s=None,
    )


def coreless_model() -> ReportModel:
    """Core 0 with hypoperfusion: the ratio is infinite."""
    facts = sample_facts().with_facts(
        number("core_ml", 0.0, source="core_cbf_ml"),
        number("core_cbf_ml", 0.0),
        number("mismatch_ml", 98.1),
        Fact(name="mismatch_ratio", value=None, infinite=True, source="tissueclock"),
    )
    return sample_model(facts=facts, core=np.zeros(SHAPE, dtype=bool), flags=WARNED)


def dsc_model() -> ReportModel:
    """DSC without diffusion: no core, so no mismatch; the volumes of delay stand."""
    reason = "there is no diffusion scan"
    unknown = [
        Fact(name=name, value=None, source="tissueclock", reason=reason)
        for name in ("core_ml", "mismatch_ml", "mismatch_ratio")
    ]
    profiles = tuple(
        replace(
            profile, label="undetermined", because=f"core_ml is not known: {reason}", missing=("core_ml",)
        )
        for profile in sample_profiles()
    )
    kept = [fact for fact in sample_facts().values() if not fact.name.startswith(("core", "mismatch"))]
    return sample_model(
        facts=CaseFacts.of([*kept, *unknown]),
        modality=Modality.MR,
        core_rule=None,
        core=None,
        profiles=profiles,
        label=None,
        ladders=sample_ladders()[:1],
        motion=None,
        sampling=None,
        curves=dsc_curves(),
        background=Volume(np.clip(background() + 100, 0, 160), head_grid(), "baseline MR", "signal"),
        window=Window(80, 160),
    )
