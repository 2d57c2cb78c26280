"""Connected clusters: dropping the small ones, and filling what delayed tissue encloses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
_SIX_CONNECTED = ndimage.generate_binary_structure(3, 1)


def drop_small(mask: Mask, min_ml: float, voxel_ml: float) -> Mask:
    """Return the mask without clusters (3-D, 6-connected) smaller than `min_ml`."""
    labels, count = ndimage.label(mask, structure=_SIX_CONNECTED)
    if count == 0:
        return mask
    sizes_ml = np.bincount(labels.ravel()) * voxel_ml
    keep = sizes_ml >= min_ml - 1e-9
    keep[0] = False
    return np.asarray(keep[labels])


def enclosed(gaps: Mask, delayed: Mask, certain: Mask, share: float) -> Mask:
    """Return the clusters of `gaps` whose certain neighbours are delayed for at least `share`.

    `certain` marks tissue whose own Tmax counts; a gap without certain neighbours is not enclosed.
    """
    labels, count = ndimage.label(gaps, structure=_SIX_CONNECTED)
    if count == 0:
        return gaps
    neighbours = np.zeros(count + 1)
    delayed_neighbours = np.zeros(count + 1)
    for axis in range(3):
        for here, there in ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1))):
            at = tuple(here if a == axis else slice(None) for a in range(3))
            beside = tuple(there if a == axis else slice(None) for a in range(3))
            touching = (labels[at] > 0) & certain[beside]
            neighbours += np.bincount(labels[at][touching], minlength=count + 1)
            delayed_neighbours += np.bincount(labels[at][touching & delayed[beside]], minlength=count + 1)
    inside = (neighbours > 0) & (delayed_neighbours >= share * neighbours)
    inside[0] = False
    return np.asarray(inside[labels])
