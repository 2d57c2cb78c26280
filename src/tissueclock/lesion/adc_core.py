"""The core on diffusion: low ADC, where the diffusion-weighted image is bright and the signal can be trusted.

A limit of ADC alone marks noise, iron, edges and susceptibility too: alone it had a median Dice of 0.43
against outlines by hand (Gosch 2023, Front Neurol 14:1203241). What is done about that is our choice; the
limits of ADC are published (600: DEFUSE 2; 620: DEFUSE 3, SELECT2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.anatomy.midline import Midline
from tissueclock.core.provenance import Step
from tissueclock.core.settings import setting, settings_to_table
from tissueclock.diffusion.result import DiffusionMaps
from tissueclock.image.grid import Grid
from tissueclock.lesion.clusters import drop_small
from tissueclock.lesion.masks import Mask, freeze_masks

Array = NDArray[np.float32]

_MIRROR_BLUR_MM = 5.0
_FLUID_ADC = 1200.0
"""Above this a voxel holds fluid, which has no say in what is bright (our choice)."""
_TWIN_MM = 6.0
"""What lies this close to the mirror image of low ADC or lost signal is alike on both sides (our choice)."""
_Z90 = 1.644854
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class AdcCoreSettings:
    """How ADC becomes a core. All values are our choice unless a source stands beside them."""

    limit_adc: float = setting(
        "core: ADC below this, 10^-6 mm2/s (600: DEFUSE 2; 620: DEFUSE 3, SELECT2)", low=300, high=900
    )
    ladder_adc: tuple[float, ...] = setting(
        "other limits whose volume is printed beside it, cleaned alike", low=300, high=1200
    )
    usual_adc: float = setting(
        "the limits are made for tissue of this median ADC; the volume at the limit scaled to this scan's is "
        "printed, and feeds no rule",
        low=600,
        high=1000,
    )
    bright_to_mirror: float = setting(
        "bright: DWI is at least this multiple of its mirrored side", low=1, high=2
    )
    bright_to_brain: float = setting("or at least this multiple of the brain's median", low=1, high=3)
    drop_out: float = setting(
        "signal without diffusion below this share of the brain's median is lost to susceptibility",
        low=0,
        high=1,
    )
    pile_up: float = setting(
        "signal without diffusion above this multiple of the brain's median, on both sides, is piled up",
        low=1,
        high=5,
    )
    min_artefact_ml: float = setting("lost or piled-up signal counts from this volume on", low=0, high=5)
    max_artefact_ml: float = setting("what is larger is no artefact", low=0, high=50)
    rim_mm: float = setting(
        "voxels this close to the skull are edge, and at least one voxel is", low=0, high=5
    )
    artefact_reach_mm: float = setting(
        "an artefact lies this close to lost or piled-up signal, or to the edge", low=0, high=10
    )
    artefact_share: float = setting(
        "it lies there with this share of its voxels, or has them alike on the other side", low=0.2, high=1
    )
    min_core_ml: float = setting("smaller clusters are dropped", low=0, high=20)
    sure_core_ml: float = setting("so are clusters below this whose ADC is hardly low", low=0, high=20)
    sure_noise: float = setting(
        "hardly low: their mean ADC is not so many SDs of noise below the limit", low=0, high=5
    )
    interval_share: float = setting(
        "share of the volume that smoothing and borders may move it by, in the interval", low=0, high=0.2
    )
    repeats: float = setting("simulated repetitions behind the interval of the volume", low=2, high=200)


@dataclass(frozen=True, eq=False, kw_only=True)
class AdcCore:
    """The core on the diffusion's grid, before and after cleaning.

    `before` is all tissue inside the skull with an ADC below the limit; `removed_ml` what each step took
    away, in their order. `ladder_ml` holds the volume at other limits, cleaned alike, and `scaled_ml` that at
    `scaled_limit_adc`, the limit that this scan's tissue would ask for. `interval_ml` is the repeatability of
    the volume, None where nothing lies below the limit.
    """

    grid: Grid
    before: Mask
    mask: Mask
    brain: Mask
    right: Mask
    removed_ml: Mapping[str, float]
    ladder_ml: Mapping[float, float]
    scaled_limit_adc: float
    scaled_ml: float
    interval_ml: tuple[float, float] | None
    step: Step

    def __post_init__(self) -> None:
        freeze_masks(self, self.grid)
        if (self.mask & ~self.before).any():
            raise ValueError("cleaning only takes away")
        for name in ("removed_ml", "ladder_ml"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def ml(self, mask: Mask) -> float:
        """Return a mask's volume: voxels x |det affine|."""
        return int(np.count_nonzero(mask)) * self.grid.voxel_ml

    @property
    def volume_ml(self) -> float:
        """The volume after cleaning."""
        return self.ml(self.mask)

    @property
    def before_ml(self) -> float:
        """The volume before cleaning."""
        return self.ml(self.before)


