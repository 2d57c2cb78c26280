"""Settings of the diffusion layer: which images serve, and how noise is tamed before a limit is applied."""

from __future__ import annotations

from dataclasses import dataclass

from tissueclock.core.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionSettings:
    """How weighted images become ADC. All values are our choice unless a source stands beside them."""

    low_b_to: float = setting("b-values up to this (s/mm2) are the image without diffusion", low=0, high=200)
    high_b_from: float = setting("the weighted image has at least this b-value (s/mm2)", low=500, high=1000)
    high_b_to: float = setting("and at most this: the limits of ADC belong to b = 1000", low=1000, high=2000)
    smoothing_fwhm_mm: float = setting(
        "images are smoothed within slices by this before ADC is computed (0: not at all)", low=0, high=5
    )
