"""Settings of the profile layer: how wide the intervals of volumes are."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalSettings:
    """What the ends of the 90 % intervals are made of; docs/explanation/intervals.md says how they were set.

    A part called `share` is of the volume; `shift` is of what the volume changes by when its limit moves
    (the core's by `reference_variation`, the delay's by `delay_variation_s`); `noise` is of the delayed
    volume, at a contrast of ten times the noise, and falls with the square of the contrast over noise.
    """

    core_floor_ml: float = setting("least distance of either end, core", low=0, high=20)
    core_share_low: float = setting("share of the core below it", low=0, high=1)
    core_share_high: float = setting("share of the core above it", low=0, high=1)
    core_shift_low: float = setting("share of the change with a lower reference", low=0, high=3)
    core_shift_high: float = setting("share of the change with a higher reference", low=0, high=3)
    core_noise_high: float = setting("core lost to noise, as a share of the delayed volume", low=0, high=1)
    delay_floor_ml: float = setting("least distance of either end, delayed tissue", low=0, high=20)
    delay_share_low: float = setting("share of the delayed tissue below it", low=0, high=1)
    delay_share_high: float = setting("share of the delayed tissue above it", low=0, high=1)
    delay_shift_low: float = setting("share of the change with a later limit", low=0, high=3)
    delay_shift_high: float = setting("share of the change with an earlier limit", low=0, high=3)
    delay_noise_high: float = setting("delay lost to noise, as a share of the delayed volume", low=0, high=1)
    correlation: float = setting("of the errors of core and delayed tissue", low=0, high=0.95)
