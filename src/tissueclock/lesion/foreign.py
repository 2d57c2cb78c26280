"""The published limits applied to another program's maps as they are: nothing is deconvolved or smoothed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume
from tissueclock.lesion.clusters import drop_small
from tissueclock.lesion.masks import Mask
from tissueclock.lesion.settings import LesionSettings

_MOST_S, _LEAST_S = 90.0, 1.0
_MOST_MS, _LEAST_MS = 90_000.0, 1_000.0
"""Where the high end of Tmax must lie: a bolus passes in a minute, and some tissue is later than 1 s."""
_HIGH_END = 99.5
_VESSEL_SHARE = 5.0
_RELATIVE_RANGES = ((0.4, 2.5, 1.0), (40.0, 250.0, 100.0))
"""Where the median of normal tissue lies, if 1 or 100 stands for normal (our choice)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Thresholded:
    """Masks on their own grid, before and after the clusters that we drop; no core without a CBF map.

    `notes` say in sentences what unit and reference were used and what values could not be measurements.
    """

    grid: Grid
    hypoperfused: Mask
    core: Mask | None
    kept_hypoperfused: Mask
    kept_core: Mask | None
    notes: tuple[str, ...]


def threshold(
    tmax: Volume, unit: str, cbf: Volume | None, settings: LesionSettings, *, relative: bool
) -> Thresholded:
    """Return tissue with Tmax above the limit and, within it, CBF below its share of normal.

    `unit` is "s", "ms" or "" to tell it by the values. A relative CBF is taken as it is, 1 or 100 being
    normal; an absolute one is divided by the mean of tissue with Tmax up to `reference_tmax_s`, both
    hemispheres, without its highest 5 % (vessels; our choice). Raises InputError where the values cannot be
    what they should be.
    """
    seconds, notes = _seconds(tmax, unit)
    measured = np.isfinite(seconds)
    with np.errstate(invalid="ignore"):
        delayed = measured & (seconds > settings.delay_s)
    low, cbf_notes = (None, ()) if cbf is None else _low_flow(cbf, seconds, delayed, settings, relative)
    grid = tmax.grid

    def kept(mask: Mask | None, least_ml: float) -> Mask | None:
        return None if mask is None else drop_small(mask, least_ml, grid.voxel_ml)

    return Thresholded(
        grid=grid,
        hypoperfused=delayed,
        core=low,
        kept_hypoperfused=drop_small(delayed, settings.min_hypoperfused_ml, grid.voxel_ml),
        kept_core=kept(low, settings.min_core_ml),
        notes=(*notes, *cbf_notes),
    )


def _seconds(tmax: Volume, unit: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return Tmax in seconds, and what was found about its numbers."""
    values = np.asarray(tmax.array, dtype=np.float64)
    finite = np.isfinite(values)
    positive = values[finite & (values > 0)]
    if positive.size == 0:
        raise InputError(
            "their Tmax holds no positive number.", remedy="Check that this is the map, not an empty export."
        )
    found = unit or _unit_of(float(np.percentile(positive, _HIGH_END)))
    how = "as its side-car says" if unit else "told by its values"
    notes = [f"Tmax is in {found}, {how}."]
    negative_ml = np.count_nonzero(finite & (values < 0)) * tmax.grid.voxel_ml
    missing = 1 - np.count_nonzero(finite) / values.size
    if missing:
        notes.append(f"{100 * missing:.0f} % of the voxels have no Tmax: taken as outside the brain.")
    if negative_ml:
        notes.append(f"{negative_ml:.1f} mL have a negative Tmax: taken as not delayed.")
    return values / (1000.0 if found == "ms" else 1.0), tuple(notes)


def _unit_of(high: float) -> str:
    """Return the unit that the high end of the values fits; raises InputError where it fits none."""
    if _LEAST_S <= high <= _MOST_S:
        return "s"
    if _LEAST_MS <= high <= _MOST_MS:
        return "ms"
    raise InputError(
        f"their Tmax reaches {high:.4g} ({_HIGH_END:g}th percentile), which fits neither seconds nor "
        "milliseconds.",
        remedy="Export Tmax in seconds, unscaled, or state 'Units' (s or ms) in a JSON side-car.",
    )


def _low_flow(
    cbf: Volume, tmax_s: NDArray[np.float64], delayed: Mask, settings: LesionSettings, relative: bool
) -> tuple[Mask, tuple[str, ...]]:
    flow = np.asarray(cbf.array, dtype=np.float64)
    finite = np.isfinite(flow)
    with np.errstate(invalid="ignore"):
        normal = finite & (flow > 0) & (tmax_s <= settings.reference_tmax_s)
    if not normal.any():
        raise InputError(
            f"their CBF has no tissue with Tmax up to {settings.reference_tmax_s:g} s.",
            remedy="Check that both maps are of the same scan.",
        )
    level, words = (_stated_normal if relative else _measured_normal)(flow[normal], settings)
    with np.errstate(invalid="ignore"):
        low = delayed & finite & (flow < settings.core_cbf_percent / 100.0 * level)
    notes = [words]
    for mask, what in ((delayed & ~finite, "no number: not core"), (low & (flow <= 0), "0 or less: core")):
        if mask.any():
            ml = np.count_nonzero(mask) * cbf.grid.voxel_ml
            notes.append(f"In {ml:.1f} mL of the delayed tissue CBF is {what}.")
    return low, tuple(notes)


def _stated_normal(flow: NDArray[np.float64], settings: LesionSettings) -> tuple[float, str]:
    median = float(np.median(flow))
    for low, high, level in _RELATIVE_RANGES:
        if low <= median <= high:
            return level, f"CBF is relative to their own reference; {level:g} is normal."
    raise InputError(
        f"their relative CBF has a median of {median:.3g} in normal tissue, neither near 1 nor near 100.",
        remedy="Say --cbf absolute if it is a flow.",
    )


def _measured_normal(flow: NDArray[np.float64], settings: LesionSettings) -> tuple[float, str]:
    mean = float(flow[flow <= np.percentile(flow, 100 - _VESSEL_SHARE)].mean())
    return mean, (
        f"CBF is divided by {mean:.3g}, its mean where Tmax is up to {settings.reference_tmax_s:g} s in both "
        f"hemispheres, without the highest {_VESSEL_SHARE:g} %."
    )
