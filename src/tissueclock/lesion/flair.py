"""The FLAIR signal of a diffusion lesion against its mirror image, and what it says about its age.

MR WITNESS took patients whose lesion was not visible on FLAIR or whose mean signal was less than 1.15 times
that of the mirrored side (Schwamm 2018, Ann Neurol 83:980). Medians, the choice of pairs and the bootstrap
are ours; a ratio never replaces a reader: `dwi_flair_mismatch` is a read by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.provenance import Step
from tissueclock.core.settings import setting, settings_to_table
from tissueclock.image.grid import Grid
from tissueclock.lesion.flair_pairs import (
    Pairs,
    healthy_ratios,
    like_ratio,
    mirrored_pairs,
    resampled_ratios,
)
from tissueclock.lesion.flair_space import FlairScene
from tissueclock.lesion.masks import Mask

Array = NDArray[np.float32]
Interval = tuple[float, float]

_LEAST_PAIRS = 20
"""Fewer voxels give no median that can be resampled (our choice)."""
_LEAST_PATCHES = 20
"""Fewer healthy patches do not tell how alike the sides are (our choice)."""
_LEAST_SHARE = 0.5
"""A FLAIR voxel of which less is lesion is not compared. From 0.7 on too few voxels are left (our choice,
from digital patients)."""
_PER_SD = 1.4826
_NO_PAIRS = "too little of the lesion has a normal mirror image on FLAIR"
_NO_PATCHES = "too little healthy tissue has the lesion's shape to tell how alike the sides are on FLAIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlairSettings:
    """How FLAIR is compared. All values are our choice unless a source stands beside them."""

    limit_ratio: float = setting("mismatch: below this (1.15: MR WITNESS)", low=1, high=2)
    fluid_to_brain: float = setting(
        "voxels with an ADC over this many times the healthy brain's median hold fluid and are left out",
        low=1,
        high=2.5,
    )
    fluid_share: float = setting(
        "so are those darker than this share of the brain's median FLAIR", low=0, high=1
    )
    bright_sd: float = setting(
        "mirrored voxels brighter than the median by so many SDs are white-matter disease", low=1, high=10
    )
    min_lesion_ml: float = setting("a smaller lesion is indeterminate", low=0, high=20)
    block_mm: float = setting("side of the cubes that the bootstrap draws as a whole", low=1, high=50)
    patches: float = setting(
        "patches of healthy tissue that are compared likewise", low=_LEAST_PATCHES, high=10_000
    )
    resamples: float = setting("bootstrap samples behind the interval", low=100, high=100_000)
    confidence: float = setting("coverage of the interval", low=0.5, high=0.99)


class FlairVerdict(Enum):
    """What the ratio says: mismatch is a lesion that FLAIR does not show yet."""

    MISMATCH = "mismatch"
    INDETERMINATE = "indeterminate"
    MATCH = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlairRatio:
    """The median ratio with its bootstrap interval, and the verdict with its reason.

    `lesion_ml` is the lesion on diffusion, `compared_ml` the FLAIR voxels of it that were compared with
    mirrored ones; `ratio` and `interval` are None where too little was left, `interval` also where too little
    healthy tissue was. `can_be_read` is False where the verdict is indeterminate whatever the ratio is.
    """

    ratio: float | None
    interval: Interval | None
    verdict: FlairVerdict
    because: str
    lesion_ml: float
    compared_ml: float
    can_be_read: bool
    step: Step


def flair_ratio(scene: FlairScene, settings: FlairSettings, seed: int = 115) -> FlairRatio:
    """Return the median FLAIR of lesion voxels over their mirror images, among pairs of like tissue.

    The voxels are the FLAIR's own. Only pairs of them are compared in which neither holds fluid and the
    mirrored one is no white-matter disease and holds no lesion, grey matter with grey and white with white.
    The interval is that of bootstrap samples of blocks of pairs, each over what one patch of the lesion's
    shape reads on healthy tissue. `seed` is that of both.
    """
    flair, midline, grid = scene.flair, scene.midline, scene.grid
    solid, normal = _tissue(scene, settings)
    pairs = mirrored_pairs(flair, solid & (scene.share >= _LEAST_SHARE), normal, midline, grid)
    lesion_ml, compared_ml = scene.lesion_ml, len(pairs) * grid.voxel_ml
    ratio, interval, healthy = None, None, None
    if len(pairs) >= _LEAST_PAIRS:
        ratio = like_ratio(pairs.ours, pairs.theirs)
        sides = mirrored_pairs(flair, normal, normal, midline, grid)
        patches = healthy_ratios(sides, pairs.index, grid, int(settings.patches), seed)
        healthy = _percentiles(patches, settings)
        interval = _interval(pairs, ratio, patches, grid, settings, seed)
    verdict, because = _verdict(ratio, interval, lesion_ml, settings)
    return FlairRatio(
        ratio=ratio,
        interval=interval,
        verdict=verdict,
        because=because,
        lesion_ml=lesion_ml,
        compared_ml=compared_ml,
        can_be_read=interval is not None and lesion_ml >= settings.min_lesion_ml,
        step=_step(ratio, interval, healthy, compared_ml, settings, seed),
    )


def _tissue(scene: FlairScene, settings: FlairSettings) -> tuple[Mask, Mask]:
    """Return the voxels without fluid, and those of them that are neither lesion nor white-matter disease.

    The limit of ADC is relative: in old brains water moves faster, by up to a fifth.
    """
    flair, adc, lesion = scene.flair, scene.adc, scene.share > 0
    measured = scene.inside & np.isfinite(flair) & np.isfinite(adc)
    healthy = measured & ~lesion
    limit_adc = settings.fluid_to_brain * float(np.median(adc[healthy])) if healthy.any() else 0.0
    solid = measured & (adc < limit_adc)
    usual = float(np.median(flair[solid])) if solid.any() else 0.0
    solid &= flair > settings.fluid_share * usual
    diseased = solid & ~lesion & (flair > usual + settings.bright_sd * _spread(flair[solid], usual))
    return solid, solid & ~lesion & ~_grown(diseased, scene.grid)


def _spread(values: Array, middle: float) -> float:
    return float(_PER_SD * np.median(np.abs(values - middle))) if values.size else 0.0


def _grown(mask: Mask, grid: Grid) -> Mask:
    """Return a mask with the voxels beside it in its slices: the rim of disease is half as bright."""
    structure = ndimage.generate_binary_structure(3, 1)
    structure[tuple([0, 2] if axis == grid.axial_axis else slice(None) for axis in range(3))] = False
    return np.asarray(ndimage.binary_dilation(mask, structure)) if mask.any() else mask


def _interval(
    pairs: Pairs, ratio: float, patches: NDArray[np.float64], grid: Grid, settings: FlairSettings, seed: int
) -> Interval | None:
    """Return the percentile interval of block samples over healthy patches; it holds the ratio itself.

    The blocks say how much the lesion's own voxels vary, the patches how much the sides differ where nobody
    is ill; None where too few patches were found.
    """
    if patches.size < _LEAST_PATCHES:
        return None
    samples = resampled_ratios(pairs, grid, settings.block_mm, int(settings.resamples), seed)
    drawn = np.random.default_rng((seed, 2)).integers(0, patches.size, samples.size)
    found = _percentiles(samples / patches[drawn], settings)
    return None if found is None else (min(found[0], ratio), max(found[1], ratio))


def _percentiles(values: NDArray[np.float64], settings: FlairSettings) -> Interval | None:
    if not values.size:
        return None
    tail = 50.0 * (1 - settings.confidence)
    low, high = np.percentile(values, [tail, 100.0 - tail])
    return float(low), float(high)


def _verdict(
    ratio: float | None, interval: Interval | None, lesion_ml: float, settings: FlairSettings
) -> tuple[FlairVerdict, str]:
    limit = settings.limit_ratio
    if lesion_ml < settings.min_lesion_ml:
        small = f"the lesion of {lesion_ml:.1f} mL is smaller than {settings.min_lesion_ml:g} mL"
        return FlairVerdict.INDETERMINATE, small
    if interval is None:
        return FlairVerdict.INDETERMINATE, _NO_PAIRS if ratio is None else _NO_PATCHES
    low, high = interval
    if high < limit:
        return FlairVerdict.MISMATCH, f"the whole interval lies below {limit:g}"
    if low > limit:
        return FlairVerdict.MATCH, f"the whole interval lies above {limit:g}"
    return FlairVerdict.INDETERMINATE, f"the interval holds {limit:g}"


def _step(
    ratio: float | None,
    interval: Interval | None,
    healthy: Interval | None,
    compared_ml: float,
    settings: FlairSettings,
    seed: int,
) -> Step:
    def rounded(ends: Interval | None) -> list[float] | None:
        return None if ends is None else [round(end, 4) for end in ends]

    return Step(
        name="flair-ratio",
        sentence="The FLAIR signal of the diffusion lesion was compared with its mirror image, on FLAIR's "
        "own voxels, each with one of like tissue (median), without fluid and white-matter disease; the "
        f"{100 * settings.confidence:g} % interval is a bootstrap of {settings.resamples:g} samples "
        f"(seed {seed}) of blocks of {settings.block_mm:g} mm, each over the ratio of a healthy patch.",
        parameters={
            **settings_to_table(settings),
            "ratio": None if ratio is None else round(ratio, 4),
            "interval": rounded(interval),
            "healthy_interval": rounded(healthy),
            "least_lesion_share": _LEAST_SHARE,
            "compared_ml": round(compared_ml, 3),
            "seed": seed,
        },
        citations=("Schwamm 2018, Ann Neurol 83:980",),
    )
