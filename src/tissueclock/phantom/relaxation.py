"""What tissues look like on diffusion and FLAIR: proton density, relaxation, and diffusion.

Values are the usual ones at 3 T, rounded (our choice): T1 and T2 of grey and white matter about 1.3 and 0.85
s and 100 and 75 ms, ADC about 800 and 740 x 10^-6 mm2/s, of fluid 3000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tissueclock.phantom.tissues import Tissue

FLAIR_TE_MS, FLAIR_TI_MS, FLAIR_TR_MS = 120.0, 2500.0, 9000.0
EPI_TE_MS = 80.0
_GAIN = 1000.0
"""Signal of pure, fresh water; grey matter's is some 380 on a b0 image."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Proton density (1 is water), T1 and T2 in ms, and ADC in 10^-6 mm2/s.

    `anisotropy` is how much faster than the mean water moves along x, and by half of that slower along y and
    z, as a share: the mean of three orthogonal directions is the ADC.
    """

    density: float
    t1_ms: float
    t2_ms: float
    adc: float
    anisotropy: float = 0.0

    def __post_init__(self) -> None:
        if min(self.density, self.t1_ms, self.t2_ms, self.adc) < 0 or not -1 < self.anisotropy < 2:
            raise ValueError(f"no matter is like {self}")

    def diffusion_signal(self, b: float, direction: int | None = None) -> float:
        """Return the signal of an echo-planar image with a b-value (s/mm2).

        `direction` 0, 1 or 2 is along x, y or z; None is the mean of all (the trace image).
        """
        share = 1.0 if direction is None else 1.0 + self.anisotropy * (1.0 if direction == 0 else -0.5)
        return self._echo(EPI_TE_MS) * math.exp(-b * self.adc * share * 1e-6)

    def flair_signal(self) -> float:
        """Return the magnitude of the signal after an inversion that nulls fluid."""
        recovered = 1 - 2 * math.exp(-FLAIR_TI_MS / self.t1_ms) + math.exp(-FLAIR_TR_MS / self.t1_ms)
        return self._echo(FLAIR_TE_MS) * abs(recovered)

    def changed(self, change: Change) -> Matter:
        """Return the matter with its water moving and its echo fading at another pace."""
        rate = 1 / self.t2_ms - math.log(change.flair_ratio) / FLAIR_TE_MS
        return replace(self, adc=self.adc * change.adc_factor, t2_ms=1 / rate)

    def _echo(self, echo_ms: float) -> float:
        return _GAIN * self.density * math.exp(-echo_ms / self.t2_ms)


@dataclass(frozen=True, slots=True)
class Change:
    """What an illness does: the factor of the ADC, and that of the FLAIR signal (by a longer T2)."""

    adc_factor: float
    flair_ratio: float

    def __post_init__(self) -> None:
        if not 0.1 <= self.adc_factor <= 4 or not 0.5 <= self.flair_ratio <= 3:
            raise ValueError(f"no illness is like {self}")


SHINE_THROUGH = Change(1.15, 1.6)
"""Subacute: the echo lasts long, so that b1000 is bright although water moves freely."""
GLIOSIS = Change(1.7, 1.5)
RAREFIED = Change(1.3, 1.45)
"""Leukoaraiosis at its usual; both are our choice."""
CORE_ADC_FACTOR = 0.55
"""Grey matter of a core has an ADC of 440, white of 407: well below 600 (our choice)."""

MATTER: Mapping[Tissue, Matter] = MappingProxyType(
    {
        Tissue.AIR: Matter(0.0, 1000.0, 50.0, 0.0),
        Tissue.SCALP: Matter(0.45, 1000.0, 40.0, 1300.0),
        Tissue.FAT: Matter(0.10, 380.0, 70.0, 100.0),
        Tissue.BONE: Matter(0.02, 1000.0, 20.0, 500.0),
        Tissue.DIPLOE: Matter(0.06, 500.0, 40.0, 400.0),
        Tissue.CSF: Matter(1.0, 4200.0, 1200.0, 3000.0),
        Tissue.DURA: Matter(0.3, 900.0, 40.0, 700.0),
        Tissue.GREY: Matter(0.85, 1330.0, 100.0, 800.0),
        Tissue.WHITE: Matter(0.72, 850.0, 75.0, 740.0, anisotropy=0.6),
        Tissue.SINUS: Matter(0.25, 1600.0, 80.0, 2500.0),
    }
)
BLOOD = Matter(0.1, 1600.0, 80.0, 3000.0)
"""Flowing blood is dark."""
