"""The working grid: tissue curves as block means on a coarser grid, and maps back on the scan's own.

A fine matrix holds little more than noise between its voxels. Averaging goes over tissue voxels only, with
vessels, fluid and bone already left out, so that nothing leaks from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tissueclock.image.coarse import Coarsening
from tissueclock.image.curves import Curves
from tissueclock.image.series import TimeSeries
from tissueclock.perfusion.settings import PerfusionSettings
from tissueclock.perfusion.time_axis import shared_times, with_shared_times

Mask = NDArray[np.bool_]


def working_blocks(series: TimeSeries, settings: PerfusionSettings) -> Coarsening:
    """Return the blocks of the working grid; slices with times of their own are never put together."""
    blocks = Coarsening.to_spacing(series.grid, settings.working_mm, settings.working_slice_mm)
    return blocks if shared_times(series.times_s).shape[1] == 1 else blocks.without(2)


@dataclass(frozen=True, eq=False)
class Work:
    """Signal curves of the blocks that hold any of `tissue`, and the way back to the scan's grid."""

    blocks: Coarsening
    tissue: Mask
    curves: Curves

    @classmethod
    def of(cls, series: TimeSeries, tissue: Mask, blocks: Coarsening) -> Work:
        """Average the tissue of every block, one frame at a time."""
        if blocks.is_identity:
            curves = series.curves(tissue)
            return cls(blocks, tissue, with_shared_times(curves))
        weight = np.empty_like(series.frame(0))  # in the frames' own order of memory
        weight[...] = tissue
        counts = blocks.total(weight)
        index = np.flatnonzero(counts.ravel())
        share = 1.0 / counts.ravel()[index]
        values = np.empty((series.frames, index.size), dtype=np.float32)
        for number in range(series.frames):
            frame = series.frame(number)
            frame *= weight
            values[number] = blocks.total(frame).ravel()[index] * share
        return cls(blocks, tissue, Curves(values, index, blocks.grid, shared_times(series.times_s)))

    def on_scan(self, per_block: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return one number a block as a volume on the scan's grid: NaN outside the tissue.

        Between blocks it is interpolated linearly; blocks whose number is not finite have no part in it.
        """
        if self.blocks.is_identity:
            return self.curves.on_grid(per_block)
        coarse = self.curves.on_grid(per_block)
        fine = self.blocks.refine(coarse, np.isfinite(coarse))
        return np.where(self.tissue, fine, np.float32(np.nan))
