"""The selector `early-tall-narrow`: a cluster of voxels with an early, high and narrow bolus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tissueclock.core.errors import InputError
from tissueclock.perfusion.aif.base import (
    Candidates,
    InputCurve,
    Selector,
    arrival_samples,
    average,
    width_samples,
)

_TALL_SHARE = 0.2
_LATENESS_S = 2.0
_GOOD_SHARES = (0.35, 0.25, 0.15)
"""Shares of the best score, tried in turn (our choice)."""
_MIN_CLUSTER = 3
_MAX_VOXELS = 12


def score(candidates: Candidates) -> NDArray[np.float64]:
    """Return each candidate's score: peak x exp(-lateness / 2 s) / width / (1 + roughness).

    Lateness counts from the 10th percentile of arrival among the tall; roughness is the area of the second
    difference relative to the peak. The form is our choice, after Rempp 1994 and Mlynash 2005 (recalled).
    """
    values = candidates.values
    peak = values.max(axis=0).astype(np.float64)
    arrival = arrival_samples(values) * candidates.step_s
    width = np.maximum(width_samples(values) * candidates.step_s, 1.0)
    roughness = np.abs(np.diff(values, n=2, axis=0)).sum(axis=0) / np.maximum(peak, 1e-9)
    lateness = np.maximum(arrival - np.percentile(arrival, 10), 0.0)
    return np.asarray(peak * np.exp(-lateness / _LATENESS_S) / width / (1.0 + roughness))


def select(candidates: Candidates) -> InputCurve:
    """Return the mean curve of the best cluster of at least three touching voxels.

    The first share of the best score at which such a cluster exists decides: small arteries need a lower one.
    """
    tall = _tallest(candidates)
    scores = score(tall)
    for share in _GOOD_SHARES:
        found = _best_cluster(tall, scores, share * float(scores.max()))
        if found is not None:
            return found
    raise InputError(
        "no artery was found: no group of voxels shows an early, high and narrow bolus.",
        remedy="Check that contrast arrived, and that this is a perfusion run of the head.",
    )


def _best_cluster(tall: Candidates, scores: NDArray[np.float64], least: float) -> InputCurve | None:
    """Return the mean of the cluster around the best voxel that touches two others of `least` score."""
    good = scores >= least
    volume = np.zeros(tall.grid.size, dtype=bool)
    volume[tall.index[good]] = True
    labels, _ = ndimage.label(volume.reshape(tall.grid.shape), structure=np.ones((3, 3, 3)))
    cluster = labels.ravel()[tall.index]
    order = np.argsort(-scores)
    for best in order[good[order]]:
        columns = np.flatnonzero(good & (cluster == cluster[best]))
        if columns.size >= _MIN_CLUSTER:
            columns = columns[np.argsort(-scores[columns])][:_MAX_VOXELS]
            return average(tall, columns, int(best))
    return None


def _tallest(candidates: Candidates) -> Candidates:
    """Keep the tallest fifth of the candidates: arteries and veins, hardly any tissue."""
    peak = candidates.values.max(axis=0)
    keep = np.flatnonzero(peak >= np.quantile(peak, 1.0 - _TALL_SHARE))
    return replace(candidates, values=candidates.values[:, keep], index=candidates.index[keep])


SELECTOR = Selector(
    name="early-tall-narrow",
    sentence="The arterial input was the mean of a cluster of voxels with an early, high and narrow bolus.",
    select=select,
)
