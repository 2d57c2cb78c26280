"""The grid: every row that the suite knows, by group; in most one thing differs from the plain row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from tissueclock.bench.validation.draws import cohort, negatives
from tissueclock.bench.validation.rows import FINE, KUDO_SHAPES, Case, KudoRow, Level, PatientRow, Row, Size
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition, Bolus, Motion, shuttle_offsets_s
from tissueclock.phantom.conditions import Conditions
from tissueclock.phantom.kinetics import SHAPES
from tissueclock.phantom.patient import DEMO_STROKE, Stroke

FIRST_SEED, FIRST_HELD_OUT_SEED = 101, 9001
"""Tests use lower seeds: what is tuned there must not be shown here. Held-out rows count from their own."""

_CT, _DSC = Acquisition(), Acquisition(modality=Modality.MR)
_RUN_S = 60.0
_SLICES, _KUDO_SLICES = 12, 6
_QUICK, _DEFAULT, _FULL = Level.QUICK, Level.DEFAULT, Level.FULL
_SEEDS = ((_QUICK, 1), (_DEFAULT, 2), (_FULL, 5))
"""Seeds of every row that is not drawn; a drawn patient has one noise, his own."""
_DRAWN = ((_QUICK, 0), (_DEFAULT, 400), (_FULL, 400))
_NEGATIVES = ((_QUICK, 0), (_DEFAULT, 60), (_FULL, 60))

_SIZES_ML = ((2.0, 12.0), (10.0, 45.0), (70.0, 130.0), (120.0, 190.0))
_NO_STROKE = Stroke(side="none")
_BOLUSES = (
    ("bolus-4-s", Bolus(width_s=4.0)),
    ("bolus-10-s", Bolus(width_s=10.0)),
    ("output-60-percent", Bolus.of_output(0.6)),
    ("output-150-percent", Bolus.of_output(1.5)),
)
_NOISES = (
    *((f"ct-{sd:g}-hu", replace(_CT, noise_sd_hu=sd)) for sd in (1.0, 2.0, 3.0, 5.0)),
    *((f"dsc-snr-{snr:g}", replace(_DSC, snr=snr)) for snr in (20.0, 50.0, 100.0)),
)


def cases(level: Level) -> tuple[Case, ...]:
    """Return every case of a level, in the order in which they run; ids are unique."""
    return tuple(case for row in rows(level) for case in _seeded(row, level))


def rows(level: Level) -> tuple[Row, ...]:
    """Return every row of a level."""
    found: tuple[Row, ...] = (
        *_patients(),
        *negatives(_count(_NEGATIVES, level)),
        *cohort(_count(_DRAWN, level)),
        *_kudos(),
    )
    return tuple(row for row in found if row.level <= level)


def _seeded(row: Row, level: Level) -> Iterator[Case]:
    if row.own_seed is not None:
        yield Case(row=row, seed=row.own_seed)
        return
    first = FIRST_HELD_OUT_SEED if row.held_out else FIRST_SEED
    for number in range(_count(_SEEDS, level)):
        yield Case(row=row, seed=first + number)


def _count(table: tuple[tuple[Level, int], ...], level: Level) -> int:
    return dict(table)[level]


def samplings(slices: int) -> tuple[tuple[str, Acquisition], ...]:
    """Return how a run of a minute may be sampled: evenly, unevenly, by a shuttle table, with a gap."""
    irregular = tuple(1.0 * n for n in range(30)) + tuple(30.0 + 2.5 * n for n in range(13))
    return (
        ("every-1-s", replace(_CT, frame_interval_s=1.0, frames=61)),
        ("every-2-s", replace(_CT, frame_interval_s=2.0, frames=31)),
        ("irregular", replace(_CT, frame_times_s=irregular)),
        ("shuttle", replace(_CT, slice_offsets_s=shuttle_offsets_s(slices, 1.5))),
        ("missing-frame", replace(_CT, dropped_frames=(14,))),
    )


def truncations() -> tuple[tuple[str, Acquisition], ...]:
    """Return runs that end early, one frame every 1.5 s; a minute is the plain run."""
    return tuple((f"ends-{s:g}-s", replace(_CT, frames=round(s / 1.5) + 1)) for s in (30.0, 40.0, 50.0))


def _patients() -> Iterator[PatientRow]:
    yield PatientRow(name="plain", group="plain", level=_QUICK)
    yield PatientRow(name="right", group="plain", stroke=replace(DEMO_STROKE, side="right"))
    yield PatientRow(name="no-stroke", group="plain", level=_QUICK, stroke=_NO_STROKE)
    yield from _lesions()
    yield from _scans()
    yield from _others()
    yield from _held_out()


def _lesions() -> Iterator[PatientRow]:
    for core_ml, all_ml in _SIZES_ML:
        stroke = replace(DEMO_STROKE, core_ml=core_ml, hypoperfused_ml=all_ml)
        quick = _QUICK if core_ml in (10.0, 70.0) else _DEFAULT
        yield PatientRow(name=f"core-{core_ml:g}-ml", group="size", level=quick, stroke=stroke)
        right = replace(stroke, side="right")
        yield PatientRow(name=f"core-{core_ml:g}-ml-right", group="size", level=_FULL, stroke=right)
    no_core = replace(DEMO_STROKE, core_ml=0.0, hypoperfused_ml=60.0)
    yield PatientRow(name="no-core", group="size", stroke=no_core)
    for place, core_ml, all_ml in (
        ("mca-anterior", 15.0, 60.0),
        ("mca-posterior", 15.0, 60.0),
        ("aca", 8.0, 40.0),
        ("pca", 8.0, 35.0),
    ):
        stroke = replace(DEMO_STROKE, place=place, core_ml=core_ml, hypoperfused_ml=all_ml)
        yield PatientRow(name=place, group="place", stroke=stroke)
    for core_ml, all_ml in ((22.0, 98.0), (60.0, 120.0)):
        stroke = replace(DEMO_STROKE, core_ml=core_ml, hypoperfused_ml=all_ml, graded=True)
        quick = _QUICK if core_ml == 22.0 else _DEFAULT
        yield PatientRow(name=f"graded-{core_ml:g}-ml", group="graded", level=quick, stroke=stroke)


def _scans() -> Iterator[PatientRow]:
    for name, acquisition in _NOISES:
        if name != "ct-3-hu":
            quick = _QUICK if name in ("ct-5-hu", "dsc-snr-50") else _DEFAULT
            yield PatientRow(name=name, group="noise", level=quick, acquisition=acquisition)
    yield PatientRow(name="grained", group="noise", acquisition=replace(_CT, noise_grain=0.7))
    fine = replace(_CT, noise_sd_hu=6.0)
    yield PatientRow(name="fine-6-hu", group="noise", level=_FULL, acquisition=fine, size=FINE)
    for residue in SHAPES[1:]:
        yield PatientRow(name=f"residue-{residue}", group="residue", residue=residue)
    for name, bolus in _BOLUSES:
        yield PatientRow(name=name, group="bolus", acquisition=replace(_CT, bolus=bolus))
    for name, acquisition in samplings(_SLICES):
        yield PatientRow(name=name, group="sampling", acquisition=acquisition)
    for name, acquisition in truncations():
        quick = _QUICK if name == "ends-40-s" else _DEFAULT
        yield PatientRow(name=name, group="truncation", level=quick, acquisition=acquisition)
    for name, motion in _motions(_CT.frames):
        yield PatientRow(name=name, group="motion", acquisition=replace(_CT, motion=motion))
        on_mr = replace(_DSC, motion=motion)
        yield PatientRow(name=f"dsc-{name}", group="motion", level=_FULL, acquisition=on_mr)
    unsettled = replace(_DSC, unsettled_frames=3)
    yield PatientRow(name="dsc-unsettled", group="motion", level=_FULL, acquisition=unsettled)


def _motions(frames: int) -> tuple[tuple[str, Motion], ...]:
    return (
        ("drift", Motion.drift(frames, (3.0, 2.0, 0.5), (0.0, 0.0, 3.0))),
        ("nods", Motion.nods(frames, 1.0)),
        ("jump", Motion.jump(frames, 18, (4.0, -2.0, 0.0), 3.0)),
    )


_ILLNESSES = (
    ("leukoaraiosis", Conditions(leukoaraiosis=0.5)),
    ("carotid-same-side", Conditions(left_carotid_delay_s=2.0)),
    ("carotid-other-side", Conditions(right_carotid_delay_s=2.0)),
    ("carotid-both-5-s", Conditions(right_carotid_delay_s=5.0, left_carotid_delay_s=5.0)),
    ("old-infarct", Conditions(old_infarct_ml=25.0, old_infarct_side="right")),
    ("large-vessels", Conditions(large_vessels=True)),
)


def _others() -> Iterator[PatientRow]:
    for name, conditions in _ILLNESSES:
        yield PatientRow(name=name, group="illness", conditions=conditions)
        alone = f"{name}-no-stroke"
        yield PatientRow(name=alone, group="illness", conditions=conditions, stroke=_NO_STROKE)


def _held_out() -> Iterator[PatientRow]:
    """Yield patients that differ from all others in several things at once; nothing is tuned on them."""
    stroke = Stroke(side="right", place="mca-posterior", core_ml=35.0, hypoperfused_ml=80.0, graded=True)
    scan = replace(_CT, noise_sd_hu=4.0, noise_grain=0.9, bolus=Bolus.of_output(0.8), frame_interval_s=1.7)
    leuko = Conditions(leukoaraiosis=0.3)
    first = PatientRow(
        name="held-out-graded",
        group="held out",
        stroke=stroke,
        acquisition=scan,
        residue="mixture",
        held_out=True,
    )
    yield first
    yield replace(first, name="held-out-sharp", stroke=replace(stroke, graded=False), conditions=leuko)
    yield replace(first, name="held-out-no-stroke", stroke=_NO_STROKE)


def _kudos() -> Iterator[KudoRow]:
    for (name, noise), residue in product(_NOISES, (KUDO_SHAPES, *SHAPES)):
        quick = _QUICK if name in ("ct-3-hu", "dsc-snr-50") and residue in (KUDO_SHAPES, "mixture") else None
        run = _minute(noise)
        level = _DEFAULT if quick is None else quick
        row_name = f"kudo-{name}-{residue}"
        yield KudoRow(name=row_name, group="kudo noise", level=level, residue=residue, acquisition=run)
    for name, bolus in _BOLUSES:
        run = replace(_minute(_CT), bolus=bolus)
        yield KudoRow(name=f"kudo-{name}", group="kudo bolus", acquisition=run)
    for name, run in samplings(_KUDO_SLICES):
        yield KudoRow(name=f"kudo-{name}", group="kudo sampling", acquisition=run)
    for name, run in truncations():
        yield KudoRow(name=f"kudo-{name}", group="kudo truncation", acquisition=run)
    yield from _kudo_product()


def _minute(acquisition: Acquisition) -> Acquisition:
    return replace(acquisition, frames=61, frame_interval_s=1.0)


def _kudo_product() -> Iterator[KudoRow]:
    """Yield noise x residue x bolus x sampling and truncation; motion needs a head and is a patient's."""
    runs = (("every-1.5-s", _CT), *samplings(_KUDO_SLICES), *truncations())
    widths = (("usual", Bolus()), *_BOLUSES)
    for (noise, how), residue, (width, bolus), (run_name, run) in product(_NOISES, SHAPES, widths, runs):
        scan = replace(run, modality=how.modality, noise_sd_hu=how.noise_sd_hu, snr=how.snr, bolus=bolus)
        name = f"kudo-product-{noise}-{residue}-{width}-{run_name}"
        yield KudoRow(
            name=name,
            group="kudo product",
            level=_FULL,
            residue=residue,
            acquisition=scan,
            own_seed=FIRST_SEED,
        )


def on(size: Size, row: PatientRow) -> PatientRow:
    """Return the row on other voxels; slice offsets are made for the new number of slices."""
    scan = row.acquisition
    if scan.slice_offsets_s is not None:
        scan = replace(scan, slice_offsets_s=shuttle_offsets_s(size.slices, 1.5))
    return replace(row, acquisition=scan, size=size)
