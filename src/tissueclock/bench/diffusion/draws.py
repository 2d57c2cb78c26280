"""Patients that are drawn, each by a seed of his own. The ranges are our choice; they are no epidemiology."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tissueclock.bench.validation.agreement import digits
from tissueclock.image.grid import Grid
from tissueclock.image.series import Modality
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.lesion_site import SITES, Stroke
from tissueclock.phantom.mr_study import NO_ILLNESS, MrIllness, MrScanning, Pose

PLACES = tuple(SITES)
NOT_ACUTE = ("healthy", "shine-through", "old-infarct", "leukoaraiosis", "artefact", "all")
RUN_GRIDS: Mapping[str, Grid] = MappingProxyType(
    {"usual": head_grid(76, 3.0, 14, 7.6), "coarse": head_grid(62, 3.7, 11, 9.4)}
)
"""Where perfusion runs lie, at rest."""

_FIELD_MM, _SLAB_MM, _MOST_ELSEWHERE_ML = 230.0, 112.0, 40.0
_MOST_ASKEW_MM, _MOST_ASKEW_DEG = 5.0, 4.0
_MOST_MOVED_MM, _MOST_MOVED_DEG = 10.0, 8.0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A patient, and how diffusion and FLAIR are scanned."""

    stroke: Stroke
    scanning: MrScanning
    illness: MrIllness = NO_ILLNESS
    conditions: Conditions = NO_CONDITIONS

    def traits(self) -> dict[str, Any]:
        """Return what was drawn, as JSON values."""
        how, ill, also = self.scanning, self.illness, self.conditions
        spacing = how.grid.spacing_mm
        return {
            "side": self.stroke.side,
            "place": self.stroke.place,
            "asked_ml": digits(self.stroke.core_ml, 4),
            "snr": digits(how.snr, 3),
            "directions": how.directions,
            "voxel_mm": [digits(spacing[0], 3), digits(spacing[2], 3)],
            "flair_factor": digits(ill.flair_ratio, 4),
            "adc_factor": digits(ill.adc_factor, 3),
            "reperfused_ml": digits(ill.reperfused_ml, 3),
            "shine_through_ml": digits(ill.shine_through_ml, 3),
            "leukoaraiosis": digits(also.leukoaraiosis, 2),
            "old_infarct_ml": digits(also.old_infarct_ml, 3),
            "old_infarct_side": also.old_infarct_side if also.old_infarct_ml else "",
            "artefact": how.artefact,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Placed:
    """Where diffusion and FLAIR are scanned, and where the head lies then."""

    grid: Grid
    flair_grid: Grid
    pose: Pose
    flair_pose: Pose

    @classmethod
    def by(cls, random: Random, *, flair: bool) -> Placed:
        """Draw a head that lies a little askew, on FLAIR elsewhere; without `flair` one grid serves both."""
        grid, pose = _grid(random), _pose(random, _MOST_ASKEW_MM, _MOST_ASKEW_DEG)
        if not flair:
            return cls(grid=grid, flair_grid=grid, pose=pose, flair_pose=pose)
        then = _pose(random, _MOST_ASKEW_MM, _MOST_ASKEW_DEG)
        return cls(
            grid=grid,
            flair_grid=_grid(random),
            pose=pose,
            flair_pose=_pose_of(then.matrix @ pose.matrix),
        )


@lru_cache(maxsize=2)
def _shared(first_seed: int, flair: bool) -> Placed:
    """Return where the patients of a block lie: the head is drawn once for all of them."""
    return Placed.by(Random(f"block {first_seed}"), flair=flair)  # noqa: S311 - invented patients


def with_core(seed: int) -> Drawn:
    """Return a patient with a core of 1 to 110 mL, and whatever else he has."""
    random = _random(seed)
    stroke = _stroke(random, _log_uniform(random, 1.0, 110.0))
    elsewhere = "pca" if stroke.place == "aca" else "aca"
    illness = MrIllness(
        flair_ratio=random.uniform(0.95, 1.45),
        adc_factor=random.uniform(0.50, 0.65),
        reperfused_ml=_sometimes(random, 0.3, 3.0, 10.0),
        reperfused_place=elsewhere,
        shine_through_ml=_sometimes(random, 0.3, 4.0, 20.0),
    )
    conditions = Conditions(
        leukoaraiosis=_sometimes(random, 0.4, 0.2, 0.6),
        old_infarct_ml=_sometimes(random, 0.3, 5.0, 30.0),
        old_infarct_side=random.choice(("left", "right")),
    )
    placed = Placed.by(random, flair=False)
    scanning = _scanning(placed, random, seed, snr=(30.0, 80.0), artefact=random.random() < 0.4)
    return Drawn(stroke=stroke, scanning=scanning, illness=illness, conditions=conditions)


def without_core(seed: int) -> tuple[str, Drawn]:
    """Return a patient without acute tissue, and in one word what he has instead, in turn by the seed.

    Each block of six, one of a kind, shares its head and voxels.
    """
    random, number = _random(seed), seed % len(NOT_ACUTE)
    kind, placed = NOT_ACUTE[number], _shared(seed - number, flair=False)

    def has(what: str) -> bool:
        return kind in (what, "all")

    drawn = Drawn(
        stroke=Stroke(side="none"),
        scanning=_scanning(placed, random, seed, snr=(20.0, 80.0), artefact=has("artefact")),
        illness=MrIllness(
            shine_through_ml=random.uniform(4.0, 25.0) if has("shine-through") else 0.0,
            shine_through_place=random.choice(PLACES),
        ),
        conditions=Conditions(
            leukoaraiosis=random.uniform(0.2, 0.7) if has("leukoaraiosis") else 0.0,
            old_infarct_ml=random.uniform(5.0, 40.0) if has("old-infarct") else 0.0,
            old_infarct_side=random.choice(("left", "right")),
        ),
    )
    return kind, drawn


@dataclass(frozen=True, kw_only=True)
class Displaced:
    """A patient who moved between perfusion, diffusion and FLAIR, and the perfusion run at rest.

    `to_perfusion` and `to_flair` (4 x 4, RAS in mm) take points of diffusion to where they lie there.
    """

    drawn: Drawn
    run: Acquisition
    run_grid: str
    to_perfusion: NDArray[np.float64]
    to_flair: NDArray[np.float64]


def displaced(seed: int) -> Displaced:
    """Return a patient who moves by up to 10 mm and 8 degrees each time."""
    random = _random(seed)
    stroke = _stroke(random, _log_uniform(random, 2.0, 80.0))
    diffusion, then = (_pose(random, _MOST_MOVED_MM, _MOST_MOVED_DEG) for _ in range(2))
    flair = _pose_of(then.matrix @ diffusion.matrix)
    illness = MrIllness(flair_ratio=random.uniform(0.95, 1.45))
    scanning = MrScanning(
        grid=_grid(random),
        flair_grid=_grid(random),
        directions=random.choice((0, 3)),
        snr=random.uniform(30.0, 80.0),
        diffusion_pose=diffusion,
        flair_pose=flair,
        artefact=random.random() < 0.4,
        seed=seed,
    )
    return Displaced(
        drawn=Drawn(stroke=stroke, scanning=scanning, illness=illness),
        run=Acquisition(modality=Modality.MR, frames=40, snr=random.uniform(30.0, 80.0), seed=seed),
        run_grid=random.choice(tuple(RUN_GRIDS)),
        to_perfusion=np.asarray(np.linalg.inv(diffusion.matrix), dtype=np.float64),
        to_flair=then.matrix,
    )


def for_flair(seed: int) -> Drawn:
    """Return a patient with a core of 2 to 80 mL in any territory, whose FLAIR was taken elsewhere.

    Each block of five, one of a territory, shares its head and voxels.
    """
    random, number = _random(seed), seed % len(PLACES)
    place, placed = PLACES[number], _shared(seed - number, flair=True)
    return Drawn(
        stroke=_stroke(random, _log_uniform(random, 2.0, 80.0 if place == "mca" else 50.0), place),
        scanning=_scanning(placed, random, seed, snr=(30.0, 80.0), artefact=False),
        illness=MrIllness(flair_ratio=random.uniform(0.95, 1.45)),
        conditions=Conditions(leukoaraiosis=_sometimes(random, 0.4, 0.2, 0.6)),
    )


def _random(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - invented patients, not secrets


def _log_uniform(random: Random, low: float, high: float) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


def _sometimes(random: Random, share: float, low: float, high: float) -> float:
    """Return a number for a share of the patients, and 0 for the others."""
    value = random.uniform(low, high)
    return value if random.random() < share else 0.0


def _stroke(random: Random, core_ml: float, place: str | None = None) -> Stroke:
    """Return a stroke with a core; the middle artery's where the others have no room for it."""
    fits = PLACES if core_ml < _MOST_ELSEWHERE_ML else ("mca",)
    drawn = random.choice(fits)
    return Stroke(
        side=random.choice(("left", "right")),
        place=place or drawn,
        core_ml=core_ml,
        hypoperfused_ml=core_ml + 10.0,
    )


def _scanning(
    placed: Placed, random: Random, seed: int, *, snr: tuple[float, float], artefact: bool
) -> MrScanning:
    return MrScanning(
        grid=placed.grid,
        flair_grid=placed.flair_grid,
        directions=random.choice((0, 3)),
        snr=random.uniform(*snr),
        diffusion_pose=placed.pose,
        flair_pose=placed.flair_pose,
        artefact=artefact,
        seed=seed,
    )


def _grid(random: Random) -> Grid:
    """Return voxels of 2 to 3.4 mm in slices of 4 to 7 mm that hold the head's slab."""
    spacing_mm, slice_mm = random.uniform(2.0, 3.4), random.uniform(4.0, 7.0)
    return head_grid(math.ceil(_FIELD_MM / spacing_mm), spacing_mm, round(_SLAB_MM / slice_mm), slice_mm)


def _pose(random: Random, most_mm: float, most_deg: float) -> Pose:
    """Return a place of the head: a shift and a turn of even length up to the most, in any direction."""
    shift = random.uniform(0.0, most_mm) * _direction(random)
    turn = Rotation.from_rotvec(random.uniform(0.0, most_deg) * _direction(random), degrees=True)
    return Pose(shift_mm=_triple(shift), turn_deg=_triple(turn.as_euler("xyz", degrees=True)))


def _pose_of(matrix: NDArray[np.float64]) -> Pose:
    """Return the pose whose motion a matrix is."""
    turn_deg = _triple(Rotation.from_matrix(matrix[:3, :3]).as_euler("xyz", degrees=True))
    turned = Pose(turn_deg=turn_deg).matrix
    return Pose(shift_mm=_triple(matrix[:3, 3] - turned[:3, 3]), turn_deg=turn_deg)


def _direction(random: Random) -> NDArray[np.float64]:
    vector = np.array([random.gauss(0.0, 1.0) for _ in range(3)])
    return np.asarray(vector / np.linalg.norm(vector))


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