def adc_core(
    maps: DiffusionMaps, inside: Mask, midline: Midline, settings: AdcCoreSettings, seed: int = 20120
) -> AdcCore:
    """Return the core on diffusion.

    `inside` is the space inside the skull on the diffusion's grid, and `midline` its plane of symmetry.
    `seed` is that of the simulated repetitions.
    """
    scene = _Scene.of(maps, inside, midline, settings)
    before = scene.below(inside)
    stages = dict(scene.stages(before))
    mask = list(stages.values())[-1]
    ml = {name: int(np.count_nonzero(kept)) * maps.grid.voxel_ml for name, kept in stages.items()}
    volumes = [int(np.count_nonzero(before)) * maps.grid.voxel_ml, *ml.values()]
    removed = {name: volumes[i] - volumes[i + 1] for i, name in enumerate(ml)}
    interval = _interval(scene, mask, volumes[-1], seed) if mask.any() else None
    scaled_adc = settings.limit_adc * maps.tissue_adc / settings.usual_adc
    return AdcCore(
        grid=maps.grid,
        before=before,
        mask=mask,
        brain=scene.brain,
        right=inside & (midline.signed_distance_mm(maps.grid) > 0),
        removed_ml=removed,
        ladder_ml={limit: scene.at(limit).cleaned_ml(inside) for limit in sorted(settings.ladder_adc)},
        scaled_limit_adc=scaled_adc,
        scaled_ml=scene.at(scaled_adc).cleaned_ml(inside),
        interval_ml=interval,
        step=_step(settings, volumes[0], volumes[-1], removed, interval, seed),
    )


@dataclass(frozen=True, eq=False)
class _Scene:
    """What a low ADC is judged by: where diffusion is bright, where signal is lost, and where the edge is.

    None of it depends on the limit, so that other limits cost little.
    """

    maps: DiffusionMaps
    settings: AdcCoreSettings
    midline: Midline
    brain: Mask
    bright: Mask
    lost: Mask
    rim: Mask
    near_loss: Mask
    near_rim: Mask

    @classmethod
    def of(cls, maps: DiffusionMaps, inside: Mask, midline: Midline, settings: AdcCoreSettings) -> _Scene:
        """Look at the images."""
        adc = maps.adc.array
        solid = inside & np.isfinite(adc) & (adc < _FLUID_ADC)
        rim = inside & ~_shrunk(inside, maps.grid, settings.rim_mm)
        bright = _bright(maps, solid, midline, settings)
        lost = _lost(maps, solid, rim, midline, settings)
        near = (_within(part, settings.artefact_reach_mm, maps.grid) for part in (lost, rim))
        return cls(maps, settings, midline, solid & ~rim, bright, lost, rim, *near)

    def at(self, limit_adc: float) -> _Scene:
        """Return the same images under another limit."""
        return replace(self, settings=replace(self.settings, limit_adc=limit_adc))

    def below(self, inside: Mask) -> Mask:
        """Return everything inside the skull that lies below the limit."""
        adc = self.maps.adc.array
        return np.asarray(inside & (adc < self.settings.limit_adc) & (adc > 0))

    def cleaned_ml(self, inside: Mask) -> float:
        """Return the volume that cleaning leaves."""
        *_, (_, kept) = self.stages(self.below(inside))
        return int(np.count_nonzero(kept)) * self.voxel_ml

    def stages(self, below: Mask) -> Iterator[tuple[str, Mask]]:
        """Yield what is left after each step of cleaning, by the name of what it removes."""
        kept = below & self.bright
        seeds = drop_small(kept, self.settings.min_core_ml, self.voxel_ml)
        kept |= below & ndimage.binary_dilation(seeds)  # white matter beside bright cortex looks darker
        yield "not bright on DWI", kept
        kept = kept & ~self.rim
        yield "edge", kept
        kept = kept & ~self.lost
        kept = kept & ~self._artefacts(kept)
        yield "susceptibility", kept
        yield "small clusters", self._sure(drop_small(kept, self.settings.min_core_ml, self.voxel_ml))

    @property
    def voxel_ml(self) -> float:
        """The volume of a voxel."""
        return self.maps.grid.voxel_ml

    def _sure(self, kept: Mask) -> Mask:
        """Return the clusters that are large, or whose mean ADC noise does not explain."""
        labels, count = ndimage.label(kept)
        sizes = np.maximum(np.bincount(labels.ravel(), minlength=count + 1), 1)
        adc = np.where(kept, self.maps.adc.array, 0.0)
        means = np.bincount(labels.ravel(), adc.ravel(), minlength=count + 1) / sizes
        settings = self.settings
        low = settings.limit_adc - means >= settings.sure_noise * self.maps.noise_adc
        sure = low | (sizes * self.voxel_ml >= settings.sure_core_ml)
        sure[0] = False
        return np.asarray(sure[labels])

    def _artefacts(self, kept: Mask) -> Mask:
        """Return the clusters that mostly lie beside lost signal, or alike on both sides at the edge."""
        labels, count = ndimage.label(kept)
        if count == 0:
            return kept
        settings = self.settings
        twin = _twins(labels, kept | self.lost, self.midline, self.maps.grid)
        shares = [_share_by_cluster(labels, count, part) for part in (self.near_loss, twin)]
        lossy, twinned = (share >= settings.artefact_share for share in shares)
        touches = _share_by_cluster(labels, count, self.near_rim) > 0
        small = np.bincount(labels.ravel(), minlength=count + 1) * self.voxel_ml <= settings.max_artefact_ml
        artefact = small & (lossy | (twinned & touches))
        artefact[0] = False
        return np.asarray(artefact[labels])


