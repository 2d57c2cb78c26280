"""How the phantom is scanned: the bolus, the frames, the noise, and what goes wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import UsageError
from tissueclock.image.series import Modality


@dataclass(frozen=True, kw_only=True)
class Bolus:
    """The contrast in arterial blood: a gamma variate x^3 exp(-x / b) after its arrival.

    The shape is the usual one of perfusion simulations (alpha 3); the default width 6.2 s is that of
    b = 1.5 s. `width_s` is the full width at half maximum. `peak_hu` is the enhancement of pure arterial
    blood; on MR it stands for the same concentration. `recirculation` is the share of the bolus that
    passes a second time, later and dispersed. Raises UsageError if a value is impossible.
    """

    arrival_s: float = 10.0
    width_s: float = 6.2
    peak_hu: float = 300.0
    recirculation: float = 0.0

    def __post_init__(self) -> None:
        _require(_at_least(self.arrival_s, 0), "the bolus arrives", self.arrival_s, "Use 0 s or later.")
        _require(_at_least(self.width_s, 1), "the bolus' width is", self.width_s, "Use 1 s or more.")
        _require(_at_least(self.peak_hu, 1), "the bolus' peak is", self.peak_hu, "Use 1 HU or more.")
        share = self.recirculation
        _require(0 <= share < 1, "the recirculating share is", share, "Use 0 or more, and less than 1.")

    @classmethod
    def of_output(cls, share: float) -> Bolus:
        """Return the default bolus at a `share` of the usual cardiac output.

        The same dose in a slower stream: the area, the width and the time of arrival grow as the output
        falls, so that the peak stays (indicator dilution; that all three scale alike is our choice).
        """
        _require(0.2 <= share <= 3, "the share of the cardiac output is", share, "Use 0.2 to 3.")
        usual = cls()
        return cls(arrival_s=usual.arrival_s / share, width_s=usual.width_s / share)


Triple = tuple[float, float, float]
Turn = float | Triple

_MOST_UNSETTLED = 4
_FIRST_EXCESS, _SETTLED_EXCESS = 0.6, 0.01


@dataclass(frozen=True)
class Motion:
    """The head's rigid motion, one entry a frame: `shift_mm` (x, y, z in RAS) and `rotation_deg`.

    A rotation is one number, about the vertical axis (the patient's z), or three, about x (nodding), then y
    (tilting), then z (turning), all through the middle of the grid; positive by the right-hand rule, so that
    a turn about z goes from the patient's right (x) to the front (y). Raises UsageError unless both have one
    entry a frame.
    """

    shift_mm: tuple[Triple, ...]
    rotation_deg: tuple[Turn, ...]

    def __post_init__(self) -> None:
        lengths = f"{len(self.shift_mm)} shifts and {len(self.rotation_deg)} rotations"
        _require(len(self.shift_mm) == len(self.rotation_deg), "the motion has", lengths, "Give one a frame.")
        numbers = [number for triple in (*self.shift_mm, *self.turns_deg) for number in triple]
        _require(all(map(math.isfinite, numbers)), "the motion is", "not finite", "Use finite numbers.")

    @property
    def turns_deg(self) -> tuple[Triple, ...]:
        """The rotations about x, y and z, three numbers a frame."""
        return tuple(turn if isinstance(turn, tuple) else (0.0, 0.0, turn) for turn in self.rotation_deg)

    def is_still(self, frame: int) -> bool:
        """Return whether the head lies in a frame as it did at rest."""
        return not any(self.shift_mm[frame]) and not any(self.turns_deg[frame])

    def to_json(self) -> dict[str, list[list[float]]]:
        """Return shifts (mm) and rotations about x, y and z (degrees) as JSON values, one row a frame."""
        rows = {"shift_mm": self.shift_mm, "rotation_deg": self.turns_deg}
        return {name: [[round(number, 6) for number in row] for row in value] for name, value in rows.items()}

    def __add__(self, other: Motion) -> Motion:
        """Return both motions at once: shifts and angles add up, which holds for small angles.

        Raises UsageError where they are for different numbers of frames.
        """
        lengths = f"{len(self.shift_mm)} and {len(other.shift_mm)}"
        same = len(self.shift_mm) == len(other.shift_mm)
        _require(same, "two motions have frames:", lengths, "Use motions of one run.")
        return Motion(_summed(self.shift_mm, other.shift_mm), _summed(self.turns_deg, other.turns_deg))

    @classmethod
    def jump(
        cls,
        frames: int,
        first: int,
        shift_mm: tuple[float, float, float],
        rotation_deg: Turn = 0.0,
        last: int | None = None,
    ) -> Motion:
        """Return a head that lies elsewhere in frames `first` to `last` (both included; default: the end)."""
        moved = range(first, (frames - 1 if last is None else last) + 1)
        still = (0.0, 0.0, 0.0)
        return cls(
            tuple(shift_mm if number in moved else still for number in range(frames)),
            tuple(rotation_deg if number in moved else 0.0 for number in range(frames)),
        )

    @classmethod
    def drift(
        cls,
        frames: int,
        shift_mm: tuple[float, float, float],
        rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Motion:
        """Return a head that moves evenly from rest in the first frame to the given place in the last."""
        shares = [number / max(frames - 1, 1) for number in range(frames)]
        return cls(
            tuple(_scaled(shift_mm, share) for share in shares),
            tuple(_scaled(rotation_deg, share) for share in shares),
        )

    @classmethod
    def nods(cls, frames: int, nod_deg: float, period_frames: float = 16.0) -> Motion:
        """Return a head that nods and turns smoothly, at rest in the first frame.

        It nods about x by up to `nod_deg` either way once a period, turns about z by half of that at another
        pace, and slides along y and z by 0.2 mm a degree, as a head on a rest does (our choice).
        """
        _require(_at_least(period_frames, 2), "the period in frames is", period_frames, "Use 2 or more.")
        phases = [2 * math.pi * number / period_frames for number in range(frames)]
        nodding = [nod_deg * math.sin(phase) for phase in phases]
        nods = list(zip(nodding, phases, strict=True))
        turning = [nod_deg * 0.5 * math.sin(0.6 * phase) for phase in phases]
        return cls(
            tuple((0.0, 0.2 * nod, -0.1 * nod_deg * (1 - math.cos(phase))) for nod, phase in nods),
            tuple((nod, 0.0, turn) for nod, turn in zip(nodding, turning, strict=True)),
        )


@dataclass(frozen=True, kw_only=True)
class Acquisition:
    """One perfusion run.

    There are `frames` frames `frame_interval_s` apart, unless `frame_times_s` says when each is taken;
    `slice_offsets_s` adds one time a slice (a shuttle table, an EPI), the smallest being 0. Noise is per
    voxel: `noise_sd_hu` is the SD of CT's (Gaussian), `snr` is grey matter's baseline over the SD of MR's
    two channels (the magnitude is Rician); `noise_grain` blurs it within slices by a Gaussian of that SD in
    voxels and keeps its SD, as reconstruction does (0: independent voxels). `dropped_frames` are simulated,
    then removed. `quantum_hu` is the step between CT's stored numbers. On MR the first `unsettled_frames`
    (up to 4) are brighter, as before the steady state of the longitudinal magnetisation. Equal seeds give
    equal bytes. Raises UsageError if a value is impossible.
    """

    modality: Modality = Modality.CT
    frames: int = 40
    frame_interval_s: float = 1.5
    frame_times_s: tuple[float, ...] | None = None
    slice_offsets_s: tuple[float, ...] | None = None
    bolus: Bolus = field(default_factory=Bolus)
    noise_sd_hu: float = 3.0
    noise_grain: float = 0.0
    quantum_hu: float = 1.0
    snr: float = 60.0
    echo_time_s: float = 0.03
    motion: Motion | None = None
    dropped_frames: tuple[int, ...] = ()
    unsettled_frames: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        times = np.array(self._all_times_s())
        _require(times.size >= 2, "the run has frames:", times.size, "Use 2 or more.")
        rising = bool(np.isfinite(times).all() and (np.diff(times) > 0).all() and times[0] >= 0)
        _require(rising, "the frame times are", "not rising from 0 s or later", "Sort them.")
        offsets = self.slice_offsets_s or (0.0,)
        starts = min(offsets) == 0 and max(offsets) < math.inf
        _require(starts, "the smallest slice offset is", min(offsets), "Shift the offsets so that it is 0.")
        _require(_at_least(self.noise_sd_hu, 0), "the noise's SD is", self.noise_sd_hu, "Use 0 HU or more.")
        _require(0 <= self.noise_grain <= 5, "the noise's grain is", self.noise_grain, "Use 0 to 5 voxels.")
        fine = 0.05 <= self.quantum_hu <= 1
        _require(fine, "the quantum of CT is", self.quantum_hu, "Use 0.05 to 1 HU: 16 bits hold no more.")
        _require(self.snr > 0, "the signal-to-noise ratio is", self.snr, "Use more than 0 (inf: no noise).")
        _require(_at_least(self.echo_time_s, 1e-3), "the echo time is", self.echo_time_s, "Use seconds.")
        few = 0 <= self.unsettled_frames <= _MOST_UNSETTLED
        _require(few, "the unsettled frames are", self.unsettled_frames, f"Use 0 to {_MOST_UNSETTLED}.")
        settled = self.modality is Modality.MR or not self.unsettled_frames
        _require(settled, "unsettled frames are of MR, but this is", self.modality.value, "Use 0 on CT.")
        self._check_frame_lists(times.size)

    def _check_frame_lists(self, frames: int) -> None:
        moved = len(self.motion.rotation_deg) if self.motion else frames
        _require(moved == frames, "the motion has entries for frames:", moved, f"The run has {frames}.")
        known = set(self.dropped_frames) <= set(range(frames))
        _require(known, "frames to drop are", self.dropped_frames, f"The run has frames 0 to {frames - 1}.")
        _require(len(self.kept_frames) >= 2, "frames are left:", len(self.kept_frames), "Drop fewer.")

    @property
    def all_frames(self) -> int:
        """Number of simulated frames, dropped ones included."""
        return len(self._all_times_s())

    @property
    def shortest_interval_s(self) -> float:
        """The shortest time between two simulated frames."""
        return float(np.diff(self._all_times_s()).min())

    @property
    def kept_motion(self) -> Motion | None:
        """The motion of the kept frames, None for a head at rest."""
        if self.motion is None:
            return None
        shifts, turns = self.motion.shift_mm, self.motion.rotation_deg
        return Motion(tuple(shifts[i] for i in self.kept_frames), tuple(turns[i] for i in self.kept_frames))

    def _all_times_s(self) -> tuple[float, ...]:
        if self.frame_times_s is not None:
            return tuple(self.frame_times_s)
        return tuple(number * self.frame_interval_s for number in range(self.frames))

    @property
    def kept_frames(self) -> tuple[int, ...]:
        """The frames that are not dropped."""
        dropped = set(self.dropped_frames)
        return tuple(number for number in range(len(self._all_times_s())) if number not in dropped)

    @property
    def kept_times_s(self) -> NDArray[np.float64]:
        """The times of the kept frames on the injection's clock, without slice offsets."""
        return np.array(self._all_times_s())[list(self.kept_frames)]

    def unsettled_gain(self, frame: int) -> float:
        """Return how many times brighter than in the steady state a frame is (1 from `unsettled_frames` on).

        The longitudinal magnetisation approaches its steady state by a constant factor an excitation, the
        textbook physics of a gradient echo; that the first frame is 60 % brighter and the excess falls to 1 %
        is our choice, the same for every tissue.
        """
        if frame >= self.unsettled_frames:
            return 1.0
        factor = (_SETTLED_EXCESS / _FIRST_EXCESS) ** (1.0 / self.unsettled_frames)
        return float(1.0 + _FIRST_EXCESS * factor**frame)

    def offsets_s(self, slices: int) -> NDArray[np.float64]:
        """Return the offset of each of `slices` slices; UsageError if the run is for others."""
        if self.slice_offsets_s is None:
            return np.zeros(slices)
        given = len(self.slice_offsets_s)
        _require(given == slices, "slice offsets are given for slices:", given, f"The grid has {slices}.")
        return np.array(self.slice_offsets_s)


def shuttle_offsets_s(slices: int, interval_s: float) -> tuple[float, ...]:
    """Return slice offsets of a shuttle table: the slab's lower half, half an interval later its upper."""
    return tuple(0.0 if number < (slices + 1) // 2 else interval_s / 2 for number in range(slices))


def interleaved_offsets_s(slices: int, interval_s: float) -> tuple[float, ...]:
    """Return slice offsets of an interleaved EPI: every second slice from the feet, then those between."""
    order = [*range(0, slices, 2), *range(1, slices, 2)]
    return tuple(interval_s * order.index(number) / slices for number in range(slices))


def _summed(one: tuple[Triple, ...], other: tuple[Triple, ...]) -> tuple[Triple, ...]:
    return tuple((a + d, b + e, c + f) for (a, b, c), (d, e, f) in zip(one, other, strict=True))


def _scaled(triple: Triple, share: float) -> Triple:
    return (triple[0] * share, triple[1] * share, triple[2] * share)


def _at_least(value: float, low: float) -> bool:
    return math.isfinite(value) and value >= low


def _require(holds: bool, what: str, found: Any, remedy: str) -> None:
    if not holds:
        raise UsageError(f"{what} {found}.", where="acquisition", remedy=remedy)
