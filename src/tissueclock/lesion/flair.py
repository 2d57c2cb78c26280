"""The FLAIR signal of a diffusion lesion against its mirror image, and what it says about its age.

MR WITNESS took patients whose lesion was not visible on FLAIR or whose mean signal was less than 1.15 times
that of the mirrored side (Schwamm 2018, Ann Neurol 83:980). Medians and the bootstrap are our choice; a ratio
never replaces a reader: `dwi_flair_mismatch` is a read by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Step
from tissueclock.core.settings import setting, settings_to_table
from tissueclock.image.grid import Grid
from tissueclock.lesion.masks import Mask

Array = NDArray[np.float32]

_LEAST_PAIRS = 20
"""Fewer voxels give no median that can be resampled (our choice)."""
_PER_SD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class FlairSettings:
    """How FLAIR is compared. All values are our choice unless a source stands beside them."""

    limit_ratio: float = setting("mismatch: below this (1.15: MR WITNESS)", low=1, high=2)
    fluid_adc: float = setting("voxels with a higher ADC hold fluid and are left out", low=800, high=2500)
    fluid_share: float = setting(
        "so are those darker than this share of the brain's median FLAIR", low=0, high=1
    )
    bright_sd: float = setting(
        "mirrored voxels brighter than the median by so many SDs are white-matter disease", low=1, high=10
    )
    min_lesion_ml: float = setting("a smaller lesion is indeterminate", low=0, high=20)
    resamples: float = setting("bootstrap samples behind the interval", low=100, high=100_000)
    confidence: float = setting("coverage of the interval", low=0.5, high=0.99)


class FlairVerdict(Enum):
    """What the ratio says: mismatch is a lesion that FLAIR does not show yet."""

    MISMATCH = "mismatch"
    INDETERMINATE = "indeterminate"
    MATCH = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlairRatio:
    """The ratio of medians with its bootstrap interval, and the verdict with its reason.

    `lesion_ml` is the diffusion lesion, `compared_ml` the part of it that was compared, voxel with mirrored
    voxel; `ratio` and `interval` are None where too little was left.
    """

    ratio: float | None
    interval: tuple[float, float] | None
    verdict: FlairVerdict
    because: str
    lesion_ml: float
    compared_ml: float
    step: Step


def flair_ratio(
    flair: Array,
    adc: Array,
    lesion: Mask,
    inside: Mask,
    midline: Midline,
    grid: Grid,
    settings: FlairSettings,
    seed: int = 115,
) -> FlairRatio:
    """Return the ratio of the lesion's median FLAIR to that of its mirror image.

    `flair` (any unit) and `adc` (10^-6 mm2/s) lie on the diffusion's grid, `flair` is NaN beyond the FLAIR's
    field of view. Only pairs of voxels are compared in which neither holds fluid and the mirrored one is no
    white-matter disease and no lesion. `seed` is that of the bootstrap.
    """
    solid = inside & np.isfinite(flair) & np.isfinite(adc) & (adc < settings.fluid_adc)
    usual = float(np.median(flair[solid])) if solid.any() else 0.0
    solid &= flair > settings.fluid_share * usual
    diseased = solid & ~lesion & (flair > usual + settings.bright_sd * _spread(flair[solid], usual))
    normal = solid & ~lesion & ~_grown(diseased, grid)
    ours, theirs = _pairs(flair, lesion & solid, normal, midline, grid)
    lesion_ml, compared_ml = (count * grid.voxel_ml for count in (int(np.count_nonzero(lesion)), ours.size))
    ratio, interval = None, None
    if ours.size >= _LEAST_PAIRS:
        ratio = float(np.median(ours) / np.median(theirs))
        interval = _bootstrap(ours, theirs, settings, seed)
    verdict, because = _verdict(interval, lesion_ml, settings)
    return FlairRatio(
        ratio=ratio,
        interval=interval,
        verdict=verdict,
        because=because,
        lesion_ml=lesion_ml,
        compared_ml=compared_ml,
        step=_step(ratio, interval, compared_ml, settings, seed),
    )


def _spread(values: Array, middle: float) -> float:
    return float(_PER_SD * np.median(np.abs(values - middle))) if values.size else 0.0


def _grown(mask: Mask, grid: Grid) -> Mask:
    """Return a mask with the voxels beside it in its slices: the rim of disease is half as bright."""
    structure = ndimage.generate_binary_structure(3, 1)
    structure[tuple([0, 2] if axis == grid.axial_axis else slice(None) for axis in range(3))] = False
    return np.asarray(ndimage.binary_dilation(mask, structure)) if mask.any() else mask


def _pairs(
    flair: Array, lesion: Mask, normal: Mask, midline: Midline, grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the FLAIR of lesion voxels and of their mirror images, interpolated among normal voxels only.

    A voxel whose mirror image lies less than half among normal voxels is left out.
    """
    index = np.argwhere(lesion)
    to_mirror = midline.mirrored_index(grid)
    places = (index @ to_mirror[:3, :3].T + to_mirror[:3, 3]).T
    weight = ndimage.map_coordinates(normal.astype(np.float64), places, order=1, mode="constant")
    clean = np.where(normal, flair, 0.0).astype(np.float64)
    total = ndimage.map_coordinates(clean, places, order=1, mode="constant")
    kept = weight > 0.5
    ours = np.asarray(flair[tuple(index[kept].T)], dtype=np.float64)
    return ours, np.asarray(total[kept] / weight[kept], dtype=np.float64)


