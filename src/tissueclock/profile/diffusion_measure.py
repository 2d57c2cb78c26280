"""From the core on diffusion to numbers: by side, against the delayed tissue, and with its FLAIR signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from tissueclock.anatomy.registration import Registration
from tissueclock.core.quality import QualityFlag
from tissueclock.image.grid import Grid
from tissueclock.image.nearest import nearest
from tissueclock.lesion.adc_core import AdcCore
from tissueclock.lesion.flair import FlairRatio
from tissueclock.lesion.masks import LesionMasks, Mask
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.profile.diffusion_checks import diffusion_flags
from tissueclock.profile.parts import Parts


@dataclass(frozen=True, eq=False, kw_only=True)
class OnDiffusion:
    """What the perfusion run says on the diffusion's grid: delayed tissue, and where it saw anything."""

    hypoperfused: Mask
    seen: Mask

    @classmethod
    def of(cls, masks: LesionMasks, registration: Registration, grid: Grid) -> OnDiffusion:
        """Look the masks of perfusion up at the diffusion's voxels, through the registration, once."""
        there = registration.moving_grid(masks.grid)
        seen = nearest(np.ones(masks.grid.shape, dtype=bool), there, grid)
        return cls(hypoperfused=nearest(masks.hypoperfused, there, grid), seen=seen)


def core_on_perfusion(core: AdcCore, registration: Registration, onto: Grid) -> Mask:
    """Return the core on the perfusion's grid, by the nearest voxel, for pictures and masks; no volume is
    counted there."""
    there = Grid(core.grid.shape, registration.matrix @ core.grid.affine)
    return nearest(core.mask, there, onto)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionMeasures:
    """Volumes in mL, counted on the diffusion's own grid.

    `reperfused_ml` is core that perfusion saw and did not find delayed, `unseen_ml` core beyond the perfusion
    slab, `overlap_ml` core inside delayed tissue. `covered` is the share of the perfusion's brain that
    diffusion shows. `flair` is None where there is no FLAIR.
    """

    core_ml: float
    before_ml: float
    removed_ml: Mapping[str, float]
    interval_ml: tuple[float, float] | None
    parts: Parts
    overlap_ml: float
    reperfused_ml: float
    unseen_ml: float
    covered: float
    limit_adc: float
    origin: str
    flair: FlairRatio | None
    flags: tuple[QualityFlag, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "removed_ml", MappingProxyType(dict(self.removed_ml)))


def measure_core(
    core: AdcCore,
    here: OnDiffusion,
    masks: LesionMasks,
    registration: Registration,
    fossa: Mask | None,
    flair: tuple[FlairRatio, Registration] | None,
    quality: QualitySettings,
    *,
    limit_adc: float,
    origin: str,
) -> DiffusionMeasures:
    """Measure the core; `fossa` is None where it is not known what lies in the posterior fossa."""
    seen = core.mask & here.seen
    reperfused_ml = core.ml(seen & ~here.hypoperfused)
    covered = _covered(core.grid, masks, registration)
    flags = diffusion_flags(registration, covered, reperfused_ml, flair[1] if flair else None, quality)
    return DiffusionMeasures(
        core_ml=core.volume_ml,
        before_ml=core.before_ml,
        removed_ml=core.removed_ml,
        interval_ml=core.interval_ml,
        parts=Parts(
            right_ml=core.ml(core.mask & core.right),
            left_ml=core.ml(core.mask & ~core.right),
            posterior_fossa_ml=None if fossa is None else core.ml(core.mask & fossa),
        ),
        overlap_ml=core.ml(seen & here.hypoperfused),
        reperfused_ml=reperfused_ml,
        unseen_ml=core.ml(core.mask & ~here.seen),
        covered=covered,
        limit_adc=limit_adc,
        origin=origin,
        flair=flair[0] if flair else None,
        flags=tuple(flags),
    )


def _covered(grid: Grid, masks: LesionMasks, registration: Registration) -> float:
    """Return the share of the perfusion's brain whose voxels lie within the diffusion images."""
    there = Grid(grid.shape, registration.matrix @ grid.affine)
    inside = nearest(np.ones(grid.shape, dtype=bool), there, masks.grid)
    return float(np.count_nonzero(inside & masks.brain)) / max(int(np.count_nonzero(masks.brain)), 1)
