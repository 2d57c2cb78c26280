"""What the report shows of diffusion and FLAIR: images, masks and numbers, on the diffusion's own grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import JsonValue
from tissueclock.image.grid import Grid
from tissueclock.image.volume import Volume, read_only


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """How another scan was registered to diffusion: how far the head had moved, and what is left."""

    name: str
    shift_mm: float
    turn_deg: float
    residual_mm: float
    overlap: float

    def to_json(self) -> dict[str, JsonValue]:
        """Return it as JSON values."""
        return {
            "scan": self.name,
            "shift_mm": self.shift_mm,
            "turn_deg": self.turn_deg,
            "residual_mm": self.residual_mm,
            "overlap": self.overlap,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class DelayView:
    """Delayed tissue as the perfusion run saw it, on the diffusion's grid, and the core against it, mL."""

    rule: str
    hypoperfused: NDArray[np.bool_]
    overlap_ml: float
    reperfused_ml: float
    unseen_ml: float


@dataclass(frozen=True, eq=False, kw_only=True)
class DiffusionView:
    """Diffusion, measured.

    `dwi`, `adc` (10^-6 mm2/s) and `flair` (None without one) lie on one grid, and so do the masks:
    `before` is all low ADC, `core` what cleaning left. Volumes are in mL; `removed_ml` says what each step
    of cleaning took away. `delay` is None where there is no perfusion run or it could not be registered, the
    FLAIR's verdict where there
    is no FLAIR. Raises ValueError unless all lie on one grid.
    """

    dwi: Volume
    adc: Volume
    flair: Volume | None
    brain: NDArray[np.bool_]
    before: NDArray[np.bool_]
    core: NDArray[np.bool_]
    delay: DelayView | None
    limit_adc: float
    origin: str
    noise_adc: float
    tissue_adc: float
    before_ml: float
    removed_ml: Mapping[str, float]
    ladder_ml: Mapping[float, float]
    scaled_limit_adc: float
    scaled_ml: float
    core_ml: float
    registrations: tuple[RegistrationRow, ...]
    flair_verdict: str | None
    flair_because: str | None
    flair_compared_ml: float | None

    def __post_init__(self) -> None:
        volumes = [self.dwi, *([] if self.flair is None else [self.flair])]
        if not all(volume.grid.is_same(self.grid) for volume in volumes):
            raise ValueError("DWI, ADC and FLAIR lie on one grid")
        for name in ("brain", "before", "core"):
            object.__setattr__(self, name, read_only(self._checked(name, getattr(self, name))))
        if self.delay is not None:
            self._checked("hypoperfused", self.delay.hypoperfused)
        for name in ("removed_ml", "ladder_ml"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def _checked(self, name: str, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        if mask.dtype != np.bool_ or mask.shape != self.grid.shape:
            raise ValueError(f"{name} is a boolean mask of shape {self.grid.shape}")
        return mask

    @property
    def grid(self) -> Grid:
        """The diffusion's grid."""
        return self.adc.grid

    @property
    def core_rule(self) -> str:
        """The printed rule of the core."""
        return f"ADC<{self.limit_adc:g}"

    def to_json(self) -> dict[str, JsonValue]:
        """Return everything but images and masks as JSON values."""
        flair = None
        if self.flair_verdict is not None:
            flair = {
                "verdict": self.flair_verdict,
                "because": self.flair_because,
                "compared_ml": self.flair_compared_ml,
            }
        return {
            "adc": self.origin,
            "limit_adc": self.limit_adc,
            "noise_adc": self.noise_adc,
            "tissue_adc": self.tissue_adc,
            "core_before_cleaning_ml": self.before_ml,
            "removed_ml": {name.replace(" ", "_"): ml for name, ml in self.removed_ml.items()},
            "core_ml": self.core_ml,
            "core_scaled": {"limit_adc": self.scaled_limit_adc, "core_ml": self.scaled_ml},
            "core_at_ml": {f"{limit:g}": ml for limit, ml in self.ladder_ml.items()},
            "core_within_delay_ml": None if self.delay is None else self.delay.overlap_ml,
            "core_reperfused_ml": None if self.delay is None else self.delay.reperfused_ml,
            "core_beyond_perfusion_ml": None if self.delay is None else self.delay.unseen_ml,
            "registrations": [row.to_json() for row in self.registrations],
            "flair": flair,
        }
