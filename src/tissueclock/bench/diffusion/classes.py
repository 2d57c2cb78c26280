"""The DEFUSE 2 class of patients around its edges: perfusion runs, each against ten diffusion scans.

A patient has the delay of a run and the core of a scan. Edges: core 70 mL, Tmax > 10 s of 100 mL, ratio 1.8,
mismatch 15 mL (Lansberg 2012, Lancet Neurol 11:860). Volumes are asked for so that the truths lie 2 to 30 %
beside an edge; what was asked is corrected once by the truth, never by a measurement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from tissueclock.bench.diffusion.goals import ALL, Goal, Record, Table, of, percent, reported, share_goal
from tissueclock.bench.diffusion.scene import Seen, mr_preset, run_head, scan_of
from tissueclock.bench.markdown import number
from tissueclock.bench.validation.agreement import digits
from tissueclock.bench.validation.tally import Errors
from tissueclock.eligibility.answer import answer
from tissueclock.eligibility.predicates import derived
from tissueclock.facts.case import CaseFacts, Fact
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.head import Head, build_head, head_grid
from tissueclock.phantom.lesion_site import Stroke
from tissueclock.phantom.mr_study import MrScanning, MrStudy, mr_study
from tissueclock.phantom.patient import DigitalPatient, digital_patient
from tissueclock.pipeline.analysis import measure_scan
from tissueclock.pipeline.watch import Stopwatch

_SCANS, _FIRST_SCAN_SEED, _FIRST_RUN_SEED = 10, 60_500, 60_400
_LIMIT, _PRESET, _RUN_GRID = 600.0, "defuse-2", "usual"
_CLOSE, _CLOSE_ML = 0.04, 1.0
"""A truth this close to an edge may fall on either side of it."""
_NEAREST, _FURTHEST = 0.02, 0.30
_CORE_ML, _DELAY_ML, _RATIO, _MISMATCH_ML = 70.0, 100.0, 1.8, 15.0
CLASSES = ("malignant", "target-mismatch", "no-mismatch")
_USUAL_SHARE, _USUAL_DELAY = 0.79, 1.07
"""What the limit reads of acute tissue, and the rule of delayed tissue: where asking begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """True core, Tmax > 6 s and Tmax > 10 s, mL."""

    core_ml: float
    tmax6_ml: float
    tmax10_ml: float

    @property
    def _answers(self) -> tuple[bool, bool, bool, bool]:
        """Whether core, delay, ratio and mismatch lie beyond their edges."""
        return (
            self.core_ml >= _CORE_ML,
            self.tmax10_ml >= _DELAY_ML,
            self.tmax6_ml >= _RATIO * self.core_ml,
            self.tmax6_ml - self.core_ml >= _MISMATCH_ML,
        )

    @property
    def distances(self) -> dict[str, tuple[float, float]]:
        """By edge: how far the truth lies from it, and the edge itself, mL."""
        edges = {
            "core 70 mL": (self.core_ml, _CORE_ML),
            "Tmax > 10 s of 100 mL": (self.tmax10_ml, _DELAY_ML),
            "ratio 1.8": (self.tmax6_ml, _RATIO * self.core_ml),
            "mismatch 15 mL": (self.tmax6_ml - self.core_ml, _MISMATCH_ML),
        }
        return {name: (abs(value - edge), edge) for name, (value, edge) in edges.items()}

    @property
    def label(self) -> str:
        """The class by the published definition, typed anew."""
        return _class_of(self._answers)

    @property
    def edges(self) -> tuple[str, ...]:
        """The edges that would change the class if they were crossed alone."""
        answers = self._answers
        return tuple(
            name
            for number, name in enumerate(self.distances)
            if _class_of(tuple(a != (number == i) for i, a in enumerate(answers))) != self.label
        )

    @property
    def nearest(self) -> tuple[str, float, bool]:
        """Return the nearest edge that would change the class, its distance as a share of it, if it is close.

        Where no edge changes the class alone (a core and a delay that are both malignant) it is the further
        of these two.
        """
        distances = {name: self.distances[name] for name in self.edges}
        if not distances:
            distances = dict([max(list(self.distances.items())[:2], key=lambda item: _share(item[1]))])
        name = min(distances, key=lambda name: _share(distances[name]))
        close = any(apart <= max(_CLOSE * edge, _CLOSE_ML) for apart, edge in distances.values())
        return name, _share(distances[name]), close


def _share(distance: tuple[float, float]) -> float:
    """Return a distance as a share of its edge."""
    return distance[0] / distance[1]


def _class_of(answers: Sequence[bool]) -> str:
    large, late, ratio, mismatch = answers
    if large or late:
        return "malignant"
    return "target-mismatch" if ratio and mismatch else "no-mismatch"


