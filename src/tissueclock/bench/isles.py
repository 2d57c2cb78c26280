"""ISLES 2018, for users who hold its training data: our CT core against the lesion on diffusion.

A case is a folder `case_N` with one folder (or file) an image, whose names end in `.TAG.NUMBER`: `CT_4DPWI`
is the CT perfusion run, `CT_Tmax` and `CT_CBF` another program's maps, `OT` the lesion drawn on diffusion.
The data are not part of this program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from tissueclock.core.errors import InputError, TissueclockError, UsageError
from tissueclock.core.quality import failed_gates
from tissueclock.image.nearest import nearest
from tissueclock.image.overlap import dice
from tissueclock.image.series import Modality, TimeSeries
from tissueclock.image.volume import Volume
from tissueclock.lesion.foreign import threshold
from tissueclock.lesion.masks import Mask
from tissueclock.pipeline.analysis import measure_scan
from tissueclock.pipeline.preset import Preset, preset_for
from tissueclock.pipeline.watch import Progress, Stopwatch
from tissueclock.scan.nifti import read_frames, read_map
from tissueclock.scan.sources import Source
from tissueclock.scan.study import Scan

BASELINE_DICE, BASELINE_ERROR_ML = 0.30, 15.3
BASELINE_SOURCE = (
    "Hakim 2021, Stroke 52:2328: the usual threshold method on the 40 test cases, whose lesions were never "
    "published; the training cases are others, so the two are near, not equal"
)
_CASE = re.compile(r"case_(\d+)")
_TAG = re.compile(r"\.(CT_4DPWI|CT_CBF|CT_Tmax|OT)\.")
_LAYOUT = (
    "Name the folder with case_1, case_2 ...: each with SMIR.Brain.XX.O.CT_4DPWI.N and SMIR.Brain.XX.O.OT.N, "
    "as ISLES 2018 has them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case, volumes in mL; `failed` says why there are none.

    `dice` is 1 where both are empty, as the challenge of 2024 counts it. `vendor_dice` and `vendor_ml` are
    those of the maps that came with the case, at the same limits; `withheld_by` are failed quality gates.
    """

    case: str
    truth_ml: float | None = None
    core_ml: float | None = None
    dice: float | None = None
    vendor_ml: float | None = None
    vendor_dice: float | None = None
    withheld_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failed: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    def line(self) -> str:
        """Return the row as one line: case, volumes, overlap, the other program's, what is doubtful."""
        if self.failed:
            return f"{self.case}\tfailed\t{self.failed}"
        doubts = [*(f"withheld by {gate}" for gate in self.withheld_by), *self.notes]
        numbers = f"lesion {_ml(self.truth_ml)}\tcore {_ml(self.core_ml)}\tDice {_share(self.dice)}"
        others = f"vendor's core {_ml(self.vendor_ml)}, Dice {_share(self.vendor_dice)}"
        return "\t".join([self.case, numbers, others, *doubts])


@dataclass(frozen=True, slots=True)
class Isles:
    """Every case and what they come to."""

    rows: tuple[Row, ...]

    @property
    def measured(self) -> tuple[Row, ...]:
        """The cases that did not fail."""
        return tuple(row for row in self.rows if not row.failed)

    def to_json(self) -> dict[str, Any]:
        """Return cases, summary and baseline."""
        baseline = {
            "dice": BASELINE_DICE,
            "volume_error_ml": BASELINE_ERROR_ML,
            "source": BASELINE_SOURCE,
        }
        return {
            "cases": [row.to_json() for row in self.rows],
            "summary": self._summary(),
            "baseline": baseline,
        }

    def lines(self) -> list[str]:
        """Return the cases, one a line, then the summary beside the baseline."""
        found = self._summary()
        return [
            *(row.line() for row in self.rows),
            f"summary\tmeasured {found['measured']}\tfailed {found['failed']}\twithheld {found['withheld']}",
            f"Dice\tmean {_share(found['mean_dice'])}\tmedian {_share(found['median_dice'])}\t"
            f"vendor's maps {_share(found['vendor_mean_dice'])}\tbaseline {BASELINE_DICE:.2f}",
            f"volume error\tmean {_ml(found['mean_volume_error_ml'])}\tbias {_ml(found['bias_ml'])}\t"
            f"vendor's maps {_ml(found['vendor_mean_volume_error_ml'])}\tbaseline {BASELINE_ERROR_ML:.1f} mL",
            f"baseline\t{BASELINE_SOURCE}",
        ]

    def _summary(self) -> dict[str, Any]:
        rows = self.measured
        overlaps = [row.dice for row in rows if row.dice is not None]
        differences = [_difference(row.core_ml, row.truth_ml) for row in rows]
        vendors = [row for row in rows if row.vendor_ml is not None]
        vendor_errors = [abs(_difference(row.vendor_ml, row.truth_ml)) for row in vendors]
        vendor_overlaps = [row.vendor_dice for row in vendors if row.vendor_dice is not None]
        return {
            "measured": len(rows),
            "failed": len(self.rows) - len(rows),
            "withheld": sum(bool(row.withheld_by) for row in rows),
            "mean_dice": _mean(overlaps),
            "median_dice": median(overlaps) if overlaps else None,
            "mean_volume_error_ml": _mean([abs(difference) for difference in differences]),
            "bias_ml": _mean(differences),
            "vendor_mean_dice": _mean(vendor_overlaps),
            "vendor_mean_volume_error_ml": _mean(vendor_errors),
        }