def _within(mask: Mask, distance_mm: float, grid: Grid) -> Mask:
    """Return what lies in a mask or within a distance of it; nothing where it is empty."""
    if not mask.any():
        return mask
    return np.asarray(ndimage.distance_transform_edt(~mask, grid.spacing_mm) <= distance_mm)


def _twins(labels: NDArray[np.intp], odd: Mask, midline: Midline, grid: Grid) -> Mask:
    """Return the voxels whose mirror image is close to something odd that is not their own cluster.

    What lies beside the midline would be its own twin otherwise. `labels` are those of the clusters, 0
    elsewhere.
    """
    if not odd.any():
        return odd
    away_mm, nearest = ndimage.distance_transform_edt(~odd, grid.spacing_mm, return_indices=True)
    whose = np.where(away_mm <= _TWIN_MM, labels[tuple(nearest)] + 1, 0).astype(np.int32)
    to_mirror = midline.mirrored_index(grid)
    mirrored = ndimage.affine_transform(whose, to_mirror[:3, :3], to_mirror[:3, 3], order=0, mode="constant")
    return np.asarray((mirrored > 0) & (mirrored != labels + 1))


def _share_by_cluster(labels: NDArray[np.intp], count: int, part: Mask) -> NDArray[np.float64]:
    """Return the share of every cluster (0 is the rest) that lies in a part."""
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    inside = np.bincount(labels.ravel(), part.ravel(), minlength=count + 1)
    return np.asarray(inside / np.maximum(sizes, 1))


def _shrunk(mask: Mask, grid: Grid, distance_mm: float) -> Mask:
    """Return the mask without what lies within a distance of its edge, at least a voxel, slice by slice."""
    axial = np.moveaxis(mask, grid.axial_axis, 0)
    steps = [grid.spacing_mm[axis] for axis in grid.in_plane_axes]
    width_mm = max(distance_mm, *steps)
    padded = np.pad(axial, [(0, 0), (1, 1), (1, 1)])
    inner = np.stack([ndimage.distance_transform_edt(layer, steps) > width_mm for layer in padded])
    return np.moveaxis(inner[:, 1:-1, 1:-1], 0, grid.axial_axis)


def _lost(maps: DiffusionMaps, solid: Mask, rim: Mask, midline: Midline, settings: AdcCoreSettings) -> Mask:
    """Return where susceptibility took signal away, or piled it up.

    It is no fluid, too large for a vessel, and too small for an infarct. Piled-up signal has its like on
    the other side: an infarct of some hours may be as bright without diffusion. Nowhere where there is no
    image without diffusion.
    """
    if maps.low is None or not solid.any():
        return np.zeros_like(solid)
    low = maps.low.array / float(np.median(maps.low.array[solid]))
    piled = solid & ~rim & (low > settings.pile_up)
    piled &= _twins(ndimage.label(piled)[0], piled, midline, maps.grid)
    wrong = piled | (solid & ~rim & (low < settings.drop_out))
    voxel_ml = maps.grid.voxel_ml
    large = drop_small(wrong, settings.max_artefact_ml, voxel_ml)
    return drop_small(wrong & ~large, settings.min_artefact_ml, voxel_ml)


