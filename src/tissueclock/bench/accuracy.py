"""Measured against true volumes, over several seeds of the noise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import fmean

from tissueclock.bench.cases import CASES, Case
from tissueclock.image.series import Modality
from tissueclock.phantom.patient import digital_patient
from tissueclock.pipeline.analysis import measure_scan
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.watch import Progress, Stopwatch
from tissueclock.scan.study import Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case: true volumes, the measured ones of every seed, and on how many the side was right.

    The truth is what the rule method reads on noise-free curves, by tissue fractions. `core_ml` is empty on
    MR. `seconds` is the mean time of one measurement, reading and report left out.
    """

    case: str
    true_core_ml: float | None
    core_ml: tuple[float, ...]
    true_tmax6_ml: float
    tmax6_ml: tuple[float, ...]
    sides_right: int
    seconds: float

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def line(self) -> str:
        """Return the row as one line: case, core, Tmax > 6 s, sides, seconds."""
        core = f"true {_ml(self.true_core_ml)}, measured {_spread(self.core_ml)}" if self.core_ml else "-"
        delay = f"true {_ml(self.true_tmax6_ml)}, measured {_spread(self.tmax6_ml)}"
        sides = f"{self.sides_right}/{len(self.tmax6_ml)}"
        return f"{self.case}\tcore_ml {core}\ttmax6_ml {delay}\tside {sides}\t{self.seconds:.2f} s"


def accuracy(seeds: Iterable[int], progress: Progress) -> list[Row]:
    """Measure every case once a seed."""
    chosen = tuple(seeds)
    rows = []
    for number, case in enumerate(CASES):
        progress(f"measuring {case.name}", number / len(CASES))
        rows.append(_row(case, chosen))
    return rows


def _row(case: Case, seeds: tuple[int, ...]) -> Row:
    cores, delays, sides, seconds = [], [], 0, []
    for seed in seeds:
        patient = digital_patient(case.stroke, replace(case.acquisition, seed=seed), case.grid)
        scan = Scan(series=patient.series, kind="simulated", digest="", files=0, time_source="simulated")
        watch = Stopwatch()
        facts = measure_scan(scan, preset_for(patient.series.modality), watch).facts
        seconds.append(watch.seconds()["total"])
        delays.append(_number(facts["tmax6_ml"].value))
        if patient.series.modality is Modality.CT:
            cores.append(_number(facts["core_ml"].value))
        sides += facts["lesion_side"].value == case.stroke.side
    truth = patient.truth.rule.tissue
    return Row(
        case=case.name,
        true_core_ml=truth.core_ml,
        core_ml=tuple(cores),
        true_tmax6_ml=truth.tmax6_ml,
        tmax6_ml=tuple(delays),
        sides_right=sides,
        seconds=round(fmean(seconds), 3),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _ml(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _spread(values: tuple[float, ...]) -> str:
    return f"{fmean(values):.1f} ({min(values):.1f} to {max(values):.1f})"