def measure(seed: int) -> dict[str, Any]:
    """Simulate and measure a run and its ten diffusion scans, and class the ten patients."""
    number = seed - _FIRST_RUN_SEED
    random = Random(seed)  # noqa: S311 - invented patients, not secrets
    side, run = random.choice(("left", "right")), _asked_run(number, random, seed)
    facts = measure_scan(scan_of(run.series), mr_preset(_PRESET), Stopwatch()).facts
    rule = run.truth.rule.voxels
    patients = []
    for scan in range(_SCANS):
        wanted_ml = _asked_core(number, scan, random, rule.tmax6_ml)
        made = _scan_with(wanted_ml, side, _FIRST_SCAN_SEED + _SCANS * number + scan, random)
        core_ml = Seen.of(made, mr_preset(_PRESET)).core(mr_preset(_PRESET)).volume_ml
        truth = Truth(core_ml=made.truth.rule_ml[_LIMIT], tmax6_ml=rule.tmax6_ml, tmax10_ml=rule.tmax10_ml)
        patients.append(_held(truth, core_ml, facts))
    return {
        "true_tmax6_ml": digits(rule.tmax6_ml),
        "true_tmax10_ml": digits(rule.tmax10_ml),
        "tmax6_ml": _volume(facts, "tmax6_ml"),
        "tmax10_ml": _volume(facts, "tmax10_ml"),
        "patients": patients,
    }


