"""Voxels and their mirror images, grey matter compared with grey and white with white, and how sure that is.

A cortex is no mirror of the other: where a lesion holds more grey matter than its mirror image it is brighter
without being ill, by up to the contrast of the two, which is more than the limit of a FLAIR mismatch. So only
pairs of like tissue are compared; what is still unlike is measured, on healthy tissue of the same brain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.anatomy.midline import Midline
from tissueclock.image.grid import Grid
from tissueclock.lesion.masks import Mask

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_LEAST_WITHIN = 0.5
"""A mirror image that lies less than half among healthy voxels is none."""
_LEAST_LIKE = 10
"""Fewer pairs of like tissue say less than the median of all pairs, which is returned then."""
_ROUNDS, _SETTLED = 20, 1e-4
"""The ratio has settled when it moves by a smaller share; a few pairs may cross the border for ever."""
_PATCH_VOXELS = 1000
"""Of a larger lesion's shape every second, third ... voxel is laid on healthy tissue, for speed."""
_PATCH_SHARE = 0.5
"""Of a patch so much has to be healthy, with a healthy mirror image."""
_TRIES = 20
"""So many places are tried for each patch that is wanted (all of this is our choice)."""


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """The signal of n voxels, that of their mirror images, and where the voxels lie (n x 3)."""

    ours: Floats
    theirs: Floats
    index: Index

    def __post_init__(self) -> None:
        count = self.ours.size
        if self.ours.shape != (count,) or self.theirs.shape != (count,) or self.index.shape != (count, 3):
            raise ValueError("every voxel has its mirror image and its place")

    def __len__(self) -> int:
        return self.ours.size


def mirrored_pairs(
    image: NDArray[np.float32], chosen: Mask, healthy: Mask, midline: Midline, grid: Grid
) -> Pairs:
    """Return the chosen voxels with their mirror images, interpolated among healthy voxels only.

    A voxel whose mirror image lies less than half among healthy voxels is left out.
    """
    index = np.argwhere(chosen)
    to_mirror = midline.mirrored_index(grid)
    places = (index @ to_mirror[:3, :3].T + to_mirror[:3, 3]).T
    weight = ndimage.map_coordinates(healthy.astype(np.float64), places, order=1, mode="constant")
    clean = np.where(healthy, image, 0.0).astype(np.float64)
    total = ndimage.map_coordinates(clean, places, order=1, mode="constant")
    kept = weight > _LEAST_WITHIN
    ours = np.asarray(image[tuple(index[kept].T)], dtype=np.float64)
    return Pairs(ours, np.asarray(total[kept] / weight[kept], dtype=np.float64), index[kept])


def like_ratio(ours: Floats, theirs: Floats, weights: Floats | None = None) -> float:
    """Return the median ratio of pairs of like tissue; the signals are positive.

    A pair is alike if both voxels are bright (grey matter on FLAIR) or both dark (white): the mirrored one as
    it is, the lesion's after division by the ratio, which starts as the median of all pairs and is repeated
    until it settles. The border is Otsu's (IEEE Trans Syst Man Cybern 1979;9:62) of the mirrored voxels: it
    must not come from the lesion, which may be brighter. `weights` says how often each pair counts.
    """
    return _LikeRatio.of(ours, theirs).at(np.ones(ours.size) if weights is None else weights)


def resampled_ratios(pairs: Pairs, grid: Grid, block_mm: float, samples: int, seed: int) -> Floats:
    """Return the ratio of each bootstrap sample: blocks of neighbouring pairs drawn with replacement.

    Neighbours share tissue and interpolation, so that drawn one by one they would look surer than they are.
    """
    random = np.random.default_rng(seed)
    prepared = _LikeRatio.of(pairs.ours, pairs.theirs)
    cubes = np.floor(pairs.index * np.asarray(grid.spacing_mm) / block_mm).astype(np.intp)
    block = np.unique(cubes, axis=0, return_inverse=True)[1].ravel()
    count = int(block.max()) + 1
    ratios = np.empty(samples)
    for number in range(samples):
        times = np.bincount(random.integers(0, count, count), minlength=count)
        ratios[number] = prepared.at(times[block].astype(np.float64))
    return ratios


