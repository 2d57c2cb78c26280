"""One analysis of ours against another program's Tmax and CBF maps of the same scan."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tissueclock.core.errors import InputError, UsageError
from tissueclock.image.grid import Grid
from tissueclock.image.nearest import nearest
from tissueclock.image.overlap import dice
from tissueclock.image.series import Modality
from tissueclock.image.volume import Volume
from tissueclock.lesion.foreign import Thresholded, threshold
from tissueclock.lesion.settings import LesionSettings
from tissueclock.pipeline.preset import preset_for
from tissueclock.pipeline.volumes import RESULT
from tissueclock.report.map_comparison import MapComparison, MaskPair
from tissueclock.scan.foreign_map import open_foreign_maps
from tissueclock.scan.nifti import read_map
from tissueclock.scan.sources import Source

Mask = NDArray[np.bool_]
_MR_NOTE = "On MR the core is measured by diffusion: their CBF was left out."
_LEAST_SHARED = 0.5
"""Less of our brain inside their field of view is another scan, or one that lies elsewhere (our choice)."""


def compare_maps(ours: Path, theirs: Path, cbf: str | None) -> MapComparison:
    """Compare the masks of one analysis with the published limits on another program's maps.

    `cbf` says what their CBF map holds ("relative", "absolute", None: what its name says). Raises UsageError
    where `ours` is no analysis, InputError where maps cannot be read or do not lie where the scan does.
    """
    modality = _modality(ours)
    settings = preset_for(modality).lesion
    maps = open_foreign_maps(theirs)
    flow = maps.cbf if modality is Modality.CT else None
    relative = maps.cbf_is_relative if cbf is None else cbf == "relative"
    read = threshold(maps.tmax, maps.tmax_unit, flow, settings, relative=relative)
    brain, grid = _mask(ours, "brain")
    _require_shared(brain, grid, read.grid)
    pairs = [_pair("hypoperfused", ours, grid, read.hypoperfused, read.kept_hypoperfused, read, settings)]
    if read.core is not None and read.kept_core is not None:
        pairs.append(_pair("core", ours, grid, read.core, read.kept_core, read, settings))
    same = read.grid.is_same(grid)
    notes = [*read.notes, "Both lie on the same grid." if same else _resampled(read.grid)]
    notes += [_MR_NOTE] if maps.cbf is not None and flow is None else []
    values, background_grid = read_map(Source(ours / "maps" / "cbf.nii.gz"))
    return MapComparison(
        pairs=tuple(pairs),
        same_grid=same,
        notes=tuple(notes),
        background=Volume(values, background_grid, "CBF", "ours"),
        brain=brain,
    )


def _modality(ours: Path) -> Modality:
    """Return the modality of an analysis; raises UsageError where the folder holds none."""
    try:
        document = json.loads((ours / RESULT).read_bytes())
        return Modality(document["input"]["modality"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            "it holds no analysis of ours.",
            where=ours.name,
            remedy="OURS must be the folder that `tissueclock analyze --out` wrote, where THEIRS is maps.",
        ) from None


def _mask(ours: Path, name: str) -> tuple[Mask, Grid]:
    file = ours / "masks" / f"{name}.nii.gz"
    if not file.is_file():
        raise InputError(f"it has no masks/{name}.nii.gz.", where=ours.name, remedy="Run the analysis again.")
    values, grid = read_map(Source(file))
    return values > 0, grid


def _require_shared(brain: Mask, grid: Grid, other: Grid) -> None:
    inside = nearest(np.ones(other.shape, dtype=bool), other, grid)
    share = int(np.count_nonzero(brain & inside)) / max(int(np.count_nonzero(brain)), 1)
    if share < _LEAST_SHARED:
        raise InputError(
            f"their maps cover {100 * share:.0f} % of our brain: they do not lie where the scan does.",
            remedy="Export them in the scan's own space, with its position and orientation.",
        )


def _resampled(grid: Grid) -> str:
    size = " x ".join(f"{length:.2f}" for length in grid.spacing_mm)
    return f"Their grid ({size} mm) is another: volumes are on theirs, overlaps on ours, by nearest voxels."


def _pair(
    name: str,
    ours: Path,
    grid: Grid,
    theirs: Mask,
    kept: Mask,
    read: Thresholded,
    settings: LesionSettings,
) -> MaskPair:
    mask, _ = _mask(ours, name)
    there, there_kept = (
        item if read.grid.is_same(grid) else nearest(item, read.grid, grid) for item in (theirs, kept)
    )
    delay = f"Tmax > {settings.delay_s:g} s"
    rules = {"hypoperfused": delay, "core": f"CBF < {settings.core_cbf_percent:g} % within {delay}"}
    return MaskPair(
        name=name,
        rule=rules[name],
        ours=mask,
        theirs=there,
        ours_ml=_ml(mask, grid),
        theirs_ml=_ml(theirs, read.grid),
        theirs_kept_ml=_ml(kept, read.grid),
        dice=dice(mask, there),
        dice_kept=dice(mask, there_kept),
    )


def _ml(mask: Mask, grid: Grid) -> float:
    return int(np.count_nonzero(mask)) * grid.voxel_ml