def isles(path: Path, interval_s: float, progress: Progress) -> Isles:
    """Measure every case under `path` with the default preset for CT; one that fails is a row that says so.

    Frames are `interval_s` apart. Raises UsageError where there is no such folder, InputError where it holds
    no case with a run and a lesion, or no case could be measured.
    """
    cases = find_cases(path)
    preset = preset_for(Modality.CT)
    rows = []
    for number, (name, images) in enumerate(cases.items()):
        progress(f"measuring {name}", number / len(cases))
        try:
            rows.append(_row(name, images, preset, interval_s))
        except TissueclockError as error:
            rows.append(Row(case=name, failed=str(error)))
    found = Isles(tuple(rows))
    if not found.measured:
        raise InputError(f"no case could be measured; the first: {rows[0].failed}", where=path.name)
    return found


def find_cases(path: Path) -> Mapping[str, Mapping[str, Source]]:
    """Return the images of every case by tag, in the order of the cases' numbers."""
    if not path.is_dir():
        raise UsageError(f"there is no folder '{path.name}'.", remedy=_LAYOUT)
    folders = {
        int(match[1]): folder
        for folder in sorted(path.rglob("case_*"))
        if folder.is_dir() and (match := _CASE.fullmatch(folder.name))
    }
    found = {folders[number].name: _images(folders[number]) for number in sorted(folders)}
    runs = {name: images for name, images in found.items() if "CT_4DPWI" in images}
    if not runs:
        what = "its cases hold no CT_4DPWI run" if found else "it holds no case_N folder"
        raise InputError(f"{what}.", where=path.name, remedy=_LAYOUT)
    cases = {name: images for name, images in runs.items() if "OT" in images}
    if not cases:
        raise InputError(
            "its cases hold no lesion (OT).",
            where=path.name,
            remedy="Name the folder of the training part: the lesions of the test part were never published.",
        )
    return cases


def _images(folder: Path) -> Mapping[str, Source]:
    found: dict[str, Source] = {}
    for file in sorted(folder.rglob("*.nii*")):
        source, tag = Source(file), _TAG.search(file.name)
        if tag and source.is_nifti:
            found.setdefault(tag[1], source)
    return found


def _row(name: str, images: Mapping[str, Source], preset: Preset, interval_s: float) -> Row:
    run = read_frames(images["CT_4DPWI"])
    frames, slices = run.stored.shape[0], run.grid.shape[2]
    series = TimeSeries(
        stored=run.stored,
        slope=np.array(run.slope),
        intercept=np.array(run.intercept),
        times_s=np.repeat(np.arange(frames)[:, None] * interval_s, slices, axis=1),
        grid=run.grid,
        modality=Modality.CT,
    )
    scan = Scan(series=series, kind="ISLES 2018", digest=run.digest, files=1, time_source="--interval")
    measured = measure_scan(scan, preset, Stopwatch())
    core = measured.masks.cores[preset.lesion.core_cbf_percent]
    lesion, lesion_grid = read_map(images["OT"])
    truth = nearest(lesion > 0, lesion_grid, run.grid)
    vendor, note = _vendor_core(images, preset)
    on_ours = None if vendor is None else nearest(vendor.array, vendor.grid, run.grid)
    return Row(
        case=name,
        truth_ml=float(np.count_nonzero(lesion > 0) * lesion_grid.voxel_ml),
        core_ml=measured.masks.ml(core),
        dice=_overlap(core, truth),
        vendor_ml=None if vendor is None else vendor.volume_ml(),
        vendor_dice=None if on_ours is None else _overlap(on_ours, truth),
        withheld_by=tuple(failed_gates(measured.flags)),
        notes=(*note, *_interval_note(run.header_interval_s, interval_s)),
    )


def _vendor_core(images: Mapping[str, Source], preset: Preset) -> tuple[Volume | None, tuple[str, ...]]:
    """Return the core of the maps that came with the case, or why they give none; none need be there."""
    if "CT_Tmax" not in images or "CT_CBF" not in images:
        return None, ()
    try:
        tmax, cbf = (
            Volume(*read_map(images[tag]), quantity=tag, unit="as exported") for tag in ("CT_Tmax", "CT_CBF")
        )
        if not cbf.grid.is_same(tmax.grid):
            return None, ("the vendor's maps lie on different grids",)
        found = threshold(tmax, "", cbf, preset.lesion, relative=False)
    except InputError as error:
        return None, (f"the vendor's maps: {error.found}",)
    return None if found.kept_core is None else Volume(found.kept_core, tmax.grid, "core", ""), ()


def _interval_note(stated_s: float, interval_s: float) -> tuple[str, ...]:
    """Return a doubt where the header states another time between frames than is used."""
    return (f"the header states {stated_s:g} s a frame",) if stated_s not in (0.0, interval_s) else ()


def _overlap(first: Mask, second: Mask) -> float:
    found = dice(first, second)
    return 1.0 if found is None else found


def _difference(first: float | None, second: float | None) -> float:
    return (first or 0.0) - (second or 0.0)


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _ml(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} mL"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
