"""The maps of a perfusion run, with the curves and checks behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.provenance import Provenance
from tissueclock.core.quality import QualityFlag
from tissueclock.image.volume import Volume, read_only
from tissueclock.perfusion.aif.base import InputCurve
from tissueclock.perfusion.concentration import Baseline
from tissueclock.perfusion.offset import TmaxOffset


@dataclass(frozen=True, eq=False, kw_only=True)
class PerfusionMaps:
    """Maps on the scan's grid: a value in every brain voxel, vessels included, NaN outside.

    `cbf`, `cbv`, `mtt`, `tmax` and `ttp` are the rule method's; `delay`, `flow` and `transit` are estimated
    beside it (see `dictionary`), and no published rule reads them.
    `cnr` is how far the denoised curve's energy exceeds that of its noise, in standard deviations of noise
    alone; `vessels` marks brain voxels that hold a vessel; `baseline` are the frames that served as such;
    `contrast_noise` is the median of tissue's denoised peaks over the noise that is left in them;
    `venous_scaling` multiplied the input's height for CBF and CBV (1 where no vein was found).
    """

    cbf: Volume
    cbv: Volume
    mtt: Volume
    tmax: Volume
    ttp: Volume
    delay: Volume
    flow: Volume
    transit: Volume
    cnr: Volume
    vessels: NDArray[np.bool_]
    baseline: Baseline
    times_s: NDArray[np.float64]
    aif: InputCurve
    vof: InputCurve | None
    venous_scaling: float
    contrast_noise: float
    offset: TmaxOffset
    flags: tuple[QualityFlag, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        grid = self.cbf.grid
        maps = (self.cbv, self.mtt, self.tmax, self.ttp, self.delay, self.flow, self.transit, self.cnr)
        if not all(volume.grid.is_same(grid) for volume in maps) or self.vessels.shape != grid.shape:
            raise ValueError("the maps of one run lie on one grid")
        object.__setattr__(self, "vessels", read_only(self.vessels))
        object.__setattr__(self, "times_s", read_only(self.times_s))
