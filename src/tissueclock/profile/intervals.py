"""Intervals of volumes: how far the same algorithm would be off on a scan like this one.

Each end is the root of a sum of squares: a least distance, a share of the volume (borders, whole voxels that
hold fluid too), a share of what the volume changes by when its limit is moved, and above it what noise hides.
The shares are settings of the preset, set on digital patients: 90 % of the volumes that the rule method reads
on noise-free curves lie inside. Mismatch and ratio take over the ends of the volumes (MOVER: Zou and Donner
2008, Stat Med 27:1693; for the ratio on the logarithmic scale), whose errors go together to a degree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tissueclock.profile.measure import Measures
from tissueclock.profile.settings import IntervalSettings

Interval = tuple[float, float]
RATIO_WITHOUT_END = 100.0
"""The upper end of a ratio whose core may be 0 mL: printed as ">99"."""
_USUAL_CONTRAST = 10.0


@dataclass(frozen=True, slots=True)
class VolumeIntervals:
    """90 % intervals in mL, the ratio's without unit; None where the volume is not measured."""

    core: Interval | None
    delay: Interval
    mismatch: Interval | None
    ratio: Interval | None


def intervals(measures: Measures, core_ml: float | None, settings: IntervalSettings) -> VolumeIntervals:
    """Return the intervals of core (None: not measured), delayed tissue, mismatch and ratio."""
    hidden = (_USUAL_CONTRAST / max(measures.contrast_noise, 1.0)) ** 2 * measures.hypoperfused_ml
    delay = _around(
        measures.hypoperfused_ml,
        (
            settings.delay_floor_ml,
            settings.delay_share_low * measures.hypoperfused_ml,
            settings.delay_shift_low * (measures.hypoperfused_ml - measures.delay_low_ml),
        ),
        (
            settings.delay_floor_ml,
            settings.delay_share_high * measures.hypoperfused_ml,
            settings.delay_shift_high * (measures.delay_high_ml - measures.hypoperfused_ml),
            settings.delay_noise_high * hidden,
        ),
    )
    if core_ml is None or measures.core_low_ml is None or measures.core_high_ml is None:
        return VolumeIntervals(None, delay, None, None)
    core = _around(
        core_ml,
        (
            settings.core_floor_ml,
            settings.core_share_low * core_ml,
            settings.core_shift_low * (core_ml - measures.core_low_ml),
        ),
        (
            settings.core_floor_ml,
            settings.core_share_high * core_ml,
            settings.core_shift_high * (measures.core_high_ml - core_ml),
            settings.core_noise_high * hidden,
        ),
    )
    core = core[0], max(core_ml, min(core[1], delay[1]))  # the core lies within delayed tissue
    volumes = (measures.hypoperfused_ml, delay), (core_ml, core)
    return VolumeIntervals(
        core,
        delay,
        difference_interval(*volumes, settings.correlation),
        ratio_interval(*volumes, settings.correlation),
    )


def _around(ml: float, below: tuple[float, ...], above: tuple[float, ...]) -> Interval:
    """Return the volume less and plus the roots of the sums of squares; nothing is less than 0 mL."""
    return max(ml - math.hypot(*below), 0.0), ml + math.hypot(*above)


def _apart(of_lesion: float, of_core: float, correlation: float) -> float:
    """Return how far a difference is off where its parts are off by so much, and to a degree together."""
    square = of_lesion**2 + of_core**2 - 2 * correlation * of_lesion * of_core
    return math.sqrt(max(square, 0.0))


def difference_interval(
    lesion: tuple[float, Interval], core: tuple[float, Interval], correlation: float
) -> Interval:
    """Return the interval of lesion less core."""
    (all_ml, (all_low, all_high)), (core_ml, (core_low, core_high)) = lesion, core
    middle = all_ml - core_ml
    low = middle - _apart(all_ml - all_low, core_high - core_ml, correlation)
    high = middle + _apart(all_high - all_ml, core_ml - core_low, correlation)
    return low, high


def ratio_interval(
    lesion: tuple[float, Interval], core: tuple[float, Interval], correlation: float
) -> Interval | None:
    """Return the interval of lesion over core; None where neither is there."""
    (all_ml, (all_low, all_high)), (core_ml, (core_low, core_high)) = lesion, core
    if all_ml == 0:
        return None
    if all_ml >= RATIO_WITHOUT_END * core_ml:
        least = all_low / core_high if core_high else RATIO_WITHOUT_END
        return min(least, RATIO_WITHOUT_END), RATIO_WITHOUT_END
    middle, low, high = all_ml / core_ml, 0.0, RATIO_WITHOUT_END
    if all_low > 0:
        ends = math.log(all_ml / all_low), math.log(core_high / core_ml)
        low = middle / math.exp(_apart(*ends, correlation))
    if core_low > 0:
        ends = math.log(all_high / all_ml), math.log(core_ml / core_low)
        high = middle * math.exp(_apart(*ends, correlation))
    return min(low, RATIO_WITHOUT_END), min(max(high, middle), RATIO_WITHOUT_END)