def healthy_ratios(healthy: Pairs, shape: Index, grid: Grid, patches: int, seed: int) -> Floats:
    """Return what patches of the lesion's `shape` (voxels, n x 3) read, laid at random on healthy tissue.

    Alike sides would read 1. There are at most `patches`, fewer where the lesion's shape hardly fits.
    """
    random = np.random.default_rng((seed, 1))
    ours, theirs = _on_grid(healthy, grid)
    thin = shape[:: -(-len(shape) // _PATCH_VOXELS)]
    offsets = thin - np.rint(thin.mean(axis=0)).astype(np.intp)
    least = max(_LEAST_LIKE, int(np.ceil(_PATCH_SHARE * len(thin))))
    found: list[float] = []
    for _ in range(_TRIES * patches if len(healthy) else 0):
        places = offsets + healthy.index[random.integers(len(healthy))]
        inside = ((places >= 0) & (places < grid.shape)).all(axis=1)
        here = np.ravel_multi_index(tuple(places[inside].T), grid.shape)
        here = here[np.isfinite(theirs[here])]
        if here.size >= least:
            found.append(like_ratio(ours[here], theirs[here]))
        if len(found) == patches:
            break
    return np.array(found)


def _on_grid(pairs: Pairs, grid: Grid) -> tuple[Floats, Floats]:
    """Return both signals as flat volumes, NaN where there is no pair."""
    ours, theirs = np.full(grid.size, np.nan), np.full(grid.size, np.nan)
    flat = np.ravel_multi_index(tuple(pairs.index.T), grid.shape)
    ours[flat], theirs[flat] = pairs.ours, pairs.theirs
    return ours, theirs


@dataclass(frozen=True, eq=False, slots=True)
class _LikeRatio:
    """Pairs in the order of their ratios, so that any weights of theirs have a median at once."""

    order: Index
    ratio: Floats
    ours: Floats
    border: float
    bright: NDArray[np.bool_]

    @classmethod
    def of(cls, ours: Floats, theirs: Floats) -> _LikeRatio:
        ratio = ours / theirs
        order = np.argsort(ratio, kind="stable")
        border = _border(theirs)
        return cls(order, ratio[order], ours[order], border, theirs[order] > border)

    def at(self, weights: Floats) -> float:
        """Return the ratio with weights in the order that the pairs were given in."""
        weights = weights[self.order]
        found = self._median(weights)
        for _ in range(_ROUNDS):
            like = weights * ((self.ours > found * self.border) == self.bright)
            if like.sum() < _LEAST_LIKE:
                break
            before, found = found, self._median(like)
            if abs(found - before) < _SETTLED * before:
                break
        return found

    def _median(self, weights: Floats) -> float:
        """Return the median of every ratio repeated as often as its whole weight says."""
        below = np.cumsum(weights)
        half = below[-1] / 2
        last = self.ratio.size - 1
        low, high = (min(int(np.searchsorted(below, half, side)), last) for side in ("left", "right"))
        return float(self.ratio[low] + self.ratio[high]) / 2


def _border(values: Floats) -> float:
    """Return Otsu's border: where two groups of values lie furthest apart, for their numbers."""
    ordered = np.sort(values)
    if ordered.size < 2:
        return float(ordered[0])
    sums, lower = np.cumsum(ordered), np.arange(1, ordered.size)
    upper = ordered.size - lower
    apart = sums[:-1] / lower - (sums[-1] - sums[:-1]) / upper
    best = int(np.argmax(lower * upper * apart * apart))
    return float(ordered[best] + ordered[best + 1]) / 2