def _bootstrap(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], settings: FlairSettings, seed: int
) -> tuple[float, float]:
    """Return the percentile interval of the ratio of medians, pairs drawn with replacement."""
    random = np.random.default_rng(seed)
    ratios = np.empty(int(settings.resamples))
    for number in range(ratios.size):
        drawn = random.integers(0, ours.size, ours.size)
        ratios[number] = np.median(ours[drawn]) / np.median(theirs[drawn])
    tail = 50.0 * (1 - settings.confidence)
    low, high = np.percentile(ratios, [tail, 100.0 - tail])
    return float(low), float(high)


def _verdict(
    interval: tuple[float, float] | None, lesion_ml: float, settings: FlairSettings
) -> tuple[FlairVerdict, str]:
    limit = settings.limit_ratio
    if lesion_ml < settings.min_lesion_ml:
        small = f"the lesion of {lesion_ml:.1f} mL is smaller than {settings.min_lesion_ml:g} mL"
        return FlairVerdict.INDETERMINATE, small
    if interval is None:
        return FlairVerdict.INDETERMINATE, "too little of the lesion has a normal mirror image on FLAIR"
    low, high = interval
    if high < limit:
        return FlairVerdict.MISMATCH, f"the whole interval lies below {limit:g}"
    if low > limit:
        return FlairVerdict.MATCH, f"the whole interval lies above {limit:g}"
    return FlairVerdict.INDETERMINATE, f"the interval holds {limit:g}"


def _step(
    ratio: float | None,
    interval: tuple[float, float] | None,
    compared_ml: float,
    settings: FlairSettings,
    seed: int,
) -> Step:
    return Step(
        name="flair-ratio",
        sentence="The FLAIR signal of the diffusion lesion was compared with its mirror image, median with "
        f"median, without fluid and white-matter disease; the {100 * settings.confidence:g} % interval is a "
        f"bootstrap of {settings.resamples:g} samples (seed {seed}).",
        parameters={
            **settings_to_table(settings),
            "ratio": None if ratio is None else round(ratio, 4),
            "interval": None if interval is None else [round(end, 4) for end in interval],
            "compared_ml": round(compared_ml, 3),
            "seed": seed,
        },
        citations=("Schwamm 2018, Ann Neurol 83:980",),
    )
