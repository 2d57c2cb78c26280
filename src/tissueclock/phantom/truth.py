"""The truth of a phantom: what was put in, and what the rule method measures without noise."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.notice import DISCLAIMER
from tissueclock.image.volume import Volume, read_only
from tissueclock.phantom.acquisition import Motion
from tissueclock.phantom.kinetics import FineCurve
from tissueclock.phantom.signal import Scanner


@dataclass(frozen=True, eq=False)
class InputCurve:
    """A vessel's noise-free curve at the frame times: enhancement in HU, or change of R2* in 1/s."""

    times_s: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str

    def __post_init__(self) -> None:
        for name in ("times_s", "values"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @classmethod
    def measured(cls, curve: FineCurve, scanner: Scanner) -> InputCurve:
        """Return what pure blood with this contrast shows in the scanner's kept frames, without noise."""
        times = scanner.acquisition.kept_times_s
        return cls(times - times[0], scanner.measured_in_blood(curve.at(times)), scanner.contrast_unit)

    def to_json(self) -> dict[str, Any]:
        """Return the curve as JSON values, rounded to a millionth."""
        return {
            "times_s": [round(float(time), 6) for time in self.times_s],
            "values": [round(float(value), 6) for value in self.values],
            "unit": self.unit,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class PhysicsTruth:
    """What was put in.

    `core_ml` and `hypoperfused_ml` are volumes of grey and white matter (fractions times voxel volume), the
    masks whole voxels of brain; all four are None for a graded lesion, which has no border. Maps: `cbf` in
    mL/100 g/min, `cbv` in mL/100 g, `mtt` and `delay` in s, the mean of the voxel's grey and white matter,
    NaN outside the brain.
    """

    core_ml: float | None
    hypoperfused_ml: float | None
    core: Volume | None
    hypoperfused: Volume | None
    cbf: Volume
    cbv: Volume
    mtt: Volume
    delay: Volume


@dataclass(frozen=True, kw_only=True)
class RuleVolumes:
    """Volumes in mL; no cluster is removed.

    `tmaxN_ml` has Tmax > N s; `core_ml` has a flow under 30 % of the reference and Tmax > 6 s, and is None
    without a reference.
    """

    tmax2_ml: float
    tmax4_ml: float
    tmax6_ml: float
    tmax8_ml: float
    tmax10_ml: float
    core_ml: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class RuleTruth:
    """What the rule method measures on noise-free tissue with the true input curve.

    `tissue` weighs every voxel by its grey and white matter; `voxels` counts whole voxels that are at least
    half brain, as a measuring program does. The reference is the mean flow of the tissue with Tmax <= 4 s on
    the other side, or of the whole brain where no side is delayed; None where a wide bolus leaves no such
    tissue. Maps: `tmax` in s, `cbf` in mL/100 g/min, NaN outside the brain.
    """

    lesion_side: str
    reference_cbf: float | None
    reference_ml: float
    tissue: RuleVolumes
    voxels: RuleVolumes
    tmax: Volume
    cbf: Volume


@dataclass(frozen=True, kw_only=True)
class ZoneTruth:
    """One tissue of one zone of a sharp lesion: what was put in, and what the rule method makes of it.

    `rule_cbf_relative` is the share of the reference, None without one.
    """

    zone: str
    tissue: str
    cbf: float
    cbv: float
    mtt_s: float
    delay_s: float
    rule_tmax_s: float
    rule_cbf: float
    rule_cbf_relative: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Truth:
    """The whole truth of a digital patient.

    `brain` and `csf` are voxels of which at least half is grey and white matter, or CSF; `vessel` those of
    which at least a quarter is artery or sinus (so it may overlap). `grey` and `white` are fractions. `zones`
    is empty for a graded lesion. Maps and masks show the head at rest; `motion` says how it moved from there
    in every frame of the run, None where it did not. `aif` is the internal carotid's curve and `vof` the
    sinuses'.
    """

    side: str
    place: str
    graded: bool
    residue: str
    physics: PhysicsTruth
    rule: RuleTruth
    zones: tuple[ZoneTruth, ...]
    brain: Volume
    csf: Volume
    vessel: Volume
    grey: Volume
    white: Volume
    aif: InputCurve
    vof: InputCurve
    motion: Motion | None

    def to_json(self) -> dict[str, Any]:
        """Return everything but the maps as JSON values; names carry units."""
        rule = self.rule
        return {
            "disclaimer": DISCLAIMER,
            "side": self.side,
            "place": None if self.side == "none" else self.place,
            "graded": self.graded,
            "residue": self.residue,
            "units": {"cbf": "mL/100 g/min", "cbv": "mL/100 g"},
            "physics": {"core_ml": self.physics.core_ml, "hypoperfused_ml": self.physics.hypoperfused_ml},
            "rule": {
                "lesion_side": rule.lesion_side,
                "reference_cbf": rule.reference_cbf,
                "reference_ml": rule.reference_ml,
                "tissue_weighted": asdict(rule.tissue),
                "whole_voxels": asdict(rule.voxels),
            },
            "zones": [asdict(zone) for zone in self.zones],
            "brain_ml": self.brain.volume_ml(),
            "aif": self.aif.to_json(),
            "vof": self.vof.to_json(),
            "motion": None if self.motion is None else self.motion.to_json(),
        }