def _asked_run(number: int, random: Random, seed: int) -> DigitalPatient:
    """Return a run by turns: near 100 mL of Tmax > 10 s, small, and of middling size."""
    if number % 3 == 0:
        tmax10_ml, tmax6_ml = _DELAY_ML * _beside(random, number // 3), random.uniform(180.0, 235.0)
    elif number % 3 == 1:
        tmax10_ml, tmax6_ml = random.uniform(1.0, 6.0), random.uniform(20.0, 33.0)
    else:
        tmax10_ml, tmax6_ml = random.uniform(5.0, 30.0), random.uniform(55.0, 120.0)
    snr, core_ml, lesion_ml = random.uniform(40.0, 80.0), tmax10_ml / _USUAL_DELAY, tmax6_ml / _USUAL_DELAY
    acquisition = Acquisition(modality=Modality.MR, frames=40, snr=snr, seed=seed)

    def run(core_ml: float) -> DigitalPatient:
        stroke = Stroke(side="left", core_ml=core_ml, hypoperfused_ml=lesion_ml)
        return digital_patient(stroke, acquisition, head=run_head(_RUN_GRID))

    return run(core_ml * tmax10_ml / run(core_ml).truth.rule.voxels.tmax10_ml)


def _asked_core(number: int, scan: int, random: Random, tmax6_ml: float) -> float:
    """Return the core that puts a patient 2 to 30 % beside an edge; any, where the run is at one already."""
    share = _beside(random, scan)
    if number % 3 == 0:
        return random.uniform(3.0, 60.0)
    if number % 3 == 1:
        return tmax6_ml - _MISMATCH_ML * share
    return tmax6_ml / (_RATIO * share) if scan < _SCANS // 2 else _CORE_ML * share


def _beside(random: Random, number: int) -> float:
    """Return 1 and 2 to 30 % more or less, in turn."""
    share = random.uniform(_NEAREST, _FURTHEST)
    return 1 + share if number % 2 else 1 - share


def _scan_with(core_ml: float, side: str, seed: int, random: Random) -> MrStudy:
    """Return a diffusion scan whose true core, by the limit, is about so large."""
    head = _scan_head()
    scanning = MrScanning(
        grid=head.grid,
        flair_grid=head.grid,
        directions=random.choice((0, 3)),
        snr=random.uniform(40.0, 80.0),
        seed=seed,
    )

    def scan(asked_ml: float) -> MrStudy:
        stroke = Stroke(side=side, core_ml=asked_ml, hypoperfused_ml=asked_ml + 10.0)
        return mr_study(stroke, scanning, heads={"diffusion": head, "flair": head})

    first_ml = core_ml / _USUAL_SHARE
    return scan(first_ml * core_ml / scan(first_ml).truth.rule_ml[_LIMIT])


@lru_cache(maxsize=1)
def _scan_head() -> Head:
    return build_head(head_grid(72, 3.1, 18, 6.2))


def _held(truth: Truth, core_ml: float, facts: CaseFacts) -> dict[str, Any]:
    edge, share, close = truth.nearest
    return {
        "true_core_ml": digits(truth.core_ml),
        "core_ml": digits(core_ml),
        "edge": edge,
        "distance_percent": digits(100 * share, 3),
        "close": close,
        "true_class": truth.label,
        "class": _measured_class(core_ml, facts),
    }


def _measured_class(core_ml: float, facts: CaseFacts) -> str:
    """Return the class that the profile gives to the core of a scan and the delay of a run."""
    core = [Fact(name=name, value=core_ml, source="diffusion") for name in ("core_ml", "core_adc_ml")]
    case = derived(facts.with_facts(*core))
    return {item.name: item.label for item in answer((), case).profiles}["defuse-2"]


def _volume(facts: CaseFacts, name: str) -> float | None:
    value = facts[name].value
    return None if value is None else digits(float(value))  # type: ignore[arg-type] # volumes are numbers


def goals(records: Sequence[Record]) -> Iterator[Goal]:
    """Yield what was wanted of the classes."""
    patients = _patients(records)
    far = [_is_right(patient) for patient in patients if not patient["close"]]
    what = "DEFUSE 2 class, further than 4 % and 1 mL from every edge: right"
    yield share_goal("class-far", what, far, ALL)
    right = [_is_right(patient) for patient in patients]
    yield reported("class-all", "DEFUSE 2 class, all patients: right", percent(right), "%", len(right))


def tables(records: Sequence[Record]) -> Iterator[Table]:
    """Yield the confusion of classes, the shares by edge and distance, and every wrong class."""
    yield _confusion(records)
    yield _by_distance(records)
    yield _volumes(records)
    heads = ("patient", "core, mL: true", "found", "Tmax > 6 s: true", "found", "Tmax > 10 s: true", "found")
    rows = [
        (
            f"{record['id']}.{number}",
            f"{patient['true_core_ml']:.1f}",
            f"{patient['core_ml']:.1f}",
            *(f"{record[key]:.1f}" for key in _RUN_VOLUMES),
            f"{patient['edge']}, {patient['distance_percent']:.1f} % away",
            patient["true_class"],
            patient["class"],
        )
        for record in records
        for number, patient in enumerate(record["patients"])
        if not _is_right(patient)
    ]
    more = ("nearest edge", "true class", "found")
    yield Table(title="Every class that is not right", heads=(*heads, *more), rows=rows)


_RUN_VOLUMES = ("true_tmax6_ml", "tmax6_ml", "true_tmax10_ml", "tmax10_ml")


def _confusion(records: Sequence[Record]) -> Table:
    patients = _patients(records)
    found = (*CLASSES, *sorted({patient["class"] for patient in patients} - set(CLASSES)))
    rows = []
    for words, some in (
        ("far from every edge", [patient for patient in patients if not patient["close"]]),
        ("within 4 % or 1 mL of an edge", [patient for patient in patients if patient["close"]]),
    ):
        for true in CLASSES:
            counted = [patient["class"] for patient in some if patient["true_class"] == true]
            rows.append((words, true, str(len(counted)), *(str(counted.count(name)) for name in found)))
    heads = ("patients", "true class", "n", *(f"found {name}" for name in found))
    return Table(title="Classes", heads=heads, rows=rows)


def _by_distance(records: Sequence[Record]) -> Table:
    patients, rows = _patients(records), []
    for edge in Truth(core_ml=1.0, tmax6_ml=1.0, tmax10_ml=1.0).distances:
        some = [patient for patient in patients if patient["edge"] == edge]
        cells = [
            of(_is_right(it) for it in some if low <= it["distance_percent"] < high)
            for low, high in _DISTANCES
        ]
        if some:
            rows.append((edge, str(len(some)), *cells))
    heads = ("nearest edge", "n", *(_span(low, high) for low, high in _DISTANCES))
    words = "Right, by how far the truth lies from the nearest edge that would change the class."
    return Table(title="By edge", words=words, heads=heads, rows=rows)


_DISTANCES = ((0, 4), (4, 10), (10, 20), (20, 30), (30, 1e9))


def _span(low: float, high: float) -> str:
    return f"{low:g} % and more" if high > 1e6 else f"{low:g} to {high:g} %"


def _volumes(records: Sequence[Record]) -> Table:
    cores = Errors.of((patient["core_ml"], patient["true_core_ml"]) for patient in _patients(records))
    rows = []
    for name, errors in (
        ("core, ADC < 600", cores),
        ("Tmax > 6 s", Errors.of((it["tmax6_ml"], it["true_tmax6_ml"]) for it in records)),
        ("Tmax > 10 s", Errors.of((it["tmax10_ml"], it["true_tmax10_ml"]) for it in records)),
    ):
        if errors is not None:
            bias, worst = (number(value, 2, sign=True) for value in (errors.bias_ml, errors.worst_ml))
            rows.append((name, str(errors.cases), bias, number(errors.rmse_ml, 2), worst))
    heads = ("volume", "n", "bias, mL", "RMSE", "worst")
    return Table(title="The volumes behind the classes", heads=heads, rows=rows)


def _patients(records: Sequence[Record]) -> list[Record]:
    return [patient for record in records for patient in record["patients"]]


def _is_right(patient: Record) -> bool:
    return bool(patient["class"] == patient["true_class"])