def _bright(maps: DiffusionMaps, solid: Mask, midline: Midline, settings: AdcCoreSettings) -> Mask:
    """Return where DWI exceeds its blurred mirrored side, or the whole brain's median by more."""
    dwi = maps.trace.array
    if not solid.any():
        return np.zeros_like(solid)
    usual = float(np.median(dwi[solid]))
    mirror = _mirrored_mean(dwi, solid, midline, maps.grid)
    beyond_mirror = dwi >= settings.bright_to_mirror * np.where(np.isfinite(mirror), mirror, usual)
    return np.asarray(beyond_mirror & (dwi >= usual) | (dwi >= settings.bright_to_brain * usual))


def _mirrored_mean(image: Array, weight: Mask, midline: Midline, grid: Grid) -> Array:
    """Return the local mean of solid tissue on the other side, NaN where there is none."""
    sigmas = [_MIRROR_BLUR_MM / step for step in grid.spacing_mm]
    sigmas[grid.axial_axis] = 0.0
    weights = ndimage.gaussian_filter(weight.astype(np.float32), sigmas)
    totals = ndimage.gaussian_filter(np.where(weight, image, 0).astype(np.float32), sigmas)
    to_mirror = midline.mirrored_index(grid)
    there, total = (
        ndimage.affine_transform(part, to_mirror[:3, :3], to_mirror[:3, 3], order=1, mode="constant")
        for part in (weights, totals)
    )
    enough = there > _LEAST_WEIGHT
    return np.where(enough, total / np.maximum(there, _LEAST_WEIGHT), np.nan).astype(np.float32)


def _interval(scene: _Scene, mask: Mask, volume_ml: float, seed: int) -> tuple[float, float]:
    """Return the volume's repeatability (90 %), 1.645 SD to either side.

    Noise: the SD of the volume with noise of the size that ADC has added anew, `repeats` times. Place: a
    voxel on the lesion's surface counts wholly or not at all, so its part is off by up to a half, evenly:
    1/12 of a voxel's volume squared, a surface voxel. Smoothing and borders move it by a share of
    itself, which adds as a square.
    """
    grid, settings, random = scene.maps.grid, scene.settings, np.random.default_rng(seed)
    box = _box_around(mask, 4)
    adc = scene.maps.adc.array[box]
    allowed = ((scene.bright | mask) & ~scene.rim & ~scene.lost & np.isfinite(scene.maps.adc.array))[box]
    allowed &= ndimage.binary_dilation(mask[box], iterations=2)
    volumes_ml = []
    for _ in range(int(settings.repeats)):
        noise = scene.maps.noise_adc * random.standard_normal(adc.shape)
        found = drop_small(allowed & (adc + noise < settings.limit_adc), settings.min_core_ml, grid.voxel_ml)
        volumes_ml.append(int(np.count_nonzero(found)) * grid.voxel_ml)
    surface = int(np.count_nonzero(mask & ~ndimage.binary_erosion(mask)))
    repeated = _Z90 * math.sqrt(float(np.var(volumes_ml, ddof=1)) + surface / 12 * grid.voxel_ml**2)
    half = math.hypot(repeated, settings.interval_share * volume_ml)
    return max(0.0, volume_ml - half), volume_ml + half


def _box_around(mask: Mask, margin: int) -> tuple[slice, ...]:
    return tuple(
        slice(max(0, int(places.min()) - margin), int(places.max()) + margin + 1)
        for places in np.nonzero(mask)
    )


def _step(
    settings: AdcCoreSettings,
    before_ml: float,
    after_ml: float,
    removed_ml: Mapping[str, float],
    interval: tuple[float, float] | None,
    seed: int,
) -> Step:
    return Step(
        name="mr-core",
        sentence=f"The MR core is tissue with an ADC below {settings.limit_adc:g} x 10^-6 mm2/s where the "
        "diffusion-weighted image is bright; fluid, edges and susceptibility artefacts were removed, and "
        f"clusters below {settings.min_core_ml:g} mL dropped.",
        parameters={
            **settings_to_table(settings),
            "before_ml": round(before_ml, 3),
            "after_ml": round(after_ml, 3),
            "removed_ml": {name: round(ml, 3) for name, ml in removed_ml.items()},
            "interval_ml": None if interval is None else [round(end, 3) for end in interval],
            "seed": seed,
        },
        citations=("Lansberg 2012, Lancet Neurol 11:860", "Albers 2018, N Engl J Med 378:708"),
    )
