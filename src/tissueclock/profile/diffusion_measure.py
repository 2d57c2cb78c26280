"""From the core on diffusion to numbers: by side, against the delayed tissue, and with its FLAIR signal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from tissueclock.anatomy.registration import Registration
from tissueclock.core.quality import QualityFlag, failed_gates
from tissueclock.diffusion.result import DiffusionMaps
from tissueclock.image.grid import Grid
from tissueclock.image.nearest import nearest
from tissueclock.lesion.adc_core import AdcCore
from tissueclock.lesion.flair import FlairRatio
from tissueclock.lesion.masks import LesionMasks, Mask
from tissueclock.perfusion.quality_settings import QualitySettings
from tissueclock.profile.diffusion_checks import (
    PLACE_GATES,
    beside_perfusion_flags,
    flair_flags,
    missing_flag,
    scale_flags,
    slab_flag,
)
from tissueclock.profile.parts import Parts


@dataclass(frozen=True, eq=False, kw_only=True)
class OnDiffusion:
    """What the perfusion run says on the diffusion's grid.

    `hypoperfused` is its delayed tissue, `seen` where it saw anything, `covered` the share of its brain that
    diffusion shows.
    """

    hypoperfused: Mask
    seen: Mask
    covered: float
    registration: Registration

    @classmethod
    def of(cls, masks: LesionMasks, registration: Registration, grid: Grid) -> OnDiffusion:
        """Look the masks of perfusion up at the diffusion's voxels, through the registration, once."""
        there = registration.moving_grid(masks.grid)
        seen = nearest(np.ones(masks.grid.shape, dtype=bool), there, grid)
        return cls(
            hypoperfused=nearest(masks.hypoperfused, there, grid),
            seen=seen,
            covered=_covered(grid, masks, registration),
            registration=registration,
        )


def core_on_perfusion(core: AdcCore, registration: Registration, onto: Grid) -> Mask:
    """Return the core on the perfusion's grid, by the nearest voxel, for pictures and masks; no volume is
    counted there."""
    there = Grid(core.grid.shape, registration.matrix @ core.grid.affine)
    return nearest(core.mask, there, onto)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstDelay:
    """The core against the delayed tissue, in mL.

    `overlap_ml` is core inside it, `reperfused_ml` core that perfusion saw and did not find delayed,
    `unseen_ml` core beyond the perfusion slab. `sides` are those of the larger part of the core and of the
    delay (patient's left or right), empty where there is none.
    """

    overlap_ml: float
    reperfused_ml: float
    unseen_ml: float
    sides: tuple[str, str]

    @classmethod
    def of(cls, core: AdcCore, here: OnDiffusion) -> AgainstDelay:
        """Part the core."""
        seen = core.mask & here.seen
        return cls(
            overlap_ml=core.ml(seen & here.hypoperfused),
            reperfused_ml=core.ml(seen & ~here.hypoperfused),
            unseen_ml=core.ml(core.mask & ~here.seen),
            sides=(_side(core.mask, core.right), _side(here.hypoperfused, core.right)),
        )


def _side(mask: Mask, right: Mask) -> str:
    """Return the patient's side that holds the larger part of a mask, empty for an empty one."""
    count, there = int(np.count_nonzero(mask)), int(np.count_nonzero(mask & right))
    if not count:
        return ""
    return "right" if 2 * there > count else "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionMeasures:
    """Volumes in mL, counted on the diffusion's own grid.

    `against_delay` is None where there is no perfusion run, `flair` where there is no FLAIR. `tissue_adc` is
    the median of the brain's tissue, 10^-6 mm2/s.
    """

    core_ml: float
    before_ml: float
    removed_ml: Mapping[str, float]
    ladder_ml: Mapping[float, float]
    scaled_limit_adc: float
    scaled_ml: float
    interval_ml: tuple[float, float] | None
    parts: Parts
    against_delay: AgainstDelay | None
    limit_adc: float
    tissue_adc: float
    origin: str
    flair: FlairRatio | None
    flags: tuple[QualityFlag, ...]

    @property
    def places_known(self) -> bool:
        """Whether it is known where the core lies against the delay: no check of the registration failed."""
        return not PLACE_GATES & set(failed_gates(self.flags))

    def __post_init__(self) -> None:
        for name in ("removed_ml", "ladder_ml"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


def measure_core(
    maps: DiffusionMaps,
    core: AdcCore,
    here: OnDiffusion | None,
    fossa: Mask | None,
    flair: tuple[FlairRatio, Registration] | None,
    quality: QualitySettings,
    *,
    limit_adc: float,
) -> DiffusionMeasures:
    """Measure the core.

    `here` is None where there is no perfusion run, `fossa` where it is not known what lies in the posterior
    fossa, `flair` where there is no FLAIR.
    """
    against = None if here is None else AgainstDelay.of(core, here)
    return DiffusionMeasures(
        core_ml=core.volume_ml,
        before_ml=core.before_ml,
        removed_ml=core.removed_ml,
        ladder_ml=core.ladder_ml,
        scaled_limit_adc=core.scaled_limit_adc,
        scaled_ml=core.scaled_ml,
        interval_ml=core.interval_ml,
        parts=Parts(
            right_ml=core.ml(core.mask & core.right),
            left_ml=core.ml(core.mask & ~core.right),
            posterior_fossa_ml=None if fossa is None else core.ml(core.mask & fossa),
        ),
        against_delay=against,
        limit_adc=limit_adc,
        tissue_adc=maps.tissue_adc,
        origin=maps.origin,
        flair=flair[0] if flair else None,
        flags=tuple(_flags(maps, core, here, against, flair[1] if flair else None, quality)),
    )


def _flags(
    maps: DiffusionMaps,
    core: AdcCore,
    here: OnDiffusion | None,
    against: AgainstDelay | None,
    flair: Registration | None,
    quality: QualitySettings,
) -> Iterator[QualityFlag]:
    if here is None or against is None:
        yield slab_flag(_height_cm(core), quality)
    else:
        yield from beside_perfusion_flags(
            here.registration, here.covered, against.reperfused_ml, against.sides, quality
        )
    yield missing_flag(maps.missing_ml, quality)
    yield from scale_flags(maps.tissue_adc, quality)
    if flair is not None:
        yield from flair_flags(flair, quality)


def _height_cm(core: AdcCore) -> float:
    """Return how much brain there is from feet to head: the slices that hold some x their distance."""
    layers = np.moveaxis(core.brain, core.grid.axial_axis, 0).any(axis=(1, 2))
    return float(np.count_nonzero(layers)) * core.grid.spacing_mm[core.grid.axial_axis] / 10.0


def _covered(grid: Grid, masks: LesionMasks, registration: Registration) -> float:
    """Return the share of the perfusion's brain whose voxels lie within the diffusion images."""
    there = Grid(grid.shape, registration.matrix @ grid.affine)
    inside = nearest(np.ones(grid.shape, dtype=bool), there, masks.grid)
    return float(np.count_nonzero(inside & masks.brain)) / max(int(np.count_nonzero(masks.brain)), 1)
