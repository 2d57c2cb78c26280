"""Everything that the report shows, as one frozen value: page, pictures and JSON come from it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock import __version__
from tissueclock.core.provenance import JsonValue, Provenance
from tissueclock.core.quality import Level, QualityFlag, verdict
from tissueclock.eligibility.outcome import Assessment, Profile
from tissueclock.eligibility.sensitivity import Sensitivity
from tissueclock.facts.case import CaseFacts
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume, read_only
from tissueclock.report.diffusion_model import DiffusionView
from tissueclock.scan.identity import Identity

MAP_NAMES = ("cbf", "cbv", "mtt", "tmax", "ttp", "delay", "flow")
"""The maps that a report may show, in the order in which it shows them."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a curve was read: a voxel of the input's grid, and its position in RAS, mm."""

    voxel: tuple[int, int, int]
    ras_mm: tuple[float, float, float]

    @classmethod
    def at(cls, grid: Grid, voxel: Sequence[int]) -> Location:
        """Return the location of a voxel of `grid`."""
        x, y, z = (int(index) for index in voxel)
        right, front, up = grid.positions_mm([[x, y, z]])[0]
        return cls((x, y, z), (float(right), float(front), float(up)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePlot:
    """The input curve and the venous curve over time, in `unit` above baseline ("HU" or "ΔR2* 1/s").

    `arrival_s` is the arrival of the bolus in the input curve, where it was measured. `baseline_frames`
    counts the scan's frames before the bolus, and `baseline_end_s` is the time of the last of them: the two
    come together. Raises ValueError unless the curves are finite, equally long, and times increase.
    """

    times_s: tuple[float, ...]
    unit: str
    aif: tuple[float, ...]
    aif_location: Location
    vof: tuple[float, ...] | None = None
    vof_location: Location | None = None
    arrival_s: float | None = None
    baseline_frames: int | None = None
    baseline_end_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("times_s", "aif", "vof"):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, _curve(name, values, len(self.times_s)))
        if any(later <= earlier for earlier, later in zip(self.times_s, self.times_s[1:], strict=False)):
            raise ValueError("the times of a curve must increase")
        if (self.vof is None) != (self.vof_location is None):
            raise ValueError("a venous curve and its location come together")
        if (self.baseline_frames is None) != (self.baseline_end_s is None):
            raise ValueError("the baseline's frames and its end come together")


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetCurve:
    """The Tmax that undelayed tissue would read with this scan's bolus and sampling, over its MTT.

    `normal_median_s` is the median Tmax of this scan's normal tissue, None where there is none; `limit_s`
    is the preset's limit of Tmax, None where it is not drawn.
    """

    mtt_s: tuple[float, ...]
    tmax_s: tuple[float, ...]
    normal_median_s: float | None
    limit_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("mtt_s", "tmax_s"):
            object.__setattr__(self, name, _curve(name, getattr(self, name), len(self.mtt_s)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionTrace:
    """How the head moved, one value a frame of the scan.

    `shift_mm` is the largest displacement of the head, `rotation_deg` its absolute total rotation,
    `residual_mm` what realignment could not explain, where that was measured; `realigned` tells which frames
    were moved back. `interpolated` and `excluded` are frames, counted from 0; an excluded one has NaN for its
    values. `warn_mm` and `fail_mm` are the preset's limits of the shift, None where they are not drawn.
    Raises ValueError unless all are as long as the times, finite elsewhere, and the named frames exist.
    """

    times_s: tuple[float, ...]
    shift_mm: tuple[float, ...]
    rotation_deg: tuple[float, ...]
    realigned: tuple[bool, ...]
    residual_mm: tuple[float, ...] | None = None
    interpolated: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    warn_mm: float | None = None
    fail_mm: float | None = None

    def __post_init__(self) -> None:
        frames = len(self.times_s)
        for name in ("interpolated", "excluded"):
            found = tuple(int(frame) for frame in getattr(self, name))
            object.__setattr__(self, name, found)
            if not all(0 <= frame < frames for frame in found):
                raise ValueError(f"{name} names frames between 0 and {frames - 1}, not {found}")
        object.__setattr__(self, "times_s", _curve("times_s", self.times_s, frames))
        for name in ("shift_mm", "rotation_deg", "residual_mm"):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, self._measured(name, values))
        object.__setattr__(self, "realigned", tuple(bool(value) for value in self.realigned))
        if len(self.realigned) != frames:
            raise ValueError(f"realigned must say for each of {frames} frames whether it was moved back")

    @property
    def kept(self) -> tuple[int, ...]:
        """The frames that were not excluded."""
        return tuple(frame for frame in range(len(self.times_s)) if frame not in self.excluded)

    def _measured(self, name: str, values: Sequence[float]) -> tuple[float, ...]:
        numbers = tuple(float(value) for value in values)
        if len(numbers) != len(self.times_s) or not all(math.isfinite(numbers[frame]) for frame in self.kept):
            raise ValueError(f"{name} must hold {len(self.times_s)} finite numbers")
        return tuple(math.nan if frame in self.excluded else value for frame, value in enumerate(numbers))


@dataclass(frozen=True, slots=True)
class SliceTiming:
    """Slices that share one rhythm: the times of the first of them, and how much later each slice follows."""

    times_s: tuple[float, ...]
    slices: tuple[int, ...]
    offsets_s: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times_s", _curve("times_s", self.times_s, len(self.times_s)))
        object.__setattr__(self, "slices", tuple(int(index) for index in self.slices))
        object.__setattr__(self, "offsets_s", _curve("offsets_s", self.offsets_s, len(self.slices)))
        if not self.slices or len(self.times_s) < 2:
            raise ValueError("a timing has slices and at least two times")


@dataclass(frozen=True, slots=True)
class Sampling:
    """When the scan was sampled: one timing for every rhythm that its slices have."""

    timings: tuple[SliceTiming, ...]

    def __post_init__(self) -> None:
        if not self.timings:
            raise ValueError("a sampling has at least one timing")

    @property
    def gaps_s(self) -> tuple[float, ...]:
        """The times between neighbouring frames, all rhythms together."""
        return tuple(
            later - earlier
            for timing in self.timings
            for earlier, later in zip(timing.times_s, timing.times_s[1:], strict=False)
        )

    @property
    def interval_s(self) -> float:
        """The median time between neighbouring frames."""
        return statistics.median(self.gaps_s)

    @property
    def per_slice(self) -> bool:
        """Whether slices were sampled at different times."""
        return len(self.timings) > 1 or any(any(timing.offsets_s) for timing in self.timings)


@dataclass(frozen=True, eq=False, kw_only=True)
class Ladder:
    """Masks of one map at several limits, the widest first, each with the fact that holds its volume.

    `sign` and `unit` print a limit ("Tmax", ">", "s"); `rule` is the limit that the preset's rule reads, None
    where it is not among them. Raises ValueError unless every limit has a mask and a fact.
    """

    name: str
    title: str
    quantity: str
    sign: str
    unit: str
    limits: tuple[float, ...]
    masks: tuple[NDArray[np.bool_], ...]
    facts: tuple[str, ...]
    rule: float | None = None

    def __post_init__(self) -> None:
        if not self.limits or not len(self.limits) == len(self.masks) == len(self.facts):
            raise ValueError("every limit of a ladder has a mask and a fact")
        object.__setattr__(self, "masks", tuple(read_only(mask) for mask in self.masks))


@dataclass(frozen=True, slots=True)
class Window:
    """Level and width of the grey scale of the background image, in its unit."""

    level: float
    width: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.level) and math.isfinite(self.width) and self.width > 0):
            raise ValueError(f"a window has a finite level and a positive width, not {self}")

    @classmethod
    def spanning(cls, values: NDArray[np.floating], to_percentile: float) -> Window:
        """Return the window from the first percentile of finite values to another one."""
        inside = values[np.isfinite(values)]
        low, high = (float(value) for value in np.percentile(inside, [1.0, to_percentile]))
        return cls(level=(low + high) / 2, width=max(high - low, 1e-6))


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportModel:
    """One analysed scan, ready to be shown.

    `label` names the patient, None for an anonymous report. `core_rule` and `delay_rule` are the printed
    thresholds behind `core` and `hypoperfused` ("CBF<30%", "Tmax>6s"); `core_rule` is None where no core
    was measured, `delay_rule` and `curves` where there is no perfusion run: then `diffusion` is there.
    `background` is the image that is shown in `window`; masks are boolean on its grid, and
    so are the maps, by the names of MAP_NAMES. `faint` marks voxels with too little bolus to judge, which the
    maps' pictures leave black. `motion`, `sampling`, `ladders` and `diffusion` are left out if not measured,
    `sensitivity` where nobody asked what would change a verdict. `input` and `timing_s` are JSON values whose
    names carry units. Raises ValueError if the parts do not fit each other.
    """

    label: Identity | None
    input: Mapping[str, JsonValue]
    modality: Modality
    preset_name: str
    preset_digest: str
    core_rule: str | None
    delay_rule: str | None
    facts: CaseFacts
    profiles: tuple[Profile, ...]
    assessments: tuple[Assessment, ...]
    flags: tuple[QualityFlag, ...]
    curves: CurvePlot | None
    offset: OffsetCurve | None
    background: Volume
    window: Window
    brain: NDArray[np.bool_]
    core: NDArray[np.bool_] | None
    hypoperfused: NDArray[np.bool_] | None
    maps: Mapping[str, Volume]
    provenance: Provenance
    faint: NDArray[np.bool_] | None = None
    timing_s: Mapping[str, float] = field(default_factory=dict)
    motion: MotionTrace | None = None
    sampling: Sampling | None = None
    ladders: tuple[Ladder, ...] = ()
    diffusion: DiffusionView | None = None
    sensitivity: Sensitivity | None = None
    created_at: str | None = None
    software: str = "tissueclock"
    version: str = __version__

    def __post_init__(self) -> None:
        for name in ("brain", "core", "hypoperfused", "faint"):
            mask = getattr(self, name)
            if mask is not None:
                object.__setattr__(self, name, self._checked_mask(name, mask))
        if self.core is not None and self.core_rule is None:
            raise ValueError("a core is shown with the rule that made it")
        if self.curves is None and (self.diffusion is None or self.hypoperfused is not None or self.maps):
            raise ValueError("without curves there is diffusion, and nothing of perfusion")
        for ladder in self.ladders:
            for limit, mask in zip(ladder.limits, ladder.masks, strict=True):
                self._checked_mask(f"{ladder.name} {ladder.sign} {limit:g} {ladder.unit}", mask)
        self._check_maps()
        self._check_locations()
        for name in ("input", "maps", "timing_s"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def grid(self) -> Grid:
        """The grid of everything that is shown."""
        return self.background.grid

    @property
    def subject(self) -> str:
        """What was imaged, in a word: "perfusion", or "diffusion" where there is no perfusion run."""
        return "perfusion" if self.curves is not None else "diffusion"

    @property
    def verdict(self) -> Level:
        """The worst level among the quality flags."""
        return verdict(self.flags)

    def _checked_mask(self, name: str, mask: NDArray[Any]) -> NDArray[np.bool_]:
        if mask.dtype != np.bool_ or mask.shape != self.grid.shape:
            raise ValueError(f"{name} is a boolean mask of shape {self.grid.shape}, not {mask.shape}")
        return read_only(mask)

    def _check_maps(self) -> None:
        for name, volume in self.maps.items():
            if name not in MAP_NAMES:
                raise ValueError(f"there is no map '{name}'; known: {', '.join(MAP_NAMES)}")
            if not volume.grid.is_same(self.grid):
                raise ValueError(f"the map '{name}' lies on another grid than the background")

    def _check_locations(self) -> None:
        if self.curves is None:
            return
        for location in (self.curves.aif_location, self.curves.vof_location):
            if location and not all(
                0 <= index < size for index, size in zip(location.voxel, self.grid.shape, strict=True)
            ):
                raise ValueError(f"voxel {location.voxel} lies outside the grid {self.grid.shape}")


def _curve(name: str, values: Sequence[float], length: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != length or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name} must hold {length} finite numbers")
    return numbers
