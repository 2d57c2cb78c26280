"""The rows of the suite: what is simulated. A row is data, and changes with nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from tissueclock.image.grid import Grid
from tissueclock.phantom.acquisition import Acquisition
from tissueclock.phantom.conditions import NO_CONDITIONS, Conditions
from tissueclock.phantom.head import head_grid
from tissueclock.phantom.kudo import CBVS, SECTIONS
from tissueclock.phantom.patient import DEMO_STROKE, Stroke


class Level(IntEnum):
    """How much of the suite is run; a larger level holds all rows of the smaller ones."""

    QUICK = 0
    DEFAULT = 1
    FULL = 2


@dataclass(frozen=True, kw_only=True)
class Size:
    """The voxels of a digital patient: `in_plane` squared by `slices`."""

    in_plane: int
    spacing_mm: float
    slices: int
    slice_spacing_mm: float

    def grid(self) -> Grid:
        """Return the grid about the head's slab."""
        return head_grid(self.in_plane, self.spacing_mm, self.slices, self.slice_spacing_mm)


USUAL = Size(in_plane=144, spacing_mm=1.6, slices=12, slice_spacing_mm=8.0)
FINE = Size(in_plane=288, spacing_mm=0.8, slices=12, slice_spacing_mm=8.0)
TINY = Size(in_plane=64, spacing_mm=3.6, slices=8, slice_spacing_mm=12.0)
"""For tests of the suite itself: nothing measured on it says how well patients are measured."""


@dataclass(frozen=True, kw_only=True)
class PatientRow:
    """A digital patient and how he is scanned; the seed of the noise comes from the case.

    `held_out` rows have seeds of their own, and nothing was or may be tuned on them; a row with an
    `own_seed` has that one only.
    """

    name: str
    group: str
    level: Level = Level.DEFAULT
    stroke: Stroke = DEMO_STROKE
    acquisition: Acquisition = field(default_factory=Acquisition)
    residue: str = "exponential"
    conditions: Conditions = NO_CONDITIONS
    size: Size = USUAL
    held_out: bool = False
    own_seed: int | None = None


KUDO_SHAPES = "kudo"
"""In place of one residue function: the three of Kudo's phantom."""


@dataclass(frozen=True, kw_only=True)
class KudoRow:
    """The Kudo phantom, tiles of `tile_voxels` squared: a slice for each CBV with one residue function.

    With the residue KUDO_SHAPES it is the published phantom of 15 slices, whose correlations are over all
    of its three shapes.
    """

    name: str
    group: str
    level: Level = Level.DEFAULT
    residue: str = "exponential"
    acquisition: Acquisition
    tile_voxels: int = 8
    slice_mm: float = 5.0
    held_out: bool = False
    own_seed: int | None = None

    @property
    def sections(self) -> tuple[tuple[str, float], ...]:
        """The sections of the phantom, (residue, CBV)."""
        if self.residue == KUDO_SHAPES:
            return SECTIONS
        return tuple((self.residue, cbv) for cbv in CBVS)


Row = PatientRow | KudoRow


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row with one seed of the noise."""

    row: Row
    seed: int

    @property
    def id(self) -> str:
        """The name of the case: row and seed."""
        return f"{self.row.name}@{self.seed}"
