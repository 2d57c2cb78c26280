"""What the diffusion layer gives: ADC, the images behind it, their noise, and how it was made."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tissueclock.core.provenance import Step
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume

ADC_UNIT = "10^-6 mm2/s"


@dataclass(frozen=True, eq=False, kw_only=True)
class DiffusionMaps:
    """ADC in 10^-6 mm2/s (NaN where it is not defined), and the trace image (the mean of all directions).

    `low` is the image without diffusion weighting, None where there was none. `noise_adc` is the SD of ADC's
    noise in the brain, `tissue_adc` the median of its tissue, in the same unit. `missing_ml` is the space
    inside the skull where an image holds no signal or no number. `origin` says in words where ADC comes from.
    Raises ValueError unless all lie on one grid.
    """

    adc: Volume
    trace: Volume
    low: Volume | None
    noise_adc: float
    tissue_adc: float
    missing_ml: float
    origin: str
    step: Step

    def __post_init__(self) -> None:
        others = (self.trace, self.low) if self.low is not None else (self.trace,)
        if not all(volume.grid.is_same(self.adc.grid) for volume in others):
            raise ValueError("ADC and the images behind it lie on one grid")
        if self.adc.unit != ADC_UNIT:
            raise ValueError(f"ADC is in {ADC_UNIT}, not {self.adc.unit}")
        for number in (self.noise_adc, self.tissue_adc, self.missing_ml):
            if not (math.isfinite(number) and number >= 0):
                raise ValueError(f"noise, tissue and what is missing are finite numbers, not {number}")

    @property
    def grid(self) -> Grid:
        """The grid of all images."""
        return self.adc.grid
